"""What the services for tools refuse: each time with the code and the words that tell a tool's maker what is wrong.

The same code stands in the log. What each refusal leaves unchanged is shown where the service has its tests.
"""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import lti_bridge.relay
from lti_bridge.models import Attempt, AttemptState
from lti_bridge.relay import json_body
from tests.relay.sitting import sit
from tests.relay.tool13 import LINE_ITEM, MEMBERS, SCORE, SCORE_TYPE, Course13, launched, make_course13, moment, score

pytestmark = pytest.mark.django_db

ITEM = {"label": "Quiz", "scoreMaximum": 10}
#: They are no refusals: a fault of ours, or of the way here. ``test_scores`` and ``test_line_items`` have them.
FAULTS = {"unavailable", "fault", "cut"}


def _post(**changes: Any) -> Callable[[Course13], Any]:
    return lambda course: course.post(**changes)


def _raw(body: bytes, content_type: str = SCORE_TYPE) -> Callable[[Course13], Any]:
    return lambda course: course.tool.call("POST", f"{course.line_item}/scores", body, content_type=content_type)


def _item(**changes: Any) -> Callable[[Course13], Any]:
    told = {name: value for name, value in (ITEM | changes).items() if value is not ...}
    return lambda course: course.tool.call("POST", course.line_items, told)


def _get(place: str, query: str = "", method: str = "GET") -> Callable[[Course13], Any]:
    """``place``: what the launch named, or a path below the line item."""

    def call(course: Course13) -> Any:
        url = getattr(course, place, None) or f"{course.line_item}/{place}"
        return course.tool.call(method, f"{url}{query}")

    return call


def _with(*scopes: str, token: str | None = None) -> Callable[[Course13], Any]:
    return lambda course: course.tool.call(
        "POST", f"{course.line_item}/scores", score(course.attempt), scopes=scopes, token=token
    )


def _of_bob(course: Course13) -> Any:
    bob = sit(course.world, user_id="bob-2")
    launched(bob)
    return course.post(userId=bob.learner.opaque_id)


def _cancelled(course: Course13) -> Any:
    Attempt.objects.update(state=AttemptState.CANCELLED)
    return course.post()


def _older(course: Course13) -> Any:
    course.post(timestamp=moment(-5))
    return course.post(timestamp=moment(-10))


def _members(query: str, *scopes: str) -> Callable[[Course13], Any]:
    return lambda course: course.tool.call(
        "GET", f"{course.line_items.removesuffix('/line_items')}/memberships{query}", scopes=scopes
    )


