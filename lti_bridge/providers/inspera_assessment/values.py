"""Kinds of values that Inspera's operations alone take; ``providers/kinds.py`` has the others."""

from datetime import UTC, datetime
from typing import Any

from lti_bridge.providers.kinds import lines, matching, words
from lti_bridge.providers.operations import Kind

_MOST = 1000


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


TEXT = lines(_MOST)
ADDRESS = matching(r"https?://[^\s]+", "a full http(s) address")
MOMENT = Kind("a time with its zone, such as 2026-01-31T09:00:00Z", _read_moment)
SWITCH = Kind("true or false", _read_switch)
WORDS = words(_MOST)
FILE = Kind(
    "a path of a file to write", lambda value: value.strip() if isinstance(value, str) and value.strip() else None
)
