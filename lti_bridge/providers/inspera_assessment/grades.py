"""What a candidate's standing at Inspera means as a grade. Nothing here asks anybody.

``totalScore`` of ``maxTotalScore`` is the score: it has the graders' marks in it, ``score`` has not. A grade is final
by ``finalGradeDate``, or when Inspera told that the grades of the test are confirmed. Before that it is no grade.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Account, Activity, AttemptState
from lti_bridge.providers.inspera_assessment.parameters import is_on
from lti_bridge.providers.reports import GradeReport, PollMessage


def reports_of(message: PollMessage) -> list[GradeReport]:
    """The report in what was told of one candidate. Raises ``UnsupportedEvent`` for what cannot be read."""
    try:
        told = json.loads(message.raw)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise UnsupportedEvent("unreadable_result", detail="inspera_assessment: no result")
    activity = message.attempt.activity
    if told.get("attendance") is False:
        return _absent(message, activity, told)
    score = score_of(message.account, told)
    given, maximum = score or (None, None)
    has_result = score is not None and (is_final(told) or is_on(activity.parameters, "send_provisional"))
    state = _state(told, graded=has_result and is_final(told))
    if state is None:
        return []
    return [
        GradeReport(
            message.attempt,
            state,
            message.received_at,
            has_result=has_result,
            score_given=given if has_result else None,
            score_maximum=maximum if has_result else None,
            raw_score=str(told.get("total_score") or told.get("final_grade") or "") if has_result else "",
            note=str(told.get("final_grade") or ""),
        )
    ]


def is_final(told: Mapping[str, Any]) -> bool:
    """Whether the grade can still change only by an appeal."""
    return bool(told.get("final_grade_date") or told.get("confirmed_at"))


def score_of(account: Account, told: Mapping[str, Any]) -> tuple[Decimal, Decimal] | None:
    """The score and its maximum; None where there is no number that means anything."""
    total = number(told.get("total_score"))
    if total is None and not is_final(told):
        total = number(told.get("auto_score"))
    maximum = number(told.get("max_total_score"))
    if total is not None and maximum is not None and maximum > 0:
        # Wrong answers may cost marks; a gradebook has nothing below 0.
        return max(total, Decimal(0)), maximum
    letter = str(told.get("final_grade") or "")
    part = account.settings.get("letter_scale", {}).get(letter)
    return None if part is None else (Decimal(str(part)), Decimal(1))


def _absent(message: PollMessage, activity: Activity, told: Mapping[str, Any]) -> list[GradeReport]:
    """Who did not come has no result, and that is not 0; an activity may say otherwise, once grades are final."""
    maximum = number(told.get("max_total_score"))
    if not (is_on(activity.parameters, "absent_scores_zero") and is_final(told) and maximum):
        return []
    return [
        GradeReport(
            message.attempt,
            AttemptState.GRADED,
            message.received_at,
            has_result=True,
            score_given=Decimal(0),
            score_maximum=maximum,
            raw_score="absent",
        )
    ]


def _state(told: Mapping[str, Any], *, graded: bool) -> AttemptState | None:
    if graded:
        return AttemptState.GRADED
    # That the test's grades are confirmed says nothing of somebody who still sits it.
    if any(told.get(name) is not None for name in ("final_grade_date", "total_score", "final_grade")):
        return AttemptState.MARKING
    if told.get("end_time") or told.get("auto_score") is not None:
        return AttemptState.SUBMITTED
    return AttemptState.STARTED if told.get("start_time") else None


def number(value: Any) -> Decimal | None:
    """A number as ``told`` has it, in text; None for what is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None
