"""Looking at attempts: ask the provider how each stands, keep the answer, understand it.

Answers go the way of all events: committed first, alone, then read. A provider that does not answer is left alone for
a moment, all its attempts with it. No transaction is open while a provider is asked.
"""

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from lti_bridge import events, flow, looking_together, looks
from lti_bridge.errors import ProviderError, ProviderUnavailable
from lti_bridge.models import AccountTrouble, Attempt, AttemptState, EventSource, EventState, ProviderEvent
from lti_bridge.providers import provider_of, troubles

log = structlog.get_logger(__name__)

#: What is due within this is due now: clocks differ a little.
SLACK = timedelta(seconds=1)
#: Attempts that one run looks at, and how many of one account, so that no account has to wait for another.
PER_RUN = 200
PER_ACCOUNT = 50
#: Due attempts that are worth one more worker.
PER_TASK = 10


def due() -> "QuerySet[Any]":
    """Attempts to look at now, at accounts whose provider may be asked now; ``at``: the account's id."""
    now = timezone.now()
    silent = AccountTrouble.objects.filter(rests_until__gt=now).values("account")
    rows = Attempt.objects.filter(look_at__lte=now + SLACK)
    rows = rows.annotate(at=Coalesce("candidate__account", "activity__account"))
    return rows.exclude(at__in=silent).select_related("candidate__account", "activity__account")


def look_at_due(*, seconds: float, limit: int = PER_RUN) -> int:
    """Look at due attempts, those first that wait the longest, until time or limit is used up. Gives how many."""
    end = time.monotonic() + seconds
    done: Counter[int] = Counter()
    while done.total() < limit and time.monotonic() < end:
        full = [account for account, looked in done.items() if looked >= PER_ACCOUNT]
        attempt = due().exclude(at__in=full).order_by("look_at").first()
        if attempt is None:
            break
        done[attempt.account.pk] += 1
        if looking_together.is_worth_it(attempt):
            looking_together.look(attempt)
        else:
            look(attempt)
    return done.total()


def look_at(attempt_id: int) -> bool:
    """Look at one attempt, if it is due. Gives whether the provider answered."""
    attempt = due().filter(pk=attempt_id).first()
    return look(attempt) if attempt else False


def look_now(attempt: Attempt) -> bool:
    """Look at one attempt, due or not, because a person asks. Raises ``ProviderError``."""
    now = timezone.now()
    Attempt.objects.filter(pk=attempt.pk).update(look_at=now, looks=0)
    attempt.look_at, attempt.looks = now, 0
    mark = looks.claim(attempt)
    if mark is None:
        return True  # a worker was faster
    try:
        raw = provider_of(attempt.account.provider).looks.fetch(attempt)
    except ProviderError:
        looks.looked_in_vain(attempt, mark)
        raise
    return _keep(attempt, raw, mark)


def look(attempt: Attempt) -> bool:
    """Look at a due attempt. Gives whether the provider answered. Raises nothing: its row says when it is due again."""
    mark = looks.claim(attempt)
    if mark is None:
        return False
    account = attempt.account
    try:
        raw = provider_of(account.provider).looks.fetch(attempt)
    except ProviderError as error:
        return _no_answer(attempt, error, mark)
    except Exception:  # the task boundary: one attempt must not keep the others from being looked at
        log.exception("attempt_not_looked_at", attempt_id=attempt.pk)
        looks.looked_in_vain(attempt, mark)
        return False
    troubles.clear(account, [troubles.SILENT])
    return _keep(attempt, raw, mark)


def _keep(attempt: Attempt, raw: str | None, mark: datetime) -> bool:
    """Keep what was answered, understand it, and say when to look again."""
    if raw is not None and not _tells_nothing_new(attempt, raw):
        event = flow.receive(attempt.account, EventSource.POLL, attempt=attempt, body=raw)
        events.read(event)
    looks.looked(attempt, mark)
    return raw is not None


def _tells_nothing_new(attempt: Attempt, raw: str) -> bool:
    """Whether an answer about a graded attempt is word for word the last one: those come day after day."""
    if attempt.state != AttemptState.GRADED:
        return False
    polled = ProviderEvent.objects.filter(attempt=attempt, source=EventSource.POLL).order_by("-pk")
    return polled.values_list("raw_body", flat=True).first() == raw


def _no_answer(attempt: Attempt, error: ProviderError, mark: datetime) -> bool:
    account = attempt.account
    log.warning("look_not_answered", attempt_id=attempt.pk, account=account.name, code=error.code)
    if not isinstance(error, ProviderUnavailable):
        # A clear answer, and no: asking again at once would get the same. It shows on the attempt's trail.
        event = flow.receive(account, EventSource.POLL, attempt=attempt)
        ProviderEvent.objects.filter(pk=event.pk).update(state=EventState.REFUSED, reason=str(error)[:300])
        looks.looked(attempt, mark)
    else:
        troubles.note(account, troubles.SILENT, str(error.sentence), rest=looks.paced(looks.AFTER_SILENCE))
        looks.looked_in_vain(attempt, mark)
    return False
