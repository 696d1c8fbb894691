"""Scores: what one does to the gradebook (AGS 2.0 §3.4), in the manner of one LMS or another."""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from lti_bridge.sandbox.lms.lti13.advantage import columns
from lti_bridge.sandbox.lms.lti13.advantage.answers import Refused, Reply, refuse
from lti_bridge.sandbox.lms.lti13.advantage.manners import Manner, Score
from lti_bridge.sandbox.lms.people import PEOPLE
from lti_bridge.sandbox.lti13 import SCORE_TYPE
from lti_bridge.sandbox.models import GradebookEntry, GradeWrite, LineItem

_LONGEST_COMMENT = 10_000


@dataclass(frozen=True, slots=True)
class Post:
    """What came in, all of it that matters: it can be acted on after the connection is gone."""

    line_item_id: int
    content_type: str
    body: bytes
    manner: Manner
    #: Told to refuse as if there were a newer score.
    conflicts: bool = False


def answer(post: Post) -> Reply:
    """Take a score, or say why not. What came of it is kept at the cell."""
    try:
        if post.content_type != SCORE_TYPE:
            raise refuse(400, "Bad Request: No handler found")
        score = _read(post.body, post.manner)
        with transaction.atomic():
            item = LineItem.objects.select_related("link").filter(pk=post.line_item_id).first()
            if item is None:
                raise refuse(404, "Not Found: Line item doesn't exist")
            return _take(item, score, post)
    except Refused as refused:
        return refused.reply


def _take(item: LineItem, score: Score, post: Post) -> Reply:
    entry = columns.entry(item, score.user_id)
    try:
        if post.conflicts:
            raise refuse(409, "Conflict: Refusing score with an earlier timestamp")
        post.manner.check(entry, score)
    except Refused as refused:
        _remember(entry, score, f"refused: {refused.reply.status} {refused.reply.reason}"[:200])
        return refused.reply
    # A cell has room for 99 times full marks.
    outcome = post.manner.apply(entry, score, min(post.manner.part(score, item.score_maximum), Decimal(99)))
    entry.scored_at, entry.comment = score.timestamp, score.comment
    entry.save()
    kept = ", but the teacher's grade stands" if entry.overridden is not None else ""
    _remember(entry, score, f"{outcome}{kept}")
    return post.manner.taken(item, score)


def _remember(entry: GradebookEntry, score: Score, outcome: str) -> None:
    given = "no score" if score.given is None else f"{_text(score.given)}/{_text(score.maximum)}"
    value = f"{given} {score.activity_progress} {score.grading_progress} {score.raw_timestamp}"
    GradeWrite.objects.create(entry=entry, operation="score", value=value[:120], outcome=outcome)


def _text(number: Decimal | None) -> str:
    return "?" if number is None else format(number.normalize(), "f")


def _read(body: bytes, manner: Manner) -> Score:
    """A score, read as strictly as the LMSs do: they look at less than the specification asks for."""
    try:
        told = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        raise manner.incorrect("not JSON") from None
    if not isinstance(told, dict):
        raise manner.incorrect("not an object")
    user_id, stamp = told.get("userId"), told.get("timestamp")
    student = next((each for each in PEOPLE.values() if each.user_id == user_id and not each.teaches), None)
    timestamp = _time(stamp)
    if student is None or timestamp is None:
        raise manner.incorrect("userId or timestamp")
    if not isinstance(told.get("activityProgress"), str) or not isinstance(told.get("gradingProgress"), str):
        raise manner.incorrect("activityProgress or gradingProgress")
    given, maximum = _number(told.get("scoreGiven")), _number(told.get("scoreMaximum"))
    if told.get("scoreGiven") is not None and given is None:
        raise manner.incorrect("scoreGiven")
    if maximum is None and given is not None:
        raise manner.without_maximum()
    return Score(
        student.user_id,
        timestamp,
        str(stamp),
        told["activityProgress"],
        told["gradingProgress"],
        given,
        maximum,
        str(told.get("comment") or "")[:_LONGEST_COMMENT],
        told.get("https://canvas.instructure.com/lti/submission") or {},
    )


def _time(stamp: Any) -> datetime | None:
    """ISO 8601; without a time zone it is taken for UTC."""
    try:
        moment = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return Decimal(str(value))
