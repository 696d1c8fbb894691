"""The roster of a resource link: who has been there, how it went, and where each grade stands."""

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, Max, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from lti_bridge.acting import has_acts, suiting
from lti_bridge.delivery import limits
from lti_bridge.delivery.reasons import advice, sentence
from lti_bridge.documents.rules import is_late, may_be_late, rules_of, takes_documents
from lti_bridge.models import (
    UNFINISHED,
    Activity,
    Attempt,
    AttemptState,
    Cell,
    CellState,
    Document,
    LaunchRecord,
    Learner,
    ProviderEvent,
    ResourceLink,
    Try,
)
from lti_bridge.pages import orders
from lti_bridge.pages.documents import listing, standing
from lti_bridge.pages.members import left
from lti_bridge.pages.refused import in_words, not_opened
from lti_bridge.pages.words import ATTEMPT_TONES, CELL_TONES
from lti_bridge.providers import provider_of
from lti_bridge.providers.acts import AttemptAct
from lti_bridge.providers.files import File

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
    #: Whether they left the course, in words.
    left: str = ""
    #: What can be done at the provider about the attempt, by name.
    acts: Mapping[str, AttemptAct] = field(default_factory=dict)
    #: What can be taken along from the provider about the attempt, by name.
    files: Mapping[str, File] = field(default_factory=dict)
    #: Where documents are handed in: the newest one.
    document: Document | None = None
    takes_documents: bool = False
    #: Whether what the link opens ever gives a grade.
    gives_grade: bool = True
    #: Whether the time for handing in is over.
    is_over: bool = False

    @property
    def attempt_tone(self) -> str:
        return self._attempt_looks[0]

    @property
    def attempt_words(self) -> str | Promise:
        """How the attempt stands; of documents how the newest one does: an empty attempt after it says nothing."""
        return self._attempt_looks[1]

    @property
    def number(self) -> int:
        """Which attempt it is that stands so."""
        shown = self.document.attempt if self.document else self.attempt
        return shown.number if shown else 0

    @property
    def further_is_open(self) -> bool:
        """Whether another document may be handed in after the newest one."""
        after = self.document and self.attempt and self.attempt.number > self.document.attempt.number
        in_time = self.attempt is not None and (not self.is_over or may_be_late(self.attempt))
        return bool(after and self.attempt and self.attempt.state in UNFINISHED and in_time)

    @property
    def _attempt_looks(self) -> tuple[str, str | Promise]:
        if self.takes_documents:
            return standing.tone_and_chip(self.document, self.document.attempt if self.document else None)
        return (ATTEMPT_TONES[self.attempt.state], self.attempt.get_state_display()) if self.attempt else ("", "")

    @property
    def candidate(self) -> str:
        """Who they are at the provider: its own id, where it told one."""
        candidate = self.attempt.candidate if self.attempt else None
        return candidate.provider_candidate_id if candidate else ""

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
    def limit(self) -> str:
        """What the gradebook cannot hold of the grade, in words."""
        return limits.in_words(self.cell, self.cell.wanted_score) if self.cell else ""

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
    attempts = newest_attempts(link, people)
    refused = _refused(link, attempts)
    news, gone = _news(link, people), left(link, people)
    rules = rules_of(link.activity) if link.activity and takes_documents(link.activity) else None
    documents = _newest_documents(link, people) if rules else {}
    return [
        Row(
            *(each, attempt := attempts.get(each.pk), cells.get(each.pk), news.get(each.pk)),
            refused=refused.get(each.pk, ""),
            left=gone.get(each.pk, ""),
            acts=suiting(attempt) if attempt else {},
            files=orders.for_one(attempt) if attempt else {},
            document=documents.get(each.pk),
            takes_documents=rules is not None,
            gives_grade=rules is None or rules.gives_grade,
            is_over=rules is not None and is_late(rules),
        )
        for each in people
    ]


def newest_attempts(link: ResourceLink, people: Iterable[Learner] | None = None) -> dict[int, Attempt]:
    """The newest attempt of each of these people at a link, or of everybody there, by the learner's id."""
    attempts = link.attempts.select_related("candidate__account", "activity__account").order_by("pk")
    if people is not None:
        attempts = attempts.filter(learner__in=people)
    return {each.learner_id: each for each in attempts}


