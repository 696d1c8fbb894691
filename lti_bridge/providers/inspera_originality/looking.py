"""Asking how a document stands: when, how long, and since when something is wrong with it."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from lti_bridge.errors import ProviderRefused
from lti_bridge.models import Account, Attempt, AttemptState, DocumentState
from lti_bridge.providers.inspera_originality.client import ask
from lti_bridge.providers.inspera_originality.settings import has_api
from lti_bridge.providers.inspera_originality.statuses import Standing, standing_of
from lti_bridge.providers.inspera_originality.waiting import waiting_for_administrators
from lti_bridge.providers.looking import Looks

#: Waits between looks, then one an hour: they reach beyond the two days after which a document is given up.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 1, 2, 3, 5, 10, 15, 30))
THEN_EVERY = timedelta(hours=1)
MOST_LOOKS = len(WAITS) + 50
#: In an attempt's details: since when its document has an error, and when somebody asked to wait for it anew.
TROUBLE_SINCE, WAITED_ANEW = "trouble_since", "waited_anew"


def can_fetch(account: Account, attempt: Attempt) -> bool:
    """Whether there is a document there to ask about."""
    if not attempt.provider_attempt_id or not has_api(account):
        return False
    return attempt.documents.filter(state=DocumentState.PASSED_ON).exists()


def next_look(state: AttemptState, looks: int) -> timedelta | None:
    """The schedule, the same for every unfinished state; a grade is the end of it."""
    if state == AttemptState.GRADED:
        return None
    if looks < len(WAITS):
        return WAITS[looks]
    return THEN_EVERY if looks < MOST_LOOKS else None


def fetch(attempt: Attempt) -> str | None:
    """Its status, as Originality tells it; remembers since when there is an error. Raises ``ProviderError``.

    A refusal, such as of a document that it does not know, is an answer too: some time later it may say more, and after
    two days the document is given up. One that only an administrator can put right is not: we ask until it is.
    """
    if not attempt.provider_attempt_id:
        return None
    try:
        with waiting_for_administrators(attempt.account):
            told = ask(attempt.account, "check_status", {"documentId": attempt.provider_attempt_id})
    except ProviderRefused as refused:
        told = {"message": refused.provider_message}
    _remember(attempt, told)
    return json.dumps(told, ensure_ascii=False)


def wait_anew(attempt: Attempt) -> None:
    """A document that was given up has its days before it once more, and an error of it, too."""
    details = {name: value for name, value in attempt.provider_details.items() if name != TROUBLE_SINCE}
    attempt.provider_details = details | {WAITED_ANEW: timezone.now().isoformat()}
    attempt.save(update_fields=["provider_details"])


def _remember(attempt: Attempt, told: Any) -> None:
    details = dict(attempt.provider_details)
    if isinstance(told, Mapping) and standing_of(told) == Standing.TROUBLE:
        details.setdefault(TROUBLE_SINCE, timezone.now().isoformat())
    else:
        details.pop(TROUBLE_SINCE, None)
    if details != attempt.provider_details:
        attempt.provider_details = details
        attempt.save(update_fields=["provider_details"])


LOOKS = Looks(can_fetch, fetch, next_look)
