"""JSON that providers' tools send: one object, small, without anything that two readers could read in two ways."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NoReturn

from lti_bridge.relay.problems import ServiceProblem, malformed

MAX_BYTES = 65536
#: Larger numbers are no scores, and no column holds them.
LARGEST = Decimal(10) ** 9
_PLACES = Decimal("1e-10")
_LONGEST_NUMBER = 60
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,20}))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)",
    re.ASCII,
)

Body = dict[str, Any]


def read(raw: bytes) -> Body:
    """The object in a body. Numbers are exact (``Decimal``). Raises ``ServiceProblem``."""
    if len(raw) > MAX_BYTES:
        raise ServiceProblem(413, "too_large", f"The body is larger than {MAX_BYTES} bytes.")
    try:
        body = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_number,
        )
    except (ValueError, RecursionError):
        raise malformed("The body is not JSON, or names something twice, or has a number that JSON has not.") from None
    if not isinstance(body, dict):
        raise malformed("The body is not a JSON object.")
    return body


def text(body: Body, name: str, *, longest: int, required: bool = False) -> str:
    """A text, exactly as it was sent; empty when it is absent or null. Raises ``ServiceProblem``."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not can_be_kept(value) or len(value) > longest:
        raise malformed(f"{name} must be a text of at most {longest} characters.")
    if required and not value.strip():
        raise malformed(f"{name} must not be blank.")
    return value


def number(body: Body, name: str, *, above_zero: bool) -> Decimal | None:
    """A number, as exact as a column keeps it; None when it is absent or null. Raises ``ServiceProblem``."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, Decimal) or not 0 <= value < LARGEST:
        raise malformed(f"{name} must be a number from 0 to below {LARGEST}.")
    kept = value.quantize(_PLACES) + 0  # no -0
    if above_zero and kept <= 0:
        raise malformed(f"{name} must be a number above 0.")
    return kept


def moment(body: Body, name: str) -> datetime | None:
    """A time with its zone (ISO 8601); None when it is absent or null. Raises ``ServiceProblem``."""
    value = body.get(name)
    if value is None:
        return None
    matched = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise malformed(f"{name} must be a time with its zone, such as 2026-01-31T09:00:00.123Z.")
    *parts, fraction, sign, hours, minutes = matched.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        return datetime(year, month, day, hour, minute, second, microsecond, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed(f"{name} is a time that does not exist.") from None


def can_be_kept(value: str) -> bool:
    """Whether a database takes a text, and a page shows it: no NUL, no half of a character."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def plain(value: Decimal) -> int | float:
    """A number as JSON shows it."""
    return int(value) if value == value.to_integral_value() else float(value)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(digits: str) -> Decimal:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("a number has too many digits")
    try:
        return Decimal(digits)
    except ArithmeticError:
        raise ValueError("a number has an exponent that no number has") from None
