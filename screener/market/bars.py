"""Every price bar, company by company, with all that does not depend on the day one looks from.

A bar's prices are kept in terms of the shares a company began with: multiplied by the splits,
bonuses and rights since. Dividing by those up to a day gives prices in the shares of that day, so
one series serves every day one may look from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Read = Callable[[Sequence[str]], pl.DataFrame]  # some columns of a table

SHARE_CHANGES: Final = ("split", "bonus", "rights")
FALL_BREAK: Final = 0.7
RISE_BREAK: Final = 1.8
_DAY_BITS: Final = 20
_BLOCK: Final = 4_000_000  # cells of a window at a time
_PART: Final = 1 << 15  # bars at a time that stay in the processor's cache


class Bars:
    """The bars of all companies, oldest first. Positions are into its arrays.

    `prices` may be what reads some columns of the table; `frame` then has isin, date and close,
    and other columns are read when their values are asked for.
    """

    def __init__(self, prices: pl.DataFrame | Read, actions: pl.DataFrame) -> None:
        frame = prices if isinstance(prices, pl.DataFrame) else prices(("isin", "date", "close"))
        self._read = None if isinstance(prices, pl.DataFrame) else prices
        self._known = frame["close"].is_not_null() if frame["close"].null_count() else None
        if self._known is not None:
            frame = frame.filter(self._known)
        runs = frame["isin"].rle().struct.unnest()
        self._order = _order(frame, runs)
        if self._order is not None:
            frame = frame[self._order]
            runs = frame["isin"].rle().struct.unnest()
        self.isins = runs["value"]
        self.frame = frame
        self._values: dict[str, Floats] = {}
        self._actions = actions.filter(pl.col("factor") > 0)
        self._lengths: Ints = runs["len"].to_numpy().astype(np.int64)
        self.company: Ints = np.repeat(np.arange(runs.height), self._lengths)
        self.day: Ints = frame["date"].to_physical().to_numpy().astype(np.int64)
        self._keys: Ints = (self.company << _DAY_BITS) | self.day
        self._codes = {isin: code for code, isin in enumerate(self.isins)}

    def codes(self, isins: pl.Series) -> Ints:
        """The number of each company among those with bars; −1 where it has none."""
        found = isins.replace_strict(self._codes, default=-1, return_dtype=pl.Int64)
        return found.to_numpy()

    def last(self, company: Ints, day: Ints) -> Ints:
        """The position of each company's last bar up to a day; −1 where there is none."""
        if not len(self.day):
            return np.full(len(company), -1)
        at = np.searchsorted(self._keys, (company << _DAY_BITS) | day, side="right") - 1
        known = (company >= 0) & (at >= 0)
        return np.where(known & (self.company[at] == company), at, -1)

    def first_after(self, company: Ints, day: Ints) -> Ints:
        """The position of each company's first bar after a day; it may be another company's."""
        return np.searchsorted(self._keys, (company << _DAY_BITS) | day, side="right")

    def values(self, name: str) -> Floats:
        """A column of the bars, NaN for null."""
        if name not in self._values:
            column = self._column(name).cast(pl.Float64)
            if column.null_count():
                column = column.fill_null(np.nan)
            self._values[name] = column.to_numpy()
        return self._values[name]

    def _column(self, name: str) -> pl.Series:
        if self._read is None or name in self.frame.columns:
            return self.frame[name]
        column = self._read((name,))[name]
        column = column if self._known is None else column.filter(self._known)
        return column if self._order is None else column.gather(self._order)

    @cached_property
    def close(self) -> Floats:
        """Closes as traded."""
        return self.values("close")

    @cached_property
    def calendar(self) -> Ints:
        """The days on which any share traded."""
        return self.frame["date"].unique().sort().to_physical().to_numpy().astype(np.int64)

    @cached_property
    def grown(self) -> Floats:
        """What one share of the beginning had become by each bar."""
        return self._product(SHARE_CHANGES)

    @cached_property
    def split(self) -> Floats:
        """The same by splits alone, which change the face value."""
        return self._product(("split",))

    @cached_property
    def active(self) -> np.ndarray:
        """Whether any share changed hands."""
        return self.values("volume") > 0

    def last_active(self, position: Ints) -> Ints:
        """The latest bar up to each of those with a trade, of any company; −1 for none."""
        sums = self.active_before
        return np.searchsorted(sums, sums[position + 1]) - 1

    @cached_property
    def active_before(self) -> npt.NDArray[np.int32]:
        """How many bars before each, and before the end, had a trade."""
        sums = np.zeros(len(self.day) + 1, np.int32)
        np.cumsum(self.active, out=sums[1:])
        return sums

    @cached_property
    def month_ends(self) -> Ints:
        """Positions of the last bar of each company and month."""
        if not len(self.day):
            return np.zeros(0, np.int64)
        begin, end = int(self.day.min()), int(self.day.max())
        months = month_number(np.arange(begin, end + 1)).astype(np.int32)
        ends = np.ones(len(self.day), bool)
        for part in _blocks(len(self.day) - 1):
            month = months[self.day[part.start : part.stop + 1] - begin]
            ends[part] = month[1:] != month[:-1]
        ends[self.last_of_company] = True
        return np.flatnonzero(ends)

    @cached_property
    def last_of_company(self) -> Ints:
        """The position of each company's last bar."""
        return np.cumsum(self._lengths) - 1

    def _product(self, kinds: tuple[str, ...]) -> Floats:
        out = np.ones(len(self.day))
        steps = self._actions.filter(pl.col("kind").is_in(kinds)).sort("isin", "ex_date", "factor")
        company = self.codes(steps["isin"])
        days = steps["ex_date"].to_physical().to_numpy().astype(np.int64)
        ends = np.searchsorted(self._keys, (company + 1) << _DAY_BITS)
        begins = self.first_after(company, days - 1)
        for begin, end, factor in zip(begins, ends, steps["factor"].to_list(), strict=True):
            out[begin:end] *= factor
        return out

    @cached_property
    def begun(self) -> Floats:
        """Closes in terms of the shares a company began with."""
        return self.close * self.grown

    def start(self, position: Ints) -> Ints:
        """The first bar that each of those can be compared with.

        That is the bar after the last jump that no recorded action explains. Daily price bands
        rule such jumps out in ordinary trading; they are splits, bonuses, demergers or another
        share under the same name, and what lies before one is unknown rather than wrong.
        """
        found: Ints = self._starts[np.searchsorted(self._starts, position, side="right") - 1]
        return found

    @cached_property
    def _starts(self) -> Ints:
        """Positions of the bars that cannot be compared with the one before, in order."""
        broken = np.zeros(len(self.day), bool)
        for part in _blocks(len(self.day) - 1):
            begun = self.begun[part.start : part.stop + 1]
            with np.errstate(divide="ignore", invalid="ignore"):
                step = begun[1:] / begun[:-1]
            broken[part.start + 1 : part.stop + 1] = (step < FALL_BREAK) | (step > RISE_BREAK)
        broken[self.last_of_company[:-1] + 1] = True
        broken[:1] = True
        return np.flatnonzero(broken)

    def extreme(self, values: Floats, first: Ints, last: Ints, *, highest: bool) -> Floats:
        """The highest or lowest of `values` from `first` to `last`, NaN where there is none.

        Looked up one by one where that is less than all bars; else by a table of the extremes of
        1, 2, 4 … bars, of which two overlapping ones make up any span.
        """
        pick = np.fmax if highest else np.fmin
        length = np.maximum(last - first + 1, 0)
        out = np.full(len(last), np.nan)
        if 0 < length.sum() <= len(values):
            some = np.flatnonzero(length)
            begin = np.cumsum(length[some]) - length[some]
            at = np.arange(length.sum()) - np.repeat(begin - first[some], length[some])
            out[some] = pick.reduceat(values[at], begin)
            return out
        width, table = 1, values
        while (length >= width).any():
            mine = (length >= width) & (length < 2 * width)
            out[mine] = pick(table[first[mine]], table[last[mine] - width + 1])
            table = pick(table[:-width], table[width:]) if len(table) > width else table[:0]
            width *= 2
        return out


