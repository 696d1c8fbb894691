"""The submissions document, field by field, in both of its spellings."""

import io
import json
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lti_bridge.providers.inspera_assessment.submissions import (
    CandidateResponse,
    ExternalDelivery,
    ExternalId,
    ManualScore,
    Metadata,
    Question,
    Result,
    Submissions,
    TeacherComment,
    read,
    read_outside,
    read_results,
)
from tests.providers.inspera_assessment.example import EXAMPLE, QUESTION_3, RESULT


def at(text):
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def document():
    return io.BytesIO(json.dumps(EXAMPLE).encode())


def test_the_outside_of_the_example_is_read(document):
    assert read_outside(document) == Submissions(
        line_item_sourced_id="123456",
        assessment_run_title="Sample test",
        max_total_score=Decimal("120.0"),
        group_name=None,
        first_section_metadata=(),
        unknown={},
    )


def test_the_candidate_of_the_example_is_read_field_by_field(document):
    (result,) = read_results(document)
    told = {name: getattr(result, name) for name in Result.__dataclass_fields__ if name != "questions"}
    assert told == {
        "sourced_id": "7890123",
        "status": "NYI",
        "date_last_modified": at("2017-03-31T12:35:50Z"),
        "line_item": told["line_item"],
        "student": told["student"],
        "score": Decimal("79.0"),
        "result_status": "NYI",
        "date": at("2017-03-31T12:35:50Z"),
        "comment": TeacherComment("Teacher comments on the test.", "1209423", "Firstname Lastname", {}),
        "candidate_id": "00001",
        "attendance": True,
        "start_time": at("2017-03-31T08:30:08Z"),
        "end_time": at("2017-03-31T09:44:15Z"),
        "extra_time_mins": 10,
        "incident_time_mins": 0,
        "user_assessment_setup_id": None,
        "user_assessment_id": None,
        "candidate_external_ids": (),
        "final_grade": "C",
        "final_grade_date": at("2017-03-31T12:35:50Z"),
        "auto_score": Decimal("79.0"),
        "total_score": Decimal("81.0"),
        "external_delivery": None,
        "unknown": {},
    }
    assert (result.line_item.href, result.line_item.sourced_id, result.line_item.type) == ("NYI", "565656", "lineitem")
    assert (result.student.href, result.student.sourced_id, result.student.type) == ("NYI", "456789", "user")


def test_the_questions_of_the_example_are_read_field_by_field(document):
    (result,) = read_results(document)
    teacher = ("1209423", "Firstname Lastname")

    def answer(interaction, response, alternative):
        return CandidateResponse(
            response_identifier=interaction, response=response, interaction_alternative=alternative, unknown={}
        )

    assert result.questions == (
        Question(
            question_id="123789",
            question_number="1",
            max_question_score=Decimal("50.0"),
            duration_seconds=30,
            auto_score=Decimal("10.0"),
            manual_scores=(ManualScore(*teacher, Decimal("12.0"), {}),),
            candidate_responses=(answer("simpleChoice_123456789", "Option A", "1.1"),),
            unknown={},
        ),
        Question(
            question_id="123792",
            question_number="2",
            max_question_score=Decimal("50.0"),
            duration_seconds=20,
            auto_score=Decimal("49.0"),
            candidate_responses=(
                answer("simpleChoice_1234544567", "Option C", "1.3"),
                answer("simpleChoice_1234544569", "Option D", "1.4"),
            ),
            unknown={},
        ),
        Question(
            question_id="123795",
            question_number="3",
            max_question_score=Decimal("20.0"),
            duration_seconds=820,
            auto_score=Decimal("0.0"),
            manual_scores=(ManualScore(*teacher, Decimal("20.0"), {}),),
            candidate_responses=(answer("response", "<complete html of the essay question>", "1.1"),),
            unknown={},
        ),
    )


