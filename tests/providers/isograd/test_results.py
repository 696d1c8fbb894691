"""What Isograd's API says about a test, as reports: each status, each kind of grade, and no zero that is none."""

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import Account, AttemptState
from lti_bridge.providers.isograd.results import DIVISORS, MAXIMA, STATES, read_score
from lti_bridge.providers.reports import PollMessage
from tests.isograd_bench import ISOGRAD
from tests.providers.isograd.test_envelope import JSON

ATTEMPT = SimpleNamespace(pk=1)


def status(sta_id):
    return {"success": True, "error_message": None, "sta_id": sta_id}


def results(gra_typ_id=2, num_val=550, max_val=1000, **more):
    told = {"gra_typ_id": gra_typ_id, "num_val": num_val, "max_val": max_val, "txt_des": "", "no_sto_tim_spe": 60}
    return {"success": True, **{name: value for name, value in (told | more).items() if value is not ...}}


def read(answers, settings=None):
    account = Account(name="isograd-api", provider="isograd", settings={"connection": "api"} | (settings or {}))
    raw = answers if isinstance(answers, str) else json.dumps(answers)
    return ISOGRAD.read(PollMessage(account, ATTEMPT, raw, timezone.now()))


def one(answers, settings=None):
    (report,) = read(answers, settings)
    return report


def grade(settings=None, **more):
    report = one({"get_test_status": status(3), "get_results": results(**more)}, settings)
    return report.score_given, report.score_maximum


# --- sta_id ---------------------------------------------------------------------------------

#: As the document numbers them.
STANDS = {"1": AttemptState.OPENED, "2": AttemptState.STARTED, "4": AttemptState.MARKING}


@pytest.mark.parametrize("sta_id", STANDS)
@pytest.mark.parametrize("kind", [int, str])
def test_each_status_is_where_the_attempt_stands_and_never_a_result(sta_id, kind):
    report = one({"get_test_status": status(kind(sta_id))})
    assert (report.state, report.has_result) == (STANDS[sta_id], False)


def test_every_status_of_the_document_is_known():
    assert set(STATES) == {*STANDS, "3"}


@pytest.mark.parametrize("sta_id", [0, 5, "cancelled", "", None, -1, [3], True])
def test_an_unknown_status_is_refused_aloud(sta_id):
    with pytest.raises(UnsupportedEvent) as unknown:
        read({"get_test_status": status(sta_id), "get_results": results()})
    assert unknown.value.code == "unknown_status"


def test_a_test_that_isograd_does_not_know_is_cancelled():
    report = one({"get_test_status": {"success": False, "error_code": 501}})
    assert (report.state, report.has_result) == (AttemptState.CANCELLED, False)


def test_a_test_that_is_being_marked_has_no_score_although_there_is_a_number():
    report = one({"get_test_status": status(4), "get_results": results(num_val=100)})
    assert (report.state, report.has_result) == (AttemptState.MARKING, False)


# --- the grade ------------------------------------------------------------------------------

#: gra_typ_id → (num_val, max_val) as the API gives them, the grade, and what the document's rules make of it.
GRADES = {
    1: ((3, 5), ("3", "5"), ("0.3", "1")),
    2: ((550, 1000), ("550", "1000"), ("0.55", "1")),
    3: ((550, 1000), ("550", "1000"), ("0.55", "1")),
    4: ((12, 20), ("12", "20"), ("0.6", "1")),
    5: ((525, 1000), ("525", "1000"), ("0.525", "1")),
    15: ((80, 100), ("80", "100"), ("0.08", "1")),
}


def test_every_kind_of_grade_is_tested():
    assert {str(kind) for kind in GRADES} == {*DIVISORS, "4"}
    assert MAXIMA.keys() == DIVISORS.keys()


@pytest.mark.parametrize("kind", GRADES)
def test_a_grade_is_num_val_of_max_val(kind):
    (num_val, max_val), expected, _documented = GRADES[kind]
    assert grade(gra_typ_id=kind, num_val=num_val, max_val=max_val) == tuple(map(Decimal, expected))


@pytest.mark.parametrize("kind", GRADES)
def test_the_documents_own_rules_are_a_switch(kind):
    (num_val, max_val), _expected, documented = GRADES[kind]
    said = grade({"conversion": "as_documented"}, gra_typ_id=kind, num_val=num_val, max_val=max_val)
    assert said == tuple(map(Decimal, documented))


@pytest.mark.parametrize("kind", [kind for kind in GRADES if kind != 4])
@pytest.mark.parametrize("max_val", [0, None, ..., "", -1])
def test_a_scale_that_is_missing_is_taken_from_the_document(kind, max_val):
    (num_val, _), expected, _documented = GRADES[kind]
    assert grade(gra_typ_id=kind, num_val=num_val, max_val=max_val) == tuple(map(Decimal, expected))


@pytest.mark.parametrize("kind", [4, 99, None])
def test_a_number_of_which_nobody_says_what_it_is_a_part_of_is_no_grade(kind):
    with pytest.raises(UnsupportedEvent) as unknown:
        grade(gra_typ_id=kind, num_val=12, max_val=0)
    assert unknown.value.code == "no_maximum"


def test_an_unknown_kind_with_a_scale_is_a_grade():
    assert grade(gra_typ_id=99, num_val=7, max_val=10) == (7, 10)


@pytest.mark.parametrize(("words", "middle"), [("1-350", "175.5"), ("350-700", "525"), ("700 – 1000", "850")])
def test_a_range_counts_as_its_middle(words, middle):
    assert grade(gra_typ_id=5, num_val=2, txt_des=words) == (Decimal(middle), 1000)


