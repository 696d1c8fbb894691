"""The gradebook column of a resource link: the one that the launch named, one that is there, or one that we make.

One worker at a time looks for the column of a link; the others wait, or each would make its own. Whoever makes one has
looked first, so that a course copy, or a request whose answer got lost, leads to no second column.
"""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from pylti1p3 import lineitem

from lti_bridge import http
from lti_bridge.advantage import calls, paging, scopes
from lti_bridge.advantage.addresses import filtered
from lti_bridge.advantage.problems import ServiceProblem
from lti_bridge.advantage.refusals import MAY_STILL_ACT, check
from lti_bridge.models import LineItem

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
#: How we know a column again that we made, beside ``resourceId``, which is the activity's slug.
TAG = "lti-bridge"
#: Scores are parts of this; a platform rescales them to its own maximum.
MAXIMUM = 100
#: Open edX takes no longer label.
LONGEST_LABEL = 100
#: Seconds in which nobody looks or makes after a request to make one got no clear answer: it may be acted upon late.
UNCLEAR = 60.0


def offers_column(column: LineItem) -> bool:
    """Whether the platform named the column, or allows us to look for it."""
    return bool(column.url) or (bool(column.container_url) and _may_look(column))


def address_of(column: LineItem, *, deadline: float) -> str:
    """The address of a link's line item: known, found or made. ``column`` is brought up to date.

    Raises ``ServiceProblem``: column_deleted, no_column, column_refused, waits, and what ``calls.call`` raises.
    """
    if column.gone_at is None and not column.url:
        column.refresh_from_db(fields=["url", "container_url", "scopes", "gone_at"])
    if column.gone_at is not None:
        raise ServiceProblem("column_deleted")
    if column.url:
        return column.url
    if not offers_column(column):
        raise ServiceProblem("no_column")
    lease = uuid.uuid4()
    if not _lease(column, lease, deadline):
        raise ServiceProblem("waits", "Another delivery looks for the column.", again_in=2.0)
    try:
        url, made = _found_or_made(column, time.monotonic() + deadline)
        _keep(column, lease, url, made)
    except ServiceProblem as problem:
        _give_back(column, lease, longer=problem.ambiguous)
        raise
    return column.url


def gone(column: LineItem, url: str) -> None:
    """The platform says that there is no such column any more. Another one is made only when somebody asks for it."""
    LineItem.objects.filter(pk=column.pk, url=url).update(gone_at=timezone.now())


def look_again(column: LineItem) -> bool:
    """Forget a column that is gone, so that it is looked for, and made if need be. False when it is not gone."""
    url = "" if column.container_url else column.url
    return LineItem.objects.filter(pk=column.pk, gone_at__isnull=False).update(url=url, gone_at=None) == 1


# --- looking --------------------------------------------------------------------------------


def _found_or_made(column: LineItem, end: float) -> tuple[str, bool]:
    """The column's address, and whether we made it."""
    url = _found(column, end)
    if url:
        return url, False
    if scopes.LINE_ITEM not in column.scopes:
        raise ServiceProblem("no_column")
    return _made(column, end), True


def _may_look(column: LineItem) -> bool:
    return scopes.LINE_ITEM_READONLY in column.scopes or scopes.LINE_ITEM in column.scopes


def _found(column: LineItem, end: float) -> str:
    """The column that belongs to the link; else one that we made and that lost its link when the course was copied.

    A column of another link is never ours, whatever else fits.
    """
    link_id = column.resource_link.resource_link_id
    of_link = [
        item for item in _listed(column, end, resource_link_id=link_id) if _text(item, "resourceLinkId") == link_id
    ]
    if of_link:
        # Where there are several, the same one each time: ours first, then the platform's order.
        return _text(min(of_link, key=lambda item: _text(item, "tag") != TAG), "id")
    slug = _slug(column)
    lost = [item for item in _listed(column, end, resource_id=slug, tag=TAG) if _is_lost(item, slug)] if slug else []
    taken = set(LineItem.objects.filter(url__in=[_text(item, "id") for item in lost]).values_list("url", flat=True))
    free = [url for item in lost if (url := _text(item, "id")) not in taken]
    return free[0] if len(free) == 1 else ""


