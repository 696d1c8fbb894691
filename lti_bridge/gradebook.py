"""What a gradebook cell should hold, and when a worker should look at it.

Everything that changes the *wanted* side of a cell is here, each inside one transaction with the row locked. The *sent*
side belongs to ``delivery/``. A wake-up call goes out on commit; the sweep makes up for lost ones.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lti_bridge import cells, grading
from lti_bridge.advantage import line_items
from lti_bridge.cells import cell_of
from lti_bridge.delivery import comments
from lti_bridge.delivery.quirks import quirks_of
from lti_bridge.delivery.tasks import wake
from lti_bridge.launch.launch import OutcomeAddress
from lti_bridge.models import (
    Attempt,
    AttemptState,
    Cell,
    CellState,
    Grade,
    Learner,
    LineItem,
    Release,
    ResourceLink,
    TryKind,
)
from lti_bridge.versions import next_version

#: Told to an LMS that wants to know, in this order.
_PROGRESS = (AttemptState.STARTED, AttemptState.SUBMITTED, AttemptState.MARKING)


def refresh(attempts: Sequence[Attempt]) -> list[Cell]:
    """Make the cells of some attempts want what the ledger and the activity's rule say. No two attempts of one cell.

    Call it inside the transaction that changed the ledger. Nothing changes when the wanted score stays the same, and
    with it the comment that the LMS takes.
    """
    rows, ledger, now = cells.locked(attempts), cells.ledger_of(attempts), timezone.now()
    theirs = [rows[cell_of(each)] for each in attempts]
    changed = [
        cell
        for attempt, cell in zip(attempts, theirs, strict=True)
        if _want(cell, attempt, _grade_that_counts(attempt, ledger.get(cell_of(attempt), ())), now)
    ]
    _save(changed)
    return theirs


def _want(cell: Cell, attempt: Attempt, grade: Grade | None, now: datetime) -> bool:
    """Have a locked cell want a grade. Does not save; gives whether anything changed."""
    score, grade_id = grading.wanted_score(grade), grade.pk if grade else None
    if score == cell.wanted_score and not comments.change(cell, grade):
        changed = grade_id != cell.wanted_grade_id
        cell.wanted_grade_id = grade_id
        return changed
    only_comment = score == cell.wanted_score and (cell.only_comment or _is_there_or_differs(cell))
    if not cell.has_result:
        cell.held = cell.held or attempt.activity.release == Release.MANUAL
    cell.wanted_grade_id, cell.wanted_score, cell.wanted_progress = grade_id, score, ""
    _want_anew(cell, now, only_comment=only_comment)
    return True


def _is_there_or_differs(cell: Cell) -> bool:
    """Whether the LMS took what is wanted, or is known to hold what somebody else entered."""
    return cell.sent_version == cell.wanted_version or cell.state == CellState.DIFFERS


def tell_progress(attempts: Sequence[Attempt]) -> None:
    """Let the LMS know that attempts have begun, were handed in or are being marked, where it wants to know, by AGS.

    Call it inside the transaction that moved the attempts on. Nothing is ever told once there was a score: some LMSs
    would take it away. No two attempts of one cell.
    """
    attempts = [each for each in attempts if _is_told(each)]
    rows, now = cells.locked(attempts), timezone.now()
    _save([cell for each in attempts if _progress(cell := rows[cell_of(each)], each, now)])


def _progress(cell: Cell, attempt: Attempt, now: datetime) -> bool:
    if cell.has_result or cell.line_item_id is None or cell.held:
        return False
    told = _PROGRESS.index(AttemptState(cell.wanted_progress)) if cell.wanted_progress else -1
    if _PROGRESS.index(AttemptState(attempt.state)) <= told:
        return False
    cell.wanted_progress = attempt.state
    _want_anew(cell, now)
    return True


def _is_told(attempt: Attempt) -> bool:
    platform = attempt.learner.platform
    if attempt.state not in _PROGRESS or not platform.sends_progress:
        return False
    # That somebody begins is not worth a grade that a teacher may have entered before.
    return attempt.state != AttemptState.STARTED or not quirks_of(platform.family).scores.forgets_unless_final


def learn_address(learner: Learner, link: ResourceLink, address: OutcomeAddress | LineItem, cell: Cell | None) -> None:
    """Keep the newest address the LMS gave for this learner and link: a column, or an address of LTI 1.1.

    ``cell``: theirs, if it is there already. One that waited for an address, or was refused at the old one, is tried
    again.
    """
    fields = _address_fields(address)
    if cell and all(getattr(cell, name) == value for name, value in fields.items()):
        return
    now = timezone.now()
    fields["addressed_at"] = now
    if cell is None:
        cell, made = Cell.objects.get_or_create(
            learner=learner, resource_link=link, defaults={"platform_id": learner.platform_id, **fields}
        )
        if made:
            return
    if not Cell.objects.filter(pk=cell.pk).exclude(state__in=_ADDRESS_MATTERS).update(**fields):
        with transaction.atomic():
            cell = Cell.objects.select_for_update().get(pk=cell.pk)
            for name, value in fields.items():
                setattr(cell, name, value)
            _start_over(cell, now)
            _save([cell])


def use_line_item(cell_id: int, line_item: LineItem) -> None:
    """Send a grade that waits, or was refused, to the column that the LMS told now. LTI 1.1's address stays kept."""
    with transaction.atomic():
        cell = Cell.objects.select_for_update().get(pk=cell_id)
        if cell.state not in _ADDRESS_MATTERS or (cell.has_address and cell.line_item_id != line_item.pk):
            return
        cell.line_item = line_item
        _start_over(cell, timezone.now())
        _save([cell])


