"""Deployments: whose courses a launch by LTI 1.3 is about. A person says so, for each that a registration brings up."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.admin.buttons import Buttoned
from lti_bridge.admin.showing import chip
from lti_bridge.models import Deployment, Platform

_MOST_AT_ONCE = 100
_WAITING_FIRST = Case(When(approved=False, refused_at=None, then=Value(0)), default=Value(1))


class StandingFilter(admin.SimpleListFilter):
    """Deployments by what was said of them."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("waiting", _("waits for approval")), ("approved", _("approved")), ("refused", _("refused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Deployment]) -> QuerySet[Deployment]:
        match self.value():
            case "waiting":
                return queryset.filter(approved=False, refused_at=None)
            case "approved":
                return queryset.filter(approved=True)
            case "refused":
                return queryset.filter(approved=False, refused_at__isnull=False)
        return queryset


class PlatformChoices(forms.Form):
    """For each deployment that is to be approved: the platform whose people and courses it brings."""

    def __init__(self, rows: list[Deployment], data: Any = None) -> None:
        super().__init__(data)
        self.rows = rows
        self.platforms = {str(platform.pk): platform for platform in Platform.objects.all()}
        offered = [(pk, platform.name) for pk, platform in self.platforms.items()]
        for row in rows:
            self.fields[_name(row)] = forms.ChoiceField(choices=offered, initial=str(row.platform_id))

    def choices(self) -> list[tuple[Deployment, forms.BoundField]]:
        return [(row, self[_name(row)]) for row in self.rows]

    def chosen(self, row: Deployment) -> Platform:
        return self.platforms[self.cleaned_data[_name(row)]]


def _name(row: Deployment) -> str:
    return f"platform_{row.pk}"


@admin.register(Deployment)
class DeploymentAdmin(Buttoned[Deployment]):
    """Deployments, those that wait first. Added by launches and by the configuration file."""

    list_display = ("deployment_id", "registration", "platform", "standing", "first_seen_at")
    list_filter = (StandingFilter, "platform")
    list_select_related = ("registration", "platform")
    search_fields = ("deployment_id", "registration__issuer", "registration__client_id", "platform__name")
    date_hierarchy = "first_seen_at"
    fields = ("registration", "deployment_id", "platform", "standing", "first_seen_at", "refused_at")
    # All of them: the pages of former versions ask for no permission to change before they build a form.
    readonly_fields = fields
    actions = ("approve", "refuse")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deployment]:
        rows: QuerySet[Deployment] = super().get_queryset(request)
        return rows.annotate(order=_WAITING_FIRST)

    def get_ordering(self, request: HttpRequest) -> Any:
        return (_WAITING_FIRST.asc(), "registration", "deployment_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Deployment | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Approving and refusing are changes, although no field is edited here."""
        return request.user.has_perm("lti_bridge.change_deployment")

    def has_delete_permission(self, request: HttpRequest, obj: Deployment | None = None) -> bool:
        """One that launches or columns hang on is refused, not removed: what became of it must stay known."""
        if not super().has_delete_permission(request, obj):
            return False
        if obj is None:
            return True
        return not (obj.line_items.exists() or (obj.approved and obj.launch_records.exists()))

    def buttons_of(self, row: Deployment) -> tuple[str, ...]:
        if row.approved:
            return ("refuse",)
        return ("approve", "refuse") if row.waits else ("approve",)

    @admin.display(description=gettext_lazy("standing"), ordering="order")
    def standing(self, row: Deployment) -> SafeString:
        if row.approved:
            return chip(_("approved"), "good")
        return chip(_("waits for approval"), "wait") if row.waits else chip(_("refused"), "bad")

    @admin.action(description=gettext_lazy("Approve, and say whose it is"), permissions=["act"])
    def approve(self, request: HttpRequest, rows: QuerySet[Deployment]) -> HttpResponse | None:
        """Ask for the platform of each; the second time, with the answers, approve them."""
        pending = list(rows.filter(approved=False).select_related("registration", "platform")[:_MOST_AT_ONCE])
        if not pending:
            messages.warning(request, _("None of these waits for approval."))
            return None
        form = PlatformChoices(pending, request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for row in pending:
                self._approve(request, row, form.chosen(row))
            told = ngettext("%(count)d deployment approved.", "%(count)d deployments approved.", len(pending))
            messages.success(request, told % {"count": len(pending)})
            return None
        values = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Whose deployments are these?"),
            "form": form,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/approve_deployments.html", values)

    @admin.action(description=gettext_lazy("Refuse: no launch from there is taken"), permissions=["act"])
    def refuse(self, request: HttpRequest, rows: QuerySet[Deployment]) -> None:
        changed = list(Deployment.objects.filter(pk__in=list(rows.values_list("pk", flat=True)), refused_at=None))
        for row in changed:
            row.approved, row.refused_at = False, timezone.now()
            row.save(update_fields=["approved", "refused_at"])
            self.log_change(request, row, _("Refused."))
        told = ngettext("%(count)d deployment refused.", "%(count)d deployments refused.", len(changed))
        messages.success(request, told % {"count": len(changed)})

    def _approve(self, request: HttpRequest, row: Deployment, platform: Platform) -> None:
        row.platform, row.approved, row.refused_at = platform, True, None
        row.save(update_fields=["platform", "approved", "refused_at"])
        self.log_change(request, row, _("Approved, as one of %(platform)s.") % {"platform": platform})
