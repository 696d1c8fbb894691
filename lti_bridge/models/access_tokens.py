"""Access tokens of LTI 1.3 platforms, shared by all workers: one is asked for once an hour, not once a grade."""

from django.db import models

from lti_bridge.models.fields import EncryptedJSONField
from lti_bridge.models.registrations13 import Lti13Registration


class AccessToken(models.Model):
    """The newest token of a registration for one set of scopes."""

    registration = models.ForeignKey(Lti13Registration, on_delete=models.CASCADE, related_name="access_tokens")
    #: Sorted, with blanks between.
    scopes = models.CharField(max_length=700)
    #: {"token": …}; empty before the first one and after it was refused.
    secret = EncryptedJSONField(default=dict)
    expires_at = models.DateTimeField(null=True)
    #: Who fetches a new one now, and until when the others wait for it.
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("registration", "scopes"), name="one_token_per_scope_set"),)

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.scopes}"
