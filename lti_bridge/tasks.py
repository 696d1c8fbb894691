"""Celery tasks beside delivery: events left unread, attempts to look at, rosters, our keys, and what is forgotten."""

from datetime import timedelta
from math import ceil

import structlog
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from celery import shared_task
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from lti_bridge import acting, events, looking, roster, signing_keys, whole_tests
from lti_bridge.errors import ProviderError
from lti_bridge.models import (
    Account,
    Context,
    Deployment,
    EventSource,
    EventState,
    Invitation,
    LaunchRecord,
    ProviderEvent,
    ProviderLaunch,
    UsedAssertion,
)
from lti_bridge.providers import provider_of

log = structlog.get_logger(__name__)

#: The request that received an event understands it at once; what is older was left by a crash.
LEFT_BEHIND = timedelta(seconds=30)
#: An event that fails this often is poison: it stays, for a person to look at.
READS = 20
#: A reading of a roster that has not ended by then was left by a crash.
ROSTER_TAKES = timedelta(minutes=3)
#: How long it can be seen who tried to log in, and from where.
LOG_INS_KEPT = timedelta(days=30)
#: A launch at a provider is over in minutes; what came of it is in the attempt.
PROVIDER_LAUNCHES_KEPT = timedelta(days=1)
#: Longer than clocks may differ: until then an assertion could still be believed.
ASSERTIONS_KEPT = timedelta(hours=1)
INVITATIONS_KEPT = timedelta(days=30)
#: A deployment that nobody said yes or no to. It comes back with its next launch.
WAITING_KEPT = timedelta(days=90)


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
def tend_keys() -> None:
    """Make the next signing keys in time, and take old ones out of use."""
    signing_keys.tend()


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
def look_at_tests() -> int:
    """Look at the tests that are due as a whole, for as long as a sweep lasts at most. Gives how many that were."""
    return whole_tests.look_at_due(seconds=settings.SWEEP_SECONDS)


@shared_task
def look_at_test(test_id: int) -> None:
    """Look at one test, if it is due."""
    whole_tests.look_at(test_id)


@shared_task
def restore_webhooks() -> None:
    """See to it that providers still send what accounts have subscribed to."""
    for account in Account.objects.filter(enabled=True):
        webhooks = provider_of(account.provider).webhooks
        if webhooks is None:
            continue
        try:
            webhooks.restore(account)
        except ProviderError as error:
            log.warning("webhooks_not_restored", account=account.name, code=error.code)
        except Exception:  # the task boundary: one account must not keep the others from being looked after
            log.exception("webhooks_not_restored", account=account.name)


@shared_task
def forget() -> None:
    """Remove launch records older than ``LAUNCH_RECORD_DAYS``, log-ins older than a month, sessions that are over, and
    what is left of launches, assertions, invitations and deployments that came to nothing.

    Attempts, grades and tries stay; of what providers answered when they were asked, what a grade came of.
    """
    now = timezone.now()
    before = now - timedelta(days=settings.LAUNCH_RECORD_DAYS)
    _remove(LaunchRecord.objects.filter(received_at__lt=before))
    answers = ProviderEvent.objects.filter(source=EventSource.POLL, state=EventState.READ, received_at__lt=before)
    _remove(answers.filter(grades=None))
    _remove(ProviderLaunch.objects.filter(created_at__lt=now - PROVIDER_LAUNCHES_KEPT))
    _remove(UsedAssertion.objects.filter(expires_at__lt=now - ASSERTIONS_KEPT))
    Invitation.objects.filter(used_at=None, expires_at__lt=now - INVITATIONS_KEPT).delete()
    # One that has a gradebook column was approved once: what became of it must stay known.
    waiting = Deployment.objects.filter(approved=False, refused_at=None, line_items=None)
    waiting.filter(first_seen_at__lt=now - WAITING_KEPT).delete()
    for log_ins in (AccessAttempt, AccessFailureLog, AccessLog):
        log_ins.objects.filter(attempt_time__lt=now - LOG_INS_KEPT).delete()
    SessionStore.clear_expired()


def _remove(
    rows: "QuerySet[LaunchRecord] | QuerySet[ProviderLaunch] | QuerySet[UsedAssertion] | QuerySet[ProviderEvent]",
) -> None:
    """Remove rows a few thousand at a time: one statement for a million would hold others up."""
    while ids := list(rows.values_list("pk", flat=True)[:5000]):
        rows.model.objects.filter(pk__in=ids).delete()
