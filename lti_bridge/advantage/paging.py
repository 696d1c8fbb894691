"""Lists that come in pages (AGS 2.0 §3.2.6, NRPS 2.0 §2.4): the next address is used exactly as it is given."""

import json
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from lti_bridge import http
from lti_bridge.advantage import calls
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.models import Lti13Registration

#: Pages of one list, at most.
PAGES = 200


def pages(
    registration: Lti13Registration, scopes: Sequence[str], url: str, *, accept: str, deadline: float = http.DEADLINE
) -> Iterator[http.Answer]:
    """The answers to ``url`` and to every next page, of any status; after one that is no success there is no other.

    ``deadline``: seconds for all of them. Raises ``ServiceProblem``: not_an_answer for a next page that leads to
    another host or in a circle, or when there is no end.
    """
    end, seen, first = time.monotonic() + deadline, set[str](), _place(url)
    while url:
        if url in seen or len(seen) >= PAGES or _place(url) != first:
            raise ServiceProblem("not_an_answer", "The pages of the list do not come to an end.")
        seen.add(url)
        answer = calls.call(registration, scopes, "GET", url, accept=accept, deadline=end - time.monotonic())
        yield answer
        url = next_of(answer, url) if 200 <= answer.status < 300 else ""


def next_of(answer: http.Answer, url: str, rel: str = "next") -> str:
    """Where the ``Link`` header of an answer says that the next page is; empty when it says nothing (RFC 8288)."""
    for link in requests.utils.parse_header_links(answer.headers.get("Link", "")):
        if rel in link.get("rel", "").lower().split() and link.get("url"):
            try:
                return urljoin(url, link["url"])
            except ValueError:
                raise ServiceProblem("not_an_answer", "The address of the next page cannot be read.") from None
    return ""


def _place(url: str) -> str:
    """Host and port of an address as it is written; empty when it cannot be read."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def json_of(answer: http.Answer) -> Any:
    """The JSON of an answer, numbers as ``Decimal``. Raises ``ServiceProblem``: not_an_answer."""
    try:
        return json.loads(answer.body, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        text = "The service answered with something else than JSON, such as a log-in page."
        raise ServiceProblem("not_an_answer", text, status=answer.status) from None
