"""What a printed cell, label or period header means."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

_BLANK: Final = frozenset({"", "-", "--", "–", "—", "nan", "NaN", "N/A"})
_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_PERIOD: Final = re.compile(r"([A-Z][a-z]{2}) ([0-9]{4})\s*(?:([0-9]{1,2})m)?")
_MONTHS: Final = {name: i for i, name in enumerate(calendar.month_abbr) if name}
_LONGEST_PERIOD: Final = 24
_HALF_YEAR: Final = 6


@dataclass(frozen=True)
class Period:
    """A column's period: its last day, and its length where the header states one."""

    end: dt.date
    months: int | None = None


def number(cell: str) -> float | None:
    """The number a cell shows, None where it is blank. Percent stays in percent points.

    Raises ValueError for anything else.
    """
    if cell in _BLANK:
        return None
    plain = cell.replace(",", "").removesuffix("%").strip().replace("−", "-")
    plain = plain.removeprefix("₹").strip()
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"{cell!r} is not a number")
    return float(plain)


def label(cell: str) -> str:
    """A row's name without the sign that it can be unfolded."""
    return cell.removesuffix("+").strip()


@lru_cache(maxsize=1024)
def period(header: str) -> Period | None:
    """The period a header names, None for the trailing year (TTM).

    `Mar 2024`, and where a year is not twelve months `Mar 2016 9m` or `Mar 20169m`. Raises
    ValueError for anything else.
    """
    if header.upper() == "TTM":
        return None
    found = _PERIOD.fullmatch(header)
    if not found or found[1] not in _MONTHS:
        raise ValueError(f"{header!r} is not a period")
    month, year = _MONTHS[found[1]], int(found[2])
    months = int(found[3]) if found[3] else None
    if not 1950 <= year <= 2100 or (months is not None and not 1 <= months <= _LONGEST_PERIOD):
        raise ValueError(f"{header!r} is not a period")
    return Period(month_end(year, month), months)


def month_end(year: int, month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])


def lengths_of_quarters(ends: Sequence[dt.date]) -> list[int]:
    """How many months each column of the results table covers: 3, or 6 for half-yearly filers.

    A filer is half-yearly while its columns lie six months apart from the first on. A single gap
    of six months among quarters is a missing quarter, not a half-year.
    """
    gaps = [(b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(ends)]
    run = next((i for i, gap in enumerate(gaps) if gap != _HALF_YEAR), len(gaps))
    halves = run + 1 if run == len(gaps) > 0 or run > 1 else 0
    return [_HALF_YEAR if i < halves else 3 for i in range(len(ends))]
