"""Webhooks of the pretend Inspera: signed, thin, and as unreliable as the switches say."""

import hashlib
import hmac
import json

from django.utils import timezone

from lti_bridge import http
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.models import InsperaRecord, InsperaSitting
from lti_bridge.sandbox.tool13.results import Note, wait


def tell(sitting: InsperaSitting, event: str, *, faults: Faults, note: Note) -> None:
    """Tell all who subscribed. Never raises."""
    if not sitting.test_id or faults.strikes("inspera_no_webhook"):
        note(f"{event}: not sent")
        return
    user = InsperaRecord.objects.filter(kind="user", key=sitting.external_id).first()
    body = json.dumps(
        {
            "event": event,
            "contextObjectId": int(sitting.test_id),
            "contextObjectType": "ASSESSMENT_RUN",
            "associatedObjectId": user.pk if user else 0,
            "associatedObjectType": "CANDIDATE",
            "timestamp": f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}",
        }
    ).encode()

    def send() -> None:
        for row in InsperaRecord.objects.filter(kind="subscription", data__event=event):
            for _ in range(2 if faults.strikes("inspera_webhook_twice") else 1):
                forged = faults.strikes("inspera_webhook_forged")
                note(_sent(event, row.data["url"], body, "wrong" if forged else row.data["secret"]))

    wait(faults["inspera_webhook_late"], send)


def _sent(event: str, url: str, body: bytes, secret: str) -> str:
    # SHA-1 is Inspera's choice.
    headers = {
        "X-Inspera-Signature": hmac.new(secret.encode(), body, hashlib.sha1).hexdigest(),
        "Content-Type": "application/json",
    }
    try:
        return f"{event}: HTTP {http.post(url, body, headers=headers).status}"
    except http.HttpProblem as problem:
        return f"{event}: {problem}"
