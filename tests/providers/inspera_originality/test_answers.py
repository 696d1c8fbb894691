"""Answers are read with tolerance: keys in any writing, percentages in any form."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.providers.inspera_originality.answers import look_up, percent, text

KEYS = ("documentId", "similarity", "translation_similarity", "AI_index", "originality_percentage", "institutionId")


@pytest.mark.parametrize(
    "written", ["AI_index", "ai_index", "Ai_index", "aiIndex", "AI INDEX", "ai-index", "AIINDEX", "_ai_index_"]
)
def test_a_key_is_found_however_it_is_written(written):
    assert look_up({"message": "x", written: 12}, "AI_index") == 12


@given(st.sampled_from(KEYS), st.data())
def test_case_and_underscores_make_no_difference_to_any_key(key, data):
    letters = [letter for letter in key if letter != "_"]
    written = "".join(
        data.draw(st.sampled_from(["", "_", "-", " "])) + data.draw(st.sampled_from([letter.lower(), letter.upper()]))
        for letter in letters
    )
    assert look_up({written: "found"}, key) == "found"


@given(st.dictionaries(st.text(max_size=8), st.integers()))
def test_a_key_that_is_not_there_is_not_found(told):
    assert look_up({name: value for name, value in told.items() if "similar" not in name.lower()}, "similarity") is None


def test_the_first_name_that_is_there_counts_and_null_is_as_good_as_absent():
    assert (
        look_up({"originality": "88", "originality_percentage": None}, "originality_percentage", "originality") == "88"
    )


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("12%", "12"),
        ("12", "12"),
        (12, "12"),
        (12.5, "12.5"),
        ("12,5 %", "12.5"),
        (" 0 % ", "0"),
        ("0%", "0"),
        ("100.00%", "100"),
        ("100.4%", "100"),
        ("33.333333%", "33.33"),
        ("\u00a07\u00a0%", "7"),
    ],
)
def test_a_percentage_in_any_form_is_a_number_from_0_to_100(told, number):
    assert percent(told) == Decimal(number)


@pytest.mark.parametrize(
    "told",
    [None, "", "%", "n/a", "Low risk", True, False, [], {}, "1.2.3", "1e5", "NaN", "inf", -1, "-0.5%", 101, 1000],
)
def test_what_is_no_percentage_is_none_and_never_0(told):
    assert percent(told) is None


@given(st.integers(min_value=0, max_value=10_000), st.sampled_from(["", "%", " %", "  %"]), st.sampled_from(".,"))
def test_every_number_comes_back_whatever_its_comma_and_sign(hundredths, sign, comma):
    whole, part = divmod(hundredths, 100)
    assert percent(f"{whole}{comma}{part:02d}{sign}") == Decimal(hundredths) / 100


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers())))
def test_nothing_that_is_told_breaks_the_reading(told):
    number = percent(told)
    assert number is None or 0 <= number <= 100
    assert isinstance(text(told), str)
