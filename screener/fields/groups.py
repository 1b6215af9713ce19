"""Peer groups that climb until they are large enough, and the statistics of each company's group.

A company belongs to its own group. The levels run from narrow to broad; a company uses the first
level on which at least eight others have a value (METHOD 5). The arithmetic is in `grouping`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields.company import is_holding

if TYPE_CHECKING:
    from screener.fields.grouping import Floats, Groups

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
    compared = [pl.when(~is_holding()).then(code.cast(pl.UInt16)) for code in codes]
    return [code.fill_null(0).alias(f"{i}") for i, code in enumerate(compared)]


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


def _groups_of(inputs: pl.Series) -> Groups:
    from screener.fields.grouping import Groups

    parts = inputs.struct
    codes = [parts.field(str(i)).to_numpy() for i in range(len(LEVELS))]
    return Groups(parts.field("value").fill_null(float("nan")).to_numpy(), codes)


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
        other = inputs.struct.field(name).fill_null(float("nan")).to_numpy()
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
