"""A platform that answers what a test tells it to, at the one seam to the network."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from lti_bridge import http
from lti_bridge.advantage import tokens
from lti_bridge.models import Lti13Registration
from tests import world13
from tests.world import make_world

Answers = http.Answer | http.HttpProblem | Callable[["Request"], http.Answer]


def answer(status: int, body: Any = b"", content_type: str = "application/json", **headers: str) -> http.Answer:
    """An answer of a platform; what is no bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.Answer(status=status, headers={"Content-Type": content_type, **named}, body=raw, elapsed=0.1)


def token_answer(text: str = "a-sample-token", **members: Any) -> http.Answer:
    told = {"access_token": text, "token_type": "Bearer", "expires_in": 3600, "scope": " ".join(world13.AGS_SCOPES)}
    return answer(200, {name: value for name, value in (told | members).items() if value is not None})


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs((self.body or b"").decode()).items()}


@dataclass
class Platform:
    """What is asked of the platform, and what it answers: the last answer of a list goes on for ever."""

    tokens: list[Answers] = field(default_factory=lambda: [token_answer()])
    services: list[Answers] = field(default_factory=lambda: [answer(200)])
    asked_for_tokens: list[Request] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def request(
        self, method: str, url: str, *, headers: Any = None, body: bytes | None = None, **_: Any
    ) -> http.Answer:
        request = Request(method, url, headers or {}, body)
        to_token = "grant_type=client_credentials" in (body or b"").decode("utf-8", "replace")
        seen, queue = (self.asked_for_tokens, self.tokens) if to_token else (self.asked, self.services)
        seen.append(request)
        told = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(told, http.HttpProblem):
            raise told
        return told if isinstance(told, http.Answer) else told(request)


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    told = Platform()
    monkeypatch.setattr(http, "request", told.request)
    tokens.forget()
    yield told
    tokens.forget()


@pytest.fixture
def registration(db: None) -> Lti13Registration:
    return world13.make_registration(make_world().platform)
