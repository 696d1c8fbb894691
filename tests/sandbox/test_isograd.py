"""The pretend Isograd against its document: actions, required parameters, errors, and what it sends."""

import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from lti_bridge import http, oauth1, pox
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.isograd import results
from lti_bridge.sandbox.isograd.forms import QUESTIONS
from lti_bridge.sandbox.keys import ISOGRAD_KEY, shared_secret
from lti_bridge.sandbox.models import IsogradCandidate, IsogradTest
from lti_bridge.sandbox.tool13 import results as tool13_results

URL = "http://127.0.0.3:8002/sandbox/isograd/public/lti.php"
OUTCOMES = "http://127.0.0.1:8000/relay/1.1/outcomes"
CALL_BACK = "http://127.0.0.1:8000/callbacks/isograd/isograd-demo/a.1/done"
BACK = "http://127.0.0.1:8000/callbacks/isograd/isograd-demo/a.1/return"
RIGHT = {f"question-{number}": question.right for number, question in enumerate(QUESTIONS, start=1)}

pytestmark = pytest.mark.django_db


def fields(**custom: str) -> dict[str, str]:
    return {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": "l.1",
        "user_id": "0f3a",
        "lis_person_contact_email_primary": "alice@greendale.example.edu",
        "lis_person_name_given": "Alice",
        "lis_person_name_family": "Martin",
        "lis_outcome_service_url": OUTCOMES,
        "lis_result_sourcedid": "a.1",
        **{f"custom_{name}": value for name, value in custom.items()},
    }


def take(**changes: str) -> dict[str, str]:
    return {"act_id": "8", "gen_id": "3", "tst_frm_id": "482", "redirect": "1"} | changes


def launch(provider: Client, message: dict[str, str], secret: str = "", **signing: Any) -> HttpResponse:
    signed = oauth1.sign_form(URL, message, key=ISOGRAD_KEY, secret=secret or shared_secret(ISOGRAD_KEY), **signing)
    return post(provider, signed)


def post(provider: Client, signed: dict[str, str]) -> HttpResponse:
    content_type = "application/x-www-form-urlencoded"
    response: HttpResponse = provider.post(URL, urlencode(signed), content_type=content_type)
    return response


def code_on(response: HttpResponse) -> str:
    found = re.search(rb"data-code>(\w+)<", response.content)
    return found[1].decode() if found else ""


def test_a_launch_leads_to_the_test(provider: Client) -> None:
    response = launch(provider, fields(**take()))
    assert response.status_code == 302
    page = provider.get(response["Location"])
    assert b"Excel, basic" in page.content
    assert IsogradTest.objects.get().status == IsogradTest.Status.STARTED
    assert IsogradCandidate.objects.get().external_id == "0f3a"


def test_without_redirect_it_answers_json(provider: Client) -> None:
    answer = launch(provider, fields(**take(redirect="0"))).json()
    assert answer["success"] is True
    assert answer["tst_url"].startswith("http://127.0.0.3:8002/")


@pytest.mark.parametrize("act_id", ["2", "8"])
def test_an_unfinished_test_comes_back(provider: Client, act_id: str) -> None:
    first = launch(provider, fields(**take()))["Location"]
    assert launch(provider, fields(**take(act_id=act_id)))["Location"] == first


def test_act_9_makes_another_test(provider: Client) -> None:
    first = launch(provider, fields(**take()))["Location"]
    assert launch(provider, fields(**take(act_id="9")))["Location"] != first


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (fields(), "105"),
        (fields(**take(act_id="99")), "103"),
        (fields(**take(gen_id="")), "105"),
        (fields(**take(gen_id="4")), "201"),
        (fields(**take(tst_frm_id="")), "105"),
        (fields(**take(tst_frm_id="1")), "106"),
        (fields(**take(tst_frm_id="x")), "106"),
        (fields(**take(dep_id="4")), "203"),
        (fields(**take(act_id="2")), "107"),
        (fields(**take(act_id="9")), "107"),
        (fields(**take(act_id="38")), "107"),
        (fields(**take(act_id="6")), "107"),
        (fields(**take()) | {"lis_person_contact_email_primary": ""}, "105"),
        (fields(**take()) | {"lis_person_contact_email_primary": "nobody"}, "201"),
        (fields(**take()) | {"lis_person_name_family": ""}, "105"),
    ],
)
def test_the_documents_errors(provider: Client, message: dict[str, str], code: str) -> None:
    response = launch(provider, message)
    assert (response.status_code, code_on(response)) == (400, code)
    assert not IsogradTest.objects.exists()


def test_no_more_tests_than_max_num_tst(provider: Client) -> None:
    location = launch(provider, fields(**take(max_num_tst="1")))["Location"]
    assert launch(provider, fields(**take(max_num_tst="1")))["Location"] == location
    IsogradTest.objects.update(status=IsogradTest.Status.COMPLETED, score=0)
    assert code_on(launch(provider, fields(**take(max_num_tst="1")))) == "402"


def test_a_report_is_of_the_last_completed_test(provider: Client) -> None:
    launch(provider, fields(**take()))
    ask = fields(act_id="6", tst_frm_id="482", redirect="1")
    assert code_on(launch(provider, ask)) == "502"
    assert code_on(launch(provider, ask | {"custom_tst_frm_id": "363"})) == "501"
    IsogradTest.objects.update(status=IsogradTest.Status.COMPLETED, score=640)
    assert b"640" in provider.get(launch(provider, ask)["Location"]).content


