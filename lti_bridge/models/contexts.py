"""Courses and the links in them, as the LMS names them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.activities import Activity
from lti_bridge.models.platforms import Platform
from lti_bridge.models.registrations13 import Lti13Registration


class Context(models.Model):
    """A course of one platform."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="contexts")
    #: Empty for links outside any course.
    context_id = models.CharField(_("context id"), max_length=500, blank=True)
    title = models.CharField(_("title"), max_length=500, blank=True, default="")
    label = models.CharField(_("label"), max_length=500, blank=True, default="")
    #: What LTI 1.1 called it, where LTI 1.3 has another id for it.
    lti11_id = models.CharField(max_length=500, blank=True, default="", db_default="")
    #: Where its roster can be read (Names and Role Provisioning), as the newest launch told.
    memberships_url = models.CharField(max_length=2000, blank=True, default="", db_default="")
    memberships_by = models.ForeignKey(Lti13Registration, on_delete=models.SET_NULL, null=True, related_name="+")
    #: When the reading that is under way was asked for.
    roster_asked_at = models.DateTimeField(null=True)
    roster_read_at = models.DateTimeField(_("roster of"), null=True)
    roster_problem = models.CharField(_("roster problem"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = (models.UniqueConstraint(fields=("platform", "context_id"), name="one_context_per_platform"),)
        indexes = (
            models.Index(
                fields=("platform", "lti11_id"), condition=~models.Q(lti11_id=""), name="contexts_by_lti11_id"
            ),
        )

    def __str__(self) -> str:
        return self.title or self.label or self.context_id


class ResourceLink(models.Model):
    """The LMS's link: ``resource_link_id`` in a course, and the activity it is bound to."""

    class BoundBy(models.TextChoices):
        """How a link came to its activity."""

        PATH = "path", _("the launch address names it")
        CUSTOM = "custom", _("a custom parameter names it")
        SELECTION = "selection", _("chosen when the link was made")
        INSTRUCTOR = "instructor", _("an instructor chose it")
        COPY = "copy", _("copied with its course")

    context = models.ForeignKey(Context, on_delete=models.CASCADE, related_name="resource_links")
    resource_link_id = models.CharField(_("resource link id"), max_length=500)
    #: What LTI 1.1 called it, where LTI 1.3 has another id for it.
    lti11_id = models.CharField(max_length=500, blank=True, default="", db_default="")
    title = models.CharField(_("title"), max_length=500, blank=True, default="")
    activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, null=True, blank=True, related_name="resource_links"
    )
    bound_by = models.CharField(_("bound by"), max_length=12, choices=BoundBy, blank=True, default="")
    created_at = models.DateTimeField(_("first launch"), auto_now_add=True)

    class Meta:
        verbose_name = _("resource link")
        verbose_name_plural = _("resource links")
        constraints = (
            models.UniqueConstraint(fields=("context", "resource_link_id"), name="one_resource_link_per_context"),
        )
        indexes = (
            models.Index(fields=("context", "lti11_id"), condition=~models.Q(lti11_id=""), name="links_by_lti11_id"),
        )

    def __str__(self) -> str:
        return self.title or self.resource_link_id
