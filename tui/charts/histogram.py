"""How values spread: blocks in eighths of a cell, below zero and above it told apart."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Final

from tui.charts.axes import finite, ticks
from tui.charts.bars import BLOCKS
from tui.charts.text import FAINT, QUIET, Cells, Chart, too_few
from tui.format import grouped

_LEAST_COLUMNS: Final = 12
_TAIL: Final = 0.01  # of the values at either end count in the outermost column


def histogram(
    values: Sequence[float | None],
    *,
    width: int,
    height: int,
    write: Callable[[float], str] = lambda v: f"{v:+.0f}%" if v else "0%",
    ascii: bool = False,
) -> Chart:
    """A column for each range of values; exactly `height` lines with the axis and its labels.

    Zero lies between two columns and has a line of its own. Where a share of the values lies far
    out, the outermost columns hold them.
    """
    known = sorted(finite(values))
    if len(known) < 2 or width < 20 or height < 4:
        return too_few(width, height)
    rows = height - 1
    tail = int(len(known) * _TAIL)
    low, high = min(known[tail], 0.0), max(known[len(known) - 1 - tail], 0.0)
    thick = -(-(width - 2) // max(int(2 * len(known) ** 0.5), _LEAST_COLUMNS))  # cells a column
    columns = (width - 2) // thick
    wide = (high - low or 1.0) / columns
    left = round(-low / wide)  # columns below zero; at least one where any value is
    left = min(max(left, 1 if low < 0 else 0), columns - (1 if known[-1] >= 0 else 0))
    counts = column_counts(known, wide, left, columns)
    most = max(counts)
    cells = Cells(width, height)
    zero = left * thick  # where its line stands
    for place, count in enumerate(counts):
        x = place * thick + (1 if place >= left else 0)
        eighths = max(round(count / most * rows * 8), 1 if count else 0)
        style = "$bad" if place < left else "$good"
        if ascii:
            eighths = 8 * max(round(eighths / 8), 1 if count else 0)
        for step in range((eighths + 7) // 8):
            part = min(eighths - 8 * step, 8)
            fill = ("-" if place < left else "+") if ascii else BLOCKS[part]
            cells.put(x, rows - 1 - step, fill * thick, style)
    for y in range(rows):
        cells.put(zero, y, "|" if ascii else "│", FAINT)
    for value in ticks(low, high, max(width // 12, 2)):
        text = write(value)
        x = zero + round(value / wide * thick) - len(text) // 2
        x = min(max(x, 0), width - len(text))
        if cells.is_free(max(x - 1, 0), rows, min(len(text) + 1, width - max(x - 1, 0))):
            cells.put(x, rows, text, QUIET)
    return cells.lines()


def column_counts(values: Sequence[float], wide: float, left: int, columns: int) -> list[int]:
    """How many values fall into each column of `wide`, `left` of them below zero."""
    counts = [0] * columns
    for value in values:
        place = left + int(value // wide)
        least, most = (0, left - 1) if value < 0 and left else (left, columns - 1)
        counts[min(max(place, least), most, columns - 1)] += 1
    return counts


def histogram_sentence(values: Sequence[float | None], noun: tuple[str, str]) -> str:
    """How many lie on either side of zero, and the median: “873 down · 327 up · median -13.7 %”."""
    known = finite(values)
    if not known:
        return "No figures."
    down, up = sum(v < 0 for v in known), sum(v > 0 for v in known)
    still = len(known) - down - up
    parts = [f"{grouped(down)} {noun[0]}", f"{grouped(up)} {noun[1]}"]
    if still:
        parts.append(f"{grouped(still)} unchanged")
    return " · ".join([*parts, f"median {statistics.median(known):.1f} %"])
