"""Whose value is it that a gradebook holds? Pure."""

from collections.abc import Iterable
from decimal import Decimal
from enum import Enum

#: We send six decimals; an LMS gives back what it made of them.
EXACTLY = Decimal("0.00001")
#: An LMS that keeps whole percents is of no other opinion.
ROUNDED = Decimal("0.005")


class Whose(Enum):
    """Whose value a gradebook holds."""

    WANTED = "wanted"  # what should stand there
    EARLIER = "earlier"  # an earlier one of ours, or nothing yet
    FOREIGN = "foreign"  # somebody changed it in the LMS


def judge(wanted: Decimal | None, found: Decimal | None, ever_sent: Iterable[Decimal], *, taken: bool) -> Whose:
    """Compare what a gradebook holds with what should stand there.

    Takes parts of 1; None: no grade. ``ever_sent``: all scores we ever sent for this cell. ``taken``: the LMS said
    that it took what is wanted; an empty cell may then stand for a zero, which some LMSs do not read back, and a full
    score for one above it, which some cap.
    """
    if found is None:
        zero_read_as_nothing = wanted == 0 and taken
        return Whose.WANTED if wanted is None or zero_read_as_nothing else Whose.EARLIER
    if wanted is not None and abs(found - wanted) <= EXACTLY:
        return Whose.WANTED
    is_capped = wanted is not None and wanted > 1 and abs(found - 1) <= EXACTLY
    if is_capped and taken:
        return Whose.WANTED
    sent_before = [each for score in ever_sent for each in {score, min(score, Decimal(1))}]
    if any(abs(found - sent) <= EXACTLY for sent in sent_before):
        return Whose.EARLIER
    if wanted is not None and abs(found - wanted) <= ROUNDED:
        return Whose.WANTED
    return Whose.EARLIER if any(abs(found - sent) <= ROUNDED for sent in sent_before) else Whose.FOREIGN
