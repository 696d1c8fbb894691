"""Activities, and the links that are bound to them."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge.admin.history import Configured
from lti_bridge.admin.provider_page import choices_of, page_of
from lti_bridge.admin.showing import Shown
from lti_bridge.admin.typed import ModelForm
from lti_bridge.models import Account, Activity, Context, ResourceLink
from lti_bridge.providers import PROVIDERS


class ActivityForm(ModelForm[Activity]):
    """An activity, checked by the provider of its account."""

    #: From the provider's own list, so that nobody has to type a number; typing it still works when there is none.
    listed = forms.ChoiceField(label=gettext_lazy("From the provider’s list"), required=False)

    class Meta:
        model = Activity
        fields = (
            "title",
            "slug",
            "description",
            "account",
            "action",
            "listed",
            "parameters",
            "attempt_rule",
            "release",
            "max_attempts",
            "platforms",
            "enabled",
        )
        widgets = {"platforms": forms.CheckboxSelectMultiple}
        help_texts = {
            "parameters": gettext_lazy(
                "As JSON, in the provider’s own names, which its page under docs/providers/ lists, such as "
                '{"test_id": 482}.'
            ),
            "slug": gettext_lazy(
                "The activity’s name in launch addresses (…/lti/1.1/launch/NAME) and in the custom parameter "
                "activity=NAME. Links that have the old name stop working when it changes."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [
            (provider.label, [(name, kind.label) for name, kind in provider.actions.items()])
            for provider in PROVIDERS.values()
        ]
        kept = self.instance.action
        if kept and not any(kept == name for _label, names in groups for name, _words in names):
            groups.insert(0, ("", [(kept, kept)]))
        self.fields["action"] = forms.ChoiceField(label=gettext_lazy("Action"), choices=groups)
        self._offer_lists()
        self._warn(self._account(), cautions_of(self.instance))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        account, parameters = cleaned.get("account"), cleaned.get("parameters")
        name, chosen, value = cleaned.get("listed", "").partition("=")
        if chosen and isinstance(parameters, dict):
            parameters = cleaned["parameters"] = parameters | {name: int(value) if value.isdecimal() else value}
        provider = PROVIDERS.get(account.provider) if account else None
        if account and provider and "action" in cleaned and isinstance(parameters, dict):
            for problem in provider.check_activity(account, cleaned["action"], parameters):
                self.add_error(None, problem)
            self._warn(account, provider.cautions(cleaned["action"], parameters))
        return cleaned

    def _warn(self, account: Account | None, cautions: list[str]) -> None:
        """Say beside the parameters what to know of them: of any provider's where no account is chosen yet."""
        if "parameters" not in self.fields:
            return  # who may only look has no field for them
        known = PROVIDERS.get(account.provider) if account else None
        about = [str(each.about_parameters) for each in ([known] if known else PROVIDERS.values())]
        words = [str(self.fields["parameters"].help_text), *filter(None, about), *cautions]
        # The bound field: it is what is shown, and its field's own words are no longer looked at once it is cleaned.
        self["parameters"].help_text = " ".join(words)

    def _offer_lists(self) -> None:
        """The provider's lists for the parameters, as far as the account is known and its provider answers."""
        field = cast(forms.ChoiceField, self.fields["listed"])
        account = self._account()
        if account is None or page_of(account) is None:
            field.widget = forms.HiddenInput()
            return
        lists = choices_of(account)
        if not lists:
            field.disabled = True
            field.help_text = _("The provider does not answer now: type it into the parameters below.")
            return
        field.choices = [("", _("as in the parameters below"))] + [
            (name, [(f"{name}={value}", value) for value in values]) for name, values in lists.items()
        ]
        chosen = [f"{name}={self.initial[name]}" for name in lists if name in self.initial]
        self.initial.setdefault("listed", chosen[0] if chosen else "")

    def _account(self) -> Account | None:
        number = str(self.data.get("account") or self.initial.get("account") or self.instance.account_id or "")
        return Account.objects.filter(pk=int(number)).first() if number.isascii() and number.isdecimal() else None


def cautions_of(activity: Activity) -> list[str]:
    """What its provider says should be thought about twice."""
    provider = PROVIDERS.get(activity.account.provider) if activity.account_id else None
    return provider.cautions(activity.action, activity.parameters) if provider else []


@admin.register(Activity)
class ActivityAdmin(Configured[Activity]):
    """What links open."""

    form = ActivityForm
    list_display = ("title", "slug", "account", "action", "attempt_rule", "release", "enabled", "link_count")
    list_filter = ("enabled", "account", "action", "release")
    list_select_related = ("account",)
    search_fields = ("title", "slug", "description")
    prepopulated_fields = {"slug": ("title",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activity]:
        rows: QuerySet[Activity] = super().get_queryset(request)
        return rows.annotate(link_total=Count("resource_links"))

    def save_model(self, request: HttpRequest, obj: Activity, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for caution in cautions_of(obj):
            messages.warning(request, caution)

    @admin.display(description=gettext_lazy("links"), ordering="link_total")
    def link_count(self, activity: Any) -> int:
        return int(activity.link_total)


@admin.register(ResourceLink)
class ResourceLinkAdmin(Shown[ResourceLink]):
    """Links in courses; the activity can be changed here."""

    list_display = ("__str__", "context", "platform", "activity", "bound_by", "created_at")
    list_filter = ("context__platform", "bound_by", "activity")
    list_select_related = ("context__platform", "activity")
    search_fields = ("title", "resource_link_id", "context__title", "context__context_id")
    date_hierarchy = "created_at"
    fields = ("context", "resource_link_id", "title", "activity", "bound_by", "created_at")
    readonly_fields = ("context", "resource_link_id", "title", "bound_by", "created_at")
    autocomplete_fields = ("activity",)

    def has_change_permission(self, request: HttpRequest, obj: ResourceLink | None = None) -> bool:
        return request.user.has_perm("lti_bridge.change_resourcelink")

    @admin.display(description=gettext_lazy("platform"), ordering="context__platform__name")
    def platform(self, link: ResourceLink) -> str:
        return link.context.platform.name


@admin.register(Context)
class ContextAdmin(Shown[Context]):
    """Courses."""

    list_display = ("__str__", "label", "context_id", "platform")
    list_filter = ("platform",)
    list_select_related = ("platform",)
    search_fields = ("title", "label", "context_id")
