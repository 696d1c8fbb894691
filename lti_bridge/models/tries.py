"""Tries: each attempt to send, written before it is made."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.cells import Cell


class TryKind(models.TextChoices):
    """What was asked of the LMS."""

    SEND = "send", _("send the score")
    CLEAR = "clear", _("clear the grade")
    TELL = "tell", _("tell that it was handed in")
    READ = "read", _("read back")


class TryResult(models.TextChoices):
    """What came of it."""

    UNDER_WAY = "under_way", _("under way")  # written before the request; stays when a worker dies
    DELIVERED = "delivered", _("taken by the LMS")
    CONFIRMED = "confirmed", _("found in the gradebook")
    MISSING = "missing", _("not found in the gradebook")
    DIFFERENT = "different", _("something else found in the gradebook")
    UNREADABLE = "unreadable", _("the LMS cannot be read")
    UNCLEAR = "unclear", _("perhaps taken: no answer came")
    UNAVAILABLE = "unavailable", _("the LMS did not answer")
    REFUSED = "refused", _("refused by the LMS")


class Try(models.Model):
    """One request to an LMS about one cell. Written before it is made, so that a crash leaves a trace."""

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="tries")
    kind = models.CharField(_("kind"), max_length=5, choices=TryKind)
    version = models.PositiveIntegerField(_("version"))
    score = models.DecimalField(_("score"), max_digits=12, decimal_places=10, null=True)
    result = models.CharField(_("result"), max_length=12, choices=TryResult, default=TryResult.UNDER_WAY)
    #: The LMS's HTTP status, 0 when there was no answer.
    status = models.PositiveSmallIntegerField(_("HTTP status"), default=0)
    reason = models.CharField(_("reason"), max_length=60, blank=True, default="")
    reason_text = models.CharField(_("in words"), max_length=500, blank=True, default="")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("try")
        verbose_name_plural = _("tries")
        indexes = (models.Index(fields=("cell", "id"), name="tries_of_cell"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} v{self.version}"
