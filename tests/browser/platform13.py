"""A tiny LTI 1.3 platform over a socket: a course page that frames or opens the tool, and signs its launches.

What its window does with the messages of platform storage is for each test to choose.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.world13 import CLIENT_ID, DEPLOYMENT_ID, INES, claims, peer

#: How a window answers ``lti.put_data`` and ``lti.get_data``: by what the page's ``answers`` says.
KEEPER = """
const kept = {};
const answers = new URLSearchParams(location.search).get("answers");
window.heard = [];
addEventListener("message", ({data, source, origin}) => {
  if (!data || !data.subject || origin !== BRIDGE) return;
  window.heard.push([data.subject, data.key]);
  if (data.subject === "lti.put_data") kept[data.key] = data.value;
  const {subject, message_id, key} = data;
  const answer = {subject: `${subject}.response`, message_id, key, value: kept[key]};
  if (answers === "silence") return;
  if (answers === "error") Object.assign(answer, {error: {code: "bad_request"}});
  if (data.subject === "lti.get_data") {
    if (answers === "lies") answer.value = answer.value.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    if (answers === "another id") answer.message_id = "another";
    if (answers === "another subject") answer.subject = "lti.put_data.response";
    if (answers === "nothing kept") delete answer.value;
    if (answers === "by a stranger") return frames.stranger.postMessage(answer, "*");
  }
  source.postMessage(answer, origin);
});
"""
#: Another site's frame that came to know what is asked for, and answers it itself.
STRANGER = """
addEventListener("message", ({data}) => parent.frames.tool.postMessage(data, "*"));
"""
#: As LMSs do it, and a moment later: who drives the browser loses sight of frames that change sites too fast.
SUBMIT = "<script>addEventListener('load', () => setTimeout(() => document.forms[0].submit(), 150))</script>"


class Platform13:
    """Its own address is ``url``; a stranger's pages are at ``elsewhere``. The tool is at ``bridge``."""

    def __init__(self, bridge: str) -> None:
        self.bridge = bridge
        self.url = self.elsewhere = ""
        self.person = INES
        self.role = "Instructor"

    def course(self, answers: str = "", storage: str = "_parent", window: bool = False) -> str:
        """The address of a course page. ``storage``: where it offers to keep things, empty for nowhere."""
        query = {"answers": answers, "storage": storage}
        return f"{self.url}/{'windowed' if window else 'course'}?{urlencode(query)}"

    def page(self, path: str, query: dict[str, str]) -> str:
        pages = {
            "/course": self._course,
            "/windowed": self._windowed,
            "/start": self._start,
            "/auth": self._auth,
            "/keeper": lambda _query: self._script(KEEPER),
            "/stranger": lambda _query: self._script(STRANGER),
        }
        return pages[path](query) if path in pages else "nothing here"

    def _script(self, text: str) -> str:
        return f"<script>const BRIDGE = {json.dumps(self.bridge)};{text}</script>"

    def _course(self, query: dict[str, str]) -> str:
        start = f"/start?{urlencode({'storage': query.get('storage', '')})}"
        answers = query.get("answers", "")
        frames = '<iframe name="tool" width="900" height="700"></iframe>'
        if query.get("storage") == "keeper":
            frames += f'<iframe name="keeper" src="/keeper?{urlencode({"answers": answers})}"></iframe>'
        if answers == "by a stranger":
            frames += f'<iframe name="stranger" src="{self.elsewhere}/stranger"></iframe>'
        opens = f"frames.tool.location = {json.dumps(start)}"
        return (
            f"<h1>A course</h1>{self._script(KEEPER)}<p><button onclick='{escape(opens)}'>Open the test</button></p>"
            f"{frames}"
        )

    def _windowed(self, query: dict[str, str]) -> str:
        start = f"/start?{urlencode({'storage': query.get('storage', '')})}"
        # An ordinary link with a target would leave the new window without its opener.
        opens = f"window.open({json.dumps(start)})"
        return f"<h1>A course</h1>{self._script(KEEPER)}<button onclick='{escape(opens)}'>Open the test</button>"

    def _start(self, query: dict[str, str]) -> str:
        fields = {
            "iss": self.url,
            "client_id": CLIENT_ID,
            "login_hint": "5",
            "lti_message_hint": '{"cmid":3}',
            "lti_deployment_id": DEPLOYMENT_ID,
            "target_link_uri": f"{self.bridge}/lti/1.3/launch",
        }
        if storage := query.get("storage"):
            fields["lti_storage_target"] = storage
        return _form(f"{self.bridge}/lti/1.3/login", fields)

    def _auth(self, query: dict[str, str]) -> str:
        told = claims(
            self.person,
            role=self.role,
            iss=self.url,
            nonce=query["nonce"],
            target_link_uri=f"{self.bridge}/lti/1.3/launch",
            launch_presentation={"return_url": f"{self.url}/course"},
        )
        return _form(query["redirect_uri"], {"state": query["state"], "id_token": peer().sign(told)})


def _form(url: str, fields: dict[str, str]) -> str:
    inputs = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())
    return f'<form method="post" action="{escape(url)}">{inputs}<button>On to {escape(url)}</button></form>{SUBMIT}'


@contextmanager
def serving(platform: Platform13) -> Iterator[Platform13]:
    """The platform at 127.0.0.4, and strangers at 127.0.0.5: sites of their own to a browser."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            body = f"<!doctype html><title>LMS</title>{platform.page(parts.path, query)}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    platform.url = f"http://127.0.0.4:{server.server_port}"
    platform.elsewhere = f"http://127.0.0.5:{server.server_port}"
    yield platform
    server.shutdown()
    thread.join()
    server.server_close()
