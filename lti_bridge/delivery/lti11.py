"""Basic Outcomes toward an LMS: one signed request, one verdict.

Success is HTTP 2xx *and* ``imsx_codeMajor`` success; neither alone is believed. Each request is freshly signed, with a
new nonce, time and message identifier, because LMSs refuse repeated ones.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings

from lti_bridge import http, oauth1, pox
from lti_bridge.delivery import answers
from lti_bridge.delivery.quirks import quirks_of, refusal_in
from lti_bridge.delivery.verdicts import Patience, Reading, Verdict
from lti_bridge.models import Cell, TryResult

Operation = Literal["replaceResult", "readResult", "deleteResult"]

_BUSY_CODES = frozenset({"targetisbusy", "linkfailure"})


def carried(score: Decimal) -> Decimal:
    """A score as Basic Outcomes can carry it: 0 to 1."""
    return min(max(score, Decimal(0)), Decimal(1))


def send(cell: Cell) -> Verdict:
    """Make the LMS hold what the cell wants: replaceResult, or deleteResult when it wants no grade."""
    if cell.wanted_score is None:
        answer = _ask(cell, "deleteResult")
    else:
        answer = _ask(cell, "replaceResult", score=carried(cell.wanted_score), extras=_extras(cell))
    if isinstance(answer, Verdict):
        return answer
    return classify(answer, cell.platform.family, clearing=cell.wanted_score is None)


def read_back(cell: Cell) -> Reading:
    """Ask the LMS what the cell holds: readResult."""
    quirks = quirks_of(cell.platform.family)
    unreadable = Verdict(TryResult.UNREADABLE)
    if not quirks.reads:
        return Reading(verdict=unreadable)
    answer = _ask(cell, "readResult")
    if isinstance(answer, Verdict):
        # A question changes nothing, whether it arrived or not.
        return Reading(verdict=replace(answer, doubtful=False))
    try:
        said = pox.read_answer(answer.body)
    except pox.PoxProblem:
        if answer.status == 200 and quirks.empty_when_malformed:
            return Reading(status=answer.status)
        return Reading(verdict=replace(classify(answer, cell.platform.family), doubtful=False))
    if said.code_major == "success" and 200 <= answer.status < 300:
        return _score_read(said.score_text, answer.status)
    if said.code_major == "unsupported":
        return Reading(verdict=unreadable)
    verdict = replace(classify(answer, cell.platform.family), doubtful=False)
    # "No" to a read says nothing about the write: go on without knowing.
    return Reading(verdict=verdict if verdict.patience is Patience.SCHEDULE else unreadable)


def _score_read(text: str | None, status: int) -> Reading:
    if not (text or "").strip():
        return Reading(status=status)
    try:
        return Reading(score=Decimal((text or "").strip()), status=status)
    except InvalidOperation:
        return Reading(verdict=Verdict(TryResult.UNREADABLE, status=status))


def _extras(cell: Cell) -> pox.OutcomeExtras | None:
    """What the LMS said at launch that it takes beside the score (Canvas)."""
    grade = cell.wanted_grade
    if not cell.accepts or grade is None:
        return None
    submitted = grade.attempt.ended_at or grade.reported_at
    return pox.OutcomeExtras(
        # A time in the future is refused; clocks differ.
        submitted_at=min(submitted, datetime.now(UTC)) if "submitted_at" in cell.accepts else None,
        result_text=f"{grade.attempt.activity.title}: {grade.raw_score or grade}" if "text" in cell.accepts else None,
    )


def _ask(cell: Cell, operation: Operation, **said: Any) -> http.Answer | Verdict:
    """Sign one request and send it. A verdict instead of an answer when none came, or when it must not be sent."""
    registration = cell.lti11
    if registration is None or not registration.enabled:
        return Verdict(TryResult.REFUSED, "registration_off", patience=Patience.DAILY)
    url = cell.outcome_service_url
    try:
        if registration.service_hosts and urlsplit(url).hostname not in registration.service_hosts:
            return Verdict(TryResult.REFUSED, "host_not_approved", patience=Patience.DAILY)
        body = pox.build_request(operation, cell.result_sourcedid, **said)
        authorization = oauth1.sign_body(
            url,
            body,
            key=registration.consumer_key,
            secret=registration.shared_secret,
            method=registration.signature_method,
        )
    except ValueError as error:
        # An address that cannot be signed, or a sourcedid that XML cannot carry.
        return Verdict(TryResult.REFUSED, "address_refused", str(error), patience=Patience.NONE)
    headers = {"Authorization": authorization, "Content-Type": "application/xml", "Accept": "application/xml, */*"}
    try:
        return http.post(url, body, headers=headers, deadline=settings.SEND_DEADLINE_SECONDS)
    except http.HttpProblem as problem:
        return answers.unanswered(problem.code, problem.message, ambiguous=problem.ambiguous)


def classify(answer: http.Answer, family: str, *, clearing: bool = False) -> Verdict:
    """What an LMS's answer to a write means.

    ``clearing``: the request was deleteResult, which some LMSs do not know.
    """
    status = answer.status
    by_status = answers.by_status(answer)
    if by_status is not None:
        return by_status
    try:
        said = pox.read_answer(answer.body)
    except pox.PoxProblem as problem:
        return _not_pox(status, problem)
    return _said(said, status, family, clearing)


def _not_pox(status: int, problem: pox.PoxProblem) -> Verdict:
    if 200 <= status < 300:
        # Perhaps a log-in page, perhaps an answer cut short by a proxy after the LMS acted.
        return Verdict(TryResult.UNCLEAR, "not_an_answer", str(problem), status, doubtful=True)
    if status == 401:
        return Verdict(TryResult.REFUSED, "signature_refused", "", status, Patience.THREE_TRIES)
    return Verdict(TryResult.REFUSED, "refused", f"HTTP {status}", status, Patience.THREE_TRIES)


def _said(said: pox.OutcomeAnswer, status: int, family: str, clearing: bool) -> Verdict:
    text = " ".join(filter(None, (said.description, said.error_code, said.code_minor)))[:400]
    match said.code_major:
        case "success" if 200 <= status < 300:
            return Verdict(TryResult.DELIVERED, status=status)
        case "processing":
            return Verdict(TryResult.UNCLEAR, "no_clear_answer", text, status, doubtful=True)
        case "unsupported":
            reason = "cannot_clear" if clearing else "refused"
            return Verdict(TryResult.REFUSED, reason, text, status, Patience.NONE)
    if said.code_minor in _BUSY_CODES:
        return Verdict(TryResult.UNAVAILABLE, "busy", text, status)
    refusal = refusal_in(family, said.description)
    if refusal:
        return Verdict(TryResult.REFUSED, refusal.reason, text, status, refusal.patience)
    if status == 401:
        return Verdict(TryResult.REFUSED, "signature_refused", text, status, Patience.THREE_TRIES)
    reason = "cannot_clear" if clearing and not quirks_of(family).reads else "refused"
    return Verdict(TryResult.REFUSED, reason, text, status, Patience.THREE_TRIES)
