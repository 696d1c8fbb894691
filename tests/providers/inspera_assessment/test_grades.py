"""What makes a grade, what holds it, and what is none: zero is one, absent and not yet marked are not."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Account, Activity, Attempt
from lti_bridge.providers.inspera_assessment.grades import reports_of
from lti_bridge.providers.inspera_assessment.standings import standing_of
from lti_bridge.providers.reports import PollMessage
from tests.providers.inspera_assessment.example import EXAMPLE, RESULT

FINAL = {"total_score": "81.0", "max_total_score": "120.0", "final_grade_date": "2017-03-31T12:35:50+00:00"}


def report(told, settings=None, **parameters):
    account = Account(name="a", provider="inspera_assessment", settings=settings or {})
    attempt = Attempt(activity=Activity(slug="a", account=account, parameters=parameters))
    raw = told if isinstance(told, str) else json.dumps(told)
    reports = reports_of(PollMessage(account, attempt, raw, timezone.now()))
    return reports[0] if reports else None


def result(told, **more):
    made = report(told, **more)
    assert made is not None
    return made.state, made.score_given, made.score_maximum


def test_the_example_is_a_final_grade_by_its_total():
    standing = standing_of(EXAMPLE["ext_inspera_candidates"][0], EXAMPLE["ext_inspera_maxTotalScore"])
    made = report(standing.told)
    assert (made.state, made.score_given, made.score_maximum) == ("graded", Decimal("81.0"), Decimal("120.0"))
    assert (made.has_result, made.note, made.raw_score) == (True, "C", "81.0")


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"attendance": True}, None),
        ({"start_time": "x"}, "started"),
        ({"start_time": "x", "confirmed_at": "y"}, "started"),
        ({"attendance": True, "confirmed_at": "y"}, None),
        ({"start_time": "x", "end_time": "y"}, "submitted"),
        ({"auto_score": "5", "max_total_score": "10"}, "submitted"),
        ({"total_score": "5", "max_total_score": "10"}, "marking"),
        ({"final_grade": "C"}, "marking"),
        ({"attendance": False, "auto_score": "0", "max_total_score": "10"}, None),
        ({**FINAL, "attendance": False}, None),
        ({**FINAL, "max_total_score": "0"}, "marking"),
        ({**FINAL, "max_total_score": "nothing"}, "marking"),
        ({"final_grade_date": "2017-03-31", "final_grade": "C"}, "marking"),
    ],
)
def test_what_is_not_final_or_no_number_is_no_result(told, state):
    made = report(told)
    assert (made.state if made else None) == state
    assert made is None or (made.has_result, made.score_given) == (False, None)


def test_a_confirmed_test_is_final_without_a_date():
    assert result({"total_score": "5", "max_total_score": "10", "confirmed_at": "x"}) == ("graded", 5, 10)


def test_zero_is_a_grade():
    assert result({**FINAL, "total_score": "0"}) == ("graded", 0, Decimal("120.0"))


def test_a_provisional_score_is_sent_where_the_activity_says_so():
    told = {"total_score": "5", "auto_score": "3", "max_total_score": "10"}
    assert result(told, send_provisional=True) == ("marking", 5, 10)
    assert result({"auto_score": "3", "max_total_score": "10"}, send_provisional=True) == ("submitted", 3, 10)


def test_who_did_not_come_has_zero_only_where_the_activity_says_so():
    assert result({**FINAL, "attendance": False}, absent_scores_zero=True) == ("graded", 0, Decimal("120.0"))
    assert report({"attendance": False, "max_total_score": "10"}, absent_scores_zero=True) is None


def test_a_letter_alone_is_a_grade_by_the_accounts_scale():
    told = {"final_grade": "B", "final_grade_date": "2017-03-31"}
    assert result(told, settings={"letter_scale": {"A": 1, "B": 0.8}}) == ("graded", Decimal("0.8"), 1)


@pytest.mark.parametrize("raw", ["", "[]", "<html>"])
def test_what_cannot_be_read_is_refused_aloud(raw):
    with pytest.raises(UnsupportedEvent):
        report(raw)


def test_the_other_document_ends_in_the_same():
    standing = standing_of(
        {
            "userId": 456789,
            "candidateId": "00001",
            "externalUserIds": [{"authType": "LTI", "externalUserId": "1alice"}],
            "assessmentRunId": 7,
            "evaluationRounds": [
                {"roundId": 2, "finalGrade": 3.5, "finalGradeDate": "2026-02-01T00:00:00Z", "totalScore": 90},
                {"roundId": 1, "finalGrade": 2.0, "finalGradeDate": "2026-01-01T00:00:00Z", "totalScore": 80},
            ],
            "maxTotalScore": 100,
        }
    )
    assert (standing.user_id, standing.external_ids) == ("456789", (("LTI", "1alice"),))
    assert standing.told["final_grade"] == "3.5"
    assert result(standing.told) == ("graded", 90, 100)


def test_no_answer_of_a_candidate_is_kept():
    standing = standing_of({"result": RESULT}, 120)
    assert "complete html" not in json.dumps(standing.told)
    assert "Option A" not in json.dumps(standing.told)


def test_a_total_below_zero_is_zero():
    made = report({**FINAL, "total_score": "-2.0"})
    assert (made.state, made.score_given, made.score_maximum, made.raw_score) == ("graded", 0, 120, "-2.0")


@pytest.mark.parametrize("off", ["false", "0", False])
def test_a_switch_that_is_off_by_a_word_is_off(off):
    assert report({**FINAL, "attendance": False}, absent_scores_zero=off) is None
    provisional = {"total_score": "5", "max_total_score": "10"}
    assert result(provisional, send_provisional=off) == ("marking", None, None)
