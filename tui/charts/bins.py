"""Counts by ranges of unequal width: a column a range with its count, the edges under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.charts.bars import BLOCKS
from tui.charts.text import QUIET, Cells, Chart, too_few
from tui.format import grouped

_WIDEST: Final = 12  # cells a column


def bin_chart(
    counts: Sequence[int],
    edges: Sequence[str],
    styles: Sequence[str],
    *,
    width: int,
    height: int,
    ascii: bool = False,
) -> Chart:
    """A column for each count, exactly `height` lines; `edges` has what stands left of each.

    An edge that finds no room is left out; a count that is not zero shows at least a trace.
    """
    step = min((width - 4) // max(len(counts), 1), _WIDEST)
    rows = height - 2
    most = max(counts, default=0)
    if step < 3 or rows < 2 or not most:
        return too_few(width, height)
    cells = Cells(width, height)
    start = 3
    for at, (count, style) in enumerate(zip(counts, styles, strict=True)):
        x = start + at * step
        eighths = max(round(count / most * rows * 8), 1 if count else 0)
        if ascii:
            eighths = 8 * max(round(eighths / 8), 1 if count else 0)
        full = (eighths + 7) // 8
        for up in range(full):
            part = min(eighths - 8 * up, 8)
            cells.put(x, height - 2 - up, ("#" if ascii else BLOCKS[part]) * (step - 1), style)
        text = grouped(count)
        if len(text) < step or step > 3:
            cells.put(x + max((step - 1 - len(text) + 1) // 2, 0), height - 2 - full, text, QUIET)
    for at, edge in enumerate(edges):
        x = start + at * step - 1 - len(edge) // 2
        x = min(max(x, 0), width - len(edge))
        if cells.is_free(max(x - 1, 0), height - 1, min(len(edge) + 1, width - max(x - 1, 0))):
            cells.put(x, height - 1, edge, QUIET)
    return cells.lines()
