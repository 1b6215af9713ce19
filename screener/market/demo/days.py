"""The demo market's calendar: sessions, quarter ends, and when a report becomes known."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DEMO_DATE: Final = dt.date(2026, 1, 27)
FIRST_SESSION: Final = dt.date(2021, 1, 1)
FIRST_QUARTER: Final = dt.date(2012, 3, 31)
QUARTERS: Final = 56  # quarter 0 ends in March 2012, quarter 55 in December 2025
YEARS: Final = 12
_HOLIDAYS: Final = ((1, 26), (4, 14), (5, 1), (8, 15), (10, 2), (12, 25))


@cache
def holidays() -> Days:
    """Weekdays on which the demo market is closed."""
    span = range(FIRST_QUARTER.year, DEMO_DATE.year + 1)
    days = [dt.date(y, m, d) for y in span for m, d in _HOLIDAYS]
    return np.array(days, dtype="datetime64[D]")


@cache
def sessions() -> Days:
    """Every session of the price history, the last one is DEMO_DATE."""
    days = np.arange(np.datetime64(FIRST_SESSION), np.datetime64(DEMO_DATE) + 1)
    out: Days = days[np.is_busday(days, holidays=holidays())]
    return out


@cache
def quarter_ends() -> Days:
    """The last day of each quarter."""
    months = np.datetime64(FIRST_QUARTER, "M") + 3 * np.arange(QUARTERS)
    out: Days = (months + 1).astype("datetime64[D]") - 1
    return out


def session_on_or_after(days: Days) -> Days:
    """The first session at or after each day."""
    out: Days = np.busday_offset(days, 0, roll="forward", holidays=holidays())
    return out


def quarter_of(day: Days) -> Ints:
    """The quarter each day falls into; a quarter holds its own last day."""
    return np.searchsorted(quarter_ends(), day, side="left")
