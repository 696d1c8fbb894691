"""Platforms (the LMSs that launch us) and what we agreed with them."""

import secrets as random

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lti_bridge.models.fields import EncryptedJSONField


class Family(models.TextChoices):
    """LMS products. Each has its own way to answer; see ``delivery/quirks.py``."""

    MOODLE = "moodle", "Moodle"
    CANVAS = "canvas", "Canvas"
    BLACKBOARD = "blackboard", "Blackboard"
    BRIGHTSPACE = "brightspace", "Brightspace"
    SAKAI = "sakai", "Sakai"
    OPENEDX = "openedx", "Open edX"
    SCHOOLOGY = "schoology", "Schoology"
    OTHER = "other", _("Other")


class Platform(models.Model):
    """An LMS that launches us. People, courses and links belong to exactly one platform."""

    name = models.SlugField(_("name"), max_length=100, unique=True)
    family = models.CharField(_("family"), max_length=20, choices=Family, default=Family.OTHER)
    delivery_paused = models.BooleanField(
        _("delivery paused"), default=False, help_text=_("Links go on opening; grades wait.")
    )
    parallel_sends = models.PositiveSmallIntegerField(
        _("sends at once"), default=8, help_text=_("Requests to this LMS at the same time, over all workers.")
    )
    sends_progress = models.BooleanField(
        _("tell progress"),
        default=False,
        db_default=False,
        help_text=_(
            "By LTI 1.3, tell the gradebook that a test was begun, handed in or is being marked. "
            "Never after a score was sent: some LMSs would take the score away."
        ),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("platform")
        verbose_name_plural = _("platforms")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Lti11Registration(models.Model):
    """What an LTI 1.1 platform and we agreed: a consumer key and its secret."""

    class SignatureMethod(models.TextChoices):
        HMAC_SHA1 = "HMAC-SHA1", "HMAC-SHA1"
        HMAC_SHA256 = "HMAC-SHA256", "HMAC-SHA256"

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="lti11")
    consumer_key = models.CharField(_("consumer key"), max_length=255, unique=True)
    #: {"shared_secret": …, "previous_shared_secret": …}: two are live while a secret is rotated.
    secrets = EncryptedJSONField(default=dict)
    #: The one method that both sides sign with.
    signature_method = models.CharField(
        _("signature method"), max_length=20, choices=SignatureMethod, default=SignatureMethod.HMAC_SHA1
    )
    #: Whoever holds the key could otherwise make us call any address.
    service_hosts = models.JSONField(
        _("gradebook hosts"),
        default=list,
        blank=True,
        help_text=_(
            "Where grades may be sent. The first launch teaches it; another host is refused until it is added."
        ),
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    history = HistoricalRecords(excluded_fields=["secrets"])

    class Meta:
        verbose_name = _("LTI 1.1 registration")
        verbose_name_plural = _("LTI 1.1 registrations")
        ordering = ("consumer_key",)

    def __str__(self) -> str:
        return self.consumer_key

    @property
    def live_secrets(self) -> list[str]:
        """The secrets a launch may be signed with, current first."""
        names = ("shared_secret", "previous_shared_secret")
        return [self.secrets[name] for name in names if self.secrets.get(name)]

    @property
    def shared_secret(self) -> str:
        """The secret we sign with."""
        return str(self.secrets["shared_secret"])

    def rotate(self, new_secret: str | None = None) -> str:
        """Make ``new_secret`` (or a random one) current and keep the old one alive. Does not save."""
        secret = new_secret or random.token_urlsafe(32)
        self.secrets = {"shared_secret": secret, "previous_shared_secret": self.secrets.get("shared_secret", "")}
        return secret
