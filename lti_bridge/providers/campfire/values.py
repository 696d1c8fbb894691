"""Kinds of values that Campfire's parameters have."""

import json
import re
from typing import Any

from lti_bridge.providers.operations import Kind

INCLUDES = ("results", "responses")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#/-]{0,199}")
_ID_OF_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")


def _read_id(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and _ID_OF_PATH.fullmatch(value.strip()) else None


def _read_exam_id(value: Any) -> str | None:
    """An exam's id; what stands behind a slash in some answers (``…/exam#v0``) is no part of it."""
    text = value.strip() if isinstance(value, str) else ""
    return _read_id(text.partition("/")[0]) if _ID.fullmatch(text) else None


def _read_ids(value: Any) -> list[str] | None:
    each = value if isinstance(value, list) else str(value).split(",")
    ids = [_read_id(one) for one in each]
    return [one for one in ids if one] if ids and all(ids) else None


def _read_includes(value: Any) -> list[str] | None:
    each = value if isinstance(value, list) else str(value).split(",")
    names = [str(one).strip() for one in each]
    return names if names and all(name in INCLUDES for name in names) else None


def _read_text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text.isprintable() and 0 < len(text) <= 2000 else None


def _read_url(value: Any) -> str | None:
    text = _read_text(value)
    return text if text and re.fullmatch(r"https?://[^\s]+", text) else None


def _read_flag(value: Any) -> bool | None:
    return {"1": True, "true": True, "0": False, "false": False}.get(str(value).strip().lower())


def _read_pages(value: Any) -> int | None:
    text = str(value).strip()
    fits = not isinstance(value, bool) and text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 10_000
    return int(text) if fits else None


def _json(kind: type) -> Any:
    """Reads a JSON value of a kind, given as such or as text."""

    def read(value: Any) -> Any:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                return None
        return value if isinstance(value, kind) and value else None

    return read


ID = Kind("an id of letters, digits and dashes", _read_id)
EXAM_ID = Kind("the id of an exam", _read_exam_id)
IDS = Kind("ids, with commas between", _read_ids)
INCLUDE = Kind("results, responses or both, with a comma between", _read_includes)
TEXT = Kind("a line of text", _read_text)
URL = Kind("a full http(s) address", _read_url)
FLAG = Kind("true or false", _read_flag)
PAGES = Kind("a whole number from 1 to 10000", _read_pages)
OBJECT = Kind("a JSON object", _json(dict))
LIST = Kind("a JSON list", _json(list))
