"""What is told to an LMS of a provider's words about a result: plain text, the same on every try of a version.

Where an LMS adds each comment to the former ones (Canvas), one goes with the request that announces the attempt, which
there is once at most, and never again.
"""

import re
import unicodedata

from lti_bridge.delivery import submissions
from lti_bridge.delivery.quirks import quirks_of
from lti_bridge.models import Cell, Grade

#: A gradebook shows a comment in a small window.
LONGEST = 2_000
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_OPENS_A_TAG = re.compile(r"<(?=[a-zA-Z/!?])")
_LINES = re.compile(r"\n{3,}")


def told(cell: Cell) -> str:
    """The comment that goes with what a claimed cell wants; empty for none."""
    if cell.wanted_score is None or (_adds(cell) and not submissions.is_new(cell)):
        return ""
    return _of(cell.wanted_grade)


def change(cell: Cell, grade: Grade | None) -> bool:
    """Whether a grade of the same score as the wanted one says something else, where the LMS would take that."""
    if grade is None or grade.pk == cell.wanted_grade_id or cell.line_item_id is None:
        return False
    return not _adds(cell) and _of(grade) != _of(cell.wanted_grade)


def plain(text: str) -> str:
    """A comment as plain text of bounded length: some LMSs show as HTML whatever they are told (Moodle)."""
    text = _OPENS_A_TAG.sub("< ", _TAG.sub("", text))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = "".join(each for each in text if each == "\n" or unicodedata.category(each) not in ("Cc", "Cs"))
    text = _LINES.sub("\n\n", text).strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _adds(cell: Cell) -> bool:
    return quirks_of(cell.platform.family).scores.adds_comments


def _of(grade: Grade | None) -> str:
    return plain(grade.comment) if grade else ""
