"""Keys of LTI 1.3: ours, which sign, and those of the others, which we check with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.fields import EncryptedJSONField


class SigningKey(models.Model):
    """A key pair of ours. Published before it signs, and for a while after it last signed.

    Two systems never share a key: as a tool toward platforms and as a platform toward providers we have different ones.
    """

    class Side(models.TextChoices):
        """What we are toward those who check with this key."""

        TOOL = "tool", _("toward platforms")
        PLATFORM = "platform", _("toward providers")

    side = models.CharField(_("side"), max_length=10, choices=Side)
    #: Never used for another key.
    kid = models.CharField(_("key id"), max_length=64, unique=True)
    #: {"pem": …}
    private = EncryptedJSONField(default=dict)
    #: The public half as our key set shows it.
    public_jwk = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("published"), auto_now_add=True)
    #: Others have read it by then.
    signs_from = models.DateTimeField(_("signs from"))
    #: None: until a newer one signs.
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("side", "-signs_from")

    def __str__(self) -> str:
        return self.kid


class PeerKeys(models.Model):
    """The key set of a platform or of a provider's tool, as it was fetched last."""

    #: A digest of ``url``: addresses may be longer than an index takes.
    url_digest = models.CharField(max_length=64, primary_key=True)
    url = models.CharField(_("address"), max_length=2000)
    #: The public keys, as JSON Web Keys.
    keys = models.JSONField(default=list)
    fetched_at = models.DateTimeField(_("fetched"), null=True)
    #: When somebody last began to fetch it: at most once a minute, one at a time.
    tried_at = models.DateTimeField(_("tried"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("key set of others")
        verbose_name_plural = _("key sets of others")

    def __str__(self) -> str:
        return self.url
