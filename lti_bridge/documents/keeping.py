"""How long content stays here: until the provider has it, and the days that the activity says."""

from django.db import transaction
from django.utils import timezone

from lti_bridge.models import Document, DocumentPiece


def is_kept(document: Document) -> bool:
    """Whether the content of a document is still here."""
    return "key" in document.secret


def throw_content_away() -> int:
    """Remove the content of documents whose time is over, and the keys to it. Gives how many documents that were."""
    rows = Document.objects.filter(content_until__lte=timezone.now())
    count = 0
    for pk in rows.values_list("pk", flat=True)[:5000]:
        count += _throw_away(pk)
    return count


@transaction.atomic
def _throw_away(pk: int) -> bool:
    document = Document.objects.select_for_update().filter(pk=pk, content_until__lte=timezone.now()).first()
    if document is None:
        return False
    DocumentPiece.objects.filter(document=document).delete()
    # Without its key, what a backup still has of it is noise as far as this database goes.
    secret = {name: value for name, value in document.secret.items() if name != "key"}
    Document.objects.filter(pk=pk).update(secret=secret, content_until=None)
    return True
