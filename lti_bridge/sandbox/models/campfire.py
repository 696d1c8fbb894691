"""What the pretend Campfire keeps: exam sessions, their ids made of their inputs."""

import uuid

from django.db import models

from lti_bridge.sandbox.models.isograd import random_key

#: Nobody outside knows Campfire's own.
_NAMESPACE = uuid.UUID("5f1e0b2c-6f3d-4a57-9a53-0c4c7b0b1f6e")


class CampfireSession(models.Model):
    """One person's session of an exam configuration, with all attempts in it; the best one counts."""

    session_id = models.UUIDField(unique=True)
    #: The unguessable part of the player's address.
    key = models.CharField(max_length=32, unique=True, default=random_key)
    exam_config_id = models.CharField(max_length=60)
    user_id = models.CharField(max_length=255)
    name = models.CharField(max_length=600, blank=True)
    outcome_service_url = models.CharField(max_length=2000, blank=True)
    result_sourcedid = models.TextField(blank=True)
    return_url = models.CharField(max_length=2000, blank=True)
    maturity = models.CharField(max_length=20, default="IN_PROGRESS")
    #: Item → the index of the chosen option.
    chosen = models.JSONField(default=dict)
    #: Right answers of the best attempt; none before the first is handed in.
    best = models.PositiveSmallIntegerField(null=True)
    completed_at = models.DateTimeField(null=True)
    #: What became of passbacks, a line each.
    messages = models.TextField(blank=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return str(self.session_id)

    @staticmethod
    def id_of(exam_config_id: str, user_id: str, context_id: str, resource_link_id: str) -> uuid.UUID:
        """The same inputs always give the same id."""
        return uuid.uuid5(_NAMESPACE, "\n".join((exam_config_id, user_id, context_id, resource_link_id)))
