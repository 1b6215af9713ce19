"""Peer groups that climb until they are large enough, and the statistics of each company's group.

A company belongs to its own group. The levels run from narrow to broad; a company uses the first
level on which at least MIN_PEERS others have a value (METHOD 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint16]  # the group of each company on a level; 0 is no group

MIN_PEERS: Final = 8
LEVELS: Final = ("basic industry", "industry", "sector", "size segment", "market")

#: What `peers_of` returns of each company's group.
STATISTICS: Final[dict[str, type[pl.DataType]]] = {
    "level": pl.UInt8,  # index into LEVELS; null where even the market is too small
    "count": pl.UInt32,  # other companies of the group with a value
    "median": pl.Float64,
    "mad": pl.Float64,  # median distance from the median
    "mean": pl.Float64,
    "percentile": pl.Float64,  # 0 to 100 within the group, ties in the middle
    "market_percentile": pl.Float64,  # the same among all companies
}


def level_codes() -> list[pl.Expr]:
    """A number for the group of each company, level by level; 0 where it is in none."""
    large = pl.col("size_class").is_in(["large", "mid"]).cast(pl.UInt16) + 1
    named = [pl.col(name).rank("dense") for name in ("basic_industry", "industry", "sector")]
    codes = [*named, large, pl.lit(1)]
    return [code.cast(pl.UInt16).fill_null(0).alias(f"{i}") for i, code in enumerate(codes)]


def peers_of(
    value: pl.Expr, codes: Sequence[pl.Expr] | None = None, *, mad: bool = True
) -> pl.Expr:
    """A struct of STATISTICS of each company's peers for a value.

    Works on any frame with basic_industry, industry, sector and size_class, e.g.
    `frame.select(peers_of(pl.col("roe")).struct.field("median"))`. `codes` are those of
    `level_codes`, where they are columns already. The MAD costs as much as all the rest.
    """
    inputs = pl.struct(value.cast(pl.Float64).alias("value"), *(codes or level_codes()))
    wanted = {key: dtype for key, dtype in STATISTICS.items() if mad or key != "mad"}
    return inputs.map_batches(partial(_statistics, wanted), return_dtype=pl.Struct(wanted))


def totals_of(
    value: pl.Expr, others: Sequence[pl.Expr], codes: Sequence[pl.Expr] | None = None
) -> pl.Expr:
    """A struct with a field for each of `others`, named by its position: its sum over the peers.

    Only companies with a value count; the groups are those of `peers_of(value)`. The last field,
    `size`, is how many companies these are.
    """
    named = [other.cast(pl.Float64).alias(f"of {i}") for i, other in enumerate(others)]
    inputs = pl.struct(value.cast(pl.Float64).alias("value"), *named, *(codes or level_codes()))
    fields = {str(i): pl.Float64 for i in range(len(others))} | {"size": pl.Float64}
    return inputs.map_batches(_totals, return_dtype=pl.Struct(fields))


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


def _groups_of(inputs: pl.Series) -> Groups:
    parts = inputs.struct
    codes = [parts.field(str(i)).to_numpy() for i in range(len(LEVELS))]
    return Groups(parts.field("value").fill_null(np.nan).to_numpy(), codes)


def _statistics(wanted: Mapping[str, type[pl.DataType]], inputs: pl.Series) -> pl.Series:
    groups = _groups_of(inputs)
    level = pl.Series("level", groups.level)
    size = pl.Series(groups.size(), nan_to_null=True)
    columns: dict[str, Floats | pl.Series] = {
        "level": level.set(level < 0, None),
        "count": size - groups.has_value,
        "median": groups.median(),
        "mean": groups.total(groups.values) / groups.size(),
        "percentile": groups.percentile(),
        "market_percentile": groups.market_percentile(),
    }
    if "mad" in wanted:
        columns["mad"] = groups.mad()
    return _struct(inputs.name, {key: columns[key] for key in wanted}, wanted)


def _totals(inputs: pl.Series) -> pl.Series:
    groups = _groups_of(inputs)
    others = [name for name in inputs.struct.fields if name.startswith("of ")]
    columns: dict[str, Floats | pl.Series] = {}
    for i, name in enumerate(others):
        other = inputs.struct.field(name).fill_null(np.nan).to_numpy()
        columns[str(i)] = groups.total(other)
    columns["size"] = groups.size()
    return _struct(inputs.name, columns, dict.fromkeys(columns, pl.Float64))


def _struct(
    name: str, columns: Mapping[str, Floats | pl.Series], dtypes: Mapping[str, type[pl.DataType]]
) -> pl.Series:
    frame = pl.DataFrame(
        [
            pl.Series(key, column, nan_to_null=True).cast(dtypes[key])
            for key, column in columns.items()
        ]
    )
    return frame.to_struct(name)
