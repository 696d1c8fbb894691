"""What a gradebook can hold of a grade."""

from decimal import Decimal

import pytest

from lti_bridge.delivery import limits
from lti_bridge.models import Cell


def _cell_of_basic_outcomes() -> Cell:
    return Cell(lti11_id=1, result_sourcedid="row-1", outcome_service_url="https://lms.example/outcomes")


@pytest.mark.parametrize("score", [None, Decimal(0), Decimal("0.5"), Decimal(1)])
def test_what_fits_needs_no_word(score: Decimal | None) -> None:
    cell = _cell_of_basic_outcomes()
    assert (limits.held(cell, score), limits.in_words(cell, score)) == (score, "")


def test_more_than_full_marks_fill_a_cell_of_basic_outcomes_and_it_is_said() -> None:
    """E2E-04"""
    cell = _cell_of_basic_outcomes()
    assert limits.held(cell, Decimal("1.1")) == 1
    said = "The gradebook can hold 100\N{NO-BREAK SPACE}% at most; the provider gave 110\N{NO-BREAK SPACE}%."
    assert limits.in_words(cell, Decimal("1.1")) == said
    assert "gave 133.33\N{NO-BREAK SPACE}%" in limits.in_words(cell, Decimal(4) / 3)


def test_a_gradebook_that_is_not_known_yet_has_no_limit() -> None:
    assert limits.in_words(Cell(), Decimal("1.1")) == ""
