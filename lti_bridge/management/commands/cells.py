"""``lti-bridge cells``: gradebook cells by state. Shows no names and no e-mail addresses."""

import json
import shutil
from argparse import ArgumentParser
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, QuerySet
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lti_bridge.delivery import limits
from lti_bridge.delivery.reasons import sentence
from lti_bridge.models import Cell, CellState, Platform

HEADINGS = ("id", "platform", "course", "link", "learner", "state", "wanted", "sent", "tries", "next due", "reason")


@dataclass(frozen=True, slots=True)
class CellLine:
    """A cell as operators see it; the learner by our own id."""

    id: int
    platform: str
    course: str
    link: str
    learner: str
    state: str
    wanted: str
    sent: str
    tries: int
    next_due: str
    reason: str

    @classmethod
    def of(cls, cell: Cell) -> Self:
        context = cell.resource_link.context
        words = (sentence(cell.reason), cell.reason_text, limits.in_words(cell, cell.wanted_score))
        return cls(
            id=cell.pk,
            platform=cell.platform.name,
            course=_printable(context.label or context.context_id),
            link=_printable(cell.resource_link.title or cell.resource_link.resource_link_id),
            learner=cell.learner.opaque_id,
            state=cell.state,
            wanted=percent(cell.wanted_score),
            sent=percent(cell.sent_score),
            tries=cell.tries_used,
            next_due=_moment(cell.due_at),
            reason=_printable(" ".join(filter(None, words))),
        )


def percent(score: Decimal | None) -> str:
    """``80 %``; a dash for no grade, because zero is a grade."""
    return "–" if score is None else f"{(score * 100).quantize(Decimal('0.01')).normalize():f} %"


def count_by_state(cells: QuerySet[Cell]) -> dict[str, int]:
    """How many cells are in each state, in the order of the states; states without any are left out."""
    counted = dict(cells.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted[state] for state in CellState.values if state in counted}


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z" if moment else ""


def _printable(text: str) -> str:
    # Titles and answers come from LMSs, and a terminal obeys control characters.
    return "".join(each if each.isprintable() else " " for each in text)


class Command(BaseCommand):
    help = "Lists gradebook cells: how many in each state, then one line each. Learners are shown by our own id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", choices=CellState.values)
        parser.add_argument("--platform", metavar="NAME")
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="lines at most (default: 50)")
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *, state: str | None, platform: str | None, limit: int, json: bool, **_: Any) -> None:
        cells = Cell.objects.all()
        if platform:
            if not Platform.objects.filter(name=platform).exists():
                raise CommandError(f'There is no platform named "{platform}".')
            cells = cells.filter(platform__name=platform)
        counts = count_by_state(cells)
        if state:
            cells = cells.filter(state=state)
        related = cells.select_related("platform", "learner", "resource_link__context")
        lines = [CellLine.of(cell) for cell in related.order_by("due_at", "pk")[: max(limit, 0)]]
        if json:
            self.stdout.write(_as_json(counts, lines))
            return
        self.stdout.write("  ".join(f"{name}: {number}" for name, number in counts.items()) or "There are no cells.")
        if lines:
            self.stdout.write(_table(lines), ending="")
        left_out = cells.count() - len(lines)
        if left_out:
            self.stdout.write(f"… and {left_out} more (--limit).")


def _as_json(counts: dict[str, int], lines: list[CellLine]) -> str:
    return json.dumps({"states": counts, "cells": [asdict(line) for line in lines]}, indent=2, ensure_ascii=False)


def _table(lines: list[CellLine]) -> str:
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for line in lines:
        table.add_row(*(Text(str(value)) for value in asdict(line).values()))
    console = Console(width=shutil.get_terminal_size((180, 50)).columns, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()
