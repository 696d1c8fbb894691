"""Invitations to register an LMS by itself. The link is shown once, in the answer to the press of the button."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lti_bridge import invitations
from lti_bridge.admin.showing import chip
from lti_bridge.admin.typed import ModelAdmin, ModelForm
from lti_bridge.models import Invitation


class InvitationForm(ModelForm[Invitation]):
    """Whom to invite, and for how long."""

    days = forms.IntegerField(
        label=gettext_lazy("Valid for days"), min_value=1, max_value=90, initial=invitations.LIFETIME.days
    )

    class Meta:
        model = Invitation
        fields = ("platform_name", "family")
        help_texts = {
            "platform_name": gettext_lazy("The platform that is made, or that gets one more registration."),
            "family": gettext_lazy("“Other” lets the LMS say it itself."),
        }


@admin.register(Invitation)
class InvitationAdmin(ModelAdmin[Invitation]):
    """Made and taken back here, never changed: whoever has the link can use it once."""

    form = InvitationForm
    list_display = ("platform_name", "family", "state", "made_by", "created_at", "expires_at", "registration")
    list_filter = ("family",)
    list_select_related = ("made_by", "registration")
    list_per_page = 50
    search_fields = ("platform_name", "registration__issuer")

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj is None:
            return ("platform_name", "family", "days")
        return ("platform_name", "family", "made_by", "created_at", "expires_at", "used_at", "platform", "registration")

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        obj.made_by = request.user if request.user.is_authenticated else None
        obj.expires_at = timezone.now() + timedelta(days=form.cleaned_data["days"])
        invitations.give_secret(obj)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        """Show the link, here and never again."""
        secret = invitations.give_secret(obj)
        obj.save(update_fields=["digest"])
        values = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "title": _("Invitation"),
            "link": invitations.address_of(secret),
        }
        return TemplateResponse(request, "admin/new_invitation.html", values)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Invitation) -> SafeString:
        if row.used_at:
            return chip(_("used"), "good") if row.registration_id else chip(_("used, nothing came of it"), "bad")
        return chip(_("expired"), "") if row.expires_at <= timezone.now() else chip(_("open"), "wait")
