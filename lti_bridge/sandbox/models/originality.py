"""What the pretend Originality keeps: documents, and what else its API was told."""

import uuid

from django.db import models

from lti_bridge.sandbox.models.isograd import random_key


class Step(models.TextChoices):
    """Where a document is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    PROCESSED = "processed"
    CHANGED = "changed"  # somebody evaluated the report
    FAILED = "failed"


class OriginalityDocument(models.Model):
    """One document: what was told of it, how often its content came, and what is found in it."""

    document_id = models.UUIDField(unique=True, default=uuid.uuid4)
    #: The unguessable part of the report's address.
    key = models.CharField(max_length=32, unique=True, default=random_key)
    profile = models.CharField(max_length=10)
    #: What it was told with, in Originality's names, without the content.
    told = models.JSONField(default=dict)
    #: The media type that its content has to come with.
    media_type = models.CharField(max_length=127)
    #: How often content came: more than once is somebody's repetition.
    contents = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    content_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=10, choices=Step, default=Step.QUEUED)
    #: Whether it only moves when somebody says so.
    by_hand = models.BooleanField(default=False)
    similarity = models.PositiveSmallIntegerField(default=0)
    translation_similarity = models.PositiveSmallIntegerField(default=0)
    ai_index = models.PositiveSmallIntegerField(default=0)
    #: What became of webhooks, a line each.
    messages = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.document_id)


class OriginalityRecord(models.Model):
    """A user, or an address that webhooks go to, by a key of its own kind."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=400)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("kind", "key"), name="one_sandbox_originality_record_per_key"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
