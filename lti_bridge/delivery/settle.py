"""How work at a cell ends: what came of it is written down and the lease is given back, in one transaction.

Each function takes the cell as it was claimed. The row may have moved on meanwhile (a newer grade, another address, a
hold): then only what is true of the older version is written, and the newer one stays due. A worker that lost its lease
writes nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lti_bridge.delivery import breaker, limits, retry
from lti_bridge.delivery.quirks import OUTDATED
from lti_bridge.delivery.verdicts import Patience, Verdict
from lti_bridge.models import Cell, CellState
from lti_bridge.versions import next_version

#: After a refusal that has been seen to pass: look at it three times before a person is asked.
TRIES_BEFORE_ASKING = 3
#: Later times to try, one after the other, with an LMS that holds a score of a later time than ours.
LATER_TIMES = 3
_THREE = (Patience.THREE_TRIES, Patience.THREE_THEN_DAILY)
_ADDRESS = ("line_item_id", "lti11_id", "outcome_service_url", "result_sourcedid")


def delivered(cell: Cell) -> None:
    """The LMS holds what the claimed version wants, at the address that the claimed cell had."""
    now = timezone.now()
    with _row_of(cell) as row:
        if row is None:
            return
        row.doubt_until = cell.doubt_until if cell.doubt_until and now < cell.doubt_until else None
        if not _same_address(row, cell):
            # What was delivered there has to be delivered anew to where the LMS says now.
            return
        row.sent_version, row.sent_at = cell.wanted_version, now
        row.sent_score = limits.held(cell, cell.wanted_score)
        if row.wanted_version == cell.wanted_version:
            row.state = CellState.EMPTY if row.wanted_score is None else CellState.DELIVERED
            row.due_at = row.doubt_until and retry.next_look_at(now, row.doubt_until)
            row.reason = row.reason_text = row.found_score = ""


def looked_in_vain(cell: Cell, *, again_at: datetime | None = None) -> None:
    """A delivered cell could not be read back this time; look again."""
    now = timezone.now()
    with _row_of(cell) as row:
        if row and is_unchanged(row, cell):
            in_doubt = cell.doubt_until if cell.doubt_until and now < cell.doubt_until else None
            row.due_at = again_at or (retry.next_look_at(now, in_doubt) if in_doubt else now + retry.paced(retry.DOUBT))


def differs(cell: Cell, found: Decimal | None) -> None:
    """The gradebook holds a value that was never ours. It is shown, and never fought."""
    with _row_of(cell) as row:
        if row and is_unchanged(row, cell):
            row.state, row.due_at, row.doubt_until = CellState.DIFFERS, None, None
            row.reason, row.reason_text = "found_another", ""
            row.found_score = "" if found is None else f"{found:f}"[:60]


def outdated(cell: Cell) -> None:
    """The LMS takes no score of this time any more, and what it holds is an older one of ours: ours gets a later time.

    That is a new version of the same grade. A few in vain, and a person has to look.
    """
    now = timezone.now()
    in_vain = cell.tries.filter(reason=OUTDATED, version__gt=cell.sent_version).values("version").distinct().count()
    with _row_of(cell) as row:
        if row is None or not is_unchanged(row, cell):
            return
        if in_vain > LATER_TIMES:
            row.state, row.due_at, row.reason = CellState.NEEDS_ACTION, None, OUTDATED
        else:
            next_version(row, now)
            row.state, row.due_at = CellState.PENDING, now


def untold(cell: Cell) -> None:
    """Where an attempt stands was not taken, or nobody knows whether it was. It is not worth anybody's hand."""
    with _row_of(cell) as row:
        if row and is_unchanged(row, cell):
            row.state, row.due_at = CellState.EMPTY, None


def undelivered(cell: Cell, verdict: Verdict) -> None:
    """The claimed version did not get there, or nobody knows whether it did."""
    now = timezone.now()
    with _row_of(cell) as row:
        if row is None:
            return
        row.doubt_until = retry.doubt_until(now) if verdict.doubtful else cell.doubt_until
        if not is_unchanged(row, cell):
            return
        row.reason, row.reason_text = verdict.reason, verdict.text[:500]
        row.tries_used = cell.tries_used + (0 if _waits_for_all(row, verdict, now) else 1)
        row.state, row.due_at = _what_next(row, verdict, now)
        if row.state == CellState.NEEDS_ACTION and verdict.patience is Patience.SCHEDULE:
            row.reason = "gave_up"
        if row.state == CellState.NEEDS_ACTION and row.tells_progress:
            row.state, row.due_at, row.reason, row.reason_text = CellState.EMPTY, None, "", ""


def moved_on(cell: Cell) -> None:
    """The row moved on before anything was sent: only the lease goes back."""
    with _row_of(cell):
        pass


def is_unchanged(row: Cell, cell: Cell) -> bool:
    """Whether a row still wants what it wanted when it was claimed, at the same address."""
    same = (row.wanted_version, row.state, row.held) == (cell.wanted_version, cell.state, cell.held)
    return same and _same_address(row, cell)


def locked(cell: Cell) -> Cell | None:
    """The row of a claimed cell, locked, with its column; None when the lease was lost."""
    rows = Cell.objects.select_related("line_item").select_for_update(of=("self",))
    return rows.filter(pk=cell.pk, lease=cell.lease).first()


def _same_address(row: Cell, cell: Cell) -> bool:
    if any(getattr(row, name) != getattr(cell, name) for name in _ADDRESS):
        return False
    return row.line_item is None or cell.line_item is None or row.line_item.url == cell.line_item.url


def _waits_for_all(row: Cell, verdict: Verdict, now: datetime) -> bool:
    """Whether this try uses up nobody's patience: the platform is silent, or asks us to slow down, but not for ever."""
    if verdict.uncounted:
        return row.wanted_at is None or now - row.wanted_at < retry.paced(retry.PATIENCE)
    return verdict.silent and breaker.is_open(row.platform_id)


def _what_next(row: Cell, verdict: Verdict, now: datetime) -> tuple[CellState, datetime | None]:
    if verdict.patience is Patience.NONE:
        return CellState.NEEDS_ACTION, None
    if verdict.patience is Patience.DAILY:
        again = now + retry.paced(retry.DAILY) if row.tries_used <= retry.DAYS else None
        return CellState.NEEDS_ACTION, again
    if verdict.patience in _THREE and row.tries_used >= TRIES_BEFORE_ASKING:
        daily = verdict.patience is Patience.THREE_THEN_DAILY and row.tries_used <= TRIES_BEFORE_ASKING + retry.DAYS
        return CellState.NEEDS_ACTION, now + retry.paced(retry.DAILY) if daily else None
    again = retry.next_try_at(now, max(row.tries_used, 1), retry_after=verdict.retry_after)
    return (CellState.PENDING, again) if again else (CellState.NEEDS_ACTION, None)


@contextmanager
def _row_of(cell: Cell) -> Iterator[Cell | None]:
    """The locked row, if the lease is still ours; saved, with the lease given back, when the block ends."""
    with transaction.atomic(savepoint=False):
        row = locked(cell)
        yield row
        if row is not None:
            row.lease = row.leased_until = None
            row.crashes = 0
            row.save()
