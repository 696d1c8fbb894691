"""Celery tasks of delivery. Messages are wake-up calls that carry an id; the rows say what is to be done."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from lti_bridge.delivery import converge, lease
from lti_bridge.models import Heartbeat
from lti_bridge.waking import publish


def wake(cell_id: int) -> None:
    """Ask a worker to look at a cell. Never raises and hardly waits: the sweep makes up for a lost call."""
    publish(lambda: deliver_cell.delay(cell_id))


@shared_task
def deliver_cell(cell_id: int) -> None:
    """Deliver one cell, then whatever else is due."""
    converge.deliver(cell_id)
    drain.run()


@shared_task
def drain() -> None:
    """Deliver what is due, for as long as a sweep lasts at most."""
    converge.deliver_due(seconds=settings.SWEEP_SECONDS)


@shared_task
def sweep() -> None:
    """Find every due cell, whoever lost its wake-up call, and put all workers to it."""
    due = lease.due().count()
    for _ in range(min(due, settings.DELIVERY_WORKERS)):
        drain.apply_async(expires=settings.SWEEP_SECONDS)
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": timezone.now()})
