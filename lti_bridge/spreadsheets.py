"""Cells of tables for spreadsheets that none takes for a formula, whichever sign it takes for the separator."""

import re
from decimal import Decimal

#: Where a cell begins to somebody: at its beginning, and behind what separates cells elsewhere (in Germany and France a
#: semicolon). Then quotes and spaces, which may be dropped, and a sign that makes a formula of it, full-width ones too.
_FORMULA = re.compile(r"""^(?=[\t\r\n])|(^|[;\t\r\n])(?=(?:[^\S\t\r\n]|")*[=+\-@＝＋－＠])""")  # noqa: RUF001


def harmless(value: object) -> str:
    """A value as a cell. A number stays one; before what could become a formula in a text stands an apostrophe."""
    if isinstance(value, int | float | Decimal):
        return str(value)
    return "" if value is None else _FORMULA.sub(r"\1'", str(value))
