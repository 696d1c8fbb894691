"""Accounts: our credentials and settings at a provider."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge import refused_messages
from lti_bridge.admin import secret_fields
from lti_bridge.admin.provider_page import AtProvider
from lti_bridge.admin.showing import chip
from lti_bridge.admin.tools import WithTool
from lti_bridge.admin.typed import ModelForm
from lti_bridge.models import Account, relay_client_id, relay_key_digest
from lti_bridge.providers import PROVIDERS


class AccountForm(ModelForm[Account]):
    """An account, checked by its provider. Each secret that the provider knows or that is set has a field."""

    class Meta:
        model = Account
        fields = ("name", "provider", "enabled", "settings")
        help_texts = {
            "name": gettext_lazy("Stands in the addresses that the provider calls: change it and they stop working."),
            "settings": gettext_lazy(
                "As JSON, in the provider’s own names, which its page under docs/providers/ lists, such as "
                '{"connection": "api", "environment": "testing"}. What is missing or not known is named when you save.'
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {self.instance.provider: self.instance.provider} if self.instance.provider else {}
        names |= {name: provider.label for name, provider in PROVIDERS.items()}
        self.fields["provider"] = forms.ChoiceField(label=gettext_lazy("Provider"), choices=list(names.items()))
        secret_fields.explain(self, self.instance)
        if self.instance._state.adding:
            self._say_whose_secrets()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        secrets = self._secrets(cleaned)
        for problem in self._problems(cleaned, secrets):
            self.add_error(None, problem)
        self._check_relay_key(secrets.get("consumer_key", ""))
        self._check_relay_client(cleaned)
        cleaned["secrets"] = self._with_previous(cleaned, secrets)
        return cleaned

    def save(self, commit: bool = True) -> Account:
        before, after = self.instance.secrets, self.cleaned_data["secrets"]
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if changed:
            self.instance.secrets = after
            secret_fields.note(self.instance, changed)
        return super().save(commit)

    def _secrets(self, cleaned: dict[str, Any]) -> dict[str, str]:
        """The secrets as they will be: those that are set, less the forgotten, with what was typed in."""
        forgotten = cleaned.get("forget", ())
        kept = {name: value for name, value in self.instance.secrets.items() if name not in forgotten}
        return kept | secret_fields.typed(cleaned)

    def _problems(self, cleaned: dict[str, Any], secrets: dict[str, str]) -> list[str]:
        provider, settings = PROVIDERS.get(cleaned.get("provider", "")), cleaned.get("settings")
        return provider.check_account(settings, secrets.keys()) if provider and isinstance(settings, dict) else []

    def _with_previous(self, cleaned: dict[str, Any], secrets: dict[str, str]) -> dict[str, str]:
        """The old shared secret stays alive beside a new one, where the provider's connection has such a thing."""
        old = self.instance.secrets.get("shared_secret")
        both = secrets | {"previous_shared_secret": old or ""}
        changed = old and "shared_secret" in secrets and secrets["shared_secret"] != old
        return both if changed and not self._problems(cleaned, both) else secrets

    def _say_whose_secrets(self) -> None:
        """A new account has no provider yet: all providers' secrets have fields, and each field says for whom it is."""
        for name, each in self.fields.items():
            wanted = name.removeprefix(secret_fields.PREFIX)
            labels = [provider.label for provider in PROVIDERS.values() if wanted in provider.secret_names]
            if name.startswith(secret_fields.PREFIX):
                each.help_text = _("For %(providers)s.") % {"providers": ", ".join(labels)}

    def _check_relay_key(self, consumer_key: str) -> None:
        """One relay key never belongs to two accounts."""
        digest = relay_key_digest(consumer_key) if consumer_key else None
        if digest and Account.objects.filter(relay_key_digest=digest).exclude(pk=self.instance.pk).exists():
            self.add_error(None, _("Another account has this consumer key already."))

    def _check_relay_client(self, cleaned: dict[str, Any]) -> None:
        """One client id never belongs to the tools of two accounts."""
        name, settings = cleaned.get("name"), cleaned.get("settings")
        client_id = relay_client_id(name, settings) if name and isinstance(settings, dict) else None
        if client_id and Account.objects.filter(relay_client_id=client_id).exclude(pk=self.instance.pk).exists():
            told = _("Another account has the client id “%(client_id)s” already. Give this one another client_id.")
            self.add_error("settings", told % {"client_id": client_id})


def _form_for(account: Account | None, provider: str) -> type[AccountForm]:
    """The form with a field for each secret that the account can have or has. ``provider``: the one it changes to."""
    names = {account.provider, provider} if account else set(PROVIDERS)
    kept = {name: name for name in sorted(account.secrets)} if account else {}
    known = {
        name: label for each in PROVIDERS.values() if each.name in names for name, label in each.secret_names.items()
    }
    labels = known | {name: known.get(name, name) for name in kept}
    fields: dict[str, forms.Field] = {
        secret_fields.PREFIX + name: secret_fields.field(label) for name, label in labels.items()
    }
    if kept:
        fields["forget"] = forms.MultipleChoiceField(
            label=gettext_lazy("Forget these secrets"),
            choices=[(name, labels[name]) for name in kept],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    return type("AccountFormWithSecrets", (AccountForm,), fields)


@admin.register(Account)
class AccountAdmin(AtProvider, WithTool):
    """Accounts at providers."""

    list_display = ("name", "provider", "enabled", "activity_count", "refused", "created_at")
    list_select_related = ("refused_messages",)
    readonly_fields = ("refused_in_words",)
    list_filter = ("provider", "enabled")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        rows: QuerySet[Account] = super().get_queryset(request)
        still_refused = Exists(refused_messages.still_refused().filter(account=OuterRef("pk")))
        return rows.annotate(activity_total=Count("activities"), still_refused=still_refused)

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        return _form_for(obj, request.POST.get("provider", ""))

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        names = list(self.get_form(request, obj).base_fields)
        plain = [name for name in names if name in AccountForm.base_fields]
        return (
            (None, {"fields": [*plain, *(("refused_in_words",) if obj else ())]}),
            (
                gettext_lazy("Secrets"),
                {
                    "fields": [name for name in names if name not in plain],
                    "description": gettext_lazy(
                        "They go in and are never shown again. Which are needed depends on the connection; what is "
                        "missing is said when you save."
                    ),
                },
            ),
        )

    @admin.display(description=gettext_lazy("refused messages"), ordering="refused_messages__last_at")
    def refused(self, account: Any) -> SafeString | str:
        row = getattr(account, "refused_messages", None)
        if row is None:
            return "—"
        when = f"{timezone.localtime(row.last_at):%Y-%m-%d %H:%M}"
        return chip(f"{when}: {refused_messages.in_words(row)}", "bad" if account.still_refused else "")

    @admin.display(description=gettext_lazy("refused messages"))
    def refused_in_words(self, account: Account) -> str:
        row = getattr(account, "refused_messages", None)
        return refused_messages.summary(row) if row else _("None.")

    @admin.display(description=gettext_lazy("activities"), ordering="activity_total")
    def activity_count(self, account: Any) -> int:
        return int(account.activity_total)
