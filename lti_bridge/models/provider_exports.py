"""Exports that a provider makes in its own time: how far each is, for people to see."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.attempts import Attempt
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.fields import EncryptedJSONField


class ExportState(models.TextChoices):
    """How far an export is."""

    ORDERED = "ordered", _("ordered")  # the provider is at work
    LOADING = "loading", _("being fetched")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class ProviderExport(models.Model):
    """One export: what was asked for and how far it is. What is in it is nowhere here."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="exports")
    #: An operation, by its name.
    what = models.CharField(_("what"), max_length=60)
    #: The provider's id of what it is about.
    about = models.CharField(_("about"), max_length=200, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=ExportState, default=ExportState.ORDERED)
    #: Percent, as the provider says.
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    #: {"handle": what it is looked after with}: an address among others, which may be enough to fetch it.
    secret = EncryptedJSONField(default=dict)
    #: Looks since it was ordered last, and when that was.
    looks = models.PositiveSmallIntegerField(default=0)
    ordered_at = models.DateTimeField(null=True)
    #: Whoever teaches this link ordered it, about all there or about one attempt, as one of its provider's files.
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.CASCADE, null=True, related_name="exports")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="exports")
    file = models.CharField(_("file"), max_length=60, blank=True, default="", db_default="")
    #: How often it was ordered: what is ready can be fetched for a short time only.
    orders = models.PositiveSmallIntegerField(_("orders"), default=0)
    #: While somebody takes it: it is not fetched twice at once.
    claimed_until = models.DateTimeField(null=True)
    size = models.BigIntegerField(_("bytes"), default=0)
    #: Why it failed: a code, then words.
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("export of a provider")
        verbose_name_plural = _("exports of providers")

    def __str__(self) -> str:
        return f"{self.what} {self.about}"
