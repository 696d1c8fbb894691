"""The submissions document of Inspera ("Submissions API - test/{testId}/submissions data model"), as typed objects.

Every field of the document, by the name in its model; where its own example spells one otherwise, either is read.
Ids are texts. What is not in the document is kept in ``unknown``. A value of another kind than the document says is
left out of its field and kept there too: an export is never refused over a field that nobody needs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, TypeVar

from lti_bridge.providers.json_stream import fields_of, items_of

_T = TypeVar("_T")
_NAMES = "names"
_READ = "read"
CANDIDATES = "ext_inspera_candidates"


# --- kinds of values ------------------------------------------------------------------------


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | float):
        return None
    return str(value)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal | float):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == number.to_integral_value() else None


def _switch(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    # Inspera writes UTC; a time without its zone is one too.
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(text for each in value if (text := _text(each)) is not None) if isinstance(value, list) else None


def _one(kind: type[_T]) -> Callable[[Any], _T | None]:
    return lambda value: read(kind, value) if isinstance(value, dict) else None


def _many(kind: type[_T]) -> Callable[[Any], tuple[_T, ...] | None]:
    def read_all(value: Any) -> tuple[_T, ...] | None:
        if not isinstance(value, list):
            return None
        return tuple(read(kind, each) for each in value if isinstance(each, dict))

    return read_all


def _field(how: Callable[[Any], Any], *names: str, default: Any = None) -> Any:
    return field(default=default, metadata={_READ: how, _NAMES: names})


def _unknown() -> Any:
    return field(default_factory=dict, repr=False)


def read(kind: type[_T], raw: Mapping[str, Any]) -> _T:
    """An object of one of these types, by what the document calls its fields."""
    values: dict[str, Any] = {}
    left = dict(raw)
    for name, how, names, default in _fields_of(kind):
        values[name] = default
        for spelled in names:
            if spelled not in left:
                continue
            if left[spelled] is None:
                del left[spelled]
                continue
            value = how(left[spelled])
            if value is not None:
                values[name] = value
                del left[spelled]
                break
    return kind(**{**values, "unknown": left})


def _fields_of(kind: type[Any]) -> tuple[tuple[str, Callable[[Any], Any], tuple[str, ...], Any], ...]:
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(
            (each.name, each.metadata[_READ], each.metadata[_NAMES], None if each.default is MISSING else each.default)
            for each in fields(kind)
            if _READ in each.metadata
        )
    return _FIELDS[kind]


#: Looked up once for each type: an export has thousands of each.
_FIELDS: dict[type[Any], tuple[tuple[str, Callable[[Any], Any], tuple[str, ...], Any], ...]] = {}


# --- the document ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Metadata:
    """A piece of metadata of the first section."""

    id: str | None = _field(_text, "id")
    name: str | None = _field(_text, "name")
    data_type: str | None = _field(_text, "dataType")
    value_text: tuple[str, ...] = _field(_texts, "valueText", default=())
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An id of a candidate elsewhere."""

    auth_type: str | None = _field(_text, "ext_inspera_authType", "authType")
    external_id: str | None = _field(_text, "ext_inspera_externalId", "externalId", "externalUserId")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class TestInfo:
    """Which line item a result belongs to. ``href`` is "NYI" in the document."""

    #: pytest takes classes of such a name for its own.
    __test__ = False

    href: str | None = _field(_text, "href")
    sourced_id: str | None = _field(_text, "sourcedId")
    type: str | None = _field(_text, "type")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class StudentInfo:
    """Whose result it is: ``sourced_id`` is Inspera's own id of the user."""

    href: str | None = _field(_text, "href")
    sourced_id: str | None = _field(_text, "sourcedId")
    type: str | None = _field(_text, "type")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class TeacherComment:
    """What a grader wrote about the submission."""

    comment: str | None = _field(_text, "ext_inspera_comment")
    evaluator_id: str | None = _field(_text, "ext_inspera_evaluatorId")
    evaluator_name: str | None = _field(_text, "ext_inspera_evaluatorName")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class ManualScore:
    """One grader's marks for one question."""

    grading_teacher_id: str | None = _field(_text, "ext_inspera_gradingTeacherId")
    grading_teacher_name: str | None = _field(_text, "ext_inspera_gradingTeacherName")
    manual_score: Decimal | None = _field(_number, "ext_inspera_manualScore")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class CandidateResponse:
    """One answer to one interaction. ``interaction_alternative`` is a text in the model, a number in the example."""

    response_identifier: str | None = _field(_text, "ext_inspera_response_identifier", "ext_inspera_interactionId")
    response: str | None = _field(_text, "ext_inspera_response")
    interaction_value: str | None = _field(_text, "ext_inspera_interactionValue")
    interaction_label: str | None = _field(_text, "ext_inspera_interactionLabel")
    interaction_alternative: str | None = _field(_text, "ext_inspera_interactionAlternative")
    file_name: str | None = _field(_text, "ext_inspera_fileName")
    file_upload: str | None = _field(_text, "ext_inspera_fileUpload")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class ExternalDelivery:
    """A submission that came in by another way, as a file."""

    external_delivery_id: str | None = _field(_text, "ext_inspera_externalDeliveryId")
    external_delivery_file_name: str | None = _field(_text, "ext_inspera_externalDeliveryFileName")
    external_file_upload: str | None = _field(_text, "ext_inspera_externalFileUpload")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one candidate, with the marks and the answers."""

    question_type: str | None = _field(_text, "ext_inspera_question_type", "ext_inspera_questionType")
    question_id: str | None = _field(_text, "ext_inspera_questionId")
    question_number: str | None = _field(_text, "ext_inspera_questionNumber")
    #: In real exports, not in the document.
    question_title: str | None = _field(_text, "ext_inspera_questionTitle")
    max_question_score: Decimal | None = _field(_number, "ext_inspera_maxQuestionScore")
    duration_seconds: int | None = _field(_whole, "ext_inspera_durationSeconds", "ext_inspera_duration")
    auto_score: Decimal | None = _field(_number, "ext_inspera_autoScore")
    manual_scores: tuple[ManualScore, ...] = _field(_many(ManualScore), "ext_inspera_manualScores", default=())
    candidate_responses: tuple[CandidateResponse, ...] = _field(
        _many(CandidateResponse), "ext_inspera_candidateResponses", default=()
    )
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class Result:
    """One candidate's result. ``status`` and ``result_status`` are "NYI" in the document: they decide nothing."""

    sourced_id: str | None = _field(_text, "sourcedId")
    status: str | None = _field(_text, "status")
    date_last_modified: datetime | None = _field(_moment, "dateLastModified")
    line_item: TestInfo | None = _field(_one(TestInfo), "lineItem")
    student: StudentInfo | None = _field(_one(StudentInfo), "student")
    score: Decimal | None = _field(_number, "score")
    result_status: str | None = _field(_text, "resultstatus", "resultStatus")
    date: datetime | None = _field(_moment, "date")
    comment: TeacherComment | None = _field(_one(TeacherComment), "comment")
    candidate_id: str | None = _field(_text, "ext_inspera_candidateId")
    attendance: bool | None = _field(_switch, "ext_inspera_attendance")
    start_time: datetime | None = _field(_moment, "ext_inspera_startTime")
    end_time: datetime | None = _field(_moment, "ext_inspera_endTime")
    extra_time_mins: int | None = _field(_whole, "ext_inspera_extraTimeMins", "ext_inspera_extraTime")
    incident_time_mins: int | None = _field(_whole, "ext_inspera_incidentTimeMins", "ext_inspera_incidentTime")
    user_assessment_setup_id: str | None = _field(_text, "ext_inspera_userAssessmentSetupId")
    user_assessment_id: str | None = _field(_text, "ext_inspera_userAssessmentId")
    candidate_external_ids: tuple[ExternalId, ...] = _field(
        _many(ExternalId), "ext_inspera_candidateExternalIds", default=()
    )
    final_grade: str | None = _field(_text, "ext_inspera_finalGrade")
    final_grade_date: datetime | None = _field(_moment, "ext_inspera_finalGradeDate")
    auto_score: Decimal | None = _field(_number, "ext_inspera_autoScore")
    total_score: Decimal | None = _field(_number, "ext_inspera_totalScore")
    questions: tuple[Question, ...] = _field(_many(Question), "ext_inspera_questions", default=())
    external_delivery: ExternalDelivery | None = _field(_one(ExternalDelivery), "ext_inspera_externalDelivery")
    unknown: dict[str, Any] = _unknown()


