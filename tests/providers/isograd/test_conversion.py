"""Grade conversion, entry by entry."""

from decimal import Decimal

import pytest

from lti_bridge.providers.isograd.conversion import FACTORS, convert

#: gra_typ_id → what Isograd's document sends for full marks, and what it is worth.
FULL_MARKS = {
    "1": ("0.5", "1"),
    "2": ("1", "1"),
    "3": ("1", "1"),
    "4": ("1", "1"),
    "5": ("0.85", "0.85"),
    "15": ("0.1", "1"),
}


def test_every_grade_type_is_tested():
    assert set(FULL_MARKS) == set(FACTORS)


@pytest.mark.parametrize("grade_type", FULL_MARKS)
def test_full_marks_are_corrected(grade_type):
    sent, worth = FULL_MARKS[grade_type]
    assert convert(Decimal(sent), "corrected", grade_type) == (Decimal(worth), "")


@pytest.mark.parametrize("grade_type", FULL_MARKS)
def test_zero_stays_zero(grade_type):
    assert convert(Decimal(0), "corrected", grade_type) == (0, "")


@pytest.mark.parametrize("grade_type", FULL_MARKS)
def test_a_value_above_full_marks_stands_and_is_asked_about(grade_type):
    """E2E-04"""
    score, note = convert(Decimal(1), "corrected", grade_type)
    assert score == FACTORS[grade_type]
    assert ("is gra_typ_id right?" in note) is (grade_type in ("1", "15"))


@pytest.mark.parametrize("grade_type", [*FULL_MARKS, "", "99"])
def test_as_documented_takes_the_value_as_it_is(grade_type):
    assert convert(Decimal("0.37"), "as_documented", grade_type) == (Decimal("0.37"), "")


@pytest.mark.parametrize("grade_type", ["", "99"])
def test_an_unknown_grade_type_is_never_guessed(grade_type):
    score, note = convert(Decimal("0.5"), "corrected", grade_type)
    assert score == Decimal("0.5")
    assert "not corrected" in note


def test_thirds_keep_ten_digits():
    assert convert(Decimal(1) / 3, "as_documented", "")[0] == Decimal("0.3333333333")
