"""Access tokens of accounts: one for all workers, renewed by one of them before it runs out, dropped when refused.

No transaction is open while a token is fetched: a lease says who fetches, and the others wait for what comes of it, or
go on with the old token while that is good. A fetch that fails fails all who waited for it, and nobody after them.
"""

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Account, AccountToken

#: What is this near its end is renewed, and is good until then; of a short life, the last fifth.
RENEW_BEFORE = timedelta(minutes=2)
#: What is this near its end is not used any more, because a request takes its time; of a short life, the last tenth.
USELESS_BEFORE = timedelta(seconds=15)
#: Longer than any fetch lasts.
LEASE = timedelta(seconds=40)
#: Seconds to wait for somebody else's fetch, and between two looks at it, more with each.
PATIENCE = 20.0
PAUSES = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A new token, as the provider gave it. ``seconds``: how long it is good."""

    token: str = field(repr=False)
    seconds: float


def token_of(account: Account, purpose: str, made_with: str, fetch: Callable[[], Fetched]) -> str:
    """A token that is good for a while.

    ``made_with``: what the token hangs on (address and credentials); other ones make the kept token worthless. Raises
    what ``fetch`` raises, and ``ProviderUnavailable`` when somebody else's fetch failed or takes too long.
    """
    digest = hashlib.sha256(made_with.encode()).hexdigest()[:32]
    until = time.monotonic() + PATIENCE
    pauses = iter(PAUSES)
    waited = False
    while True:
        row = _row(account, purpose)
        token, is_fresh = _kept(row, digest)
        if token and is_fresh:
            return token
        if waited and not token and row.lease is None:
            raise _nobody_got_one()
        if (lease := _claim(row)) is not None:
            return _renew(row, lease, digest, fetch)
        if token:
            return token
        if time.monotonic() > until:
            raise _nobody_got_one()
        waited = True
        time.sleep(next(pauses, PAUSES[-1]))


def forget(account: Account, purpose: str, token: str) -> None:
    """Drop a token that was refused, unless a newer one is there already."""
    row = _row(account, purpose)
    if row.secret.get("token") == token:
        # The one who fetches now keeps the lease.
        AccountToken.objects.filter(pk=row.pk, expires_at=row.expires_at).update(secret={}, expires_at=None)


def _row(account: Account, purpose: str) -> AccountToken:
    rows = AccountToken.objects.filter(account=account, purpose=purpose)
    try:
        row = rows.first()
    except ImproperlyConfigured:
        # Encrypted with a key that is gone: a token is worth no more than the asking.
        rows.update(secret={}, expires_at=None)
        row = rows.first()
    return row or AccountToken.objects.get_or_create(account=account, purpose=purpose)[0]


def _kept(row: AccountToken, digest: str) -> tuple[str, bool]:
    """The token of a row, empty when it is worthless; and whether it need not be renewed yet."""
    secret = row.secret
    if secret.get("made_with") != digest or row.expires_at is None:
        return "", False
    left, life = row.expires_at - timezone.now(), timedelta(seconds=secret["seconds"])
    if left <= min(USELESS_BEFORE, life / 10):
        return "", False
    return secret["token"], left > min(RENEW_BEFORE, life / 5)


def _claim(row: AccountToken) -> uuid.UUID | None:
    """Be the one who fetches: unless somebody does, or a token came in since the row was read."""
    lease = uuid.uuid4()
    free = Q(lease=None) | Q(leased_until__lte=Now())
    rows = AccountToken.objects.filter(free, pk=row.pk, expires_at=row.expires_at)
    return lease if rows.update(lease=lease, leased_until=Now() + LEASE) else None


def _renew(row: AccountToken, lease: uuid.UUID, digest: str, fetch: Callable[[], Fetched]) -> str:
    changed: dict[str, object] = {"lease": None, "leased_until": None}
    try:
        fetched = fetch()
        changed["secret"] = {"token": fetched.token, "seconds": fetched.seconds, "made_with": digest}
        changed["expires_at"] = timezone.now() + timedelta(seconds=fetched.seconds)
        return fetched.token
    finally:
        AccountToken.objects.filter(pk=row.pk, lease=lease).update(**changed)


def _nobody_got_one() -> ProviderUnavailable:
    return ProviderUnavailable(
        "no_access",
        _("The test provider does not answer at the moment."),
        _("Try again in a few minutes. Nothing is lost."),
        detail="another worker could not get an access token",
    )
