"""The pretend LMS's Basic Outcomes service."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from lti_bridge import oauth1, pox
from lti_bridge.sandbox import faults
from lti_bridge.sandbox.keys import LMS_KEY, shared_secret
from lti_bridge.sandbox.lms import gradebook
from lti_bridge.sandbox.lms.people import PEOPLE
from lti_bridge.sandbox.lms.sourcedids import sourcedid_of
from lti_bridge.sandbox.models import CourseLink, GradebookEntry

URL = "http://127.0.0.2:8001/sandbox/lms/outcomes"
ALICE = PEOPLE["alice"]

pytestmark = pytest.mark.django_db


def signed(body: bytes, *, secret: str = "", **signing: Any) -> dict[str, Any]:
    authorization = oauth1.sign_body(URL, body, key=LMS_KEY, secret=secret or shared_secret(LMS_KEY), **signing)
    return {"data": body, "content_type": "application/xml", "HTTP_AUTHORIZATION": authorization}


def say(response: HttpResponse) -> pox.OutcomeAnswer:
    return pox.read_answer(response.content)


def replace(course: CourseLink, score: str, sourcedid: str = "") -> bytes:
    return pox.build_request("replaceResult", sourcedid or sourcedid_of(course, ALICE.user_id), score=Decimal(score))


def entry(course: CourseLink) -> GradebookEntry:
    return GradebookEntry.objects.get(link=course, user_id=ALICE.user_id)


def test_a_score_is_taken_read_and_removed(lms: Client, course: CourseLink) -> None:
    sourcedid = sourcedid_of(course, ALICE.user_id)
    assert say(lms.post(URL, **signed(replace(course, "0.84", sourcedid)))).code_major == "success"
    assert entry(course).grade == Decimal("0.84")
    read = say(lms.post(URL, **signed(pox.build_request("readResult", sourcedid))))
    assert (read.code_major, read.score_text) == ("success", "0.84")
    lms.post(URL, **signed(pox.build_request("deleteResult", sourcedid)))
    assert entry(course).grade is None
    assert say(lms.post(URL, **signed(pox.build_request("readResult", sourcedid)))).score_text == ""


def test_zero_is_a_score(lms: Client, course: CourseLink) -> None:
    sourcedid = sourcedid_of(course, ALICE.user_id)
    lms.post(URL, **signed(replace(course, "0", sourcedid)))
    assert entry(course).grade == 0
    assert say(lms.post(URL, **signed(pox.build_request("readResult", sourcedid)))).score_text == "0"


def test_each_launch_has_its_own_sourcedid_and_earlier_ones_stay_good(lms: Client, course: CourseLink) -> None:
    first, second = sourcedid_of(course, ALICE.user_id), sourcedid_of(course, ALICE.user_id)
    assert first != second
    assert '"' in first
    lms.post(URL, **signed(replace(course, "0.1", second)))
    lms.post(URL, **signed(replace(course, "0.9", first)))
    assert entry(course).grade == Decimal("0.9")


def test_the_address_of_another_cell_does_not_hold(lms: Client, course: CourseLink) -> None:
    forged = sourcedid_of(course, ALICE.user_id).replace('"userid":"5"', '"userid":"6"')
    answer = say(lms.post(URL, **signed(replace(course, "1", forged))))
    assert (answer.code_major, answer.description) == ("failure", "SourcedId hash not valid")
    assert not GradebookEntry.objects.exists()


@pytest.mark.parametrize(
    "signing",
    [{"secret": "wrong"}, {"timestamp": int(time.time()) - 4000}, {"timestamp": int(time.time()) + 4000}],
    ids=["wrong secret", "too old", "in the future"],
)
def test_what_is_not_signed_lately_by_the_bridge_changes_nothing(
    lms: Client, course: CourseLink, signing: dict[str, Any]
) -> None:
    answer = say(lms.post(URL, **signed(replace(course, "1"), **signing)))
    assert answer.code_major == "failure"
    assert "signature not valid" in answer.description
    assert not GradebookEntry.objects.exists()


def test_a_changed_body_changes_nothing(lms: Client, course: CourseLink) -> None:
    request = signed(replace(course, "0.2"))
    request["data"] = request["data"].replace(b">0.2<", b">0.9<")
    assert say(lms.post(URL, **request)).code_major == "failure"
    assert not GradebookEntry.objects.exists()


def test_a_nonce_is_good_once(lms: Client, course: CourseLink) -> None:
    request = signed(replace(course, "0.2"))
    assert say(lms.post(URL, **request)).code_major == "success"
    assert say(lms.post(URL, **request)).code_major == "failure"


def test_a_message_without_a_signature_is_refused(lms: Client, course: CourseLink) -> None:
    request = signed(replace(course, "0.2")) | {"HTTP_AUTHORIZATION": ""}
    assert say(lms.post(URL, **request)).code_major == "failure"


def test_a_teachers_grade_stands_and_is_what_a_read_tells(lms: Client, course: CourseLink) -> None:
    gradebook.override(course, ALICE, "77")
    sourcedid = sourcedid_of(course, ALICE.user_id)
    assert say(lms.post(URL, **signed(replace(course, "0.2", sourcedid)))).code_major == "success"
    assert entry(course).grade == Decimal("0.77")
    assert say(lms.post(URL, **signed(pox.build_request("readResult", sourcedid)))).score_text == "0.77"
    gradebook.override(course, ALICE, "")
    assert entry(course).grade == Decimal("0.2")


def test_every_write_is_kept(lms: Client, course: CourseLink) -> None:
    sourcedid = sourcedid_of(course, ALICE.user_id)
    for score in ("0.2", "0.6"):
        lms.post(URL, **signed(replace(course, score, sourcedid)))
    gradebook.override(course, ALICE, "50")
    told = [(write.operation, write.value) for write in entry(course).writes.all()]
    assert told == [("replaceResult", "0.2"), ("replaceResult", "0.6"), ("override", "50")]


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "status"), [("lms_down", 503), ("lms_error", 500)])
def test_it_can_answer_an_error(lms: Client, course: CourseLink, fault: str, status: int) -> None:
    faults.switch({fault: 100})
    assert lms.post(URL, **signed(replace(course, "0.2"))).status_code == status
    assert not GradebookEntry.objects.exists()


def test_it_can_answer_with_a_login_page(lms: Client, course: CourseLink) -> None:
    faults.switch({"lms_login_page": 100})
    response = lms.post(URL, **signed(replace(course, "0.2")))
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<html>" in response.content


@pytest.mark.parametrize(("fault", "status"), [("lms_refuses_422", 422), ("lms_refuses_200", 200)])
def test_it_can_refuse_in_the_manner_of_two_lms(lms: Client, course: CourseLink, fault: str, status: int) -> None:
    faults.switch({fault: 100})
    response = lms.post(URL, **signed(replace(course, "0.2")))
    assert (response.status_code, say(response).code_major) == (status, "failure")
    assert entry(course).grade is None


def test_it_can_lack_reading(lms: Client, course: CourseLink) -> None:
    faults.switch({"lms_no_read": 100})
    body = pox.build_request("readResult", sourcedid_of(course, ALICE.user_id))
    assert say(lms.post(URL, **signed(body))).code_major == "unsupported"


def test_it_can_be_slow(lms: Client, course: CourseLink) -> None:
    faults.switch({"lms_slow": 200})
    started = time.monotonic()
    assert say(lms.post(URL, **signed(replace(course, "0.2")))).code_major == "success"
    assert time.monotonic() - started >= 0.2


def test_a_form_is_not_an_outcome(lms: Client, course: CourseLink) -> None:
    assert lms.post(URL, {"a": "b"}).status_code == 415
