"""A row of numbers as one word of blocks, for the trend beside a row of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from tui.charts.axes import finite

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS: Final = "_.-~^"


def spark(values: Sequence[float | None], *, ascii: bool = False) -> str:
    """A character a value, the lowest ▁ and the highest █; a blank where there is none.

    Equal values stand at half height. Fewer than two values make no trend and give an empty text.
    """
    known = finite(values)
    if len(known) < 2:
        return ""
    levels = _ASCII_LEVELS if ascii else _LEVELS
    low, high = min(known), max(known)
    last = len(levels) - 1

    def mark(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return " "
        share = (value - low) / (high - low) if high > low else 0.5
        return levels[round(share * last)]

    return "".join(mark(value) for value in values)
