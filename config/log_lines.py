"""What strangers wrote, as the log in text shows it: nothing that moves a terminal's cursor or begins a line."""

from collections.abc import MutableMapping
from typing import Any

#: They have lines of their own.
_OF_MANY_LINES = ("event", "exception", "stack")


def escaped(_logger: Any, _name: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: texts with characters that cannot be printed written as escapes."""
    for name, value in said.items():
        if isinstance(value, str) and not value.isprintable():
            said[name] = _printable(value, also="\n\t" if name in _OF_MANY_LINES else "")
    return said


def _printable(text: str, *, also: str) -> str:
    return "".join(
        each if each.isprintable() or each in also else each.encode("unicode_escape").decode("ascii") for each in text
    )
