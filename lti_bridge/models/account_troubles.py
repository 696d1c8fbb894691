"""What keeps an account from working, as its provider told: for administrators, until it works again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account


class AccountTrouble(models.Model):
    """One kind of trouble at one account. The row goes when the account works again."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="troubles")
    #: Of the provider's module, such as no_credits.
    code = models.CharField(_("code"), max_length=60)
    #: What happened and what to do, in words; no name, no address, no secret.
    text = models.CharField(_("in words"), max_length=500, blank=True, default="")
    first_at = models.DateTimeField(_("since"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"))
    times = models.PositiveIntegerField(_("times"), default=1)
    #: Set while the provider is silent: until then nobody asks it by itself.
    rests_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("trouble of an account")
        verbose_name_plural = _("troubles of accounts")
        constraints = (models.UniqueConstraint(fields=("account", "code"), name="one_trouble_of_a_kind"),)

    def __str__(self) -> str:
        return f"{self.account}: {self.code}"
