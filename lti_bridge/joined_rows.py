"""Rows of several tables by one statement that is written out, for the few places where every launch passes.

Django would build the same statement anew each time, which costs more than the database takes to answer it. The columns
come from the models, and so do the values.
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
        if row[self.start] is None:
            return None
        values = list(row[self.start : self.start + len(self.names)])
        for index, convert, expression in self.converters:
            values[index] = convert(values[index], expression, connection)
        return self.model.from_db("default", self.names, values)


def part(model: type[_M], alias: str, *, start: int, only: Collection[str] = ()) -> Part[_M]:
    """The columns of a table by its alias, from the column ``start`` of a row on. ``only``: not all of its fields."""
    fields = [field for field in model._meta.concrete_fields if not only or field.name in only]
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
