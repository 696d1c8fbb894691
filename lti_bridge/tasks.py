"""Celery tasks beside delivery: events nobody understood yet, attempts to look at, what is kept for a time only."""

from datetime import timedelta
from math import ceil

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from lti_bridge import acting, events, looking
from lti_bridge.models import EventSource, EventState, LaunchRecord, ProviderEvent

#: The request that received an event understands it at once; what is older was left by a crash.
LEFT_BEHIND = timedelta(seconds=30)
#: An event that fails this often is poison: it stays, for a person to look at.
READS = 20
#: How long it can be seen who tried to log in, and from where.
LOG_INS_KEPT = timedelta(days=30)


@shared_task
def read_events() -> int:
    """Understand the events that a crash or a fault of ours left unread. Gives how many were understood."""
    left = ProviderEvent.objects.filter(
        state__in=(EventState.RECEIVED, EventState.FAILED),
        received_at__lte=timezone.now() - LEFT_BEHIND,
        reads__lt=READS,
    ).select_related("account", "attempt")
    return sum(events.read(event) for event in left.order_by("pk")[:500])


@shared_task
def look_at_attempts() -> None:
    """Find every attempt that is due to be looked at, whoever lost its wake-up call, and put workers to them."""
    due = looking.due().count()
    for _ in range(min(ceil(due / looking.PER_TASK), settings.DELIVERY_WORKERS)):
        look_at_due.apply_async(expires=settings.SWEEP_SECONDS)


@shared_task
def look_at_due() -> int:
    """Look at what is due, for as long as a sweep lasts at most. Gives how many attempts that were."""
    return looking.look_at_due(seconds=settings.SWEEP_SECONDS)


@shared_task
def look_at_attempt(attempt_id: int) -> None:
    """Look at one attempt, if it is due."""
    looking.look_at(attempt_id)


@shared_task
def carry_out_acts() -> int:
    """Have done at providers what people asked for in bulk. Gives how many acts that were."""
    return acting.carry_out_waiting(seconds=settings.SWEEP_SECONDS)


@shared_task
def forget() -> None:
    """Remove launch records older than ``LAUNCH_RECORD_DAYS``, log-ins older than a month and sessions that are over.

    Attempts, grades and tries stay; of what providers answered when they were asked, what a grade came of.
    """
    now = timezone.now()
    before = now - timedelta(days=settings.LAUNCH_RECORD_DAYS)
    while ids := list(LaunchRecord.objects.filter(received_at__lt=before).values_list("pk", flat=True)[:5000]):
        LaunchRecord.objects.filter(pk__in=ids).delete()
    answers = ProviderEvent.objects.filter(source=EventSource.POLL, state=EventState.READ, received_at__lt=before)
    while ids := list(answers.filter(grades=None).values_list("pk", flat=True)[:5000]):
        ProviderEvent.objects.filter(pk__in=ids).delete()
    for log_ins in (AccessAttempt, AccessFailureLog, AccessLog):
        log_ins.objects.filter(attempt_time__lt=now - LOG_INS_KEPT).delete()
    SessionStore.clear_expired()
