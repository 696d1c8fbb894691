"""Breakers: one per platform, so that a silent LMS costs one probe a minute and nobody's tries."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.platforms import Platform


class Breaker(models.Model):
    """How a platform's gradebook service answers lately. Open from five transport failures in a row."""

    platform = models.OneToOneField(Platform, on_delete=models.CASCADE, primary_key=True, related_name="breaker")
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    #: Set while open: when the next probe may go.
    next_probe_at = models.DateTimeField(_("next probe"), null=True)
    opened_at = models.DateTimeField(_("open since"), null=True)
    last_reason = models.CharField(_("last failure"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("breaker")
        verbose_name_plural = _("breakers")

    def __str__(self) -> str:
        return f"{self.platform}"
