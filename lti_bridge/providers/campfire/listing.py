"""The list of sessions, page by page: one page in memory at a time."""

from collections.abc import Iterator, Sequence
from typing import Any

from lti_bridge.models import Account
from lti_bridge.providers.campfire.client import ask
from lti_bridge.providers.campfire.settings import choice

#: Pages of one list at most: an end that never comes must not keep a worker.
MOST_PAGES = 2000


def pages_of(
    account: Account,
    condition: dict[str, Any],
    include: Sequence[str] = (),
    *,
    token: str = "",
    most_pages: int = MOST_PAGES,
) -> Iterator[dict[str, Any]]:
    """The pages of a list, as they came.

    ``condition``: the document's ``filter``. Ends where there is no further token, where one comes twice, and after
    ``most_pages``. ``total`` is not looked at: it is no length of anything. Raises ``ProviderError``.
    """
    seen = set[str]()
    for _ in range(most_pages):
        page = _page(account, condition, include, token)
        yield page
        further = page.get("nextToken")
        if not isinstance(further, str) or not further or further in seen or further == token:
            return
        seen.add(further)
        token = further


def sessions_of(account: Account, exam_config_id: str) -> Iterator[dict[str, Any]]:
    """Every session of an exam configuration with its results, as the list has them."""
    condition = {"examConfigIds": {"include": [exam_config_id]}}
    for page in pages_of(account, condition, ["results"]):
        items = page.get("items")
        yield from (each for each in (items if isinstance(items, list) else ()) if isinstance(each, dict))


def _page(account: Account, condition: dict[str, Any], include: Sequence[str], token: str) -> dict[str, Any]:
    query = [("include[]", each) for each in include]
    body: dict[str, Any] = {"filter": condition} if condition else {}
    if token and choice(account, "next_token_in") == "body":
        body["nextToken"] = token
    elif token:
        query.append(("nextToken", token))
    page = ask(account, "list_exam_sessions", query=query, body=body)
    return page if isinstance(page, dict) else {}
