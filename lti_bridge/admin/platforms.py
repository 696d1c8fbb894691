"""Platforms: LMSs, with all that was agreed with them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.admin.history import Configured
from lti_bridge.admin.registrations11 import RegistrationInline
from lti_bridge.admin.registrations13 import Registration13Inline
from lti_bridge.admin.sheets import sheets_of_platform
from lti_bridge.admin.showing import chip
from lti_bridge.models import Breaker, Platform


@admin.register(Platform)
class PlatformAdmin(Configured[Platform]):
    """LMSs, with the values to copy into each."""

    list_display = ("name", "family", "agreed", "waiting", "breaker_state", "delivery", "created_at")
    list_filter = ("family", "delivery_paused")
    search_fields = ("name", "lti11__consumer_key", "lti13__issuer", "lti13__client_id")
    readonly_fields = ("created_at",)
    inlines = (Registration13Inline, RegistrationInline)
    actions = ("pause", "resume")
    change_form_template = "admin/platform_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Platform]:
        rows: QuerySet[Platform] = super().get_queryset(request)
        pending = Q(lti13__deployments__approved=False, lti13__deployments__refused_at=None)
        return rows.select_related("breaker").annotate(
            lti11_total=Count("lti11", distinct=True),
            lti13_total=Count("lti13", distinct=True),
            waiting_total=Count("lti13__deployments", filter=pending, distinct=True),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        platform = self.get_object(request, unquote(object_id))
        sheets = {"sheets": sheets_of_platform(platform)} if platform else {}
        response: HttpResponse = super().change_view(request, object_id, form_url, {**(extra_context or {}), **sheets})
        return response

    @admin.display(description=gettext_lazy("LTI"))
    def agreed(self, platform: Any) -> str:
        versions = {"1.1": platform.lti11_total, "1.3": platform.lti13_total}
        return ", ".join(f"{version} × {total}" for version, total in versions.items() if total) or "—"

    @admin.display(description=gettext_lazy("deployments that wait"), ordering="waiting_total")
    def waiting(self, platform: Any) -> SafeString | str:
        return chip(platform.waiting_total, "wait") if platform.waiting_total else "—"

    @admin.display(description=gettext_lazy("gradebook"))
    def breaker_state(self, platform: Platform) -> SafeString:
        breaker: Breaker | None = getattr(platform, "breaker", None)
        silent = breaker is not None and breaker.next_probe_at is not None
        return chip(_("does not answer"), "bad") if silent else chip(_("answers"), "good")

    @admin.display(description=gettext_lazy("deliveries"), ordering="delivery_paused")
    def delivery(self, platform: Platform) -> SafeString:
        return chip(_("paused"), "wait") if platform.delivery_paused else chip(_("running"), "good")

    @admin.action(description=gettext_lazy("Pause deliveries"), permissions=["change"])
    def pause(self, request: HttpRequest, platforms: QuerySet[Platform]) -> None:
        self._set_paused(request, platforms, True)

    @admin.action(description=gettext_lazy("Resume deliveries"), permissions=["change"])
    def resume(self, request: HttpRequest, platforms: QuerySet[Platform]) -> None:
        self._set_paused(request, platforms, False)

    def _set_paused(self, request: HttpRequest, platforms: QuerySet[Platform], paused: bool) -> None:
        changed = list(Platform.objects.filter(pk__in=platforms.values("pk"), delivery_paused=not paused))
        for platform in changed:
            platform.delivery_paused = paused
            platform.save(update_fields=["delivery_paused"])
            self.log_change(request, platform, _("Deliveries paused.") if paused else _("Deliveries resumed."))
        told = ngettext("%(count)d platform changed.", "%(count)d platforms changed.", len(changed))
        messages.success(request, told % {"count": len(changed)})
