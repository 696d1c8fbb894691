"""Launches of providers' LTI 1.3 tools: between our login initiation and our id_token."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.activities import Activity
from lti_bridge.models.attempts import Attempt
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.learners import Learner


def launch_key() -> str:
    """Unguessable; the ``lti_message_hint`` of one launch."""
    return secrets.token_urlsafe(24)


class ProviderLaunch(models.Model):
    """One launch of a provider's tool, frozen when it was begun. An id_token is made of it once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="provider_launches")
    key = models.CharField(max_length=40, unique=True, default=launch_key, editable=False)
    #: None where an administrator chooses content at the provider.
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, null=True, related_name="provider_launches")
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.CASCADE, null=True, related_name="+")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, null=True, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="provider_launches")
    #: What the id_token needs beside the rows: message, target, custom parameters, locale, return address, role.
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("begun"), auto_now_add=True, db_index=True)
    #: When its id_token was made; also when content chosen in it came back.
    used_at = models.DateTimeField(_("used"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("launch at a provider")
        verbose_name_plural = _("launches at providers")

    def __str__(self) -> str:
        return f"{self.account_id}: {self.created_at:%Y-%m-%d %H:%M}"


class UsedAssertion(models.Model):
    """A client assertion that a provider's tool has used: its ``jti`` is good once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    jti = models.CharField(max_length=255)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "jti"), name="an_assertion_is_used_once"),)

    def __str__(self) -> str:
        return self.jti
