"""The pretend Inspera's API: what the document says, and what its switches make of it."""

import json
from typing import Any

import pytest
from django.test import Client

from lti_bridge.sandbox import faults
from lti_bridge.sandbox.inspera import api
from lti_bridge.sandbox.keys import INSPERA_CODE, shared_secret
from lti_bridge.sandbox.models import InsperaRecord

pytestmark = pytest.mark.django_db

BASE = "/sandbox/inspera/api"
ASK = "?grant_type=authorization_code&client_id=demo"


def token(provider: Client) -> str:
    answer = provider.post(f"{BASE}/authenticate/token/{ASK}", headers={"code": shared_secret(INSPERA_CODE)})
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


def call(provider: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    return provider.generic(
        method,
        f"{BASE}/v1/{path}",
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers={"Authorization": f"Bearer {token(provider)}", **headers},
    )


@pytest.mark.parametrize(
    ("query", "code", "status", "error"),
    [
        ("?grant_type=other&client_id=demo", "", 400, "invalid_request"),
        (ASK, "wrong", 401, "invalid_grant"),
        (ASK, "", 401, "invalid_grant"),
    ],
)
def test_no_token_without_the_code(provider: Client, query: str, code: str, status: int, error: str) -> None:
    answer = provider.post(f"{BASE}/authenticate/token/{query}", headers={"code": code})
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_nothing_without_a_token(provider: Client) -> None:
    assert provider.get(f"{BASE}/v1/users").status_code == 401
    assert provider.get(f"{BASE}/v1/users", headers={"Authorization": "Bearer forged"}).status_code == 401


def test_a_test_is_made_once_for_an_id(provider: Client) -> None:
    body = {"externalTestId": "one", "title": "History"}
    first = call(provider, "POST", "test?isExternal=true", body).json()
    again = call(provider, "POST", "test?isExternal=true", {**body, "title": "History II"}).json()
    assert again["assessmentRunId"] == first["assessmentRunId"]
    assert call(provider, "GET", "test/one?isExternal=true").json()["title"] == "History II"


def test_an_export_is_ready_in_its_time_and_wants_no_token(provider: Client) -> None:
    test_id = call(provider, "POST", "test", {"externalTestId": "one"}).json()["assessmentRunId"]
    call(provider, "POST", f"test/{test_id}/candidates", {"candidates": [{"externalId": "1alice"}]})
    faults.switch({"inspera_export_slow": 60})
    job = call(provider, "GET", f"test/{test_id}/submissions").json()["jobId"]
    assert call(provider, "GET", f"fileExport/status/{job}").json()["status"] == "running"
    InsperaRecord.objects.filter(key=job).update(
        data={"of": "submissions", "test": str(test_id), "ready_at": "2026-01-01T00:00:00+00:00"}
    )
    url = call(provider, "GET", f"fileExport/status/{job}").json()["exportInfo"]["signedResponseUrl"]
    assert provider.get(url, headers={"Authorization": "Bearer x"}).status_code == 400
    (candidate,) = provider.get(url).json()["ext_inspera_candidates"]
    assert candidate["result"]["ext_inspera_attendance"] is False


@pytest.mark.parametrize(
    ("switch", "status"), [("inspera_busy", 429), ("inspera_error", 500), ("inspera_token_ends", 401)]
)
def test_switches_make_it_refuse(provider: Client, switch: str, status: int) -> None:
    faults.switch({switch: 100})
    assert call(provider, "GET", "users").status_code == status


def test_too_many_at_once_are_refused(provider: Client) -> None:
    for _ in range(api.AT_ONCE):
        assert api._places.acquire(blocking=False)
    try:
        assert call(provider, "GET", "users").status_code == 429
    finally:
        for _ in range(api.AT_ONCE):
            api._places.release()
    assert call(provider, "GET", "users").status_code == 200


def test_an_address_that_ran_out_says_so(provider: Client) -> None:
    job = call(provider, "POST", "fileExport/order", {"resourceType": "AllUsers", "parameters": {}}).json()["jobId"]
    faults.switch({"inspera_export_expired": 100})
    assert provider.get(f"/sandbox/inspera/storage/{job}").status_code == 403
