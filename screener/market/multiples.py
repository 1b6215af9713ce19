"""A company's own history of P/E as panel columns: at month-ends, by the earnings known then.

Months with earnings at or below zero are left out (METHOD 5). Prices and earnings are in the
shares a company began with, so that one series serves every day; a restated EPS counts from the
day it was restated, for the whole history at once.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from screener.market.bars import Floats, Ints
from screener.market.reports import Reports
from screener.market.schema import KINDS
from screener.market.trading import Looks, row_medians

PE_YEARS: Final = (3, 5, 7, 10)
_MIN_MONTHS: Final = 36
_STALE_DAYS: Final = 500  # earnings of an older period stand for no month
_YEAR_OF_QUARTERS_DAYS: Final = 290  # first to last quarter end of a trailing year
_DAY_BITS: Final = 20
_BLOCK: Final = 2_000_000

COLUMNS: Final = (
    "pe_months",
    "pe_pctile_5y",
    *(f"pe_{name}_{years}y" for years in PE_YEARS for name in ("mean", "median")),
)


class Multiples:
    """The P/E history of each row of `looks`. `basis` is 1, 0 or −1, see `Reports.place`."""

    def __init__(
        self,
        looks: Looks,
        earnings: Earnings,
        row: Ints,
        of_date: Ints,
        basis: Ints,
        scale: Floats,
    ) -> None:
        self._looks = looks
        self._bars = looks.bars
        self._row, self._of_date, self._basis = row, of_date, basis
        self._scale = scale  # a P/E of the beginning × scale is one in today's shares
        self._series = earnings

    def column(self, name: str) -> pl.Series:
        """One of COLUMNS; null where the history is too short."""
        series = pl.Series(name, self._columns[name], nan_to_null=True)
        return series.cast(pl.UInt32) if name == "pe_months" else series

    @cached_property
    def _columns(self) -> dict[str, Floats]:
        looks, bars = self._looks, self._bars
        out = {name: np.full(len(looks.day), np.nan) for name in COLUMNS}
        if not len(bars.day):
            return out
        series = self._series.of(self._row, self._basis, self._of_date)
        ends = _month_ends(bars.company, bars.month)
        for begin in range(0, len(looks.day), _BLOCK // 121):
            rows = np.arange(begin, min(begin + _BLOCK // 121, len(looks.day)))
            rows = rows[looks.traded[rows] & (series[rows] >= 0)]
            if len(rows):
                for name, values in self._of_rows(rows, series[rows], ends).items():
                    out[name][rows] = values
        return out

    def _of_rows(self, rows: Ints, series: Ints, ends: Ints) -> dict[str, Floats]:
        looks, bars = self._looks, self._bars
        last, start = looks.last[rows], looks.start[rows]
        # The bar of each of the last 121 month-ends; the current month ends with the last bar.
        at = np.searchsorted(ends, last)[:, None] + np.arange(-120, 1)
        valid = (at >= 0) & (at < len(ends))
        position = np.where(valid, ends[np.where(valid, at, 0)], -1)
        position[:, -1] = last
        valid = position >= start[:, None]
        position = np.where(valid, position, 0)
        day = bars.day[position]
        eps, end = self._series.known(series[:, None], day)
        valid &= (eps > 0) & (day - end < _STALE_DAYS)
        pe = np.where(valid, bars.begun[position] / np.where(valid, eps, 1), np.nan)
        pe *= self._scale[rows][:, None]
        return self._statistics(rows, pe, day, valid)

    def _statistics(
        self, rows: Ints, pe: Floats, day: Ints, valid: np.ndarray
    ) -> dict[str, Floats]:
        looks = self._looks
        out: dict[str, Floats] = {}
        for years in PE_YEARS:
            inside = valid & (day > looks.back(f"-{years}y")[rows][:, None])
            window = np.where(inside, pe, np.nan)
            count = inside.sum(axis=1)
            enough = count >= min(_MIN_MONTHS, 12 * years)
            total = np.where(inside, pe, 0).sum(axis=1)
            out[f"pe_mean_{years}y"] = np.where(enough, total / np.maximum(count, 1), np.nan)
            out[f"pe_median_{years}y"] = np.where(enough, row_medians(window), np.nan)
            if years == 5:
                current = pe[:, -1]
                # Null where this month has no P/E, or no bar.
                today = looks.day[rows].astype("datetime64[D]").astype("datetime64[M]")
                this_month = today.astype(np.int64) == self._bars.month[looks.last[rows]]
                below = (window < current[:, None]).sum(axis=1)
                equal = (window == current[:, None]).sum(axis=1)
                rank = (below + 0.5 * equal) / np.maximum(count, 1) * 100
                ranked = enough & this_month & valid[:, -1]
                out["pe_pctile_5y"] = np.where(ranked, rank, np.nan)
                out["pe_months"] = np.where(valid.any(axis=1), count, np.nan)
        return out


def _month_ends(company: Ints, month: Ints) -> Ints:
    """Positions of the last bar of each company and month."""
    if not len(company):
        return np.zeros(0, np.int64)
    ends = np.append((company[1:] != company[:-1]) | (month[1:] != month[:-1]), True)
    return np.flatnonzero(ends)


class Earnings:
    """Trailing EPS, by the day it became known; a series for each company, basis and restatement.

    A series holds the values as the last restatement left them, each from the day a figure of its
    period was first known.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._units = 2 * reports.companies
        self._variants: dict[int, list[tuple[int, int]]] = {}
        self._keys = np.zeros(0, np.int64)
        self._eps: Floats = np.zeros(0)
        self._end = np.zeros(0, np.int64)
        self._build()

    def of(self, row: Ints, basis: Ints, of_date: Ints) -> Ints:
        """The series that holds for each row on its date; −1 for none."""
        unit = 2 * row + np.maximum(basis, 0)
        out = np.where(basis >= 0, unit, -1)
        keys = self._restated_keys
        if len(keys):
            at = np.searchsorted(keys, unit * self._epochs + of_date, side="right") - 1
            found = np.maximum(at, 0)
            changed = (at >= 0) & (keys[found] // self._epochs == unit) & (basis >= 0)
            out = np.where(changed, self._units + found, out)
        return out

    def known(self, series: Ints, day: Ints) -> tuple[Floats, Ints]:
        """The trailing EPS known on a day, and the end of its period; NaN for none."""
        if not len(self._keys):
            return np.full(day.shape, np.nan), np.zeros(day.shape, np.int64)
        at = np.searchsorted(self._keys, (series << _DAY_BITS) | day, side="right") - 1
        found = np.maximum(at, 0)
        mine = (at >= 0) & (self._keys[found] >> _DAY_BITS == series)
        return np.where(mine, self._eps[found], np.nan), self._end[found]

    def _build(self) -> None:
        facts = self._facts()
        self._epochs = max(len(self._reports.dates), 1)
        variants = facts.filter("revises").select("unit", "epoch").unique().sort("unit", "epoch")
        self._restated_keys: Ints = (
            variants["unit"].to_numpy() * self._epochs + variants["epoch"].to_numpy()
        )
        start = pl.DataFrame(
            {"unit": np.arange(self._units), "epoch": np.full(self._units, -1)},
        ).filter(pl.col("unit").is_in(facts["unit"].unique().implode()))
        asked = pl.concat(
            [
                start.with_columns(pl.col("unit").alias("series")),
                variants.with_columns((self._units + pl.int_range(pl.len())).alias("series")),
            ]
        )
        latest = (
            asked.rename({"epoch": "by"})
            .join(facts, on="unit", maintain_order="left_right")
            .with_columns(pl.col("known").first().over("series", "kind", "end").alias("first"))
            .filter((pl.col("epoch") <= pl.col("by")) | ~pl.col("revises"))
            .unique(["series", "kind", "end"], keep="last", maintain_order=True)
        )
        trailing = _trailing(latest)
        self._keys = (trailing["series"].to_numpy() << _DAY_BITS) | trailing["first"].to_numpy()
        self._eps, self._end = trailing["eps"].to_numpy(), trailing["end"].to_numpy()

    def _facts(self) -> pl.DataFrame:
        """The EPS figures of years and quarters, in the order they became known.

        One `revises` what was known before where its period is on record already, or a later one.
        """
        reports = self._reports
        at = reports.history_of("eps")
        frame = pl.DataFrame(
            {
                "unit": 2 * reports.row[at] + reports.consolidated[at],
                "kind": reports.kind[at],
                "end": reports.period[at],
                "months": reports.months[at],
                "eps": reports.value[at],
                "known": reports.known_at[at],
                "epoch": reports.epoch[at],
            }
        )
        quarter, year = (KINDS.index(kind) for kind in ("quarter", "annual"))
        whole = ((pl.col("kind") == quarter) & (pl.col("months") == 3)) | (
            (pl.col("kind") == year) & (pl.col("months") == 12)
        )
        period, group = ["unit", "kind", "end"], ["unit", "kind"]
        again = pl.col("epoch") > pl.col("epoch").first().over(period)
        late = (pl.col("end") < pl.col("end").cum_max().over(group)) & (
            pl.col("epoch") > pl.col("epoch").first().over(group)
        )
        return frame.filter(whole).with_columns((again | late).alias("revises"))


def _trailing(figures: pl.DataFrame) -> pl.DataFrame:
    """Each day on which a trailing twelve-month EPS became known, the EPS, and its period end."""
    quarter = KINDS.index("quarter")
    quarters = figures.filter(pl.col("kind") == quarter).sort("series", "end")
    four = quarters.with_columns(
        sum((pl.col("eps").shift(n).over("series") for n in range(1, 4)), pl.col("eps")),
        pl.col("end").shift(3).over("series").alias("from"),
        pl.max_horizontal(pl.col("first").shift(n).over("series") for n in range(4)),
    ).filter((pl.col("end") - pl.col("from")) < _YEAR_OF_QUARTERS_DAYS)
    years = figures.filter(pl.col("kind") != quarter)
    columns = ["series", "end", "first", "eps"]
    both = [years.select(columns), four.select(columns)]
    return (
        # Of a year and its four quarters, known on one day, the quarters stand.
        pl.concat([part.with_columns(pl.lit(n).alias("rank")) for n, part in enumerate(both)])
        .sort("series", "first", "end", "rank")
        .filter(pl.col("end") >= pl.col("end").cum_max().over("series"))
        .unique(["series", "first"], keep="last", maintain_order=True)
        .sort("series", "first")
    )
