"""The content items of a selection, read strictly: each is a link to the tool itself, or nothing is taken at all."""

import json
import re
from typing import Any, NoReturn

from lti_bridge.sandbox.lms.launches import launch_address
from lti_bridge.sandbox.models import CourseLink
from lti_bridge.sandbox.models.course import Target

_MEDIA_TYPE = "application/vnd.ims.lti.v1.ltilink"
_MOST = 50
_HIGHEST = 1_000_000
_VISIBLE = re.compile(r"[\x21-\x7e]{1,2000}")


class NotAccepted(Exception):
    """Why a selection makes no links. The message is for the page."""


def read_items(text: str) -> list[CourseLink]:
    """The links that ``content_items`` asks for, not saved yet; none for an empty text. Raises :class:`NotAccepted`."""
    return [_read_link(item) for item in _graph(text)] if text.strip() else []


def _graph(text: str) -> list[dict[str, Any]]:
    try:
        message = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotAccepted("content_items is not JSON.") from None
    items = message.get("@graph") if isinstance(message, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise NotAccepted("content_items has no list of items in @graph.")
    if len(items) > _MOST:
        raise NotAccepted(f"The tool sent more than {_MOST} items.")
    return items


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _read_link(item: dict[str, Any]) -> CourseLink:
    if item.get("@type") != "LtiLinkItem" or item.get("mediaType", _MEDIA_TYPE) != _MEDIA_TYPE:
        raise NotAccepted(f"The tool sent something else than a link: {_short(item.get('@type'))}.")
    return CourseLink(
        title=_text(item, "title")[:200] or "Untitled",
        url=_url(item),
        custom=_custom(item),
        target=Target.FRAME if _target(item) == "iframe" else Target.WINDOW,
        graded=_is_graded(item),
        chosen=True,
    )


def _url(item: dict[str, Any]) -> str:
    """Where the link leads: the tool's launch address, or one below it. Without an address: the launch address."""
    url, home = _text(item, "url"), launch_address()
    if not url:
        return home
    if not _VISIBLE.fullmatch(url) or "\\" in url or not (url == home or url.startswith((f"{home}/", f"{home}?"))):
        raise NotAccepted(f"The tool sent a link that leads elsewhere: {_short(url)}.")
    return url


def _custom(item: dict[str, Any]) -> dict[str, str]:
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise NotAccepted("The tool sent custom parameters that are not text.")
    return custom


def _target(item: dict[str, Any]) -> object:
    placement = item.get("placementAdvice", {})
    if not isinstance(placement, dict):
        raise NotAccepted("The tool sent a placementAdvice that cannot be read.")
    return placement.get("presentationDocumentTarget")


def _is_graded(item: dict[str, Any]) -> bool:
    """Whether the link gets a column in the gradebook; its maximum, where it is told, is a number above 0."""
    if "lineItem" not in item:
        return False
    column = item["lineItem"]
    limits = column.get("scoreConstraints", {}) if isinstance(column, dict) else None
    if not isinstance(limits, dict):
        raise NotAccepted("The tool asks for a grade column that cannot be read.")
    for name in ("normalMaximum", "totalMaximum"):
        if name in limits and not _is_maximum(limits[name]):
            raise NotAccepted(f"The tool asks for a grade column whose {name} is not a number above 0.")
    return True


def _is_maximum(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _HIGHEST


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise NotAccepted(f"The tool sent a {name} that is not text.")
    return value.strip()


def _short(value: object) -> str:
    return str(value)[:60]
