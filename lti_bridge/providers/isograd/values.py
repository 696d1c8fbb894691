"""Kinds of values that Isograd's parameters have: each reads what is stored into the text that is sent."""

import re
from datetime import datetime
from typing import Any

from lti_bridge.providers.operations import Kind


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


def _matching(pattern: str, words: str) -> Kind:
    """A line of text of a certain form."""

    def read(value: Any) -> str | None:
        text = _read_text(value)
        return text if text is not None and re.fullmatch(pattern, text) else None

    return Kind(words, read)


def _moment(form: str, words: str) -> Kind:
    """A day, or a day and a time, that there is."""

    def read(value: Any) -> str | None:
        text = _read_text(value)
        try:
            return text if text is not None and f"{datetime.strptime(text, form):{form}}" == text else None  # noqa: DTZ007 (Isograd's dates have no zone)
        except ValueError:
            return None

    return Kind(words, read)


def _read_ids(value: Any) -> str | None:
    each = value if isinstance(value, list) else str(value).split(",")
    ids = [ID.read(one.strip() if isinstance(one, str) else one) for one in each]
    return ",".join(ids) if ids and all(ids) else None


FLAG = Kind("0 or 1", _read_flag)
TEXT = Kind("a line of at most 250 characters", _read_text)
ID = number(1, 2_147_483_647)
LANGUAGE = number(1, 8)
EMAIL = _matching(r"[^@\s]+@[^@\s]+", "an e-mail address")
URL = _matching(r"https?://[^\s]+", "a full http(s) address")
DAY = _moment("%Y-%m-%d", "a day as YYYY-MM-DD")
MOMENT = _moment("%Y-%m-%d %H:%M", "a day and a time as YYYY-MM-DD hh:mm")
IDS = Kind("ids, with commas between", _read_ids)
