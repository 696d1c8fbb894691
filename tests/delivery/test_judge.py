"""Whose value a gradebook holds."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_bridge.delivery.judge import Whose, judge

D = Decimal
SCORES = st.decimals(min_value=0, max_value=1, places=6)


@pytest.mark.parametrize(
    ("wanted", "found", "sent", "taken", "whose"),
    [
        ("0.7", "0.7", ["0.7"], False, Whose.WANTED),
        ("0.7", "0.7000001", ["0.7"], False, Whose.WANTED),
        ("0.8333", "0.83", ["0.8333"], False, Whose.WANTED),
        ("0.7", "0.2", ["0.2", "0.7"], False, Whose.EARLIER),
        ("0.7", "0.701", ["0.701", "0.7"], False, Whose.EARLIER),
        ("0.7", None, ["0.7"], False, Whose.EARLIER),
        ("0.7", None, ["0.7"], True, Whose.EARLIER),
        ("0.7", "0.95", ["0.2", "0.7"], False, Whose.FOREIGN),
        ("0", None, ["0"], True, Whose.WANTED),
        ("0", None, ["0"], False, Whose.EARLIER),
        ("0", "0", ["0"], False, Whose.WANTED),
        ("1.1", "1", ["1.1"], True, Whose.WANTED),
        ("1.1", "1", ["1.1"], False, Whose.EARLIER),
        ("1.1", "1", ["1", "1.1"], True, Whose.WANTED),
        ("1.1", "1.1", ["1.1"], False, Whose.WANTED),
        ("0.8", "1", ["1.2", "0.8"], True, Whose.EARLIER),
        ("1.1", "0.9", ["1.1"], True, Whose.FOREIGN),
        ("0.8", "1", ["0.8"], True, Whose.FOREIGN),
        (None, None, ["0.7"], False, Whose.WANTED),
        (None, "0.7", ["0.7"], False, Whose.EARLIER),
        (None, "0.4", ["0.7"], False, Whose.FOREIGN),
    ],
)
def test_whose_value_it_is(wanted: str | None, found: str | None, sent: list[str], taken: bool, whose: Whose) -> None:
    values = [None if value is None else D(value) for value in (wanted, found)]
    assert judge(values[0], values[1], map(D, sent), taken=taken) is whose


@given(wanted=SCORES, others=st.lists(SCORES), taken=st.booleans())
def test_what_is_wanted_is_always_recognised(wanted: Decimal, others: list[Decimal], taken: bool) -> None:
    assert judge(wanted, wanted, [*others, wanted], taken=taken) is Whose.WANTED


@given(wanted=SCORES, older=SCORES, taken=st.booleans())
def test_an_earlier_value_of_ours_is_never_taken_for_what_is_wanted(
    wanted: Decimal, older: Decimal, taken: bool
) -> None:
    if abs(older - wanted) > D("0.00002"):
        assert judge(wanted, older, [older, wanted], taken=taken) is Whose.EARLIER


@given(found=st.none() | SCORES, wanted=st.none() | SCORES, sent=st.lists(SCORES), taken=st.booleans())
def test_an_empty_cell_is_never_somebodys_decision(
    found: Decimal | None, wanted: Decimal | None, sent: list[Decimal], taken: bool
) -> None:
    if found is None:
        assert judge(wanted, found, sent, taken=taken) is not Whose.FOREIGN
