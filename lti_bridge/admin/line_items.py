"""Gradebook columns of LTI 1.3 platforms, as their launches tell them."""

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.admin.showing import Shown, chip
from lti_bridge.models import LineItem


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
