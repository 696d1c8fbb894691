"""Kinds of values: of activities' parameters and of operations' arguments."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES, OTHER_NAMES, suffix_of
from lti_bridge.providers.inspera_originality.languages import language_code
from lti_bridge.providers.operations import Kind


def _read_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    line = str(value).strip()
    return line if line.isprintable() and 0 < len(line) <= 500 else None


def _read_title(value: Any) -> str | None:
    line = _read_text(value)
    return line if line is not None and 5 <= len(line) <= 190 else None


def _read_id(value: Any) -> str | None:
    line = _read_text(value)
    return line if line is not None and re.fullmatch(r"[A-Za-z0-9_.:@-]{1,200}", line) else None


def _read_email(value: Any) -> str | None:
    line = _read_text(value)
    return line if line is not None and re.fullmatch(r"[^\s@]+@[^\s@]+", line) else None


def _read_name(value: Any) -> str | None:
    """The document: only letters, and at least three. What counts as a letter it does not say, so all alphabets do."""
    line = _read_text(value)
    return line if line is not None and len(line) >= 3 and line.isalpha() else None


def _read_switch(value: Any) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(str(value).strip().lower())


def _parts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [each.strip() for each in str(value).split(",")]


def _read_language(value: Any) -> str | None:
    return language_code(value) if isinstance(value, str) else None


def _read_languages(value: Any) -> list[str] | None:
    codes = [_read_language(each) for each in _parts(value)]
    known = list(dict.fromkeys(each for each in codes if each))
    return known if all(codes) and 1 <= len(known) <= 3 else None


def _read_type(value: Any) -> str | None:
    name = value.strip().lower().removeprefix(".") if isinstance(value, str) else ""
    return OTHER_NAMES.get(name, name if name in DOCUMENT_TYPES else suffix_of(name))


def _read_url(value: Any) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"https?://[\x21-\x7e]{1,4000}", value) else None


def _read_words(value: Any) -> list[str] | None:
    words = [_read_text(each) for each in _parts(value)]
    return [each for each in words if each] if words and all(words) else None


def _read_suffixes(value: Any) -> list[str] | None:
    suffixes = [str(each).strip().lower().removeprefix(".") for each in _parts(value)]
    return list(dict.fromkeys(suffixes)) if suffixes and all(each in DOCUMENT_TYPES for each in suffixes) else None


def _read_characters(value: Any) -> list[str] | None:
    texts = [each for each in _parts(value) if isinstance(each, str)]
    return texts if texts and all(1 <= len(each) <= 2 for each in texts) else None


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


def _read_moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _read_file(value: Any) -> Path | None:
    path = Path(value) if isinstance(value, str) and value and "\0" not in value else None
    return path if path is not None and path.is_file() and path.stat().st_size > 0 else None


def whole(lowest: int, highest: int) -> Kind:
    """A whole number, as a number or in digits."""

    def read(value: Any) -> int | None:
        digits = str(value).strip()
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,10}", digits):
            return None
        return int(digits) if lowest <= int(digits) <= highest else None

    return Kind(f"a whole number from {lowest} to {highest}", read)


def one_of(*choices: str) -> Kind:
    """One of some words, in any case."""
    by_word = {choice.lower(): choice for choice in choices}
    return Kind(f"one of {', '.join(choices)}", lambda value: by_word.get(str(value).strip().lower()))


DOCUMENT_TYPE = Kind("a type that Originality takes, such as pdf or application/pdf", _read_type)
URL = Kind("a full http(s) address", _read_url)
TEXT = Kind("a line of at most 500 characters", _read_text)
TITLE = Kind("a title of 5 to 190 characters", _read_title)
ID = Kind("an id of letters, digits, and -_.:@", _read_id)
EMAIL = Kind("an e-mail address", _read_email)
NAME = Kind("a name of at least three letters and nothing else", _read_name)
SWITCH = Kind("true or false", _read_switch)
LANGUAGE = Kind("a language that Originality has, such as en", _read_language)
LANGUAGES = Kind("one to three languages that Originality has, with commas between", _read_languages)
WORDS = Kind("words with commas between", _read_words)
SUFFIXES = Kind("suffixes of files that Originality takes, with commas between", _read_suffixes)
CHARACTERS = Kind("a list of one or two characters each", _read_characters)
TABLE = Kind("a JSON object (better from a file: name=@file.json)", _read_table)
TABLES = Kind("a JSON list of objects (better from a file: name=@file.json)", _read_tables)
MOMENT = Kind("a time with its zone, such as 2026-01-31T23:59:00+01:00", _read_moment)
FILE = Kind("a path of a file that is not empty", _read_file)
