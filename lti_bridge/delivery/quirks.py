"""How each LMS family answers Basic Outcomes and scores of AGS: the one table.

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
class ScoreRefusal:
    """One way to say no to a score. ``status``: 0 for any. ``says``: a part of the text, lower case; empty for any."""

    status: int
    says: str
    reason: str
    patience: Patience


@dataclass(frozen=True, slots=True)
class ScoreQuirks:
    """How a family takes scores of AGS."""

    refusals: tuple[ScoreRefusal, ...] = ()
    #: Each score counts as something handed in, unless it says otherwise.
    makes_submissions: bool = False
    #: A comment is added to those that were told before, with each score that has one.
    adds_comments: bool = False
    #: Whatever is not fully graded takes the grade away, also one that a teacher entered.
    forgets_unless_final: bool = False
    #: A score without a number takes the grade away.
    clears: bool = True
    #: A score of 0 replaces another one.
    takes_zero: bool = True
    #: What is added to a line item's path to read results.
    results_path: str = "/results"


@dataclass(frozen=True, slots=True)
class Quirks:
    """How a family answers. ``reads``: readResult works. ``scores``: AGS."""

    reads: bool = True
    refusals: tuple[Refusal, ...] = field(default=())
    #: What an LMS answers to readResult when there is no grade, where it is not an empty success.
    empty_when_malformed: bool = False
    scores: ScoreQuirks = field(default=ScoreQuirks())


#: Said by several families; looked at after the family's own.
COMMON = (
    Refusal("signature", "signature_refused", Patience.THREE_TRIES),
    Refusal("sourcedid", "address_refused", Patience.NONE),
    Refusal("not enrolled", "not_enrolled", Patience.DAILY),
    Refusal("user could not be found", "not_enrolled", Patience.DAILY),
    Refusal("does not exist", "not_enrolled", Patience.DAILY),
    Refusal("concluded", "course_is_over", Patience.DAILY),
)

#: The LMS holds a score of the same or a later time. Not a refusal to live with: see what it holds.
OUTDATED = "time_refused"

#: Said by several families to scores; looked at after the family's own.
COMMON_SCORES = (
    ScoreRefusal(409, "", OUTDATED, Patience.NONE),
    ScoreRefusal(0, "user could not be found", "not_enrolled", Patience.DAILY),
    ScoreRefusal(0, "user in requested score", "not_enrolled", Patience.DAILY),
    ScoreRefusal(0, "not enrolled", "not_enrolled", Patience.DAILY),
    ScoreRefusal(0, "has concluded", "course_is_over", Patience.DAILY),
    ScoreRefusal(401, "", "not_permitted", Patience.THREE_THEN_DAILY),
    ScoreRefusal(403, "", "not_permitted", Patience.THREE_THEN_DAILY),
    ScoreRefusal(404, "", "column_deleted", Patience.NONE),
    ScoreRefusal(410, "", "column_deleted", Patience.NONE),
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
        ),
        # 400 whatever is wrong with a score, the words being in the reason phrase alone. Ours is well formed, so it is
        # the person: a teacher, or somebody without a role that is graded. A scope that is missing is 401.
        # Whatever is not fully graded makes the grade nothing.
        scores=ScoreQuirks(
            refusals=(ScoreRefusal(400, "", "not_gradable", Patience.DAILY),),
            forgets_unless_final=True,
        ),
    ),
    # HTTP 422 with XML since 2023, 200 before.
    Family.CANVAS: Quirks(
        refusals=(
            Refusal("course not available", "course_is_over", Patience.DAILY),
            Refusal("no points possible", "grades_not_accepted", Patience.DAILY),
            Refusal("assignment has no points", "grades_not_accepted", Patience.DAILY),
            Refusal("submission is locked", "grade_is_locked", Patience.DAILY),
        ),
        # Each score is a new submission, uses up an attempt and is dated now, unless its extension says otherwise. An
        # older time than the result's is 400; the same one is taken. A comment becomes one more comment of the
        # submission each time, and nobody can take it back. NotReady and Pending make the grade nothing.
        scores=ScoreQuirks(
            refusals=(
                ScoreRefusal(400, "before last updated timestamp", OUTDATED, Patience.NONE),
                ScoreRefusal(422, "allowed attempts", "attempts_used_up", Patience.DAILY),
                ScoreRefusal(422, "is not a student", "not_enrolled", Patience.DAILY),
            ),
            makes_submissions=True,
            adds_comments=True,
            forgets_unless_final=True,
        ),
    ),
    # A missing result can be a malformed answer with HTTP 200.
    Family.BLACKBOARD: Quirks(
        empty_when_malformed=True,
        refusals=(Refusal("user could not be found", "not_enrolled", Patience.DAILY),),
        scores=ScoreQuirks(refusals=(ScoreRefusal(400, "user could not be found", "not_enrolled", Patience.DAILY),)),
    ),
    Family.BRIGHTSPACE: Quirks(
        refusals=(
            Refusal("not enrolled in the org unit", "not_enrolled", Patience.DAILY),
            Refusal("does not exist", "not_enrolled", Patience.DAILY),
        ),
        # 403 and 404 are about the person as well as about the column. What is above the maximum is capped.
        scores=ScoreQuirks(
            refusals=(
                ScoreRefusal(403, "not enrolled in the org unit", "not_enrolled", Patience.DAILY),
                ScoreRefusal(404, "user in requested score does not exist", "not_enrolled", Patience.DAILY),
            )
        ),
    ),
    # Everything that is wrong is 400, in words.
    Family.SAKAI: Quirks(
        scores=ScoreQuirks(
            refusals=(
                ScoreRefusal(400, "not in access token", "not_permitted", Patience.THREE_THEN_DAILY),
                ScoreRefusal(400, "does not belong to site", "not_enrolled", Patience.DAILY),
            )
        )
    ),
    # Only replaceResult is understood: the others fail for want of a score.
    Family.OPENEDX: Quirks(
        reads=False,
        refusals=(Refusal("past due", "course_is_over", Patience.DAILY),),
        # Only what is fully graded and above 0 goes on to the gradebook: neither 0 nor "no grade" replaces a grade.
        # The same time and an older one are 400. The address of results ends in a slash.
        scores=ScoreQuirks(
            refusals=(
                ScoreRefusal(400, "already exists", OUTDATED, Patience.NONE),
                ScoreRefusal(400, "later point in time", OUTDATED, Patience.NONE),
                ScoreRefusal(400, "past due", "course_is_over", Patience.DAILY),
            ),
            clears=False,
            takes_zero=False,
            results_path="/results/",
        ),
    ),
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


def score_refusal_in(family: str, status: int, text: str) -> ScoreRefusal | None:
    """The known way to refuse a score that an answer is, the family's own first."""
    said = text.lower()
    known = (*quirks_of(family).scores.refusals, *COMMON_SCORES)
    return next((each for each in known if each.status in (0, status) and each.says in said), None)
