"""The pretend Campfire against its document: sessions, attempts, player, passback, faults."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from lti_bridge import http, oauth1, pox
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.campfire.exams import CONFIGS, EXAM_ID, ITEMS
from lti_bridge.sandbox.keys import CAMPFIRE_KEY, shared_secret
from lti_bridge.sandbox.models import CampfireSession

ORIGIN = "http://127.0.0.3:8002"
BASE = "/sandbox/campfire"
PLAYER = f"{ORIGIN}{BASE}/lti/launch/assessment-player"
PASSBACK = "http://127.0.0.1:8000/callbacks/campfire/campfire-demo/a.1/done"
CONFIG = next(iter(CONFIGS))
INPUTS = {"user_id": "0f3a", "context_id": "c.1", "resource_link_id": "l.1.1.1"}
OUTCOME = {"lis_outcome_service_url": PASSBACK, "lis_result_sourcedid": "a.1"}
RIGHT = {f"question-{item.number}": str(item.right) for item in ITEMS}

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes, dict[str, str]]]:
    """What was passed back."""
    found: list[tuple[str, bytes, dict[str, str]]] = []

    def post(url: str, body: bytes, *, headers: dict[str, str]) -> http.Answer:
        found.append((url, body, headers))
        return http.Answer(200, {}, b"", 0.0)

    monkeypatch.setattr(http, "post", post)
    return found


def ask(provider: Client, method: str, path: str, body: Any = None, secret: str = "") -> HttpResponse:
    pair = f"{CAMPFIRE_KEY}:{secret or shared_secret(CAMPFIRE_KEY)}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    data = b"" if body is None else json.dumps(body).encode()
    return provider.generic(method, f"{BASE}{path}", data, content_type="application/json", headers=headers)


def create(provider: Client, **changes: str) -> str:
    answer = ask(provider, "POST", f"/api/exam-config/{CONFIG}/exam-session", INPUTS | OUTCOME | changes)
    return str(answer.json()["examSession"]["id"])


def launch(provider: Client, secret: str = "", **changes: str) -> HttpResponse:
    fields = INPUTS | {"roles": "Learner", "id": CONFIG, "lti_version": "LTI-1p0"} | changes
    signed = oauth1.sign_form(PLAYER, fields, key=CAMPFIRE_KEY, secret=secret or shared_secret(CAMPFIRE_KEY))
    content_type = "application/x-www-form-urlencoded"
    return provider.post(f"{BASE}/lti/launch/assessment-player", urlencode(signed), content_type=content_type)


def take(provider: Client, answers: dict[str, str]) -> None:
    session = CampfireSession.objects.get()
    provider.post(f"{BASE}/player/{session.key}", answers)


def told(provider: Client, session_id: str) -> dict[str, Any]:
    path = f"/api/exam-session/{session_id}?include[]=results&include[]=responses"
    answer: dict[str, Any] = ask(provider, "GET", path).json()["examSession"]
    return answer


def test_the_same_inputs_give_the_same_session_by_api_and_player(provider: Client) -> None:
    assert create(provider) == create(provider)
    assert launch(provider).status_code == 302
    assert CampfireSession.objects.count() == 1
    assert create(provider, resource_link_id="l.1.1.2") != create(provider)


def test_without_key_and_secret_there_is_no_answer(provider: Client) -> None:
    assert ask(provider, "POST", "/api/exam-sessions", {}, secret="wrong").status_code == 401


def test_a_launch_that_nobody_signed_opens_nothing(provider: Client) -> None:
    assert launch(provider, secret="wrong").status_code == 401
    assert launch(provider, roles="Instructor").status_code == 400
    assert launch(provider, id="another").status_code == 400
    assert not CampfireSession.objects.exists()


def test_an_exam_is_taken_scored_and_passed_back_signed(provider: Client, sent: list[Any]) -> None:
    session_id = create(provider)
    launch(provider)
    take(provider, RIGHT)
    session = told(provider, session_id)
    assert (session["maturity"], session["scoreActual"], session["scoreMax"]) == ("COMPLETE", 100, 100)
    ((url, body, headers),) = sent
    assert url == PASSBACK
    request = pox.read_request(body)
    assert (request.sourcedid, request.score) == ("a.1", "1")
    oauth1.check_body(headers["Authorization"], url, body, [shared_secret(CAMPFIRE_KEY)])


def test_the_best_attempt_counts_and_a_reset_forgets_all(provider: Client, sent: list[Any]) -> None:
    session_id = create(provider)
    take(provider, RIGHT)
    assert ask(provider, "GET", f"/api/exam-session/{session_id}/retake").status_code == 204
    assert told(provider, session_id)["maturity"] == "IN_PROGRESS"
    take(provider, {})
    assert told(provider, session_id)["scoreActual"] == 100
    ask(provider, "GET", f"/api/exam-session/{session_id}/reset")
    session = told(provider, session_id)
    assert (session["maturity"], session["scoreActual"], session["responses"]) == ("IN_PROGRESS", None, {})
    assert len(sent) == 2


def test_answers_can_be_given_on_behalf(provider: Client, sent: list[Any]) -> None:
    session_id = create(provider)
    responses = [
        {"itemId": item.id, "questions": [{"id": item.question_id, "response": {"options": [{"index": item.right}]}}]}
        for item in ITEMS[:3]
    ]
    body = {"submitForScoring": True, "responses": responses}
    assert ask(provider, "POST", f"/api/exam-session/{session_id}/responses", body).status_code == 200
    assert told(provider, session_id)["scoreActual"] == 60


def test_the_list_comes_in_pages(provider: Client) -> None:
    for number in range(60):
        create(provider, user_id=str(number))
    asked = {"filter": {"examConfigIds": {"include": [CONFIG]}}}
    first = ask(provider, "POST", "/api/exam-sessions?include[]=results", asked).json()
    rest = ask(provider, "POST", f"/api/exam-sessions?{urlencode({'nextToken': first['nextToken']})}", asked).json()
    assert (len(first["items"]), len(rest["items"]), rest["nextToken"]) == (50, 10, None)


def test_results_hold_the_answer_key_as_the_document_has_it(provider: Client) -> None:
    item = ask(provider, "GET", f"/api/exam-session/{create(provider)}/results").json()["results"]["items"][0]
    options = item["questions"][0]["options"]
    assert [each["isKey"] for each in options].count(True) == 1
    assert item["questions"][0]["keys"][0]["index"] == ITEMS[0].right


def test_configurations_are_told(provider: Client) -> None:
    answer = ask(provider, "GET", f"/api/exam/{EXAM_ID}/exam-configs").json()
    assert [each["id"] for each in answer["items"]] == list(CONFIGS)
    put = ask(provider, "PUT", f"/api/exam-config/{CONFIG}", {"config": {"allowRetakes": True}}).json()
    assert put["config"] == {"allowRetakes": True}
    assert ask(provider, "GET", "/api/exam-config/unknown").status_code == 404


@pytest.mark.parametrize(("switch", "count"), [("provider_no_outcome", 0), ("provider_outcome_twice", 2)])
def test_passbacks_can_be_lost_and_doubled(provider: Client, sent: list[Any], switch: str, count: int) -> None:
    faults.switch({switch: 100})
    create(provider)
    take(provider, RIGHT)
    assert len(sent) == count


def test_passbacks_can_be_forged_and_be_json(provider: Client, sent: list[Any]) -> None:
    faults.switch({"provider_wrong_signature": 100})
    create(provider)
    take(provider, RIGHT)
    (url, body, headers) = sent[0]
    with pytest.raises(oauth1.SignatureProblem):
        oauth1.check_body(headers["Authorization"], url, body, [shared_secret(CAMPFIRE_KEY)])
    faults.switch({"campfire_passback_json": 100})
    ask(provider, "GET", f"/api/exam-session/{CampfireSession.objects.get()}/retake")
    take(provider, {})
    assert json.loads(sent[1][1])["sourcedId"] == "a.1"


def test_what_a_person_marks_is_not_scored_at_once(provider: Client, sent: list[Any]) -> None:
    faults.switch({"provider_marks_by_hand": 3600})
    session_id = create(provider)
    take(provider, RIGHT)
    assert told(provider, session_id)["results"]["items"][-1]["score"]["actual"] is None


def test_its_api_can_be_down(provider: Client) -> None:
    session_id = create(provider)
    faults.switch({"campfire_error": 100})
    assert ask(provider, "GET", f"/api/exam-session/{session_id}").status_code == 500


def test_the_desk_shows_what_became_of_it(provider: Client, sent: list[Any]) -> None:
    create(provider)
    take(provider, RIGHT)
    page = provider.get(f"{BASE}/").content.decode()
    assert "5 of 5" in page and "passback: HTTP 200" in page
