"""Which attempt a provider means, and whether its learner may see what came of it."""

import re

from django.db.models import Q

from lti_bridge.models import Account, Attempt, Cell, Release

#: What keys of ours are made of. Others need no query, and some of them no database would take.
_KEY = re.compile(r"[A-Za-z0-9._:-]{1,60}")


def find_attempt(account: Account, key: str) -> Attempt | None:
    """The attempt with that key, if it was opened at that account; None for an unknown and for a foreign key alike."""
    if not _KEY.fullmatch(key):
        return None
    # The candidate tells where it was opened: its activity may have moved to another account since.
    opened_there = Q(candidate__account=account) | Q(candidate=None, activity__account=account)
    return Attempt.objects.select_related("activity__account", "launch").filter(opened_there, key=key).first()


def is_released(attempt: Attempt) -> bool:
    """Whether results of an attempt may be shown to its learner: not while its grade is held."""
    cell = Cell.objects.filter(learner=attempt.learner_id, resource_link=attempt.resource_link_id).first()
    if cell and cell.held:
        return False
    return attempt.activity.release != Release.MANUAL or bool(cell and cell.wanted_version)
