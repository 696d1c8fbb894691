"""A pretend Originality over real sockets, after its documents and without the project's own modules.

It answers what a test tells it to; what nobody told gets the document's answer. The storage is a server of its own.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.http_server import Answer, Asked, Served, serve

CLIENT_ID = "c1ient-1d"
PASSWORD = "pass & word"
EMAIL = "bridge@example.edu"
INSTITUTION = "greendale"
SECRETS = {"client_id": CLIENT_ID, "password": PASSWORD}
DOCUMENT = "d-0001"
PROFILES = ("current", "legacy")
CREATE = {"current": "POST /create/submission", "legacy": "POST /submissions"}
TOKEN = {"current": "POST /token", "legacy": "POST /generateToken"}
STATUS = f"GET /document/{DOCUMENT}/checkStatus"
PROCESSED: dict[str, dict[str, Any]] = {
    "current": {
        "message": "Document is processed",
        "status": 1,
        "similarity": 12,
        "translationSimilarity": 3,
        "ai_index": 0,
        "originality": "Low risk",
        "originality_percentage": 88,
        "hiddenText": 2,
    },
    "legacy": {
        "Message": "Document is processed",
        "Status": 1,
        "Similarity": "12%",
        "translation_similarity": "3%",
        "AI_index": "0%",
        "originality": "Low risk",
    },
}


@dataclass
class OriginalityApi:
    """What it was asked, and what it answers: "METHOD /path" → status and JSON, or bytes."""

    profile: str
    api: Served = field(default_factory=lambda: Served(""))
    storage: Served = field(default_factory=lambda: Served(""))
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    #: What the storage answers: status, headers, body.
    stored: Answer = (200, {}, b"")
    #: Headers of every answer.
    headers: dict[str, str] = field(default_factory=dict)
    tokens: int = 0

    def forget(self) -> None:
        """As at the beginning, for another test."""
        self.answers, self.headers, self.stored, self.tokens = {}, {}, (200, {}, b""), 0
        self.api.asked.clear()
        self.storage.asked.clear()

    @property
    def url(self) -> str:
        return self.api.url

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "base_url": self.url,
            "institution_id": INSTITUTION,
            "email": EMAIL,
            "upload_hosts": [self.storage.url],
        }

    @property
    def lines(self) -> list[str]:
        return [f"{each.method} {urlsplit(each.path).path}" for each in self.api.asked]

    @property
    def last(self) -> Asked:
        return self.api.asked[-1]

    def told(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.last.body)

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.last.path).query))

    def answer(self, asked: Asked) -> Answer:
        line = f"{asked.method} {urlsplit(asked.path).path}"
        status, told = self.answers.get(line) or self._documented(line, asked)
        return status, self.headers, told if isinstance(told, bytes) else json.dumps(told).encode()

    def _documented(self, line: str, asked: Asked) -> tuple[int, Any]:
        if line in ("POST /token", "POST /generateToken"):
            self.tokens += 1
            return 200, {"token": f"t-{self.tokens}", "expirationTime": int((time.time() + 86_400) * 1000)}
        if not asked.headers.get("authorization", "").startswith("Bearer t-"):
            return 401, {"message": "Token has expired"}
        if line == CREATE[self.profile]:
            url = f"{self.storage.url}/bucket/key?X-Amz-Signature=sig"
            return 200, {"message": "ok", "documentId": DOCUMENT, "presignedS3Url": url}
        if line == STATUS:
            return 200, PROCESSED[self.profile]
        if line.startswith(f"GET /document/{DOCUMENT}/mode/"):
            return 200, {"url": "https://report.example.com/r?key=secret-of-one-view"}
        return 200, {"id": 7, "message": "ok"}


@contextmanager
def originality_api(profile: str = "current") -> Iterator[OriginalityApi]:
    """One on free ports of loopback: its API, and its storage at another address."""
    made = OriginalityApi(profile)
    with serve(made.answer) as api, serve(lambda _asked: made.stored, host="127.0.0.3") as storage:
        made.api, made.storage = api, storage
        yield made
