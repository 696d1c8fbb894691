"""At most so many requests at once at an account, over all workers and web processes together.

Each place is a leased row, by the database's clock. Who dies with one gives it back when the lease is over; nobody
waits in a transaction.
"""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, AccountSlot

#: Seconds between two looks for a free place, more with each.
PAUSES = (0.02, 0.05, 0.1, 0.2)


@contextmanager
def place(account: Account, limit: int, *, lease: float, patience: float) -> Iterator[None]:
    """Have one of ``limit`` places inside the block.

    ``lease``: seconds, longer than what is done inside. ``patience``: seconds to wait for a place; raises
    ``ProviderUnavailable`` when none comes free: nothing was sent then.
    """
    mark = uuid.uuid4()
    taken = _wait_for(account, limit, mark, timedelta(seconds=lease), patience)
    try:
        yield
    finally:
        AccountSlot.objects.filter(pk=taken, lease=mark).update(lease=None, leased_until=None)


def _wait_for(account: Account, limit: int, mark: uuid.UUID, lease: timedelta, patience: float) -> int:
    until = time.monotonic() + patience
    pauses = iter(PAUSES)
    while (taken := _claim(account, limit, mark, lease)) is None:
        if time.monotonic() > until:
            raise ProviderUnavailable(
                "too_many_requests",
                _("The test provider is busy with our other requests."),
                _("Try again in a minute. Nothing is lost."),
                detail=f"account {account.name}: no place among {limit} for {patience:.0f} s",
            )
        # Not in step with the others who wait.
        time.sleep(next(pauses, PAUSES[-1]) * random.uniform(0.7, 1.3))  # noqa: S311 (chance, not cryptography)
    return taken


def _claim(account: Account, limit: int, mark: uuid.UUID, lease: timedelta) -> int | None:
    places = AccountSlot.objects.filter(account=account, number__lt=limit)
    free = Q(lease=None) | Q(leased_until__lte=Now())
    candidates = list(places.filter(free).values_list("pk", flat=True))
    random.shuffle(candidates)
    for pk in candidates:
        if AccountSlot.objects.filter(free, pk=pk).update(lease=mark, leased_until=Now() + lease):
            return int(pk)
    if not candidates and places.count() < limit:
        rows = [AccountSlot(account=account, number=number) for number in range(limit)]
        AccountSlot.objects.bulk_create(rows, ignore_conflicts=True)
    return None
