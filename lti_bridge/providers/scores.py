"""What a score of Assignment and Grade Services means, whoever sent it, by the specification's own words."""

from lti_bridge.models import AttemptState
from lti_bridge.providers.reports import GradeReport, LineItemScore

#: ``gradingProgress`` of a score that is not final → where the attempt stands (AGS 2.0 §3.4.8).
_NOT_FINAL: dict[str, AttemptState | None] = {
    "Pending": AttemptState.SUBMITTED,  # a machine is still at it; any number is a part of the score
    "PendingManual": AttemptState.MARKING,
    "Failed": None,  # no grade could be made; that is not 0
    "NotReady": None,  # nothing to grade yet
}
#: ``activityProgress`` → where the attempt stands, when grading tells nothing (AGS 2.0 §3.4.7).
_PROGRESS: dict[str, AttemptState] = {
    "Initialized": AttemptState.OPENED,
    "Started": AttemptState.STARTED,
    "InProgress": AttemptState.STARTED,
    "Submitted": AttemptState.SUBMITTED,
    "Completed": AttemptState.SUBMITTED,
}


def report_of(message: LineItemScore) -> GradeReport:
    """The report that a score makes. Only ``FullyGraded`` brings a result; without a number it takes one back.

    So does a reset: ``Initialized`` and no number, which is how a result is deleted (AGS 2.0 §3.4.7).
    """
    if message.activity_progress == "Initialized" and message.score_given is None:
        return GradeReport(
            message.attempt, AttemptState.OPENED, message.scored_at, has_result=True, timed=True, note="reset"
        )
    if message.grading_progress != "FullyGraded":
        told, progress = _NOT_FINAL[message.grading_progress], _PROGRESS[message.activity_progress]
        # A sitting that goes on is not over, whatever is known of its score already.
        state = told if told and progress == AttemptState.SUBMITTED else progress
        return GradeReport(message.attempt, state, message.scored_at, timed=True)
    given = message.score_given
    return GradeReport(
        message.attempt,
        AttemptState.SUBMITTED if given is None else AttemptState.GRADED,
        message.scored_at,
        has_result=True,
        score_given=given,
        score_maximum=None if given is None else message.score_maximum,
        raw_score=message.raw_score,
        comment=message.comment,
        timed=True,
    )