def has_acts_at(link: ResourceLink) -> bool:
    """Whether anything can be done at the provider about the attempts of a link."""
    return link.activity is not None and has_acts(link.activity.account)


def has_files(link: ResourceLink) -> bool:
    """Whether those who teach have a page of what they take along from the provider, and of what was done there."""
    return link.activity is not None and bool(orders.files_of(link.activity.account))


def bulk_acts(link: ResourceLink) -> dict[str, tuple[AttemptAct, int]]:
    """What can be done about all attempts of a link at once, and about how many; nothing for one attempt alone."""
    if not has_acts_at(link):
        return {}
    found: dict[str, tuple[AttemptAct, int]] = {}
    for attempt in newest_attempts(link).values():
        for name, act in suiting(attempt).items():
            if act.in_bulk:
                found[name] = (act, found.get(name, (act, 0))[1] + 1)
    return {name: (act, count) for name, (act, count) in found.items() if count > 1}


def teachers_actions(link: ResourceLink) -> dict[str, str]:
    """What those who teach open from the roster, as labels, by the action's name; empty where there is nothing."""
    activity = link.activity
    if activity is None:
        return {}
    provider = provider_of(activity.account.provider)
    names = (activity.action, *provider.for_teachers(activity))
    kinds = {name: kind for name in names if (kind := provider.actions.get(name))}
    return {name: kind.label for name, kind in kinds.items() if kind.for_teachers}


def for_teachers(activity: Activity, action: str) -> Activity:
    """The activity with one of its actions for those who teach in the place of its own. Nothing of it is saved."""
    if action == activity.action:
        return activity
    other = copy(activity)
    other.action, other.parameters = action, dict(provider_of(activity.account.provider).for_teachers(activity)[action])
    return other


def named_by(link: ResourceLink) -> Promise | None:
    """Where the LMS's link itself names its activity; none when the activity is chosen here."""
    return _NAMES_IT_ITSELF.get(link.bound_by)


def lists_nobody(link: ResourceLink) -> bool:
    """Whether opening the link makes no attempt, so that nobody appears on the roster."""
    activity = link.activity
    kind = provider_of(activity.account.provider).actions.get(activity.action) if activity else None
    return kind is not None and not kind.sits_a_test


def _newest_documents(link: ResourceLink, people: list[Learner]) -> dict[int, Document]:
    rows = listing.newest_at(link).filter(attempt__learner__in=people).select_related("attempt")
    return {each.attempt.learner_id: each for each in rows}


def _news(link: ResourceLink, people: list[Learner]) -> dict[int, datetime]:
    """When each was last heard of: by a provider's message, or by a try to deliver."""
    events = ProviderEvent.objects.filter(attempt__resource_link=link, attempt__learner__in=people)
    tries = Try.objects.filter(cell__resource_link=link, cell__learner__in=people)
    received = events.order_by().values_list("attempt__learner_id").annotate(at=Max("received_at"))
    tried = tries.order_by().values_list("cell__learner_id").annotate(at=Max("started_at"))
    news: dict[int, datetime] = {}
    for learner, at in received.union(tried, all=True):
        news[learner] = max(at, news.get(learner, at))
    return news


def _refused(link: ResourceLink, attempts: dict[int, Attempt]) -> dict[int, str]:
    """Why the newest launch of each of these learners opened nothing, in words: at once, or later from its page."""
    launches = LaunchRecord.objects.filter(resource_link=link, learner__in=attempts)
    newest = launches.order_by().values("learner_id").annotate(newest=Max("pk")).values("newest")
    by_learner = {launch.learner_id: launch for launch in LaunchRecord.objects.filter(pk__in=newest)}
    told = {pk: _code_of(launch, attempt) for pk, attempt in attempts.items() if (launch := by_learner.get(pk))}
    return {pk: in_words(code) for pk, code in told.items() if code}


def _code_of(launch: LaunchRecord, attempt: Attempt) -> str:
    later = not_opened(launch)
    if later and later.stands:
        return later.code
    # Who has been at the provider already, and launches once more, needs no help.
    return launch.refused if attempt.state == AttemptState.CREATED else ""


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
