"""LTI 1.1 registrations: keys and secrets of platforms."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lti_bridge.admin import secret_fields
from lti_bridge.admin.history import Configured
from lti_bridge.admin.typed import ModelForm, StackedInline
from lti_bridge.models import Lti11Registration, Platform


class RegistrationForm(ModelForm[Lti11Registration]):
    """A registration; its secrets go in and never come out."""

    secret_shared_secret = secret_fields.field(gettext_lazy("Shared secret"))
    forget_previous = forms.BooleanField(
        label=gettext_lazy("Forget the previous secret"),
        required=False,
        help_text=gettext_lazy("After the LMS has the new one. Until then launches with either are taken."),
    )

    class Meta:
        model = Lti11Registration
        fields = ("platform", "consumer_key", "signature_method", "service_hosts", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        secret_fields.explain(self, self.instance)
        if self.instance._state.adding:
            told = _("Leave it empty to have one made; “Make a new secret” on the registration's page then shows one.")
            self.fields["secret_shared_secret"].help_text = told
        if not self.instance.secrets.get("previous_shared_secret"):
            self.fields["forget_previous"].disabled = True
            self.fields["forget_previous"].help_text = _("There is none.")

    def save(self, commit: bool = True) -> Lti11Registration:
        row = self.instance
        typed = self.cleaned_data.get("secret_shared_secret")
        if typed or not row.secrets.get("shared_secret"):
            row.rotate(typed or None)
            secret_fields.note(row, ["shared_secret"])
        if self.cleaned_data.get("forget_previous"):
            row.secrets = {"shared_secret": row.secrets.get("shared_secret", "")}
        return super().save(commit)


class RegistrationInline(StackedInline[Lti11Registration, Platform]):
    """The registrations on a platform's page."""

    model = Lti11Registration
    form = RegistrationForm
    extra = 0
    show_change_link = True


@admin.register(Lti11Registration)
class RegistrationAdmin(Configured[Lti11Registration]):
    """LTI 1.1 registrations by themselves: for their history, and for a new secret."""

    form = RegistrationForm
    list_display = ("consumer_key", "platform", "signature_method", "enabled")
    list_filter = ("enabled", "signature_method")
    list_select_related = ("platform",)
    search_fields = ("consumer_key", "platform__name")
    change_form_template = "admin/registration_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(never_cache(self.rotate_view)))
        return [path("<int:pk>/rotate/", view, name="lti_bridge_lti11registration_rotate"), *super().get_urls()]

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a new secret and show it, here and never again. The old one goes on working until it is forgotten."""
        row = get_object_or_404(Lti11Registration, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        secret = row.rotate()
        secret_fields.note(row, ["shared_secret"])
        row.save()
        self.log_change(request, row, _("New shared secret made."))
        values = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": _("New shared secret"),
            "secret": secret,
        }
        return TemplateResponse(request, "admin/new_secret.html", values)
