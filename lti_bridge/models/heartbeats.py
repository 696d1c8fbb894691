"""Signs of life of the periodic work, so that ``doctor`` and ``/readyz`` can tell a silent worker."""

from django.db import models


class Heartbeat(models.Model):
    """When a periodic task last ran to its end."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
