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
