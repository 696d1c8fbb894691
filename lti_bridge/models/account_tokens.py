"""Access tokens of providers' APIs, shared by all workers: one is asked for once an hour, not once a launch."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.fields import EncryptedJSONField


class AccountToken(models.Model):
    """The newest token of an account for one purpose."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    purpose = models.CharField(max_length=50)
    #: {"token": …, "seconds": its life, "made_with": whose credentials}; empty before the first and after a refusal.
    secret = EncryptedJSONField(default=dict)
    expires_at = models.DateTimeField(_("expires"), null=True)
    #: Who fetches a new one now, and until when the others wait for it.
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "purpose"), name="one_token_per_purpose"),)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.purpose}"
