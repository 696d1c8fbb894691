"""What providers tell us: messages as they came, and the one report they all end in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lti_bridge.models import Account, Attempt, AttemptState


@dataclass(frozen=True, slots=True)
class ScoreMessage:
    """A score that came by LTI for one attempt: a part of 1, or none when the provider takes it back.

    ``raw_score`` is the provider's text, exactly.
    """

    attempt: Attempt
    score: Decimal | None
    raw_score: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LineItemScore:
    """A score that came by Assignment and Grade Services for one attempt.

    ``activity_progress`` and ``grading_progress`` are AGS's own words (§3.4.7, §3.4.8). ``score_given`` of
    ``score_maximum``; none when the tool clears its score. ``scored_at``: the tool's own time, rising with each score.
    """

    attempt: Attempt
    score_given: Decimal | None
    score_maximum: Decimal | None
    activity_progress: str
    grading_progress: str
    scored_at: datetime
    received_at: datetime
    raw_score: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class HintMessage:
    """A call back or a browser that came back: says that something happened, proves nothing."""

    account: Account
    attempt: Attempt
    kind: str  # "callback" or "return"
    received_at: datetime
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PollMessage:
    """What a provider answered when it was asked about an attempt. ``raw``: as :meth:`Provider.fetch` gave it."""

    account: Account
    attempt: Attempt
    raw: str
    received_at: datetime


Message = ScoreMessage | LineItemScore | HintMessage | PollMessage


@dataclass(frozen=True, slots=True)
class Findings:
    """What a provider found in a document: percentages from 0 to 100, None where it tells none.

    ``originality``: in its own words. ``more``: what else it tells, in its own names.
    """

    similarity: Decimal | None = None
    translation_similarity: Decimal | None = None
    ai_index: Decimal | None = None
    originality: str = ""
    originality_percentage: Decimal | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GradeReport:
    """What a provider says about one attempt, in our words.

    ``state``: where the attempt stands now. A result is there when ``has_result``: ``score_given`` of
    ``score_maximum``, or none of both when the provider took its result back. Absent, not yet marked and failed
    never become 0. ``reported_at``: when it came to be, by the provider's own word if ``timed``, else when it reached
    us; then the order in which the events were kept says which is newer, because clocks are set back. ``reopened``: the
    attempt goes on after it was over, back to ``state``; the result it had stands until there is another one.
    ``comment``: its words about the result; None where it has no say in that, which leaves an earlier one as it is.
    ``findings``: what it found in the attempt's document, if it says so now.
    """

    attempt: Attempt
    state: AttemptState
    reported_at: datetime
    has_result: bool = False
    score_given: Decimal | None = None
    score_maximum: Decimal | None = None
    raw_score: str = ""
    note: str = ""
    comment: str | None = None
    timed: bool = False
    reopened: bool = False
    findings: Findings | None = None
