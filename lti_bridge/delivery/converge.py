"""Make the LMS hold what a cell wants: claim, read back where in doubt, send, write down, give the lease back.

No transaction is open while the LMS is asked. A try is written before its request, so that a worker that dies leaves a
trace; the next one then reads back instead of guessing.
"""

import time

import structlog
from django.db import transaction
from django.utils import timezone

from lti_bridge.delivery import breaker, gradebooks, lease, retry, settle, submissions
from lti_bridge.delivery.judge import Whose, judge
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import Cell, Try, TryKind, TryResult

log = structlog.get_logger(__name__)

#: Workers that may die in a row over requests of one cell before a person has to look.
CRASHES = 5
_WRITES = (TryKind.SEND, TryKind.CLEAR, TryKind.TELL)


def deliver_due(*, limit: int | None = None, seconds: float | None = None) -> int:
    """Work at due cells until there are none left, or ``limit`` or ``seconds`` are used up. Gives how many."""
    end = time.monotonic() + seconds if seconds is not None else None
    done = 0
    while (limit is None or done < limit) and (end is None or time.monotonic() < end) and deliver():
        done += 1
    return done


def deliver(cell_id: int | None = None) -> bool:
    """Work at one due cell: that one, or the one that is due the longest. False when there was none to be had.

    A fault of our own over one cell is logged and tried again on its schedule; it does not stop the others.
    """
    claim = lease.claim(cell_id)
    if claim is None:
        return False
    cell = claim.cell
    try:
        if claim.abandoned:
            _learn_from_the_dead(cell)
        _work(cell)
    except Exception:  # the boundary of one cell's work
        log.exception("cell_not_delivered", cell_id=cell.pk)
        settle.undelivered(cell, Verdict(TryResult.UNAVAILABLE, "our_fault"))
    return True


def _work(cell: Cell) -> None:
    if cell.crashes >= CRASHES:
        settle.undelivered(cell, Verdict(TryResult.UNCLEAR, "workers_died", patience=Patience.NONE))
    elif cell.tells_progress and (cell.sent_version == cell.wanted_version or _was_sent_without_answer(cell)):
        # Said twice it could take away a grade that a teacher entered meanwhile.
        settle.untold(cell)
    elif cell.sent_version == cell.wanted_version:
        _look(cell)
    else:
        _converge(cell)


def _learn_from_the_dead(cell: Cell) -> None:
    """A try that is still under way belongs to a worker that died: nobody knows what came of it.

    That is written down before anything else is done, or a second death would forget it.
    """
    with transaction.atomic():
        left = Try.objects.filter(cell=cell, result=TryResult.UNDER_WAY)
        kinds = set(left.values_list("kind", flat=True))
        if not kinds:
            return
        left.update(result=TryResult.UNCLEAR, reason="workers_died", ended_at=timezone.now())
        cell.crashes += 1
        if kinds & set(_WRITES):
            cell.tries_used += 1
            cell.doubt_until = retry.doubt_until(timezone.now())
        known = {name: getattr(cell, name) for name in ("crashes", "tries_used", "doubt_until")}
        Cell.objects.filter(pk=cell.pk, lease=cell.lease).update(**known)


def _converge(cell: Cell) -> None:
    """The gradebook does not hold what is wanted, as far as we know.

    A version that was sent before without a clear answer is read back first: it may be there, or a teacher may have
    changed it since. A new version is sent, whatever the gradebook holds, but for one that only brings another comment.
    """
    if not _was_sent_without_answer(cell):
        return _send_comment(cell) if cell.only_comment else _send(cell)
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is None:
        return _act_on(cell, found)
    if _cannot_be_read(cell, found.verdict):
        return _send(cell)
    return settle.undelivered(cell, found.verdict)


def _send_comment(cell: Cell) -> None:
    """Another comment goes with the score again, unless the gradebook holds a score that was never ours."""
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is not None and found.verdict.result != TryResult.UNREADABLE:
        return settle.undelivered(cell, found.verdict)
    if found.verdict is None and _whose(cell, found, taken=True) is Whose.FOREIGN:
        return settle.differs(cell, found.score)
    return _send(cell)


def _look(cell: Cell) -> None:
    """A delivered cell in doubt: an older request may have come through late. Look, and mend it."""
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is None:
        return _act_on(cell, found)
    if not _cannot_be_read(cell, found.verdict):
        return settle.looked_in_vain(cell)
    if _is_in_doubt(cell):
        return settle.looked_in_vain(cell, again_at=cell.doubt_until)
    # Say it once more, now that nothing older can arrive any more.
    return _send(cell)


