"""The numbers on the front page of the admin."""

from dataclasses import dataclass

from django import template
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge.models import Breaker, Cell, CellState, EventState, ProviderEvent

register = template.Library()

#: Seconds after which a due grade is late: four sweeps.
_LATE = 60


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and where the rows behind it are listed."""

    count: int
    label: str
    address: str
    tone: str


@register.simple_tag
def numbers_that_matter() -> list[Number]:
    """What an administrator should see first, in three queries."""
    now = timezone.now()
    cells = Cell.objects.aggregate(
        needs_action=Count("pk", filter=Q(state=CellState.NEEDS_ACTION)),
        differs=Count("pk", filter=Q(state=CellState.DIFFERS)),
        held=Count("pk", filter=Q(state=CellState.HELD)),
        due=Count("pk", filter=Q(due_at__lte=now)),
        oldest=Min("due_at", filter=Q(due_at__lte=now)),
    )
    silent = Breaker.objects.filter(next_probe_at__isnull=False).count()
    unread = ProviderEvent.objects.filter(state__in=(EventState.RECEIVED, EventState.FAILED)).count()
    list_of_cells, events = reverse("admin:lti_bridge_cell_changelist"), "admin:lti_bridge_providerevent_changelist"
    late = cells["oldest"] is not None and (now - cells["oldest"]).total_seconds() > _LATE
    return [
        _number(cells["needs_action"], _("grades need action"), f"{list_of_cells}?state__exact=needs_action", "bad"),
        _number(cells["differs"], _("gradebooks hold another value"), f"{list_of_cells}?state__exact=differs", "bad"),
        _number(cells["due"], _("grades due now"), f"{list_of_cells}?due=now", "bad" if late else "wait"),
        _number(cells["held"], _("grades held"), f"{list_of_cells}?state__exact=held", "wait"),
        _number(
            silent, _("platforms do not answer"), f"{reverse('admin:lti_bridge_breaker_changelist')}?open=yes", "bad"
        ),
        _number(unread, _("events not understood yet"), f"{reverse(events)}?unread=yes", "wait"),
    ]


def _number(count: int, label: str, address: str, tone: str) -> Number:
    return Number(count, label, address, tone if count else "good")
