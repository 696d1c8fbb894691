"""Results: what the gradebook holds (AGS 2.0 §3.3)."""

from typing import Any

from lti_bridge.sandbox.lms.lti13.advantage import columns
from lti_bridge.sandbox.lms.lti13.advantage.addresses import line_item_url, results_url
from lti_bridge.sandbox.lms.lti13.advantage.manners import Manner
from lti_bridge.sandbox.models import GradebookEntry, LineItem


def listed(item: LineItem, user_id: str, manner: Manner) -> list[dict[str, Any]]:
    """Everybody's result in a column, or one person's."""
    entries = columns.entries(item).order_by("pk")
    if user_id:
        entries = entries.filter(user_id=user_id)
    return [_as_json(item, entry, manner) for entry in entries]


def _as_json(item: LineItem, entry: GradebookEntry, manner: Manner) -> dict[str, Any]:
    part = manner.result(entry)
    told: dict[str, Any] = {
        "id": results_url(item, entry.user_id),
        "scoreOf": line_item_url(item),
        "userId": entry.user_id,
        "resultMaximum": float(item.score_maximum),
    }
    if part is not None:
        told["resultScore"] = float(part * item.score_maximum)
    if entry.comment:
        told["comment"] = entry.comment
    return told