def _was_sent_without_answer(cell: Cell) -> bool:
    if cell.doubt_until is None:
        return False
    tries = Try.objects.filter(cell=cell, version=cell.wanted_version, kind__in=_WRITES)
    return tries.filter(result=TryResult.UNCLEAR).exists()


def _cannot_be_read(cell: Cell, verdict: Verdict) -> bool:
    """Whether reading is of no use: the LMS does not know how, or answers nothing but errors until doubt is over."""
    return verdict.result == TryResult.UNREADABLE or not (verdict.silent or verdict.uncounted or _is_in_doubt(cell))


def _is_in_doubt(cell: Cell) -> bool:
    return cell.doubt_until is not None and timezone.now() < cell.doubt_until


def _act_on(cell: Cell, found: Reading) -> None:
    taken = cell.sent_version == cell.wanted_version
    match _whose(cell, found, taken=taken):
        case Whose.WANTED:
            settle.delivered(cell)
        case Whose.EARLIER:
            _send(cell)
        case Whose.FOREIGN:
            settle.differs(cell, found.score)


def _whose(cell: Cell, found: Reading, *, taken: bool) -> Whose:
    carried = gradebooks.of(cell).carried
    wanted = None if cell.wanted_score is None else carried(cell.wanted_score)
    tries = Try.objects.filter(cell=cell, kind=TryKind.SEND, score__isnull=False).values_list("score", flat=True)
    ever_sent = [carried(score) for score in set(tries) if score is not None]
    return judge(wanted, found.score, ever_sent, taken=taken)


def _send(cell: Cell) -> None:
    row = _begin(cell, _kind_of(cell))
    if row is None:
        return
    verdict = gradebooks.of(cell).send(cell)
    if verdict.silent:
        breaker.failed(cell.platform_id, f"{verdict.reason} {verdict.text}".strip())
    with transaction.atomic():
        _end(row, verdict)
        if verdict.untouched:
            submissions.take_back(cell)
        if verdict.delivered:
            settle.delivered(cell)
        elif not verdict.outdated:
            settle.undelivered(cell, verdict)
    _platform_answered(cell, verdict)
    if verdict.outdated:
        _see_what_is_newer(cell)


def _see_what_is_newer(cell: Cell) -> None:
    """The LMS holds a score of the same or a later time: ours, which an earlier try told it, or another one."""
    if cell.tells_progress:
        return settle.untold(cell)
    tries = Try.objects.filter(cell=cell, version=cell.wanted_version, kind__in=_WRITES)
    taken = tries.filter(result=TryResult.UNCLEAR).exists()
    found = _read_back(cell)
    if found is None:
        return None
    if found.verdict is not None and not _cannot_be_read(cell, found.verdict):
        return settle.undelivered(cell, found.verdict)
    whose = _whose(cell, found, taken=taken) if found.verdict is None else Whose.WANTED if taken else Whose.EARLIER
    match whose:
        case Whose.WANTED:
            settle.delivered(cell)
        case Whose.EARLIER:
            settle.outdated(cell)
        case Whose.FOREIGN:
            settle.differs(cell, found.score)


def _kind_of(cell: Cell) -> TryKind:
    if cell.wanted_score is not None:
        return TryKind.SEND
    return TryKind.TELL if cell.tells_progress else TryKind.CLEAR


def _read_back(cell: Cell) -> Reading | None:
    """Read the cell back and write that down too. None when the lease was lost or the row moved on."""
    row = _begin(cell, TryKind.READ)
    if row is None:
        return None
    found = gradebooks.of(cell).read_back(cell)
    result = TryResult.MISSING if found.score is None else TryResult.CONFIRMED
    text = "" if found.score is None else f"{found.score:f}"
    verdict = found.verdict or Verdict(result, text=text, status=found.status)
    if verdict.silent:
        breaker.failed(cell.platform_id, f"{verdict.reason} {verdict.text}".strip())
    _end(row, verdict)
    _platform_answered(cell, verdict)
    return found


def _begin(cell: Cell, kind: TryKind) -> Try | None:
    """Write a try down and have the whole lease ahead for it.

    None when the lease was lost, or when the row wants something else by now: then nothing is sent.
    """
    with transaction.atomic():
        row = settle.locked(cell)
        if row is None:
            return None
        if not settle.is_unchanged(row, cell):
            settle.moved_on(cell)
            return None
        lease.renew(cell)
        if kind == TryKind.SEND:
            submissions.announce(cell)
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


def _platform_answered(cell: Cell, verdict: Verdict) -> None:
    # Without a status nobody was asked, and nothing is known about the platform.
    if verdict.status and not verdict.silent:
        breaker.worked(cell.platform)
