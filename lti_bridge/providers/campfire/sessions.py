"""Exam sessions as Campfire tells them, typed. What is missing or of another kind is left out, never made up."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

COMPLETE, IN_PROGRESS = "COMPLETE", "IN_PROGRESS"
_LARGEST = Decimal(10) ** 9
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Score:
    """Points: ``actual`` from ``lowest`` to ``highest``; no ``actual`` where nothing was scored."""

    actual: Decimal | None
    lowest: Decimal
    highest: Decimal | None
    is_scorable: bool = True

    @property
    def fraction(self) -> Decimal | None:
        """(actual − min) / (max − min); none where that is no number."""
        if self.actual is None or self.highest is None or self.highest <= self.lowest:
            return None
        return (self.actual - self.lowest) / (self.highest - self.lowest)


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose from, as plain text."""

    id: str
    index: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an item. ``chosen``: indices of the options that were chosen, where that is told."""

    id: str
    interaction_type: str
    options: tuple[Option, ...]
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the exam and what was scored."""

    id: str
    score: Score
    name: str = ""
    alignment_ids: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """A learning objective and what was reached of it."""

    id: str
    score: Score
    scores: tuple[Score, ...] = ()
    text: str = ""
    abbreviation: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """Item by item, objective by objective, and in points."""

    items: tuple[Item, ...]
    objectives: tuple[Objective, ...]
    points: Score | None


@dataclass(frozen=True, slots=True)
class ExamSession:
    """One session. ``results``: none where the answer has none."""

    id: str
    maturity: str
    score: Score
    exam_id: str = ""
    exam_config_id: str = ""
    workspace_id: str = ""
    student_id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    user_id: str = field(default="", repr=False)
    #: Item → whatever was answered.
    responses: Mapping[str, Any] = field(default_factory=dict, repr=False)
    results: Results | None = None

    @property
    def is_complete(self) -> bool:
        return self.maturity == COMPLETE


def read_session(answer: Any) -> ExamSession | None:
    """The session of an answer, or of an entry of the list; none where there is none."""
    told = _dict(answer)
    session = _dict(told.get("examSession"))
    if not _text(session.get("id")):
        return None
    results = session.get("results") if "results" in session else told.get("results")
    return ExamSession(
        id=_text(session["id"]),
        maturity=_text(session.get("maturity")),
        score=Score(
            number(session.get("scoreActual")),
            number(session.get("scoreMin")) or Decimal(0),
            number(session.get("scoreMax")),
        ),
        # In one place it has a version behind a slash.
        exam_id=_text(session.get("examId")).partition("/")[0],
        exam_config_id=_text(_dict(told.get("examConfig")).get("id")),
        workspace_id=_text(session.get("workspaceId")),
        student_id=_text(session.get("studentId")),
        name=_text(session.get("name")),
        user_id=_text(_dict(_dict(session.get("examSessionData")).get("lti")).get("userId")),
        responses=_dict(session.get("responses")),
        results=read_results(results) if isinstance(results, dict) else None,
    )


def read_results(told: Mapping[str, Any]) -> Results:
    """The results of a session, in either of the two forms in which they are told."""
    objectives = _dict(told.get("objectives"))
    return Results(
        items=tuple(_item(each) for each in _dicts(told.get("items"))),
        objectives=tuple(_objective(key, each) for key, each in objectives.items() if isinstance(each, dict)),
        points=_score(told["points"]) if isinstance(told.get("points"), dict) else None,
    )


def _item(told: Mapping[str, Any]) -> Item:
    return Item(
        id=_text(told.get("id")),
        score=_score(told.get("score")),
        name=plain(told.get("name")),
        alignment_ids=tuple(_text(each) for each in _list(told.get("alignmentIds"))),
        questions=tuple(_question(each) for each in _dicts(told.get("questions"))),
    )


def _question(told: Mapping[str, Any]) -> Question:
    options = (
        Option(_text(each.get("id")), _index(each.get("index")), plain(each.get("content")))
        for each in _dicts(told.get("options"))
    )
    chosen = (_index(each.get("index")) for each in _dicts(_dict(told.get("response")).get("options")))
    return Question(
        _text(told.get("id")),
        _text(told.get("interactionType")),
        tuple(options),
        tuple(each for each in chosen if each is not None),
    )


def _objective(key: str, told: Mapping[str, Any]) -> Objective:
    return Objective(
        id=_text(told.get("id")) or key,
        score=_score(told.get("score")),
        scores=tuple(_score(each) for each in _dicts(told.get("scores"))),
        text=plain(told.get("text")),
        abbreviation=plain(told.get("abbreviation")),
    )


def _score(told: Any) -> Score:
    score = _dict(told)
    return Score(
        number(score.get("actual")),
        number(score.get("min")) or Decimal(0),
        number(score.get("max")),
        score.get("isScorable") is not False,
    )


def number(value: Any) -> Decimal | None:
    """A number as JSON has it or as text; none for what is no score."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        told = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return told if told.is_finite() and abs(told) < _LARGEST else None


def plain(value: Any) -> str:
    """Text without the tags that Campfire writes it with."""
    return " ".join(html.unescape(_TAG.sub(" ", _text(value))).split())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _index(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]
