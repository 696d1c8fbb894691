"""Reading Originality's answers with tolerance: its documents write keys in several ways, and so does it."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_MOST = Decimal(100)
_CENT = Decimal("0.01")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{1,12})?")


def plain(name: str) -> str:
    """A key without what differs from one writing to another: case, underscores, blanks and dashes."""
    return re.sub(r"[\W_]", "", name).lower()


def look_up(told: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these keys that is there, in whatever writing; null is as good as absent."""
    by_name: dict[str, Any] = {}
    for name, value in told.items():
        if value is not None:
            by_name.setdefault(plain(str(name)), value)
    return next((by_name[plain(name)] for name in names if plain(name) in by_name), None)


def text(value: Any) -> str:
    """A value as a line of text; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def percent(value: Any) -> Decimal | None:
    """A percentage as ``12``, ``"12%"`` or ``"12,5 %"``; None for what is none.

    A number below 0 says that there is none (-1), and one far above 100 says nothing. What rounding adds is cut off.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    written = repr(value) if isinstance(value, float) else str(value)
    written = "".join(written.split()).removesuffix("%")
    if not _NUMBER.fullmatch(written):
        return None
    try:
        number = Decimal(written.replace(",", "."))
    except InvalidOperation:
        return None
    return min(number, _MOST).quantize(_CENT) if 0 <= number < _MOST + 1 else None
