"""A company's own history of P/E as panel columns: at month-ends, by the earnings known then.

Months with earnings at or below zero are left out (METHOD 5). Prices and earnings are in the
shares a company began with, so that one series serves every day; a restated EPS counts from the
day it was restated, for the whole history at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from screener.market.bars import Bars, Floats, Ints, month_number, windows
from screener.market.reports import Reports
from screener.market.schema import KINDS
from screener.market.trading import Looks, row_medians

PE_YEARS: Final = (3, 5, 7, 10)
_MIN_MONTHS: Final = 36
_STALE_DAYS: Final = 500  # earnings of an older period stand for no month
_YEAR_OF_QUARTERS_DAYS: Final = 290  # first to last quarter end of a trailing year
_DAY_BITS: Final = 20

COLUMNS: Final = (
    "pe_months",
    "pe_pctile_5y",
    *(f"pe_{name}_{years}y" for years in PE_YEARS for name in ("mean", "median")),
)


class Multiples:
    """The P/E history of each row of `looks`. `series` are of its `months`; −1 for none."""

    def __init__(self, looks: Looks, months: MonthEnds, series: Ints, scale: Floats) -> None:
        self._looks = looks
        self._bars = looks.bars
        self._months = months
        self._scale = scale  # a P/E of the beginning × scale is one in today's shares
        self._series = series

    def column(self, name: str) -> pl.Series:
        """One of COLUMNS; null where the history is too short."""
        if not len(self._bars.day):
            values = np.full(len(self._looks.day), np.nan)
        elif name == "pe_months":
            values = np.where(self._count(max(PE_YEARS)) > 0, self._count(5), np.nan)
        elif name == "pe_pctile_5y":
            values = self._rank
        else:
            _, kind, years = name.split("_")
            values = self._average(kind, int(years.removesuffix("y")))
        series = pl.Series(name, values, nan_to_null=True)
        return series.cast(pl.UInt32) if name == "pe_months" else series

    @cached_property
    def _known(self) -> np.ndarray:
        return self._looks.traded & (self._series >= 0)

    @cached_property
    def _current(self) -> Floats:
        """The P/E of the last bar, which ends the month it lies in."""
        out = np.full(len(self._looks.day), np.nan)
        rows = np.flatnonzero(self._known)
        out[rows] = self._months.ratio(self._series[rows], self._looks.last[rows])
        return out

    def _span(self, years: int) -> tuple[Ints, Ints]:
        """The earlier month-ends of so many years: the first, and the one after the last."""
        looks = self._looks
        first = np.maximum(
            self._months.first_from(looks.start),
            self._months.first_after(looks.company, looks.back(f"-{years}y")),
        )
        end = self._months.first_from(looks.last)
        shift = self._months.shift(self._series)
        return np.minimum(first, end) + shift, end + shift

    def _count(self, years: int) -> Ints:
        """How many months of so many years have a P/E, this one among them."""
        first, end = self._span(years)
        sums = self._months.counts
        found = np.where(self._known, sums[end * self._known] - sums[first * self._known], 0)
        return found + np.isfinite(self._current)

    def _windows(self, years: int) -> Iterator[tuple[Ints, Floats]]:
        """Rows with enough months, and the P/E of their earlier ones, block by block."""
        first, end = self._span(years)
        enough = self._count(years) >= min(_MIN_MONTHS, 12 * years)
        rows = np.flatnonzero(enough)
        ratios = self._months.ratios
        for part, window in windows(ratios, first[rows], end[rows] - 1, 12 * years):
            yield rows[part], window

    def _average(self, kind: str, years: int) -> Floats:
        out = np.full(len(self._looks.day), np.nan)
        for rows, window in self._windows(years):
            months = np.column_stack([window, self._current[rows]])
            out[rows] = row_medians(months) if kind == "median" else np.nanmean(months, axis=1)
        return out * self._scale

    @cached_property
    def _rank(self) -> Floats:
        """The place of this month among those of five years; null where it has no P/E or bar."""
        looks = self._looks
        out = np.full(len(looks.day), np.nan)
        this_month = month_number(looks.day) == month_number(self._bars.day[looks.last])
        counts = self._count(5)
        for rows, window in self._windows(5):
            current = self._current[rows]
            below = np.count_nonzero(window < current[:, None], axis=1)
            equal = 1 + np.count_nonzero(window == current[:, None], axis=1)
            rank = (below + 0.5 * equal) / counts[rows] * 100
            out[rows] = np.where(this_month[rows] & np.isfinite(current), rank, np.nan)
        return out


class MonthEnds:
    """The P/E of each company's month-ends by each of some series of earnings, in one array."""

    def __init__(self, bars: Bars, earnings: Earnings, codes: Ints, series: Ints) -> None:
        """`codes` are the companies' numbers in the bars, `series` those that will be asked for."""
        self._bars, self._earnings = bars, earnings
        ends = bars.month_ends
        company = bars.company[ends]
        self._keys: Ints = (company << _DAY_BITS) | bars.day[ends]
        used = np.unique(series[series >= 0])
        code = codes[earnings.row_of(used)]
        used, code = used[code >= 0], code[code >= 0]
        begin = np.searchsorted(company, code)
        length = np.searchsorted(company, code, side="right") - begin
        offset = np.cumsum(length) - length
        self._used, self._shift = used, offset - begin
        at = np.arange(int(length.sum())) - np.repeat(self._shift, length)
        self.ratios = self.ratio(np.repeat(used, length), ends[at])
        #: How many ratios before each position, and before the end, are known.
        self.counts: Ints = np.concatenate([[0], np.cumsum(np.isfinite(self.ratios))])

    def ratio(self, series: Ints, position: Ints) -> Floats:
        """The P/E of bars by the earnings known on their day; NaN for none."""
        day = self._bars.day[position]
        eps, end = self._earnings.known(series, day)
        known = (eps > 0) & (day - end < _STALE_DAYS)
        return np.where(known, self._bars.begun[position] / np.where(known, eps, 1), np.nan)

    def shift(self, series: Ints) -> Ints:
        """What turns a month-end into the position of its ratio by that series."""
        if not len(self._used):
            return np.zeros(len(series), np.int64)
        at = np.minimum(np.searchsorted(self._used, series), len(self._used) - 1)
        found: Ints = self._shift[at]
        return found

    def first_from(self, position: Ints) -> Ints:
        """The first month-end at or after a bar."""
        return np.searchsorted(self._bars.month_ends, position)

    def first_after(self, company: Ints, day: Ints) -> Ints:
        """The first month-end of a company after a day."""
        return np.searchsorted(self._keys, (company << _DAY_BITS) | day, side="right")


class Earnings:
    """Trailing EPS, by the day it became known; a series for each company, basis and restatement.

    A series holds the values as the last restatement left them, each from the day a figure of its
    period was first known.
    """

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._units = 2 * reports.companies
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

    def row_of(self, series: Ints) -> Ints:
        """The company of each series."""
        if not len(self._restated_keys):
            return series // 2
        restated = series - self._units
        unit = self._restated_keys[np.maximum(restated, 0)] // self._epochs
        return np.where(restated >= 0, unit, series) // 2

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
