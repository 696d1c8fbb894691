"""What LMSs answer to Basic Outcomes, and what we make of it."""

from typing import Any

import pytest

from lti_bridge.delivery import answers, lti11, reasons
from lti_bridge.delivery.quirks import COMMON, QUIRKS
from lti_bridge.delivery.verdicts import Patience, Verdict
from lti_bridge.http import Answer, HttpProblem
from lti_bridge.models import Family, TryResult
from tests.gradebook_server import pox

OLD_NAMESPACE = b"http://www.imsglobal.org/lis/oms1p0/pox"
NAMESPACE = b"http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"


def answered(status: int, body: bytes = b"", family: str = Family.OTHER, **headers: str) -> Verdict:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lti11.classify(Answer(status=status, headers=named, body=body, elapsed=0.1), family)


def failure(description: str, **more: Any) -> bytes:
    return pox("replaceResult", major="failure", description=description, **more)


def test_success_is_delivered() -> None:
    """BO-C-01"""
    assert answered(200, pox("replaceResult")).delivered


@pytest.mark.parametrize("status", [200, 422])
def test_a_failure_in_the_xml_is_a_failure_whatever_the_status(status: int) -> None:
    """BO-C-02, BO-C-03"""
    verdict = answered(status, failure("nothing doing"), Family.CANVAS)
    assert (verdict.result, verdict.reason) == (TryResult.REFUSED, "refused")
    assert "nothing doing" in verdict.text


def test_success_in_the_xml_of_a_failed_request_is_no_success() -> None:
    assert not answered(422, pox("replaceResult")).delivered


def test_processing_is_read_later() -> None:
    """BO-C-04"""
    verdict = answered(200, pox("replaceResult", major="processing"))
    assert (verdict.result, verdict.doubtful) == (TryResult.UNCLEAR, True)


def test_an_lms_that_cannot_clear_says_so() -> None:
    """BO-C-05"""
    answer = Answer(status=200, headers={}, body=pox("deleteResult", major="unsupported"), elapsed=0.1)
    assert lti11.classify(answer, Family.OTHER, clearing=True).reason == "cannot_clear"


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"", pox("replaceResult")[:200], b"\xff\xfe", b"<a/>"])
def test_what_is_no_answer_is_never_a_success(body: bytes) -> None:
    """BO-C-06"""
    verdict = answered(200, body)
    assert (verdict.result, verdict.patience, verdict.doubtful) == (TryResult.UNCLEAR, Patience.SCHEDULE, True)


def test_a_refused_signature_hints_at_secret_and_clock() -> None:
    """BO-C-07"""
    verdict = answered(401)
    assert (verdict.reason, verdict.patience) == ("signature_refused", Patience.THREE_TRIES)
    assert "clock" in reasons.advice(verdict.reason)


@pytest.mark.parametrize("status", [408, 425, 500, 501, 502, 503, 504, 521])
def test_an_error_of_the_lms_is_tried_again(status: int) -> None:
    """BO-C-08"""
    verdict = answered(status, b"oops")
    assert (verdict.patience, verdict.reason) == (Patience.SCHEDULE, "server_error")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_that_answers_for_the_lms_counts_as_silence(status: int) -> None:
    assert answered(status).silent
    assert not answered(500).silent


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_needs_a_person(status: int) -> None:
    """BO-C-09"""
    verdict = answered(status, Location="https://elsewhere.example/")
    assert (verdict.reason, verdict.patience) == ("redirected", Patience.THREE_TRIES)


def test_an_answer_with_a_document_type_is_no_answer() -> None:
    """BO-C-10"""
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]>' + pox("replaceResult").partition(b"?>")[2]
    assert answered(200, bomb).reason == "not_an_answer"


def test_the_old_namespace_and_prefixes_are_understood() -> None:
    """BO-C-11"""
    assert answered(200, pox("replaceResult").replace(NAMESPACE, OLD_NAMESPACE)).delivered


@pytest.mark.parametrize("status", [429, 403])
def test_an_lms_that_asks_to_slow_down_costs_no_try(status: int) -> None:
    verdict = answered(status, b"403 Forbidden (Rate Limit Exceeded)", Retry_After="17")
    assert (verdict.uncounted, verdict.reason) == (True, "busy")


@pytest.mark.parametrize(
    ("family", "description", "reason"),
    [
        (Family.MOODLE, "Tool does not accept grades", "grades_not_accepted"),
        (Family.MOODLE, "SourcedId hash not valid", "address_refused"),
        (Family.MOODLE, "Invalid sourcedId in result message", "address_refused"),
        (Family.MOODLE, "Message signature not valid", "signature_refused"),
        (Family.MOODLE, "Grade replace response", "grade_is_locked"),
        (Family.CANVAS, "Course not available for student", "course_is_over"),
        (Family.CANVAS, "Assignment has no points possible.", "grades_not_accepted"),
        (Family.BLACKBOARD, "User could not be found", "not_enrolled"),
        (Family.BRIGHTSPACE, "The user is not enrolled in the org unit", "not_enrolled"),
        (Family.OPENEDX, "Grade is past due", "course_is_over"),
        ("an LMS nobody knows", "the user is not enrolled", "not_enrolled"),
    ],
)
def test_the_ways_to_say_no_of_each_lms(family: str, description: str, reason: str) -> None:
    assert answered(200, failure(description), family).reason == reason


def test_every_reason_has_words_and_advice() -> None:
    listed = {refusal.reason for quirks in QUIRKS.values() for refusal in (*quirks.refusals, *COMMON)}
    assert listed <= set(reasons.REASONS)
    assert set(QUIRKS) == set(Family)


@pytest.mark.parametrize(
    ("problem", "result", "doubtful", "silent"),
    [
        (HttpProblem("timeout", "no answer", ambiguous=True), TryResult.UNCLEAR, True, True),
        (HttpProblem("cut", "cut", ambiguous=True), TryResult.UNCLEAR, True, True),
        (HttpProblem("connect", "refused"), TryResult.UNAVAILABLE, False, True),
        (HttpProblem("dns", "unknown host"), TryResult.UNAVAILABLE, False, True),
        (HttpProblem("forbidden_address", "private"), TryResult.REFUSED, False, False),
    ],
)
def test_requests_without_an_answer(problem: HttpProblem, result: TryResult, doubtful: bool, silent: bool) -> None:
    """BO-C-08, BO-C-14"""
    verdict = answers.unanswered(problem.code, problem.message, ambiguous=problem.ambiguous)
    assert (verdict.result, verdict.doubtful, verdict.silent) == (result, doubtful, silent)
