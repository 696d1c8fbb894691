"""Celery tasks beside delivery: events nobody understood yet, rosters, and what is kept for a time only."""

from datetime import timedelta

import structlog
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from lti_bridge import flow, roster
from lti_bridge.errors import BridgeError
from lti_bridge.models import Context, EventState, LaunchRecord, ProviderEvent

log = structlog.get_logger(__name__)

#: The request that received an event understands it at once; what is older was left by a crash.
LEFT_BEHIND = timedelta(seconds=30)
#: An event that fails this often is poison: it stays, for a person to look at.
READS = 20
#: A reading of a roster that has not ended by then was left by a crash.
ROSTER_TAKES = timedelta(minutes=3)
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
    return sum(_read(event) for event in left.order_by("pk")[:500])


def _read(event: ProviderEvent) -> bool:
    row = ProviderEvent.objects.filter(pk=event.pk)
    try:
        flow.understand(event)
    except BridgeError as error:
        row.update(state=EventState.REFUSED, reason=str(error)[:300], reads=F("reads") + 1)
        return False
    except Exception as error:  # the task boundary: one poison event must not stop the others
        row.update(state=EventState.FAILED, reason=type(error).__name__, reads=F("reads") + 1)
        log.exception("event_not_read", event_id=event.pk)
        return False
    return True


@shared_task
def read_roster(context_id: int) -> None:
    """Read the roster of a course from its LMS."""
    context = Context.objects.select_related("platform", "memberships_by__platform").filter(pk=context_id).first()
    if context:
        roster.read_roster(context)


def ask_for_roster(context: Context) -> bool:
    """Have a worker read a course's roster, unless one is at it. False when no worker can be told now."""
    now = timezone.now()
    free = Q(roster_asked_at=None) | Q(roster_asked_at__lte=now - ROSTER_TAKES)
    if not Context.objects.filter(free, pk=context.pk).update(roster_asked_at=now):
        return True
    try:
        read_roster.delay(context.pk)
    except (OperationalError, OSError) as error:
        Context.objects.filter(pk=context.pk).update(roster_asked_at=None)
        log.warning("broker_unreachable", error=type(error).__name__)
        return False
    return True


@shared_task
def forget() -> None:
    """Remove launch records older than ``LAUNCH_RECORD_DAYS``, log-ins older than a month and sessions that are over.

    Attempts, grades and tries stay.
    """
    now = timezone.now()
    before = now - timedelta(days=settings.LAUNCH_RECORD_DAYS)
    while ids := list(LaunchRecord.objects.filter(received_at__lt=before).values_list("pk", flat=True)[:5000]):
        LaunchRecord.objects.filter(pk__in=ids).delete()
    for log_ins in (AccessAttempt, AccessFailureLog, AccessLog):
        log_ins.objects.filter(attempt_time__lt=now - LOG_INS_KEPT).delete()
    SessionStore.clear_expired()
