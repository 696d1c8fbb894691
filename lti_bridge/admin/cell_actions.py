"""What can be done about gradebook cells, picked from their list."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge import gradebook
from lti_bridge.models import Cell


@admin.action(description=gettext_lazy("Deliver again"), permissions=["act"])
def deliver_again(cell_admin: "ModelAdmin[Cell]", request: HttpRequest, cells: QuerySet[Cell]) -> None:
    _act(cell_admin, request, cells, gradebook.deliver_again, _("Delivered again."))


@admin.action(description=gettext_lazy("Hold"), permissions=["act"])
def hold(cell_admin: "ModelAdmin[Cell]", request: HttpRequest, cells: QuerySet[Cell]) -> None:
    _act(cell_admin, request, cells, gradebook.hold, _("Held."))


@admin.action(description=gettext_lazy("Release"), permissions=["act"])
def release(cell_admin: "ModelAdmin[Cell]", request: HttpRequest, cells: QuerySet[Cell]) -> None:
    _act(cell_admin, request, cells, gradebook.release, _("Released."))


def _act(
    cell_admin: "ModelAdmin[Cell]",
    request: HttpRequest,
    cells: QuerySet[Cell],
    act: Callable[[Cell], bool | None],
    said: str,
) -> None:
    """Do it to each cell and log it for each; those that refuse are counted apart."""
    done = 0
    for cell in cells:
        if act(cell) is False:
            continue
        cell_admin.log_change(request, cell, said)
        done += 1
    messages.success(
        request,
        ngettext("%(count)d cell: %(said)s", "%(count)d cells: %(said)s", done) % {"count": done, "said": said},
    )
    if left := len(cells) - done:
        told = ngettext(
            "%(count)d cell has nothing to send, no address, or is held.",
            "%(count)d cells have nothing to send, no address, or are held.",
            left,
        )
        messages.warning(request, told % {"count": left})
