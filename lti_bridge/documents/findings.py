"""What a provider found in a document, as it says now."""

from dataclasses import asdict

from django.utils import timezone

from lti_bridge.models import Attempt, Document, DocumentFindings, DocumentState
from lti_bridge.providers.reports import Findings


def keep(attempt: Attempt, findings: Findings | None) -> None:
    """Keep what a report says of the document of a locked attempt. Told again, it changes nothing."""
    document = Document.objects.filter(attempt=attempt, state=DocumentState.PASSED_ON).first()
    if findings is None or document is None:
        return
    told = asdict(findings) | {"originality": findings.originality[:60], "more": dict(findings.more)}
    row = DocumentFindings.objects.filter(document=document).first()
    if row is None:
        DocumentFindings.objects.create(document=document, found_at=timezone.now(), **told)
    elif any(getattr(row, name) != value for name, value in told.items()):
        DocumentFindings.objects.filter(pk=row.pk).update(found_at=timezone.now(), revisions=row.revisions + 1, **told)
