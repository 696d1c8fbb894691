"""Line items: read, made, changed and removed by tools (AGS 2.0 §3.2)."""

import json
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from lti_bridge.sandbox.lms.lti13.advantage.addresses import line_item_url
from lti_bridge.sandbox.lms.lti13.advantage.answers import Refused, Reply, refuse
from lti_bridge.sandbox.lti13 import LINE_ITEM_TYPE
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Tool

_HIGHEST = 1_000_000


def find(tool: Lti13Tool, pk: int) -> LineItem:
    """A column of this tool. Raises ``Refused`` with 404 for anybody else's."""
    item = LineItem.objects.select_related("link", "tool").filter(pk=pk, tool=tool).first()
    if item is None:
        raise refuse(404, "Not Found: Line item doesn't exist")
    return item


def listed(tool: Lti13Tool, query: QueryDict) -> list[dict[str, Any]]:
    """The tool's columns that match ``resource_link_id``, ``resource_id`` and ``tag``."""
    items = LineItem.objects.filter(tool=tool).select_related("link", "tool")
    wanted = {name: query.get(name, "") for name in ("resource_link_id", "resource_id", "tag") if name in query}
    if "resource_link_id" in wanted:
        text = wanted.pop("resource_link_id")
        items = items.filter(link=int(text)) if text.isascii() and text.isdigit() else items.none()
    items = items.filter(**wanted)
    return [as_json(item) for item in items]


def as_json(item: LineItem) -> dict[str, Any]:
    """One column in AGS's words. What is not set is left out."""
    values = {
        "id": line_item_url(item),
        "label": item.label,
        "scoreMaximum": float(item.score_maximum),
        "resourceId": item.resource_id,
        "tag": item.tag,
        "resourceLinkId": str(item.link_id or ""),
        "startDateTime": item.starts_at,
        "endDateTime": item.ends_at,
        "submissionReview": item.review,
    }
    always = ("id", "label", "scoreMaximum", "resourceId", "tag")
    return {name: value for name, value in values.items() if value or name in always}


def make(tool: Lti13Tool, body: bytes) -> Reply:
    """Make a column. Raises ``Refused``: 400 for one that cannot be, 404 for a link that is not the tool's."""
    told = _read(body)
    link = None
    if told.get("resourceLinkId") not in (None, ""):
        text = str(told["resourceLinkId"])
        number = int(text) if text.isascii() and text.isdigit() else 0
        link = CourseLink.objects.filter(pk=number, tool=tool).first()
        if link is None:
            raise refuse(404, "Not Found: Resource link doesn't exist")
    item = LineItem(tool=tool, link=link)
    _apply(item, told)
    item.save()
    return Reply(201, as_json(item), LINE_ITEM_TYPE)


def change(item: LineItem, body: bytes) -> Reply:
    """Replace what a tool may change of its column. Its id and its link stay."""
    _apply(item, _read(body))
    item.save()
    return Reply(200, as_json(item), LINE_ITEM_TYPE)


def remove(item: LineItem) -> Reply:
    """Remove a column that the tool made; a link's own one belongs to the LMS."""
    if item.is_own:
        raise refuse(403, "Forbidden: This line item belongs to an activity")
    item.delete()
    return Reply(204)


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(told, dict):
        raise _malformed()
    return told


def _apply(item: LineItem, told: dict[str, Any]) -> None:
    label, maximum = told.get("label"), told.get("scoreMaximum")
    if not isinstance(label, str) or not label.strip():
        raise _malformed()
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not 0 < maximum <= _HIGHEST:
        raise _malformed()
    texts = [told.get(name) or "" for name in ("resourceId", "tag", "startDateTime", "endDateTime")]
    review = told.get("submissionReview") or {}
    if not isinstance(review, dict) or not all(isinstance(text, str) and len(text) <= 200 for text in texts):
        raise _malformed()
    item.label, item.score_maximum, item.review = label.strip()[:200], Decimal(str(maximum)), review
    item.resource_id, item.tag, item.starts_at, item.ends_at = (text[:200] for text in texts)


def _malformed() -> Refused:
    return refuse(400, "Bad Request: Invalid line item")
