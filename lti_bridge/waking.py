"""Wake-up calls to workers. They never raise and hardly wait: a sweep makes up for each that is lost."""

import time
from collections.abc import Callable

import structlog
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)

#: After a publish that failed, this process does not try the broker again for so many seconds.
BROKER_REST = 5.0
_broker_rests_until = 0.0


def publish(call: Callable[[], object]) -> None:
    """Make a call that leaves a message with the broker, unless the broker was away a moment ago."""
    global _broker_rests_until
    if time.monotonic() < _broker_rests_until:
        return
    try:
        call()
    except (OperationalError, OSError) as error:
        _broker_rests_until = time.monotonic() + BROKER_REST
        log.warning("broker_unreachable", error=type(error).__name__)
