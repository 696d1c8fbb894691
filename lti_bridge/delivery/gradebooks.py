"""How the gradebook of a cell is spoken to: that follows from the form of its address."""

from decimal import Decimal
from typing import Protocol

from lti_bridge.delivery import lti11, lti13
from lti_bridge.delivery.verdicts import Reading, Verdict
from lti_bridge.models import Cell


class Gradebook(Protocol):
    """What each version of LTI has a module for."""

    def carried(self, score: Decimal, /) -> Decimal:
        """A score as this version can carry it."""

    def send(self, cell: Cell, /) -> Verdict:
        """Make the LMS hold what the cell wants."""

    def read_back(self, cell: Cell, /) -> Reading:
        """Ask the LMS what the cell holds."""


def of(cell: Cell) -> Gradebook:
    """The module for a cell: a column is LTI 1.3's."""
    return lti13 if cell.line_item_id else lti11
