"""What a tab shows: a table whose numbers can be asked about, a chart, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tui.charts.text import Chart
from tui.rows import NO_ROWS, TextRows

Draw = Callable[[int, int, bool], Chart]  # width and height in cells, and whether in ASCII only
NOTHING: Final[Mapping[tuple[int, str], Asked]] = {}


@dataclass(frozen=True)
class Asked:
    """A number to take apart: a field so many years back, or a statement line at a panel slot."""

    isin: str
    field: str = ""
    years: int = 0
    line: str = ""
    slot: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table. `asked` names the numbers in it by row and column key; `notes` stand above it."""

    rows: TextRows = NO_ROWS
    asked: Mapping[tuple[int, str], Asked] = field(default_factory=lambda: NOTHING)
    notes: tuple[str, ...] = ()
    frozen: int = 1
    at_end: bool = False  # whether the cursor begins in the last column, the latest period
    start: int | None = None  # the row where the cursor begins, if not the first

    @property
    def first_row(self) -> int:
        """Where the cursor begins: as told, else the first row that is no heading."""
        if self.start is not None:
            return self.start
        tones = self.rows.tones
        inside = (i for i in range(self.rows.height) if i >= len(tones) or tones[i] != "heading")
        return next(inside, 0)


@dataclass(frozen=True)
class View:
    """One way to look at a tab. A chart stands beside its table from `beside` cells on."""

    title: str
    sheet: Sheet | None = None
    draw: Draw | None = None
    beside: int = 112


@dataclass(frozen=True)
class Tab:
    """A tab's views, the first shown first, and what to say where there is nothing."""

    views: tuple[View, ...]
    empty: str = "No source gave figures for this."
