"""Where the grades of a link go, as a launch tells it: a learner's own address, or the column of everybody at the link.

A column serves everybody at the link: once one launch told it, also those who never launched since have an address.
"""

from django.db import transaction
from django.utils import timezone

from lti_bridge import gradebook, placements
from lti_bridge.launch.launch import Known, Launch, LineItemAddress, OutcomeAddress
from lti_bridge.models import Cell, CellState, Learner, LineItem, ResourceLink

#: Cells that wait for what a launch may just have told.
_HOPEFUL = (CellState.WAITING, CellState.NEEDS_ACTION)


def keep_addresses(launch: Launch, person: Learner, link: ResourceLink, known: Known) -> None:
    """Keep where the grades of a learner go, and where the course's roster is. A teacher's launch tells the column."""
    if launch.roster:
        placements.keep_roster_address(link.context, launch.roster)
    address: OutcomeAddress | LineItem | None
    if isinstance(launch.address, LineItemAddress):
        address = keep_line_item(known.line_item, link, launch.address)
    else:
        address = launch.address
    if address and launch.is_learner:
        gradebook.learn_address(person, link, address, known.cell)


def keep_line_item(row: LineItem | None, link: ResourceLink, address: LineItemAddress) -> LineItem:
    """The row of a link's column, made or brought up to date. ``row``: the one that is there already.

    A launch that names no line item does not make us forget the one we found or made in the same container.
    """
    told = {
        "registration_id": address.registration_id,
        "deployment_id": address.deployment_id,
        "container_url": address.line_items_url,
        "scopes": sorted(address.scopes),
    }
    if address.line_item_url:
        told["url"] = address.line_item_url
    elif row and row.container_url != address.line_items_url:
        told["url"] = ""
    if "url" in told:
        # What a launch names is there, whatever was thought of it before.
        told["gone_at"] = None
    if row and all(getattr(row, name) == value for name, value in told.items()):
        return row
    told["addressed_at"] = timezone.now()
    with transaction.atomic():
        row, _made = LineItem.objects.update_or_create(resource_link=link, defaults=told)
        _serve_those_who_wait(row)
    return row


def _serve_those_who_wait(row: LineItem) -> None:
    waiting = Cell.objects.filter(resource_link=row.resource_link_id, state__in=_HOPEFUL)
    for pk in list(waiting.values_list("pk", flat=True)):
        gradebook.use_line_item(pk, row)
