"""Line items as our platform side has them (AGS 2.0 §3.2): ours, declared by launches, and those that tools make.

An item belongs to one account; to any other it does not exist. Only a declared one leads to grades.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import structlog
from django.db.models import QuerySet

from lti_bridge.models import Account, Context, ProviderLaunch, ProviderLineItem
from lti_bridge.providers.actions import Lti13Tool
from lti_bridge.relay import endpoints, json_body, links
from lti_bridge.relay.json_body import Body
from lti_bridge.relay.links import ProviderLink
from lti_bridge.relay.problems import ServiceProblem, malformed, not_found

log = structlog.get_logger(__name__)

#: What a declared item is out of, until the tool says otherwise. A score brings its own maximum along.
DEFAULT_MAXIMUM = Decimal(100)
_LONGEST = 500
#: Query parameter → column; AGS 2.0 §3.2.8 has a platform filter by these.
_FILTERS = {"resource_link_id": "link_key", "resource_id": "resource_id", "tag": "tag"}


# --- ours -----------------------------------------------------------------------------------


def declared(launch: ProviderLaunch, tool: Lti13Tool) -> ProviderLineItem | None:
    """The one item of what a launch is at, made when it is not there yet; None where there is nothing to score."""
    at = links.link_of(launch, tool)
    if at is None or launch.attempt is None:
        return None
    told = (at.activity.content or {}).get("line_item", {})
    row, _made = ProviderLineItem.objects.get_or_create(
        account_id=launch.account_id,
        resource_link=at.link,
        activity=at.activity,
        attempt=at.attempt,
        defaults={
            "context_id": at.link.context_id,
            "link_key": at.key,
            "label": told.get("label") or at.activity.title,
            "score_maximum": Decimal(told.get("score_maximum", DEFAULT_MAXIMUM)),
            "resource_id": told.get("resource_id", ""),
            "tag": told.get("tag", ""),
        },
    )
    return row


# --- finding --------------------------------------------------------------------------------


def find(account: Account, context_id: int, pk: int) -> ProviderLineItem:
    """An item of the account. Raises ``ServiceProblem`` for one that does not exist, there or for that account."""
    rows = ProviderLineItem.objects.select_related("resource_link", "activity", "attempt", "context")
    row = rows.filter(account=account, context=context_id, pk=pk).first()
    if row is None:
        raise not_found("line item")
    return row


def listed(account: Account, context: Context, query: Mapping[str, str]) -> QuerySet[ProviderLineItem]:
    """The account's items in a course, as far as the query asks for them."""
    wanted = {column: query[name] for name, column in _FILTERS.items() if name in query}
    if any("\x00" in text for text in wanted.values()):
        return ProviderLineItem.objects.none()
    return ProviderLineItem.objects.filter(account=account, context=context, **wanted)


def link_of(row: ProviderLineItem) -> ProviderLink | None:
    """The provider's link that a declared item is of; None for one that the tool made."""
    if row.activity is None or row.resource_link is None:
        return None
    return ProviderLink(row.resource_link, row.activity, row.attempt)


# --- what tools do --------------------------------------------------------------------------


def make(account: Account, context: Context, body: Body) -> ProviderLineItem:
    """An item that a tool makes (AGS 2.0 §3.2.4). Raises ``ServiceProblem``."""
    told = _read(body)
    key = json_body.text(body, "resourceLinkId", longest=_LONGEST)
    at = links.find_link(account, context, key) if key else None
    if key and at is None:
        # CVE-2023-23611: a tool must not score what it was never launched for.
        raise not_found("resource link")
    link_key = at.key if at else ""
    same = ProviderLineItem.objects.filter(account=account, context=context, link_key=link_key, label=told["label"])
    row = ProviderLineItem(account=account, context=context, link_key=link_key, **told)
    if same.exists():
        # The specification allows it, and tools that do not look first do it by mistake.
        log.warning("line_item_made_again", account=account.name, context_id=context.pk)
    row.save()
    return row


def change(row: ProviderLineItem, body: Body) -> ProviderLineItem:
    """Give an item the definition that a tool puts (§3.2.6); its id and its resource link stay whatever it says."""
    for name, value in _read(body).items():
        setattr(row, name, value)
    row.save()
    return row


def remove(row: ProviderLineItem) -> None:
    """Remove an item that the tool made. Raises ``ServiceProblem`` for one of ours."""
    if row.activity_id is not None:
        raise ServiceProblem(403, "declared_here", "This line item belongs to a launch and cannot be deleted.")
    row.delete()


def written(row: ProviderLineItem) -> dict[str, Any]:
    """An item as JSON (§3.2.9); what is empty is left out."""
    said = {
        "id": endpoints.line_item_url(row),
        "label": row.label,
        "scoreMaximum": json_body.plain(row.score_maximum),
        "resourceLinkId": row.link_key,
        "resourceId": row.resource_id,
        "tag": row.tag,
        "startDateTime": row.starts_at,
        "endDateTime": row.ends_at,
    }
    return {name: value for name, value in said.items() if value != ""}


def _read(body: Body) -> dict[str, Any]:
    maximum = json_body.number(body, "scoreMaximum", above_zero=True)
    if maximum is None:
        raise malformed("scoreMaximum is missing.")
    return {
        "label": json_body.text(body, "label", longest=_LONGEST, required=True),
        "score_maximum": maximum,
        "resource_id": json_body.text(body, "resourceId", longest=_LONGEST),
        "tag": json_body.text(body, "tag", longest=_LONGEST),
        "starts_at": _kept_moment(body, "startDateTime"),
        "ends_at": _kept_moment(body, "endDateTime"),
    }


def _kept_moment(body: Body, name: str) -> str:
    """A time as the tool wrote it."""
    json_body.moment(body, name)
    return json_body.text(body, name, longest=40)
