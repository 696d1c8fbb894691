"""Who passes a document on: one worker, under a lease that it renews as the content goes out, also when workers die."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, PositiveSmallIntegerField, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from lti_bridge.documents.content import KeptContent
from lti_bridge.models import Document, DocumentState

#: Clocks differ a little: what is due within this is due now.
SLACK = timedelta(seconds=1)
#: A lease, in those of a gradebook cell: it outlives the longest wait of a worker between two pieces, or for an answer.
LEASES = 3
#: Workers that may die over one document; another one would die as well.
MOST_CRASHES = 3
_WAITING = (DocumentState.RECEIVED, DocumentState.PLACED)
_ROWS = (
    *("attempt__candidate__account", "attempt__activity__account"),
    *("attempt__learner__platform", "attempt__resource_link__context"),
)


class LeaseLost(Exception):
    """Another worker has the document by now: nothing more is sent, and nothing written."""


def _end() -> Combinable:
    return Now() + timedelta(seconds=LEASES * settings.LEASE_SECONDS)


def _crashes() -> Combinable:
    """One more where somebody has the lease still: nobody who lives lets it end."""
    return Case(
        When(lease__isnull=False, then=F("crashes") + 1), default=F("crashes"), output_field=PositiveSmallIntegerField()
    )


def due() -> QuerySet[Document]:
    """Documents that a worker should see to now."""
    free = Q(lease__isnull=True) | Q(leased_until__lte=Now())
    return Document.objects.filter(free, state__in=_WAITING, next_try_at__lte=Now() + SLACK)


def claim(document_id: int | None = None) -> Document | None:
    """Lease a due document: that one, or the one that waits the longest. None when there is none to be had."""
    lease = uuid.uuid4()
    waiting = due().filter(pk=document_id) if document_id is not None else due()
    for pk in waiting.order_by("next_try_at").values_list("pk", flat=True)[:20]:
        # Several may want it: the condition is checked again, and one of them changes the row.
        if due().filter(pk=pk).update(lease=lease, leased_until=_end(), crashes=_crashes()):
            return Document.objects.select_related(*_ROWS).get(pk=pk)
    return None


def write(document: Document, **fields: Any) -> None:
    """Change the row, under our lease, and have the whole of it ahead again. Raises ``LeaseLost``."""
    mine = Document.objects.filter(pk=document.pk, lease=document.lease)
    if not mine.update(leased_until=_end(), **fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(document, name, value)


def settle(document: Document, **fields: Any) -> None:
    """Change the row a last time, and let go of it. Raises ``LeaseLost``."""
    mine = Document.objects.filter(pk=document.pk, lease=document.lease)
    if not mine.update(lease=None, leased_until=None, crashes=0, **fields):
        raise LeaseLost
    for name, value in fields.items():
        setattr(document, name, value)


@dataclass(frozen=True, slots=True)
class LeasedContent:
    """The content of a leased document; each piece that is asked for renews the lease. Raises ``LeaseLost``."""

    document: Document
    kept: KeptContent

    @property
    def size(self) -> int:
        return self.kept.size

    def pieces(self) -> Iterator[bytes]:
        """The content from its beginning."""
        for piece in self.kept.pieces():
            write(self.document)
            yield piece
