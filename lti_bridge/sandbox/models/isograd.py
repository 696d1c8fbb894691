"""The pretend Isograd's candidates and their tests."""

import secrets

from django.db import models

#: The fields of a test that say where its result goes.
DESTINATION = (
    "client_id",
    "user_id",
    "line_item_url",
    "consumer_key",
    "outcome_service_url",
    "result_sourcedid",
)


def random_key() -> str:
    """The unguessable part of a test's or a candidate's address."""
    return secrets.token_hex(16)


class IsogradCandidate(models.Model):
    """A candidate. Isograd knows people by their e-mail address."""

    email = models.CharField(max_length=320, unique=True)
    given_name = models.CharField(max_length=300)
    family_name = models.CharField(max_length=300)
    key = models.CharField(max_length=32, unique=True, default=random_key)
    external_id = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.email


class IsogradTest(models.Model):
    """One test of one candidate; its id is Isograd's ``pla_tst_id``."""

    class Status(models.IntegerChoices):
        """As ``sta_id`` numbers them."""

        NOT_STARTED = 1, "not started"
        STARTED = 2, "started"
        COMPLETED = 3, "completed"
        MARKING = 4, "marking pending"

    candidate = models.ForeignKey(IsogradCandidate, on_delete=models.CASCADE, related_name="tests")
    key = models.CharField(max_length=32, unique=True, default=random_key)
    tst_frm_id = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(choices=Status, default=Status.NOT_STARTED)
    #: Of 1000; grade type 2.
    score = models.PositiveIntegerField(null=True)
    # Where the result goes: of the newest launch, because the LMS may name another place each time.
    # By LTI 1.1 the consumer key, by LTI 1.3 the client id and the user id; the other ones are empty.
    client_id = models.CharField(max_length=255, blank=True)
    user_id = models.CharField(max_length=255, blank=True)
    line_item_url = models.CharField(max_length=2000, blank=True)
    consumer_key = models.CharField(max_length=255, blank=True)
    outcome_service_url = models.CharField(max_length=2000, blank=True)
    result_sourcedid = models.TextField(blank=True)
    cal_bac_pag = models.CharField(max_length=2000, blank=True)
    rtn_pag = models.CharField(max_length=2000, blank=True)
    proctored = models.BooleanField(default=False)
    #: What became of call backs and outcomes, a line each.
    messages = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.pk}: {self.tst_frm_id}"

    @property
    def is_over(self) -> bool:
        """Whether the candidate is done with it."""
        return self.status in (self.Status.COMPLETED, self.Status.MARKING)


class IsogradCredits(models.Model):
    """What the account has left of a kind of credits."""

    class Kind(models.TextChoices):
        """What a credit is good for."""

        TEST = "TOSA test", "TOSA test"
        PROCTORING = "Proctoring", "Proctoring"

    kind = models.CharField(max_length=20, primary_key=True, choices=Kind)
    amount = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.kind}: {self.amount}"


class IsogradSession(models.Model):
    """A session of tests; its id is Isograd's ``ses_id``."""

    description = models.CharField(max_length=250)
    begins = models.CharField(max_length=16)
    ends = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.description


class IsogradToken(models.Model):
    """An access token of the API."""

    token = models.CharField(max_length=40, unique=True, default=random_key)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}"
