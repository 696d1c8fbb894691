"""Kinds of values that operations take: each reads what was given into what is sent."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from lti_bridge.providers.operations import Kind


def _read_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text.isprintable() and 0 < len(text) <= 1000 else None


def matching(pattern: str, words: str) -> Kind:
    """A line of text of a certain form."""

    def read(value: Any) -> str | None:
        text = _read_text(value)
        return text if text is not None and re.fullmatch(pattern, text) else None

    return Kind(words, read)


def one_of(*choices: str) -> Kind:
    """One of some words, in any case."""
    by_word = {choice.lower(): choice for choice in choices}
    return Kind(f"one of {', '.join(choices)}", lambda value: by_word.get(str(value).strip().lower()))


def whole(lowest: int, highest: int) -> Kind:
    """A whole number, as a number or in digits."""

    def read(value: Any) -> int | None:
        text = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,10}", text):
            return None
        return int(text) if lowest <= int(text) <= highest else None

    return Kind(f"a whole number from {lowest} to {highest}", read)


def _read_moment(value: Any) -> str | None:
    text = str(value).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_switch(value: Any) -> str | None:
    return {"1": "true", "true": "true", "0": "false", "false": "false"}.get(str(value).strip().lower())


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _read_table(value: Any) -> dict[str, Any] | None:
    told = _parsed(value)
    return told if isinstance(told, dict) and told else None


def _read_tables(value: Any) -> list[dict[str, Any]] | None:
    told = _parsed(value)
    rows = [told] if isinstance(told, dict) else told
    return rows if isinstance(rows, list) and rows and all(isinstance(each, dict) and each for each in rows) else None


def _read_words(value: Any) -> list[str] | None:
    told = value if isinstance(value, list) else str(value).split(",")
    words = [_read_text(each) for each in told]
    return [each for each in words if each] if words and all(words) else None


TEXT = Kind("a line of at most 1000 characters", _read_text)
#: Inspera's own ids are numbers, ours are of letters, digits, - and _: neither needs to be written in code.
ID = matching(r"[A-Za-z0-9_.:@-]{1,200}", "an id of letters, digits, and -_.:@")
ADDRESS = matching(r"https?://[^\s]+", "a full http(s) address")
MOMENT = Kind("a time with its zone, such as 2026-01-31T09:00:00Z", _read_moment)
SWITCH = Kind("true or false", _read_switch)
TABLE = Kind("a JSON object (better from a file: name=@file.json)", _read_table)
TABLES = Kind("a JSON list of objects, or one object (better from a file: name=@file.json)", _read_tables)
WORDS = Kind("words with commas between", _read_words)
FILE = Kind(
    "a path of a file to write", lambda value: value.strip() if isinstance(value, str) and value.strip() else None
)
