"""The cases that we claim to pass: each is named by the test that shows it, and none can go without being missed.

``conformance_cases.txt`` lists their ids, one a line. A test names its cases in its docstring or in ids of parameters,
and what it names stands in the list.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLAIMED = (HERE / "conformance_cases.txt").read_text().split()
#: Kinds of cases: LTI 1.1 and 1.3 as tool (T11, T13) and toward providers (C11, P13), Basic Outcomes, content items,
#: dynamic registration, platform storage, migration, the way from end to end, known vulnerabilities; faults (F),
#: attacks (S).
_ID = re.compile(
    r"(?<![\w-])"
    r"(?:(?:T11|T13|C11|P13|BO|CI|DR|PS|MG|E2E)(?:-[A-Z]+)*-[0-9]+(?:\.[0-9]+)?[a-z]?|SEC-[A-Z][0-9]+|[FS][0-9]{1,2})"
    r"(?![\w-]|\.[0-9])"
)
_FILES = [file for file in HERE.rglob("*.py") if file != Path(__file__)]
NAMED = {each for file in _FILES for each in _ID.findall(file.read_text())}


@pytest.mark.parametrize("case", CLAIMED)
def test_a_case_that_we_claim_is_named_by_a_test(case: str) -> None:
    assert case in NAMED


def test_a_case_that_a_test_names_is_claimed() -> None:
    """Else its test could go, and nobody would miss it."""
    assert sorted(NAMED - set(CLAIMED)) == []


def test_no_case_is_claimed_twice() -> None:
    assert not [case for case, times in Counter(CLAIMED).items() if times > 1]


def test_an_id_is_told_from_a_longer_one() -> None:
    assert _ID.findall("T11-20, T11-2.1: BO-S-01 and T13-BAD-07. E2E-04, SEC-J7 (S11) F2") == [
        *("T11-20", "T11-2.1", "BO-S-01", "T13-BAD-07", "E2E-04", "SEC-J7", "S11", "F2")
    ]
    assert "T11-2" not in _ID.findall("T11-20 T11-2.1 T11-2b UTF-8 CVE-2025-27370 SHA256 PDF-1.4 S256")
