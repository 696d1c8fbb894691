"""Statements that are written out, where a launch would spend its time on making them. Columns come from the models.

For what happens at every launch, and for nothing else.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model

Row = Sequence[Any]
_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class Part(Generic[_M]):
    """Some columns of a row that make one model instance."""

    model: type[_M]
    names: tuple[str, ...]
    columns: str
    converters: tuple[tuple[int, Callable[..., Any], Any], ...]
    start: int

    def of(self, row: Row) -> _M | None:
        """The instance; None where an outer join found nothing."""
        return None if row[self.start] is None else self.always_of(row)

    def always_of(self, row: Row) -> _M:
        """The instance, where it cannot be missing."""
        values = list(row[self.start : self.start + len(self.names)])
        for index, convert, expression in self.converters:
            values[index] = convert(values[index], expression, connection)
        return self.model.from_db("default", self.names, values)


def parts_of(*selected: tuple[type[Model], str, Collection[str] | None]) -> tuple[str, tuple[Part[Any], ...]]:
    """The columns of a SELECT, and how its rows become models.

    ``selected``: each model with its alias in the statement, and the names of the fields that are wanted (None: all).
    """
    parts: list[Part[Any]] = []
    for model, alias, only in selected:
        parts.append(_part(model, alias, only, start=sum(len(part.names) for part in parts)))
    return ", ".join(part.columns for part in parts), tuple(parts)


def _part(model: type[Model], alias: str, only: Collection[str] | None, *, start: int) -> Part[Any]:
    fields = [field for field in model._meta.concrete_fields if only is None or field.name in only]
    converters = []
    for index, field in enumerate(fields):
        expression = field.get_col(model._meta.db_table)
        for convert in (*connection.ops.get_db_converters(expression), *field.get_db_converters(connection)):
            converters.append((index, convert, expression))
    quote = connection.ops.quote_name
    return Part(
        model=model,
        names=tuple(field.attname for field in fields),
        columns=", ".join(f"{alias}.{quote(field.column or field.attname)}" for field in fields),
        converters=tuple(converters),
        start=start,
    )
