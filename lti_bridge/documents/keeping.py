"""How long content stays here: until the provider has it, and the days that the activity says.

What the provider does not certainly have stays until it has it, or a person is erased, however long that takes.
"""

from django.db import transaction
from django.utils import timezone

from lti_bridge.models import Document, DocumentPiece, DocumentState

#: The provider has it, or said that it does not want it.
_SETTLED = (DocumentState.PASSED_ON, DocumentState.REFUSED)


def is_kept(document: Document) -> bool:
    """Whether the content of a document is still here."""
    return "key" in document.secret


def throw_content_away() -> int:
    """Remove the content of documents whose time is over, and the keys to it. Gives how many documents that were."""
    count = 0
    rows = Document.objects.filter(content_until__lte=timezone.now(), state__in=_SETTLED)
    for document in rows.order_by("content_until")[:5000]:
        with transaction.atomic():
            count += throw_away(Document.objects.select_for_update().get(pk=document.pk))
    return count


def is_over(document: Document) -> bool:
    """Whether the time of a document's content is over."""
    ends = document.content_until if document.state in _SETTLED else None
    return ends is not None and ends <= timezone.now()


def throw_away(document: Document) -> bool:
    """Remove the content of a document, inside the transaction that holds it, if its time is over now."""
    if not is_over(document):
        return False
    throw_away_now(document)
    return True


def throw_away_now(document: Document) -> None:
    """Remove the content of a document, however long it was to be kept; inside a transaction."""
    pieces = DocumentPiece.objects.filter(document=document)
    # The pieces need not be read to be removed.
    pieces._raw_delete(pieces.db)
    # Without its key, what a backup still has of it is noise as far as this database goes.
    document.secret = {name: value for name, value in document.secret.items() if name != "key"}
    document.content_until = None
    Document.objects.filter(pk=document.pk).update(secret=document.secret, content_until=None)
