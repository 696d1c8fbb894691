"""Which attempt a provider means."""

from django.db.models import Q

from lti_bridge.models import Account, Attempt


def find_attempt(account: Account, key: str) -> Attempt | None:
    """The attempt with that key, if it was opened at that account; None for an unknown and for a foreign key alike."""
    # The candidate tells where it was opened: its activity may have moved to another account since.
    opened_there = Q(candidate__account=account) | Q(candidate=None, activity__account=account)
    return (
        Attempt.objects.select_related("activity__account", "launch").filter(opened_there, key=key).first()
        if key.isascii()
        else None
    )
