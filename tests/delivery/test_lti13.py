"""What LMSs answer to scores and results of AGS, and what we make of it."""

from typing import Any

import pytest

from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.delivery import lti13, reasons
from lti_bridge.delivery.quirks import COMMON_SCORES, QUIRKS
from lti_bridge.delivery.verdicts import Patience, Verdict
from lti_bridge.http import Answer
from lti_bridge.models import Family, TryResult

EVERY_FAMILY = sorted(Family)
HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


def answered(status: int, body: bytes = b"", family: str = Family.OTHER, **headers: str) -> Verdict:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lti13.classify(Answer(status=status, headers=named, body=body, elapsed=0.1), family)


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b""), (200, b"[]"), (200, b'{"resultUrl":"https://x.example"}'), (201, b"{}"), (202, b""), (204, b"")],
)
def test_any_2xx_is_delivered(family: str, status: int, body: bytes) -> None:
    """Moodle: 200 and nothing. Canvas: 200 and JSON. Open edX: 201. Others: 204."""
    assert answered(status, body, family).delivered


@pytest.mark.parametrize("body", [HTML, b"\n  " + HTML, b"\xef\xbb\xbf" + HTML, b"<?xml version='1.0'?><a/>"])
def test_a_page_is_never_a_success(body: bytes) -> None:
    verdict = answered(200, body)
    assert (verdict.result, verdict.reason, verdict.doubtful) == (TryResult.UNCLEAR, "not_an_answer", True)
    assert not verdict.untouched


@pytest.mark.parametrize(
    ("family", "status", "body"),
    [
        *((family, 409, b"") for family in EVERY_FAMILY),
        (Family.MOODLE, 409, b"[]"),
        (Family.CANVAS, 400, b"Provided timestamp of 2026-01-01 before last updated timestamp of 2026-01-02"),
        (Family.OPENEDX, 400, b'{"timestamp":["Score already exists for the provided timestamp"]}'),
        (Family.OPENEDX, 400, b'{"timestamp":["Score timestamp can only be updated to a later point in time"]}'),
    ],
)
def test_a_score_of_the_same_or_a_later_time_has_to_be_read(family: str, status: int, body: bytes) -> None:
    """T13-AG-08"""
    verdict = answered(status, body, family)
    assert (verdict.outdated, verdict.delivered, verdict.untouched) == (True, False, True)


#: family, status, text → reason, patience
REFUSALS: list[tuple[str, int, bytes, str, Patience]] = [
    (Family.MOODLE, 400, b"[]", "not_gradable", Patience.DAILY),
    (Family.MOODLE, 401, b"", "not_permitted", Patience.THREE_THEN_DAILY),
    (Family.MOODLE, 403, b"", "not_permitted", Patience.THREE_THEN_DAILY),
    (Family.MOODLE, 404, b"[]", "column_deleted", Patience.NONE),
    (Family.CANVAS, 422, b"This course has concluded. AGS requests will no longer", "course_is_over", Patience.DAILY),
    (
        Family.CANVAS,
        422,
        b'{"errors":{"message":"The maximum number of allowed attempts has been reached for this submission"}}',
        "attempts_used_up",
        Patience.DAILY,
    ),
    (Family.CANVAS, 422, b"User not found in course or is not a student", "not_enrolled", Patience.DAILY),
    (Family.CANVAS, 422, b"ScoreMaximum not supplied", "refused", Patience.THREE_TRIES),
    (Family.CANVAS, 404, b"The specified resource does not exist.", "column_deleted", Patience.NONE),
    (Family.CANVAS, 400, b"something else", "refused", Patience.THREE_TRIES),
    (Family.BLACKBOARD, 400, b"User could not be found: alice", "not_enrolled", Patience.DAILY),
    (
        Family.BRIGHTSPACE,
        403,
        b"User in requested score is not enrolled in the org unit",
        "not_enrolled",
        Patience.DAILY,
    ),
    (Family.BRIGHTSPACE, 404, b"User in requested score does not exist", "not_enrolled", Patience.DAILY),
    (Family.BRIGHTSPACE, 404, b"Line item does not exist", "column_deleted", Patience.NONE),
    (Family.SAKAI, 400, b"Scope score not in access token", "not_permitted", Patience.THREE_THEN_DAILY),
    (Family.SAKAI, 400, b"User does not belong to site", "not_enrolled", Patience.DAILY),
    (Family.OPENEDX, 400, b"Grade is past due", "course_is_over", Patience.DAILY),
    (Family.OPENEDX, 403, b"", "not_permitted", Patience.THREE_THEN_DAILY),
    (Family.SCHOOLOGY, 415, b"", "refused", Patience.THREE_TRIES),
    (Family.OTHER, 400, b"no idea", "refused", Patience.THREE_TRIES),
    (Family.OTHER, 405, b"", "refused", Patience.THREE_TRIES),
    (Family.OTHER, 410, b"", "column_deleted", Patience.NONE),
    (Family.OTHER, 413, b"", "refused", Patience.THREE_TRIES),
    (Family.OTHER, 415, b"", "refused", Patience.THREE_TRIES),
    ("an LMS nobody knows", 422, b"the user is not enrolled", "not_enrolled", Patience.DAILY),
    *((family, 401, b"", "not_permitted", Patience.THREE_THEN_DAILY) for family in EVERY_FAMILY),
    *((family, 404, b"", "column_deleted", Patience.NONE) for family in EVERY_FAMILY),
]


