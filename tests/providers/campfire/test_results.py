"""What a session's answer means: the grade, when it is final, and what happens when it goes on."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Cell
from lti_bridge.providers.campfire.results import kept_of
from lti_bridge.providers.reports import PollMessage
from tests.providers.campfire.bench import CAMPFIRE

pytestmark = pytest.mark.django_db


def item(actual, *, scorable=True):
    return {"id": "i", "score": {"actual": actual, "isScorable": scorable, "min": 0, "max": 1}}


def reports_of(bench, *, session=(), results=None, **changes):
    """What a session's answer makes of Alice's attempt."""
    attempt = bench.fresh()
    told = {
        "id": attempt.provider_attempt_id,
        "maturity": "COMPLETE",
        "scoreActual": 80,
        "scoreMin": 0,
        "scoreMax": 100,
        "results": {"items": [item(1)], "objectives": {}} if results is None else results,
    } | changes
    raw = json.dumps({"examSession": {name: value for name, value in told.items() if name not in session}})
    return CAMPFIRE.read(PollMessage(bench.account, attempt, raw, timezone.now()))


@pytest.fixture
def sat(bench):
    bench.sat()
    return bench


@pytest.mark.parametrize(
    ("actual", "least", "most", "given", "of"),
    [(80, 0, 100, 80, 100), (3, 1, 5, 2, 4), (0, 0, 100, 0, 100), ("7.5", 0, 10, "7.5", 10), (-5, -10, 10, 5, 20)],
)
def test_the_grade_is_actual_less_min_of_max_less_min(sat, actual, least, most, given, of):
    (report,) = reports_of(sat, scoreActual=actual, scoreMin=least, scoreMax=most)
    assert (report.state, report.score_given, report.score_maximum) == ("graded", Decimal(given), Decimal(of))
    assert report.has_result


def test_less_than_the_minimum_is_zero_and_says_so(sat):
    (report,) = reports_of(sat, scoreActual=-3)
    assert (report.score_given, report.note) == (0, "less than the minimum")


@pytest.mark.parametrize(
    "items",
    [[item(1), item(None)], [item(None)], [{"id": "i", "score": {"isScorable": True}}]],
)
def test_what_can_be_scored_and_is_not_keeps_it_from_being_final(sat, items):
    (report,) = reports_of(sat, results={"items": items})
    assert (report.state, report.has_result) == ("marking", False)


def test_an_item_that_cannot_be_scored_is_no_reason_to_wait_unless_the_account_says_so(sat):
    items = {"items": [item(1), item(None, scorable=False)]}
    assert reports_of(sat, results=items)[0].state == "graded"
    sat.account.settings |= {"unscorable_items": "pending"}
    sat.account.save()
    assert reports_of(sat, results=items)[0].state == "marking"


@pytest.mark.parametrize("missing", ["scoreActual", "results"])
def test_without_score_or_results_nothing_is_final(sat, missing):
    (report,) = reports_of(sat, session=(missing,))
    assert (report.state, report.has_result) == ("marking", False)


def test_in_progress_brings_no_result_even_with_a_score(sat):
    (report,) = reports_of(sat, maturity="IN_PROGRESS")
    assert (report.state, report.has_result, report.reopened) == ("started", False, False)


def test_a_maturity_that_nobody_documented_is_an_error_and_no_grade(sat):
    with pytest.raises(UnsupportedEvent, match="unknown_maturity"):
        reports_of(sat, maturity="ARCHIVED")


@pytest.mark.parametrize("most", [None, 0, "much"])
def test_a_score_without_a_scale_is_an_error(sat, most):
    with pytest.raises(UnsupportedEvent, match="no_scale"):
        reports_of(sat, scoreMax=most)


def test_an_answer_about_another_session_is_an_error(sat):
    with pytest.raises(UnsupportedEvent, match="another_session"):
        reports_of(sat, id="23a0c913-c61d-51fe-9b64-32096b7b84bf")


@pytest.mark.parametrize("raw", ["", "[]", "{}", '{"examSession": 1}', "null"])
def test_what_cannot_be_read_is_an_error(sat, raw):
    with pytest.raises(UnsupportedEvent, match="not_readable"):
        CAMPFIRE.read(PollMessage(sat.account, sat.fresh(), raw, timezone.now()))


def test_points_that_say_otherwise_are_noted_and_do_not_count(sat):
    results = {"items": [item(1)], "points": {"actual": 1, "min": 0, "max": 3, "isScorable": True}}
    (report,) = reports_of(sat, results=results)
    assert (report.score_given, report.note) == (80, "points of the last attempt differ")


def test_of_an_answer_no_name_no_answers_and_no_key_are_kept(sat):
    answer = {
        "examSession": {"id": "s", "name": "Alice", "studentId": "x", "responses": {"a": 1}, "maturity": "COMPLETE"},
        "examConfig": {"id": "c"},
    }
    assert json.loads(kept_of(answer)) == {"examSession": {"id": "s", "maturity": "COMPLETE"}}


# --- it goes on -----------------------------------------------------------------------------


def test_a_session_that_goes_on_moves_the_attempt_back_and_keeps_the_grade(bench):
    session = bench.sat(80)
    assert bench.look().state == "graded"
    version = Cell.objects.get().wanted_version
    session.maturity = "IN_PROGRESS"
    assert bench.look().state == "started"
    cell = Cell.objects.get()
    assert (cell.wanted_grade.score_given, cell.wanted_version) == (80, version)


@pytest.mark.parametrize("second", [90, 80])
def test_the_next_result_counts_even_when_it_is_the_same(bench, second):
    session = bench.sat(80)
    bench.look()
    session.maturity = "IN_PROGRESS"
    bench.look()
    session.grade(second)
    attempt = bench.look()
    assert attempt.state == "graded"
    assert Cell.objects.get().wanted_grade.score_given == second
    assert attempt.grades.count() == (1 if second == 80 else 2)


def test_reading_an_answer_twice_has_one_effect(bench):
    bench.sat(80)
    bench.look()
    bench.look()
    assert bench.fresh().grades.count() == 1