@dataclass(frozen=True, slots=True)
class Submissions:
    """The outside of the document: all of it but the candidates, who come one by one."""

    line_item_sourced_id: str | None = _field(_text, "lineItemSourcedId")
    assessment_run_title: str | None = _field(_text, "ext_inspera_assessmentRunTitle")
    max_total_score: Decimal | None = _field(_number, "ext_inspera_maxTotalScore")
    group_name: str | None = _field(_text, "ext_inspera_groupName")
    first_section_metadata: tuple[Metadata, ...] = _field(
        _many(Metadata), "ext_inspera_first_section_metadata", default=()
    )
    unknown: dict[str, Any] = _unknown()


def read_outside(file: BinaryIO) -> Submissions:
    """What stands around the candidates, wherever it stands. Raises ``BadJson``."""
    return read(Submissions, fields_of(file, CANDIDATES))


def read_results(file: BinaryIO) -> Iterator[Result]:
    """The candidates' results one by one: only one is in memory. Raises ``BadJson``."""
    for each in items_of(file, CANDIDATES):
        if isinstance(each, dict):
            yield result_of(each)


def result_of(candidate: Mapping[str, Any]) -> Result:
    """One candidate of the list; the document wraps each in ``result``."""
    inner = candidate.get("result")
    return read(Result, inner if isinstance(inner, dict) else candidate)
