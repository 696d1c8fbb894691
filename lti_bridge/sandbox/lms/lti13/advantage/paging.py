"""One page of a longer list, and where the next one is."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest

from lti_bridge.sandbox.addresses import origins

T = TypeVar("T")


def page_of(request: HttpRequest, everything: Sequence[T], *, size: int) -> tuple[Sequence[T], dict[str, str]]:
    """The page that ``from`` and ``limit`` ask for, and the ``Link`` header where more follow (AGS 2.0 §3.2.8)."""
    start, limit = _number(request, "from", 0), _number(request, "limit", 0) or size
    end = start + limit if limit else len(everything)
    if end >= len(everything):
        return everything[start:end], {}
    parts = urlsplit(origins().lms + request.get_full_path())
    query = dict(parse_qsl(parts.query)) | {"from": str(end), "limit": str(limit)}
    return everything[start:end], {"Link": f'<{urlunsplit(parts._replace(query=urlencode(query)))}>; rel="next"'}


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise
