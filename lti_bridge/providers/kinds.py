"""Kinds of values that more than one provider's parameters have. What only one of them has is in its own folder."""

import json
import re
from typing import Any

from lti_bridge.providers.operations import Kind


def line(value: Any, most: int) -> str | None:
    """A line of text without what surrounds it; None for what is none, is empty or has more letters."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text.isprintable() and 0 < len(text) <= most else None


def parts(value: Any) -> list[Any]:
    """The members of a list, or of a text with commas between."""
    return value if isinstance(value, list) else [each.strip() for each in str(value).split(",")]


def lines(most: int) -> Kind:
    """A line of text."""
    return Kind(f"a line of at most {most} characters", lambda value: line(value, most))


def words(most: int) -> Kind:
    """Lines of text, as a list or with commas between."""

    def read(value: Any) -> list[str] | None:
        told = [line(each, most) for each in parts(value)]
        return [each for each in told if each] if told and all(told) else None

    return Kind("words with commas between", read)


def matching(pattern: str, told: str, most: int = 1000) -> Kind:
    """A line of text of a certain form. ``told``: the form, in words."""

    def read(value: Any) -> str | None:
        text = line(value, most)
        return text if text is not None and re.fullmatch(pattern, text) else None

    return Kind(told, read)


def one_of(*choices: str) -> Kind:
    """One of some words, in any case."""
    by_word = {choice.lower(): choice for choice in choices}
    return Kind(f"one of {', '.join(choices)}", lambda value: by_word.get(str(value).strip().lower()))


def whole(lowest: int, highest: int) -> Kind:
    """A whole number, as a number or in digits."""

    def read(value: Any) -> int | None:
        digits = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,10}", digits):
            return None
        return int(digits) if lowest <= int(digits) <= highest else None

    return Kind(f"a whole number from {lowest} to {highest}", read)


def _parsed(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return None


def _read_table(value: Any) -> dict[str, Any] | None:
    told = _parsed(value)
    return told if isinstance(told, dict) and told else None


def _read_tables(value: Any) -> list[dict[str, Any]] | None:
    told = _parsed(value)
    rows = told if isinstance(told, list) else [told]
    return rows if rows and all(isinstance(each, dict) and each for each in rows) else None


#: An id of the provider's own or of ours: neither needs to be written in code.
ID = matching(r"[A-Za-z0-9_.:@-]{1,200}", "an id of letters, digits, and -_.:@")
TABLE = Kind("a JSON object (better from a file: name=@file.json)", _read_table)
TABLES = Kind("a JSON list of objects, or one object (better from a file: name=@file.json)", _read_tables)
