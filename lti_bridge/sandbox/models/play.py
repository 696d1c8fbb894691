"""Rows of the play as a whole: which faults are on, which nonces were used."""

from django.db import IntegrityError, models, transaction


class Fault(models.Model):
    """A switch that is not at 0, by its name in ``faults.SWITCHES``."""

    name = models.CharField(max_length=50, primary_key=True)
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


class UsedNonce(models.Model):
    """A nonce that one party has seen. Nothing removes it: sandboxes are short-lived."""

    party = models.CharField(max_length=20)
    nonce = models.CharField(max_length=255)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("party", "nonce"), name="a_sandbox_nonce_is_used_once"),)

    def __str__(self) -> str:
        return self.nonce

    @classmethod
    def use(cls, party: str, nonce: str) -> bool:
        """Use a nonce up. False when it was used before."""
        try:
            with transaction.atomic():
                cls.objects.create(party=party, nonce=nonce)
        except IntegrityError:
            return False
        return True


class PartyKey(models.Model):
    """The key pair of one party, made once. A sandbox's, so it is worth nothing and stands here as it is."""

    party = models.CharField(max_length=20)
    #: 0 signs; the next ones are there for a rotation.
    generation = models.PositiveSmallIntegerField(default=0)
    kid = models.CharField(max_length=40, unique=True)
    pem = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("party", "generation"), name="one_sandbox_key_per_party"),)

    def __str__(self) -> str:
        return self.kid


class ToolLogin(models.Model):
    """A log-in that a pretend provider's LTI 1.3 tool began: its ``state``, good once, and its ``nonce``."""

    state = models.CharField(max_length=60, unique=True)
    nonce = models.CharField(max_length=60)
    client_id = models.CharField(max_length=255)
    target_link_uri = models.CharField(max_length=2000)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.client_id
