"""Pages of results: a learner's own, and a class's by learner and by objective. The answer key is in neither."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import CannotOpen, ProviderRefused
from lti_bridge.models import Attempt
from lti_bridge.providers.actions import Page
from lti_bridge.providers.attempts import is_released
from lti_bridge.providers.base import Opening
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.listing import sessions_of
from lti_bridge.providers.campfire.looking import session_of
from lti_bridge.providers.campfire.plot import Bar, plot_of
from lti_bridge.providers.campfire.results import is_final
from lti_bridge.providers.campfire.sessions import Objective, Results, Score, read_results, read_session
from lti_bridge.providers.looking import ASKED_TOGETHER

#: Sessions of a class that are asked for the names of objectives; nearly always one has them all.
MOST_ASKED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody's line on the page of a class. ``score``: none while it is not final."""

    name: str
    state: str
    score: Score | None


@dataclass(frozen=True, slots=True)
class Reached:
    """What a class reached of an objective. ``mean``: of 1, over those who were scored in it."""

    name: str
    text: str
    learners: int
    mean: Decimal | None


@dataclass(slots=True)
class _Names:
    """Objectives by id with the names that a list does not tell: some sessions are asked for them."""

    by_id: dict[str, Objective] = field(default_factory=dict)
    asked: int = 0

    def learn(self, attempt: Attempt, results: Results) -> None:
        """Ask about this session if one of its objectives has no name yet."""
        if self.asked < MOST_ASKED and any(each.id not in self.by_id for each in results.objectives):
            self.asked += 1
            detailed = _detailed(attempt)
            self.by_id |= {each.id: each for each in detailed.objectives} if detailed else {}


def view_results(opening: Opening) -> Page:
    """Score, objectives and questions of the learner's newest session. Raises ``CannotOpen`` when it is too early."""
    attempt = _newest(opening)
    if attempt is None:
        raise CannotOpen(
            "no_results", _("There are no results yet."), _("Take the exam first, then open this link again.")
        )
    session = session_of(attempt)
    if session is None or not is_final(session, opening.account):
        raise CannotOpen(
            "results_not_final",
            _("Your results are not complete yet."),
            _("Finish the exam; what a person has to mark takes longer. Then open this link again."),
        )
    if not is_released(attempt):
        raise CannotOpen(
            "results_not_released",
            _("Your results are not released yet."),
            _("Open the link again when your teacher says that the grades are out."),
        )
    results = _detailed(attempt) or session.results
    values = {
        "score": session.score,
        "percent": percent(session.score.fraction),
        "items": results.items if results else (),
        "objectives": [(each, percent(each.score.fraction)) for each in (results.objectives if results else ())],
    }
    return Page("providers/campfire/results.html", values)


def class_results(opening: Opening) -> Page:
    """By learner and by objective: everybody of this course who has a session of the exam, with one list."""
    attempts = _of_course(opening)
    lines: list[Line] = []
    totals: dict[str, tuple[Objective, list[Decimal]]] = {}
    names = _Names()
    for entry in sessions_of(opening.account, _config_id(opening)):
        session = read_session(entry)
        attempt = attempts.get(session.id) if session else None
        if session is None or attempt is None:
            continue
        final = is_final(session, opening.account)
        state = str(attempt.get_state_display())
        lines.append(Line(attempt.learner.display_name, state, session.score if final else None))
        if final and session.results:
            names.learn(attempt, session.results)
            _add(totals, session.results)
    reached = [_reached(names.by_id.get(objective.id, objective), parts) for objective, parts in totals.values()]
    lines.sort(key=lambda line: line.name.casefold())
    values = {
        "lines": [(line, percent(line.score.fraction if line.score else None)) for line in lines],
        "reached": [(each, percent(each.mean)) for each in reached],
        "plot": plot_of([Bar(each.name or each.text, each.mean) for each in reached if each.mean is not None]),
    }
    return Page("providers/campfire/class_results.html", values)


def percent(fraction: Decimal | None) -> str:
    """A part of 1 in percent, with one decimal at most; empty for none."""
    if fraction is None:
        return ""
    text = f"{fraction * 100:.1f}"
    return text.removesuffix(".0")


def _detailed(attempt: Attempt) -> Results | None:
    """Names of items and questions; only exams that are pure multiple choice have them."""
    try:
        answer = ask(attempt.account, "get_exam_session_results", {"examSessionId": attempt.provider_attempt_id})
    except ProviderRefused:
        return None
    told = answer.get("results") if isinstance(answer, dict) else None
    return read_results(told) if isinstance(told, dict) else None


def _config_id(opening: Opening) -> str:
    return str(opening.activity.parameters["exam_config_id"])


def _newest(opening: Opening) -> Attempt | None:
    """The learner's newest session of the exam, in this course before others."""
    rows = _sessions(opening).filter(learner=opening.learner).order_by("-pk")
    return rows.filter(resource_link__context=opening.resource_link.context_id).first() or rows.first()


def _of_course(opening: Opening) -> dict[str, Attempt]:
    rows = _sessions(opening).filter(resource_link__context=opening.resource_link.context_id)
    return {each.provider_attempt_id: each for each in rows.select_related("learner")}


def _sessions(opening: Opening) -> QuerySet[Attempt]:
    named = {f"provider_details__{ASKED_TOGETHER}": _config_id(opening)}
    rows = Attempt.objects.filter(candidate__account=opening.account, **named).exclude(provider_attempt_id="")
    return rows.select_related("activity", "candidate__account")


def _add(totals: dict[str, tuple[Objective, list[Decimal]]], results: Results) -> None:
    for objective in results.objectives:
        parts = totals.setdefault(objective.id, (objective, []))[1]
        fraction = objective.score.fraction
        if fraction is not None and objective.score.is_scorable:
            parts.append(fraction)


def _reached(objective: Objective, parts: Sequence[Decimal]) -> Reached:
    mean = sum(parts, Decimal(0)) / len(parts) if parts else None
    return Reached(objective.abbreviation or objective.id[:8], objective.text, len(parts), mean)
