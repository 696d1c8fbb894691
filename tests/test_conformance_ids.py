"""The conformance cases that we claim to pass: each is named by the test that shows it.

``conformance_cases.txt`` lists their ids, one a line. A test names its cases in its docstring or in ids of parameters.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLAIMED = (HERE / "conformance_cases.txt").read_text().split()
#: An id: letters, then numbers with dashes, dots or letters between. Whole words, so that T11-2 is not found in T11-20.
_ID = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+(?:\.[0-9]+)?(?![\w-]|\.[0-9])")
NAMED = {each for file in HERE.rglob("test_*.py") for each in _ID.findall(file.read_text())}


@pytest.mark.parametrize("case", CLAIMED)
def test_a_case_that_we_claim_is_named_by_a_test(case: str) -> None:
    assert case in NAMED


def test_no_case_is_claimed_twice() -> None:
    assert not [case for case, times in Counter(CLAIMED).items() if times > 1]


def test_an_id_is_told_from_a_longer_one() -> None:
    assert _ID.findall("T11-20, T11-2.1: BO-S-01 and T13-BAD-07. E2E-04") == [
        *("T11-20", "T11-2.1", "BO-S-01", "T13-BAD-07", "E2E-04")
    ]
    assert "T11-2" not in _ID.findall("T11-20 T11-2.1 T11-2b")
