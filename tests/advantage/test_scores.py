"""Score messages word for word, and what is read out of results."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.advantage import scores
from lti_bridge.advantage.addresses import below, filtered
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.scores import Score
from tests.advantage.conftest import answer

AT = datetime(2026, 3, 1, 12, 30, 15, 123999, tzinfo=UTC)


def message(**fields: Any) -> dict[str, Any]:
    told = {"user_id": "alice-1", "at": AT, "activity_progress": "Completed", "grading_progress": "FullyGraded"}
    said: dict[str, Any] = json.loads(Score(**(told | fields)).message())
    return said


@pytest.mark.parametrize(
    ("url", "scores_url"),
    [
        ("https://lms.example/li/3", "https://lms.example/li/3/scores"),
        ("https://lms.example/li/3/lineitem?type_id=9", "https://lms.example/li/3/lineitem/scores?type_id=9"),
        ("https://lms.example/li/3/?a=%2Fb&c=d+e", "https://lms.example/li/3/scores?a=%2Fb&c=d+e"),
        ("https://lms.example/li/3#x", "https://lms.example/li/3/scores#x"),
    ],
)
def test_a_path_is_added_before_the_query(url: str, scores_url: str) -> None:
    """T13-AG-04"""
    assert below(url, "/scores") == scores_url


def test_a_filter_joins_the_query() -> None:
    assert filtered("https://lms.example/r?type_id=9", user_id="a b&c") == (
        "https://lms.example/r?type_id=9&user_id=a%20b%26c"
    )
    assert filtered("https://lms.example/r", user_id="1") == "https://lms.example/r?user_id=1"


@pytest.mark.parametrize(
    ("part", "given"),
    [
        ("0", "0"),
        ("1", "100"),
        ("0.83", "83"),
        ("1.1", "110"),
        ("0.3333333333", "33.33333333"),
        ("0.6666666667", "66.66666667"),
        ("0.7142857143", "71.42857143"),
        ("0.005", "0.5"),
        ("0.0000000001", "1e-08"),
        ("99.9999999999", "9999.99999999"),
    ],
)
def test_a_score_is_written_with_exactly_its_digits(part: str, given: str) -> None:
    """T13-AG-06, E2E-04, E2E-05"""
    written = Score(
        user_id="a", at=AT, activity_progress="Completed", grading_progress="FullyGraded", part=Decimal(part)
    ).message()
    assert f'"scoreGiven": {given}, "scoreMaximum": 100'.encode() in written


@given(st.decimals(min_value=0, max_value=99, places=10))
def test_no_score_drifts(part: Decimal) -> None:
    written = Score(user_id="a", at=AT, activity_progress="Completed", grading_progress="FullyGraded", part=part)
    read = json.loads(written.message(), parse_float=Decimal, parse_int=Decimal)
    assert read["scoreGiven"] / read["scoreMaximum"] == part


def test_a_time_has_milliseconds_and_a_zone() -> None:
    assert message()["timestamp"] == "2026-03-01T12:30:15.123Z"
    summer = AT.astimezone(timezone(timedelta(hours=2)))
    assert message(at=summer)["timestamp"] == "2026-03-01T12:30:15.123Z"


def test_what_there_is_not_is_not_told() -> None:
    """An empty comment would take away a teacher's (Blackboard)."""
    assert message(comment="  ") == {
        "userId": "alice-1",
        "timestamp": "2026-03-01T12:30:15.123Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreMaximum": 100,
    }


def test_what_there_is_is_told() -> None:
    told = message(
        part=Decimal("0.5"),
        comment="Well done",
        started_at=AT - timedelta(minutes=40),
        submitted_at=AT,
        more={"https://x.example/ext": {"new": False}},
    )
    assert told["comment"] == "Well done"
    assert told["submission"] == {
        "startedAt": "2026-03-01T11:50:15.123Z",
        "submittedAt": "2026-03-01T12:30:15.123Z",
    }
    assert told["https://x.example/ext"] == {"new": False}


@pytest.mark.parametrize(
    ("result", "part"),
    [
        ({"resultScore": 83, "resultMaximum": 100}, "0.83"),
        ({"resultScore": 0.83, "resultMaximum": 1}, "0.83"),
        ({"resultScore": 0.83}, "0.83"),
        ({"resultScore": 0.83, "resultMaximum": None}, "0.83"),
        ({"resultScore": "83.0", "resultMaximum": "100"}, "0.83"),
        ({"resultScore": 110, "resultMaximum": 100}, "1.1"),
        ({"resultScore": 0, "resultMaximum": 100}, "0"),
        ({"resultScore": 1, "resultMaximum": 3}, "0.3333333333"),
        ({"resultScore": None, "resultMaximum": 100}, None),
        ({"resultScore": "", "resultMaximum": 100}, None),
        ({"resultMaximum": 100}, None),
    ],
)
def test_a_result_is_read_as_a_part_of_its_maximum(result: dict[str, Any], part: str | None) -> None:
    told = [{"userId": "bob", "resultScore": 1}, {"userId": "alice-1"} | result]
    assert scores.results_in(answer(200, told), "alice-1") == [None if part is None else Decimal(part)]


@pytest.mark.parametrize("user_id", ["5", 5])
def test_a_user_id_may_be_written_as_a_number(user_id: object) -> None:
    """Canvas"""
    assert scores.results_in(answer(200, [{"userId": user_id, "resultScore": 1}]), "5") == [Decimal(1)]


@pytest.mark.parametrize("told", [[], [{}], [{"userId": "bob", "resultScore": 1}], ["alice-1"], [None]])
def test_who_is_not_in_the_list_has_no_result(told: list[Any]) -> None:
    assert scores.results_in(answer(200, told), "alice-1") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<html>",
        b'[{"userId":"alice-1","resultScore":true}]',
        b'[{"userId":"alice-1","resultScore":NaN}]',
        b'[{"userId":"alice-1","resultScore":1e99999999999999999999}]',
        b'[{"userId":"alice-1","resultScore":1e999,"resultMaximum":1e-999999}]',
        b'[{"userId":"alice-1","resultScore":-1}]',
        b'[{"userId":"alice-1","resultScore":"good"}]',
        b'[{"userId":"alice-1","resultScore":1,"resultMaximum":0}]',
        b'[{"userId":"alice-1","resultScore":[1]}]',
    ],
)
def test_what_is_no_result_is_no_answer(body: bytes) -> None:
    with pytest.raises(ServiceProblem) as refused:
        scores.results_in(answer(200, body), "alice-1")
    assert refused.value.code == "not_an_answer"
