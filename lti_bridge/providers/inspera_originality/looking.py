"""Asking how a document stands: when, how long, and since when something is wrong with it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lti_bridge.errors import ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account, Attempt, AttemptState, DocumentState, EventSource, ProviderEvent
from lti_bridge.providers.inspera_originality import errors
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.settings import has_api
from lti_bridge.providers.inspera_originality.statuses import Standing, standing_of
from lti_bridge.providers.inspera_originality.waiting import waiting_for_administrators
from lti_bridge.providers.looking import Looks

#: Waits between looks, then one an hour: they reach beyond the two days after which a document is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 1, 2, 3, 5, 10, 15, 30))
THEN_EVERY = timedelta(hours=1)
MOST_LOOKS = len(WAITS) + 50
#: After the check somebody may change what the report says, and not everybody is told of it by a webhook.
CHANGES_EVERY = timedelta(days=1)
MOST_LOOKS_FOR_CHANGES = 14
#: In an attempt's details: since when its document has an error, since when there is no answer about it at all, and
#: when somebody asked to wait for it anew.
TROUBLE_SINCE, UNANSWERED_SINCE, WAITED_ANEW = "trouble_since", "unanswered_since", "waited_anew"
#: A document that is not through after so long is given up (as in the plugin).
PATIENCE = timedelta(hours=48)
#: So long it is waited for where no document is told of: as long as one waits for being passed on.
LONGEST_SILENCE = timedelta(days=7)
#: Another document that was told of within this says that there are answers.
LATELY = timedelta(days=1)


def can_fetch(account: Account, attempt: Attempt) -> bool:
    """Whether there is a document there to ask about."""
    if not attempt.provider_attempt_id or not has_api(account):
        return False
    return attempt.documents.filter(state=DocumentState.PASSED_ON).exists()


def next_look(state: AttemptState, looks: int) -> timedelta | None:
    """The schedule, the same for every unfinished state; after the check, that for changes of the report."""
    if state == AttemptState.GRADED:
        return CHANGES_EVERY if looks < MOST_LOOKS_FOR_CHANGES else None
    if looks < len(WAITS):
        return WAITS[looks]
    return THEN_EVERY if looks < MOST_LOOKS else None


def fetch(attempt: Attempt) -> str | None:
    """Its status, as Originality tells it; remembers since when there is an error. Raises ``ProviderError``.

    A refusal, such as of a document that it does not know or that we may not ask about, is an answer too: some time
    later it may say more, and after two days the document is given up. One that only an administrator can put right is
    not: we ask until it is. No proper answer is none either, as long as it may be the service and not the document.
    """
    if not attempt.provider_attempt_id:
        return None
    try:
        told = _asked(attempt)
    except ProviderUnavailable as away:
        if errors.is_for_administrators(away):
            raise
        _remember_silence(attempt)
        if not _is_without_hope(attempt, timezone.now()):
            raise
        return json.dumps({"message": away.provider_message or away.code}, ensure_ascii=False)
    _remember(attempt, told)
    return json.dumps(told, ensure_ascii=False)


def wait_anew(attempt: Attempt) -> None:
    """A document that was given up has its days before it once more, and an error of it, too."""
    over = (TROUBLE_SINCE, UNANSWERED_SINCE)
    details = {name: value for name, value in attempt.provider_details.items() if name not in over}
    attempt.provider_details = details | {WAITED_ANEW: timezone.now().isoformat()}
    attempt.save(update_fields=["provider_details"])


def _asked(attempt: Attempt) -> Any:
    """What is answered about its document, a refusal as its words. Raises ``ProviderUnavailable``."""
    with waiting_for_administrators(attempt.account):
        try:
            return ask(attempt.account, "check_status", {"documentId": attempt.provider_attempt_id})
        except ProviderRefused as refused:
            # Where nobody lets us in, that is about the account. A right that is missing may be about this document.
            if errors.is_for_administrators(refused) and refused.code != errors.NOT_ALLOWED.code:
                raise
            return {"message": refused.provider_message}


def _is_without_hope(attempt: Attempt, now: datetime) -> bool:
    """Whether nothing was answered for two days while others were told of, or for a week in any case."""
    silence = now - datetime.fromisoformat(attempt.provider_details[UNANSWERED_SINCE])
    return silence >= LONGEST_SILENCE or (silence >= PATIENCE and _is_another_told_of(attempt, now))


def _is_another_told_of(attempt: Attempt, now: datetime) -> bool:
    events = ProviderEvent.objects.filter(account=attempt.account, source=EventSource.POLL)
    # What is given up without an answer is kept as one: it is no sign that there are any.
    silent = {"attempt__provider_details__has_key": UNANSWERED_SINCE}
    return events.filter(received_at__gte=now - LATELY).exclude(attempt=attempt).exclude(**silent).exists()


def _remember_silence(attempt: Attempt) -> None:
    if UNANSWERED_SINCE not in attempt.provider_details:
        attempt.provider_details = attempt.provider_details | {UNANSWERED_SINCE: timezone.now().isoformat()}
        attempt.save(update_fields=["provider_details"])


def _remember(attempt: Attempt, told: Any) -> None:
    details = dict(attempt.provider_details)
    details.pop(UNANSWERED_SINCE, None)
    if isinstance(told, Mapping) and standing_of(told) == Standing.TROUBLE:
        details.setdefault(TROUBLE_SINCE, timezone.now().isoformat())
    else:
        details.pop(TROUBLE_SINCE, None)
    if details != attempt.provider_details:
        attempt.provider_details = details
        attempt.save(update_fields=["provider_details"])


LOOKS = Looks(can_fetch, fetch, next_look)
