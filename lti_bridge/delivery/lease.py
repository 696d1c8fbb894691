"""Leases: who may work at a cell. One worker a cell, by the database's clock, also when workers die.

A lease is longer than any request can last, and is taken anew before each request, so that a worker that lives does not
lose it and a worker that died does not block the cell for long.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from lti_bridge.delivery import breaker
from lti_bridge.models import Cell, Platform

#: Web and database clocks differ a little, and SQLite's counts milliseconds: what is due now is not missed for it.
SLACK = timedelta(seconds=1)
#: After a fault of our own while a cell was claimed (such as a wrong key for secrets): leave it alone for so long.
REST = timedelta(minutes=1)


#: What delivery needs of a claimed cell.
_ALWAYS = ("platform__breaker", "wanted_grade__attempt__activity")
_OF_LTI11 = ("lti11",)
_OF_LTI13 = ("learner", "line_item__registration", "line_item__deployment")


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased cell, with its platform, breaker, registration and wanted grade as of now.

    ``abandoned``: the worker before never gave its lease back.
    """

    cell: Cell
    abandoned: bool


def _end() -> Combinable:
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def due() -> QuerySet[Cell]:
    """Cells that a worker should look at now, on platforms that may be asked now."""
    free = Q(lease__isnull=True) | Q(leased_until__lte=Now())
    silent = Q(platform__breaker__next_probe_at__isnull=False, platform__breaker__next_probe_at__gt=Now())
    return Cell.objects.filter(free, ~silent, due_at__lte=Now() + SLACK, platform__delivery_paused=False)


def claim(cell_id: int | None = None) -> Claim | None:
    """Lease a due cell: that one, or the one that is due the longest. None when there is none to be had."""
    lease = uuid.uuid4()
    found = _lease_one(lease, cell_id)
    if found is None:
        return None
    try:
        related = _ALWAYS + (_OF_LTI13 if found.line_item_id else _OF_LTI11)
        cell = Cell.objects.select_related(*related).get(pk=found.pk, lease=lease)
    except Exception:  # whatever it is, such as secrets that cannot be read: the lease must not stay with nobody
        give_back(found.pk, lease)
        raise
    return Claim(cell, abandoned=found.lease is not None)


def _lease_one(lease: uuid.UUID, cell_id: int | None) -> Cell | None:
    """Lease the first due cell whose platform takes one more request. Gives the row as it was before."""
    busy: list[int] = []
    with transaction.atomic():
        while (found := _first_due(cell_id, busy)) is not None:
            if _has_room(found.platform_id) and breaker.may_send(found.platform_id):
                Cell.objects.filter(pk=found.pk).update(lease=lease, leased_until=_end())
                return found
            busy.append(found.platform_id)
    return None


def _first_due(cell_id: int | None, busy: list[int]) -> Cell | None:
    candidates = due().exclude(platform_id__in=busy) if busy else due()
    if cell_id is not None:
        candidates = candidates.filter(pk=cell_id)
    if connection.features.has_select_for_update_skip_locked:
        candidates = candidates.select_for_update(skip_locked=True, of=("self",))
    return candidates.order_by("due_at").only("pk", "platform_id", "line_item_id", "lease").first()


def _has_room(platform_id: int) -> bool:
    """Whether the platform takes one more request at once. Its row is locked, so that nobody else counts meanwhile."""
    platform = Platform.objects.select_for_update(no_key=True).only("parallel_sends").get(pk=platform_id)
    under_way = Cell.objects.filter(platform_id=platform_id, lease__isnull=False, leased_until__gt=Now())
    return under_way.count() < max(platform.parallel_sends, 1)


def renew(cell: Cell) -> bool:
    """Have the whole lease ahead again. False when it was lost; then nothing may be sent."""
    return Cell.objects.filter(pk=cell.pk, lease=cell.lease).update(leased_until=_end()) == 1


def give_back(cell_id: int, lease: uuid.UUID | None) -> None:
    """Let go of a cell that a fault of our own keeps from being worked at, and leave it alone for a minute."""
    Cell.objects.filter(pk=cell_id, lease=lease).update(lease=None, leased_until=None, due_at=Now() + REST)
