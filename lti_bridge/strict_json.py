"""JSON from strangers, read strictly: what two parsers could read in two ways is refused."""

import json
import math
from typing import Any, NoReturn


def read(raw: bytes) -> Any:
    """The value that a document holds. Raises ``ValueError``, also for names given twice and numbers JSON has not."""
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except RecursionError:
        raise ValueError("too deep") from None


def read_object(raw: bytes) -> dict[str, Any]:
    """The object that a document holds. Raises ``ValueError`` for anything else."""
    value = read(raw)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
