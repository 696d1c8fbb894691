"""Tests at providers that many candidates sit, and that are asked about as a whole."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.provider_exports import ProviderExport


class ProviderTest(models.Model):
    """A test as one account knows it. Attempts name it with ``provider_attempt_id``."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tests")
    #: The provider's own id.
    provider_test_id = models.CharField(_("provider's id"), max_length=200)
    #: Set for a test that was made for one link.
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.SET_NULL, null=True, related_name="tests")
    #: What its provider's module has to remember of it, in its own words.
    details = models.JSONField(default=dict, blank=True)
    #: When the provider should be asked next for the results of all; none: not any more.
    look_at = models.DateTimeField(_("next look"), null=True)
    #: Looks since something was last heard of it: where we are in the schedule.
    looks = models.PositiveSmallIntegerField(_("looks"), default=0)
    #: When something was heard of it last: an export that was ordered before does not answer it.
    heard_at = models.DateTimeField(null=True)
    #: The export under way, if there is one.
    export = models.ForeignKey(ProviderExport, on_delete=models.SET_NULL, null=True, related_name="+")
    looked_at = models.DateTimeField(_("last look"), null=True)
    #: What came of the last look: a code, then words; empty when all is well.
    trouble = models.CharField(_("trouble"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("test at a provider")
        verbose_name_plural = _("tests at providers")
        constraints = (
            models.UniqueConstraint(fields=("account", "provider_test_id"), name="one_row_per_provider_test"),
        )
        indexes = (
            models.Index(fields=("look_at",), condition=models.Q(look_at__isnull=False), name="tests_to_look_at"),
        )

    def __str__(self) -> str:
        return f"{self.account}: {self.provider_test_id}"
