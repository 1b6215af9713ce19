"""Parts that both pictures are made of: the head, panels, time axes, value axes, bars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.charts.axes import date_ticks, log_ticks, tick_texts, ticks
from tui.format import grouped
from tui.pictures.svg import BAD, GOLD, INK, QUIET, RULE, Scale, Svg, wrapped

WIDTH: Final = 1200
MARGIN: Final = 40
_LOG_FROM: Final = 2.0  # highest over lowest from which a price axis is logarithmic


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


def head(svg: Svg, over: str, words: str, below: str, *, size: float = 21) -> float:
    """A small line, a large text in as many lines as it needs, a quiet line; where it ends."""
    y = 44.0
    svg.text(MARGIN, y, over.upper(), size=12, fill=GOLD, bold=True, within=WIDTH - 2 * MARGIN)
    for line in wrapped(words, WIDTH - 2 * MARGIN, size, bold=True):
        y += size * 1.4
        svg.text(MARGIN, y, line, size=size, bold=True)
    y += 24
    svg.text(MARGIN, y, below, size=13, fill=QUIET, within=WIDTH - 2 * MARGIN)
    return y + 16


def panel(svg: Svg, box: Box, title: str, note: str = "") -> Box:
    """A titled part of the page; gives the room under its title."""
    svg.line((box.x, box.y), (box.right, box.y), INK, 1)
    svg.text(box.x, box.y + 20, title, size=15, bold=True, within=box.width)
    top = 30.0
    for line in wrapped(note, box.width, 12) if note else ():
        svg.text(box.x, box.y + top + 7, line, size=12, fill=QUIET)
        top += 16
    return Box(box.x, box.y + top, box.width, box.height - top)


def foot(svg: Svg, label: str) -> None:
    """Source and day at the bottom of the page."""
    y = svg.height - 22
    svg.line((MARGIN, y - 18), (WIDTH - MARGIN, y - 18))
    words = f"Kasauti · {label} · a description, not advice"
    svg.text(MARGIN, y, words, size=12, fill=QUIET, within=WIDTH - 2 * MARGIN)


def value_axis(
    svg: Svg, box: Box, low: float, high: float, *, log: bool = False, most: int = 5, sign: str = ""
) -> Scale:
    """Horizontal lines at round values with their labels at the left; gives the scale."""
    scale = Scale(low, high, box.bottom, box.y, log=log)
    marks = log_ticks(low, high, most) if log and low > 0 else ticks(low, high, most)
    for mark, words in zip(marks, tick_texts(marks), strict=True):
        y = scale(mark)
        svg.line((box.x, y), (box.right, y), INK if mark == 0 and low < 0 else RULE)
        svg.text(box.x - 6, y + 4, signed(f"{words}{sign}"), size=11, fill=QUIET, anchor="end")
    return scale


def price_range(values: Sequence[float]) -> tuple[float, float, bool]:
    """Room for those prices, and whether the axis is better logarithmic."""
    low, high = min(values), max(values)
    gap = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    log = low > 0 and high / low >= _LOG_FROM
    return (low * 0.97, high * 1.03, True) if log else (low - gap, high + gap, False)


def date_axis(svg: Svg, box: Box, first: dt.date, last: dt.date) -> Scale:
    """Marks and names of months or years under the box; gives the scale of day numbers."""
    scale = Scale(first.toordinal(), max(last.toordinal(), first.toordinal() + 1), box.x, box.right)
    for day, words in date_ticks(first, last, int(box.width / 7)):
        x = scale(day.toordinal())
        svg.line((x, box.bottom), (x, box.bottom + 4), QUIET)
        if x < box.right - 12:
            svg.text(x, box.bottom + 17, words, size=11, fill=QUIET, anchor="middle")
    return scale


def bars(
    svg: Svg, box: Box, names: Sequence[str], values: Sequence[float | None], fill: str
) -> None:
    """Upright bars with their values over them; those below zero in another colour."""
    known = [value for value in values if value is not None]
    if not known:
        svg.text(box.x, box.y + 30, "No figures.", size=12, fill=QUIET)
        return
    low, high = min(0.0, *known), max(0.0, *known)
    room = Box(box.x, box.y + 16, box.width, box.height - 36 - (14 if low < 0 else 0))
    scale = Scale(low, high or 1.0, room.bottom, room.y)
    step = room.width / max(len(values), 1)
    wide = min(step * 0.72, 56)
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        middle = room.x + (at + 0.5) * step
        svg.text(middle, box.bottom - 4, name, size=11, fill=QUIET, anchor="middle")
        if value is None:
            svg.text(middle, scale(0) - 4, "–", size=11, fill=QUIET, anchor="middle")
            continue
        top, end = min(scale(value), scale(0)), max(scale(value), scale(0))
        svg.rect(middle - wide / 2, top, wide, max(end - top, 0.8), fill if value >= 0 else BAD)
        words = short_number(value)
        y = top - 4 if value >= 0 else end + 13
        svg.text(middle, y, words, size=11, anchor="middle")
    svg.line((room.x, scale(0)), (room.right, scale(0)), INK)


def short_number(value: float) -> str:
    """A figure over a bar: no decimals from 100 up, lakh from ten lakh up."""
    size = abs(value)
    if size >= 1e6:
        return signed(f"{value / 1e5:.1f} lakh")
    return signed(grouped(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size else 0))


def signed(number: str) -> str:
    """A number's text with a true minus."""
    return f"−{number[1:]}" if number.startswith("-") else number.replace("₹ -", "₹ −")
