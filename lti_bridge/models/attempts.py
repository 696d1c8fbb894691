"""Attempts: one learner's sitting at the provider."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.activities import Activity
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.launches import LaunchRecord
from lti_bridge.models.learners import Candidate, Learner


def attempt_key() -> str:
    """Unguessable, and only letters, digits and dots: it is a sourcedid and a part of addresses."""
    return f"a.{secrets.token_hex(20)}"


class AttemptState(models.TextChoices):
    """Where an attempt stands, in the order it gets there."""

    CREATED = "created", _("created")  # a row of ours, nothing sent yet
    OPENED = "opened", _("opened")  # the browser was sent to the provider
    STARTED = "started", _("started")  # the provider says the learner began
    SUBMITTED = "submitted", _("submitted")  # the provider says it is over
    MARKING = "marking", _("being marked")  # a person at the provider marks it
    GRADED = "graded", _("graded")  # the provider told a result
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")

    @property
    def rank(self) -> int:
        """The place in the order; a late hint never moves an attempt back."""
        return list(AttemptState).index(self)


#: A launch goes on with an attempt in one of these.
UNFINISHED = (AttemptState.CREATED, AttemptState.OPENED, AttemptState.STARTED)


class Attempt(models.Model):
    """One learner's sitting at the provider."""

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="attempts")
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.CASCADE, related_name="attempts")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="attempts")
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, related_name="attempts")
    #: The launch that began it.
    launch = models.ForeignKey(LaunchRecord, on_delete=models.SET_NULL, null=True, related_name="attempts")
    number = models.PositiveIntegerField(_("number"))
    #: Ours toward the provider: the sourcedid, and the unguessable part of return and call-back addresses.
    key = models.CharField(max_length=60, unique=True, default=attempt_key, editable=False)
    provider_attempt_id = models.CharField(_("provider's id"), max_length=200, blank=True, default="")
    #: What its provider's module has to remember of it, in its own words.
    provider_details = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    state = models.CharField(_("state"), max_length=10, choices=AttemptState, default=AttemptState.CREATED)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    #: When its provider should be asked next how it stands; none: not any more, or never.
    look_at = models.DateTimeField(_("next look"), null=True)
    #: Waits for looks since it was opened, last heard of or graded: where we are in the schedule.
    looks = models.PositiveSmallIntegerField(_("looks"), default=0, db_default=0)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = (
            models.UniqueConstraint(
                fields=("learner", "resource_link", "activity", "number"), name="attempts_are_numbered"
            ),
        )
        indexes = (
            models.Index(fields=("look_at",), condition=models.Q(look_at__isnull=False), name="attempts_to_look_at"),
        )

    def __str__(self) -> str:
        return f"{self.activity.slug} #{self.number}"

    @property
    def account(self) -> Account:
        """Where it was opened: its activity may have moved to another account since."""
        return self.candidate.account if self.candidate else self.activity.account
