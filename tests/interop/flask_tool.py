"""A provider's tool made of pylti1p3next and Flask, on an address of its own; it shares no code with us.

Its cookies are as it sets them by https: browsers take this machine for a secure place.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from flask import Flask, jsonify, request
from pylti1p3.contrib.flask import (
    FlaskCacheDataStorage,
    FlaskMessageLaunch,
    FlaskOIDCLogin,
    FlaskRequest,
    FlaskServiceConnector,
)
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.exception import LtiException
from pylti1p3.tool_config import ToolConfDict
from werkzeug.serving import make_server

from tests.world13 import peer

HOST = "127.0.0.3"


class Cache:
    """As much of a cache as the package needs."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def set(self, key: str, value: Any, exp: int | None = None) -> None:
        self.kept[key] = value


@dataclass
class FlaskTool:
    """The tool, the launches it took, and the content it lets people choose."""

    port: int
    conf: ToolConfDict
    launches: list[Any] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    content: list[DeepLinkResource] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """What an account of ours says of this tool."""
        return {
            "connection": "lti13",
            "lti_url": f"{self.base}/launch",
            "login_url": f"{self.base}/login",
            "redirect_uris": [f"{self.base}/launch"],
            "jwks_uri": f"{self.base}/keys.json",
            "client_id": "flask-tool",
            "deployment_id": "d-1",
        }


def _pem(name: str) -> tuple[str, str]:
    key = peer(name).private
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _conf(platform: str) -> ToolConfDict:
    conf = ToolConfDict(
        {
            platform: {
                "client_id": "flask-tool",
                "auth_login_url": f"{platform}/relay/1.3/auth",
                "auth_token_url": f"{platform}/relay/1.3/token",
                "key_set_url": f"{platform}/relay/1.3/jwks.json",
                "deployment_ids": ["d-1"],
            }
        }
    )
    private, public = _pem("flask-tool")
    conf.set_private_key(platform, private)
    conf.set_public_key(platform, public)
    return conf


def _app(tool: FlaskTool) -> Flask:
    app = Flask("tool")
    storage = FlaskCacheDataStorage(Cache())

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Any:
        oidc = FlaskOIDCLogin(FlaskRequest(request_is_secure=True), tool.conf, launch_data_storage=storage)
        return oidc.redirect(f"{tool.base}/launch")

    @app.route("/launch", methods=["POST"])
    def launch() -> Any:
        if "error" in request.form:
            tool.refused.append(request.form["error"])
            return f"refused: {request.form['error']}"
        message = FlaskMessageLaunch(FlaskRequest(request_is_secure=True), tool.conf, launch_data_storage=storage)
        try:
            said = message.get_launch_data()
        except LtiException as problem:
            tool.refused.append(str(problem))
            return f"refused: {problem}", 400
        tool.launches.append(message)
        if message.is_deep_link_launch():
            return message.get_deep_link().output_response_form(tool.content)
        return f"<h1>Test of {said.get('name', 'somebody')}</h1>"

    @app.route("/keys.json")
    def keys() -> Any:
        return jsonify(tool.conf.get_jwks())

    return app


@contextmanager
def serving(platform: str) -> Iterator[FlaskTool]:
    """The tool, listening. ``platform``: the bridge's public address."""
    FlaskServiceConnector.access_tokens.clear()
    tool = FlaskTool(0, _conf(platform))
    server = make_server(HOST, 0, _app(tool), threaded=True)
    tool.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield tool
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
