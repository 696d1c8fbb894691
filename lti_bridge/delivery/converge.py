"""Make the LMS hold what a cell wants: claim, read back where in doubt, send, write down, give the lease back.

No transaction is open while the LMS is asked. A try is written before its request, so that a worker that dies leaves a
trace; the next one then reads back instead of guessing.
"""

import time
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from lti_bridge.delivery import breaker, lease, lti11, retry, settle
from lti_bridge.delivery.judge import Whose, judge
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import Cell, CellState, Try, TryKind, TryResult

#: Workers that may die in a row over one cell before a person has to look.
CRASHES = 5


def deliver_due(*, limit: int | None = None, seconds: float | None = None) -> int:
    """Work at due cells until there are none left, or ``limit`` or ``seconds`` are used up. Gives how many."""
    end = time.monotonic() + seconds if seconds is not None else None
    done = 0
    while (limit is None or done < limit) and (end is None or time.monotonic() < end) and deliver():
        done += 1
    return done


def deliver(cell_id: int | None = None) -> bool:
    """Work at one due cell: that one, or the one that is due the longest. False when there was none to be had."""
    cell = lease.claim(cell_id)
    if cell is None:
        return False
    _learn_from_the_dead(cell)
    if cell.crashes >= CRASHES:
        settle.undelivered(cell, Verdict(TryResult.UNCLEAR, "workers_died", patience=Patience.NONE))
    elif cell.state == CellState.DELIVERED:
        _look(cell)
    else:
        _converge(cell)
    return True


def _learn_from_the_dead(cell: Cell) -> None:
    """A try that is still under way belongs to a worker that died: nobody knows what came of it."""
    if not cell.crashes:
        return
    left = Try.objects.filter(cell=cell, result=TryResult.UNDER_WAY)
    kinds = set(left.values_list("kind", flat=True))
    left.update(result=TryResult.UNCLEAR, reason="workers_died", ended_at=timezone.now())
    if kinds - {TryKind.READ}:
        cell.tries_used += 1
        cell.doubt_until = retry.doubt_until(timezone.now())


def _converge(cell: Cell) -> None:
    """The gradebook does not hold what is wanted, as far as we know.

    A version that was sent before without a clear answer is read back first: it may be there, or a teacher may have
    changed it since. A new version is sent, whatever the gradebook holds.
    """
    if not (cell.doubt_until and cell.tries_used):
        return _send(cell)
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is None:
        return _act_on(cell, found)
    if found.verdict.result == TryResult.UNREADABLE:
        return _send(cell)
    return settle.undelivered(cell, found.verdict)


def _look(cell: Cell) -> None:
    """A delivered cell in doubt: an older request may have come through late. Look, and mend it."""
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is None:
        return _act_on(cell, found)
    if found.verdict.result != TryResult.UNREADABLE:
        return settle.looked_in_vain(cell)
    if cell.doubt_until and timezone.now() < cell.doubt_until:
        return settle.looked_in_vain(cell, again_at=cell.doubt_until)
    # It cannot be read at all: say it once more, now that nothing older can arrive any more.
    return _send(cell)


def _act_on(cell: Cell, found: Reading) -> None:
    wanted = None if cell.wanted_score is None else lti11.clamped(cell.wanted_score)
    match judge(wanted, found.score, _ever_sent(cell), taken=cell.state == CellState.DELIVERED):
        case Whose.WANTED:
            settle.delivered(cell)
        case Whose.EARLIER:
            _send(cell)
        case Whose.FOREIGN:
            settle.differs(cell, found.score)


def _ever_sent(cell: Cell) -> list[Decimal]:
    scores = Try.objects.filter(cell=cell, kind=TryKind.SEND, score__isnull=False).values_list("score", flat=True)
    return [lti11.clamped(score) for score in set(scores) if score is not None]


def _send(cell: Cell) -> None:
    row = _begin(cell, TryKind.CLEAR if cell.wanted_score is None else TryKind.SEND)
    if row is None:
        return
    verdict = lti11.send(cell)
    _tell_breaker(cell, verdict)
    with transaction.atomic():
        _end(row, verdict)
        if verdict.delivered:
            settle.delivered(cell)
        else:
            settle.undelivered(cell, verdict)


def _read_back(cell: Cell) -> Reading | None:
    """Read the cell back and write that down too. None when the lease was lost."""
    row = _begin(cell, TryKind.READ)
    if row is None:
        return None
    found = lti11.read_back(cell)
    result = TryResult.MISSING if found.score is None else TryResult.CONFIRMED
    text = "" if found.score is None else f"{found.score:f}"
    verdict = found.verdict or Verdict(result, text=text, status=found.status)
    _end(row, verdict)
    _tell_breaker(cell, verdict)
    return found


def _begin(cell: Cell, kind: TryKind) -> Try | None:
    """Write a try down and have the whole lease ahead for it. None when the lease was lost: then nothing is sent."""
    with transaction.atomic():
        if not lease.renew(cell):
            return None
        score = cell.wanted_score if kind == TryKind.SEND else None
        return Try.objects.create(
            cell=cell, kind=kind, version=cell.wanted_version, score=score, started_at=timezone.now()
        )


def _end(row: Try, verdict: Verdict) -> None:
    Try.objects.filter(pk=row.pk).update(
        result=verdict.result,
        status=verdict.status,
        reason=verdict.reason,
        reason_text=verdict.text[:500],
        ended_at=timezone.now(),
    )


def _tell_breaker(cell: Cell, verdict: Verdict) -> None:
    if verdict.silent:
        breaker.failed(cell.platform_id, f"{verdict.reason} {verdict.text}".strip())
    elif verdict.status:
        # Without a status nobody was asked, and nothing is known about the platform.
        breaker.worked(cell.platform)
