"""What came of an act at a provider, for whoever had it done."""

from dataclasses import dataclass

from lti_bridge.acting import acts_of
from lti_bridge.errors import Text
from lti_bridge.models import ActState, ProviderAct, ResourceLink

_TONES: dict[str, str] = {ActState.DONE: "good", ActState.REFUSED: "bad", ActState.UNCLEAR: "bad"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A line of the roster: what it was, and what came of it. ``tone``: good, wait or bad."""

    label: Text
    words: str
    tone: str


def told_of(link: ResourceLink, number: str) -> Outcome | None:
    """What came of the act of this link that the number in an address names; None when there is none."""
    known = number.isascii() and number.isdecimal() and len(number) < 19
    row = ProviderAct.objects.filter(pk=int(number), resource_link=link).first() if known else None
    return outcome_of(row) if row else None


def outcome_of(row: ProviderAct) -> Outcome:
    """What came of an act."""
    known = acts_of(row.account).get(row.what)
    return Outcome(
        known.label if known else row.what, row.told or row.get_state_display(), _TONES.get(row.state, "wait")
    )
