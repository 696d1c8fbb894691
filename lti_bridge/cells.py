"""Rows of gradebook cells, for many attempts at once: found or made, locked, and saved, with few statements.

What stands in them is ``gradebook``'s business.
"""

from collections.abc import Sequence
from typing import Any

from lti_bridge.models import Attempt, Cell, Grade, LineItem

#: A learner's and a resource link's id.
Key = tuple[int, int]


def cell_of(attempt: Attempt) -> Key:
    """Which cell an attempt's grades go to: attempts with the same key share it."""
    return attempt.learner_id, attempt.resource_link_id


def locked(attempts: Sequence[Attempt]) -> dict[Key, Cell]:
    """The cells of some attempts with their rows locked, perhaps with others; made where they are missing.

    Rows are locked in one order everywhere, so that nobody waits for somebody who waits for them.
    """
    if not attempts:
        return {}
    cells = _those_there(attempts)
    # A launch has made them nearly always: an exam's grades come by the thousand, and each statement counts.
    if missing := [each for each in attempts if cell_of(each) not in cells]:
        _make(missing)
        cells = _those_there(attempts)
    return cells


def ledger_of(attempts: Sequence[Attempt]) -> dict[Key, list[Grade]]:
    """All grades of the cells of some attempts, by whichever attempt they came; perhaps of others too."""
    ledger: dict[Key, list[Grade]] = {}
    for grade in Grade.objects.filter(**_of(attempts, "attempt__")).select_related("attempt"):
        ledger.setdefault(cell_of(grade.attempt), []).append(grade)
    return ledger


def save(cells: Sequence[Cell]) -> None:
    """Save what is wanted of locked cells, and where they stand for it."""
    if len(cells) == 1:
        cells[0].save()
    elif cells:
        # All of them exist: an upsert is the one statement that gives each row values of its own at a good price.
        Cell.objects.bulk_create(cells, update_conflicts=True, unique_fields=["pk"], update_fields=_WANTED)


#: What changes of a cell when something else is wanted.
_WANTED = (
    "state",
    "wanted_version",
    "wanted_grade",
    "wanted_score",
    "wanted_progress",
    "wanted_at",
    "only_comment",
    "held",
    "found_score",
    "due_at",
    "tries_used",
    "crashes",
    "reason",
    "reason_text",
    "updated_at",
)


def _those_there(attempts: Sequence[Attempt]) -> dict[Key, Cell]:
    rows = Cell.objects.select_for_update().order_by("pk").filter(**_of(attempts))
    return {(each.learner_id, each.resource_link_id): each for each in rows}


def _of(attempts: Sequence[Attempt], before: str = "") -> dict[str, Any]:
    learners, links = ({getattr(each, name) for each in attempts} for name in ("learner_id", "resource_link_id"))
    return {f"{before}learner__in": learners, f"{before}resource_link__in": links}


def _make(attempts: Sequence[Attempt]) -> None:
    links = {each.resource_link_id for each in attempts}
    column_of = dict(LineItem.objects.filter(resource_link__in=links).values_list("resource_link_id", "pk"))
    Cell.objects.bulk_create(
        [
            Cell(
                learner_id=learner_id,
                resource_link_id=link_id,
                platform_id=platform_id,
                line_item_id=column_of.get(link_id),
            )
            for (learner_id, link_id), platform_id in sorted(
                (cell_of(each), each.learner.platform_id) for each in attempts
            )
        ],
        ignore_conflicts=True,
    )
