"""The pretend Originality against its documents: both generations, storage, progress, reports, users, faults."""

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from lti_bridge import http
from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES
from lti_bridge.providers.inspera_originality.languages import LANGUAGES
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.keys import ORIGINALITY_CLIENT_ID, ORIGINALITY_EMAIL, shared_secret
from lti_bridge.sandbox.models import OriginalityDocument, OriginalityRecord
from lti_bridge.sandbox.originality import types, webhooks

BASE = "/sandbox/originality"
PROFILES = ("current", "legacy")
TOLD = {
    "documentTitle": "The Hanseatic League",
    "author": "Alice Martin",
    "email": "alice@example.edu",
    "docType": "text/plain",
    "documentLanguage": "en",
}
CONTENT = b"A league of trading towns."

pytestmark = pytest.mark.django_db


def ask(provider: Client, method: str, path: str, body: Any = None, token: str = "") -> HttpResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    data = b"" if body is None else json.dumps(body).encode()
    return provider.generic(method, f"{BASE}{path}", data, content_type="application/json", headers=headers)


def token_of(provider: Client, profile: str) -> str:
    secret = shared_secret(ORIGINALITY_CLIENT_ID)
    if profile == "legacy":
        body = {"clientid": secret, "institutionid": "greendale-university"}
        return str(ask(provider, "POST", "/legacy/generateToken", body).json()["token"])
    body = {"clientId": secret, "institutionId": "greendale-university"}
    return str(ask(provider, "POST", "/current/token", body).json()["token"])


def user_token(provider: Client, profile: str = "legacy") -> str:
    body = {"email": ORIGINALITY_EMAIL, "password": shared_secret(ORIGINALITY_EMAIL)}
    return str(ask(provider, "POST", f"/{profile}/token", body).json()["token"])


def submit(provider: Client, profile: str, **changes: Any) -> HttpResponse:
    path = "/legacy/submissions" if profile == "legacy" else "/current/create/submission"
    return ask(provider, "POST", path, TOLD | changes, token_of(provider, profile))


def put(provider: Client, url: str, content: bytes = CONTENT, content_type: str = "text/plain", **headers: str) -> Any:
    parts = urlsplit(url)
    return provider.put(f"{parts.path}?{parts.query}", content, content_type=content_type, headers=headers)


def handed_in(provider: Client, profile: str = "current") -> str:
    told = submit(provider, profile).json()
    assert put(provider, told["presignedS3Url"]).status_code == 200
    return str(told["documentId"])


def status(provider: Client, profile: str, document_id: str) -> dict[str, Any]:
    path = f"/{profile}/document/{document_id}/checkStatus"
    answer: dict[str, Any] = ask(provider, "GET", path, token=token_of(provider, profile)).json()
    return answer


@pytest.mark.parametrize("profile", PROFILES)
def test_a_document_is_told_brought_and_checked(provider: Client, profile: str) -> None:
    told = submit(provider, profile).json()
    assert told["presignedS3Url"].startswith("http://127.0.0.2:8001/sandbox/bucket/")
    before = {key.lower(): value for key, value in status(provider, profile, told["documentId"]).items()}
    assert (before["status"], "similarity" in before) == (0, False)
    assert put(provider, told["presignedS3Url"]).status_code == 200
    after = {key.lower(): value for key, value in status(provider, profile, told["documentId"]).items()}
    assert after["status"] == 1 and "similarity" in after and after["originality"].endswith("risk")


@pytest.mark.parametrize("profile", PROFILES)
def test_each_generation_wants_its_own_token(provider: Client, profile: str) -> None:
    path = "/legacy/submissions" if profile == "legacy" else "/current/create/submission"
    assert ask(provider, "POST", path, TOLD).status_code == 401
    assert ask(provider, "POST", path, TOLD, user_token(provider)).status_code == 401
    wrong = {"clientid": "x", "institutionid": "greendale-university"}
    assert ask(provider, "POST", "/legacy/generateToken", wrong).status_code == 401
    assert ask(provider, "POST", "/legacy/generateToken", {}).status_code == 404
    assert ask(provider, "POST", "/current/generateToken", wrong).status_code == 403


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"documentTitle": "Four"}, 403),
        ({"documentTitle": "x" * 191}, 403),
        ({"documentTitle": ""}, 400),
        ({"docType": "application/x-msdownload"}, 403),
        ({"documentLanguage": "nl"}, 400),
        ({"translatedLanguage": "xx"}, 400),
    ],
)
@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_document_forbids_is_refused(
    provider: Client, profile: str, changes: dict[str, Any], code: int
) -> None:
    answer = submit(provider, profile, **changes)
    assert answer.status_code == code and "documentId" not in answer.json()


def test_switches_are_texts_in_one_generation_and_switches_in_the_other(provider: Client) -> None:
    assert submit(provider, "legacy", archive=True).status_code == 400
    assert submit(provider, "legacy", archive="true").status_code == 200
    assert submit(provider, "current", archive="true").status_code == 400
    assert submit(provider, "current", archive=True, translatedLanguage=["de", "es"]).status_code == 200


