"""What a gradebook can hold of a grade: providers may give more than full marks, Basic Outcomes knows no such score."""

from decimal import Decimal

from django.utils.translation import gettext as _

from lti_bridge.delivery import gradebooks
from lti_bridge.models import Cell

_HUNDREDTH = Decimal("0.01")


def held(cell: Cell, score: Decimal | None) -> Decimal | None:
    """A score, part of 1, as the gradebook of this cell can hold it."""
    return gradebooks.of(cell).carried(score) if score is not None and cell.has_address else score


def in_words(cell: Cell, score: Decimal | None) -> str:
    """What the gradebook of this cell cannot hold of a score, in one sentence; empty when it holds all of it."""
    can_hold = held(cell, score)
    if score is None or can_hold is None or score == can_hold:
        return ""
    told = {"most": _percent(can_hold), "given": _percent(score)}
    return _("The gradebook can hold %(most)s at most; the provider gave %(given)s.") % told


def _percent(score: Decimal) -> str:
    return f"{(score * 100).quantize(_HUNDREDTH).normalize():f}\N{NO-BREAK SPACE}%"
