"""Webhooks of the pretend Originality: not signed, and as unreliable as the switches say."""

import json
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from lti_bridge import http
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.models import OriginalityDocument, OriginalityRecord
from lti_bridge.sandbox.models.originality import Step
from lti_bridge.sandbox.originality import telling
from lti_bridge.sandbox.tool13.results import wait

INSTITUTION_ID = "greendale-university"
KIND = "webhook"
#: Seconds that a message is behind what it tells of: whoever brought the document has its answer by then.
BEHIND = 0.5


def announce(document: OriginalityDocument, step: Step, faults: Faults, *, after: float) -> None:
    """Tell that a document is at a step, after so many seconds, to every address there is. Never raises."""
    if not OriginalityRecord.objects.filter(kind=KIND).exists() or faults.strikes("originality_no_webhook"):
        return
    late = faults["originality_webhook_late"]
    wait(BEHIND + after + late, lambda: _tell(document.pk, step, faults))


def message_of(document: OriginalityDocument, step: Step) -> dict[str, Any]:
    """What is told at a step, by section 6 of the document."""
    status, words = telling.STATUSES[step]
    told: dict[str, Any] = {"message": words, "status": status}
    if step in (Step.PROCESSED, Step.CHANGED):
        told |= telling.found_in(document)
    return told | {
        "institutionId": INSTITUTION_ID,
        "documentId": str(document),
        "timestamp": f"{timezone.now():%Y-%m-%dT%H:%M:%S.%fZ}",
    }


def _tell(pk: int, step: Step, faults: Faults) -> None:
    document = OriginalityDocument.objects.get(pk=pk)
    body = json.dumps(message_of(document, step)).encode()
    times = 2 if faults.strikes("originality_webhook_twice") else 1
    for row in OriginalityRecord.objects.filter(kind=KIND, data__profile=document.profile):
        url = _forged(row.key) if faults.strikes("originality_webhook_forged") else row.key
        for _ in range(times):
            told = Value(f"{step}: {_sent(url, body)}\n")
            # Several are told of at the same time.
            OriginalityDocument.objects.filter(pk=pk).update(messages=Concat("messages", told))


def _forged(url: str) -> str:
    """Where somebody would send to who does not know how the address ends."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/').rpartition('/')[0]}/{'0' * 40}/"))


def _sent(url: str, body: bytes) -> str:
    try:
        return f"HTTP {http.post(url, body, headers={'Content-Type': 'application/json'}).status}"
    except http.HttpProblem as problem:
        return str(problem)
