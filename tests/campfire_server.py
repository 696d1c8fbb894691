"""A pretend Campfire API over real sockets, after the vendor's document, without the project's own modules.

It holds sessions and their answers. ``answers`` replaces the answer to one address, ``cut`` hangs up on it: before or
after it was carried out.
"""

import base64
import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

APP_KEY, APP_SECRET = "campfire-app", "s3cret: & more"
CONFIG = "00722246-e417-475a-b1ae-994d65fd5cc2"
SECRETS = {"app_key": APP_KEY, "app_secret": APP_SECRET}
#: Item, question, and which option is the right one.
QUESTIONS = (
    ("b842bb5e-9957-403e-bc54-9a054b290158", "1CkpwzuRQSfg", 2),
    ("cdf02148-7888-4e4b-97ff-0003846baa4d", "5Vkl1ZQLt3Io", 1),
    ("993d673c-5c8d-43aa-99ea-8e417d1300dc", "oRrwhIkKBBH", 3),
)
OBJECTIVE = "92de756d-f455-595c-a2f6-18fb18c4461a"


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Session:
    """An exam session."""

    id: str
    config: str
    inputs: dict[str, str]
    maturity: str = "IN_PROGRESS"
    actual: Any = None
    least: Any = 0
    most: Any = 100
    chosen: dict[str, int] = field(default_factory=dict)
    #: Items as they are told instead of those that follow from the answers.
    items: list[dict[str, Any]] | None = None

    def grade(self, actual: Any = 100) -> None:
        self.maturity, self.actual = "COMPLETE", actual


