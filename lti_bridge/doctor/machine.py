"""Our own side: settings, database, keys, clock."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import DatabaseError, Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import TextField
from django.db.models.functions import Cast

from lti_bridge.doctor.findings import Finding, fail, ok, warn
from lti_bridge.models import (
    AccessToken,
    Account,
    AccountToken,
    Document,
    Lti11Registration,
    ProviderExport,
    SigningKey,
)
from lti_bridge.models.fields import cipher

#: Seconds that two clocks may differ before it is serious.
CLOCK_SECONDS = 60
_APPLY_ANEW = "Put the old key back into FIELD_KEYS, or apply the configuration file to store them anew."
_MAKE_ANEW = "Put the old key back into FIELD_KEYS, or: lti-bridge signing_keys --rotate tool --at-once (and platform)."
_ASK_ANEW = "Put the old key back into FIELD_KEYS, or: lti-bridge signing_keys --rotate tool --at-once."
_HAND_IN_ANEW = "Put the old key back into FIELD_KEYS: without it, what is kept of these documents cannot be read."
_ORDER_ANEW = "Put the old key back into FIELD_KEYS, or order the exports that are under way again."
_NOTHING = "Nothing has to be done: the next use asks for a new one."
#: Models with a secret: its field, what people call them, and what helps when no key opens them.
_SECRETS = (
    (Lti11Registration, "secrets", "registrations", _APPLY_ANEW),
    (Account, "secrets", "accounts", _APPLY_ANEW),
    (SigningKey, "private", "signing keys", _MAKE_ANEW),
    (AccessToken, "secret", "access tokens", _ASK_ANEW),
    (AccountToken, "secret", "providers' access tokens", _NOTHING),
    (ProviderExport, "secret", "providers' exports", _ORDER_ANEW),
    (Document, "secret", "documents", _HAND_IN_ANEW),
)
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def check_settings() -> Iterable[Finding]:
    """Whether this looks like a place for real learners."""
    base = urlsplit(settings.BASE_URL)
    if base.scheme == "https":
        yield ok("settings", f"BASE_URL is {settings.BASE_URL}")
    elif base.hostname in _LOCAL:
        yield warn("settings", f"BASE_URL is {settings.BASE_URL}", "Good for trying out; LMSs need an https address.")
    else:
        yield fail("settings", f"BASE_URL is {settings.BASE_URL}", "Give it an https address (see deploy/README.md).")
    for name in ("DEBUG", "SANDBOX"):
        if getattr(settings, name):
            worse = fail if base.scheme == "https" else warn
            yield worse("settings", f"{name} is on", f"Switch {name} off where real learners come.")
    if settings.DELIVERY_PACE != 1:
        yield warn("settings", f"DELIVERY_PACE is {settings.DELIVERY_PACE}", "Leave it out, except in rehearsals.")


def check_database() -> Iterable[Finding]:
    """Whether the database answers and is up to date."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield fail("database", f"it does not answer: {type(error).__name__}", "Check DATABASE_URL and the server.")
        return
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield fail("database", f"{len(missing)} migrations are not applied", "Run: lti-bridge migrate")
    if connection.vendor == "sqlite" and settings.CELERY_BROKER_URL:
        yield warn("database", "SQLite, beside a broker for several machines", "Use PostgreSQL on several machines.")
    elif connection.vendor == "sqlite":
        yield ok("database", "SQLite answers (one machine only)")
    else:
        yield ok("database", f"{connection.vendor} answers")


def database_answers() -> bool:
    """Whether rows can be read at all; the checks that need them are left out otherwise."""
    try:
        Account.objects.exists()
    except Error:
        return False
    return True


def check_clock() -> Iterable[Finding]:
    """Whether this process and the database agree about the time: leases and schedules count on it."""
    before = datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        said = cursor.fetchone()[0]
    after = datetime.now(UTC)
    there = said if isinstance(said, datetime) else datetime.fromisoformat(said).replace(tzinfo=UTC)
    difference = abs((there - (before + (after - before) / 2)).total_seconds())
    if difference > CLOCK_SECONDS:
        yield fail("clock", f"database and process differ by {difference:.0f} s", "Keep both clocks right by NTP.")
    else:
        yield ok("clock", "database and process agree")


def check_keys() -> Iterable[Finding]:
    """Whether ``FIELD_KEYS`` open every stored secret."""
    try:
        keys = cipher()
    except ValueError:
        yield fail(
            "keys", "FIELD_KEYS holds something that is no key", "Put the old keys back; see docs/operations.md."
        )
        return
    for model, field, noun, advice in _SECRETS:
        shut = 0
        tokens = model.objects.annotate(token=Cast(field, TextField())).values_list("token", flat=True)
        for token in tokens:
            try:
                keys.decrypt((token or "").encode())
            except InvalidToken:
                shut += 1
        if shut:
            yield fail("keys", f"the secrets of {shut} {noun} cannot be opened", advice)
        else:
            yield ok("keys", f"the secrets of {len(tokens)} {noun} can be opened")