def _address_fields(address: OutcomeAddress | LineItem) -> dict[str, Any]:
    """What a cell keeps of an address. The form that was told last is the one that counts."""
    if isinstance(address, LineItem):
        return {"line_item_id": address.pk}
    return {
        "line_item_id": None,
        "lti11_id": address.registration_id,
        "outcome_service_url": address.service_url,
        "result_sourcedid": address.sourcedid,
        "accepts": list(address.accepts),
    }


#: In these states a new address is a reason to try at once.
_ADDRESS_MATTERS = (CellState.WAITING, CellState.NEEDS_ACTION)


@transaction.atomic
def hold(cell: Cell) -> None:
    """Keep a grade from leaving until it is released. What the gradebook holds already stays there."""
    cell = Cell.objects.select_for_update().get(pk=cell.pk)
    cell.held = True
    if cell.state in (CellState.PENDING, CellState.WAITING, CellState.NEEDS_ACTION):
        _start_over(cell, timezone.now())
        _save([cell])
    else:
        cell.save(update_fields=["held", "updated_at"])


@transaction.atomic
def release(cell: Cell) -> None:
    """Let a held grade leave. Later grades of this cell leave by themselves."""
    cell = Cell.objects.select_for_update().get(pk=cell.pk)
    cell.held = False
    if cell.state == CellState.HELD:
        _start_over(cell, timezone.now())
        _save([cell])
    else:
        cell.save(update_fields=["held", "updated_at"])


def release_all(link: ResourceLink) -> int:
    """Release every held grade of a resource link; gives how many."""
    cells = list(Cell.objects.filter(resource_link=link, held=True))
    for cell in cells:
        release(cell)
    return len(cells)


@transaction.atomic
def deliver_again(cell: Cell) -> bool:
    """Send what is wanted once more, with the whole schedule ahead, whatever the gradebook holds: as a new version.

    A column that was deleted is looked for again, and made anew if need be, for all whose grades wait for it. Gives
    False, and changes nothing, when there is nothing to send or it is held.
    """
    cell = Cell.objects.select_for_update().get(pk=cell.pk)
    if not cell.has_result or cell.held or not cell.has_address:
        return False
    if cell.line_item is not None and line_items.look_again(cell.line_item):
        _serve_the_others(cell)
    _want_anew(cell, timezone.now())
    _save([cell])
    return True


def _serve_the_others(cell: Cell) -> None:
    """Let the grades that wait for the same column go too."""
    waiting = Cell.objects.filter(line_item=cell.line_item_id, state=CellState.NEEDS_ACTION, reason="column_deleted")
    for other in waiting.exclude(pk=cell.pk).select_for_update(skip_locked=True):
        _start_over(other, timezone.now())
        _save([other])


def _grade_that_counts(attempt: Attempt, grades: Iterable[Grade]) -> Grade | None:
    """By the rule of what the link is bound to; what it was bound to before counts while that has no grade."""
    bound = attempt.resource_link.activity or attempt.activity
    for activity in (bound, attempt.activity):
        standing = _standing(each for each in grades if each.attempt.activity_id == activity.pk)
        if standing:
            return grading.choose(standing, activity.attempt_rule)
    return None


def _standing(grades: Iterable[Grade]) -> list[grading.AttemptGrade]:
    by_number: dict[int, list[Grade]] = {}
    for grade in grades:
        by_number.setdefault(grade.attempt.number, []).append(grade)
    return [
        grading.AttemptGrade(number, top)
        for number, of_attempt in by_number.items()
        if (top := grading.newest(of_attempt)) is not None
    ]


def _want_anew(cell: Cell, now: datetime, *, only_comment: bool = False) -> None:
    """What a locked cell wants becomes a new version, with a time of its own."""
    next_version(cell, now)
    cell.only_comment = only_comment
    _start_over(cell, now)


def _start_over(cell: Cell, now: datetime) -> None:
    """Put a locked cell into the state that follows from its wanted side. Does not save."""
    cell.tries_used = cell.crashes = 0
    cell.reason = cell.reason_text = cell.found_score = ""
    cell.due_at = None
    if cell.wanted_version == cell.sent_version:
        # A check that doubt asked for stays due.
        cell.state = CellState.EMPTY if cell.wanted_score is None else CellState.DELIVERED
        cell.due_at = cell.doubt_until and now
    elif cell.wanted_score is None and not cell.wanted_progress and not _is_there_something_to_clear(cell):
        # The result was taken back before any of it left.
        cell.state = CellState.EMPTY
    elif cell.held:
        cell.state = CellState.HELD
    elif not cell.has_address:
        cell.state = CellState.WAITING
    else:
        cell.state = CellState.PENDING
        cell.due_at = now


def _is_there_something_to_clear(cell: Cell) -> bool:
    return cell.sent_score is not None or cell.tries.filter(kind__in=(TryKind.SEND, TryKind.CLEAR)).exists()


def _save(changed: Sequence[Cell]) -> None:
    """Save locked cells, and wake workers for what is due: whoever is woken for one looks for others as well."""
    cells.save(changed)
    due = [cell.pk for cell in changed if cell.due_at][: settings.DELIVERY_WORKERS]
    transaction.on_commit(lambda: _wake(due))


def _wake(due: Sequence[int]) -> None:
    for cell_id in due:
        wake(cell_id)
