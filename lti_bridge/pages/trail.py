"""The trail of one learner at one link: launch → attempt → events → grades → tries, in order, in plain words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from lti_bridge.delivery import limits
from lti_bridge.delivery.reasons import sentence
from lti_bridge.models import (
    Attempt,
    Cell,
    Document,
    DocumentState,
    EventState,
    Grade,
    LaunchRecord,
    Learner,
    ProviderEvent,
    ResourceLink,
    Try,
    TryKind,
)
from lti_bridge.pages.documents import standing
from lti_bridge.pages.refused import in_words, not_opened
from lti_bridge.pages.words import ATTEMPT_TONES, EVENT_TONES, TRY_TONES, percent, plain


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``tone``: good, wait, bad or nothing in particular. ``inner``: for administrators."""

    at: datetime
    title: str | Promise
    text: str = ""
    tone: str = ""
    inner: str = ""


def trail_of(learner: Learner, link: ResourceLink, only: Attempt | None = None) -> list[Step]:
    """Everything that happened for a learner at a link, oldest first; of one attempt when ``only`` names it."""
    attempts = [only] if only else list(_attempts(learner, link))
    ids = [attempt.pk for attempt in attempts]
    launches = LaunchRecord.objects.filter(learner=learner, resource_link=link).order_by("received_at")
    events = ProviderEvent.objects.filter(attempt__in=ids).select_related("attempt").order_by("received_at")
    grades = Grade.objects.filter(attempt__in=ids).select_related("attempt").order_by("recorded_at")
    tries = Try.objects.filter(cell__learner=learner, cell__resource_link=link).select_related("cell")
    steps = [
        *_launch_steps(launches),
        *_attempt_steps(attempts),
        *_document_steps(Document.objects.filter(attempt__in=ids).exclude(received_at=None).select_related("attempt")),
        *_event_steps(events),
        # What a provider told comes before what follows from it.
        *_end_steps(attempts),
        *_grade_steps(grades),
        *_try_steps(tries.order_by("started_at")),
    ]
    # Steps of the same moment stay in the order of the path.
    return sorted(steps, key=lambda step: step.at)


def cell_of(learner: Learner, link: ResourceLink) -> Cell | None:
    """The gradebook cell of a learner at a link, if there is one."""
    return Cell.objects.filter(learner=learner, resource_link=link).select_related("wanted_grade").first()


def has_trail(learner: Learner, link: ResourceLink) -> bool:
    """Whether anything happened for a person at a link: somebody of the platform may be nobody of this link."""
    of_link = {"learner": OuterRef("pk"), "resource_link": link}
    seen = Q()
    for rows in (Cell.objects, Attempt.objects, LaunchRecord.objects):
        seen |= Q(Exists(rows.filter(**of_link)))
    return Learner.objects.filter(seen, pk=learner.pk).exists()


def _attempts(learner: Learner, link: ResourceLink) -> Iterable[Attempt]:
    return Attempt.objects.filter(learner=learner, resource_link=link).select_related("activity").order_by("pk")


def _launch_steps(launches: Iterable[LaunchRecord]) -> Iterator[Step]:
    for launch in launches:
        words = _("reference %(reference)s") % {"reference": launch.reference}
        if launch.refused:
            told = f"{in_words(launch.refused)} · {words}"
            yield Step(launch.received_at, _("Launch from the LMS, refused"), told, "bad", launch.refused)
        else:
            yield Step(launch.received_at, _("Launch from the LMS"), words)
        if last := not_opened(launch):
            yield Step(last.at, _("The test could not be opened"), f"{in_words(last.code)} · {words}", "bad", last.code)


def _attempt_steps(attempts: Iterable[Attempt]) -> Iterator[Step]:
    for attempt in attempts:
        named = {"number": attempt.number, "activity": attempt.activity.title}
        yield Step(attempt.created_at, _("Attempt %(number)s made") % named, attempt.activity.title)
        if attempt.opened_at:
            yield Step(attempt.opened_at, _("Attempt %(number)s: test opened at the provider") % named)


def _document_steps(documents: Iterable[Document]) -> Iterator[Step]:
    for document in documents:
        named = {"number": document.attempt.number}
        words = _("reference %(reference)s") % {"reference": document.reference}
        told = f"{document.title} · {words}"
        if document.received_at:
            yield Step(document.received_at, _("Attempt %(number)s: document handed in") % named, told)
        if document.passed_on_at:
            yield Step(
                document.passed_on_at, _("Attempt %(number)s: the provider has the document") % named, tone="good"
            )
        elif document.received_at and document.state in (DocumentState.REFUSED, DocumentState.UNCLEAR):
            tone, chip = standing.tone_and_chip(document, None)
            at = document.asked_at or document.received_at
            yield Step(at, chip, standing.why(document), tone, document.reason)
        if document.released_at:
            yield Step(document.released_at, _("Attempt %(number)s: report released") % named, tone="good")


def _end_steps(attempts: Iterable[Attempt]) -> Iterator[Step]:
    for attempt in attempts:
        if attempt.ended_at:
            title = _("Attempt %(number)s: over, says the provider") % {"number": attempt.number}
            yield Step(attempt.ended_at, title, attempt.get_state_display(), ATTEMPT_TONES[attempt.state])


def _event_steps(events: Iterable[ProviderEvent]) -> Iterator[Step]:
    for event in events:
        title = _("The provider told us something: %(source)s") % {"source": event.get_source_display()}
        text = "" if event.state == EventState.READ else event.get_state_display()
        inner = (event.get_state_display(), event.reason, event.reference)
        yield Step(event.received_at, title, text, EVENT_TONES[event.state], " · ".join(filter(None, inner)))


def _grade_steps(grades: Iterable[Grade]) -> Iterator[Step]:
    for grade in grades:
        number = {"number": grade.attempt.number}
        if grade.score_given is None:
            yield Step(grade.recorded_at, _("Attempt %(number)s: result taken back") % number, grade.note, "wait")
            continue
        score = {"given": plain(grade.score_given), "most": plain(grade.score_maximum)}
        said = _("the provider said %(raw)s") % {"raw": grade.raw_score} if grade.raw_score else ""
        title = _("Attempt %(number)s: result recorded") % number
        words = (_("%(given)s of %(most)s") % score, said, grade.note)
        yield Step(grade.recorded_at, title, " · ".join(filter(None, words)), "good")


def _try_steps(tries: Iterable[Try]) -> Iterator[Step]:
    for each in tries:
        title = f"{each.get_kind_display()}: {each.get_result_display()}"
        sent = limits.held(each.cell, each.score) if each.kind == TryKind.SEND else None
        words = (
            "" if sent is None else f"{percent(sent)} %",
            limits.in_words(each.cell, each.score) if each.kind == TryKind.SEND else "",
            each.reason_text or sentence(each.reason),
        )
        inner = (f"HTTP {each.status}" if each.status else "", each.reason)
        yield Step(
            each.started_at,
            _("Gradebook: %(what)s") % {"what": title},
            " · ".join(filter(None, words)),
            TRY_TONES[each.result],
            " · ".join(filter(None, inner)),
        )
