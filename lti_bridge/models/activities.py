"""Activities: what a link opens."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from lti_bridge.models.accounts import Account
from lti_bridge.models.platforms import Platform


class AttemptRule(models.TextChoices):
    """Which of several attempts counts."""

    FIRST = "first", _("first")
    LAST = "last", _("last")
    BEST = "best", _("best")


class Release(models.TextChoices):
    """When a grade may leave for the gradebook."""

    AUTOMATIC = "automatic", _("as soon as it is known")
    MANUAL = "manual", _("when an instructor releases it")


class Activity(models.Model):
    """What a link opens: an account, an action there, its parameters, and how grading works."""

    slug = models.SlugField(_("slug"), max_length=100, unique=True)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True, default="")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="activities")
    #: One of the provider's actions, such as take_test.
    action = models.CharField(_("action"), max_length=50)
    parameters = models.JSONField(
        _("parameters"),
        default=dict,
        blank=True,
        help_text=_("In the provider's own names, such as {“tst_frm_id”: 482}."),
    )
    #: What the provider's tool said of content that was chosen there, beside the parameters: its address (``url``)
    #: and its line item (``label``, ``score_maximum``, ``resource_id``, ``tag``). None: nothing was.
    content = models.JSONField(null=True, blank=True, editable=False)
    attempt_rule = models.CharField(
        _("attempt that counts"), max_length=10, choices=AttemptRule, default=AttemptRule.LAST
    )
    release = models.CharField(_("grades leave"), max_length=10, choices=Release, default=Release.AUTOMATIC)
    max_attempts = models.PositiveSmallIntegerField(
        _("attempts allowed"), default=0, help_text=_("0: as many as the provider allows.")
    )
    platforms = models.ManyToManyField(
        Platform,
        verbose_name=_("platforms"),
        blank=True,
        related_name="activities",
        help_text=_("The platforms that may open it. None ticked: all."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    history = HistoricalRecords(m2m_fields=[platforms])

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title
