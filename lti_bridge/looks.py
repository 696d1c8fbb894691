"""When attempts are looked at: due by their row, claimed by moving it on, woken for where something was heard.

The row is the promise: ``look_at`` says when the provider should be asked next. Nothing here asks.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lti_bridge.models import Account, Attempt, AttemptState
from lti_bridge.providers import provider_of
from lti_bridge.providers.reports import HintMessage, Message, PollMessage
from lti_bridge.waking import publish

#: Who claims a look and dies leaves it to the others after so long.
CLAIMED = timedelta(minutes=3)
#: What its column counts to.
MOST = 32767
#: After a look that the provider did not answer.
AFTER_SILENCE = timedelta(minutes=1)
#: Nothing ever comes of an attempt in one of these.
CAME_TO_NOTHING = (AttemptState.CANCELLED, AttemptState.FAILED)
#: Nothing more is waited for of an attempt in one of these.
OVER = (AttemptState.GRADED, *CAME_TO_NOTHING)


def paced(wait: timedelta) -> timedelta:
    """A wait at the pace of ``settings.DELIVERY_PACE``: rehearsals run the same schedule faster."""
    return wait * settings.DELIVERY_PACE


def wait_before(account: Account, state: AttemptState, looks: int) -> timedelta | None:
    """How long to wait before the next look at an attempt in that state after so many; None: there is none."""
    return None if state in CAME_TO_NOTHING else provider_of(account.provider).looks.next_look(state, looks)


def begin(attempt: Attempt, account: Account) -> None:
    """An attempt was opened at an account: look at it by the schedule of its provider, from the beginning."""
    asked = provider_of(account.provider).looks
    wait = asked.next_look(AttemptState.OPENED, 0) if asked.can_fetch(account, attempt) else None
    if wait is not None:
        Attempt.objects.filter(pk=attempt.pk).update(look_at=timezone.now() + paced(wait), looks=1)


def are_due(message: Message | None) -> bool:
    """Whether a message is a reason to look: what is told is asked about, but a hint after the end tells nothing."""
    match message:
        case None | PollMessage():
            return False
        case HintMessage():
            state = message.attempt.state
            return state not in OVER or (state == AttemptState.GRADED and _grades_again(message))
    return True


def _grades_again(message: HintMessage) -> bool:
    """Whether a call back about a graded attempt may mean another result of it."""
    return message.kind == "callback" and provider_of(message.account.provider).grades_again


def soon(attempt: Attempt, account: Account) -> None:
    """Something was heard of an attempt: look at it now, if its provider can be asked. Wakes a worker on commit."""
    if not provider_of(account.provider).looks.can_fetch(account, attempt):
        return
    pk = attempt.pk
    Attempt.objects.filter(pk=pk).update(look_at=timezone.now(), looks=0)
    transaction.on_commit(lambda: publish(lambda: current_app.send_task("lti_bridge.tasks.look_at_attempt", (pk,))))


def claim(attempt: Attempt) -> datetime | None:
    """Be the one who looks at a due attempt now: gives the mark of the claim, None when somebody else has it."""
    mark = timezone.now() + CLAIMED
    mine = Attempt.objects.filter(pk=attempt.pk, look_at=attempt.look_at).update(look_at=mark)
    return mark if mine else None


def looked(attempt: Attempt, mark: datetime) -> None:
    """A look was answered: the next one follows from where the attempt stands now."""
    state, looks = Attempt.objects.values_list("state", "looks").get(pk=attempt.pk)
    wait = wait_before(attempt.account, AttemptState(state), looks)
    _settle(attempt, mark, lambda now: now + paced(wait) if wait is not None else None, looks + 1)


def looked_in_vain(attempt: Attempt, mark: datetime) -> None:
    """The provider did not answer: again in a moment, without a step on in the schedule."""
    _settle(attempt, mark, lambda now: now + paced(AFTER_SILENCE), attempt.looks)


def _settle(attempt: Attempt, mark: datetime, then: Callable[[datetime], datetime | None], looks: int) -> None:
    # Where something was heard meanwhile, the mark is gone, and the new time stands.
    rows = Attempt.objects.filter(pk=attempt.pk, look_at=mark)
    rows.update(look_at=then(timezone.now()), looks=min(looks, MOST))
