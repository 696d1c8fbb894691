"""What a status that was asked for means for the attempt: where it stands, what was found, and what is given for it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Attempt, AttemptState
from lti_bridge.providers.inspera_originality.answers import look_up, percent, plain, text
from lti_bridge.providers.inspera_originality.looking import PATIENCE, TROUBLE_SINCE, WAITED_ANEW
from lti_bridge.providers.inspera_originality.parameters import value_of
from lti_bridge.providers.inspera_originality.statuses import Standing, standing_of
from lti_bridge.providers.reports import Findings, GradeReport, PollMessage

#: An error is final after so long (as in the plugin).
GRACE = timedelta(hours=24)
_WHOLE = Decimal(100)
#: Where an attempt stands while its document is on its way.
UNDER_WAY: dict[Standing, AttemptState] = {
    Standing.QUEUED: AttemptState.SUBMITTED,
    Standing.PROCESSING: AttemptState.MARKING,
    Standing.TROUBLE: AttemptState.MARKING,
}
#: What has a place of its own in the findings, or is no finding.
_NOT_MORE = {
    plain(name)
    for name in (
        *("message", "status", "state", "documentId", "institutionId", "timestamp"),
        *("similarity", "translation_similarity", "AI_index", "originality", "originality_percentage"),
    )
}
MOST_MORE = 40
#: By the activity's rule: the keys of what a grade is made of.
_GIVEN_FOR = {"inverse_similarity": ("similarity",), "originality": ("originality_percentage", "originality")}


def read_poll(message: PollMessage) -> list[GradeReport]:
    """The report that an answer is. Raises ``UnsupportedEvent`` for what nobody documented."""
    told = _told(message.raw)
    attempt, standing = message.attempt, standing_of(told or {})
    if told and standing == Standing.DONE:
        return [_done(message, told)]
    if attempt.state == AttemptState.GRADED:
        return []  # what was found stands, whatever its document goes through now
    if standing == Standing.FAILED or _is_given_up(attempt, standing, message.received_at):
        return [GradeReport(attempt, AttemptState.FAILED, message.received_at, note=_why(standing))]
    if told is None:
        raise UnsupportedEvent("not_readable", detail="Inspera Originality: no JSON object")
    if standing == Standing.UNKNOWN:
        status = str(look_up(told, "status", "state"))[:40]
        raise UnsupportedEvent("unknown_state", detail=f"Inspera Originality: status {status!r}")
    note = _("an error at the similarity check, which may pass") if standing == Standing.TROUBLE else ""
    return [GradeReport(attempt, UNDER_WAY[standing], message.received_at, note=note)]


def findings_of(told: Mapping[str, Any]) -> Findings:
    """What was found, as an answer or a webhook tells it."""
    more = {str(name)[:60]: _kept(value) for name, value in told.items() if plain(str(name)) not in _NOT_MORE}
    originality = look_up(told, "originality")
    as_number = percent(originality)
    return Findings(
        similarity=percent(look_up(told, "similarity")),
        translation_similarity=percent(look_up(told, "translation_similarity")),
        ai_index=percent(look_up(told, "AI_index")),
        originality=text(originality)[:60] if as_number is None else "",
        originality_percentage=_first(percent(look_up(told, "originality_percentage")), as_number),
        more=dict(list(more.items())[:MOST_MORE]),
    )


def _done(message: PollMessage, told: Mapping[str, Any]) -> GradeReport:
    attempt, findings = message.attempt, findings_of(told)
    rule = str(value_of(attempt.activity.parameters, "grade", "none"))
    given = _given(rule, findings)
    lacks_grade = rule in _GIVEN_FOR and given is None
    return GradeReport(
        attempt,
        AttemptState.GRADED,
        message.received_at,
        has_result=given is not None,
        score_given=given,
        score_maximum=None if given is None else _WHOLE,
        raw_score="" if given is None else str(look_up(told, *_GIVEN_FOR[rule])),
        # The report is there to be read all the same; pages about documents tell those who teach what is missing.
        note=_("the similarity check tells nothing that a grade could be made of") if lacks_grade else "",
        # We had given it up, or it was called an error for a day, and it came through all the same.
        reopened=attempt.state == AttemptState.FAILED,
        findings=findings,
    )


def _given(rule: str, findings: Findings) -> Decimal | None:
    """What is given of 100 by the activity's rule, if anything: a similarity alone is no grade."""
    if rule == "inverse_similarity" and findings.similarity is not None:
        return _WHOLE - findings.similarity
    return findings.originality_percentage if rule == "originality" else None


def _is_given_up(attempt: Attempt, standing: Standing, now: datetime) -> bool:
    details = attempt.provider_details
    if standing == Standing.TROUBLE:
        since = _moment(details.get(TROUBLE_SINCE))
        if since is not None and now - since >= GRACE:
            return True
    begun = _first(_moment(details.get(WAITED_ANEW)), _passed_on_at(attempt))
    return begun is not None and now - begun >= PATIENCE


def _passed_on_at(attempt: Attempt) -> datetime | None:
    moments = attempt.documents.filter(passed_on_at__isnull=False).order_by("-passed_on_at")
    return moments.values_list("passed_on_at", flat=True).first()


def _why(standing: Standing) -> str:
    if standing in (Standing.TROUBLE, Standing.FAILED):
        return _("the similarity check could not check the document")
    return _("the similarity check did not come to an end with the document")


def _told(raw: str) -> Mapping[str, Any] | None:
    """What was answered; None where it is no JSON object."""
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, Mapping) else None


def _moment(written: Any) -> datetime | None:
    return datetime.fromisoformat(written) if isinstance(written, str) else None


def _kept(value: Any) -> Any:
    return value[:500] if isinstance(value, str) else value if len(json.dumps(value)) <= 2000 else None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
