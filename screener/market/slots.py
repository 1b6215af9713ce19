"""Which slot of the panel a period falls into: how many years or quarters back it lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

YEARS: Final = 12
QUARTERS: Final = 16  # twelve quarters and the same ones a year before
HOLDINGS: Final = 13
STALE_BASIS_DAYS: Final = 200


@dataclass(frozen=True)
class Slots:
    """The slots of a kind of report: their letter, how many, the statements they hold."""

    letter: str
    count: int
    statements: tuple[str, ...]


#: Kind of report → its slots. An interim balance sheet is read for `…@L` alone.
SLOTS: Final = {
    "annual": Slots("", YEARS, ("profit_loss", "balance_sheet", "cash_flow", "ratios")),
    "quarter": Slots("q", QUARTERS, ("profit_loss",)),
    "interim": Slots("i", 1, ("balance_sheet",)),
    "holding": Slots("h", HOLDINGS, ("shareholding",)),
    "snapshot": Slots("s", 1, ("snapshot",)),
}


def slots_of(kind: str, unit: Ints, month: Ints, span: Ints) -> Ints:
    """The slot of each report; 0 is its unit's latest.

    The reports come by unit, then by period; `month` is a running number, `span` the length of the
    period. Annual slots count reports, so a 15-month year is one step; where reports are missing
    the slots of the missing years stay empty. Others fall on a three-month grid.
    """
    import numpy as np

    if not len(unit):
        return np.zeros(0, np.int64)
    last = np.append(unit[1:] != unit[:-1], True)
    ends = np.flatnonzero(last)
    latest = ends[np.searchsorted(ends, np.arange(len(unit)))]
    if kind != "annual":
        return np.rint((month[latest] - month) / 3).astype(np.int64)
    length = np.where(span > 0, span, 12)
    step = np.zeros(len(unit), np.int64)
    gap = (month[1:] - month[:-1] - length[1:]) / 12
    step[:-1] = np.where(last[:-1], 0, 1 + np.maximum(np.rint(gap), 0))
    back = np.cumsum(step)
    return back[latest] - back + step
