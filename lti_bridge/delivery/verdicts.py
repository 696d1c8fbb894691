"""What came of one request to an LMS, in words that do not depend on the LMS or the LTI version."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from lti_bridge.models import TryResult


class Patience(Enum):
    """What to do after a request that did not deliver."""

    SCHEDULE = "schedule"  # the whole schedule: the LMS may be back any time
    THREE_TRIES = "three_tries"  # probably a refusal, but answers like it have been seen to pass
    THREE_THEN_DAILY = (
        "three_then_daily"  # the same, about the LMS as a whole: a person mends it for all grades at once
    )
    DAILY = "daily"  # a person has to look; time may mend it, so once a day
    NONE = "none"  # only a person can mend it


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a request that should change the gradebook.

    ``silent``: the platform as a whole does not answer properly (counts for its breaker). ``uncounted``: the try uses
    up no patience, because the LMS only asked us to slow down. ``retry_after``: seconds. ``doubtful``: the LMS may act,
    or may have acted, on the request. ``outdated``: the LMS holds something of the same or a later time, and did not
    act: what that is has to be read.
    """

    result: TryResult
    reason: str = ""
    text: str = ""
    status: int = 0
    patience: Patience = Patience.SCHEDULE
    silent: bool = False
    uncounted: bool = False
    doubtful: bool = False
    outdated: bool = False
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        return self.result in (TryResult.DELIVERED, TryResult.CONFIRMED)

    @property
    def untouched(self) -> bool:
        """Whether the LMS certainly did not act on the request: nobody was asked, or the answer is a plain no."""
        return not self.delivered and not self.doubtful and self.status < 500


@dataclass(frozen=True, slots=True)
class Reading:
    """What a read-back found: a score (part of 1), an empty cell (``score`` None), or nothing readable.

    ``verdict`` is set when nothing could be read: either the LMS cannot be read at all (``UNREADABLE``) or the
    request failed.
    """

    score: Decimal | None = None
    status: int = 0
    verdict: Verdict | None = None
