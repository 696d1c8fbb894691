"""How many requests are under way at a provider at once: one row a place, leased by whoever asks."""

from django.db import models

from lti_bridge.models.accounts import Account


class AccountSlot(models.Model):
    """One of the places for requests under way at an account; free without a lease, or when its lease is over."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="slots")
    #: From 0. An account with a limit of four uses the places 0 to 3.
    number = models.PositiveSmallIntegerField()
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("account", "number"), name="one_slot_of_a_number"),)

    def __str__(self) -> str:
        return f"{self.account_id}: {self.number}"
