"""Web addresses and their origins, safe to stand in a Content-Security-Policy."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from lti_bridge.errors import CannotOpen
from lti_bridge.models import LaunchRecord

# A blank, a comma or a semicolon would end a directive and begin another.
_ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE)


def origin_of(url: str) -> str:
    """``https://host[:port]`` of an address. Raises ``CannotOpen`` when it is not an address of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if not _ORIGIN.fullmatch(origin):
        raise CannotOpen("not_a_web_address", detail=f"scheme {parts.scheme or 'none'}")
    return origin


def origins_of(record: LaunchRecord) -> tuple[str, ...]:
    """The origins that may frame the pages of a launch: those of the platform that launched."""
    return origins_in(record.details)


def origins_in(details: Mapping[str, Any]) -> tuple[str, ...]:
    """The same, from what is kept of a launch."""
    told = details.get("origins", ())
    return tuple(origin for origin in told if isinstance(origin, str) and _ORIGIN.fullmatch(origin))
