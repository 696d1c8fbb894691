"""The credits of the pretend account."""

from django.db.models import F

from lti_bridge.sandbox.isograd.errors import IsogradError
from lti_bridge.sandbox.models import IsogradCredits

#: What an account begins with.
AT_FIRST = {IsogradCredits.Kind.TEST: 10_000, IsogradCredits.Kind.PROCTORING: 5}


def left() -> dict[str, int]:
    """What is left of each kind."""
    known = dict(IsogradCredits.objects.values_list("kind", "amount"))
    return {str(kind): known.get(kind, amount) for kind, amount in AT_FIRST.items()}


def use(kind: IsogradCredits.Kind, *, error: int) -> None:
    """Use one up. Raises that error when there is none."""
    IsogradCredits.objects.get_or_create(kind=kind, defaults={"amount": AT_FIRST[kind]})
    if not IsogradCredits.objects.filter(kind=kind, amount__gt=0).update(amount=F("amount") - 1):
        raise IsogradError(error)


def give_back(kind: IsogradCredits.Kind) -> None:
    """Give one back, for what was not used."""
    IsogradCredits.objects.filter(kind=kind).update(amount=F("amount") + 1)