@pytest.mark.parametrize(("family", "status", "body", "reason", "patience"), REFUSALS)
def test_the_ways_to_refuse_a_score_of_each_lms(
    family: str, status: int, body: bytes, reason: str, patience: Patience
) -> None:
    """T13-AG-10"""
    verdict = answered(status, body, family)
    assert (verdict.result, verdict.reason, verdict.patience) == (TryResult.REFUSED, reason, patience)
    assert verdict.untouched and not verdict.outdated
    assert str(status) in verdict.text


@pytest.mark.parametrize(
    ("status", "body", "headers", "after"),
    [
        (429, b"", {"Retry_After": "17"}, 17.0),
        (429, b"", {}, 30.0),
        (403, b"403 Forbidden (Rate Limit Exceeded)", {}, 30.0),
        (403, b"", {"X_Rate_Limit_Remaining": "0.0"}, 30.0),
    ],
)
def test_an_lms_that_asks_to_slow_down_costs_no_try(
    status: int, body: bytes, headers: dict[str, str], after: float
) -> None:
    """T13-AG-11"""
    verdict = answered(status, body, Family.CANVAS, **headers)
    assert (verdict.reason, verdict.uncounted, verdict.retry_after) == ("busy", True, after)


def test_how_much_slower_an_lms_does_not_say_goes_by_the_pace(settings: Any) -> None:
    settings.DELIVERY_PACE = 0.1
    assert answered(429).retry_after == 3.0
    assert answered(429, Retry_After="17").retry_after == 17.0


def test_a_full_quota_makes_no_slow_down_of_a_refusal() -> None:
    assert answered(403, b"", Family.CANVAS, X_Rate_Limit_Remaining="699.9").reason == "not_permitted"
    assert answered(403, b"", Family.CANVAS, X_Rate_Limit_Remaining="lots").reason == "not_permitted"


@pytest.mark.parametrize("family", EVERY_FAMILY)
@pytest.mark.parametrize(
    ("status", "doubtful", "silent"),
    [(408, False, False), (500, False, False), (502, True, True), (503, False, True), (504, True, True)],
)
def test_an_error_of_the_lms_is_tried_again(family: str, status: int, doubtful: bool, silent: bool) -> None:
    """T13-AG-11"""
    verdict = answered(status, HTML, family)
    assert (verdict.reason, verdict.patience) == ("server_error", Patience.SCHEDULE)
    assert (verdict.doubtful, verdict.silent) == (doubtful, silent)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_a_token(status: int) -> None:
    verdict = answered(status, Location="https://elsewhere.example/")
    assert (verdict.reason, verdict.patience) == ("redirected", Patience.THREE_TRIES)


@pytest.mark.parametrize(
    ("code", "more", "reason", "patience"),
    [
        ("registration_off", {}, "registration_off", Patience.DAILY),
        ("host_not_approved", {}, "host_not_approved", Patience.DAILY),
        ("not_permitted", {}, "not_permitted", Patience.THREE_THEN_DAILY),
        ("token_refused", {"status": 400}, "token_refused", Patience.THREE_THEN_DAILY),
        ("token_unavailable", {"status": 500}, "token_unavailable", Patience.SCHEDULE),
        ("waits", {"again_in": 2.0}, "waits", Patience.SCHEDULE),
        ("waits", {"again_in": 2.0, "status": 429}, "busy", Patience.SCHEDULE),
        ("no_column", {}, "no_column", Patience.DAILY),
        ("column_deleted", {}, "column_deleted", Patience.NONE),
        ("column_refused", {"status": 405}, "column_refused", Patience.THREE_THEN_DAILY),
        ("server_error", {"status": 500}, "server_error", Patience.SCHEDULE),
        ("not_an_answer", {"status": 200}, "not_an_answer", Patience.SCHEDULE),
        ("forbidden_address", {}, "address_forbidden", Patience.NONE),
        ("timeout", {"ambiguous": True}, "no_clear_answer", Patience.SCHEDULE),
        ("connect", {}, "no_answer", Patience.SCHEDULE),
    ],
)
def test_what_keeps_a_score_from_being_told_has_a_reason(
    code: str, more: dict[str, Any], reason: str, patience: Patience
) -> None:
    problem = ServiceProblem(code, **more)
    verdict = lti13._unserved(problem, ambiguous=problem.ambiguous)
    assert (verdict.reason, verdict.patience) == (reason, patience)
    assert verdict.uncounted == (code == "waits")
    assert verdict.doubtful == problem.ambiguous


def test_a_token_endpoint_without_an_answer_counts_as_silence() -> None:
    assert lti13._unserved(ServiceProblem("token_unavailable"), ambiguous=False).silent
    assert not lti13._unserved(ServiceProblem("waits"), ambiguous=False).silent


def test_every_reason_has_words_and_advice() -> None:
    listed = {each.reason for quirks in QUIRKS.values() for each in (*quirks.scores.refusals, *COMMON_SCORES)}
    listed |= {reason for _, reason, _ in lti13._PROBLEMS.values()} | {"zero_not_taken", "busy"}
    assert listed <= set(reasons.REASONS)
