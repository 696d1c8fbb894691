"""Invitations: the link with which an LMS administrator registers a platform."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.platforms import Family, Platform
from lti_bridge.models.registrations13 import Lti13Registration


class Invitation(models.Model):
    """An invitation to register by LTI dynamic registration: used once, and only for a time."""

    #: The link's secret is shown once, when it is made; this is its SHA-256.
    digest = models.CharField(max_length=64, unique=True)
    #: The name of the platform that will be made, or that gets one more registration.
    platform_name = models.SlugField(_("platform"), max_length=100)
    family = models.CharField(_("family"), max_length=20, choices=Family, default=Family.OTHER)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)
    platform = models.ForeignKey(Platform, on_delete=models.SET_NULL, null=True, related_name="invitations")
    registration = models.ForeignKey(Lti13Registration, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.platform_name