def test_a_document_can_come_inside_the_request(provider: Client) -> None:
    told = submit(provider, "legacy", file="base64," + base64.b64encode(CONTENT).decode()).json()
    assert "presignedS3Url" not in told
    document = OriginalityDocument.objects.get()
    assert (document.contents, document.size, "file" in document.told) == (1, len(CONTENT), False)
    assert submit(provider, "legacy", file="base64,???").status_code == 403
    assert submit(provider, "legacy", file="<p>two words</p>", minLimit="3").status_code == 403


def test_no_more_documents_than_were_allowed(provider: Client) -> None:
    more = {"reSubmissions": 1, "assignmentId": "essay"}
    told = submit(provider, "current", **more).json()
    put(provider, told["presignedS3Url"])
    assert submit(provider, "current", **more).json()["message"] == "Maximum of submissions has been reached"
    assert submit(provider, "current", **more | {"email": "bob@example.edu"}).status_code == 200


def test_the_storage_takes_one_put_of_the_right_type_with_its_signature(provider: Client) -> None:
    url = submit(provider, "current").json()["presignedS3Url"]
    parts = urlsplit(url)
    assert provider.post(f"{parts.path}?{parts.query}", CONTENT, content_type="text/plain").status_code == 405
    assert b"SignatureDoesNotMatch" in put(provider, url, content_type="text/html").content
    assert b"AccessDenied" in put(provider, f"{url}x").content
    assert b"InvalidArgument" in put(provider, url, Authorization="Bearer x").content
    other = submit(provider, "current").json()["presignedS3Url"]
    assert put(provider, url.partition("?")[0] + "?" + other.partition("?")[2]).status_code == 403
    assert OriginalityDocument.objects.filter(contents__gt=0).count() == 0


def test_it_counts_how_often_content_came(provider: Client) -> None:
    url = submit(provider, "current").json()["presignedS3Url"]
    put(provider, url)
    put(provider, url)
    (told,) = provider.get(f"{BASE}/documents.json").json()
    assert (told["contents"], told["size"]) == (2, len(CONTENT))


def test_a_document_moves_by_time_and_by_hand(provider: Client) -> None:
    faults.switch({"originality_takes": 1000})
    document_id = handed_in(provider)
    assert status(provider, "current", document_id)["status"] == 0
    rows = OriginalityDocument.objects.filter(document_id=document_id)
    rows.update(content_at=timezone.now() - timedelta(seconds=600))
    assert status(provider, "current", document_id)["status"] == -1
    provider.post(f"{BASE}/documents.json", {"step": "changed", "similarity": "7"})
    told = status(provider, "current", document_id)
    assert (told["status"], told["similarity"], told["originality_percentage"]) == (1, 7, 93)
    assert provider.post(f"{BASE}/documents.json", {"step": "eaten"}).status_code == 400


def test_the_first_document_contradicts_itself(provider: Client) -> None:
    faults.switch({"originality_status_conflict": 100, "originality_by_hand": 100})
    document_id = handed_in(provider, "legacy")
    provider.post(f"{BASE}/", {"document": document_id, "step": "processing"})
    told = status(provider, "legacy", document_id)
    assert told["Status"] == 1 and "Similarity" not in told


def test_a_report_is_read_by_learners_and_changed_by_those_who_teach(provider: Client) -> None:
    document_id = handed_in(provider)
    token = token_of(provider, "current")
    urls = {
        mode: ask(provider, "GET", f"/current/document/{document_id}/mode/{mode}", token=token).json()["url"]
        for mode in ("view", "edit")
    }
    assert "You can read this report" in provider.get(urls["view"]).content.decode()
    assert provider.post(urls["view"], {"similarity": "1"}).status_code == 403
    assert "Save changes" in provider.get(urls["edit"]).content.decode()
    assert provider.post(urls["edit"], {"similarity": "1"}).status_code == 302
    assert OriginalityDocument.objects.get().similarity == 1
    assert provider.get(urls["edit"].partition("?")[0]).status_code == 403
    assert ask(provider, "GET", f"/current/document/{document_id}/mode/draw", token=token).status_code == 400
    assert ask(provider, "GET", "/current/document/nobody/mode/view", token=token).status_code == 404


def test_users_are_made_found_changed_and_deleted(provider: Client) -> None:
    token = user_token(provider)
    told = {"firstName": "Alice", "lastName": "Martin", "email": "Alice@example.edu", "role": "Student"}
    made = ask(provider, "POST", "/legacy/user", told, token).json()
    assert ask(provider, "POST", "/legacy/user", told, token).status_code == 409
    assert ask(provider, "POST", "/legacy/user", told | {"firstName": "Al"}, token).status_code == 402
    found = ask(provider, "GET", "/legacy/user-info?email=alice@example.edu", token=token).json()
    assert (found["id"], found["role"]) == (made["id"], "Student")
    page = ask(provider, "GET", "/legacy/user-info?page=1&limit=5", token=token).json()
    assert (page["total"], page["pages"], page["limit"]) == (1, 1, 5)
    student = {"firstName": "Alicia", "lastName": "Martin", "status": "active", "email": "alicia@example.edu"}
    path = f"/legacy/user-info?userId={made['id']}"
    assert ask(provider, "PUT", path, student, token).json()["fristName"] == "Alicia"
    assert ask(provider, "DELETE", path, token=token).status_code == 200
    assert ask(provider, "DELETE", path, token=token).status_code == 404


