"""When a pretend provider sends what, and how often: at once or later, once or twice, marked by hand or not."""

from collections.abc import Callable
from decimal import Decimal
from threading import Timer

from django.db import connections

from lti_bridge.sandbox.faults import Faults
from lti_bridge.sandbox.tool13.calls import NotSent, send_outcome, send_score
from lti_bridge.sandbox.tool13.launches import Destination

Note = Callable[[str], None]

_HOUR = 3600


def tell(to: Destination, given: int, maximum: int, *, faults: Faults, note: Note) -> None:
    """Send a result as the switches say. What becomes of each message is noted; never raises."""
    by_outcome = faults.strikes("provider_by_outcome")
    if not (to.result_sourcedid if by_outcome else to.line_item_url) or faults.strikes("provider_no_outcome"):
        note("result: not sent")
        return

    def send() -> None:
        for _ in range(2 if faults.strikes("provider_outcome_twice") else 1):
            if by_outcome:
                _noted(note, lambda: send_outcome(to, Decimal(given) / maximum, faults=faults))
            else:
                _noted(note, lambda: send_score(to, "FullyGraded", given, maximum, faults=faults))
        if not by_outcome and faults.strikes("provider_older_score"):
            _noted(note, lambda: send_score(to, "FullyGraded", 0, maximum, faults=faults, age=_HOUR))

    if faults["provider_marks_by_hand"] and not by_outcome:
        _noted(note, lambda: send_score(to, "PendingManual", None, maximum, faults=faults))
    wait(faults["provider_marks_by_hand"] + faults["provider_outcome_late"], send)


def wait(seconds: float, send: Callable[[], None]) -> None:
    """Send now, or in a thread of its own after a while."""
    if seconds:
        Timer(seconds, _later, [send]).start()
    else:
        send()


def _later(send: Callable[[], None]) -> None:
    try:
        send()
    finally:
        # Of this thread, which ends here.
        connections.close_all()


def _noted(note: Note, send: Callable[[], str]) -> None:
    try:
        note(send())
    except NotSent as reason:
        note(f"result: {reason}")
