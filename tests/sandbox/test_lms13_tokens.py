"""The pretend LMS's token endpoint."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.lms.lti13 import views
from lti_bridge.sandbox.models import AccessToken, CourseLink
from tests.sandbox.peers import AGS, FORM, access_token, publish, sign

pytestmark = pytest.mark.django_db

SCORE = f"{AGS}scope/score"
TOKEN = "/sandbox/lms/lti13/token"


@pytest.fixture(autouse=True)
def bridge_keys(monkeypatch: Any, course: CourseLink) -> list[str]:
    return publish(monkeypatch, **{"/lti/1.3/jwks.json": "bridge"})


def test_a_token_for_what_is_known_of_what_was_asked_for(lms: Client, bridge_keys: list[str]) -> None:
    response = access_token(lms, f"{SCORE} https://example.edu/made-up")
    answer = json.loads(response.content)
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, SCORE)
    assert AccessToken.objects.get().token == answer["access_token"]
    assert bridge_keys == ["http://127.0.0.1:8000/lti/1.3/jwks.json"]


@pytest.mark.parametrize("manner", [1, 2])
def test_other_lms_say_that_it_is_json(lms: Client, manner: int) -> None:
    faults.switch({"lms_manner": manner})
    assert access_token(lms, SCORE).json()["scope"] == SCORE


def test_a_token_ends(lms: Client) -> None:
    token = json.loads(access_token(lms, f"{AGS}scope/lineitem").content)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert lms.get("/sandbox/lms/services/42/lineitems", headers=headers).status_code == 200
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert lms.get("/sandbox/lms/services/42/lineitems", headers=headers).status_code == 401


def ask(lms: Client, assertion: str, **changes: str) -> Any:
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": SCORE,
    }
    return lms.post(TOKEN, urlencode(fields | changes), content_type=FORM)


def assertion(name: str = "bridge", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": "bridge-at-greendale", "sub": "bridge-at-greendale", "aud": "x", "iat": now, "exp": now + 60}
    return sign(name, claims | changes, kid="key-of-bridge")


@pytest.mark.parametrize(
    ("token", "changes", "error"),
    [
        (assertion, {"grant_type": "password"}, "unsupported_grant_type"),
        (assertion, {"client_assertion_type": "basic"}, "invalid_request"),
        (assertion, {"scope": "https://example.edu/made-up"}, "invalid_scope"),
        (assertion, {"scope": ""}, "invalid_scope"),
        (lambda: assertion("mallory"), {}, "invalid_client"),
        (lambda: assertion(iss="nobody", sub="nobody"), {}, "invalid_client"),
        (lambda: assertion(iss="somebody-else"), {}, "invalid_client"),
        (lambda: assertion(exp=int(time.time()) - 900), {}, "invalid_client"),
        (lambda: assertion(iat=int(time.time()) + 900), {}, "invalid_client"),
        (lambda: "made up", {}, "invalid_client"),
    ],
    ids=["grant", "assertion type", "scope", "no scope", "key", "client", "iss", "late", "early", "no token"],
)
def test_nobody_else_gets_one(lms: Client, token: Any, changes: dict[str, str], error: str) -> None:
    response = ask(lms, token(), **changes)
    assert (response.status_code, json.loads(response.content)["error"]) == (400, error)
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(("fault", "status"), [("lms_token_error", 500), ("lms_token_page", 404)])
def test_it_can_fail(lms: Client, fault: str, status: int) -> None:
    faults.switch({fault: 100})
    response = access_token(lms, SCORE)
    assert response.status_code == status
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("fault", "path"), [("lms_token_slow", TOKEN), ("lms_keys_slow", "/sandbox/lms/lti13/certs")], ids=["token", "keys"]
)
def test_it_can_be_slow(lms: Client, monkeypatch: Any, fault: str, path: str) -> None:
    waited: list[float] = []
    monkeypatch.setattr(views.time, "sleep", waited.append)
    faults.switch({fault: 2500})
    lms.generic("POST" if path == TOKEN else "GET", path)
    assert waited == [2.5]
