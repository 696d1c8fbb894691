"""The other side, played by the tests with another library: a tool at the pretend LMS, a platform of pretend tools."""

import json
import secrets
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from lti_bridge import http
from tests.forms import html_form

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
BRIDGE = "http://127.0.0.1:8000"
LMS = "http://127.0.0.2:8001/sandbox/lms"
LAUNCH = f"{BRIDGE}/lti/1.3/launch"
FORM = "application/x-www-form-urlencoded"


@cache
def key(name: str) -> RSAKey:
    """A key by name; making one takes long."""
    return RSAKey.generate_key(2048, {"kid": f"key-of-{name}", "use": "sig", "alg": "RS256"}, private=True)


def sign(name: str, claims: dict[str, Any], **header: Any) -> str:
    """A token of somebody's."""
    return jwt.encode({"alg": "RS256", "kid": f"key-of-{name}"} | header, claims, key(name))


def read(compact: str, key_set: dict[str, Any]) -> dict[str, Any]:
    """The claims of a token that one of these keys signed."""
    return dict(jwt.decode(compact, KeySet.import_key_set(key_set), algorithms=["RS256"]).claims)


def publish(monkeypatch: Any, **key_sets: str) -> list[str]:
    """Let http.get find key sets: path → whose key. Gives what was asked for."""
    asked: list[str] = []

    def get(url: str, **_: Any) -> http.Answer:
        asked.append(url)
        name = key_sets[urlsplit(url).path]
        public = {"keys": [key(name).as_dict(private=False)]}
        return http.Answer(200, {}, json.dumps(public).encode(), 0.0)

    monkeypatch.setattr(http, "get", get)
    return asked


class Launches:
    """A tool that is launched by the pretend LMS: goes the way a browser would, and reads what it got."""

    def __init__(self, lms: Client) -> None:
        self.lms = lms

    def begin(self, path: str) -> dict[str, str]:
        """The login initiation that a page of the LMS sends."""
        form = html_form(self.lms.get(path).content.decode())
        assert form.action == f"{BRIDGE}/lti/1.3/login"
        return form.fields

    def request(self, login: dict[str, str], **changes: str) -> dict[str, str]:
        """The authentication request that answers it."""
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": login["client_id"],
            "redirect_uri": LAUNCH,
            "login_hint": login["login_hint"],
            "lti_message_hint": login["lti_message_hint"],
            "state": '<state "1">',
            "nonce": "nonce-1",
        } | changes
        return {name: value for name, value in asked.items() if value}

    def answer(self, request: dict[str, str]) -> tuple[str, dict[str, str]]:
        """What the authorization endpoint posts, and where to."""
        response = self.lms.get("/sandbox/lms/lti13/auth", request)
        form = html_form(response.content.decode())
        return form.action, form.fields

    def claims(self, path: str, **changes: str) -> dict[str, Any]:
        """The claims of the id_token of a launch, its signature checked against the LMS's key set."""
        _url, fields = self.answer(self.request(self.begin(path), **changes))
        return read(fields["id_token"], self.lms.get("/sandbox/lms/lti13/certs").json())


def access_token(lms: Client, scope: str, *, client_id: str = "bridge-at-greendale", name: str = "bridge") -> Any:
    """Ask the LMS for an access token."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": f"{LMS}/lti13/token", "iat": now, "exp": now + 300}
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": sign(name, claims | {"jti": secrets.token_hex(8)}),
        "scope": scope,
    }
    return lms.post("/sandbox/lms/lti13/token", urlencode(fields), content_type=FORM)


Post = Callable[..., HttpResponse]


def query_of(url: str) -> dict[str, str]:
    """The query of an address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
