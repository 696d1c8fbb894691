"""What Isograd's API says about a test, as reports.

The grade is ``num_val`` of ``max_val``; with ``conversion = "as_documented"`` it is what the document's rules for LTI
make of it. "Not tested" (-1) is no score, and a test that is being marked has none yet.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from lti_bridge.errors import UnsupportedEvent
from lti_bridge.models import AttemptState
from lti_bridge.providers.isograd.conversion import convert
from lti_bridge.providers.isograd.envelope import is_success, read_json
from lti_bridge.providers.isograd.settings import by_api, conversion
from lti_bridge.providers.reports import GradeReport, PollMessage

COMPLETED, MARKED_BY_HAND = "3", "4"
#: ``sta_id`` → where the attempt stands; None: the result tells.
STATES: dict[str, AttemptState | None] = {
    "1": AttemptState.OPENED,  # not started
    "2": AttemptState.STARTED,
    COMPLETED: None,
    MARKED_BY_HAND: AttemptState.MARKING,
}
#: ``gra_typ_id`` → the most there is, where ``max_val`` does not say it. The number of questions (4) is not known.
MAXIMA = {"1": 5, "2": 1000, "3": 1000, "5": 1000, "15": 100}
#: ``gra_typ_id`` → what the document divides by to make a part of 1; number of correct answers (4): by the questions.
DIVISORS = {"1": 10, "2": 1000, "3": 1000, "5": 1000, "15": 1000}
RANGE = "5"
#: How far an LTI score may be from what it should be; it has few decimals.
NEAR = Decimal("0.01")
_LARGEST = Decimal(10) ** 9
_SPAN = re.compile(r"\b([0-9]{1,4})\s*[-–]\s*([0-9]{1,4})\b")


@dataclass(frozen=True, slots=True)
class Score:
    """A result of act 4. ``of``: None when nobody says what it is a part of."""

    value: Decimal
    of: Decimal | None
    grade_type: str
    words: str

    @property
    def more_in_words(self) -> str:
        """Isograd's words, where they say more than the two numbers."""
        numbers = f"{self.value.normalize():f}/{self.of.normalize():f}" if self.of else ""
        return "" if self.words.replace(" ", "") == numbers else self.words

    def documented(self) -> Decimal | None:
        """As a part of 1 by the document's rules."""
        divisor = DIVISORS.get(self.grade_type)
        if divisor:
            return self.value / divisor
        return self.value / self.of if self.of else None


def read_poll(message: PollMessage) -> list[GradeReport]:
    """Where the attempt stands by Isograd's answers.

    Raises ``UnsupportedEvent`` for a status that the document does not have and for a result without a scale.
    """
    answers = _read(message.raw)
    status = answers.get("get_test_status")
    if isinstance(status, dict):
        state = _state(status)
        if state:
            return [GradeReport(message.attempt, state, message.received_at)]
    results = answers.get("get_results")
    score = read_score(results) if isinstance(results, dict) and is_success(results) else None
    if score is None:
        # By LTI it was heard to be over already; nothing new is told.
        return [_over(message)] if status else []
    if "confirmed" in answers and answers["confirmed"] == results:
        return []  # still the result that is to be confirmed
    if "told" in answers and not _fits(score, str(answers["told"])):
        return []  # the last test taken is another one: the LTI message stands
    return [_report(message, score)]


def read_score(results: Mapping[str, Any]) -> Score | None:
    """The score of act 4; None when there is none."""
    value, most = number(results.get("num_val")), number(results.get("max_val"))
    grade_type, words = str(results.get("gra_typ_id", "")), str(results.get("txt_des") or "")
    if value is None or value < 0:
        return None
    if grade_type == RANGE and (span := _SPAN.search(words)):
        value = Decimal(int(span[1]) + int(span[2])) / 2
    if not most or most < 0:
        most = Decimal(MAXIMA[grade_type]) if grade_type in MAXIMA else None
    return Score(value, most, grade_type, words)


def _read(raw: str) -> dict[str, Any]:
    try:
        answers = read_json(raw)
    except ValueError:
        answers = None
    if not isinstance(answers, dict):
        raise UnsupportedEvent("not_readable", detail="isograd: the kept answer is no JSON object")
    return answers


def _state(status: Mapping[str, Any]) -> AttemptState | None:
    """The state of act 10; None when the result tells."""
    if not is_success(status):
        # Asked for by its own id and not there: deleted or cancelled at Isograd.
        return AttemptState.CANCELLED
    told = str(status.get("sta_id"))
    if told not in STATES:
        raise UnsupportedEvent("unknown_status", detail=f"isograd: sta_id {told[:20]!r}")
    return STATES[told]


def _over(message: PollMessage) -> GradeReport:
    return GradeReport(message.attempt, AttemptState.SUBMITTED, message.received_at, note="no score")


def _report(message: PollMessage, score: Score) -> GradeReport:
    given, most, note = _converted(message, score)
    return GradeReport(
        message.attempt,
        AttemptState.GRADED,
        message.received_at,
        has_result=True,
        score_given=given,
        score_maximum=most,
        raw_score=(score.words or f"{score.value:f}")[:200],
        note=note,
    )


def _converted(message: PollMessage, score: Score) -> tuple[Decimal, Decimal, str]:
    # By LTI the setting is about what LTI messages say; the API is asked because it knows better.
    if by_api(message.account.settings) and conversion(message.account) == "as_documented":
        part = score.documented()
        if part is not None:
            given, note = convert(part, "as_documented", score.grade_type)
            return given, Decimal(1), note
    if score.of is None:
        raise UnsupportedEvent("no_maximum", detail=f"isograd: gra_typ_id {score.grade_type[:20]!r} without max_val")
    note = "more than full marks" if score.value > score.of else ""
    return score.value, score.of, note


def _fits(score: Score, told: str) -> bool:
    """Whether a score of the API is the one that an LTI message told, by the document's rules or without them."""
    heard = number(told)
    if heard is None:
        return False
    parts = [score.documented(), score.value / score.of if score.of else None]
    return any(part is not None and abs(part - heard) <= NEAR for part in parts)


def number(value: Any) -> Decimal | None:
    """A number, as JSON has it or as text; None for what is none, or too large to be a score."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        told = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return None
    return told if told.is_finite() and abs(told) < _LARGEST else None
