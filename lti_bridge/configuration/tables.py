"""One TOML table, read key by key: types are checked, and what nobody asked for is refused by name."""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lti_bridge.configuration.secret_values import SecretProblem, resolve

#: A kind of value, in the words of a problem → whether a value is of that kind.
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "a whole number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "true or false": lambda value: isinstance(value, bool),
    "a list of texts": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "a table": lambda value: isinstance(value, dict),
    "a list of tables": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
}


def nearest_of(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant; None when none is really near."""
    close = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.7)
    return close[0] if close else None


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence's end that helps with a wrong name: the nearest known one, else all of them."""
    names = sorted(known)
    close = nearest_of(name, names)
    if close:
        return f' (did you mean "{close}"?)'
    return f" (known: {', '.join(names)})" if names else ""


class Table:
    """Takes known keys out of one table. ``where`` begins every problem; ``problems`` collects them."""

    def __init__(self, where: str, content: Mapping[str, Any], problems: list[str], folder: Path) -> None:
        self.where = where
        self.problems = problems
        self._content = content
        self._folder = folder
        self._known: set[str] = set()

    def problem(self, text: str) -> None:
        self.problems.append(f"{self.where}: {text}" if self.where else text)

    def take(self, key: str, kind: str, *, required: bool = False, hint: str = "") -> Any:
        """The value of a key; None when it is absent or wrong (then there is a problem).

        ``hint``: what to say where a required key is missing.
        """
        self._known.add(key)
        if key not in self._content:
            if required:
                self.problem(f"{key} is missing{hint}")
            return None
        value = self._content[key]
        if not KINDS[kind](value):
            self.problem(f"{key} must be {kind}")
            return None
        trouble = "" if kind == "a list of tables" else _not_for_a_database(value)
        if trouble:
            self.problem(f"{key} holds {trouble}")
            return None
        return value

    def take_secret(self, key: str, *, required: bool = False) -> str | None:
        """The value that a secret's text stands for; empty only when it may be and the text is."""
        text: str | None = self.take(key, "a text", required=required)
        if text == "" and required:
            self.problem(f"{key} must not be empty")
        if not text:
            return text
        try:
            return resolve(text, self._folder)
        except SecretProblem as problem:
            self.problem(f"{key}: {problem}")
            return None

    def inner(self, key: str) -> "Table":
        """A table inside this one; an empty one when it is absent."""
        where = f"{self.where} {key}".strip()
        return Table(where, self.take(key, "a table") or {}, self.problems, self._folder)

    def each(self, key: str, name: str) -> "list[Table]":
        """The tables of a list, each called by its place (from 1) and by the value of its key ``name``."""
        tables = []
        for place, content in enumerate(self.take(key, "a list of tables") or [], start=1):
            called = content.get(name)
            label = f'{key}[{place}] "{called}"' if isinstance(called, str) else f"{key}[{place}]"
            tables.append(Table(f"{self.where} {label}".strip(), content, self.problems, self._folder))
        return tables

    def names(self) -> list[str]:
        return list(self._content)

    def finish(self) -> None:
        """Refuse every key that was not taken."""
        for key in self._content:
            if key not in self._known:
                self.problem(f'key "{key}" is not known{nearest(key, self._known)}')


def _not_for_a_database(value: Any) -> str:
    """What in a value neither JSON nor a database can keep; empty when there is nothing."""
    match value:
        case dict():
            return next(filter(None, map(_not_for_a_database, [*value, *value.values()])), "")
        case list():
            return next(filter(None, map(_not_for_a_database, value)), "")
        case str():
            return "a NUL character" if "\0" in value else ""
        case float() if not math.isfinite(value):
            return "a number that is not finite"
        case bool() | int() | float():
            return ""
        case _:
            return "a date or time (write it as a text, in quotes)"
