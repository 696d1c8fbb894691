"""Messages in a provider's name that proved nothing: of each account, the last one."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account


class RefusedMessages(models.Model):
    """That messages which bear an account's key are refused, since when, and why the last one was.

    Written once a minute at most, whatever comes: whoever knows a key could otherwise have us write without end.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="refused_messages")
    #: A code of ``oauth1``, ``nonce_used``, or what was refused of an LTI 1.3 tool (``token_…``, ``score_in_future``).
    code = models.CharField(_("reason"), max_length=60)
    #: The provider's clock minus ours in seconds, where that was the reason.
    skew = models.BigIntegerField(_("seconds its clock is ahead"), null=True)
    #: Minutes in which at least one was refused.
    minutes = models.PositiveIntegerField(_("minutes with refused messages"), default=1)
    first_at = models.DateTimeField(_("first refused"))
    last_at = models.DateTimeField(_("last refused"))

    class Meta:
        verbose_name = _("refused messages of an account")
        verbose_name_plural = _("refused messages of accounts")

    def __str__(self) -> str:
        return f"{self.account_id}: {self.code}"