def _is_lost(item: dict[str, Any], slug: str) -> bool:
    return (_text(item, "tag"), _text(item, "resourceId"), _text(item, "resourceLinkId")) == (TAG, slug, "")


def _listed(column: LineItem, end: float, **filters: str) -> Iterator[dict[str, Any]]:
    """The line items of the course that a filter lets through, and others where a platform does not filter."""
    needed = scopes.LINE_ITEM_READONLY if scopes.LINE_ITEM_READONLY in column.scopes else scopes.LINE_ITEM
    asked = scopes.for_grades(needed, column.scopes)
    url = filtered(column.container_url, **filters)
    left = end - time.monotonic()
    for page in paging.pages(column.registration, asked, url, accept=CONTAINER, deadline=left):
        check(page, "column_refused")
        items = paging.json_of(page)
        if not isinstance(items, list):
            raise ServiceProblem("not_an_answer", "The line items are no list.", status=page.status)
        yield from (item for item in items if isinstance(item, dict) and _text(item, "id"))


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return "" if value is None else str(value).strip()


def _slug(column: LineItem) -> str:
    activity = column.resource_link.activity
    return activity.slug if activity else ""


# --- making ---------------------------------------------------------------------------------


def _made(column: LineItem, end: float) -> str:
    asked = scopes.for_grades(scopes.LINE_ITEM, column.scopes)
    left = end - time.monotonic()
    answer = calls.call(
        column.registration,
        asked,
        "POST",
        column.container_url,
        body=_message(column),
        content_type=ITEM,
        accept=ITEM,
        deadline=left,
    )
    if answer.status in MAY_STILL_ACT:
        raise ServiceProblem("server_error", status=answer.status, ambiguous=True)
    check(answer, "column_refused")
    return _id_in(answer) or _found(column, end) or _no_id(answer)


def _message(column: LineItem) -> bytes:
    """The line item that we ask for. It has no ``id``: that is the platform's to give, and Schoology refuses one."""
    link = column.resource_link
    title = link.title or (link.activity.title if link.activity else "") or TAG
    item = lineitem.LineItem()
    item.set_label(title[:LONGEST_LABEL]).set_score_maximum(MAXIMUM).set_tag(TAG)
    item.set_resource_link_id(link.resource_link_id).set_resource_id(_slug(column))
    return item.get_value().encode()


def _id_in(answer: http.Answer) -> str:
    try:
        item = paging.json_of(answer)
    except ServiceProblem:
        return ""
    return _text(item, "id") if isinstance(item, dict) else ""


def _no_id(answer: http.Answer) -> str:
    raise ServiceProblem("not_an_answer", "The new column has no address.", status=answer.status, ambiguous=True)


# --- one at a time --------------------------------------------------------------------------


def _lease(column: LineItem, lease: uuid.UUID, deadline: float) -> bool:
    free = Q(search_lease=None) | Q(searched_until__lte=Now())
    row = LineItem.objects.filter(free, pk=column.pk, url="", gone_at=None)
    return row.update(search_lease=lease, searched_until=Now() + timedelta(seconds=deadline + 5)) == 1


def _keep(column: LineItem, lease: uuid.UUID, url: str, made: bool) -> None:
    """Keep what was found. A launch that told something else meanwhile is right."""
    row = LineItem.objects.filter(pk=column.pk, search_lease=lease, url="", container_url=column.container_url)
    kept = row.update(url=url, made_by_us=made, search_lease=None, searched_until=None)
    if not kept:
        raise ServiceProblem("waits", "The launch told another column meanwhile.", again_in=1.0)
    column.url = url


def _give_back(column: LineItem, lease: uuid.UUID, *, longer: bool) -> None:
    row = LineItem.objects.filter(pk=column.pk, search_lease=lease)
    if longer:
        row.update(searched_until=Now() + timedelta(seconds=UNCLEAR * settings.DELIVERY_PACE))
    else:
        row.update(search_lease=None, searched_until=None)
