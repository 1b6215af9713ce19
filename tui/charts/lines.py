"""Lines through time in braille: eight dots a cell, labelled levels, a date axis."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.charts.axes import date_ticks, finite, log_ticks, tick_texts, ticks
from tui.charts.text import FAINT, QUIET, Cells, Chart, Line, legend, too_few

_BITS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a cell, by column and row
_BRAILLE: Final = 0x2800
_MARKS: Final = "*.-+ox"  # of the curves where there is no braille
_LOG_FROM: Final = 3.0  # highest over lowest from which equal steps are equal ratios
_LEAST_WIDTH: Final = 24


@dataclass(frozen=True)
class Curve:
    """Values by day. `on` and `off` dots make a dashed line; 1 and 0 a whole one."""

    name: str
    values: Sequence[float | None]
    style: str
    on: int = 1
    off: int = 0


@dataclass(frozen=True)
class Level:
    """A horizontal line with its label, e.g. the base of a channel."""

    value: float
    label: str
    style: str


@dataclass(frozen=True)
class _Scale:
    """From values to dots, 0 at the top."""

    low: float
    high: float
    dots: int
    log: bool

    def row(self, value: float) -> int:
        low, high, v = self.low, self.high, value
        if self.log:
            low, high, v = math.log(low), math.log(high), math.log(v)
        share = (high - v) / (high - low) if high > low else 0.5
        return min(max(round(share * (self.dots - 1)), 0), self.dots - 1)


def line_chart(
    days: Sequence[dt.date],
    curves: Sequence[Curve],
    *,
    width: int,
    height: int,
    levels: Sequence[Level] = (),
    logarithmic: bool = True,
    ascii: bool = False,
) -> Chart:
    """Curves over the days, the first drawn over the others; exactly `height` lines.

    Two of the lines are the date axis and the legend. Where `logarithmic` allows, values of more
    than threefold range stand on a logarithmic scale, which the legend says.
    """
    known = [v for c in curves for v in finite(c.values)]
    if len(days) < 2 or len(known) < 2 or width < _LEAST_WIDTH or height < 4:
        return too_few(width, height)
    values = [*known, *(level.value for level in levels)]
    low, high = min(values), max(values)
    log = logarithmic and low > 0 and high / low > _LOG_FROM
    rows = height - 2
    scale = _Scale(low, high, rows if ascii else rows * 4, log)
    per_cell = 1 if ascii else 4
    labels = _labels(scale, rows, per_cell, levels)
    gutter = max(len(text) for text, _ in labels.values()) + 2
    cells = Cells(width, height)
    for y, (text, style) in labels.items():
        axis = "|" if ascii else "┤"
        cells.put(gutter - 2 - len(text), y, f"{text} {axis}", style)
    room = width - gutter
    across = room if ascii else room * 2
    columns = _columns(days, across)
    _draw_levels(cells, levels, scale, gutter, room, ascii)
    for number, curve in reversed(list(enumerate(curves))):
        dots = _dots(curve, columns, across, scale)
        if ascii:
            for x, y in dots:
                cells.put(gutter + x, y, _MARKS[number % len(_MARKS)], curve.style)
        else:
            _put_braille(cells, dots, gutter, curve.style)
    _draw_dates(cells, days, gutter, room, rows)
    return (*cells.lines()[:-1], _legend(curves, width, gutter, log, ascii))


def _labels(
    scale: _Scale, rows: int, per_cell: int, levels: Sequence[Level]
) -> dict[int, tuple[str, str]]:
    """Row → text and style; a level keeps the rows beside it free."""
    found: dict[int, tuple[str, str]] = {}
    for level in levels:
        found.setdefault(scale.row(level.value) // per_cell, (level.label, level.style))
    most = max(rows // 3, 2)
    choose = log_ticks if scale.log else ticks
    marks = choose(scale.low, scale.high, most)
    for value, text in zip(marks, tick_texts(marks), strict=True):
        y = scale.row(value) // per_cell
        if not any(near in found for near in (y - 1, y, y + 1)):
            found[y] = (text, QUIET)
    if not found:
        found[scale.row(scale.high) // per_cell] = (tick_texts([scale.high])[0], QUIET)
    return found


def _columns(days: Sequence[dt.date], across: int) -> list[int]:
    """The dot column of each day."""
    first, whole = days[0].toordinal(), max(days[-1].toordinal() - days[0].toordinal(), 1)
    return [round((day.toordinal() - first) / whole * (across - 1)) for day in days]


def _dots(
    curve: Curve, columns: Sequence[int], across: int, scale: _Scale
) -> list[tuple[int, int]]:
    """The dots of a curve: the last value of each column, joined to the one before."""
    last = {
        x: value
        for x, value in zip(columns, curve.values, strict=True)
        if value is not None and math.isfinite(value)
    }
    found: list[tuple[int, int]] = []
    before: tuple[int, int] | None = None
    for x in sorted(last):
        here = (x, scale.row(last[x]))
        found += [here] if before is None else _joined(before, here)
        before = here
    period = curve.on + curve.off
    return [(x, y) for x, y in found if x % period < curve.on]


def _joined(a: tuple[int, int], b: tuple[int, int]) -> list[tuple[int, int]]:
    """The dots after `a` up to `b`, without a gap. A break of many days is a straight line."""
    steps = max(abs(b[0] - a[0]), abs(b[1] - a[1]), 1)
    return [
        (a[0] + round((b[0] - a[0]) * i / steps), a[1] + round((b[1] - a[1]) * i / steps))
        for i in range(1, steps + 1)
    ]


def _put_braille(cells: Cells, dots: Sequence[tuple[int, int]], left: int, style: str) -> None:
    """A cell shows one curve only: dots of two in one cell could not be told apart."""
    bits: dict[tuple[int, int], int] = {}
    for x, y in dots:
        place = (x // 2, y // 4)
        bits[place] = bits.get(place, 0) | _BITS[x % 2][y % 4]
    for (x, y), mask in bits.items():
        cells.put(left + x, y, chr(_BRAILLE + mask), style)


def _draw_levels(
    cells: Cells, levels: Sequence[Level], scale: _Scale, left: int, room: int, ascii: bool
) -> None:
    for level in levels:
        dot = scale.row(level.value)
        if ascii:
            for x in range(0, room, 2):
                cells.put(left + x, dot, "-", level.style)
        else:
            mask = _BITS[0][dot % 4] | _BITS[1][dot % 4]
            for x in range(0, room, 2):
                cells.put(left + x, dot // 4, chr(_BRAILLE + mask), level.style)


def _draw_dates(cells: Cells, days: Sequence[dt.date], left: int, room: int, y: int) -> None:
    first, whole = days[0], max((days[-1] - days[0]).days, 1)
    for day, text in date_ticks(days[0], days[-1], room):
        x = left + round((day - first).days / whole * (room - 1))
        x = min(x, left + room - len(text))
        if cells.is_free(max(x - 1, 0), y, len(text) + 1):
            cells.put(x, y, text, QUIET)


def _legend(curves: Sequence[Curve], width: int, indent: int, log: bool, ascii: bool) -> Line:
    entries = []
    for number, curve in enumerate(curves):
        if curve.name and finite(curve.values):
            entries.append((_sample(curve, number, ascii), curve.name, curve.style))
    if log:
        entries.append(("", "logarithmic scale", FAINT))
    return legend(entries, width, indent)


def _sample(curve: Curve, number: int, ascii: bool) -> str:
    """Three cells of the curve as it is drawn."""
    if ascii:
        return _MARKS[number % len(_MARKS)] * 3
    period, masks = curve.on + curve.off, [0, 0, 0]
    for x in range(6):
        if x % period < curve.on:
            masks[x // 2] |= _BITS[x % 2][1]
    return "".join(chr(_BRAILLE + mask) if mask else " " for mask in masks)
