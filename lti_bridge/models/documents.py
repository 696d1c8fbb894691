"""Documents that learners hand in, for a provider to check."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lti_bridge.models.attempts import Attempt
from lti_bridge.models.fields import EncryptedJSONField
from lti_bridge.models.learners import Learner
from lti_bridge.reference import reference


class DocumentState(models.TextChoices):
    """How far a document is on its way from the learner to the provider."""

    ARRIVING = "arriving", _("arriving")  # its pieces come in; nobody was promised anything
    RECEIVED = "received", _("handed in")  # the learner has the receipt: it is ours to pass on
    PLACED = "placed", _("being passed on")  # the provider gave it an id, and may lack its content
    PASSED_ON = "passed_on", _("at the provider")
    REFUSED = "refused", _("refused")  # the provider said no: somebody has to act
    UNCLEAR = "unclear", _("unclear")  # it may be at the provider; never passed on twice by itself


class Document(models.Model):
    """One document, handed in as one attempt. Its content is in pieces, encrypted, until ``content_until``."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="documents")
    state = models.CharField(_("state"), max_length=10, choices=DocumentState, default=DocumentState.ARRIVING)
    title = models.CharField(_("title"), max_length=190)
    file_name = models.CharField(_("file"), max_length=255)
    #: As it was recognised, by name and by content.
    media_type = models.CharField(_("media type"), max_length=127)
    size = models.BigIntegerField(_("bytes"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    #: Where they could be counted.
    words = models.PositiveIntegerField(_("words"), null=True)
    #: On the receipt, for people to read aloud.
    reference = models.CharField(_("reference"), max_length=40, unique=True, default=reference)
    #: {"key": what its pieces are encrypted with, "upload_url": where the provider wants its content; empty: not any
    #: more}
    secret = EncryptedJSONField(default=dict)
    #: While it arrives: when something of it, or its request, was last heard of.
    touched_at = models.DateTimeField(db_default=Now())
    arrived_at = models.DateTimeField(_("first piece"), auto_now_add=True)
    received_at = models.DateTimeField(_("handed in"), null=True)
    passed_on_at = models.DateTimeField(_("passed on"), null=True)
    #: When its pieces are thrown away; none: not yet known.
    content_until = models.DateTimeField(_("content kept until"), null=True)
    #: What the provider is asked for now was asked for then; none: nothing is without an answer.
    asked_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    #: Workers that died over it, one after the other.
    crashes = models.PositiveSmallIntegerField(_("crashes"), db_default=0)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    #: Why it is not at the provider: a code, then words.
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    #: Whether the learner may read the provider's report, since when, and who said so.
    released_at = models.DateTimeField(_("report released"), null=True)
    released_by = models.ForeignKey(Learner, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = (
            # A double click may bring a document twice; one of them becomes the attempt's. A refused one makes room.
            models.UniqueConstraint(
                fields=("attempt",),
                condition=~models.Q(state__in=("arriving", "refused")),
                name="one_document_per_attempt",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_try_at",), condition=models.Q(next_try_at__isnull=False), name="documents_to_pass_on"
            ),
        )

    def __str__(self) -> str:
        return self.reference


class DocumentPiece(models.Model):
    """A piece of a document's content, encrypted with the document's own key."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("document", "number"), name="pieces_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.document_id} #{self.number}"


class DocumentFindings(models.Model):
    """What the provider found in a document, as it says now. Percentages from 0 to 100, none where it tells none."""

    document = models.OneToOneField(Document, on_delete=models.CASCADE, related_name="findings")
    #: Of the text with other texts in its language, and with texts in others.
    similarity = models.DecimalField(_("similarity"), max_digits=5, decimal_places=2, null=True)
    translation_similarity = models.DecimalField(_("translation similarity"), max_digits=5, decimal_places=2, null=True)
    #: How likely it is that a machine wrote it.
    ai_index = models.DecimalField(_("AI index"), max_digits=5, decimal_places=2, null=True)
    #: In the provider's words, and as a number where it gives one.
    originality = models.CharField(_("originality"), max_length=60, blank=True, default="")
    originality_percentage = models.DecimalField(_("originality, %"), max_digits=5, decimal_places=2, null=True)
    #: What else it tells, in its own names.
    more = models.JSONField(default=dict, blank=True)
    found_at = models.DateTimeField(_("found"))
    #: How often what it says has changed since.
    revisions = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("findings about a document")
        verbose_name_plural = _("findings about documents")

    def __str__(self) -> str:
        return f"{self.document_id}: {self.similarity}"
