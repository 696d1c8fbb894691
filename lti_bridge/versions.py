"""Versions of what a gradebook cell wants, and the time that belongs to each."""

from datetime import datetime, timedelta

from lti_bridge.models import Cell

#: Two versions of one cell are at least this far apart (AGS: a later score has a later time; Moodle counts seconds).
TICK = timedelta(seconds=1)


def next_version(cell: Cell, now: datetime) -> None:
    """Make what a locked cell wants a new version, with a time of its own. Does not save."""
    cell.wanted_version += 1
    cell.wanted_at = max(now, cell.wanted_at + TICK) if cell.wanted_at else now
