"""How states and numbers look to people: a tone for the chip, a sentence for learners, a score as a percentage."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lti_bridge.models import AttemptState, CellState, EventState, TryResult

#: The tone of a chip, by state: good, wait, bad, or nothing in particular.
ATTEMPT_TONES: dict[str, str] = {
    AttemptState.CREATED: "",
    AttemptState.OPENED: "wait",
    AttemptState.STARTED: "wait",
    AttemptState.SUBMITTED: "wait",
    AttemptState.MARKING: "wait",
    AttemptState.GRADED: "good",
    AttemptState.CANCELLED: "bad",
    AttemptState.FAILED: "bad",
}
CELL_TONES: dict[str, str] = {
    CellState.EMPTY: "",
    CellState.HELD: "wait",
    CellState.WAITING: "wait",
    CellState.PENDING: "wait",
    CellState.DELIVERED: "good",
    CellState.DIFFERS: "bad",
    CellState.NEEDS_ACTION: "bad",
}
EVENT_TONES: dict[str, str] = {
    EventState.RECEIVED: "wait",
    EventState.READ: "good",
    EventState.REFUSED: "bad",
    EventState.FAILED: "bad",
}
TRY_TONES: dict[str, str] = {
    TryResult.UNDER_WAY: "wait",
    TryResult.DELIVERED: "good",
    TryResult.CONFIRMED: "good",
    TryResult.MISSING: "wait",
    TryResult.DIFFERENT: "bad",
    TryResult.UNREADABLE: "wait",
    TryResult.UNCLEAR: "wait",
    TryResult.UNAVAILABLE: "wait",
    TryResult.REFUSED: "bad",
}

#: What the state of the gradebook cell means for a learner.
GRADEBOOK_WORDS: dict[str, Promise] = {
    CellState.EMPTY: _("No result for the gradebook yet."),
    CellState.HELD: _("Your teacher releases the results."),
    CellState.WAITING: _("Your course has not said yet where the result goes. Opening the link once more may help."),
    CellState.PENDING: _("Your result is on its way to the gradebook."),
    CellState.DELIVERED: _("Your result is in the gradebook of your course."),
    CellState.DIFFERS: _("The gradebook shows another value, which somebody entered in your course."),
    CellState.NEEDS_ACTION: _("Your result is kept safe, but has not reached the gradebook. Your teacher sees this."),
}


def percent(score: Decimal | None) -> Decimal | None:
    """A part of 1 as people read it: hundredths, with one decimal where it is not whole."""
    if score is None:
        return None
    hundredths = (score * 100).quantize(Decimal("0.1"))
    return hundredths.quantize(Decimal(1)) if hundredths == hundredths.to_integral_value() else hundredths


def plain(number: Decimal | None) -> str:
    """A number without the zeros that a database column adds."""
    if number is None:
        return "—"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_name(name: str) -> str:
    """A name as people type it: without case, and one blank for several."""
    return " ".join(name.casefold().split())
