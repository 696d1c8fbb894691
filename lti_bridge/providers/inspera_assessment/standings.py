"""How each candidate stands, in few words, from any of the documents in which Inspera tells results.

The submissions document and the results of ``allResults`` differ in nearly every name. Both end here, without the
candidates' answers: no essay goes any further.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from lti_bridge.providers.inspera_assessment import submissions
from lti_bridge.providers.inspera_assessment.submissions import CANDIDATES, Question, Result
from lti_bridge.providers.json_stream import fields_of, items_of

#: Where the list of candidates was seen.
LISTS = (CANDIDATES, "candidates", "results", "allResults")
_MAXIMA = ("ext_inspera_maxTotalScore", "maxTotalScore", "maxScore", "maximumScore")
#: allResults' names → those of the submissions document.
_OTHER_NAMES = {
    "candidateId": "ext_inspera_candidateId",
    "externalUserIds": "ext_inspera_candidateExternalIds",
    "finalGrade": "ext_inspera_finalGrade",
    "finalGradeDate": "ext_inspera_finalGradeDate",
    "automaticScore": "ext_inspera_autoScore",
    "autoScore": "ext_inspera_autoScore",
    "automaticQuestionScore": "ext_inspera_autoScore",
    "totalScore": "ext_inspera_totalScore",
    "attendance": "ext_inspera_attendance",
    "startTime": "ext_inspera_startTime",
    "endTime": "ext_inspera_endTime",
    "questions": "ext_inspera_questions",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate. ``told``: what is kept of it, as JSON has it."""

    user_id: str
    external_ids: tuple[tuple[str, str], ...]
    told: dict[str, Any] = field(repr=False)

    def names_of_kind(self, kind: str) -> tuple[str, ...]:
        """The external ids of one kind; those of which the kind is not told may be of any."""
        return tuple(each for its_kind, each in self.external_ids if its_kind in (kind, ""))


def standings_of(file: BinaryIO) -> Iterator[Standing]:
    """All candidates of an export, one at a time. Raises ``BadJson``."""
    maximum = _first(fields_of(file, *LISTS), _MAXIMA)
    for each in items_of(file, *LISTS):
        if isinstance(each, dict):
            yield standing_of(each, maximum)


def standing_of(candidate: Mapping[str, Any], maximum: Any = None) -> Standing:
    """One candidate of an export, or the answer to a question about one candidate."""
    inner = candidate.get("result")
    inner = inner if isinstance(inner, dict) else candidate
    people = inner.get(CANDIDATES)
    if isinstance(people, list) and people and isinstance(people[0], dict):
        return standing_of(people[0], _first(inner, _MAXIMA))
    result = submissions.result_of(_in_document_names(inner))
    user_id = result.student.sourced_id if result.student else None
    maximum = _first(inner, _MAXIMA) or maximum
    return Standing(
        user_id or str(inner.get("userId", "")),
        tuple((each.auth_type or "", each.external_id or "") for each in result.candidate_external_ids),
        _told(result, maximum),
    )


def _in_document_names(inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """The last round of evaluation counts: a later one is an appeal."""
    rounds = inner.get("evaluationRounds")
    if isinstance(rounds, list) and (told := [each for each in rounds if isinstance(each, dict)]):
        last = max(told, key=lambda each: _order(each.get("roundId")))
        inner = {**{name: each for name, each in inner.items() if name != "evaluationRounds"}, **last}
    return {_OTHER_NAMES.get(name, name): value for name, value in inner.items()}


def _order(round_id: Any) -> Decimal:
    try:
        return Decimal(str(round_id))
    except ArithmeticError:
        return Decimal(0)


def _told(result: Result, maximum: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "candidate_id": result.candidate_id,
        "attendance": result.attendance,
        "start_time": _moment(result.start_time),
        "end_time": _moment(result.end_time),
        "extra_time_mins": result.extra_time_mins,
        "total_score": _number(result.total_score),
        "auto_score": _number(result.auto_score),
        "max_total_score": _number(maximum),
        "final_grade": result.final_grade,
        "final_grade_date": _moment(result.final_grade_date),
        "comment": result.comment.comment if result.comment else None,
        "questions": [_question(each) for each in result.questions] or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _question(question: Question) -> dict[str, Any]:
    manual = [_number(each.manual_score) for each in question.manual_scores if each.manual_score is not None]
    values = {
        "number": question.question_number,
        "title": question.question_title,
        "auto_score": _number(question.auto_score),
        "manual_scores": manual or None,
        "max_score": _number(question.max_question_score),
    }
    return {name: value for name, value in values.items() if value is not None}


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((told[name] for name in names if told.get(name) is not None), None)


def _number(value: Any) -> str | None:
    return None if value is None or isinstance(value, bool) else str(value)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
