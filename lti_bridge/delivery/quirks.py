"""How each LMS family answers Basic Outcomes: the one table.

Every entry was seen in the LMS's own source, in its documents, or on a running site; they differ by version, so an
entry that does not match falls back to what any LMS gets.
"""

from dataclasses import dataclass, field

from lti_bridge.delivery.verdicts import Patience
from lti_bridge.models import Family


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to say no. ``says``: a part of the description, lower case."""

    says: str
    reason: str
    patience: Patience


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a family answers. ``reads``: readResult works."""

    reads: bool = True
    refusals: tuple[Refusal, ...] = field(default=())
    #: What an LMS answers to readResult when there is no grade, where it is not an empty success.
    empty_when_malformed: bool = False


#: Said by several families; looked at after the family's own.
COMMON = (
    Refusal("signature", "signature_refused", Patience.THREE_TRIES),
    Refusal("sourcedid", "address_refused", Patience.NONE),
    Refusal("not enrolled", "not_enrolled", Patience.DAILY),
    Refusal("user could not be found", "not_enrolled", Patience.DAILY),
    Refusal("does not exist", "not_enrolled", Patience.DAILY),
    Refusal("concluded", "course_is_over", Patience.DAILY),
)

QUIRKS: dict[str, Quirks] = {
    # Always HTTP 200; the XML says what happened. A locked grade answers failure with the text of success.
    Family.MOODLE: Quirks(
        refusals=(
            Refusal("does not accept grades", "grades_not_accepted", Patience.DAILY),
            Refusal("hash not valid", "address_refused", Patience.NONE),
            Refusal("invalid sourcedid", "address_refused", Patience.NONE),
            Refusal("grade replace response", "grade_is_locked", Patience.DAILY),
            Refusal("message signature not valid", "signature_refused", Patience.THREE_TRIES),
        )
    ),
    # HTTP 422 with XML since 2023, 200 before.
    Family.CANVAS: Quirks(
        refusals=(
            Refusal("course not available", "course_is_over", Patience.DAILY),
            Refusal("no points possible", "grades_not_accepted", Patience.DAILY),
            Refusal("assignment has no points", "grades_not_accepted", Patience.DAILY),
            Refusal("submission is locked", "grade_is_locked", Patience.DAILY),
        )
    ),
    # A missing result can be a malformed answer with HTTP 200.
    Family.BLACKBOARD: Quirks(
        empty_when_malformed=True,
        refusals=(Refusal("user could not be found", "not_enrolled", Patience.DAILY),),
    ),
    Family.BRIGHTSPACE: Quirks(
        refusals=(
            Refusal("not enrolled in the org unit", "not_enrolled", Patience.DAILY),
            Refusal("does not exist", "not_enrolled", Patience.DAILY),
        )
    ),
    Family.SAKAI: Quirks(),
    # Only replaceResult is understood: the others fail for want of a score.
    Family.OPENEDX: Quirks(reads=False, refusals=(Refusal("past due", "course_is_over", Patience.DAILY),)),
    Family.SCHOOLOGY: Quirks(),
    Family.OTHER: Quirks(),
}


def quirks_of(family: str) -> Quirks:
    """The quirks of a family; those of any LMS for one we do not know."""
    return QUIRKS.get(family, QUIRKS[Family.OTHER])


def refusal_in(family: str, description: str) -> Refusal | None:
    """The known refusal that a description contains, the family's own first."""
    said = description.lower()
    return next((each for each in (*quirks_of(family).refusals, *COMMON) if each.says in said), None)
