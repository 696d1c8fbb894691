"""What a learner sees of their documents at a link: the newest one, what to do next, and the receipts of all."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.documents import deciding
from lti_bridge.documents.rules import is_late, left, rules_of
from lti_bridge.models import (
    UNFINISHED,
    Activity,
    Attempt,
    AttemptState,
    Document,
    DocumentState,
    Learner,
    ResourceLink,
)
from lti_bridge.pages.documents import standing
from lti_bridge.placements import Placement

_OVER = (AttemptState.GRADED, AttemptState.FAILED, AttemptState.CANCELLED)
_ON_ITS_WAY = (DocumentState.RECEIVED, DocumentState.PLACED)
#: Where another document may be handed in, and an earlier one was.
_ANOTHER = (
    _("You can hand in another document"),
    _("What you handed in before stays handed in: you find it below."),
)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A document that somebody handed in, as a line. ``has_report``: whether they may read its report."""

    document: Document
    tone: str
    chip: Promise
    has_report: bool


def handed_in(learner: Learner, link: ResourceLink, *, teaches: bool = False) -> list[HandedIn]:
    """All that a learner handed in at a link, the newest first. ``teaches``: whether somebody who teaches reads it."""
    rows = Document.objects.select_related("attempt__candidate__account", "attempt__activity__account")
    rows = rows.filter(attempt__learner=learner, attempt__resource_link=link)
    return [
        HandedIn(each, *standing.tone_and_chip(each, each.attempt), _has_report(each, teaches=teaches))
        for each in rows.exclude(state=DocumentState.ARRIVING).order_by("-received_at", "-pk")
    ]


def that_counts(lines: list[HandedIn]) -> Document | None:
    """Of what was handed in the newest that was not refused, if any."""
    return next((each.document for each in lines if each.document.state != DocumentState.REFUSED), None)


def values_of(placement: Placement, activity: Activity) -> Mapping[str, object]:
    """For the learner's page."""
    attempt, rules = placement.attempt, rules_of(activity, placement.attempt)
    lines = handed_in(placement.learner, placement.link) if placement.link else []
    current = next((each.document for each in lines if attempt and each.document.attempt_id == attempt.pk), None)
    late, about, earlier = is_late(rules), attempt, that_counts(lines)
    if late and earlier and (current is None or current.state == DocumentState.REFUSED):
        # Nothing more can come: what was handed in in time is what there is.
        current, about = earlier, earlier.attempt
    headline, meaning = standing.headline_and_meaning(current, about)
    tone, chip = standing.tone_and_chip(current, about)
    if current is None and earlier:
        headline, meaning = _ANOTHER
        tone, chip = standing.tone_and_chip(earlier, earlier.attempt)
    may_open = not late and (attempt is None or attempt.state in UNFINISHED)
    return {
        "document": current,
        "earlier": earlier if current is None else None,
        "handed_in": lines,
        "rules": rules,
        "headline": headline,
        "meaning": meaning,
        "tone": tone,
        "chip": chip,
        "why": standing.why(current) if current and current.state == DocumentState.REFUSED else "",
        "is_late": late,
        "counts": late and current is not None and attempt is not None and current.attempt_id != attempt.pk,
        "left": left(attempt, activity) if attempt else None,
        "may_open": may_open,
        "may_repeat": attempt is not None and _may_repeat(attempt, activity),
        "is_checked": standing.key_of(current, about) == standing.CHECKED,
        "has_report": current is not None and deciding.may_be_read(current),
        "waits": current is not None and (current.state in _ON_ITS_WAY or _is_being_checked(current, about)),
    }


def _has_report(document: Document, *, teaches: bool) -> bool:
    checked = standing.key_of(document, document.attempt) == standing.CHECKED
    return checked if teaches else deciding.may_be_read(document)


def _may_repeat(attempt: Attempt, activity: Activity) -> bool:
    # Whoever was allowed to be late was allowed one document.
    return attempt.state in _OVER and left(attempt, activity) != 0 and not is_late(rules_of(activity))


def _is_being_checked(document: Document, attempt: Attempt | None) -> bool:
    return document.state == DocumentState.PASSED_ON and attempt is not None and attempt.state not in _OVER
