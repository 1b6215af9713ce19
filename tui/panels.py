"""A table with what is drawn or told of its row under the cursor. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from tui.charts.text import Chart, Part
from tui.format import UNKNOWN
from tui.rows import NO_ROWS, Column, TextRows

Draw = Callable[[int, int, int, bool], Chart]  # row, width, height, and whether in ASCII only
Head = tuple[str, str]  # the two lines over a column


@dataclass(frozen=True)
class Panel:
    """What a tab shows: a table, a drawing, or a table over the drawing of its row.

    `opens` names what each row opens, an ISIN mostly; empty where it opens nothing. The drawing has
    at least `least` lines where there is a table too. `empty` stands where there are no rows.
    """

    title: str
    rows: TextRows = NO_ROWS
    opens: tuple[str, ...] = ()
    draw: Draw | None = None
    notes: tuple[tuple[Part, ...], ...] = ()
    frozen: int = 1
    least: int = 9
    start: int | None = None  # the row where the cursor begins, if not the first
    empty: str = "No figures."

    def opened(self, row: int) -> str:
        """What that row opens."""
        return self.opens[row] if 0 <= row < len(self.opens) else ""


def signed_tone(text: str) -> str:
    """How a signed number is set: losses apart, unknowns dim."""
    if text == UNKNOWN:
        return "missing"
    return "negative" if text.startswith(("-", "−")) else ""


def text_rows(
    heads: Sequence[Head],
    cells: Sequence[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
    tones: Sequence[str] = (),
    most: int = 60,
) -> TextRows:
    """Rows of ready text, each column as wide as its widest cell, text cut to `most`."""
    if not cells:
        return NO_ROWS
    columns = []
    for at, (upper, lower) in enumerate(heads):
        widest = max(cell_len(row[at]) for row in cells)
        width = max(min(widest, most) if at in left else widest, len(upper), len(lower), 1)
        title = f"{upper} {lower}".strip()
        right = at not in left
        columns.append(Column(str(at), (upper, lower), width, right, title, tone=signed_tone))
    return TextRows(tuple(columns), tuple(tuple(row) for row in cells), tuple(tones))


def folded(words: str, width: int, style: str = "", indent: int = 1) -> Chart:
    """A sentence broken between words, a line each."""
    from textwrap import wrap

    kept = words.replace(" %", "\N{NO-BREAK SPACE}%").replace("₹ ", "₹\N{NO-BREAK SPACE}")
    lines = wrap(kept, max(width - indent, 20), break_on_hyphens=False)
    spaced = (line.replace("\N{NO-BREAK SPACE}", " ") for line in lines)
    return tuple(((" " * indent + line, style),) for line in spaced)


def shortened(lines: Chart, most: int) -> Chart:
    """The first lines of running text; an ellipsis says that there is more."""
    if len(lines) <= most or not most:
        return lines[:most]
    *before, (text, style) = lines[most - 1]
    return (*lines[: most - 1], (*before, (f"{text.rstrip(' ,;:')} …", style)))


def beside(left: Chart, right: Chart, width: int, gap: int = 3) -> Chart:
    """Two drawings next to each other, the left one `width` cells wide."""
    tall = max(len(left), len(right))
    lines = []
    for at in range(tall):
        first = left[at] if at < len(left) else ()
        used = sum(cell_len(text) for text, _ in first)
        second = right[at] if at < len(right) else ()
        lines.append((*first, (" " * max(width - used + gap, 1), ""), *second))
    return tuple(lines)
