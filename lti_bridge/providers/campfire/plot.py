"""A bar chart of means as SVG, drawn here: positions and texts for a template, which escapes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

WIDTH, LABEL, ROW, BAR = 640, 160, 28, 16
_MOST_LETTERS = 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: ``part`` of 1."""

    label: str
    part: Decimal


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar in its place. All numbers are text, so that no locale writes them with a comma."""

    label: str
    percent: str
    y: str
    text_y: str
    width: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart with its size; ``full``: how long a bar of 100 % is."""

    bars: tuple[Drawn, ...]
    height: str
    width: str = str(WIDTH)
    left: str = str(LABEL)
    full: str = str(WIDTH - LABEL - 60)
    bar: str = str(BAR)


def plot_of(bars: Sequence[Bar]) -> Plot | None:
    """The chart of these bars, in their order; none for no bar."""
    if not bars:
        return None
    drawn = tuple(_drawn(number, bar) for number, bar in enumerate(bars))
    return Plot(drawn, str(ROW * len(bars)))


def _drawn(number: int, bar: Bar) -> Drawn:
    part = min(max(bar.part, Decimal(0)), Decimal(1))
    label = bar.label if len(bar.label) <= _MOST_LETTERS else bar.label[: _MOST_LETTERS - 1] + "…"
    top = number * ROW + (ROW - BAR) // 2
    return Drawn(
        label,
        f"{bar.part * 100:.0f} %",
        str(top),
        str(top + BAR - 4),
        f"{part * (WIDTH - LABEL - 60):.1f}",
    )
