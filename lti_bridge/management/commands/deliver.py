"""``lti-bridge deliver``: deliver what is due, now and in this process; needs neither broker nor worker."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q, QuerySet

from lti_bridge import gradebook
from lti_bridge.delivery import converge, limits
from lti_bridge.delivery.reasons import advice, sentence
from lti_bridge.management.commands.cells import count_by_state, percent
from lti_bridge.models import Cell, CellState

#: Between two looks at what is due.
PAUSE = 1.0


class Command(BaseCommand):
    help = (
        "Delivers the grades that are due now. With --again: the named cells once more, with the whole schedule "
        "ahead. Exit code 1 when a cell (a named one, if any are) needs action afterwards."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cell", type=int, nargs="+", default=[], metavar="ID", help="these cells alone")
        parser.add_argument("--state", choices=(CellState.NEEDS_ACTION.value, CellState.DIFFERS.value))
        parser.add_argument("--again", action="store_true", help="deliver cells of --cell or --state once more")
        parser.add_argument("--wait", type=float, default=0, metavar="SECONDS", help="stay for what becomes due")

    def handle(self, *, cell: list[int], state: str | None, again: bool, wait: float, **_: Any) -> None:
        named = self._named(cell, state)
        if again:
            if named is None:
                raise CommandError("Say which: --again goes with --cell or --state.")
            # A list, because delivering again changes the state that they were found by.
            self._begin_again(named)
        elif state:
            raise CommandError("--state goes with --again: cells in these states are not due by themselves.")
        ids = None if named is None else [each.pk for each in named]
        worked_at = _deliver(ids, time.monotonic() + wait)
        self.stdout.write(f"Worked at {worked_at} {'cell' if worked_at == 1 else 'cells'}.")
        self._report(Cell.objects.all() if ids is None else Cell.objects.filter(pk__in=ids), one_by_one=ids is not None)

    def _named(self, ids: list[int], state: str | None) -> list[Cell] | None:
        """The cells that the command line names; None when it names none."""
        if not ids and not state:
            return None
        cells = list(Cell.objects.filter(Q(pk__in=ids) if ids else Q()).filter(Q(state=state) if state else Q()))
        missing = set(ids) - {cell.pk for cell in cells}
        if missing:
            such = f" in state {state}" if state else ""
            raise CommandError(f"There is no cell {', '.join(map(str, sorted(missing)))}{such}.")
        return cells

    def _begin_again(self, cells: list[Cell]) -> None:
        for cell in cells:
            if not gradebook.deliver_again(cell):
                self.stdout.write(f"cell {cell.pk}: {_why_not(cell)}")

    def _report(self, cells: QuerySet[Cell], *, one_by_one: bool) -> None:
        if one_by_one:
            for cell in cells.order_by("pk"):
                self.stdout.write(_line(cell))
        else:
            counts = count_by_state(cells)
            self.stdout.write(
                "  ".join(f"{name}: {number}" for name, number in counts.items()) or "There are no cells."
            )
        if cells.filter(state=CellState.NEEDS_ACTION).exists():
            raise SystemExit(1)


def _deliver(ids: list[int] | None, until: float) -> int:
    """Deliver what is due until there is nothing left, or nothing more to wait for, or no time."""
    done = 0
    while True:
        done += converge.deliver_due() if ids is None else sum(converge.deliver(each) for each in ids)
        pending = Cell.objects.filter(state=CellState.PENDING, **({} if ids is None else {"pk__in": ids}))
        if time.monotonic() >= until or not pending.exists():
            return done
        time.sleep(min(PAUSE, max(0.0, until - time.monotonic())))


def _why_not(cell: Cell) -> str:
    if not cell.has_result:
        return "nothing to deliver, there never was a grade"
    if cell.held:
        return "not delivered, its grade is held: the instructor releases it on the link's page"
    return "not delivered, the LMS never said where the grade goes: the learner opens the link once more"


def _line(cell: Cell) -> str:
    why = (sentence(cell.reason), advice(cell.reason), limits.in_words(cell, cell.wanted_score))
    words = " ".join(filter(None, why))
    due = f", due {cell.due_at:%Y-%m-%d %H:%M:%S}Z" if cell.due_at else ""
    told = f"cell {cell.pk}: {cell.state}, wanted {percent(cell.wanted_score)}, sent {percent(cell.sent_score)}{due}"
    return f"{told}. {words}".rstrip(" .") + "." if words else told
