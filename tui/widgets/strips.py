"""The strips a grid's lines are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.rows import Column

GAP: Final = 2  # blank cells before every column but the first; the sort arrow stands in them


def add_header_cell(
    parts: list[tuple[str, Style]],
    column: Column,
    text: str,
    arrow: str,
    style: Style,
    base: Style,
) -> None:
    """Append a header cell and its gap; a sort arrow may use the blank cells beside the text."""
    if len(text) > column.width:
        text = column.fit(text)
    space = " " if len(text) + len(arrow) < column.width else ""
    over = 0
    if column.right:
        text = (f"{arrow}{space}{text}" if arrow else text).rjust(column.width)
        over = len(text) - column.width
        if over > 0:
            before, its_style = parts[-1]
            parts[-1] = (before[:-over], its_style)
        over = 0
    else:
        text = (f"{text}{space}{arrow}" if arrow else text).ljust(column.width)
        over = len(text) - column.width
    parts.append((text, style))
    parts.append((" " * (GAP - over), base))


def strip_of(parts: Sequence[tuple[str, Style]]) -> Strip:
    """A strip in which neighbours of one style are one segment."""
    segments: list[Segment] = []
    run: list[str] = []
    style: Style | None = None
    for text, its in parts:
        if its is not style and run:
            segments.append(Segment("".join(run), style))
            run = []
        run.append(text)
        style = its
    if run:
        segments.append(Segment("".join(run), style))
    return Strip(segments)
