"""Kinds of values that Isograd's parameters have: each reads what is stored into the text that is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. ``read`` gives the text to send, None for a value that is not of this kind."""

    words: str
    read: Callable[[Any], str | None]


def number(lowest: int, highest: int) -> Kind:
    """A whole number, as a number or in digits."""

    def read(value: Any) -> str | None:
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 10):
            return None
        return str(int(text)) if lowest <= int(text) <= highest else None

    return Kind(f"a whole number from {lowest} to {highest}", read)


def one_of(*choices: int) -> Kind:
    """One of some whole numbers."""
    inner = number(min(choices), max(choices))

    def read(value: Any) -> str | None:
        text = inner.read(value)
        return text if text is not None and int(text) in choices else None

    return Kind(f"one of {', '.join(map(str, choices))}", read)


def _read_flag(value: Any) -> str | None:
    return {"0": "0", "1": "1", "True": "1", "False": "0"}.get(str(value).strip())


def _read_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text.isprintable() and 0 < len(text) <= 250 else None


FLAG = Kind("0 or 1", _read_flag)
TEXT = Kind("a line of at most 250 characters", _read_text)
ID = number(1, 2_147_483_647)
LANGUAGE = number(1, 8)
