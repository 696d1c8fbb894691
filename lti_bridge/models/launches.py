"""Launch records: the proof that a nonce was used, and what support needs to see."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.learners import Learner
from lti_bridge.models.platforms import Lti11Registration, Platform
from lti_bridge.models.registrations13 import Deployment, Lti13Registration


class LaunchRecord(models.Model):
    """One launch whose signature held.

    The row is what makes a nonce single-use: it is inserted, in one statement, after the signature
    and the time were checked, under a unique constraint. It holds no name, no e-mail, no secret, and goes
    after ``LAUNCH_RECORD_DAYS`` (longer than any launch stays valid).
    """

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="launch_records")
    lti11 = models.ForeignKey(Lti11Registration, on_delete=models.CASCADE, null=True, related_name="launch_records")
    lti13 = models.ForeignKey(Lti13Registration, on_delete=models.CASCADE, null=True, related_name="launch_records")
    deployment = models.ForeignKey(Deployment, on_delete=models.SET_NULL, null=True, related_name="launch_records")
    nonce = models.CharField(max_length=255)
    message_type = models.CharField(_("message"), max_length=60, blank=True, default="")
    #: What a person reads aloud to support.
    reference = models.CharField(_("reference"), max_length=40, db_index=True)
    #: Empty when the launch was accepted, else the reason code it was refused with.
    refused = models.CharField(_("refused because"), max_length=60, blank=True, default="")
    is_instructor = models.BooleanField(_("instructor"), default=False)
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.SET_NULL, null=True, related_name="launch_records")
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, null=True, related_name="launch_records")
    #: What later pages of this launch need: locale, return URL, selection. No person, no secret.
    details = models.JSONField(default=dict)
    received_at = models.DateTimeField(_("received"), db_index=True)

    class Meta:
        verbose_name = _("launch")
        verbose_name_plural = _("launches")
        constraints = (
            models.UniqueConstraint(fields=("lti11", "nonce"), name="an_lti11_nonce_is_used_once"),
            models.UniqueConstraint(fields=("lti13", "nonce"), name="an_lti13_nonce_is_used_once"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_switched_off(self) -> bool:
        """Whether its registration, or its deployment, was switched off since."""
        if self.lti11 is not None:
            return not self.lti11.enabled
        if self.deployment is not None and not self.deployment.approved:
            return True
        return self.lti13 is not None and not self.lti13.is_live
