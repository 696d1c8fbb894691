"""What is told to an LMS of a cell by AGS: its score, that there is none, or where the attempt stands."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from lti_bridge.advantage.scores import Score, written
from lti_bridge.delivery import comments, submissions
from lti_bridge.models import Attempt, AttemptState, Cell

#: Canvas's own part of a score.
SUBMISSION = "https://canvas.instructure.com/lti/submission"

#: What is told while there is no score: where the attempt stands → activityProgress, gradingProgress (§3.4.7, §3.4.8).
_PROGRESS: dict[str, tuple[str, str]] = {
    AttemptState.STARTED: ("InProgress", "NotReady"),
    AttemptState.SUBMITTED: ("Submitted", "Pending"),
    AttemptState.MARKING: ("Completed", "PendingManual"),
}
_GRADED = ("Completed", "FullyGraded")
_CLEARED = ("Initialized", "NotReady")


def carried(score: Decimal) -> Decimal:
    """A score as AGS can carry it: from 0 up, above 1 too."""
    return max(score, Decimal(0))


def score_of(cell: Cell) -> Score:
    """The message for what a cell wants. It is the same on every try, but for what Canvas counts as handed in,
    and the comment that goes with it.
    """
    at = cell.wanted_at or timezone.now()
    graded = cell.wanted_score is not None
    attempt = cell.wanted_grade.attempt if graded and cell.wanted_grade else None
    activity, grading = _GRADED if graded else _PROGRESS.get(cell.wanted_progress, _CLEARED)
    started, submitted = _times_of(attempt, at) if attempt else (None, None)
    return Score(
        user_id=cell.learner.user_id,
        at=at,
        part=None if cell.wanted_score is None else carried(cell.wanted_score),
        comment=comments.told(cell),
        activity_progress=activity,
        grading_progress=grading,
        started_at=started,
        submitted_at=submitted,
        more=_submission(cell, submitted) if submissions.are_made(cell) else {},
    )


def _times_of(attempt: Attempt, at: datetime) -> tuple[datetime, datetime]:
    """When an attempt began and ended. Neither is later than the score: a time in the future is refused."""
    started = attempt.opened_at or attempt.created_at
    submitted = attempt.ended_at or started
    return min(started, submitted, at), min(submitted, at)


def _submission(cell: Cell, submitted: datetime | None) -> dict[str, Any]:
    told: dict[str, Any] = {"new_submission": submissions.is_new(cell)}
    if submitted:
        told["submitted_at"] = written(submitted)
    return {SUBMISSION: told}
