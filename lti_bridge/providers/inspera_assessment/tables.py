"""An export of results as a table: one line for each candidate, for people with a spreadsheet."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from lti_bridge.providers.inspera_assessment.standings import standings_of

HEAD = (
    "user_id",
    "candidate_id",
    "external_ids",
    "attendance",
    "total_score",
    "max_total_score",
    "auto_score",
    "final_grade",
    "final_grade_date",
    "start_time",
    "end_time",
    "extra_time_mins",
    "comment",
)


def rows_of(file: BinaryIO) -> Iterator[tuple[str, ...]]:
    """The head, then a line for each candidate. Raises ``BadJson``."""
    yield HEAD
    for standing in standings_of(file):
        told = standing.told
        values = (
            standing.user_id,
            told.get("candidate_id"),
            " ".join(f"{kind}:{each}" for kind, each in standing.external_ids),
            *(told.get(name) for name in HEAD[3:]),
        )
        yield tuple(_cell(value) for value in values)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    # A spreadsheet takes these for formulas, and candidates and graders write some of it.
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
