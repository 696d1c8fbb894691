"""The line items that providers' LTI 1.3 tools see, and the scores they posted there."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.activities import Activity
from lti_bridge.models.attempts import Attempt
from lti_bridge.models.contexts import Context, ResourceLink
from lti_bridge.models.learners import Learner


class ProviderLineItem(models.Model):
    """A line item of our platform side. It belongs to one account; no other one can see it.

    Ours has ``activity`` set, and ``attempt`` where the provider gets a link for each attempt. One that the tool made
    itself has neither, and its scores are kept without becoming grades.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="line_items")
    context = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="provider_line_items")
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.CASCADE, null=True, related_name="+")
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, null=True, related_name="+")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, null=True, related_name="+")
    #: The resource link as the provider knows it (``relay.links``); empty for a line item that belongs to none.
    link_key = models.CharField(max_length=120, blank=True, default="", db_default="")
    label = models.CharField(_("label"), max_length=500)
    score_maximum = models.DecimalField(_("maximum"), max_digits=20, decimal_places=10)
    resource_id = models.CharField(max_length=500, blank=True, default="")
    tag = models.CharField(max_length=500, blank=True, default="")
    #: ISO 8601 with a time zone, as the tool wrote them.
    starts_at = models.CharField(max_length=40, blank=True, default="")
    ends_at = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("line item of a provider")
        verbose_name_plural = _("line items of providers")
        indexes = (models.Index(fields=("account", "context"), name="line_items_of_account"),)
        constraints = (
            models.UniqueConstraint(
                fields=("account", "resource_link", "activity"),
                condition=models.Q(activity__isnull=False, attempt__isnull=True),
                name="one_line_item_per_placement",
            ),
            models.UniqueConstraint(
                fields=("account", "attempt"),
                condition=models.Q(attempt__isnull=False),
                name="one_line_item_per_attempt",
            ),
        )

    def __str__(self) -> str:
        return self.label


class ProviderScore(models.Model):
    """The score that stands for one person at one line item of a provider. Older ones are provider events."""

    line_item = models.ForeignKey(ProviderLineItem, on_delete=models.CASCADE, related_name="scores")
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="+")
    #: The provider's own time; a score that is not later is refused.
    timestamp = models.DateTimeField(_("time"))
    #: SHA-256 of the message: the same one again is no conflict.
    digest = models.CharField(max_length=64)
    score_given = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    score_maximum = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    activity_progress = models.CharField(max_length=20)
    grading_progress = models.CharField(max_length=20)
    comment = models.TextField(blank=True, default="")
    #: Who scored, in the provider's words.
    scoring_user_id = models.CharField(max_length=255, blank=True, default="", db_default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("line_item", "learner"), name="one_score_per_person"),)

    def __str__(self) -> str:
        return f"{self.line_item_id} × {self.learner_id}"
