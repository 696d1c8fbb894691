"""How LMSs differ when they take a score: measured at Moodle 4.5, read in the sources of Canvas and Open edX."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from lti_bridge.sandbox.faults import CANVAS, MOODLE, OPENEDX, Faults
from lti_bridge.sandbox.lms.lti13.advantage.addresses import results_url
from lti_bridge.sandbox.lms.lti13.advantage.answers import Refused, Reply, refuse
from lti_bridge.sandbox.models import GradebookEntry, LineItem

FINAL = "FullyGraded"


@dataclass(frozen=True, slots=True)
class Score:
    """One score as it came."""

    user_id: str
    timestamp: datetime
    raw_timestamp: str
    activity_progress: str
    grading_progress: str
    given: Decimal | None
    maximum: Decimal | None
    comment: str
    #: Canvas's own extension.
    submission: dict[str, Any]


class Manner:
    """As Moodle: whole seconds, an empty answer, full marks at most, and whatever is not final erases the grade."""

    def incorrect(self, _what: str) -> Refused:
        """A score that cannot be read, or is for nobody who is graded."""
        return refuse(400, "Bad Request: Incorrect score received")

    def without_maximum(self) -> Refused:
        """A score without its maximum."""
        return self.incorrect("scoreMaximum")

    def check(self, entry: GradebookEntry, score: Score) -> None:
        """Raise ``Refused`` for a score that is not newer than the one before, or cannot be taken for other reasons."""
        if entry.scored_at and int(score.timestamp.timestamp()) <= int(entry.scored_at.timestamp()):
            raise refuse(409, "Conflict: Refusing score with an earlier timestamp")

    def part(self, score: Score, column_maximum: Decimal) -> Decimal:
        """The score as a part of 1. A maximum of 0 means points of the column."""
        return min(Decimal(1), (score.given or Decimal(0)) / (score.maximum or column_maximum))

    def apply(self, entry: GradebookEntry, score: Score, part: Decimal) -> str:
        """Change the cell, and say what came of it."""
        entry.score = part if score.given is not None and score.grading_progress == FINAL else None
        return "taken" if entry.score is not None else "not final: the grade was removed"

    def taken(self, _item: LineItem, _score: Score) -> Reply:
        """The answer to a score that was taken."""
        return Reply()

    def result(self, entry: GradebookEntry) -> Decimal | None:
        """What results tell of a cell, a part of 1. Moodle leaves 0 out."""
        return entry.grade or None


class Canvas(Manner):
    """As Canvas: more than full marks counts, each score is a submission, and a student has so many of these."""

    def __init__(self, submissions: int) -> None:
        self.submissions = submissions

    def incorrect(self, what: str) -> Refused:
        return _refuse_json(422 if what == "userId or timestamp" else 400, f"{what} is not valid")

    def without_maximum(self) -> Refused:
        return _refuse_json(422, "scoreMaximum must be given with scoreGiven")

    def check(self, entry: GradebookEntry, score: Score) -> None:
        if entry.scored_at and score.timestamp < entry.scored_at:
            raise _refuse_json(400, f"Provided timestamp of {score.raw_timestamp} not after last updated timestamp")
        if self.submissions and self._counts(score) and entry.submissions >= self.submissions:
            raise _refuse_json(422, "maximum number of allowed attempts has been reached")

    def part(self, score: Score, column_maximum: Decimal) -> Decimal:
        return (score.given or Decimal(0)) / (score.maximum or column_maximum)

    def apply(self, entry: GradebookEntry, score: Score, part: Decimal) -> str:
        entry.submissions += self._counts(score)
        keeps = score.given is not None and score.grading_progress in (FINAL, "PendingManual")
        entry.score = part if keeps else None
        return f"taken, submission {entry.submissions}" if keeps else "no score kept"

    def taken(self, item: LineItem, score: Score) -> Reply:
        return Reply(value={"resultUrl": results_url(item, score.user_id)})

    def result(self, entry: GradebookEntry) -> Decimal | None:
        return entry.grade

    @staticmethod
    def _counts(score: Score) -> bool:
        return score.submission.get("new_submission") is not False


class OpenEdx(Manner):
    """As Open edX: the time of a score is good once, and a final 0 is taken but never shown."""

    def incorrect(self, what: str) -> Refused:
        return _refuse_json(400, f"{what} is not valid")

    def check(self, entry: GradebookEntry, score: Score) -> None:
        if entry.scored_at and score.timestamp <= entry.scored_at:
            raise _refuse_json(400, "Score with this timestamp already exists or is older")

    def apply(self, entry: GradebookEntry, score: Score, part: Decimal) -> str:
        entry.unseen = part if score.given is not None else None
        if not score.given or score.grading_progress != FINAL:
            return "taken, and not shown"
        entry.score = part
        return "taken"

    def taken(self, _item: LineItem, score: Score) -> Reply:
        return Reply(value={"userId": score.user_id, "timestamp": score.raw_timestamp})

    def result(self, entry: GradebookEntry) -> Decimal | None:
        return entry.unseen


MANNERS: dict[str, Manner] = {MOODLE: Manner(), OPENEDX: OpenEdx()}


def manner_of(faults: Faults) -> Manner:
    """The manner that is switched on."""
    return Canvas(int(faults["lms_canvas_submissions"])) if faults.manner == CANVAS else MANNERS[faults.manner]


def _refuse_json(status: int, message: str) -> Refused:
    return Refused(Reply(status, {"errors": {"type": "bad_request", "message": message}}, reason=""))
