"""What a learner sees of their documents at a link: the newest one, what to do next, and the receipts of all."""

from collections.abc import Mapping

from lti_bridge.documents import deciding
from lti_bridge.documents.rules import is_late, left, rules_of
from lti_bridge.models import UNFINISHED, Activity, Attempt, AttemptState, Document, DocumentState
from lti_bridge.pages.documents import standing
from lti_bridge.placements import Placement

_OVER = (AttemptState.GRADED, AttemptState.FAILED, AttemptState.CANCELLED)
_ON_ITS_WAY = (DocumentState.RECEIVED, DocumentState.PLACED)


def values_of(placement: Placement, activity: Activity) -> Mapping[str, object]:
    """For the learner's page."""
    attempt, rules = placement.attempt, rules_of(activity)
    documents = list(_documents(placement))
    current = next((each for each in documents if attempt and each.attempt_id == attempt.pk), None)
    headline, meaning = standing.headline_and_meaning(current, attempt)
    tone, chip = standing.tone_and_chip(current, attempt)
    late = is_late(rules)
    return {
        "document": current,
        "documents": documents,
        "rules": rules,
        "headline": headline,
        "meaning": meaning,
        "tone": tone,
        "chip": chip,
        "why": standing.why(current) if current and current.state == DocumentState.REFUSED else "",
        "is_late": late,
        "left": left(attempt, activity) if attempt else None,
        "may_open": not late and (attempt is None or attempt.state in UNFINISHED),
        "may_repeat": not late and attempt is not None and _may_repeat(attempt, activity),
        "is_checked": standing.key_of(current, attempt) == standing.CHECKED,
        "has_report": current is not None and deciding.may_be_read(current),
        "waits": current is not None and (current.state in _ON_ITS_WAY or _is_being_checked(current, attempt)),
    }


def _documents(placement: Placement) -> list[Document]:
    rows = Document.objects.select_related("attempt__candidate__account", "attempt__activity__account")
    rows = rows.filter(attempt__learner=placement.learner, attempt__resource_link=placement.link)
    return list(rows.exclude(state=DocumentState.ARRIVING).order_by("-received_at"))


def _may_repeat(attempt: Attempt, activity: Activity) -> bool:
    return attempt.state in _OVER and left(attempt, activity) != 0


def _is_being_checked(document: Document, attempt: Attempt | None) -> bool:
    return document.state == DocumentState.PASSED_ON and attempt is not None and attempt.state not in _OVER
