"""Members of a course, as its platform's roster lists them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.contexts import Context
from lti_bridge.models.learners import Learner


class Membership(models.Model):
    """A person in a course, as of the last reading of its roster."""

    class Status(models.TextChoices):
        """As Names and Role Provisioning says it, in lower case."""

        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")  # access ended; grades stay
        DELETED = "deleted", _("no longer in the course")

    context = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="memberships")
    learner = models.ForeignKey(Learner, on_delete=models.CASCADE, related_name="memberships")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    #: Course roles in our words: learner, instructor, assistant.
    roles = models.JSONField(_("roles"), default=list)
    #: Sections or groups, by name, where the platform tells them.
    sections = models.JSONField(_("sections"), default=list)
    seen_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (models.UniqueConstraint(fields=("context", "learner"), name="one_membership_per_person"),)

    def __str__(self) -> str:
        return f"{self.learner_id} in {self.context_id}"
