"""Line items: the gradebook columns that LTI 1.3 platforms have for our links."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.contexts import ResourceLink
from lti_bridge.models.registrations13 import Deployment, Lti13Registration


class LineItem(models.Model):
    """The column of one resource link, as far as the platform's launches tell.

    ``url`` is the line item's own address; empty until it is found in ``container_url`` or made there.
    """

    resource_link = models.OneToOneField(ResourceLink, on_delete=models.CASCADE, related_name="line_item")
    registration = models.ForeignKey(Lti13Registration, on_delete=models.CASCADE, related_name="line_items")
    deployment = models.ForeignKey(Deployment, on_delete=models.SET_NULL, null=True, related_name="line_items")
    url = models.CharField(_("line item"), max_length=2000, blank=True, default="")
    container_url = models.CharField(_("line items"), max_length=2000, blank=True, default="")
    #: What the newest launch allows to ask for; nothing else is ever asked for.
    scopes = models.JSONField(_("scopes"), default=list)
    made_by_us = models.BooleanField(_("made by us"), default=False)
    #: The platform said that the column is gone; another one is made only when somebody asks for it.
    gone_at = models.DateTimeField(_("gone"), null=True)
    #: One worker a column looks for it or makes it.
    search_lease = models.UUIDField(null=True)
    searched_until = models.DateTimeField(null=True)
    addressed_at = models.DateTimeField(_("address of"), null=True)

    class Meta:
        verbose_name = _("line item")
        verbose_name_plural = _("line items")

    def __str__(self) -> str:
        return self.url or self.container_url
