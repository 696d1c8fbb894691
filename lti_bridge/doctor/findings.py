"""A finding: one line of ``doctor``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import structlog

log = structlog.get_logger(__name__)


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  # works, and somebody should look
    FAIL = "FAIL"  # grades or launches are stopped, or at risk


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``advice``: what to do about it, empty when all is well."""

    check: str
    state: State
    text: str
    advice: str = ""


def ok(check: str, text: str) -> Finding:
    return Finding(check, State.OK, text)


def warn(check: str, text: str, advice: str) -> Finding:
    return Finding(check, State.WARN, text, advice)


def fail(check: str, text: str, advice: str) -> Finding:
    return Finding(check, State.FAIL, text, advice)


Check = Callable[[], Iterable[Finding]]


def findings_of(checks: Iterable[Check]) -> Iterable[Finding]:
    """The findings of all checks, in order; a check that breaks is a finding too."""
    for check in checks:
        name = check.__name__
        try:
            yield from check()
        except Exception as error:  # a doctor that dies at one bad organ is of no use
            log.debug("check_broke", check=name, exc_info=True)
            yield fail(name, f"this check broke: {type(error).__name__}", "Look into the log at LOG_LEVEL=DEBUG.")
