"""Where the marks of an axis stand and what is written at them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Final

from tui.format import grouped, period

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_LABEL: Final = 9  # cells a date label takes with its gap


def finite(values: Sequence[float | None]) -> list[float]:
    """The values that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from `low` to `high`, at most `most` of them, evenly spaced."""
    if not high > low or most < 1:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (*_STEPS, 20.0, 25.0, 50.0):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(i * step, 10) + 0.0 for i in range(first, last + 1)]
    return []


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values for a logarithmic axis, else those of a plain one where they are too few."""
    for factors in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]
        if 3 <= len(found) <= most:
            return found
    return [value for value in ticks(low, high, most) if value > 0]


def tick_texts(values: Sequence[float]) -> list[str]:
    """The values with as few decimals as tell them apart, grouped the Indian way."""
    for decimals in (0, 1, 2, 3):
        if all(abs(v - round(v, decimals)) < 1e-9 * max(abs(v), 1.0) for v in values):
            return [grouped(v, decimals) for v in values]
    return [grouped(v, 3) for v in values]


def date_ticks(first: dt.date, last: dt.date, width: int) -> list[tuple[dt.date, str]]:
    """First days of months, or of years, that fit `width` cells, each with what to write there."""
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((s for s in _MONTH_STEPS if months / s <= max(width // _LABEL, 1)), 240)
    found: list[tuple[dt.date, str]] = []
    start = first.year * 12 + first.month - 1
    for number in range(start - start % step, last.year * 12 + last.month, step):
        day = dt.date(number // 12, number % 12 + 1, 1)
        if first <= day <= last:
            found.append((day, _date_text(day, step, not found)))
    return found


def _date_text(day: dt.date, step: int, is_first: bool) -> str:
    if step >= 12:
        return str(day.year)
    whole = period(day)
    return whole if is_first or day.month <= step else whole[:3]
