"""Upright bars in eighths of a cell, side by side for each period, above and below zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.charts.axes import finite, tick_texts, ticks
from tui.charts.text import FAINT, QUIET, Cells, Chart, Line, legend, too_few

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_ASCII_FILLS: Final = "#=:%"


@dataclass(frozen=True)
class Bars:
    """One value a period. `factor` makes small ones visible beside large ones; its name says so."""

    name: str
    values: Sequence[float | None]
    style: str
    factor: float = 1.0


@dataclass(frozen=True)
class _Layout:
    """Rows above and below zero, the value of a whole cell, and how wide things are."""

    above: int
    below: int
    unit: float
    gutter: int
    group: int
    bar: int


def bar_chart(
    labels: Sequence[str],
    series: Sequence[Bars],
    *,
    width: int,
    height: int,
    rows: Sequence[tuple[str, Sequence[str]]] = (),
    ascii: bool = False,
) -> Chart:
    """Bars over their labels, rows of text such as margins, and a legend: `height` lines.

    Where not all periods fit, the latest are shown.
    """
    plot = height - 2 - len(rows)
    if not any(finite(s.values) for s in series) or plot < 2 or width < 20:
        return too_few(width, height)
    above, below, unit = _spread(series, plot)
    marks = ticks(-unit * below, unit * above, max(plot // 3, 2))
    texts = tick_texts(marks)
    gutter = max(len(t) for t in (*texts, *(name for name, _ in rows))) + 1
    longest = max(len(t) for _, row in [("", labels), *rows] for t in row)
    shown = min(len(labels), max((width - gutter) // max(len(series) + 1, longest + 1, 4), 1))
    group = min((width - gutter) // shown, 6 * len(series) + 2)
    layout = _Layout(above, below, unit, gutter, group, max((group - 1) // len(series), 1))
    cells = Cells(width, height)
    _draw_marks(cells, layout, marks, texts)
    first = len(labels) - shown
    for number, one in enumerate(series):
        for place, value in enumerate(list(one.values)[first:]):
            if value is not None:
                x = gutter + place * group + number * layout.bar
                fill = _ASCII_FILLS[number % 4] if ascii else ""
                _draw_bar(cells, layout, x, value * one.factor, one.style, fill)
    _draw_rows(cells, layout, [("", labels), *rows], first)
    note = f"the last {shown} of {len(labels)}" if shown < len(labels) else ""
    return (*cells.lines()[:-1], _legend(series, note, width, gutter, ascii))


def _spread(series: Sequence[Bars], plot: int) -> tuple[int, int, float]:
    """Rows above zero, rows below it, and the value of a row."""
    drawn = [v * s.factor for s in series for v in finite(s.values)]
    high, low = max(0.0, *drawn), min(0.0, *drawn)
    if low == 0:
        return plot, 0, high / plot or 1.0
    if high == 0:
        return 0, plot, -low / plot
    unit, below = min((max(high / (plot - n), -low / n), n) for n in range(1, plot))
    return plot - below, below, unit


def _draw_marks(cells: Cells, at: _Layout, marks: Sequence[float], texts: Sequence[str]) -> None:
    for value, text in zip(marks, texts, strict=True):
        down = int(-value / at.unit) if value < 0 else -1 - int(max(value / at.unit - 0.5, 0))
        y = min(max(at.above + down, 0), at.above + max(at.below - 1, 0))
        if cells.is_free(0, y, at.gutter):
            cells.put(at.gutter - 1 - len(text), y, text, QUIET)


def _draw_rows(
    cells: Cells, at: _Layout, rows: Sequence[tuple[str, Sequence[str]]], first: int
) -> None:
    """The labels and the rows of text, each text under the bars of its period."""
    for y, (name, row) in enumerate(rows, start=at.above + at.below):
        cells.put(at.gutter - 1 - len(name), y, name, QUIET)
        for place, text in enumerate(row[first:]):
            style = "$bad" if text.startswith("-") else "" if name else QUIET
            cells.put(at.gutter + place * at.group, y, text[: at.group - 1], style)


def _legend(series: Sequence[Bars], note: str, width: int, indent: int, ascii: bool) -> Line:
    marks = [_ASCII_FILLS[i % 4] * 2 if ascii else "██" for i in range(len(series))]
    entries = [
        (mark, one.name, one.style)
        for mark, one in zip(marks, series, strict=True)
        if finite(one.values)
    ]
    return legend([*entries, ("", note, FAINT)] if note else entries, width, indent)


def _draw_bar(cells: Cells, at: _Layout, x: int, value: float, style: str, fill: str) -> None:
    """One bar from the zero line up or down; a value that is not zero shows at least a trace."""
    eighths = max(round(abs(value) / at.unit * 8), 1 if value else 0)
    if fill:
        eighths = max(8 * round(eighths / 8), 8 if value else 0)
    wide = max(at.bar - (1 if at.bar > 3 else 0), 1)
    for step in range((eighths + 7) // 8):
        part = min(eighths - 8 * step, 8)
        if value > 0:
            cells.put(x, at.above - 1 - step, (fill or BLOCKS[part]) * wide, style)
        else:
            # The blank part of the block is what shows: there are no blocks that hang.
            hanging = f"{style} reverse" if part < 8 else style
            block = fill or (BLOCKS[8 - part] if part < 8 else BLOCKS[8])
            cells.put(x, at.above + step, block * wide, style if fill else hanging)
