"""The pretend LMS's course: links, and the gradebook with every write that ever came."""

from decimal import Decimal

from django.db import models


class Target(models.TextChoices):
    """Where a link opens."""

    FRAME = "iframe", "inside the page"
    WINDOW = "window", "in a window of its own"


class CourseLink(models.Model):
    """An external tool link in the pretend course."""

    title = models.CharField(max_length=200)
    url = models.CharField(max_length=2000)
    custom = models.JSONField(default=dict)
    target = models.CharField(max_length=10, choices=Target, default=Target.WINDOW)
    #: Whether the gradebook has a column for it.
    graded = models.BooleanField(default=True)
    #: Made by a choice of content rather than by the sample course.
    chosen = models.BooleanField(default=False)
    #: The tool that it launches by LTI 1.3; none: LTI 1.1.
    tool = models.ForeignKey("sandbox.Lti13Tool", on_delete=models.CASCADE, null=True, related_name="links")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.title


class GradebookEntry(models.Model):
    """One student × one column: a link's own, or one that a tool made."""

    link = models.ForeignKey(CourseLink, on_delete=models.CASCADE, null=True, related_name="entries")
    line_item = models.ForeignKey("sandbox.LineItem", on_delete=models.CASCADE, null=True, related_name="entries")
    user_id = models.CharField(max_length=50)
    #: What the tool sent, a part of 1.
    score = models.DecimalField(max_digits=12, decimal_places=10, null=True)
    #: What the teacher wrote over it, a part of 1. While it is there it counts.
    overridden = models.DecimalField(max_digits=12, decimal_places=10, null=True)
    # What only Assignment and Grade Services say: the newest score's time, whether or not it was shown.
    scored_at = models.DateTimeField(null=True)
    comment = models.TextField(blank=True)
    #: Taken, and kept from the page: Open edX does that to 0.
    unseen = models.DecimalField(max_digits=12, decimal_places=10, null=True)
    #: How many scores counted as a submission; Canvas counts them.
    submissions = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("link", "user_id"), name="one_sandbox_entry_per_cell"),
            models.UniqueConstraint(fields=("line_item", "user_id"), name="one_sandbox_entry_per_line_item_cell"),
            models.CheckConstraint(
                condition=models.Q(link=None) ^ models.Q(line_item=None), name="a_sandbox_entry_has_one_column"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} × {self.link or self.line_item}: {self.grade}"

    @property
    def grade(self) -> Decimal | None:
        """What counts."""
        return self.score if self.overridden is None else self.overridden


class GradeWrite(models.Model):
    """One thing that happened to an entry, or was refused."""

    entry = models.ForeignKey(GradebookEntry, on_delete=models.CASCADE, related_name="writes")
    at = models.DateTimeField(auto_now_add=True)
    #: replaceResult, readResult, deleteResult, score, or override.
    operation = models.CharField(max_length=20)
    #: As it was written, exactly.
    value = models.CharField(max_length=120, blank=True)
    #: What came of it, in words.
    outcome = models.CharField(max_length=200)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.operation} {self.value}: {self.outcome}"
