"""Tables for spreadsheets: no cell is a formula, by whichever separator they are read."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.spreadsheets import harmless

SIGNS = "=+-@＝＋－＠"  # noqa: RUF001
TEXT = st.text(alphabet=f"{SIGNS};,\t\r\n \"'a1\u00a0", max_size=12)


@given(st.lists(st.lists(TEXT, min_size=1, max_size=4), max_size=4))
def test_no_cell_is_a_formula_whatever_separates_them(rows: list[list[str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([harmless(each) for each in row] for row in rows)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.lstrip(' "\u00a0').startswith(tuple(SIGNS))]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Essay;=cmd|' /C calc'!A0;x", "Essay;'=cmd|' /C calc'!A0;x"),
        ("=1", "'=1"),
        ("\t=1", "'\t'=1"),
        ("first\n-second", "first\n'-second"),
        ("＝1", "'＝1"),  # noqa: RUF001
        ("On bridges; a study - by a=b", "On bridges; a study - by a=b"),
        ("-5", "'-5"),
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
    ],
)
def test_what_becomes_of_a_value(value: object, cell: str) -> None:
    assert harmless(value) == cell


def test_a_long_text_of_nothing_is_a_cell_like_others() -> None:
    """Looked at twice for each of its signs, it would keep a web server busy for hours."""
    nothing = "\n" * 300_000 + '" ' * 300_000 + ";" * 300_000
    assert harmless(nothing) == "'" + nothing