def test_a_certification_has_no_report(provider: Client) -> None:
    launch(provider, fields(**take(tst_frm_id="777")))
    IsogradTest.objects.update(status=IsogradTest.Status.COMPLETED, score=640)
    assert code_on(launch(provider, fields(act_id="6", tst_frm_id="777", redirect="1"))) == "601"


def test_the_candidate_space_lists_the_tests(provider: Client) -> None:
    launch(provider, fields(**take()))
    page = provider.get(launch(provider, fields(act_id="38"))["Location"])
    assert b"Excel, basic" in page.content


def test_an_administrators_log_in_raises_the_alarm(provider: Client) -> None:
    page = provider.get(launch(provider, fields(act_id="13"))["Location"])
    assert b"Alarm" in page.content


@pytest.mark.parametrize("signing", [{"secret": "wrong"}, {"timestamp": 1_700_000_000}], ids=["secret", "time"])
def test_what_the_bridge_did_not_sign_lately_opens_nothing(provider: Client, signing: dict[str, Any]) -> None:
    response = launch(provider, fields(**take()), **signing)
    assert (response.status_code, code_on(response)) == (401, "LTI")
    assert not IsogradCandidate.objects.exists()


def test_a_launch_is_good_once(provider: Client) -> None:
    signed = oauth1.sign_form(URL, fields(**take()), key=ISOGRAD_KEY, secret=shared_secret(ISOGRAD_KEY))
    assert post(provider, signed).status_code == 302
    assert post(provider, signed).status_code == 401


# --- what it sends --------------------------------------------------------------------------


class Line:
    """Stands for the network: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.bodies: list[tuple[bytes, str]] = []

    def get(self, url: str) -> http.Answer:
        self.sent.append(("GET", url))
        return http.Answer(200, {}, b"Thank you.", 0.0)

    def post(self, url: str, body: bytes, *, headers: dict[str, str]) -> http.Answer:
        self.sent.append(("POST", url))
        self.bodies.append((body, headers["Authorization"]))
        xml = pox.build_response(code_major="success", operation="replaceResult", message_ref="1")
        return http.Answer(200, {}, xml, 0.0)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()
    monkeypatch.setattr(results.http, "get", made.get)
    monkeypatch.setattr(results.http, "post", made.post)
    return made


@pytest.fixture
def hand_in(provider: Client, line: Line) -> Callable[..., Any]:
    def sit(**answers: str) -> Any:
        location = launch(provider, fields(**take(cal_bac_pag=CALL_BACK, rtn_pag=BACK)))["Location"]
        return provider.post(location, RIGHT | answers)

    return sit


def test_it_calls_back_then_sends_the_outcome_then_shows_the_feedback_page(
    provider: Client, line: Line, hand_in: Callable[..., Any]
) -> None:
    response = hand_in(**{"question-1": "#"})
    assert line.sent == [("GET", CALL_BACK), ("POST", OUTCOMES)]
    body, authorization = line.bodies[0]
    oauth1.check_body(authorization, OUTCOMES, body, [shared_secret(ISOGRAD_KEY)])
    request = pox.read_request(body)
    assert (request.sourcedid, Decimal(request.score or "")) == ("a.1", Decimal("0.8"))
    page = provider.get(response["Location"]).content.decode()
    assert "800 / 1000" in page
    assert f'href="{BACK}"' in page


def test_handing_in_twice_sends_once(provider: Client, line: Line, hand_in: Callable[..., Any]) -> None:
    hand_in()
    key = IsogradTest.objects.get().key
    provider.post(f"http://127.0.0.3:8002/sandbox/isograd/public/test/{key}", {})
    assert len(line.sent) == 2
    assert IsogradTest.objects.get().score == 1000


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        ("provider_no_outcome", ["GET"]),
        ("provider_outcome_twice", ["GET", "POST", "POST"]),
        ("provider_no_callback", ["POST"]),
        ("provider_callback_twice", ["GET", "GET", "POST"]),
    ],
)
def test_it_can_send_too_little_and_too_much(
    line: Line, hand_in: Callable[..., Any], fault: str, sent: list[str]
) -> None:
    faults.switch({fault: 100})
    hand_in()
    assert [method for method, _url in line.sent] == sent


def test_it_can_sign_wrongly(line: Line, hand_in: Callable[..., Any]) -> None:
    faults.switch({"provider_wrong_signature": 100})
    hand_in()
    body, authorization = line.bodies[0]
    with pytest.raises(oauth1.SignatureProblem) as problem:
        oauth1.check_body(authorization, OUTCOMES, body, [shared_secret(ISOGRAD_KEY)])
    assert problem.value.code == "bad_signature"


def test_its_clock_can_be_wrong(line: Line, hand_in: Callable[..., Any]) -> None:
    faults.switch({"provider_clock_skew": -7200})
    hand_in()
    parameters, _pairs = oauth1.read_header(line.bodies[0][1])
    assert -7210 < parameters.timestamp - time.time() < -7190


def test_the_outcome_can_be_late(line: Line, hand_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    later: list[Any] = []

    class Clock:
        def __init__(self, seconds: float, what: Any, arguments: list[Any]) -> None:
            later.append((seconds, what, arguments))

        def start(self) -> None:
            assert line.bodies == []

    monkeypatch.setattr(tool13_results, "Timer", Clock)
    monkeypatch.setattr(tool13_results.connections, "close_all", lambda: None)
    faults.switch({"provider_outcome_late": 5})
    hand_in()
    [(seconds, what, arguments)] = later
    assert seconds == 5
    what(*arguments)
    assert len(line.bodies) == 1
