"""When to try again, and when to stop. Pure: times in, times out."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

#: The wait before each try, from the first on; after the last of them, one every ``THEN_EVERY``.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 30, 2 * 60, 10 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600))
THEN_EVERY = timedelta(hours=6)
#: All waits together. After that a person has to look.
PATIENCE = timedelta(days=7)
#: Waits differ by up to this part, so that a platform that comes back is not met by all cells at once.
JITTER = 0.2

#: How long a request whose fate is unknown may still change the gradebook.
DOUBT = timedelta(minutes=10)
#: When to look, after a doubtful request; each later look three times as far away.
FIRST_LOOK = timedelta(seconds=15)

#: One request a minute to a platform that does not answer.
PROBE_EVERY = timedelta(minutes=1)

#: A refusal that only time or a person in the LMS mends (not enrolled) is tried again daily, this often.
DAILY = timedelta(days=1)
DAYS = 30


def paced(wait: timedelta) -> timedelta:
    """A wait at the pace of ``settings.DELIVERY_PACE``: rehearsals of faults run the same schedule faster."""
    return wait * settings.DELIVERY_PACE


def wait_before(tries_used: int) -> timedelta | None:
    """The wait before the next try when ``tries_used`` were made; None when patience is over."""
    if tries_used < len(WAITS):
        return WAITS[tries_used]
    extra = tries_used - len(WAITS) + 1
    return THEN_EVERY if sum(WAITS, timedelta()) + extra * THEN_EVERY <= PATIENCE else None


def next_try_at(
    now: datetime, tries_used: int, *, retry_after: float | None = None, roll: Callable[[], float] = random.random
) -> datetime | None:
    """When to try again; None when patience is over.

    ``retry_after``: seconds the platform asked for, honoured up to ``THEN_EVERY``. ``roll``: a number from 0 to 1.
    """
    wait = wait_before(tries_used)
    if wait is None:
        return None
    wait = paced(wait) * (1 + JITTER * (2 * roll() - 1))
    if retry_after is not None:
        wait = max(wait, min(timedelta(seconds=retry_after), THEN_EVERY))
    return now + wait


def doubt_until(now: datetime) -> datetime:
    """Until when a request that was sent now and not answered may still be acted upon."""
    return now + paced(DOUBT)


def next_look_at(now: datetime, until: datetime) -> datetime:
    """When to look at the gradebook again while in doubt until ``until``; the last look is not before it."""
    since = until - paced(DOUBT)
    look = paced(FIRST_LOOK)
    while since + look <= now:
        look *= 3
    return min(since + look, max(until, now))
