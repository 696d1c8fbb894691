"""The numbers on the front page of the admin."""

from dataclasses import dataclass

from django import template
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lti_bridge import signing_keys
from lti_bridge.doctor.agreements import LATE
from lti_bridge.models import (
    Breaker,
    Cell,
    CellState,
    Deployment,
    EventState,
    Lti13Registration,
    ProviderEvent,
    SigningKey,
)

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
    """What an administrator should see first, in five queries."""
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
    registrations = Lti13Registration.objects.filter(awaits_approval=True).count()
    deployments = Deployment.objects.filter(approved=False, refused_at=None).count()
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
        _number(registrations, _("registrations wait for approval"), _waiting("lti13registration"), "wait"),
        _number(deployments, _("deployments wait for approval"), _waiting("deployment"), "wait"),
    ]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where our keys of one side stand, in words, and whether somebody should look."""

    text: str
    tone: str


@register.simple_tag
def signing_key_outlooks() -> list[Outlook]:
    """A sentence for each side: which key comes next, and when."""
    return [_outlook(side) for side in SigningKey.Side]


def _outlook(side: SigningKey.Side) -> Outlook:
    signs, follows, due_at = signing_keys.standing(side)
    words = {"side": str(side.label)}
    if follows:
        words["when"] = f"{timezone.localtime(follows.signs_from):%Y-%m-%d}"
        return Outlook(_("%(side)s: the next one is published and signs from %(when)s.") % words, "")
    if signs is None or due_at is None:
        return Outlook(_("%(side)s: none yet; the first use makes one.") % words, "")
    words["when"] = f"{timezone.localtime(due_at):%Y-%m-%d}"
    if due_at < timezone.now() - LATE:
        return Outlook(_("%(side)s: the next one should have been made on %(when)s. Does beat run?") % words, "bad")
    return Outlook(_("%(side)s: the next one is made on %(when)s.") % words, "")


def _waiting(model: str) -> str:
    return f"{reverse(f'admin:lti_bridge_{model}_changelist')}?standing=waiting"


def _number(count: int, label: str, address: str, tone: str) -> Number:
    return Number(count, label, address, tone if count else "good")
