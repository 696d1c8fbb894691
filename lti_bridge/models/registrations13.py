"""What an LTI 1.3 platform and we agreed, and the deployments under it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lti_bridge.models.platforms import Platform


def rs256_only() -> list[str]:
    """What nearly every platform signs with."""
    return ["RS256"]


class Lti13Registration(models.Model):
    """What an LTI 1.3 platform and we agreed: issuer, client id, and three addresses of the platform."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="lti13")
    issuer = models.CharField(_("issuer"), max_length=500)
    client_id = models.CharField(_("client id"), max_length=255)
    authorization_endpoint = models.CharField(_("authorization endpoint"), max_length=2000)
    token_endpoint = models.CharField(_("token endpoint"), max_length=2000, blank=True, default="")
    jwks_uri = models.CharField(_("key set address"), max_length=2000)
    #: Brightspace wants another one than the address that is called.
    token_audience = models.CharField(
        _("token audience"), max_length=2000, blank=True, default="", help_text=_("Empty: the token endpoint.")
    )
    #: Only what stands here is accepted in a launch.
    algorithms = models.JSONField(_("algorithms"), default=rs256_only)
    approve_deployments = models.BooleanField(
        _("approve deployments"),
        default=False,
        help_text=_("New deployments are approved by themselves, as courses of this platform."),
    )
    #: Whoever holds the platform's key could otherwise make us call any address.
    service_hosts = models.JSONField(
        _("service hosts"),
        default=list,
        blank=True,
        help_text=_("Where grades and rosters may be asked for, beside the hosts of the addresses above."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    #: Registered by the LMS itself (dynamic registration): nobody has looked at it yet.
    awaits_approval = models.BooleanField(_("waits for approval"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("LTI 1.3 registration")
        verbose_name_plural = _("LTI 1.3 registrations")
        ordering = ("issuer", "client_id")
        constraints = (models.UniqueConstraint(fields=("issuer", "client_id"), name="one_registration_per_client"),)

    def __str__(self) -> str:
        return f"{self.issuer} · {self.client_id}"

    @property
    def is_live(self) -> bool:
        """Whether launches and services go by it."""
        return self.enabled and not self.awaits_approval


class Deployment(models.Model):
    """One ``deployment_id`` under a registration. It says whose courses and people a launch is about.

    Several institutions can share one client id and differ in this alone: each deployment belongs to one platform.
    """

    registration = models.ForeignKey(Lti13Registration, on_delete=models.CASCADE, related_name="deployments")
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="deployments")
    deployment_id = models.CharField(_("deployment id"), max_length=255)
    approved = models.BooleanField(_("approved"), default=False)
    #: Somebody looked at it and said no: it waits no more, and launches go on being refused.
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)
    first_seen_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")
        ordering = ("registration", "deployment_id")
        constraints = (
            models.UniqueConstraint(fields=("registration", "deployment_id"), name="one_deployment_per_registration"),
        )

    def __str__(self) -> str:
        return self.deployment_id

    @property
    def waits(self) -> bool:
        """Whether a person has to say whose it is, or that it is nobody's."""
        return not self.approved and self.refused_at is None
