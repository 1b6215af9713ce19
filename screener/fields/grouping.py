"""Statistics of peer groups over arrays: sizes, medians, spreads, percentiles.

How the levels are made and what is asked of them is in `groups`; numpy is loaded with this module,
so it is imported where values are computed and not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint16]  # the group of each company on a level; 0 is no group

MIN_PEERS: Final = 8


class Groups:
    """The group of each company for one value, NaN where it has none."""

    def __init__(self, values: Floats, codes: Sequence[Codes]) -> None:
        self.values = values
        self.codes = codes
        self.has_value = ~np.isnan(values)
        self._order = np.argsort(values, kind="stable")[: int(self.has_value.sum())]
        self._sizes = [
            np.bincount(c[self.has_value], minlength=int(c.max(initial=0)) + 1) for c in codes
        ]
        self.level = self._first_large_enough()

    def _first_large_enough(self) -> npt.NDArray[np.int64]:
        """The level each company uses; −1 where even the broadest group is too small."""
        level = np.full(len(self.values), -1)
        for i in reversed(range(len(self.codes))):
            code = self.codes[i]
            others = self._sizes[i][code] - self.has_value
            level[(others >= MIN_PEERS) & (code > 0)] = i
        return level

    def spread(self, per_group: Sequence[Floats]) -> Floats:
        """Hand each company the value of its group, given the values of all groups by level."""
        out = np.full(len(self.values), np.nan)
        for i, code in enumerate(self.codes):
            mine = self.level == i
            out[mine] = per_group[i][code[mine]]
        return out

    def size(self) -> Floats:
        """Companies of the group with a value."""
        return self.spread([sizes.astype(np.float64) for sizes in self._sizes])

    def total(self, other: Floats) -> Floats:
        """The sum of another column over the companies of the group with a value."""
        counted = np.where(self.has_value, np.nan_to_num(other), 0.0)
        return self.spread([np.bincount(c, counted).astype(np.float64) for c in self.codes])

    def median(self) -> Floats:
        """The median of the group."""
        return self.spread([_medians(self.values, self._order, c) for c in self.codes])

    def mad(self) -> Floats:
        """The median distance from the median of the group."""
        spreads = []
        for code in self.codes:
            middle = _medians(self.values, self._order, code)
            distance = np.abs(self.values - middle[code])
            order = np.argsort(distance, kind="stable")[: len(self._order)]
            spreads.append(_medians(distance, order, code))
        return self.spread(spreads)

    def percentile(self) -> Floats:
        """Percentile within the group, 0 to 100, ties in the middle."""
        out = np.full(len(self.values), np.nan)
        for i, code in enumerate(self.codes):
            mine = (self.level == i) & self.has_value
            if mine.any():
                out[mine] = _percentiles(self.values, self._order, code)[mine]
        return out

    def market_percentile(self) -> Floats:
        """Percentile among all companies, 0 to 100, ties in the middle."""
        return _percentiles(self.values, self._order, np.ones(len(self.values), np.uint16))


def _in_groups(order: npt.NDArray[np.int64], code: Codes) -> tuple[npt.NDArray[np.int64], ...]:
    """Rows sorted by group, then value; where each group starts; how many it has."""
    rows = order[np.argsort(code[order], kind="stable")]
    sizes = np.bincount(code[rows], minlength=int(code.max(initial=0)) + 1)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    return rows, starts, sizes


def _medians(values: Floats, order: npt.NDArray[np.int64], code: Codes) -> Floats:
    """The median of each group; NaN for a group without values."""
    rows, starts, sizes = _in_groups(order, code)
    out = np.full(len(sizes), np.nan)
    some = sizes > 0
    sorted_values = values[rows]
    low = sorted_values[starts[some] + (sizes[some] - 1) // 2]
    high = sorted_values[starts[some] + sizes[some] // 2]
    out[some] = low + (high - low) / 2
    return out


def _percentiles(values: Floats, order: npt.NDArray[np.int64], code: Codes) -> Floats:
    """Percentile of each value within its group; NaN where there is none."""
    rows, starts, sizes = _in_groups(order, code)
    out = np.full(len(values), np.nan)
    if not len(rows):
        return out
    sorted_values, groups = values[rows], code[rows]
    is_new = np.ones(len(rows), bool)
    is_new[1:] = (sorted_values[1:] != sorted_values[:-1]) | (groups[1:] != groups[:-1])
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], len(rows))
    run = np.cumsum(is_new) - 1
    middle = (first + last)[run] / 2 - starts[groups]
    out[rows] = middle / sizes[groups] * 100
    return out
