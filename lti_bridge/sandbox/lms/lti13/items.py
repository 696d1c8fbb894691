"""The content items of deep linking, read strictly: each is a link to the tool itself, or nothing is taken at all."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from lti_bridge.sandbox.lms.items import NotAccepted
from lti_bridge.sandbox.models import CourseLink, LineItem, Lti13Tool
from lti_bridge.sandbox.models.course import Target

_MOST = 50
_HIGHEST = 1_000_000


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that a tool asks for, not saved yet, and its column if it asks for one."""

    link: CourseLink
    column: LineItem | None

    def save(self) -> None:
        """Put both into the course."""
        self.link.save()
        if self.column:
            self.column.link = self.link
            self.column.save()


def read_items(listed: Any, tool: Lti13Tool) -> list[NewLink]:
    """The links that ``content_items`` asks for. Raises ``NotAccepted``."""
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise NotAccepted("content_items is not a list of items.")
    if len(listed) > _MOST:
        raise NotAccepted(f"The tool sent more than {_MOST} items.")
    return [_read(item, tool) for item in listed]


def _read(item: dict[str, Any], tool: Lti13Tool) -> NewLink:
    if item.get("type") != "ltiResourceLink":
        raise NotAccepted(f"The tool sent something else than a link: {str(item.get('type'))[:60]}.")
    title = _text(item, "title")[:200] or "Untitled"
    column = _column(item, title, tool)
    link = CourseLink(
        title=title,
        url=_url(item, tool),
        custom=_custom(item),
        target=Target.FRAME if "iframe" in item else Target.WINDOW,
        graded=column is not None,
        chosen=True,
        tool=tool,
    )
    return NewLink(link, column)


def _url(item: dict[str, Any], tool: Lti13Tool) -> str:
    url = _text(item, "url") or tool.target_link_uri
    if urlsplit(url)[:2] != urlsplit(tool.target_link_uri)[:2] or len(url) > 2000:
        raise NotAccepted(f"The tool sent a link that leads elsewhere: {url[:60]}.")
    return url


def _custom(item: dict[str, Any]) -> dict[str, str]:
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise NotAccepted("The tool sent custom parameters that are not text.")
    return custom


def _column(item: dict[str, Any], title: str, tool: Lti13Tool) -> LineItem | None:
    if "lineItem" not in item:
        return None
    told = item["lineItem"]
    maximum = told.get("scoreMaximum") if isinstance(told, dict) else None
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not 0 < maximum <= _HIGHEST:
        raise NotAccepted("The tool asks for a grade column whose scoreMaximum is not a number above 0.")
    return LineItem(
        tool=tool,
        is_own=True,
        label=_text(told, "label")[:200] or title,
        score_maximum=Decimal(str(maximum)),
        resource_id=_text(told, "resourceId")[:200],
        tag=_text(told, "tag")[:200],
        review=told.get("submissionReview") or {},
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise NotAccepted(f"The tool sent a {name} that is not text.")
    return value.strip()
