"""How attempts stand at a provider, for those that can be asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from lti_bridge.models import Account, Attempt, AttemptState

#: In an attempt's details: attempts at one account with the same text here are asked about together.
ASKED_TOGETHER = "asked_together"


@dataclass(frozen=True, slots=True)
class Looks:
    """How a provider's API is asked about attempts. What it answers ends in ``Provider.read``, as ``PollMessage``.

    ``can_fetch``: whether an attempt at that account can be asked about, by the settings and by what is known of it.

    ``fetch``: asks how one stands, and gives the answer word for word; None when there is nothing to ask. Raises
    ``ProviderError``.

    ``next_look``: how long to wait before an attempt in that state is asked about again, by how often it was since it
    was opened, last heard of or graded; None: not again by ourselves. Of a graded attempt that is the rule; where it
    may be graded again without our hearing of it (``Provider.grades_again``), it is asked about now and then, for a
    time. One that came to nothing is never asked about again. Pure.

    ``fetch_together``: asks with few calls about all attempts whose details have that text under
    :data:`ASKED_TOGETHER`; gives the provider's id of each and the answer, as ``fetch`` does, one at a time, also of
    attempts we know nothing of. Raises ``ProviderError``.
    """

    can_fetch: Callable[[Account, Attempt], bool] = field(repr=False)
    fetch: Callable[[Attempt], str | None] = field(repr=False)
    next_look: Callable[[AttemptState, int], timedelta | None] = field(repr=False)
    fetch_together: Callable[[Account, str], Iterator[tuple[str, str]]] = field(
        default=lambda _account, _text: iter(()), repr=False
    )


#: Of a provider that cannot be asked.
NO_LOOKS = Looks(
    can_fetch=lambda _account, _attempt: False,
    fetch=lambda _attempt: None,
    next_look=lambda _state, _looks: None,
)
