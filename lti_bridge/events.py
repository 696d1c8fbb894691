"""Understanding a kept event, whatever comes of it: the row says so, and nobody's work stops over one event."""

from collections import Counter
from collections.abc import Iterable, Sequence

import structlog
from django.db.models import F

from lti_bridge import flow
from lti_bridge.cells import Key, cell_of
from lti_bridge.errors import BridgeError
from lti_bridge.models import EventState, ProviderEvent

log = structlog.get_logger(__name__)


def read(event: ProviderEvent) -> bool:
    """Understand an event. False when it was refused or failed, which its row then says. Raises nothing."""
    row = ProviderEvent.objects.filter(pk=event.pk)
    try:
        flow.understand(event)
    except BridgeError as error:
        row.update(state=EventState.REFUSED, reason=str(error)[:300], reads=F("reads") + 1)
        return False
    except Exception as error:  # the task boundary: one poison event must not stop the others
        row.update(state=EventState.FAILED, reason=type(error).__name__, reads=F("reads") + 1)
        log.exception("event_not_read", event_id=event.pk)
        return False
    return True


def read_together(events: Iterable[ProviderEvent]) -> int:
    """Understand answers to our own questions, each with its attempt: what :func:`read` does, in few statements.

    What is about one cell keeps its order. Raises nothing; gives how many were understood.
    """
    turns: dict[int, list[ProviderEvent]] = {}
    heard: Counter[Key] = Counter()
    for event in events:
        if event.attempt is None:
            raise ValueError("an event without its attempt")
        cell = cell_of(event.attempt)
        turns.setdefault(heard[cell], []).append(event)
        heard[cell] += 1
    return sum(_read_turn(turn) for turn in turns.values())


def _read_turn(events: Sequence[ProviderEvent]) -> int:
    """Events of different cells: all at once, and where that fails by halves, down to the one that it fails at."""
    if len(events) == 1:
        return int(read(events[0]))
    try:
        flow.understand_together(events)
    except Exception as error:  # whatever it is: read alone, the event that caused it will bear it
        log.info("events_read_by_halves", events=len(events), error=type(error).__name__)
        middle = len(events) // 2
        return _read_turn(events[:middle]) + _read_turn(events[middle:])
    return len(events)
