"""What providers told us, word for word, kept before anybody understood it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.attempts import Attempt


class EventSource(models.TextChoices):
    """How a provider reached us."""

    OUTCOME = "outcome", _("LTI outcome")  # a Basic Outcomes message
    SCORE = "score", _("LTI score")  # of Assignment and Grade Services
    CALLBACK = "callback", _("call back")  # a hint, perhaps unsigned
    RETURN = "return", _("return of the browser")  # a hint carried by the browser
    WEBHOOK = "webhook", _("webhook")  # signed, about the account: what it is about is asked for
    POLL = "poll", _("answer when asked")  # what its API answered when we looked


class EventState(models.TextChoices):
    """How far we are with an event."""

    RECEIVED = "received", _("received")  # stored, not yet understood
    READ = "read", _("read")  # understood, its reports are recorded
    REFUSED = "refused", _("refused")  # theirs, but asking for something that must not be
    FAILED = "failed", _("failed")  # our own fault; read again by the sweep


class ProviderEvent(models.Model):
    """One message of a provider: committed first, alone, then understood."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="provider_events")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="provider_events")
    source = models.CharField(_("source"), max_length=10, choices=EventSource)
    #: Single-use where the message was signed: (account, nonce) is unique.
    nonce = models.CharField(max_length=255, null=True)  # noqa: DJ001 (none is not a duplicate of none)
    raw_body = models.TextField(_("body"), blank=True, default="")
    raw_query = models.TextField(_("query"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=EventState, default=EventState.RECEIVED)
    #: Why it was refused or failed: a code, then words.
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    reads = models.PositiveSmallIntegerField(_("times read"), default=0)
    reference = models.CharField(_("reference"), max_length=40, blank=True, default="")
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("provider event")
        verbose_name_plural = _("provider events")
        constraints = (models.UniqueConstraint(fields=("account", "nonce"), name="a_provider_nonce_is_used_once"),)
        indexes = (
            models.Index(
                fields=("received_at",),
                condition=models.Q(state__in=("received", "failed")),
                name="events_not_yet_read",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.pk}"
