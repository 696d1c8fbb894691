"""Assignment and Grade Services toward an LMS: one score told, one verdict.

Success is any 2xx that is no page. The time of a score belongs to the version that the cell wants: it rises from
version to version, and is the same on every try, so that an LMS can tell a repeated score from a newer one.
"""

import time
from dataclasses import replace

from django.conf import settings

from lti_bridge import http
from lti_bridge.advantage import line_items, scores
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.refusals import said
from lti_bridge.advantage.scopes import RESULT_READONLY
from lti_bridge.delivery import answers
from lti_bridge.delivery.messages import carried, score_of
from lti_bridge.delivery.quirks import OUTDATED, quirks_of, score_refusal_in
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import Cell, LineItem, TryKind, TryResult

__all__ = ["carried", "read_back", "send"]

#: A problem's code → what it means for the grade. Codes that are missing here are those of ``http.HttpProblem``.
_PROBLEMS: dict[str, tuple[TryResult, str, Patience]] = {
    "registration_off": (TryResult.REFUSED, "registration_off", Patience.DAILY),
    "host_not_approved": (TryResult.REFUSED, "host_not_approved", Patience.DAILY),
    "not_permitted": (TryResult.REFUSED, "not_permitted", Patience.THREE_THEN_DAILY),
    "token_refused": (TryResult.REFUSED, "token_refused", Patience.THREE_THEN_DAILY),
    "token_unavailable": (TryResult.UNAVAILABLE, "token_unavailable", Patience.SCHEDULE),
    "waits": (TryResult.UNAVAILABLE, "waits", Patience.SCHEDULE),
    "server_error": (TryResult.UNAVAILABLE, "server_error", Patience.SCHEDULE),
    "not_an_answer": (TryResult.UNAVAILABLE, "not_an_answer", Patience.SCHEDULE),
    "no_column": (TryResult.REFUSED, "no_column", Patience.DAILY),
    "column_deleted": (TryResult.REFUSED, "column_deleted", Patience.NONE),
    "column_refused": (TryResult.REFUSED, "column_refused", Patience.THREE_THEN_DAILY),
}


def send(cell: Cell) -> Verdict:
    """Make the LMS hold what the cell wants: a score, no grade, or where the attempt stands."""
    column, quirks = _column_of(cell), quirks_of(cell.platform.family).scores
    if cell.wanted_score is None and not cell.tells_progress and not quirks.clears:
        return Verdict(TryResult.REFUSED, "cannot_clear", patience=Patience.NONE)
    end = time.monotonic() + settings.SEND_DEADLINE_SECONDS
    try:
        _check_deployment(column)
        url = line_items.address_of(column, deadline=end - time.monotonic())
    except ServiceProblem as problem:
        # Whatever became of the column, no score was told.
        return _unserved(problem, ambiguous=False)
    try:
        answer = scores.post(column, url, score_of(cell), deadline=end - time.monotonic())
    except ServiceProblem as problem:
        return _unserved(problem, ambiguous=problem.ambiguous)
    verdict = classify(answer, cell.platform.family)
    if verdict.reason == "column_deleted":
        line_items.gone(column, url)
    return _without_zero(cell, verdict) if not quirks.takes_zero else verdict


def read_back(cell: Cell) -> Reading:
    """Ask the LMS what the cell holds, by its results."""
    column = _column_of(cell)
    unreadable = Reading(verdict=Verdict(TryResult.UNREADABLE))
    if not column.url or RESULT_READONLY not in column.scopes:
        return unreadable
    path = quirks_of(cell.platform.family).scores.results_path
    status = 0
    try:
        _check_deployment(column)
        for page in scores.results(
            column, column.url, cell.learner.user_id, path=path, deadline=settings.SEND_DEADLINE_SECONDS
        ):
            status = page.status
            if not 200 <= status < 300:
                verdict = answers.by_status(page)
                return _still_to_read(verdict) or unreadable
            found = scores.results_in(page, cell.learner.user_id)
            if found:
                return Reading(score=found[-1], status=status)
    except ServiceProblem as problem:
        return _still_to_read(_unserved(problem, ambiguous=False)) or unreadable
    return Reading(status=status)


def classify(answer: http.Answer, family: str) -> Verdict:
    """What an LMS's answer to a score means."""
    by_status = answers.by_status(answer)
    if by_status is not None:
        return by_status
    status = answer.status
    if 200 <= status < 300:
        if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            text = "The answer is a page, such as a log-in page."
            return Verdict(TryResult.UNCLEAR, "not_an_answer", text, status, doubtful=True)
        return Verdict(TryResult.DELIVERED, status=status)
    text = said(answer)
    refusal = score_refusal_in(family, status, text)
    if refusal is None:
        return Verdict(TryResult.REFUSED, "refused", text, status, Patience.THREE_TRIES)
    outdated = refusal.reason == OUTDATED
    return Verdict(TryResult.REFUSED, refusal.reason, text, status, refusal.patience, outdated=outdated)


def _column_of(cell: Cell) -> LineItem:
    if cell.line_item is None:
        raise ValueError("the cell has no line item")
    return cell.line_item


def _check_deployment(column: LineItem) -> None:
    if column.deployment is not None and not column.deployment.approved:
        raise ServiceProblem("registration_off")


def _unserved(problem: ServiceProblem, *, ambiguous: bool) -> Verdict:
    """What a problem means for the grade."""
    if problem.code not in _PROBLEMS:
        return answers.unanswered(problem.code, problem.message, ambiguous=ambiguous)
    result, reason, patience = _PROBLEMS[problem.code]
    waits = problem.code == "waits"
    if waits and problem.status:
        reason = "busy"
    text = "" if problem.message == problem.code else problem.message
    silent = problem.code == "token_unavailable"
    return Verdict(
        result, reason, text, problem.status, patience, silent=silent, uncounted=waits, retry_after=problem.again_in
    )


def _still_to_read(verdict: Verdict | None) -> Reading | None:
    """A reading that failed and may succeed later. "No" to a question says nothing about the score: None."""
    if verdict is None or verdict.patience is not Patience.SCHEDULE:
        return None
    return Reading(verdict=replace(verdict, doubtful=False))


def _without_zero(cell: Cell, verdict: Verdict) -> Verdict:
    """Where 0 replaces no other score, one that should is not there, whatever the LMS says."""
    if not verdict.delivered or cell.wanted_score is None or carried(cell.wanted_score) > 0:
        return verdict
    if not cell.tries.filter(kind=TryKind.SEND, score__gt=0).exists():
        return verdict
    return Verdict(TryResult.REFUSED, "zero_not_taken", "", verdict.status, Patience.NONE)
