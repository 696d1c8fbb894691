"""Score messages, and the results that a gradebook holds (AGS 2.0 §3.4, §3.5)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pylti1p3.grade import Grade

from lti_bridge import http
from lti_bridge.advantage import calls, paging, scopes
from lti_bridge.advantage.addresses import below, filtered
from lti_bridge.advantage.line_items import MAXIMUM
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import LineItem

SCORE = "application/vnd.ims.lis.v1.score+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What is said about one learner's grade.

    ``part``: a part of 1, that may be more; None says that there is no grade. ``at``: rises with every score that is
    told of one learner and column, and stays the same when one is told again. ``more``: extensions by their full names.
    """

    user_id: str
    at: datetime
    activity_progress: str
    grading_progress: str
    part: Decimal | None = None
    comment: str = ""
    started_at: datetime | None = None
    submitted_at: datetime | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def message(self) -> bytes:
        """The JSON that is sent. It always has a maximum, which Moodle wants even beside no score."""
        grade = Grade().set_user_id(self.user_id).set_timestamp(written(self.at))
        grade.set_activity_progress(self.activity_progress).set_grading_progress(self.grading_progress)
        grade.set_score_maximum(MAXIMUM)
        if self.part is not None:
            grade.set_score_given(_number(self.part * MAXIMUM))
        if self.comment.strip():
            # An empty one would take away what a teacher wrote (Blackboard).
            grade.set_comment(self.comment)
        if self.started_at:
            grade.set_started_at(written(self.started_at))
        if self.submitted_at:
            grade.set_submitted_at(written(self.submitted_at))
        if self.more:
            grade.set_extra_claims(self.more)
        return grade.get_value().encode()


def written(at: datetime) -> str:
    """A time as AGS writes it: with milliseconds and a zone."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def post(column: LineItem, url: str, score: Score, *, deadline: float) -> http.Answer:
    """Tell a score to the line item at ``url``. Raises ``ServiceProblem``."""
    asked = _scopes(column, scopes.SCORE)
    body = score.message()
    return calls.call(
        column.registration, asked, "POST", below(url, "/scores"), body=body, content_type=SCORE, deadline=deadline
    )


def results(
    column: LineItem, url: str, user_id: str, *, path: str = "/results", deadline: float
) -> Iterator[http.Answer]:
    """The pages of the results of one learner; of everybody, where a platform does not filter.

    Raises ``ServiceProblem``.
    """
    asked = _scopes(column, scopes.RESULT_READONLY)
    where = filtered(below(url, path), user_id=user_id)
    return paging.pages(column.registration, asked, where, accept=RESULTS, deadline=deadline)


def results_in(page: http.Answer, user_id: str) -> list[Decimal | None]:
    """The learner's results on a page, as parts of 1; None for one without a score. Raises ``ServiceProblem``."""
    told = paging.json_of(page)
    if not isinstance(told, list):
        raise ServiceProblem("not_an_answer", "The results are no list.", status=page.status)
    theirs = [each for each in told if isinstance(each, dict) and str(each.get("userId")) == user_id]
    return [_part(each, page.status) for each in theirs]


def _scopes(column: LineItem, needed: str) -> tuple[str, ...]:
    if needed not in column.scopes:
        raise ServiceProblem("not_permitted", f"The launch does not include {needed.rpartition('/')[2]}.")
    return scopes.for_grades(needed, column.scopes)


def _part(result: dict[str, Any], status: int) -> Decimal | None:
    given, maximum = result.get("resultScore"), result.get("resultMaximum")
    if given is None or given == "":
        return None
    try:
        found = Decimal(str(given)) / Decimal(1 if maximum is None else str(maximum))
        if found.is_finite() and found >= 0 and not isinstance(given, bool):
            return round(found, 10).normalize()
    except ArithmeticError:
        pass
    raise ServiceProblem("not_an_answer", "A result is no number.", status=status)


def _number(value: Decimal) -> int | float:
    """A number whose JSON has exactly the digits of ``value``: floats keep fifteen, and a score has twelve at most."""
    return int(value) if value == value.to_integral_value() else float(value)
