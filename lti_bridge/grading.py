"""Which grade counts. Pure: no rows are read or written here."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from lti_bridge.models import AttemptRule, Grade

#: As many decimals as a cell keeps of a part of 1.
PLACES = Decimal("1e-10")


@dataclass(frozen=True, slots=True)
class AttemptGrade:
    """The grade that stands for one attempt: the newest one its provider reported."""

    number: int
    grade: Grade


def newest(grades: Iterable[Grade]) -> Grade | None:
    """The grade reported last, by the provider's time and then by the order of recording."""
    return max(grades, key=lambda grade: (grade.reported_at, grade.pk), default=None)


def choose(standing: Iterable[AttemptGrade], rule: str) -> Grade | None:
    """The grade the gradebook should show, by the activity's rule; None when no attempt has a result.

    An attempt whose provider took the result back does not count. Among equally good attempts the first counts, so
    that a tie changes nothing.
    """
    graded = sorted((each for each in standing if each.grade.fraction is not None), key=lambda each: each.number)
    if not graded:
        return None
    match AttemptRule(rule):
        case AttemptRule.FIRST:
            return graded[0].grade
        case AttemptRule.LAST:
            return graded[-1].grade
        case AttemptRule.BEST:
            return max(graded, key=lambda each: (each.grade.fraction, -each.number)).grade


def wanted_score(grade: Grade | None) -> Decimal | None:
    """A grade as a cell keeps it: a part of 1 with ten decimals; None for no grade. Not clamped."""
    fraction = grade.fraction if grade else None
    return None if fraction is None else fraction.quantize(PLACES)
