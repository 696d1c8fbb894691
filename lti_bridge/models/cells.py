"""Gradebook cells: one learner × one resource link, and how the LMS's gradebook converges on our grade."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.attempts import Attempt
from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.grades import Grade
from lti_bridge.models.learners import Learner
from lti_bridge.models.line_items import LineItem
from lti_bridge.models.platforms import Lti11Registration, Platform


class CellState(models.TextChoices):
    """Where a cell stands."""

    EMPTY = "empty", _("no grade yet")
    HELD = "held", _("held until released")
    WAITING = "waiting", _("waiting for the LMS to say where grades go")
    PENDING = "pending", _("on its way")
    DELIVERED = "delivered", _("in the gradebook")
    DIFFERS = "differs", _("the gradebook holds something else")
    NEEDS_ACTION = "needs_action", _("needs action")


class Cell(models.Model):
    """One cell of an LMS's gradebook.

    It holds what should stand there (*wanted*, with a version) and what the LMS took (*sent*). The row is the
    promise; a message to a worker is only a wake-up call. ``due_at`` is the one thing the sweep looks at.
    """

    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="cells")
    resource_link = models.ForeignKey(ResourceLink, on_delete=models.CASCADE, related_name="cells")
    #: The learner's platform again, so that a breaker and a limit per platform need no join.
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="cells")
    state = models.CharField(_("state"), max_length=12, choices=CellState, default=CellState.EMPTY)

    # --- where: the newest address the LMS gave at a launch, in one of two forms ---
    #: LTI 1.3: a column, and the learner's user id.
    line_item = models.ForeignKey(LineItem, on_delete=models.SET_NULL, null=True, related_name="cells")
    #: LTI 1.1: a service, and an id of the cell.
    lti11 = models.ForeignKey(Lti11Registration, on_delete=models.SET_NULL, null=True, related_name="cells")
    outcome_service_url = models.CharField(max_length=2000, blank=True, default="")
    result_sourcedid = models.TextField(blank=True, default="")
    #: What the LMS said it accepts beside a score, such as ["submitted_at", "text"].
    accepts = models.JSONField(default=list, blank=True)
    addressed_at = models.DateTimeField(_("address of"), null=True)

    # --- wanted: what should stand there ---
    #: Rises by one whenever the wanted grade changes. 0: nothing was ever wanted.
    wanted_version = models.PositiveIntegerField(default=0)
    wanted_grade = models.ForeignKey(Grade, on_delete=models.SET_NULL, null=True, related_name="+")
    #: A part of 1, 0 to 1; none means that the gradebook should hold no grade.
    wanted_score = models.DecimalField(_("wanted"), max_digits=12, decimal_places=10, null=True)
    #: Where the attempt stands, told to the LMS when there is no score: started, submitted or marking. Empty: none.
    wanted_progress = models.CharField(max_length=10, blank=True, default="", db_default="")
    #: Belongs to the version: the same on every try, rising by at least a second from version to version.
    wanted_at = models.DateTimeField(null=True)
    #: The LMS took this score with another comment: no reason to replace what somebody entered there meanwhile.
    only_comment = models.BooleanField(default=False, db_default=False)
    #: Until an instructor releases it.
    held = models.BooleanField(_("held"), default=False)

    # --- sent: what the LMS took ---
    sent_version = models.PositiveIntegerField(default=0)
    sent_score = models.DecimalField(_("sent"), max_digits=12, decimal_places=10, null=True)
    sent_at = models.DateTimeField(_("delivered"), null=True)
    #: The attempt that was last announced as a new submission, where an LMS makes one of each score (Canvas).
    submission_of = models.ForeignKey(Attempt, on_delete=models.SET_NULL, null=True, related_name="+")
    #: What a read-back found when it differs from what we want.
    found_score = models.CharField(_("found in the gradebook"), max_length=60, blank=True, default="")

    # --- work ---
    #: When a worker should look at it next; none: nothing to do.
    due_at = models.DateTimeField(_("due"), null=True)
    #: Tries used up for this version: where we are in the schedule.
    tries_used = models.PositiveSmallIntegerField(_("tries used"), default=0)
    #: Until then an earlier request whose fate is unknown could still change the gradebook.
    doubt_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    #: Times a worker died while it held the lease on this version.
    crashes = models.PositiveSmallIntegerField(default=0)
    #: Why it waits or needs action: a code of ``delivery`` and a sentence.
    reason = models.CharField(_("reason"), max_length=60, blank=True, default="")
    reason_text = models.CharField(_("in words"), max_length=500, blank=True, default="")
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("gradebook cell")
        verbose_name_plural = _("gradebook cells")
        constraints = (models.UniqueConstraint(fields=("learner", "resource_link"), name="one_cell_per_link"),)
        indexes = (
            models.Index(fields=("due_at",), condition=models.Q(due_at__isnull=False), name="cells_due"),
            models.Index(
                fields=("platform", "leased_until"), condition=models.Q(lease__isnull=False), name="cells_leased"
            ),
            models.Index(
                fields=("state",), condition=models.Q(state__in=("needs_action", "differs")), name="cells_in_trouble"
            ),
        )

    def __str__(self) -> str:
        return f"{self.learner_id} × {self.resource_link_id}"

    @property
    def has_result(self) -> bool:
        """Whether a result was ever wanted, be it taken back since: more than where the attempt stands."""
        return self.wanted_version > 0 and not self.wanted_progress

    @property
    def tells_progress(self) -> bool:
        """Whether what it wants is no score, only that the LMS knows where the attempt stands."""
        return self.wanted_score is None and bool(self.wanted_progress)

    @property
    def has_address(self) -> bool:
        """Whether the LMS ever said where this learner's grade goes."""
        return bool(self.line_item_id or (self.result_sourcedid and self.outcome_service_url and self.lti11_id))
