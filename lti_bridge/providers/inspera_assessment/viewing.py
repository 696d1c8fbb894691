"""The page of a learner's results, from what Inspera told last: nothing is asked for, nothing shown too early."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen
from lti_bridge.models import Attempt, EventSource, ProviderEvent
from lti_bridge.providers.actions import Page
from lti_bridge.providers.attempts import is_released
from lti_bridge.providers.base import Opening
from lti_bridge.providers.inspera_assessment.grades import is_final, number


@dataclass(frozen=True, slots=True)
class Line:
    """A question of the results. ``score`` of ``most``; none where it was not marked."""

    number: str
    title: str
    score: Decimal | None
    most: Decimal | None


def view_results(opening: Opening) -> Page:
    """Total, grade, questions and comment, once they are released. Raises ``CannotOpen`` when there is nothing yet."""
    attempt, told = _newest(opening)
    if attempt is None:
        raise CannotOpen(
            "no_results", _("There are no results yet."), _("Take the test first, then open this link again.")
        )
    if not is_final(told) or told.get("attendance") is False or not is_released(attempt):
        raise CannotOpen(
            "results_not_released",
            _("Your results are not released yet."),
            _("Open the link again when your teacher says that the grades are out."),
        )
    values = {
        "total": number(told.get("total_score")),
        "most": number(told.get("max_total_score")),
        "grade": told.get("final_grade", ""),
        "comment": told.get("comment", ""),
        "questions": [_line(each) for each in told.get("questions", []) if isinstance(each, dict)],
    }
    return Page("providers/inspera_assessment/results.html", values)


def told_of(attempt: Attempt) -> dict[str, Any]:
    """What Inspera told last of an attempt; empty when it told nothing."""
    events = ProviderEvent.objects.filter(attempt=attempt, source=EventSource.POLL).order_by("-pk")
    raw = events.values_list("raw_body", flat=True).first()
    try:
        told = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _newest(opening: Opening) -> tuple[Attempt | None, dict[str, Any]]:
    """The learner's newest attempt of which anything was told: at the activity's test, or at this link."""
    rows = Attempt.objects.filter(learner=opening.learner, candidate__account=opening.account).order_by("-pk")
    test_id = str(opening.activity.parameters.get("test_id", ""))
    context = opening.resource_link.context_id
    rows = rows.filter(provider_attempt_id=test_id) if test_id else rows.filter(resource_link__context=context)
    first = None
    for attempt in rows.exclude(provider_attempt_id="")[:20]:
        first = first or attempt
        if told := told_of(attempt):
            return attempt, told
    return first, {}


def _line(question: Mapping[str, Any]) -> Line:
    manual = [number(each) for each in question.get("manual_scores", [])]
    # Several graders may have marked it: which counts, only the total knows.
    score = manual[0] if len(manual) == 1 else None if manual else number(question.get("auto_score"))
    return Line(
        str(question.get("number", "")), str(question.get("title", "")), score, number(question.get("max_score"))
    )
