"""Lines of styled text, and a grid of cells to put marks into before they become lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.content import Content

Part = tuple[str, str]  # text and the name of a style
Line = tuple[Part, ...]
Chart = tuple[Line, ...]

QUIET: Final = "$quiet"
FAINT: Final = "$faint"
TOO_FEW: Final = "Too few figures to draw."


class Cells:
    """A rectangle of cells, each blank or one character in one style."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(width, 0), max(height, 0)
        self._rows: list[list[Part]] = [[(" ", "")] * self.width for _ in range(self.height)]

    def put(self, x: int, y: int, text: str, style: str = "") -> None:
        """Write `text` from that cell on; what lies outside is left out."""
        if 0 <= y < self.height:
            for at, char in enumerate(text, start=x):
                if 0 <= at < self.width:
                    self._rows[y][at] = (char, style)

    def is_free(self, x: int, y: int, length: int) -> bool:
        """Whether so many cells from there on are inside and blank."""
        inside = 0 <= y < self.height and 0 <= x <= self.width - length
        return inside and all(char == " " for char, _ in self._rows[y][x : x + length])

    def lines(self) -> Chart:
        """The rows, neighbours of one style joined."""
        return tuple(_joined(row) for row in self._rows)


def _joined(row: Iterable[Part]) -> Line:
    groups = groupby(row, key=lambda part: part[1])
    return tuple(("".join(char for char, _ in cells), style) for style, cells in groups)


def too_few(width: int, height: int) -> Chart:
    """A chart of that size that says there is nothing to draw."""
    cells = Cells(width, height)
    cells.put(2, height // 2, TOO_FEW, QUIET)
    return cells.lines()


def legend(entries: Sequence[tuple[str, str, str]], width: int, indent: int) -> Line:
    """(mark, name, style) entries on one line from column `indent` on; the last give way."""
    parts: list[Part] = [(" " * min(indent, width), "")]
    room = width - indent
    for mark, name, style in entries:
        gap = "   " if len(parts) > 1 else ""
        length = len(gap) + len(mark) + 1 + len(name)
        if length > room:
            break
        parts += [(gap + mark, style), (f" {name}", QUIET)]
        room -= length
    return tuple(parts)


def heading(title: str, about: str, width: int) -> Line:
    """The line over a chart; what it is about gives way where there is no room for both."""
    fits = len(title) + len(about) + 4 <= width
    return ((f" {title}", "bold"), (f"  {about}" if fits else "", QUIET))


def sentence(words: Iterable[str], width: int) -> Line:
    """The line of figures under a chart: as many of them as fit."""
    kept: list[str] = []
    for word in words:
        if len(" · ".join([*kept, word])) + 2 > width:
            break
        kept.append(word)
    return ((f" {' · '.join(kept)}", ""),)


def text_of(chart: Chart) -> list[str]:
    """The characters alone, a text a line."""
    return ["".join(text for text, _ in line) for line in chart]


def as_content(chart: Iterable[Line]) -> Content:
    """The lines as one Textual content. No text in it is read as markup."""
    from textual.content import Content

    return Content("\n").join(Content.assemble(*line) for line in chart)
