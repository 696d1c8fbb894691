"""What the pretend Campfire tells of a session, in its document's own shapes."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from lti_bridge.sandbox.campfire.exams import EXAM_ID, ITEMS, OBJECTIVES, Item
from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.models import CampfireSession


def session_of(session: CampfireSession, include: list[str], faults: Faults) -> dict[str, Any]:
    """As the list and the single address tell it."""
    told: dict[str, Any] = {
        "id": str(session.session_id),
        "studentId": "******",
        "maturity": session.maturity,
        "name": session.name,
        "scoreActual": None if session.best is None else session.best * 100 // len(ITEMS),
        "scoreMin": 0,
        "scoreMax": 100,
        "examId": f"{EXAM_ID}/exam#v0",
        "workspaceId": "greendale-district",
    }
    if "responses" in include:
        told["responses"] = {item.id: {} for item in ITEMS if item.id in session.chosen}
    if "results" in include:
        told["results"] = results_of(session, faults, detailed=False)
    return {"examSession": told, "examConfig": {"id": session.exam_config_id}}


def results_of(session: CampfireSession, faults: Faults, *, detailed: bool) -> dict[str, Any]:
    """Items, objectives and points; ``detailed``: with questions, options and the answer key, as its own address."""
    scores = {item.id: _score(_points(session, item, faults)) for item in ITEMS}
    items = [{"id": item.id, "score": scores[item.id]} | (_details(item) if detailed else {}) for item in ITEMS]
    objectives = {}
    for key, (abbreviation, text) in OBJECTIVES.items():
        parts = [scores[item.id] for item in ITEMS if item.objective == key]
        total = _score(sum(part["actual"] or 0 for part in parts), len(parts))
        words = {"text": text, "abbreviation": abbreviation} if detailed else {}
        objectives[key] = {"id": key, "score": total, "scores": parts} | words
    total = _score(sum(each["actual"] or 0 for each in scores.values()), len(ITEMS))
    return {"items": items, "objectives": objectives, "points": total}


def _points(session: CampfireSession, item: Item, faults: Faults) -> int | None:
    """What an item brought; the last one waits for a person where marking takes time."""
    seconds = faults["provider_marks_by_hand"]
    until = session.completed_at + timedelta(seconds=seconds) if session.completed_at else timezone.now()
    if item is ITEMS[-1] and timezone.now() < until:
        return None
    return int(session.chosen.get(item.id) == item.right)


def _details(item: Item) -> dict[str, Any]:
    options = [
        {"id": f"{item.question_id}-{index}", "content": f"<p>{text}</p>", "isKey": index == item.right, "index": index}
        for index, text in enumerate(item.options)
    ]
    question = {
        "id": item.question_id,
        "interactionType": "choice",
        "keys": [{"value": options[item.right]["id"], "index": item.right}],
        "options": options,
        "response": {},
    }
    return {"sk": "item#v0", "name": item.text, "alignmentIds": [item.objective], "questions": [question]}


def _score(actual: int | None, most: int = 1) -> dict[str, Any]:
    return {"actual": actual, "isScorable": True, "min": 0, "max": most}
