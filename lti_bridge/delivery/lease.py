"""Leases: who may work at a cell. One worker a cell, by the database's clock, also when workers die.

A lease is longer than any request can last, and is taken anew before each request, so that a worker that lives does not
lose it and a worker that died does not block the cell for long.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from lti_bridge.delivery import breaker
from lti_bridge.models import Cell

#: Web and database clocks differ a little, and SQLite's counts milliseconds: what is due now is not missed for it.
SLACK = timedelta(seconds=1)


def _end() -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def due() -> QuerySet[Cell]:
    """Cells that a worker should look at now, on platforms that may be asked now."""
    free = Q(lease__isnull=True) | Q(leased_until__lte=Now())
    silent = Q(platform__breaker__next_probe_at__isnull=False, platform__breaker__next_probe_at__gt=Now())
    return Cell.objects.filter(free, ~silent, due_at__lte=Now() + SLACK, platform__delivery_paused=False)


def full_platforms() -> list[int]:
    """Platforms with as many requests under way as they take at once."""
    busy = (
        Cell.objects.filter(lease__isnull=False, leased_until__gt=Now())
        .values("platform_id")
        .annotate(sends=Count("pk"))
        .filter(sends__gte=F("platform__parallel_sends"))
    )
    return [row["platform_id"] for row in busy]


def claim(cell_id: int | None = None) -> Cell | None:
    """Lease a due cell: that one, or the one that is due the longest. None when there is none to be had.

    The cell comes with its platform, breaker, registration and wanted grade, as of now.
    """
    lease = uuid.uuid4()
    full = full_platforms()
    with transaction.atomic():
        candidates = due().exclude(platform_id__in=full) if full else due()
        if cell_id is not None:
            candidates = candidates.filter(pk=cell_id)
        if connection.features.has_select_for_update_skip_locked:
            candidates = candidates.select_for_update(skip_locked=True, of=("self",))
        found = candidates.order_by("due_at").values_list("pk", "platform_id", "platform__breaker__next_probe_at")[:1]
        for pk, platform_id, next_probe_at in found:
            if next_probe_at is not None and not breaker.win_probe(platform_id):
                return None
            # A lease that is still there was never given back: its worker died.
            died = Case(When(lease__isnull=False, then=1), default=0)
            Cell.objects.filter(pk=pk).update(crashes=F("crashes") + died, lease=lease, leased_until=_end())
    return (
        Cell.objects.select_related("platform__breaker", "lti11", "wanted_grade__attempt__activity")
        .filter(lease=lease, lease__isnull=False)
        .first()
    )


def renew(cell: Cell) -> bool:
    """Have the whole lease ahead again. False when it was lost; then nothing may be sent."""
    return Cell.objects.filter(pk=cell.pk, lease=cell.lease).update(leased_until=_end()) == 1
