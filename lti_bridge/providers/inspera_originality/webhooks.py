"""Originality's webhooks: whether one is for us, and which document it is about.

How they are authenticated is not documented. So they come to an address that only Inspera was told, may bring a secret
in a header, and have to name our institution. What they tell is a hint: no order, doubled or lost at times. The
document is asked about, and nothing else happens.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from django.utils.crypto import constant_time_compare

from lti_bridge.errors import ForgedEvent
from lti_bridge.models import Account
from lti_bridge.providers.inspera_originality.answers import look_up, text
from lti_bridge.providers.inspera_originality.settings import WEBHOOK_HEADER, webhook_token
from lti_bridge.providers.whole_tests import Heard, Webhooks


def verify(account: Account, headers: Mapping[str, str], body: bytes) -> str:
    """What makes a message single. Raises ``ForgedEvent`` when secret or institution are not the account's."""
    secret = account.secrets.get("webhook_secret")
    header = str(account.settings.get("webhook_header") or WEBHOOK_HEADER)
    if secret and not constant_time_compare(headers.get(header, "").removeprefix("Bearer "), str(secret)):
        raise ForgedEvent("wrong_secret", detail=f"account {account.name}: {header}")
    message = _message(body)
    told = text(look_up(message, "institutionId"))
    if not told or told != str(account.settings.get("institution_id", "")):
        raise ForgedEvent("other_institution", detail=f"account {account.name}: institutionId")
    # Without a time, the same words may mean the same again or something new: then none is taken for a repetition.
    single = body if look_up(message, "timestamp") else secrets.token_bytes(16)
    return "webhook " + hashlib.sha256(single).hexdigest()


def read(_account: Account, raw: str) -> Heard | None:
    """The document that it is about; None where it names none."""
    document_id = text(look_up(_message(raw.encode()), "documentId"))
    return Heard(attempt_id=document_id[:200]) if document_id else None


def _message(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _is_trial(_body: bytes) -> bool:
    return False  # none is documented


def _restore(_account: Account) -> list[str]:
    return []  # people at Inspera set the address up


WEBHOOKS = Webhooks(verify, _is_trial, read, _restore, webhook_token)
