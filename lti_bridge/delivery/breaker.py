"""One breaker per platform: a silent LMS costs one probe a minute, and the other cells wait without using up tries."""

from django.db.models import F
from django.db.models.functions import Now

from lti_bridge.delivery.retry import PROBE_EVERY, paced
from lti_bridge.models import Breaker, Cell, CellState, Platform

#: Failures in a row that open a breaker.
FAILURES = 5
#: Cells that are woken in one statement: no statement lasts long, however many wait.
BATCH = 2000


def may_send(platform_id: int) -> bool:
    """Whether a request may go to the platform now. While open, the first to ask each minute gets the probe."""
    if not is_open(platform_id):
        return True
    won = Breaker.objects.filter(platform_id=platform_id, next_probe_at__lte=Now())
    return won.update(next_probe_at=Now() + paced(PROBE_EVERY)) == 1


def is_open(platform_id: int) -> bool:
    """Whether the platform counts as silent."""
    return Breaker.objects.filter(platform_id=platform_id, next_probe_at__isnull=False).exists()


def failed(platform_id: int, reason: str) -> None:
    """Count a request that the platform did not answer properly; open the breaker at the fifth in a row."""
    rows = Breaker.objects.filter(platform_id=platform_id)
    last_reason = reason[:300]
    if not rows.update(failures=F("failures") + 1, last_reason=last_reason):
        Breaker.objects.get_or_create(platform_id=platform_id, defaults={"failures": 1, "last_reason": last_reason})
    rows.filter(failures__gte=FAILURES, next_probe_at__isnull=True).update(
        next_probe_at=Now() + paced(PROBE_EVERY), opened_at=Now()
    )


def worked(platform: Platform) -> None:
    """The platform answered: close its breaker, and let the cells that waited for it go at once.

    ``platform`` comes with its breaker as of the claim, so that nothing is asked when all is well.
    """
    breaker = getattr(platform, "breaker", None)
    if breaker is None or (breaker.failures == 0 and breaker.next_probe_at is None):
        return
    rows = Breaker.objects.filter(platform=platform)
    if rows.filter(next_probe_at__isnull=False).update(failures=0, next_probe_at=None, opened_at=None):
        _wake_all(platform)
    else:
        rows.filter(failures__gt=0).update(failures=0)


def _wake_all(platform: Platform) -> None:
    waiting = Cell.objects.filter(platform=platform, state=CellState.PENDING, due_at__gt=Now()).order_by()
    while waiting.filter(pk__in=list(waiting.values_list("pk", flat=True)[:BATCH])).update(due_at=Now()):
        pass
