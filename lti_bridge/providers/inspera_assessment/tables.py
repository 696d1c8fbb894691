"""An export of results as a table: one line for each candidate, for people with a spreadsheet."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from lti_bridge.providers.inspera_assessment.standings import Standing, standings_of
from lti_bridge.providers.inspera_assessment.submissions import CandidateResponse, Result
from lti_bridge.spreadsheets import harmless

HEAD = (
    "user_id",
    "candidate_id",
    "external_ids",
    "attendance",
    "total_score",
    "max_total_score",
    "auto_score",
    "final_grade",
    "final_grade_date",
    "start_time",
    "end_time",
    "extra_time_mins",
    "comment",
)
_NUMBERS = ("total_score", "max_total_score", "auto_score")

#: A line for each answer of each candidate.
ANSWERS = (
    "name",
    "user_id",
    "candidate_id",
    "question_number",
    "question_title",
    "question_type",
    "max_question_score",
    "auto_score",
    "manual_scores",
    "duration_seconds",
    "response",
    "file",
)


def rows_of(file: BinaryIO) -> Iterator[tuple[str, ...]]:
    """The head, then a line for each candidate. Raises ``BadJson``."""
    yield HEAD
    yield from map(_line, standings_of(file))


def line_of(name: str, standing: Standing) -> tuple[str, ...]:
    """The line of a candidate, after what the course calls them."""
    return (harmless(name), *_line(standing))


def answers_of(name: str, result: Result) -> Iterator[tuple[str, ...]]:
    """The lines of a candidate's answers; one for a question without any, and one for what came by another way."""
    who = (name, result.student.sourced_id if result.student else "", result.candidate_id)
    for question in result.questions:
        marks = " ".join(str(each.manual_score) for each in question.manual_scores if each.manual_score is not None)
        about = (
            question.question_number,
            question.question_title,
            question.question_type,
            question.max_question_score,
            question.auto_score,
            marks,
            question.duration_seconds,
        )
        for answer in question.candidate_responses or (CandidateResponse(),):
            yield _cells(*who, *about, _answer(answer), answer.file_name)
    if result.external_delivery:
        nothing = (None,) * (len(ANSWERS) - len(who) - 1)
        yield _cells(*who, *nothing, result.external_delivery.external_delivery_file_name)


def _answer(answer: CandidateResponse) -> str | None:
    return answer.response if answer.response is not None else answer.interaction_value


def _line(standing: Standing) -> tuple[str, ...]:
    told = standing.told
    external_ids = " ".join(f"{kind}:{each}" for kind, each in standing.external_ids)
    rest = (_number(told.get(name)) if name in _NUMBERS else told.get(name) for name in HEAD[3:])
    return _cells(standing.user_id, told.get("candidate_id"), external_ids, *rest)


def _number(value: Any) -> Any:
    """What stands there as the number that it is, so that it stays one in the table; anything else as it is."""
    try:
        return value if value is None else Decimal(str(value))
    except InvalidOperation:
        return value


def _cells(*values: Any) -> tuple[str, ...]:
    return tuple(harmless(value) for value in values)
