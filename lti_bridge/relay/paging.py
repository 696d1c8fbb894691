"""Lists that tools read page by page: ``limit``, and a Link header to what follows (RFC 8288)."""

from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from lti_bridge.relay.problems import malformed

#: Of one page, whatever a tool asks for.
MOST = 500

_M = TypeVar("_M", bound=Model)


def query_of(request: HttpRequest) -> dict[str, str]:
    """The query, each name once. Raises ``ServiceProblem``."""
    if any(len(values) > 1 for _name, values in request.GET.lists()):
        raise malformed("A query parameter is given twice.")
    return {name: values[0] for name, values in request.GET.lists()}


def page_of(rows: QuerySet[_M], query: dict[str, str], url: str) -> tuple[list[_M], dict[str, str]]:
    """One page of rows, in the order they were made, and the headers that lead on. ``url``: the list's own address.

    Raises ``ServiceProblem`` for a limit that is none.
    """
    limit = min(_number(query, "limit", MOST), MOST)
    after = _number(query, "after", 0) if "after" in query else 0
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    if len(found) <= limit:
        return found, {}
    shown = found[:limit]
    following = urlencode(query | {"limit": str(limit), "after": str(shown[-1].pk)})
    return shown, {"Link": f'<{url}?{following}>; rel="next"'}


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18) or int(text) == 0:
        raise malformed(f"{name} must be a whole number above 0.")
    return int(text)
