"""Points in a plane, their medians as quadrants, and one point that stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.charts.axes import tick_texts, ticks
from tui.charts.text import FAINT, QUIET, Cells, Chart, too_few

_REACH: Final = 2.5  # interquartile ranges from the quartiles; points further out are at the edge
_ROOM: Final = 0.08  # of the range is left free at either end


@dataclass(frozen=True)
class Point:
    """A company, say, at two measures."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    cells: int

    def place(self, value: float) -> int:
        share = (value - self.low) / (self.high - self.low)
        return min(max(round(share * (self.cells - 1)), 0), self.cells - 1)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def scatter(
    points: Sequence[Point],
    own: Point | None,
    *,
    width: int,
    height: int,
    names: tuple[str, str],
    middle: tuple[float | None, float | None] = (None, None),
    corners: tuple[str, str] = ("", ""),
    ascii: bool = False,
) -> Chart:
    """Points by (x, y), `own` marked with its label; exactly `height` lines.

    `middle` draws the medians, `corners` names the quadrants at the upper left and lower right.
    Points far out are drawn as arrows at the edge; the last line says how many they are.
    """
    every = [*points, own] if own is not None else list(points)
    if len(every) < 2 or width < 24 or height < 6:
        return too_few(width, height)
    rows = height - 2
    vertical = _axis([p.y for p in every], None if own is None else own.y, middle[1], rows)
    marks = ticks(vertical.low, vertical.high, max(rows // 3, 2))
    texts = tick_texts(marks)
    gutter = max(len(text) for text in texts) + 1
    room = width - gutter
    across = _axis([p.x for p in every], None if own is None else own.x, middle[0], room)
    cells = Cells(width, height)
    for value, text in zip(marks, texts, strict=True):
        cells.put(gutter - 1 - len(text), rows - 1 - vertical.place(value), text, QUIET)
    _draw_middle(cells, middle, across, vertical, gutter, rows, ascii)
    beyond = _draw_points(cells, points, across, vertical, gutter, rows, ascii)
    if own is not None:
        _draw_own(cells, own, across, vertical, gutter, rows, ascii)
    _draw_corners(cells, corners, gutter, rows)
    x_marks = ticks(across.low, across.high, max(room // 10, 2))
    for value, text in zip(x_marks, tick_texts(x_marks), strict=True):
        x = min(gutter + across.place(value) - len(text) // 2, width - len(text))
        if cells.is_free(max(x - 1, 0), rows, len(text) + 1):
            cells.put(x, rows, text, QUIET)
    arrows = ("->", "^") if ascii else ("→", "↑")
    words = [f"{names[0]} {arrows[0]}", f"{names[1]} {arrows[1]}"]
    if beyond:
        words.append(f"{beyond} beyond the edge")
    cells.put(gutter, rows + 1, "   ".join(words), QUIET)
    return cells.lines()


def _axis(values: Sequence[float], own: float | None, middle: float | None, cells: int) -> _Axis:
    """A range that holds nearly all values, the median and our own value."""
    ordered = sorted(values)
    lower, upper = (ordered[round(q * (len(ordered) - 1))] for q in (0.25, 0.75))
    reach = _REACH * (upper - lower)
    kept = [v for v in ordered if lower - reach <= v <= upper + reach]
    inside = [v for v in (kept[0], kept[-1], own, middle) if v is not None]
    low, high = min(inside), max(inside)
    space = (high - low) * _ROOM or max(abs(high), 1.0) * _ROOM
    bottom = low - space
    return _Axis(0.0 if low >= 0 > bottom else bottom, high + space, max(cells, 2))


def _draw_middle(
    cells: Cells,
    middle: tuple[float | None, float | None],
    across: _Axis,
    vertical: _Axis,
    left: int,
    rows: int,
    ascii: bool,
) -> None:
    upright, level = ("|", "-") if ascii else ("┊", "╌")
    if middle[0] is not None:
        for y in range(rows):
            cells.put(left + across.place(middle[0]), y, upright, FAINT)
    if middle[1] is not None:
        y = rows - 1 - vertical.place(middle[1])
        cells.put(left, y, level * across.cells, FAINT)


def _draw_corners(cells: Cells, corners: tuple[str, str], left: int, rows: int) -> None:
    """Each name in the line nearest its corner that has no point in its way."""
    places = (
        (corners[0], left + 1, range(rows // 2), "$good"),
        (corners[1], cells.width - len(corners[1]) - 1, range(rows - 1, rows // 2, -1), "$bad"),
    )
    for text, x, lines, style in places:
        y = next((y for y in lines if cells.is_free(x, y, len(text))), None)
        if y is not None:
            cells.put(x, y, text, style)


def _draw_points(
    cells: Cells,
    points: Sequence[Point],
    across: _Axis,
    vertical: _Axis,
    left: int,
    rows: int,
    ascii: bool,
) -> int:
    """Draw the points and return how many lie beyond the edge."""
    one, several = ("o", "8") if ascii else ("•", "●")
    inside = [p for p in points if across.holds(p.x) and vertical.holds(p.y)]
    count = Counter((across.place(p.x), vertical.place(p.y)) for p in inside)
    for p in points:
        if not (across.holds(p.x) and vertical.holds(p.y)):
            mark = _arrow(p, across, vertical, ascii)
            cells.put(left + across.place(p.x), rows - 1 - vertical.place(p.y), mark, "$secondary")
    for (x, y), n in count.items():
        cells.put(left + x, rows - 1 - y, one if n == 1 else several, "$secondary")
    return len(points) - len(inside)


def _arrow(p: Point, across: _Axis, vertical: _Axis, ascii: bool) -> str:
    left, right, up, down = "<>^v" if ascii else "‹›↑↓"
    if not across.holds(p.x):
        return right if p.x > across.high else left
    return up if p.y > vertical.high else down


def _draw_own(
    cells: Cells, own: Point, across: _Axis, vertical: _Axis, left: int, rows: int, ascii: bool
) -> None:
    x, y = left + across.place(own.x), rows - 1 - vertical.place(own.y)
    cells.put(x, y, "@" if ascii else "◆", "$accent bold")
    text = own.label
    fits = x + 2 + len(text) <= cells.width
    cells.put(x + 2 if fits else x - 1 - len(text), y, text, "$accent bold")