def test_zero_is_a_grade():
    assert grade(num_val=0) == (0, 1000)


@pytest.mark.parametrize("num_val", [-1, "-1", None, "", "n/a", ..., True, [5], 1e12])
def test_not_tested_is_no_score_and_no_zero(num_val):
    report = one({"get_test_status": status(3), "get_results": results(num_val=num_val)})
    assert (report.state, report.has_result, report.score_given) == (AttemptState.SUBMITTED, False, None)


@pytest.mark.parametrize(
    ("num_val", "given"), [("550", "550"), ("550,5", "550.5"), (550.25, "550.25"), (1 / 3, "0.3333333333333333")]
)
def test_a_number_may_come_as_text(num_val, given):
    assert grade(num_val=num_val)[0] == Decimal(given)


def test_more_than_full_marks_stands_and_is_noted():
    report = one({"get_test_status": status(3), "get_results": results(num_val=1100)})
    assert (report.score_given, report.note) == (1100, "more than full marks")


def test_isograds_own_words_are_kept():
    assert one({"get_test_status": status(3), "get_results": results(txt_des="Intermediate – 3/5")}).raw_score == (
        "Intermediate – 3/5"
    )
    assert one({"get_test_status": status(3), "get_results": results()}).raw_score == "550"


@pytest.mark.parametrize("code", [501, 502])
def test_a_completed_test_whose_result_is_not_there_yet_waits(code):
    report = one({"get_test_status": status(3), "get_results": {"success": False, "error_code": code}})
    assert (report.state, report.has_result) == (AttemptState.SUBMITTED, False)


@pytest.mark.parametrize("details", [{}, [], {"12": {"des": "x", "level": -1}}])
def test_details_change_no_grade(details):
    answers = {"get_test_status": status(3), "get_results": results()}
    answers["get_result_details"] = {"success": True, "result_details": details}
    assert one(answers).score_given == 550


# --- a confirmation test --------------------------------------------------------------------


def test_the_result_that_is_to_be_confirmed_is_not_taken_for_the_confirmation():
    assert read({"confirmed": results(), "get_results": results()}) == []


def test_another_result_is_the_confirmations():
    report = one({"confirmed": results(), "get_results": results(num_val=560)})
    assert (report.state, report.score_given) == (AttemptState.GRADED, 560)


def test_the_same_score_in_another_time_is_the_confirmations():
    assert one({"confirmed": results(), "get_results": results(no_sto_tim_spe=61)}).score_given == 550


def test_an_unfinished_confirmation_tells_nothing():
    assert read({"confirmed": results(), "get_results": {"success": False, "error_code": 502}}) == []


# --- a check of what came by LTI ------------------------------------------------------------

BY_LTI = {"connection": "lti11", "conversion": "as_documented"}


LEVEL_3_OF_5 = {"gra_typ_id": 1, "num_val": 3, "max_val": 5}
EIGHTY_OF_100 = {"gra_typ_id": 15, "num_val": 80, "max_val": 100}


@pytest.mark.parametrize(
    ("told", "given"),
    [("0.3", LEVEL_3_OF_5), ("0.08", EIGHTY_OF_100), ("0.8", EIGHTY_OF_100), ("0.55", {}), ("0.5497", {})],
)
def test_a_score_that_fits_what_came_by_lti_is_the_better_one(told, given):
    """By the document, LTI says 0.3 for level 3 of 5: the API tells what it is a part of."""
    report = one({"get_results": results(**given), "told": told}, BY_LTI)
    asked = results(**given)
    assert (report.score_given, report.score_maximum) == (asked["num_val"], asked["max_val"])


@pytest.mark.parametrize("told", ["0.9", "0", "?"])
def test_a_score_that_does_not_fit_is_of_another_test(told):
    assert read({"get_results": results(), "told": told}, BY_LTI) == []


def test_without_a_score_by_lti_the_api_alone_tells():
    assert one({"get_results": results()}, BY_LTI).score_given == 550


@pytest.mark.parametrize("code", [501, 502])
def test_where_the_api_knows_of_no_result_nothing_changes(code):
    assert read({"get_results": {"success": False, "error_code": code}, "told": "0.5"}, BY_LTI) == []


# --- whatever comes -------------------------------------------------------------------------


@pytest.mark.parametrize("raw", ["", "null", "[]", "{", '"x"', '{"get_results": NaN}'])
def test_what_cannot_be_read_is_refused_aloud(raw):
    with pytest.raises(UnsupportedEvent):
        read(raw)


ANSWERS = st.dictionaries(
    st.sampled_from(["get_test_status", "get_results", "get_result_details", "confirmed", "told"]),
    JSON | st.builds(results, num_val=JSON, max_val=JSON, gra_typ_id=JSON) | st.builds(status, JSON | st.just(3)),
)


@given(ANSWERS, st.sampled_from(["corrected", "as_documented"]))
def test_whatever_comes_there_is_a_report_or_a_clear_refusal(answers, conversion):
    try:
        reports = read(answers, {"conversion": conversion})
    except UnsupportedEvent:
        return
    for report in reports:
        assert report.has_result is (report.score_given is not None)
        if report.has_result:
            assert report.score_given >= 0 and report.score_maximum > 0


@given(JSON, JSON, JSON, st.text())
def test_reading_a_score_never_fails(kind, value, most, words):
    score = read_score({"gra_typ_id": kind, "num_val": value, "max_val": most, "txt_des": words})
    assert score is None or (score.value >= 0 and (score.of is None or score.of > 0))
