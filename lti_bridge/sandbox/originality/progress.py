"""How a document of the pretend Originality gets on: by itself as time goes by, or when somebody says so."""

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.models import OriginalityDocument
from lti_bridge.sandbox.models.originality import Step
from lti_bridge.sandbox.originality import webhooks

_BY_ITSELF = (Step.QUEUED, Step.PROCESSING)


def take_content(document: OriginalityDocument, size: int, digest: str) -> None:
    """Content came. From now on the document gets on, and whoever wanted to know is told."""
    faults = Faults()
    OriginalityDocument.objects.filter(pk=document.pk).update(
        contents=F("contents") + 1,
        size=size,
        sha256=digest,
        content_at=timezone.now(),
        by_hand=faults.strikes("originality_by_hand"),
        similarity=int(digest[:4], 16) % 60,
        translation_similarity=int(digest[4:8], 16) % 40,
        ai_index=int(digest[8:12], 16) % 50,
    )
    document.refresh_from_db()
    webhooks.announce(document, Step.QUEUED, faults, after=0)
    if not document.by_hand:
        takes = faults["originality_takes"]
        webhooks.announce(document, Step.PROCESSING, faults, after=takes / 2)
        webhooks.announce(document, _end(faults), faults, after=takes)


def now_at(document: OriginalityDocument) -> OriginalityDocument:
    """The document with the step that it has come to by now."""
    if document.content_at is None or document.by_hand or document.step not in _BY_ITSELF:
        return document
    faults = Faults()
    takes = timedelta(seconds=faults["originality_takes"])
    since = timezone.now() - document.content_at
    if since >= takes:
        document.step = _end(faults)
        document.save(update_fields=["step"])
    elif since >= takes / 2:
        document.step = Step.PROCESSING
    return document


def move(document: OriginalityDocument, step: Step, **found: int) -> None:
    """Somebody at Originality says where the document is, and what is found in it."""
    document.step, document.by_hand = step, True
    for name, value in found.items():
        setattr(document, name, value)
    document.save(update_fields=["step", "by_hand", *found])
    webhooks.announce(document, step, Faults(), after=0)


def _end(faults: Faults) -> Step:
    return Step.FAILED if faults.strikes("originality_fails") else Step.PROCESSED