def _blocks(length: int) -> Iterator[slice]:
    for begin in range(0, length, _PART):
        yield slice(begin, min(begin + _PART, length))


def month_number(days: Ints) -> Ints:
    """Days since 1970 as running months."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def windows(values: Floats, first: Ints, last: Ints, width: int) -> Iterator[tuple[slice, Floats]]:
    """The last `width` values up to `last`, right-aligned, NaN before `first`, block by block."""
    step = max(1, _BLOCK // width)
    back = np.arange(1 - width, 1)
    whole = sliding_window_view(values, width) if len(values) >= width else None
    for start in range(0, len(last), step):
        part = slice(start, start + step)
        ends, begins = last[part], first[part]
        if whole is None:
            window, short = np.empty((len(ends), width)), np.arange(len(ends))
        else:
            window = whole[np.maximum(ends + back[0], 0)]
            short = np.flatnonzero(begins > ends + back[0])
        at = ends[short, None] + back
        inside = at >= begins[short, None]
        window[short] = np.where(inside, values[np.where(inside, at, 0)], np.nan)
        yield part, window


def _order(bars: pl.DataFrame, runs: pl.DataFrame) -> pl.Series | None:
    """What puts the bars in order by company and day; None where they are, as in most tables."""
    later = np.diff(bars["date"].to_physical().to_numpy()) > 0
    later[np.cumsum(runs["len"].to_numpy())[:-1].astype(np.int64) - 1] = True
    if runs["value"].n_unique() == runs.height and later.all():
        return None
    return bars.select(pl.arg_sort_by("isin", "date", maintain_order=True)).to_series()
