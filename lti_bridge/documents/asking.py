"""A document that may have reached its place, whose address is no longer good: only the provider knows, and is asked.

Its place is lost then: an empty address in its ``secret`` says that nothing is brought there any more. One without any
was never given a place, and there is nothing to ask about.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from lti_bridge.documents.waking import wake
from lti_bridge.models import Attempt, Document, DocumentState

_ADDRESS = "upload_url"


def is_asked_about(document: Document) -> bool:
    """Whether nothing is brought to its place any more, and the provider is asked whether it is there."""
    return bool(document.secret.get(_ADDRESS) == "")


def may_be_asked_about(document: Document) -> bool:
    """Whether it stands still, and may be at the place that it was given."""
    return document.state == DocumentState.UNCLEAR and _ADDRESS in document.secret


def with_lost_place(document: Document) -> dict[str, Any]:
    """Its ``secret`` from when on it is only asked about."""
    return {**document.secret, _ADDRESS: ""}


def without_place(document: Document) -> dict[str, Any]:
    """Its ``secret`` when it has no place, or none that matters any more."""
    return {name: value for name, value in document.secret.items() if name != _ADDRESS}


@transaction.atomic
def ask_soon(attempt: Attempt) -> None:
    """Something was heard of an attempt: ask whether its document arrived, where nobody knows. Wakes on commit."""
    rows = Document.objects.filter(attempt=attempt, state__in=(DocumentState.PLACED, DocumentState.UNCLEAR))
    if not rows.exists():
        return
    Attempt.objects.select_for_update(of=("self",)).get(pk=attempt.pk)
    document = rows.select_for_update(of=("self",)).first()
    if document is None or not (is_asked_about(document) or may_be_asked_about(document)):
        return
    document.secret, document.next_try_at = with_lost_place(document), timezone.now()
    if document.state == DocumentState.UNCLEAR:
        document.state, document.reason, document.tries = DocumentState.PLACED, "not_known_yet", 0
        document.asked_at, document.content_until = document.asked_at or timezone.now(), None
    fields = ("secret", "next_try_at", "state", "reason", "tries", "asked_at", "content_until")
    document.save(update_fields=fields)
    pk = document.pk
    transaction.on_commit(lambda: wake(pk))
