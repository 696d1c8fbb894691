"""Exports that a provider makes in its own time: ordered, looked after, fetched into a file, ordered again if too late.

How each of these is asked for is the provider's module; here is the patience, the care for where the file is fetched
from, and the row by which people see how far it is.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lti_bridge import http
from lti_bridge.errors import BridgeError, ProviderRefused, ProviderUnavailable
from lti_bridge.models import Account, ExportState, ProviderExport

log = structlog.get_logger(__name__)

#: Seconds before each look, then the last one again and again.
PAUSES = (2, 3, 5, 8, 13, 30)
#: Seconds that the provider may take for one order.
PATIENCE = 600
#: How often one is ordered in all: what is ready is there for a short time only.
ORDERS = 3
#: Seconds in all for the file, and without a byte.
LOADING = 600.0
TIMEOUT = (5.0, 60.0)
#: What somebody began to take and has not finished by then, a process died over.
CLAIM = timedelta(minutes=3)
_UNDER_WAY = (ExportState.ORDERED, ExportState.LOADING)
#: Answers to a fetch that comes too late.
_EXPIRED = (401, 403, 404, 410)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an export is. ``url``: where it is, once it is ready. ``failed``: why there will be none."""

    progress: int = 0
    url: str = field(default="", repr=False)
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of export of one account.

    ``order`` asks for it and gives what ``look`` is asked with. Both raise ``ProviderError``. ``hosts``: where it may
    be fetched from; one that begins with a dot stands for all hosts below. ``max_bytes``: how large it may be.
    ``seconds``: how long fetching it may take in all.
    """

    account: Account
    what: str
    about: str
    order: Callable[[], str] = field(repr=False)
    look: Callable[[str], Standing] = field(repr=False)
    hosts: Collection[str] = ()
    max_bytes: int = 2_000_000_000
    seconds: float = LOADING


def begin(export: Export, **whose: Any) -> ProviderExport:
    """Order it. Gives its row; raises ``ProviderError``, and the row then says why. ``whose``: more of the row."""
    row = ProviderExport.objects.create(account=export.account, what=export.what, about=export.about, **whose)
    with _failing(row):
        _order(export, row)
    return row


def look(export: Export, row: ProviderExport, into: BinaryIO, *, again: bool = False) -> bool:
    """Look once, and write it into a file, from the file's beginning, if it is ready. False: look again later.

    Raises ``ProviderUnavailable`` or ``ProviderRefused`` when there will be none; the row then says why. ``again``:
    somebody looks again in any case, so that a look without an answer ends nothing while there is patience.
    """
    with _failing(row, again=again):
        url = _address(export, row)
    with _failing(row):
        return bool(url) and _have(export, row, url, into)


def ask(export: Export, row: ProviderExport) -> bool:
    """Look how far it is, and fetch nothing. Gives whether it is ready; raises as ``look``, with ``again``."""
    with _failing(row, again=True):
        return bool(_address(export, row))


def claim(row: ProviderExport) -> bool:
    """Take it for us alone, until ``let_go``; False when somebody else is at it, or it is not under way any more."""
    now = timezone.now()
    free = ProviderExport.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), state__in=_UNDER_WAY)
    row.claimed_until = now + CLAIM
    return free.filter(pk=row.pk).update(claimed_until=row.claimed_until) == 1


def let_go(row: ProviderExport) -> None:
    """Give back what ``claim`` took; nothing where that expired and somebody else has it."""
    ProviderExport.objects.filter(pk=row.pk, claimed_until=row.claimed_until).update(claimed_until=None)


def fetch(export: Export, into: BinaryIO) -> ProviderExport:
    """Order it, wait for it and write it into a file. Gives its row; raises as ``look``."""
    row = begin(export)
    while not look(export, row, into):
        time.sleep(pause_of(row).total_seconds())
    return row


def pause_of(row: ProviderExport) -> timedelta:
    """How long to wait before the next look, at the pace of ``settings.DELIVERY_PACE``."""
    return timedelta(seconds=PAUSES[min(row.looks, len(PAUSES) - 1)]) * settings.DELIVERY_PACE


def _order(export: Export, row: ProviderExport) -> None:
    _note(row, orders=row.orders + 1)
    handle = {"handle": export.order()}
    _note(row, state=ExportState.ORDERED, secret=handle, progress=0, looks=0, ordered_at=timezone.now())


def _have(export: Export, row: ProviderExport, url: str, into: BinaryIO) -> bool:
    if _load(export, row, url, into):
        _note(row, state=ExportState.DONE, progress=100, size=into.tell(), ended_at=timezone.now(), secret={})
        into.seek(0)
        return True
    log.info("export_expired", export_id=row.pk, orders=row.orders)
    if row.orders >= ORDERS:
        raise _unavailable(export, "it could not be fetched in time")
    _order(export, row)
    return False


def _address(export: Export, row: ProviderExport) -> str:
    """Where it is now; empty while it is being made, which the row then says."""
    standing = export.look(row.secret["handle"])
    if standing.failed:
        raise ProviderRefused(
            "export_failed",
            _("The test provider could not make the export."),
            _("Try again later. If it stays so, ask the test provider."),
            detail=f"{export.what} {export.about}: {standing.failed[:100]}",
        )
    if standing.url:
        _note(row, progress=100)
        return standing.url
    if _is_over(row):
        raise _unavailable(export, "it was not ready in time")
    _note(row, progress=min(standing.progress, 99), looks=row.looks + 1)
    return ""


def _is_over(row: ProviderExport) -> bool:
    """Whether the provider has had its time."""
    patience = timedelta(seconds=PATIENCE) * settings.DELIVERY_PACE
    return row.ordered_at is not None and timezone.now() - row.ordered_at > patience


@contextmanager
def _failing(row: ProviderExport, *, again: bool = False) -> Iterator[None]:
    """The row says why it failed; not what may pass, when somebody looks ``again``."""
    try:
        yield
    except BaseException as error:
        if again and isinstance(error, ProviderUnavailable) and not _is_over(row):
            raise
        reason = str(error) if isinstance(error, BridgeError) else type(error).__name__
        _note(row, state=ExportState.FAILED, reason=reason[:300], ended_at=timezone.now(), secret={})
        raise


def _load(export: Export, row: ProviderExport, url: str, into: BinaryIO) -> bool:
    """Write what is at the address into the file; False when the address is no longer good."""
    if not _may_fetch_from(url, export.hosts):
        raise ProviderRefused(
            "foreign_export_host",
            _("The test provider offers its export at an address that is not allowed."),
            _("If the address is the provider's, an administrator can allow its host in the account's settings."),
            detail=f"{export.what} {export.about}: host {_host(url) or 'unreadable'}",
        )
    _note(row, state=ExportState.LOADING)
    into.seek(0)
    into.truncate()
    try:
        # Without our token: whoever signed the address does not know it, and it is nobody else's.
        answer = http.download(url, into, timeout=TIMEOUT, deadline=export.seconds, max_bytes=export.max_bytes)
    except http.HttpProblem as problem:
        raise _unavailable(export, str(problem)) from None
    if answer.status in _EXPIRED:
        return False
    if answer.status != 200:
        raise _unavailable(export, f"its address answers with HTTP {answer.status}")
    into.flush()
    return True


def _may_fetch_from(url: str, hosts: Collection[str]) -> bool:
    """Whether an address is at one of the hosts; by https, or where the host is written with http:// before it."""
    host = _host(url)
    if not host:
        return False
    if urlsplit(url).scheme != "https":
        return f"http://{urlsplit(url).netloc.lower()}" in hosts
    return any(host.endswith(each) if each.startswith(".") else host == each for each in hosts)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower() if parts.username is None else ""
    except ValueError:
        return ""


def _note(row: ProviderExport, **changed: object) -> ProviderExport:
    for name, value in changed.items():
        setattr(row, name, value)
    # And nothing else: somebody may look while somebody else takes it.
    row.save(update_fields=changed)
    log.info("export", export_id=row.pk, what=row.what, state=str(row.state), progress=row.progress)
    return row


def _unavailable(export: Export, why: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        "export_not_ready",
        _("The test provider did not hand out the export in time."),
        _("Try again in a few minutes. Nothing is lost."),
        detail=f"{export.what} {export.about}: {why}",
    )
