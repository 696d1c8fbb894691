"""Access tokens: kept encrypted, shared by all workers, asked for by one worker at a time.

A platform is asked once per lifetime of a token, not once per grade. What went wrong is shared as well: after a refusal
nobody asks again for some seconds, however many grades wait.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from lti_bridge.advantage import token_requests
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.token_requests import Token
from lti_bridge.models import AccessToken, Lti13Registration

#: Seconds to wait while another worker asks.
WAIT = 5.0
#: Seconds in which nobody asks again after the endpoint did not answer properly, or refused.
REST = 5.0
REST_AFTER_REFUSAL = 10.0
#: Seconds in which a set of scopes that was refused is not asked for again: each of them is, alone.
REST_OF_A_SET = 3600.0
#: A token that was refused is replaced only when it is so many seconds old: a new one would fare no better.
OLD_ENOUGH = 10.0

_known: dict[tuple[int, str], Token] = {}


def find(registration: Lti13Registration, scopes: Sequence[str], *, deadline: float) -> Token:
    """A token that is good for the first of ``scopes``, and for as many of the others as the platform grants.

    Raises ``ServiceProblem``: not_permitted, token_refused, token_unavailable, waits.
    """
    needed = scopes[0]
    try:
        token = _of_set(registration, scopes, deadline)
    except ServiceProblem as problem:
        if problem.code != "not_permitted" or len(set(scopes)) == 1:
            raise
        token = _of_set(registration, (needed,), deadline)
    if needed not in token.granted:
        raise ServiceProblem("not_permitted", f"The token does not include {needed.rpartition('/')[2]}.")
    return token


def drop(registration: Lti13Registration, token: Token) -> bool:
    """Forget a token that a service refused. False when it is too new to be worth asking for another one."""
    if time.time() - token.made_at < OLD_ENOUGH * settings.DELIVERY_PACE:
        return False
    for key in [key for key, known in _known.items() if known.text == token.text]:
        del _known[key]
    for row in AccessToken.objects.filter(registration=registration):
        # Another worker may have replaced it already.
        if row.secret.get("text") == token.text:
            AccessToken.objects.filter(pk=row.pk, expires_at=row.expires_at).update(secret={}, expires_at=None)
    return True


def forget() -> None:
    """Have this process look anew, as after a change of the registration or in a test."""
    _known.clear()


def _of_set(registration: Lti13Registration, scopes: Sequence[str], deadline: float) -> Token:
    asked = " ".join(sorted(set(scopes)))
    token = _known.get((registration.pk, asked))
    if token is None or not token.is_fresh:
        row, _made = AccessToken.objects.get_or_create(registration=registration, scopes=asked)
        token = _known[registration.pk, asked] = _kept(row) or _fetched(row, registration, deadline)
    return token


def _kept(row: AccessToken) -> Token | None:
    """The token of a row while it is fresh. Raises what went wrong lately, while nobody is to ask again."""
    token = _token_in(row)
    if token is not None:
        return token if token.is_fresh else None
    left = (row.expires_at - timezone.now()).total_seconds() if row.expires_at else 0.0
    if not row.secret or left <= 0:
        return None
    told = row.secret
    if told["code"] == "token_unavailable":
        raise ServiceProblem("waits", told["message"], again_in=left)
    raise ServiceProblem(told["code"], told["message"], status=told["status"], again_in=left)


def _token_in(row: AccessToken) -> Token | None:
    if "text" not in row.secret:
        return None
    return Token(**(row.secret | {"granted": tuple(row.secret["granted"])}))


def _fetched(row: AccessToken, registration: Lti13Registration, deadline: float) -> Token:
    """A new token: asked for by whoever gets the lease. The others use the old one while it lives, or wait."""
    lease = uuid.uuid4()
    until = time.monotonic() + min(WAIT, deadline)
    while not _lease(row, lease):
        row.refresh_from_db()
        token = _token_in(row)
        if token and token.is_alive:
            return token
        if time.monotonic() > until:
            raise ServiceProblem("waits", "Another worker asks for a token.", again_in=1.0)
        time.sleep(0.05)
    row.refresh_from_db()
    try:
        # Between our look and the lease somebody may have been quicker.
        return _kept(row) or _asked(row, registration, deadline)
    finally:
        AccessToken.objects.filter(pk=row.pk, lease=lease).update(lease=None, leased_until=None)


def _lease(row: AccessToken, lease: uuid.UUID) -> bool:
    free = Q(lease=None) | Q(leased_until__lte=Now())
    ends = Now() + timedelta(seconds=token_requests.DEADLINE + 5)
    return AccessToken.objects.filter(free, pk=row.pk).update(lease=lease, leased_until=ends) == 1


def _asked(row: AccessToken, registration: Lti13Registration, deadline: float) -> Token:
    scopes = row.scopes.split()
    try:
        token = token_requests.request(registration, scopes, deadline=deadline)
    except ServiceProblem as problem:
        old = _token_in(row)
        if old and old.is_alive:
            return old
        rest = _rest_after(problem, scopes)
        told = {"code": problem.code, "message": problem.message, "status": problem.status}
        _write(row, told, timezone.now() + timedelta(seconds=rest))
        raise
    _write(row, asdict(token), datetime.fromtimestamp(token.expires_at, UTC))
    return token


def _write(row: AccessToken, secret: dict[str, Any], expires_at: datetime) -> None:
    AccessToken.objects.filter(pk=row.pk).update(secret=secret, expires_at=expires_at)


def _rest_after(problem: ServiceProblem, scopes: list[str]) -> float:
    if problem.again_in is not None:
        return min(problem.again_in, REST_OF_A_SET)
    if problem.code == "not_permitted" and len(scopes) > 1:
        return REST_OF_A_SET
    rest = REST if problem.code == "token_unavailable" else REST_AFTER_REFUSAL
    return rest * settings.DELIVERY_PACE