def test_courses_and_the_institution_are_told(provider: Client) -> None:
    token = user_token(provider, "current")
    assert len(ask(provider, "GET", "/current/courses-info?page=1&limit=2", token=token).json()["courses"]) == 2
    assert ask(provider, "GET", "/current/courses-info?courseCode=HIS-1", token=token).json()["title"] == "History"
    assert ask(provider, "GET", "/current/courses-info?courseCode=NONE", token=token).status_code == 404
    assert ask(provider, "GET", "/current/institution-info", token=token).json()["name"] == "Greendale"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"email": "nobody", "password": "x"}, 409),
        ({"email": "nobody@example.edu", "password": "x"}, 404),
        ({"email": ORIGINALITY_EMAIL, "password": "x"}, 422),
    ],
)
def test_a_user_who_is_not_known_gets_no_token(provider: Client, body: dict[str, str], code: int) -> None:
    assert ask(provider, "POST", "/current/token", body).status_code == code


@pytest.mark.parametrize(
    ("switch", "code"), [("originality_error", 500), ("originality_busy", 429), ("originality_token_ends", 401)]
)
def test_its_api_can_be_in_trouble(provider: Client, switch: str, code: int) -> None:
    document_id, token = handed_in(provider), token_of(provider, "current")
    faults.switch({switch: 100})
    assert ask(provider, "GET", f"/current/document/{document_id}/checkStatus", token=token).status_code == code


@pytest.mark.parametrize(("switch", "code"), [("originality_upload_expired", 403), ("originality_upload_error", 503)])
def test_its_storage_can_be_in_trouble(provider: Client, switch: str, code: int) -> None:
    url = submit(provider, "current").json()["presignedS3Url"]
    faults.switch({switch: 100})
    assert put(provider, url).status_code == code
    assert OriginalityDocument.objects.get().contents == 0


def test_a_document_can_fail(provider: Client) -> None:
    faults.switch({"originality_fails": 100})
    assert status(provider, "current", handed_in(provider))["status"] == 2


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Webhooks, at once and to nobody."""
    found: list[tuple[str, dict[str, Any]]] = []

    def post(url: str, body: bytes, *, headers: dict[str, str]) -> http.Answer:
        found.append((url, json.loads(body)))
        return http.Answer(200, {}, b"", 0.0)

    monkeypatch.setattr(http, "post", post)
    monkeypatch.setattr(webhooks, "wait", lambda _seconds, send: send())
    address = "http://127.0.0.1:8000/callbacks/inspera_originality/demo/secret/"
    OriginalityRecord.objects.create(kind=webhooks.KIND, key=address, data={"profile": "current"})
    return found


def test_webhooks_tell_of_each_step(provider: Client, sent: list[tuple[str, dict[str, Any]]]) -> None:
    document_id = handed_in(provider)
    assert [told["status"] for _url, told in sent] == [0, -1, 1]
    provider.post(f"{BASE}/documents.json", {"step": "changed"})
    provider.post(f"{BASE}/documents.json", {"step": "failed"})
    assert [told["status"] for _url, told in sent[3:]] == [3, 2]
    assert {told["documentId"] for _url, told in sent} == {document_id}
    assert "similarity" in sent[3][1] and "similarity" not in sent[4][1]


@pytest.mark.parametrize(("switch", "count"), [("originality_no_webhook", 0), ("originality_webhook_twice", 6)])
def test_webhooks_can_be_lost_and_doubled(
    provider: Client, sent: list[tuple[str, dict[str, Any]]], switch: str, count: int
) -> None:
    faults.switch({switch: 100})
    handed_in(provider)
    assert len(sent) == count


def test_webhooks_can_come_to_a_guessed_address(provider: Client, sent: list[tuple[str, dict[str, Any]]]) -> None:
    faults.switch({"originality_webhook_forged": 100})
    handed_in(provider)
    assert {url.rpartition("/demo/")[2] for url, _told in sent} == {"0" * 40 + "/"}


def test_the_desk_shows_what_became_of_it(provider: Client, sent: list[tuple[str, dict[str, Any]]]) -> None:
    handed_in(provider)
    page = provider.get(f"{BASE}/").content.decode()
    assert "The Hanseatic League" in page and "processed: HTTP 200" in page


def test_both_sides_know_the_same_types_and_languages() -> None:
    for suffix, each in DOCUMENT_TYPES.items():
        assert {types.MEDIA_TYPES[name] for name in (suffix, each.media_type, *each.also)} == {each.media_type}
    assert set(types.MEDIA_TYPES.values()) == {each.media_type for each in DOCUMENT_TYPES.values()}
    assert set(LANGUAGES) == types.LANGUAGES
