"""Looking at many attempts with one question, where the provider can be asked so: one list, not one call a learner.

The same rules as for one: answers are committed first, then read, and only those that tell something new.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import structlog
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from lti_bridge import events, looks
from lti_bridge.errors import ProviderError, ProviderUnavailable
from lti_bridge.models import Account, Attempt, AttemptState, EventSource, ProviderEvent
from lti_bridge.providers import provider_of, troubles
from lti_bridge.providers.looking import ASKED_TOGETHER

log = structlog.get_logger(__name__)

#: Attempts that are looked up together.
CHUNK = 200


def is_worth_it(attempt: Attempt) -> bool:
    """Whether others wait for a look that the same question would answer."""
    others = _waiting(attempt).exclude(pk=attempt.pk)
    if attempt.state != AttemptState.GRADED:
        # For one who is not done nobody has to list all those who are.
        others = others.exclude(state=AttemptState.GRADED)
    return bool(_group_of(attempt)) and others.exists()


def look(attempt: Attempt) -> int:
    """Look at a due attempt and at all that are asked about with it. Gives how many it told something new of.

    Raises nothing: the rows say when they are due again.
    """
    mark = looks.claim(attempt)
    if mark is None:
        return 0
    account, begun, count = attempt.account, timezone.now(), 0
    # Nobody else asks the same question meanwhile.
    _waiting(attempt).filter(look_at__lte=begun + looks.CLAIMED).update(look_at=mark)
    try:
        answers = provider_of(account.provider).looks.fetch_together(account, _group_of(attempt))
        while chunk := dict(islice(answers, CHUNK)):
            count += _take(account, chunk)
    except ProviderError as error:
        _no_answer(account, error)
        _settle(attempt, begun, mark, answered=not isinstance(error, ProviderUnavailable))
        return count
    except Exception:  # the task boundary: one group must not keep the others from being looked at
        log.exception("attempts_not_looked_at", attempt_id=attempt.pk)
        _settle(attempt, begun, mark, answered=False)
        return count
    troubles.clear(account, [troubles.SILENT])
    log.info("looked_together", account=account.name, news=count)
    _settle(attempt, begun, mark, answered=True)
    return count


def _group_of(attempt: Attempt) -> str:
    return str(attempt.provider_details.get(ASKED_TOGETHER, ""))


def _waiting(attempt: Attempt) -> QuerySet[Attempt]:
    """Attempts that wait for a look and are asked about with this one."""
    named = {f"provider_details__{ASKED_TOGETHER}": _group_of(attempt)}
    return Attempt.objects.filter(candidate__account=attempt.account, look_at__isnull=False, **named)


def _take(account: Account, told: dict[str, str]) -> int:
    """Keep and read what is new of a chunk. Gives how many."""
    now = timezone.now()
    kept = ProviderEvent.objects.bulk_create(
        ProviderEvent(
            account=account,
            attempt=attempt,
            source=EventSource.POLL,
            raw_body=told[attempt.provider_attempt_id],
            received_at=now,
        )
        for attempt in _attempts(account, told)
    )
    events.read_together(kept)
    return len(kept)


def _attempts(account: Account, told: dict[str, str]) -> Iterator[Any]:
    """The attempts of which something new is told."""
    polled = ProviderEvent.objects.filter(attempt=OuterRef("pk"), source=EventSource.POLL)
    rows = Attempt.objects.filter(candidate__account=account, provider_attempt_id__in=told)
    rows = rows.select_related("candidate__account", "activity__account")
    for attempt in rows.annotate(last_told=Subquery(polled.order_by("-pk").values("raw_body")[:1])):
        if attempt.last_told != told[attempt.provider_attempt_id]:
            yield attempt


def _no_answer(account: Account, error: ProviderError) -> None:
    log.warning("look_not_answered", account=account.name, code=error.code)
    if isinstance(error, ProviderUnavailable):
        troubles.note(account, troubles.SILENT, str(error.sentence), rest=looks.paced(looks.AFTER_SILENCE))


def _settle(attempt: Attempt, begun: datetime, mark: datetime, *, answered: bool) -> None:
    """Say when each is due again, by where it stands now. What was heard of meanwhile stays due."""
    now = timezone.now()
    rows = _waiting(attempt).filter(Q(look_at__lt=begun) | Q(look_at__gt=now) | Q(look_at=mark))
    if attempt.state != AttemptState.GRADED:
        # Looks at those who are not done are many, and use up none of the few at a grade, unless it is a new one.
        rows = rows.exclude(~Q(look_at=mark), state=AttemptState.GRADED, looks__gt=0)
    steps = set(rows.order_by().values_list("state", "looks"))
    # From above, so that none is moved on twice.
    for state, looked in sorted(steps, key=lambda each: -each[1]):
        wait = looks.wait_before(attempt.account, AttemptState(state), looked)
        if not answered:
            wait = looks.AFTER_SILENCE
        at = now + looks.paced(wait) if wait is not None else None
        step = min(looked + 1, looks.MOST) if answered else looked
        rows.filter(state=state, looks=looked).update(look_at=at, looks=step)
