"""What people had done at providers: the record of it, and the queue of what is still to be done."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.accounts import Account
from lti_bridge.models.attempts import Attempt
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.learners import Learner


class ActState(models.TextChoices):
    """How far an act is."""

    WAITING = "waiting", _("waits")
    UNDER_WAY = "under_way", _("under way")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")  # the provider said no, or it could not be asked for
    UNCLEAR = "unclear", _("unclear")  # no clear answer: it may have been done


class ProviderAct(models.Model):
    """One thing that a person had done at a provider: who, what, about whom, and what came of it.

    Never repeated by itself: what is unclear is for people to look at. Names nobody but by our own rows.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="acts")
    #: An action of the roster, an operation or an action of activities, by its name there.
    what = models.CharField(_("what"), max_length=60)
    #: Whom it was about, as far as it was about anybody.
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, null=True, related_name="acts_about")
    attempt = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, related_name="acts")
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.SET_NULL, null=True, related_name="acts")
    #: Who had it done: an administrator by log-in name, or somebody who teaches.
    staff = models.CharField(_("administrator"), max_length=150, blank=True, default="")
    teacher = models.ForeignKey(Learner, on_delete=models.SET_NULL, null=True, related_name="acts_of_theirs")
    #: The launch, or the request, from which they did it.
    reference = models.CharField(_("reference"), max_length=40, blank=True, default="")
    #: What was typed in with it, such as a date.
    details = models.JSONField(default=dict, blank=True)
    #: The same for all that were begun with one press of a button.
    batch = models.UUIDField(null=True, db_index=True)
    state = models.CharField(_("state"), max_length=10, choices=ActState, default=ActState.WAITING)
    #: Why not: a code, then words.
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    #: What came of it, in words for whoever had it done.
    told = models.CharField(_("in words"), max_length=300, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    #: When a worker took it up.
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("act at a provider")
        verbose_name_plural = _("acts at providers")
        indexes = (
            models.Index(
                fields=("created_at",),
                condition=models.Q(state__in=("waiting", "under_way")),
                name="acts_not_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
