"""Values of a file and values of a row, made comparable."""

from typing import Any


def plain(value: Any) -> Any:
    """A JSON value as TOML can write it, and as every database gives it back.

    TOML knows no null, and a database may turn 1.0 into 1.
    """
    match value:
        case dict():
            return {name: plain(each) for name, each in value.items() if each is not None}
        case list():
            return [plain(each) for each in value if each is not None]
        case str():
            return str(value)  # a choice is a text too
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same in a file; ``true`` is not 1."""
    return repr(_ordered(plain(one))) == repr(_ordered(plain(other)))


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((name, _ordered(each)) for name, each in value.items()))
    return [_ordered(each) for each in value] if isinstance(value, list) else value
