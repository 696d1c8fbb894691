"""The public keys of platforms and of providers' tools: fetched when an unknown one is named, and kept.

A process keeps parsed keys; the database keeps what was fetched, for all processes. An unknown name is looked for once:
one process fetches, the others wait for it, and nobody fetches the same address again within a minute, however many
tokens name keys that do not exist. When a fetch fails, the keys that are known go on working.
"""

import hashlib
import json
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from lti_bridge import http, jose
from lti_bridge.jose import PublicKey
from lti_bridge.models import PeerKeys

log = structlog.get_logger(__name__)

#: A key set is fetched at most so often.
PAUSE = timedelta(minutes=1)
#: A key set that is older is fetched anew, so that a key that its owner withdrew stops working.
FRESH = timedelta(hours=6)
#: Seconds for one fetch; the others wait as long.
SECONDS = 6.0
MAX_BYTES = 256 * 1024


class KeyProblem(Exception):
    """A key that is not to be had. Codes: unknown_kid, keys_unreachable."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message or code


@dataclass(frozen=True, slots=True)
class _Known:
    """The keys of one address as this process has them; ``fetched``: seconds since 1970, 0 for never."""

    keys: dict[str, PublicKey]
    fetched: float

    @property
    def is_fresh(self) -> bool:
        return time.time() - self.fetched < FRESH.total_seconds()


_known: dict[str, _Known] = {}
#: Of one process, one thread at a time looks into the database or fetches, for each address: one that does not answer
#: holds up nobody but its own.
_locks: dict[str, threading.Lock] = {}


def find(url: str, kid: str) -> PublicKey:
    """The key of that name in the key set at ``url``. Raises :class:`KeyProblem`."""
    known = _known.get(url)
    if known and known.is_fresh and kid in known.keys:
        return known.keys[kid]
    with _lock_of(url):
        known = _looked_up(url, kid)
    if kid in known.keys:
        return known.keys[kid]
    raise KeyProblem("unknown_kid" if known.fetched else "keys_unreachable")


def _lock_of(url: str) -> threading.Lock:
    return _locks.setdefault(url, threading.Lock())


def forget() -> None:
    """Have this process look anew, as after a change in the admin or in a test."""
    _known.clear()


def refresh(url: str) -> str:
    """Fetch a key set now, whenever it was fetched last. Gives what is wrong, empty when nothing is."""
    row = _row(url)
    row.tried_at = timezone.now()
    _fetch(row)
    return row.problem


def _looked_up(url: str, kid: str) -> _Known:
    """What is known after a look into the database and, where that does not help, a fetch."""
    row = _row(url)
    known = _keep(row)
    if kid in known.keys and known.is_fresh:
        return known
    if _may_fetch(row):
        _fetch(row)
    else:
        _wait_for_the_other(row)
    return _keep(row)


def _row(url: str) -> PeerKeys:
    digest = hashlib.sha256(url.encode()).hexdigest()
    return PeerKeys.objects.get_or_create(url_digest=digest, defaults={"url": url})[0]


def _keep(row: PeerKeys) -> _Known:
    fetched = row.fetched_at.timestamp() if row.fetched_at else 0.0
    known = _known.get(row.url)
    if known is None or known.fetched != fetched:
        known = _known[row.url] = _Known(jose.public_keys({"keys": row.keys}), fetched)
    return known


def _may_fetch(row: PeerKeys) -> bool:
    """Whether it is this process that fetches: one conditional update, and nothing is written when the answer is no.

    Until the fetch has ended there is no problem: that is how the others see that somebody is at it.
    """
    now = timezone.now()
    due = Q(tried_at=None) | Q(tried_at__lte=now - PAUSE)
    won = PeerKeys.objects.filter(due, pk=row.pk).update(tried_at=now, problem="") == 1
    row.refresh_from_db()
    return won


def _wait_for_the_other(row: PeerKeys) -> None:
    """Wait while another process fetches; it gives up after ``SECONDS`` as well."""
    until = time.monotonic() + SECONDS
    while _is_under_way(row) and time.monotonic() < until:
        time.sleep(0.05)
        row.refresh_from_db()


def _is_under_way(row: PeerKeys) -> bool:
    if row.tried_at is None or timezone.now() - row.tried_at > timedelta(seconds=SECONDS):
        return False
    return not row.problem and (row.fetched_at is None or row.fetched_at < row.tried_at)


def _fetch(row: PeerKeys) -> None:
    try:
        row.keys, row.problem = _fetched(row.url), ""
        row.fetched_at = timezone.now()
    except KeyProblem as problem:
        row.problem = problem.message[:300]
        log.warning("keys_not_fetched", problem=problem.message)
    row.save(update_fields=["keys", "problem", "fetched_at", "tried_at"])


def _fetched(url: str) -> list[object]:
    try:
        answer = http.get(
            url, headers={"Accept": "application/json"}, timeout=(3.0, 5.0), deadline=SECONDS - 1, max_bytes=MAX_BYTES
        )
    except http.HttpProblem as problem:
        raise KeyProblem("keys_unreachable", problem.message) from None
    if answer.status != 200:
        raise KeyProblem("keys_unreachable", f"The key set's address answered HTTP {answer.status}.")
    try:
        listed = json.loads(answer.body)["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        listed = None
    kept = [jwk for jwk in listed if _can_be_kept(jwk)] if isinstance(listed, list) else []
    if not jose.public_keys({"keys": kept}):
        raise KeyProblem("keys_unreachable", "There is no usable key at the key set's address.")
    return kept


def _can_be_kept(jwk: object) -> bool:
    """Whether a database takes it as JSON: no NUL, no half of a character, no number that JSON has not."""
    try:
        written = json.dumps(jwk, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return b"\\u0000" not in written