#: What is wrong → status, code, words of the sentence, and who does it.
WRONG: dict[str, tuple[int, str, str, Callable[[Course13], Any]]] = {
    # --- whoever asks ---
    "no token": (401, "token_missing", "access token is needed", _with(token="")),
    "another token": (401, "invalid_token", "not known or has ended", _with(token="x.y.z")),
    "another scope": (403, "insufficient_scope", "not for this", _with(MEMBERS)),
    "method": (405, "method_not_allowed", "Not this method", _get("line_item", method="PATCH")),
    "GET of scores": (405, "method_not_allowed", "Not this method", _get("scores")),
    "no such course": (
        404,
        "not_found",
        "no such course",
        lambda course: course.tool.call("GET", course.line_items.replace("/contexts/", "/contexts/9")),
    ),
    "no such line item": (
        404,
        "not_found",
        "no such line item",
        lambda course: course.tool.call("GET", f"{course.line_items}/999999"),
    ),
    # --- any body ---
    "content type": (415, "wrong_type", "Use the content type", _raw(b"{}", "text/plain")),
    "too large": (413, "too_large", "larger than", _raw(b'{"x":"' + b"x" * json_body.MAX_BYTES + b'"}')),
    "not JSON": (400, "malformed", "not JSON", _raw(b"{")),
    "a name twice": (400, "malformed", "names something twice", _raw(b'{"userId":"a","userId":"b"}')),
    "NaN": (400, "malformed", "number that JSON has not", _raw(b'{"scoreGiven":NaN}')),
    "a list": (400, "malformed", "not a JSON object", _raw(b"[]")),
    # --- a score ---
    "no user": (400, "malformed", "userId must be a text", _post(userId=None)),
    "blank user": (400, "malformed", "userId must not be blank", _post(userId=" ")),
    "user a number": (400, "malformed", "userId must be a text", _post(userId=7)),
    "no timestamp": (400, "malformed", "timestamp is missing", _post(timestamp=None)),
    "timestamp without zone": (
        400,
        "malformed",
        "timestamp must be a time with its zone",
        _post(timestamp="2026-01-31T09:00:00"),
    ),
    "timestamp that does not exist": (
        400,
        "malformed",
        "a time that does not exist",
        _post(timestamp="2026-02-31T09:00:00Z"),
    ),
    # Made when it is sent: this table is read long before.
    "timestamp ahead": (400, "malformed", "set the clock", lambda course: _post(timestamp=moment(600))(course)),
    "older": (409, "not_newer", "a later one is here already", _older),
    "no activity progress": (400, "malformed", "activityProgress must be one of", _post(activityProgress=None)),
    "odd activity progress": (400, "malformed", "activityProgress must be one of", _post(activityProgress="Done")),
    "no grading progress": (400, "malformed", "gradingProgress must be one of", _post(gradingProgress=None)),
    "odd grading progress": (400, "malformed", "gradingProgress must be one of", _post(gradingProgress="fullygraded")),
    "negative": (400, "malformed", "scoreGiven must be a number", _post(scoreGiven=-1)),
    "score a text": (400, "malformed", "scoreGiven must be a number", _post(scoreGiven="83")),
    "score endless": (400, "malformed", "scoreGiven must be a number", _post(scoreGiven=1e20)),
    "no maximum": (400, "malformed", "scoreMaximum is missing: a scoreGiven needs one", _post(scoreMaximum=None)),
    "maximum 0": (400, "malformed", "scoreMaximum must be a number above 0", _post(scoreMaximum=0)),
    "a hundred times its maximum": (400, "malformed", "99 times scoreMaximum", _post(scoreGiven=9901)),
    "comment a number": (400, "malformed", "comment must be a text", _post(comment=7)),
    "comment too long": (400, "malformed", "at most 10000 characters", _post(comment="x" * 10_001)),
    "scoring user null": (400, "malformed", "scoringUserId must be left out", _post(scoringUserId=...)),
    "submission a list": (400, "malformed", "submission must be an object", _post(submission=[])),
    "submitted before it began": (
        400,
        "malformed",
        "submittedAt is before startedAt",
        _post(submission={"startedAt": moment(-5), "submittedAt": moment(-10)}),
    ),
    "nobody's score": (422, "unknown_user", "was not launched", _post(userId="stranger")),
    "somebody else's score": (422, "unknown_user", "was not launched", _of_bob),
    "cancelled": (422, "not_graded_any_more", "was cancelled", _cancelled),
    # --- a line item ---
    "item without label": (400, "malformed", "label must be a text", _item(label=...)),
    "item with a blank label": (400, "malformed", "label must not be blank", _item(label=" ")),
    "item without maximum": (400, "malformed", "scoreMaximum is missing", _item(scoreMaximum=...)),
    "item with maximum 0": (400, "malformed", "scoreMaximum must be a number above 0", _item(scoreMaximum=0)),
    "item of a link that is none": (404, "not_found", "no such resource link", _item(resourceLinkId="nowhere")),
    "item of a launch deleted": (403, "declared_here", "cannot be deleted", _get("line_item", method="DELETE")),
    # --- lists ---
    "limit 0": (400, "malformed", "limit must be a whole number", _get("line_items", "?limit=0")),
    "a parameter twice": (400, "malformed", "given twice", _get("line_items", "?tag=a&tag=b")),
    "results with an odd limit": (400, "malformed", "limit must be a whole number", _get("results", "?limit=x")),
    "members without the scope": (403, "insufficient_scope", "not for this", _members("", LINE_ITEM, SCORE)),
    "members with an odd limit": (400, "malformed", "limit must be a whole number", _members("?limit=-1")),
    "members of a link that is none": (404, "not_found", "no such", _members("?rlid=nowhere")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_has_its_own_code_and_words(wrong: str) -> None:
    """P13-AG-36, P13-AG-37, P13-AG-40, P13-AG-43, P13-AG-45, P13-AG-47, P13-AG-49"""
    status, code, words, do = WRONG[wrong]
    course = make_course13()
    with capture_logs() as logs:
        response = do(course)
    said = response.json()
    assert (response.status_code, said["status"], said["title"]) == (status, status, code)
    assert words in said["detail"]
    assert response["Content-Type"] == "application/problem+json" and said["reference"]
    told = [(each["code"], each["sentence"]) for each in logs if each["event"] == "service_refused"]
    assert told == [(code, said["detail"])]


def test_every_refusal_of_the_services_is_met() -> None:
    assert len(WRONG) >= 50
    folder = Path(lti_bridge.relay.__file__).parent
    calls = [node for file in folder.glob("*.py") for node in ast.walk(ast.parse(file.read_text()))]
    codes = {
        node.args[1].value
        for node in calls
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "ServiceProblem"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert codes - FAULTS == {code for _status, code, _words, _do in WRONG.values()}
