"""LTI 1.3 registrations: what each platform and we agreed. They hold no secret; their keys are fetched."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lti_bridge.admin.buttons import Buttoned
from lti_bridge.admin.showing import chip
from lti_bridge.admin.typed import ModelForm, StackedInline
from lti_bridge.jose import ALGORITHMS
from lti_bridge.known_endpoints import KNOWN
from lti_bridge.models import Lti13Registration, Platform
from lti_bridge.registration_rules import problems_of

_ADDRESSES = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "token_audience")


class Registration13Form(ModelForm[Lti13Registration]):
    """A registration, held to the same rules as in the configuration file. It never moves to another platform."""

    #: The kind of LMS, where it is known.
    family = ""

    algorithms = forms.MultipleChoiceField(
        label=gettext_lazy("Algorithms"),
        choices=[(name, name) for name in ALGORITHMS],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What the platform may sign with. Nearly every one has RS256."),
    )

    class Meta:
        model = Lti13Registration
        fields = (
            "platform",
            "issuer",
            "client_id",
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "token_audience",
            "algorithms",
            "approve_deployments",
            "service_hosts",
            "enabled",
        )
        widgets = {
            **{name: forms.TextInput(attrs={"size": 80}) for name in _ADDRESSES},
            "service_hosts": forms.Textarea(attrs={"rows": 2, "cols": 80}),
        }
        help_texts = {"issuer": gettext_lazy("Letter by letter as the LMS says it, a slash at the end included.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding and "platform" in self.fields:
            self.fields["platform"].disabled = True
        known = KNOWN.get(self.family)
        for name, address in known.items() if known else ():
            if name in self.fields:
                # Offered and not filled in: some have it otherwise.
                told = _("Usually %(address)s.") % {"address": address}
                self.fields[name].help_text = f"{self.fields[name].help_text} {told}".strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, problem in problems_of(cleaned).items():
            self.add_error(name, f"{capfirst(problem)}.")
        return cleaned


def _form_for(platform: Platform | None) -> type[Registration13Form]:
    """The form for registrations of a platform, with what its kind of LMS usually has; none: it is to be chosen yet."""
    return type("RegistrationFormOfFamily", (Registration13Form,), {"family": platform.family if platform else ""})


class Registration13Inline(StackedInline[Lti13Registration, Platform]):
    """The registrations on a platform's page."""

    model = Lti13Registration
    extra = 0
    show_change_link = True
    # On its own page it can be removed, unless launches or columns hang on it.
    can_delete = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"form": _form_for(obj), **kwargs})


class StandingFilter(admin.SimpleListFilter):
    """Registrations by whether launches go by them."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("waiting", _("waits for approval")), ("on", _("on")), ("off", _("switched off"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lti13Registration]) -> QuerySet[Lti13Registration]:
        match self.value():
            case "waiting":
                return queryset.filter(awaits_approval=True)
            case "on":
                return queryset.filter(awaits_approval=False, enabled=True)
            case "off":
                return queryset.filter(awaits_approval=False, enabled=False)
        return queryset


@admin.register(Lti13Registration)
class Registration13Admin(Buttoned[Lti13Registration]):
    """LTI 1.3 registrations by themselves: those that wait first, with their history."""

    list_display = ("issuer", "client_id", "platform", "standing", "deployment_count")
    list_filter = (StandingFilter, "platform")
    list_select_related = ("platform",)
    search_fields = ("issuer", "client_id", "platform__name")
    ordering = ("-awaits_approval", "issuer", "client_id")
    actions = ("approve", "switch_off", "switch_on")
    readonly_fields = ("standing",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lti13Registration]:
        rows: QuerySet[Lti13Registration] = super().get_queryset(request)
        pending = Q(deployments__approved=False, deployments__refused_at=None)
        return rows.annotate(deployment_total=Count("deployments"), waiting_total=Count("deployments", filter=pending))

    def get_form(
        self, request: HttpRequest, obj: Lti13Registration | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = _form_for(obj.platform if obj else None)
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

    def get_fields(self, request: HttpRequest, obj: Lti13Registration | None = None) -> Any:
        return (*(["standing"] if obj else []), *Registration13Form.Meta.fields)

    def buttons_of(self, row: Lti13Registration) -> tuple[str, ...]:
        if row.awaits_approval:
            return ("approve",)
        return ("switch_off",) if row.enabled else ("switch_on",)

    @admin.display(description=gettext_lazy("standing"), ordering="awaits_approval")
    def standing(self, row: Lti13Registration) -> SafeString:
        if row.awaits_approval:
            return chip(_("waits for approval"), "wait")
        return chip(_("on"), "good") if row.enabled else chip(_("switched off"), "bad")

    @admin.display(description=gettext_lazy("deployments"), ordering="deployment_total")
    def deployment_count(self, row: Any) -> str:
        told = ngettext("%(count)d, %(waiting)d waits", "%(count)d, %(waiting)d wait", row.waiting_total)
        counts = {"count": row.deployment_total, "waiting": row.waiting_total}
        return told % counts if row.waiting_total else str(row.deployment_total)

    @admin.action(description=gettext_lazy("Approve: launches from there are taken"), permissions=["change"])
    def approve(self, request: HttpRequest, rows: QuerySet[Lti13Registration]) -> None:
        self._set(request, rows.filter(awaits_approval=True), "awaits_approval", False, _("Approved."))

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, rows: QuerySet[Lti13Registration]) -> None:
        self._set(request, rows.filter(enabled=True), "enabled", False, _("Switched off."))

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, rows: QuerySet[Lti13Registration]) -> None:
        self._set(request, rows.filter(enabled=False), "enabled", True, _("Switched on."))

    def _set(self, request: HttpRequest, rows: QuerySet[Lti13Registration], name: str, value: bool, said: str) -> None:
        """Set a field of each, with history and log; those that have the value already are left out."""
        changed = list(Lti13Registration.objects.filter(pk__in=list(rows.values_list("pk", flat=True))))
        for row in changed:
            setattr(row, name, value)
            row.save(update_fields=[name])
            self.log_change(request, row, said)
        told = ngettext("%(count)d registration changed.", "%(count)d registrations changed.", len(changed))
        messages.success(request, told % {"count": len(changed)})
