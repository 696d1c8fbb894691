"""Gradebook columns of LTI 1.3 platforms, as their launches tell them."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge import gradebook
from lti_bridge.admin.showing import Shown, chip
from lti_bridge.models import CellState, LineItem


@admin.register(LineItem)
class LineItemAdmin(Shown[LineItem]):
    """The column of each link."""

    list_display = ("resource_link", "course", "platform", "standing", "made_by_us", "addressed_at")
    list_filter = ("made_by_us", "registration__platform")
    list_select_related = ("resource_link__context__platform", "registration")
    search_fields = ("resource_link__title", "resource_link__context__title", "url", "container_url")
    ordering = ("-pk",)
    exclude = ("search_lease", "searched_until")
    readonly_fields = ("standing",)
    actions = ("look_again",)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Looking again is a change, although no field is edited here."""
        return request.user.has_perm("lti_bridge.change_lineitem")

    @admin.display(description=gettext_lazy("course"), ordering="resource_link__context__title")
    def course(self, row: LineItem) -> str:
        return str(row.resource_link.context)

    @admin.display(description=gettext_lazy("platform"), ordering="registration__platform__name")
    def platform(self, row: LineItem) -> str:
        return row.resource_link.context.platform.name

    @admin.display(description=gettext_lazy("column"), ordering="url")
    def standing(self, row: LineItem) -> SafeString:
        if row.gone_at:
            return chip(_("gone"), "bad")
        return chip(_("known"), "good") if row.url else chip(_("not found yet"), "wait")

    @admin.action(
        description=gettext_lazy("Look for the column again, and deliver what needs action"), permissions=["act"]
    )
    def look_again(self, request: HttpRequest, rows: QuerySet[LineItem]) -> None:
        """Deliver again what stays behind at a column; on the way one that is gone is looked for, or made."""
        delivered = 0
        for row in rows:
            cells = row.cells.filter(state=CellState.NEEDS_ACTION)
            delivered += sum(gradebook.deliver_again(cell) for cell in cells)
            self.log_change(request, row, _("Looked for again."))
        told = ngettext("%(count)d grade is delivered again.", "%(count)d grades are delivered again.", delivered)
        messages.success(request, told % {"count": delivered})