@dataclass
class CampfireApi:
    """What it holds, what it was asked, and what goes wrong."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    configs: set[str] = field(default_factory=lambda: {CONFIG})
    #: "METHOD /path" → status and body.
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    #: The end of a path → "before" or "after".
    cut: dict[str, str] = field(default_factory=dict)
    page: int = 100
    #: What ``responses`` tell: "items", as the document shows them, "answered" items only, or what was "chosen".
    tells: str = "items"

    @property
    def lines(self) -> list[str]:
        return [request.line for request in self.requests]

    def count(self, ending: str) -> int:
        return sum(line.endswith(ending) for line in self.lines)

    # --- what it does -----------------------------------------------------------------------

    def carry_out(self, request: Request) -> tuple[int, Any]:
        expected = "Basic " + base64.b64encode(f"{APP_KEY}:{APP_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != expected:
            return 401, {"message": "no"}
        if request.line == "POST /api/exam-sessions":
            return self._list(request)
        if made := re.fullmatch("/api/exam-config/([^/]+)/exam-sessions?", request.path):
            return self._create(made[1], request.body)
        if asked := re.fullmatch("/api/exam-session/([^/]+)(?:/([a-z]+))?", request.path):
            session = self.sessions.get(asked[1])
            return self._session(session, asked[2], request) if session else (404, {"message": "no session"})
        if config := re.fullmatch("/api/exam-config/([^/]+)", request.path):
            return (200, {"id": config[1], "name": "Saving"}) if config[1] in self.configs else (404, {})
        if re.fullmatch("/api/exam/[^/]+/exam-configs", request.path):
            return 200, {"items": [{"id": each} for each in sorted(self.configs)]}
        return 404, {}

    def _create(self, config: str, body: Any) -> tuple[int, Any]:
        if config not in self.configs:
            return 404, {"message": "no such config"}
        name = "|".join(str(body.get(each, "")) for each in ("user_id", "context_id", "resource_link_id"))
        session_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{config}|{name}"))
        session = self.sessions.setdefault(session_id, Session(session_id, config, body))
        return 200, {"examSession": {"id": session.id, "maturity": session.maturity}}

    def _list(self, request: Request) -> tuple[int, Any]:
        wanted = request.body.get("filter", {}).get("examConfigIds", {}).get("include")
        found = [each for each in self.sessions.values() if wanted is None or each.config in wanted]
        query = dict(request.query)
        start = int(base64.b64decode(query.get("nextToken") or request.body.get("nextToken", "") or b"MA=="))
        further = base64.b64encode(str(start + self.page).encode()).decode() if start + self.page < len(found) else None
        items = [self.told(each, request.query) for each in found[start : start + self.page]]
        return 200, {"total": 1, "nextToken": further, "aggregations": {}, "metadata": None, "items": items}

    def _session(self, session: Session, what: str | None, request: Request) -> tuple[int, Any]:
        if what is None:
            return 200, self.told(session, request.query)
        if what == "results":
            return 200, self.results(session)
        if what == "responses" and request.method == "POST":
            for item in request.body["responses"]:
                for question in item["questions"]:
                    session.chosen[question["id"]] = question["response"]["options"][0]["index"]
            if request.body.get("submitForScoring"):
                right = sum(session.chosen.get(question) == index for _item, question, index in QUESTIONS)
                session.grade(round(100 * right / len(QUESTIONS)))
            return 200, None
        if what in ("retake", "reopen", "reset") and request.method == "GET":
            session.maturity = "IN_PROGRESS"
            if what == "reset":
                session.actual, session.chosen = None, {}
            return 200, None
        return 404, {}

    def told(self, session: Session, query: list[tuple[str, str]]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": session.id,
            "studentId": "******",
            "maturity": session.maturity,
            "name": "Alice Liddell",
            "scoreActual": session.actual,
            "scoreMin": session.least,
            "scoreMax": session.most,
        }
        if ("include[]", "responses") in query:
            told["responses"] = {
                item: session.chosen.get(question, {}) if self.tells == "chosen" else {}
                for item, question, _ in QUESTIONS
                if self.tells == "items" or question in session.chosen
            }
        if ("include[]", "results") in query:
            told["results"] = {
                "items": self.items(session),
                "objectives": {OBJECTIVE: {"id": OBJECTIVE, "score": _score(1), "scores": [_score(1)]}},
            }
        return {"examSession": told, "examConfig": {"id": session.config}}

    def items(self, session: Session) -> list[dict[str, Any]]:
        if session.items is not None:
            return session.items
        return [{"id": item, "score": _score(1 if session.actual else 0)} for item, _question, _index in QUESTIONS]

    def results(self, session: Session) -> dict[str, Any]:
        items = [
            {
                "id": item,
                "name": f"Item {number}",
                "score": _score(1),
                "questions": [
                    {
                        "id": question,
                        "interactionType": "choice",
                        "keys": [{"value": f"o{index}", "index": index}],
                        "options": [
                            {
                                "id": f"o{each}",
                                "content": f"<p>answer {each}</p>",
                                "isKey": each == index,
                                "index": each,
                            }
                            for each in range(4)
                        ],
                        "response": {},
                    }
                ],
            }
            for number, (item, question, index) in enumerate(QUESTIONS, 1)
        ]
        objective = {"id": OBJECTIVE, "text": "saving", "abbreviation": "2.11.B", "score": _score(1), "scores": []}
        return {
            "examSession": {"id": session.id, "maturity": session.maturity, "scoreActual": session.actual},
            "results": {"items": items, "objectives": {OBJECTIVE: objective}},
        }


def _score(actual: Any, most: int = 1) -> dict[str, Any]:
    return {"actual": actual, "isScorable": True, "min": 0, "max": most}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: CampfireApi

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_GET

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        body = json.loads(raw) if raw else None
        request = Request(self.command, parts.path, parse_qsl(parts.query), dict(self.headers), body)
        self.api.requests.append(request)
        cut = next((when for ending, when in self.api.cut.items() if parts.path.endswith(ending)), "")
        if cut == "before":
            return self._hang_up()
        status, told = self.api.carry_out(request)
        if cut == "after":
            return self._hang_up()
        status, content = self.api.answers.get(
            request.line, (status, b"" if told is None else json.dumps(told).encode())
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def campfire_api() -> Iterator[CampfireApi]:
    """One on a free port of loopback."""
    api = CampfireApi()
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