def test_what_only_the_model_has_is_read_too():
    result = read(
        Result,
        {
            "ext_inspera_extraTimeMins": 15,
            "ext_inspera_incidentTimeMins": 5,
            "ext_inspera_userAssessmentSetupId": 11,
            "ext_inspera_userAssessmentId": 12,
            "ext_inspera_candidateExternalIds": [
                {"ext_inspera_authType": "LTI", "ext_inspera_externalId": "2alice"},
            ],
            "ext_inspera_externalDelivery": {
                "ext_inspera_externalDeliveryId": 9,
                "ext_inspera_externalDeliveryFileName": "scan.pdf",
                "ext_inspera_externalFileUpload": "https://example.edu/scan.pdf",
            },
            "ext_inspera_questions": [
                {
                    "ext_inspera_question_type": "upload",
                    "ext_inspera_candidateResponses": [
                        {
                            "ext_inspera_response_identifier": "r1",
                            "ext_inspera_interactionValue": "v",
                            "ext_inspera_interactionLabel": "l",
                            "ext_inspera_fileName": "essay.docx",
                            "ext_inspera_fileUpload": "https://example.edu/essay.docx",
                        }
                    ],
                }
            ],
        },
    )
    assert (result.extra_time_mins, result.incident_time_mins) == (15, 5)
    assert (result.user_assessment_setup_id, result.user_assessment_id) == ("11", "12")
    assert result.candidate_external_ids == (ExternalId("LTI", "2alice", {}),)
    assert result.external_delivery == ExternalDelivery("9", "scan.pdf", "https://example.edu/scan.pdf", {})
    (question,) = result.questions
    assert question.question_type == "upload"
    assert question.candidate_responses == (
        CandidateResponse("r1", None, "v", "l", None, "essay.docx", "https://example.edu/essay.docx", {}),
    )
    outside = read(
        Submissions,
        {
            "ext_inspera_groupName": "A",
            "ext_inspera_first_section_metadata": [{"id": 1, "name": "n", "dataType": "text", "valueText": ["a", "b"]}],
        },
    )
    assert outside.group_name == "A"
    assert outside.first_section_metadata == (Metadata("1", "n", "text", ("a", "b"), {}),)


def test_a_field_that_nobody_knows_is_kept():
    assert read(Result, {"ext_inspera_new": [1], "sourcedId": 1}).unknown == {"ext_inspera_new": [1]}


def test_a_value_of_another_kind_is_kept_beside_and_refuses_nothing():
    result = read(Result, {"ext_inspera_totalScore": "a lot", "ext_inspera_attendance": 1, "comment": "none"})
    assert (result.total_score, result.attendance, result.comment) == (None, None, None)
    assert result.unknown.keys() == {"ext_inspera_totalScore", "ext_inspera_attendance", "comment"}


@pytest.mark.parametrize("value", [None, "missing"])
def test_a_blank_submission_has_no_questions(value):
    raw = {name: each for name, each in RESULT.items() if name != "ext_inspera_questions"}
    if value is None:
        raw["ext_inspera_questions"] = None
    assert read(Result, raw).questions == ()


def test_zero_is_a_score_and_not_nothing():
    assert read(Result, {"ext_inspera_totalScore": 0}).total_score == 0


def test_1500_candidates_with_full_essays_are_read_one_at_a_time(tmp_path):
    """Half a hundred megabytes of answers, and never more than a few in memory."""
    essay = {"ext_inspera_interactionId": "response", "ext_inspera_response": "<p>" + "word " * 6_000 + "</p>"}
    path = tmp_path / "submissions.json"
    with path.open("w") as file:
        file.write('{"ext_inspera_maxTotalScore": 120.0, "ext_inspera_candidates": [')
        for number in range(1500):
            question = QUESTION_3 | {"ext_inspera_candidateResponses": [essay]}
            result = RESULT | {"student": {"sourcedId": number}, "ext_inspera_questions": [question]}
            file.write(("," if number else "") + json.dumps({"result": result}))
        file.write('], "ext_inspera_assessmentRunTitle": "After the candidates"}')
    tracemalloc.start()
    with path.open("rb") as file:
        outside = read_outside(file)
        letters = [len(each.questions[0].candidate_responses[0].response) for each in read_results(file)]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (outside.max_total_score, outside.assessment_run_title) == (120, "After the candidates")
    assert letters == [30_007] * 1500
    assert most < 5_000_000 < path.stat().st_size / 8
