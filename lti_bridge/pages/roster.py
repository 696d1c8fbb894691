"""The roster of a resource link: who has been there, how it went, and where each grade stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lti_bridge.advantage.line_items import offers_column
from lti_bridge.delivery.reasons import advice, sentence
from lti_bridge.models import (
    Attempt,
    AttemptState,
    Cell,
    CellState,
    LaunchRecord,
    Learner,
    LineItem,
    ProviderEvent,
    ResourceLink,
    Try,
)
from lti_bridge.pages.refused import in_words
from lti_bridge.pages.words import ATTEMPT_TONES, CELL_TONES
from lti_bridge.providers import provider_of

#: Learners on one page.
ROWS = 100
HELD = _("held")
_TROUBLE = (CellState.DIFFERS, CellState.NEEDS_ACTION)
#: Reasons about which a teacher can do nothing: set-up of the bridge, or of the LMS as a whole.
_FOR_ADMINISTRATORS = (
    *("not_an_answer", "redirected", "signature_refused", "address_forbidden", "host_not_approved"),
    *("registration_off", "workers_died", "our_fault", "token_refused", "not_permitted"),
)
#: A link that came to its activity in one of these ways goes back to it at the next launch, whatever is chosen here.
_NAMES_IT_ITSELF: dict[str, Promise] = {
    ResourceLink.BoundBy.PATH: _("its launch address ends in the activity’s name"),
    ResourceLink.BoundBy.CUSTOM: _("its custom parameter “activity” names it"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A learner, the newest attempt and the gradebook cell, as far as there are any."""

    learner: Learner
    attempt: Attempt | None
    cell: Cell | None
    last_news_at: datetime | None
    #: Why the newest launch opened nothing, in words.
    refused: str = ""

    @property
    def attempt_tone(self) -> str:
        return ATTEMPT_TONES[self.attempt.state] if self.attempt else ""

    @property
    def cell_tone(self) -> str:
        return CELL_TONES[self.cell.state] if self.cell else ""

    @property
    def why(self) -> str:
        """What the LMS says, else what we say, where somebody's hand is needed."""
        if self.cell is None:
            return ""
        needs_words = self.cell.state in _TROUBLE and self.cell.reason
        return self.cell.reason_text or (sentence(self.cell.reason) if needs_words else "")

    @property
    def advice(self) -> str:
        if self.cell is None or self.cell.state not in _TROUBLE:
            return ""
        told = {"advice": advice(self.cell.reason), "code": self.cell.reason}
        if self.cell.reason in _FOR_ADMINISTRATORS:
            return gettext("Tell the administrators: %(advice)s (%(code)s)") % told
        return told["advice"]

    @property
    def may_deliver(self) -> bool:
        return bool(self.cell and self.cell.has_result and self.cell.has_address and not self.cell.held)

    @property
    def may_hold(self) -> bool:
        return bool(
            self.cell and self.cell.has_result and not self.cell.held and self.cell.state != CellState.DELIVERED
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
    """The rows of a page, in a few queries however many they are."""
    people = list(page.object_list)
    cells = {cell.learner_id: cell for cell in link.cells.filter(learner__in=people).select_related("wanted_grade")}
    attempts = {each.learner_id: each for each in link.attempts.filter(learner__in=people).order_by("pk")}
    refused = _refused(link, [pk for pk, each in attempts.items() if each.state == AttemptState.CREATED])
    news = _news(link, people)
    return [
        Row(each, attempts.get(each.pk), cells.get(each.pk), news.get(each.pk), refused.get(each.pk, ""))
        for each in people
    ]


def named_by(link: ResourceLink) -> Promise | None:
    """Where the LMS's link itself names its activity; none when the activity is chosen here."""
    return _NAMES_IT_ITSELF.get(link.bound_by)


def has_no_column(link: ResourceLink) -> bool:
    """Whether the LMS told, by LTI 1.3, that the link has no grade column and that none can be made."""
    column: LineItem | None = getattr(link, "line_item", None)
    return column is not None and not offers_column(column)


def lists_nobody(link: ResourceLink) -> bool:
    """Whether opening the link makes no attempt, so that nobody appears on the roster."""
    activity = link.activity
    kind = provider_of(activity.account.provider).actions.get(activity.action) if activity else None
    return kind is not None and not kind.sits_a_test


def _news(link: ResourceLink, people: list[Learner]) -> dict[int, datetime]:
    """When each was last heard of: by a provider's message, or by a try to deliver."""
    events = ProviderEvent.objects.filter(attempt__resource_link=link, attempt__learner__in=people)
    tries = Try.objects.filter(cell__resource_link=link, cell__learner__in=people)
    news: dict[int, datetime] = {}
    for learner, at in (
        *events.order_by().values_list("attempt__learner_id").annotate(Max("received_at")),
        *tries.order_by().values_list("cell__learner_id").annotate(Max("started_at")),
    ):
        news[learner] = max(at, news.get(learner, at))
    return news


def _refused(link: ResourceLink, learners: list[int]) -> dict[int, str]:
    """Why the newest launch of each of these learners opened nothing, as far as it was refused."""
    if not learners:
        return {}
    launches = LaunchRecord.objects.filter(resource_link=link, learner__in=learners)
    newest = launches.order_by().values("learner_id").annotate(newest=Max("pk")).values("newest")
    told = LaunchRecord.objects.filter(pk__in=newest).exclude(refused="").values_list("learner_id", "refused")
    return {learner: in_words(code) for learner, code in told if learner is not None}


def totals_of(link: ResourceLink, people: int) -> list[Total]:
    """The summary line: how many there are in each state that matters."""
    cells: Counter[str] = Counter(dict(_states(link.cells.all())))
    attempts: Counter[str] = Counter(dict(_states(link.attempts.all())))
    trouble = sum(cells[state] for state in _TROUBLE)
    marking = attempts[AttemptState.SUBMITTED] + attempts[AttemptState.MARKING]
    totals = [
        Total(people, ngettext("person", "people", people), ""),
        Total(marking, ngettext("waits for a result", "wait for a result", marking), "wait"),
        Total(cells[CellState.HELD], HELD, "wait"),
        Total(cells[CellState.PENDING] + cells[CellState.WAITING], _("on the way to the gradebook"), "wait"),
        Total(cells[CellState.DELIVERED], _("in the gradebook"), "good"),
        Total(trouble, ngettext("needs a look", "need a look", trouble), "bad"),
    ]
    return [total for total in totals if total.count or total.tone == ""]


def _people(link: ResourceLink) -> QuerySet[Learner]:
    of_link = {"learner": OuterRef("pk"), "resource_link": link}
    people = Learner.objects.filter(Exists(Cell.objects.filter(**of_link)) | Exists(Attempt.objects.filter(**of_link)))
    return people.order_by("family_name", "full_name", "pk")


def _states(rows: "QuerySet[Cell] | QuerySet[Attempt]") -> list[tuple[str, int]]:
    return list(rows.order_by().values_list("state").annotate(Count("pk")))
