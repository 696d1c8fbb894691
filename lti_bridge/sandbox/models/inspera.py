"""What the pretend Inspera keeps: what its API was told, and one sitting for each person and resource link."""

from django.db import models

from lti_bridge.sandbox.models.isograd import random_key


class InsperaRecord(models.Model):
    """A thing of its API: a user, a test, an assignment, an export or a subscription, by a key of its own kind."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=400)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="one_sandbox_inspera_record_per_key"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class InsperaSitting(models.Model):
    """A candidate's sitting. Inspera knows people by deployment and ``sub``, and makes accounts at the first launch."""

    key = models.CharField(max_length=32, unique=True, default=random_key)
    client_id = models.CharField(max_length=255)
    #: Deployment id and ``sub``, one after the other.
    external_id = models.CharField(max_length=600)
    resource_link_id = models.CharField(max_length=255)
    user_id = models.CharField(max_length=255)
    title = models.CharField(max_length=300)
    #: The test that its API assigned the person to; empty for one that LTI alone opened.
    test_id = models.CharField(max_length=40, blank=True, default="")
    submitted_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=300, blank=True)
    line_item_url = models.CharField(max_length=2000, blank=True)
    outcome_service_url = models.CharField(max_length=2000, blank=True)
    result_sourcedid = models.TextField(blank=True)
    return_url = models.CharField(max_length=2000, blank=True)
    #: None until it is handed in.
    marks = models.PositiveSmallIntegerField(null=True)
    #: What became of its messages, a line each.
    messages = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("client_id", "external_id", "resource_link_id"), name="one_sandbox_sitting_per_person_and_link"
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}: {self.name}"
