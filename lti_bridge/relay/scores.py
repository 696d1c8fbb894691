"""Scores that tools post at line items (AGS 2.0 §3.4): what one says, the one that stands, and the message it makes.

A score is kept as an event before it counts. Then it stands, unless one with a later time does; only then it is read as
a message about an attempt. The sweep that reads an event after a crash goes the same way.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlencode

from django.db import transaction
from django.utils import timezone

from lti_bridge import refused_messages
from lti_bridge.models import Account, Attempt, AttemptState, Learner, ProviderEvent, ProviderLineItem, ProviderScore
from lti_bridge.providers.reports import LineItemScore
from lti_bridge.relay import json_body, line_items, links
from lti_bridge.relay.json_body import Body
from lti_bridge.relay.problems import ServiceProblem, malformed

ACTIVITY_PROGRESS = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
GRADING_PROGRESS = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")
#: A clock that is further ahead would lock out the scores of hours to come.
FUTURE = timedelta(minutes=5)
#: A score may exceed its maximum (§3.4.4), but no gradebook cell of ours holds a hundred times as much.
MOST_TIMES = 99
_LONGEST_COMMENT = 10_000


@dataclass(frozen=True, slots=True)
class Score:
    """A score as it was sent. ``given`` of ``maximum``; none of both when the tool clears its score."""

    user_id: str
    timestamp: datetime
    activity_progress: str
    grading_progress: str
    given: Decimal | None
    maximum: Decimal | None
    comment: str
    scoring_user_id: str

    @property
    def raw(self) -> str:
        """The number as the tool wrote it, near enough for people."""
        return "" if self.given is None or self.maximum is None else f"{_text(self.given)} of {_text(self.maximum)}"


@dataclass(frozen=True, slots=True)
class Posted:
    """A score, at whose item, about whom, and about which attempt (none at an item that the tool made)."""

    score: Score
    line_item: ProviderLineItem
    learner: Learner
    attempt: Attempt | None

    @property
    def nonce(self) -> str:
        """The same for every message about that item, person and time."""
        return f"score:{self.line_item.pk}:{self.learner.pk}:{self.score.timestamp.isoformat()}"

    @property
    def query(self) -> str:
        """What an event keeps beside the body, so that it can be read without its address."""
        return urlencode({"line_item": self.line_item.pk})


# --- reading --------------------------------------------------------------------------------


def read(raw: bytes) -> Score:
    """The score in a body. Raises ``ServiceProblem``."""
    body = json_body.read(raw)
    timestamp = json_body.moment(body, "timestamp")
    if timestamp is None:
        raise malformed("timestamp is missing.")
    given, maximum = _number_of(body)
    if "scoringUserId" in body and body["scoringUserId"] is None:
        raise malformed("scoringUserId must be left out or be a text.")
    _check_submission(body)
    return Score(
        user_id=json_body.text(body, "userId", longest=255, required=True),
        timestamp=timestamp,
        activity_progress=_one_of(body, "activityProgress", ACTIVITY_PROGRESS),
        grading_progress=_one_of(body, "gradingProgress", GRADING_PROGRESS),
        given=given,
        maximum=maximum,
        comment=json_body.text(body, "comment", longest=_LONGEST_COMMENT).strip(),
        scoring_user_id=json_body.text(body, "scoringUserId", longest=255),
    )


def posted(line_item: ProviderLineItem, score: Score) -> Posted:
    """Whom and which attempt a score is about. Raises ``ServiceProblem`` when it must not be taken (§3.4.9)."""
    _check_clock(line_item.account, score.timestamp)
    learner = _learner(line_item, score.user_id)
    at = line_items.link_of(line_item)
    attempt = links.newest_attempt(line_item.account, learner, at) if at else None
    if at is not None and attempt is None:
        raise _not_theirs()
    if attempt is not None and attempt.state == AttemptState.CANCELLED:
        raise ServiceProblem(422, "not_graded_any_more", "This person's attempt was cancelled and is not graded.")
    return Posted(score, line_item, learner, attempt)


def message_of(event: ProviderEvent) -> LineItemScore | None:
    """What an event says; None at an item that the tool made. From here on its score stands.

    Raises ``ServiceProblem`` when another one stands by now.
    """
    raw = event.raw_body.encode()
    score, line_item = read(raw), _line_item(event)
    learner = event.attempt.learner if event.attempt else _learner(line_item, score.user_id)
    stand(Posted(score, line_item, learner, event.attempt), raw)
    if event.attempt is None:
        return None
    return LineItemScore(
        attempt=event.attempt,
        score_given=score.given,
        score_maximum=score.maximum,
        activity_progress=score.activity_progress,
        grading_progress=score.grading_progress,
        scored_at=score.timestamp,
        received_at=event.received_at,
        raw_score=score.raw,
        comment=score.comment,
    )


# --- the score that stands ------------------------------------------------------------------


def check_order(new: Posted, raw: bytes) -> None:
    """Return if nothing that stands is in the way of a score. Raises ``ServiceProblem`` (409)."""
    row = ProviderScore.objects.filter(line_item=new.line_item, learner=new.learner).first()
    if row is not None:
        _check_later(row, new, raw)


@transaction.atomic
def stand(new: Posted, raw: bytes) -> None:
    """Make a score the one that stands; again has no effect. Raises ``ServiceProblem`` when a later one does."""
    fields = {
        "timestamp": new.score.timestamp,
        "digest": _digest(raw),
        "score_given": new.score.given,
        "score_maximum": new.score.maximum,
        "activity_progress": new.score.activity_progress,
        "grading_progress": new.score.grading_progress,
        "comment": new.score.comment,
        "scoring_user_id": new.score.scoring_user_id,
    }
    rows = ProviderScore.objects.select_for_update()
    row, made = rows.get_or_create(line_item=new.line_item, learner=new.learner, defaults=fields)
    if made:
        return
    _check_later(row, new, raw)
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def _check_later(row: ProviderScore, new: Posted, raw: bytes) -> None:
    same = row.timestamp == new.score.timestamp and row.digest == _digest(raw)
    if not same and row.timestamp >= new.score.timestamp:
        raise conflict()


def conflict() -> ServiceProblem:
    return ServiceProblem(409, "not_newer", "A score with this time or a later one is here already.")


# --- parts ----------------------------------------------------------------------------------


def _check_clock(account: Account, timestamp: datetime) -> None:
    """Return if a score's time is not ahead of ours. Raises ``ServiceProblem``, and has administrators know of it."""
    ahead = timestamp - timezone.now()
    if ahead > FUTURE:
        refused_messages.note(account, "score_in_future", skew=int(ahead.total_seconds()))
        minutes = int(FUTURE.total_seconds() // 60)
        raise malformed(f"timestamp is more than {minutes} minutes in the future: please set the clock.")


def _line_item(event: ProviderEvent) -> ProviderLineItem:
    """The item that an event's score was posted at."""
    pk = parse_qs(event.raw_query).get("line_item", ["0"])[0]
    rows = ProviderLineItem.objects.select_related("account", "context")
    row = rows.filter(account=event.account_id, pk=int(pk)).first()
    if row is None:
        raise ServiceProblem(404, "not_found", "The line item was deleted.")
    return row


def _learner(line_item: ProviderLineItem, user_id: str) -> Learner:
    """A person of the item's course, or of its link where it has one."""
    account, context = line_item.account, line_item.context
    at = line_items.link_of(line_item) or links.find_link(account, context, line_item.link_key)
    if at is None and line_item.link_key:
        raise _not_theirs()
    learner = links.people(account, context, at).filter(opaque_id=user_id).first()
    if learner is None:
        raise _not_theirs()
    return learner


def _not_theirs() -> ServiceProblem:
    return ServiceProblem(422, "unknown_user", "This user was not launched at what the line item belongs to.")


def _one_of(body: Body, name: str, words: tuple[str, ...]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or value not in words:
        raise malformed(f"{name} must be one of {', '.join(words)}.")
    return value


def _number_of(body: Body) -> tuple[Decimal | None, Decimal | None]:
    """The score and its maximum; none of both without a score."""
    given = json_body.number(body, "scoreGiven", above_zero=False)
    maximum = json_body.number(body, "scoreMaximum", above_zero=True)
    if given is None:
        return None, None
    if maximum is None:
        raise malformed("scoreMaximum is missing: a scoreGiven needs one.")
    if given > maximum * MOST_TIMES:
        raise malformed(f"scoreGiven is more than {MOST_TIMES} times scoreMaximum.")
    return given, maximum


def _check_submission(body: Body) -> None:
    told = body.get("submission")
    if told is None:
        return
    if not isinstance(told, Mapping):
        raise malformed("submission must be an object.")
    started, submitted = (json_body.moment(dict(told), name) for name in ("startedAt", "submittedAt"))
    if started and submitted and submitted < started:
        raise malformed("submittedAt is before startedAt.")


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _text(value: Decimal) -> str:
    return format(value.normalize(), "f")
