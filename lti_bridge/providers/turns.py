"""One at a time: who asks a provider to make something for a candidate has the turn, and all others wait for theirs.

A double click, a second window and a second web process would otherwise each have a test made, and each costs a credit.
The turn is a lease in the candidate's row, by the database's clock; no transaction is open while the provider is asked.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from lti_bridge.errors import ProviderUnavailable
from lti_bridge.models import Candidate

#: Longer than all requests of one turn together.
LEASE = timedelta(seconds=90)
#: Seconds that somebody waits for the turn, and between two looks, more with each.
PATIENCE = 25.0
PAUSES = (0.1, 0.2, 0.3, 0.5)


@contextmanager
def turn(candidate: Candidate) -> Iterator[None]:
    """Have the turn of a candidate inside the block. Raises ``ProviderUnavailable`` when it does not come."""
    lease = _wait_for(candidate)
    try:
        yield
    finally:
        Candidate.objects.filter(pk=candidate.pk, lease=lease).update(lease=None, leased_until=None)


def _wait_for(candidate: Candidate) -> uuid.UUID:
    lease = uuid.uuid4()
    free = Candidate.objects.filter(Q(lease=None) | Q(leased_until__lte=Now()), pk=candidate.pk)
    until = time.monotonic() + PATIENCE
    pauses = iter(PAUSES)
    while not free.update(lease=lease, leased_until=Now() + LEASE):
        if time.monotonic() > until:
            raise ProviderUnavailable(
                "still_being_made",
                _("Your test is being made ready, and that takes longer than usual."),
                _("Open the link again from your course in a minute. Nothing is lost."),
                detail=f"candidate {candidate.pk}: somebody else had the turn for {PATIENCE:.0f} s",
            )
        time.sleep(next(pauses, PAUSES[-1]))
    return lease
