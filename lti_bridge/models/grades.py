"""The ledger: what providers reported, appended and never changed."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.attempts import Attempt
from lti_bridge.models.provider_events import ProviderEvent


class Grade(models.Model):
    """Our record of one result of one attempt. Append-only.

    ``score_given`` of ``score_maximum``, or no score at all: then the provider took its result back.
    Zero is a grade; absent is not.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="grades")
    event = models.ForeignKey(ProviderEvent, on_delete=models.SET_NULL, null=True, related_name="grades")
    score_given = models.DecimalField(_("score"), max_digits=20, decimal_places=10, null=True)
    score_maximum = models.DecimalField(_("of"), max_digits=20, decimal_places=10, null=True)
    #: The provider's own text for the value, exactly.
    raw_score = models.CharField(_("as the provider said it"), max_length=200, blank=True, default="")
    #: What had to be done to the value, such as "clamped".
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    #: The provider's own words about the result, meant for the learner.
    comment = models.TextField(_("comment"), blank=True, default="", db_default="")
    #: When the provider says this result came to be; when it told us, if it does not say.
    reported_at = models.DateTimeField(_("reported"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    class Meta:
        verbose_name = _("grade")
        verbose_name_plural = _("grades")
        indexes = (models.Index(fields=("attempt", "-reported_at"), name="newest_grade_of_attempt"),)

    def __str__(self) -> str:
        return f"{self.score_given} / {self.score_maximum}" if self.score_given is not None else "—"

    @property
    def fraction(self) -> Decimal | None:
        """The score as a part of 1, not clamped; None when the provider took the result back."""
        if self.score_given is None or not self.score_maximum:
            return None
        return self.score_given / self.score_maximum
