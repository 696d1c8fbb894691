"""Kinds of values that Originality's parameters and operations alone take; ``providers/kinds.py`` has the others."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from lti_bridge.providers.inspera_originality.document_types import DOCUMENT_TYPES, OTHER_NAMES, suffix_of
from lti_bridge.providers.inspera_originality.languages import language_code
from lti_bridge.providers.kinds import line, lines, matching, parts, words
from lti_bridge.providers.operations import Kind

_MOST = 500


def _read_title(value: Any) -> str | None:
    text = line(value, _MOST)
    return text if text is not None and 5 <= len(text) <= 190 else None


def _read_name(value: Any) -> str | None:
    """The document: only letters, and at least three. What counts as a letter it does not say, so all alphabets do."""
    text = line(value, _MOST)
    return text if text is not None and len(text) >= 3 and text.isalpha() else None


def _read_switch(value: Any) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(str(value).strip().lower())


def _read_language(value: Any) -> str | None:
    return language_code(value) if isinstance(value, str) else None


def _read_languages(value: Any) -> list[str] | None:
    codes = [_read_language(each) for each in parts(value)]
    known = list(dict.fromkeys(each for each in codes if each))
    return known if all(codes) and 1 <= len(known) <= 3 else None


def _read_type(value: Any) -> str | None:
    name = value.strip().lower().removeprefix(".") if isinstance(value, str) else ""
    return OTHER_NAMES.get(name, name if name in DOCUMENT_TYPES else suffix_of(name))


def _read_url(value: Any) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"https?://[\x21-\x7e]{1,4000}", value) else None


def _read_suffixes(value: Any) -> list[str] | None:
    suffixes = [str(each).strip().lower().removeprefix(".") for each in parts(value)]
    return list(dict.fromkeys(suffixes)) if suffixes and all(each in DOCUMENT_TYPES for each in suffixes) else None


def _read_characters(value: Any) -> list[str] | None:
    texts = [each for each in parts(value) if isinstance(each, str)]
    return texts if texts and all(1 <= len(each) <= 2 for each in texts) else None


def _read_moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value.strip() if isinstance(value, str) else "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _read_file(value: Any) -> Path | None:
    path = Path(value) if isinstance(value, str) and value and "\0" not in value else None
    return path if path is not None and path.is_file() and path.stat().st_size > 0 else None


DOCUMENT_TYPE = Kind("a type that Originality takes, such as pdf or application/pdf", _read_type)
URL = Kind("a full http(s) address", _read_url)
TEXT = lines(_MOST)
TITLE = Kind("a title of 5 to 190 characters", _read_title)
EMAIL = matching(r"[^\s@]+@[^\s@]+", "an e-mail address", _MOST)
NAME = Kind("a name of at least three letters and nothing else", _read_name)
SWITCH = Kind("true or false", _read_switch)
LANGUAGE = Kind("a language that Originality has, such as en", _read_language)
LANGUAGES = Kind("one to three languages that Originality has, with commas between", _read_languages)
WORDS = words(_MOST)
SUFFIXES = Kind("suffixes of files that Originality takes, with commas between", _read_suffixes)
CHARACTERS = Kind("a list of one or two characters each", _read_characters)
MOMENT = Kind("a time with its zone, such as 2026-01-31T23:59:00+01:00", _read_moment)
FILE = Kind("a path of a file that is not empty", _read_file)
