"""Reason codes in words."""

import re
from pathlib import Path

import pytest

from lti_bridge.launch.refusals import REFUSALS
from lti_bridge.pages.refused import in_words

SOURCE = Path(__file__).parents[2] / "lti_bridge"
RAISED = sorted(
    {code for file in SOURCE.rglob("*.py") for code in re.findall(r'CannotOpen\(\s*"(\w+)"', file.read_text())}
    # Of pages only: no launch is refused with it.
    - {"link_names_its_activity"}
)


@pytest.mark.parametrize("code", RAISED)
def test_every_code_of_what_cannot_be_opened_has_words(code: str) -> None:
    assert in_words(code) != code


@pytest.mark.parametrize("code", REFUSALS)
def test_no_words_have_holes(code: str) -> None:
    assert "{" not in in_words(code)


def test_a_code_nobody_knows_stands_for_itself() -> None:
    assert in_words("later_code") == "later_code"
