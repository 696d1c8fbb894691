"""What does not move: cells, events, documents, refused messages, troubles of accounts, breakers, paused platforms."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from lti_bridge import refused_messages
from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.models import (
    AccountTrouble,
    Breaker,
    Cell,
    CellState,
    Document,
    DocumentState,
    EventState,
    Platform,
    ProviderEvent,
)

#: The sweep comes by every few seconds; what waits longer than this waits in vain.
IN_VAIN = timedelta(minutes=5)
#: What happened longer ago is nobody's trouble any more.
LATELY = timedelta(days=7)


def check_cells() -> Iterable[Finding]:
    """Cells that only a person can help, and cells that nobody works at."""
    trouble = Cell.objects.filter(state=CellState.NEEDS_ACTION).count()
    if trouble:
        advice = "See: lti-bridge cells --state needs_action"
        yield warn("cells", f"{trouble} need action", advice)
    differ = Cell.objects.filter(state=CellState.DIFFERS).count()
    if differ:
        yield warn("cells", f"{differ} hold another grade than ours", "See: lti-bridge cells --state differs")
    late = (
        Cell.objects.filter(due_at__lt=timezone.now() - IN_VAIN, platform__delivery_paused=False)
        .filter(platform__breaker__next_probe_at__isnull=True)
        .count()
    )
    if late:
        yield fail("cells", f"{late} are due for more than 5 minutes", "Check the workers, or run: lti-bridge deliver")
    if not (trouble or differ or late):
        yield ok("cells", "none is stuck")


def check_events() -> Iterable[Finding]:
    """Messages of providers that nobody understood."""
    unread = ProviderEvent.objects.filter(
        state__in=(EventState.RECEIVED, EventState.FAILED), received_at__lt=timezone.now() - IN_VAIN
    ).count()
    if unread:
        yield warn("events", f"{unread} from providers are not read", "Look at them in the admin, and into the log.")
    else:
        yield ok("events", "all are read")


def check_documents() -> Iterable[Finding]:
    """Documents that only a person can help, and documents that nobody passes on."""
    unclear = Document.objects.filter(state=DocumentState.UNCLEAR).count()
    if unclear:
        advice = "Those who teach decide: Documents and reports, at the link in the course."
        yield warn("documents", f"{unclear} may or may not be at the provider", advice)
    late = Document.objects.filter(next_try_at__lt=timezone.now() - IN_VAIN).count()
    if late:
        yield fail("documents", f"{late} are due for more than 5 minutes", "Check the workers and beat.")
    if not (unclear or late):
        yield ok("documents", "none is stuck")


def check_refused_messages() -> Iterable[Finding]:
    """Accounts whose messages prove nothing, and whose grades stay away for it."""
    rows = refused_messages.still_refused().filter(account__enabled=True, last_at__gt=timezone.now() - LATELY)
    for row in rows.select_related("account").order_by("account__name"):
        text = f"messages with its key are refused, last at {row.last_at:%Y-%m-%d %H:%M} UTC: "
        yield warn(f"account {row.account.name}", text + refused_messages.in_words(row), refused_messages.advice(row))


def check_troubles() -> Iterable[Finding]:
    """Accounts that their provider does not let work, as it told by its API."""
    rows = AccountTrouble.objects.filter(account__enabled=True).select_related("account")
    for row in rows.order_by("account__name", "code"):
        text = f"{row.code} since {row.first_at:%Y-%m-%d %H:%M} UTC, last at {row.last_at:%Y-%m-%d %H:%M} UTC"
        yield warn(f"account {row.account.name}", text, row.text or "Look at the account in the administration.")


def check_deliveries() -> Iterable[Finding]:
    """Platforms that get nothing at the moment."""
    for breaker in Breaker.objects.filter(next_probe_at__isnull=False).select_related("platform"):
        text = f"it does not answer since {breaker.opened_at:%Y-%m-%d %H:%M} UTC; one probe a minute"
        yield warn(
            f"platform {breaker.platform.name}", text, "Nothing, if the LMS is down: grades follow by themselves."
        )
    for platform in Platform.objects.filter(delivery_paused=True):
        yield warn(f"platform {platform.name}", "delivery is paused", "Switch delivery_paused off when it may go on.")
