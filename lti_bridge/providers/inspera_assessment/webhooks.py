"""Inspera's webhooks: whether one is theirs, what it is about, and that they keep coming.

The signature is HMAC-SHA1 in hex over the raw body, with the secret of the subscription. What is told is thin and a
hint: no order, no id of the delivery, doubled or lost at times. So it only says which test to ask about.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from lti_bridge.errors import ForgedEvent
from lti_bridge.models import Account
from lti_bridge.providers import troubles
from lti_bridge.providers.inspera_assessment import webhook_operations
from lti_bridge.providers.inspera_assessment.endpoints import key_of
from lti_bridge.providers.inspera_assessment.settings import confirm_events, has_api
from lti_bridge.providers.whole_tests import Heard, Webhooks

SIGNATURE = "X-Inspera-Signature"
#: What is sent to see whether somebody is there.
TRIAL = "verification"
#: What a message is about when its id is a test's.
TEST = ("ASSESSMENT_RUN", "ASSESSMENTRUN", "")
#: What a message tells of besides when it is about one person of the test.
PERSON = ("CANDIDATE", "USER", "")
#: In a test's details: when its grades were confirmed; with a person's id behind it, when that person's were.
CONFIRMED = "confirmed_at"
#: What makes a message the same as another one: it bears no id of its own.
_SAME = ("event", "contextObjectId", "associatedObjectId", "timestamp")
_FIELDS = (*_SAME, "contextObjectType", "associatedObjectType")
LOST = "webhooks_lost"


def verify(account: Account, headers: Mapping[str, str], body: bytes) -> str:
    """What makes a message single. Raises ``ForgedEvent`` when the signature does not fit."""
    secret = account.secrets.get("webhook_secret")
    if not secret:
        raise ForgedEvent("no_webhook_secret", detail=f"account {account.name} has no webhook_secret")
    told = headers.get(SIGNATURE, "").strip().lower().removeprefix("sha1=")
    # SHA-1 is Inspera's choice; in an HMAC it still proves who wrote it.
    fits = hmac.new(str(secret).encode(), body, hashlib.sha1).hexdigest()
    if not hmac.compare_digest(told.encode("utf-8", "replace"), fits.encode()):
        raise ForgedEvent("bad_signature", detail=f"account {account.name}: {SIGNATURE}")
    message = _in_our_words(account, _message(body))
    same = json.dumps([str(message.get(name)) for name in _SAME]).encode() if message else body
    return "webhook " + hashlib.sha256(same).hexdigest()


def is_trial(body: bytes) -> bool:
    """Whether it only asks whether somebody is there: at the subscription, and every eight hours at some tenants."""
    return len(body) < 4096 and _message(body).get("event") == TRIAL


def read(account: Account, raw: str) -> Heard | None:
    """The test that it is about; None for all that is not about a test, or cannot be read."""
    message = _in_our_words(account, _message(raw.encode()))
    test_id = message.get("contextObjectId")
    about = str(message.get("contextObjectType") or "").upper()
    if isinstance(test_id, bool) or not isinstance(test_id, str | int) or about not in TEST:
        return None
    confirmed = _confirmed(message) if message.get("event") in confirm_events(account) else None
    return Heard(str(test_id), {confirmed: str(message.get("timestamp") or "told")[:40]} if confirmed else {})


def _confirmed(message: Mapping[str, Any]) -> str | None:
    """Whose grades are confirmed, as a test's details name it; None where nobody can tell: then the grades wait."""
    about = str(message.get("associatedObjectType") or "").upper()
    person = str(message.get("associatedObjectId") or "")
    if not person:
        return None if about else CONFIRMED
    return f"{CONFIRMED} {person[:60]}" if about in PERSON else None


def restore(account: Account) -> list[str]:
    """Subscribe to what the account's settings list and Inspera does not have. Raises ``ProviderError``."""
    wanted = account.settings.get("webhook_events", [])
    if not (wanted and has_api(account) and account.secrets.get("webhook_secret")):
        return []
    there = subscribed(account, webhook_operations.list_subscriptions(account, {}))
    done = []
    for event in wanted:
        if event not in there:
            webhook_operations.subscribe(account, {"event": event})
            done.append(f"{event}: subscribed")
    if done:
        # Once is the set-up; when it comes again, Inspera gave up on our address meanwhile.
        troubles.note(account, LOST, f"Subscriptions were missing at Inspera and have been made: {', '.join(done)}")
    else:
        troubles.clear(account, [LOST])
    return done


def subscribed(account: Account, answer: Any) -> set[str]:
    """The events of which our address is told."""
    rows = (
        answer if isinstance(answer, list) else next((each for each in answer.values() if isinstance(each, list)), [])
    )
    ours = webhook_operations.our_address(account)
    endpoint, event = key_of(account, "subscription.endpoint"), key_of(account, "subscription.event")
    events: set[str] = set()
    for row in rows:
        if not isinstance(row, dict) or ours not in (row.get(endpoint), row.get("endpoint"), row.get("url")):
            continue
        told = row.get(event, row.get("events", []))
        events |= {str(each) for each in (told if isinstance(told, list) else [told])}
    return events


def _in_our_words(account: Account, message: Mapping[str, Any]) -> dict[str, Any]:
    """A message with the names that the document has; the account's table says what they are called there."""
    return {name: message[key] for name in _FIELDS if (key := key_of(account, f"webhook.{name}")) in message}


def _message(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


WEBHOOKS = Webhooks(verify, is_trial, read, restore)
