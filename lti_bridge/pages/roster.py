"""The roster of a resource link: who has been there, how it went, and where each grade stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lti_bridge.delivery.reasons import advice
from lti_bridge.models import Attempt, AttemptState, Cell, CellState, Learner, ProviderEvent, ResourceLink
from lti_bridge.pages.words import ATTEMPT_TONES, CELL_TONES

#: Learners on one page.
ROWS = 100
HELD = _("held")
_TROUBLE = (CellState.DIFFERS, CellState.NEEDS_ACTION)


@dataclass(frozen=True, slots=True)
class Row:
    """A learner, the newest attempt and the gradebook cell, as far as there are any."""

    learner: Learner
    attempt: Attempt | None
    cell: Cell | None
    last_event_at: datetime | None

    @property
    def attempt_tone(self) -> str:
        return ATTEMPT_TONES[self.attempt.state] if self.attempt else ""

    @property
    def cell_tone(self) -> str:
        return CELL_TONES[self.cell.state] if self.cell else ""

    @property
    def advice(self) -> str:
        return advice(self.cell.reason) if self.cell and self.cell.state in _TROUBLE else ""

    @property
    def may_deliver(self) -> bool:
        return bool(self.cell and self.cell.wanted_version and self.cell.has_address and not self.cell.held)

    @property
    def may_hold(self) -> bool:
        return bool(
            self.cell and self.cell.wanted_version and not self.cell.held and self.cell.state != CellState.DELIVERED
        )


@dataclass(frozen=True, slots=True)
class Total:
    """A number of the summary line."""

    count: int
    label: str | Promise
    tone: str


def page_of(link: ResourceLink, number: str | int) -> Page[Learner]:
    """One page of the people of a link, by name."""
    return Paginator(_people(link), ROWS).get_page(number)


def rows_of(link: ResourceLink, page: Page[Learner]) -> list[Row]:
    """The rows of a page, in three queries however many they are."""
    people = list(page.object_list)
    cells = {cell.learner_id: cell for cell in link.cells.filter(learner__in=people).select_related("wanted_grade")}
    attempts = {each.learner_id: each for each in link.attempts.filter(learner__in=people).order_by("pk")}
    newest = ProviderEvent.objects.filter(attempt__resource_link=link, attempt__learner__in=people)
    told = dict(newest.order_by().values_list("attempt__learner_id").annotate(Max("received_at")))
    return [Row(each, attempts.get(each.pk), cells.get(each.pk), told.get(each.pk)) for each in people]


def totals_of(link: ResourceLink, people: int) -> list[Total]:
    """The summary line: how many there are in each state that matters."""
    cells: Counter[str] = Counter(dict(_states(link.cells.all())))
    attempts: Counter[str] = Counter(dict(_states(link.attempts.all())))
    trouble = sum(cells[state] for state in _TROUBLE)
    marking = attempts[AttemptState.SUBMITTED] + attempts[AttemptState.MARKING]
    totals = [
        Total(people, ngettext("person", "people", people), ""),
        Total(marking, _("wait for a result"), "wait"),
        Total(cells[CellState.HELD], HELD, "wait"),
        Total(cells[CellState.PENDING] + cells[CellState.WAITING], _("on the way to the gradebook"), "wait"),
        Total(cells[CellState.DELIVERED], _("in the gradebook"), "good"),
        Total(trouble, _("need a look"), "bad"),
    ]
    return [total for total in totals if total.count or total.tone == ""]


def _people(link: ResourceLink) -> QuerySet[Learner]:
    of_link = {"learner": OuterRef("pk"), "resource_link": link}
    people = Learner.objects.filter(Exists(Cell.objects.filter(**of_link)) | Exists(Attempt.objects.filter(**of_link)))
    return people.order_by("family_name", "full_name", "pk")


def _states(rows: "QuerySet[Cell] | QuerySet[Attempt]") -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("state").annotate(Count("pk")))
