"""Prices as panel columns, for any number of companies and days at once.

Levels, returns, averages and oscillators are in the shares of their day; `close` is as traded.
A column is worked out only when it is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Final

import numpy as np
import polars as pl

from screener.market.bars import Bars, Floats, Ints, windows
from screener.market.prices import CAP_YEARS, LOOKBACKS

GAP_DAYS: Final = 15  # a close this much older than the day asked for does not stand for it
_TAIL: Final = 260  # sessions over which exponential averages run
_SIZE_MONTHS: Final = "-6mo"  # over which size is averaged (the AMFI rule)
_NO_DAY: Final = 1 << 19  # later than any date


class Looks:
    """Rows of companies and days, and what their prices say on the day.

    `company` holds codes of `bars`, `day` days since 1970, `of_day` the position in `dates`.
    """

    def __init__(self, bars: Bars, company: Ints, of_day: Ints, dates: Sequence[dt.date]) -> None:
        self.bars = bars
        self.company = company
        self.dates = dates
        self._of_day = of_day
        self.day = self.on_days([_number(day) for day in dates])

    def on_days(self, per_day: Sequence[int]) -> Ints:
        """A number of each day, in every row of that day."""
        return np.array(per_day, dtype=np.int64)[self._of_day]

    def back(self, offset: str) -> Ints:
        """Each row's day, moved by a polars offset."""
        moved = pl.Series(self.dates, dtype=pl.Date).dt.offset_by(offset)
        return self.on_days(moved.to_physical().to_list())

    @cached_property
    def last(self) -> Ints:
        """The position of the last bar; 0 where there is none, see `traded`."""
        return np.maximum(self._last, 0)

    @cached_property
    def _last(self) -> Ints:
        return self.bars.last(self.company, self.day)

    @cached_property
    def traded(self) -> np.ndarray:
        """Whether there is a bar at all."""
        return self._last >= 0

    @cached_property
    def start(self) -> Ints:
        """The position of the first bar that can be compared with the last; after it if none."""
        return np.where(self.traded, self.bars.start(self.last), 1 + self.last)

    @cached_property
    def grown(self) -> Floats:
        """What one share of the beginning has become."""
        if not len(self.bars.day):
            return np.ones(len(self.day))
        return self.at(self.bars.grown, self.last)

    def at(self, values: Floats, position: Ints, *, known: np.ndarray | None = None) -> Floats:
        """The values at those positions, NaN where there is no bar or `known` is false."""
        valid = self.traded if known is None else self.traded & known
        return np.where(valid, values[np.where(valid, position, 0)], np.nan)

    def of_today(self, begun: Floats, name: str) -> Floats:
        """A level in the shares of the beginning in those of the day; the day's own as printed."""
        own = self.at(self.bars.values(name), self.last)
        return np.where(begun == own * self.grown, own, begun / self.grown)

    # --- columns ---

    def close(self) -> Floats:
        """The last close, as traded."""
        return self.at(self.bars.close, self.last)

    def session(self, *, first: bool = False) -> Ints:
        """The day of the last bar, or of the first that can be compared with it; −1 for none."""
        if not len(self.bars.day):
            return np.full(len(self.last), -1, np.int64)
        position = np.minimum(self.start, len(self.bars.day) - 1) if first else self.last
        return np.where(self.traded, self.bars.day[position], -1)

    def previous(self) -> Floats:
        """The close a session before."""
        return self.at(self.bars.begun, self.last - 1, known=self.last > self.start) / self.grown

    def range(self, name: str, *, highest: bool, year: bool) -> Floats:
        """The highest or lowest price of 52 weeks, or of all comparable bars."""
        first = self.start
        if year:
            first = np.maximum(first, self.bars.first_after(self.company, self.back("-1y")))
        begun = self.bars.values(name) * self.bars.grown
        last = np.where(self.traded, self.last, -2)
        found = self.bars.extreme(begun, first, last, highest=highest)
        return self.of_today(found, name)

    def volume(self) -> Floats:
        """Shares traded in the last session."""
        return self.at(self.bars.values("volume"), self.last)

    def _position_on(self, days: Ints) -> tuple[Ints, np.ndarray]:
        """The bar that stands for an earlier day, and whether one does."""
        at = self.bars.last(self.company, days)
        known = (at >= self.start) & (at >= 0)
        return at, known & (self.bars.day[np.maximum(at, 0)] > days - GAP_DAYS)

    def close_on(self, days: Callable[[Looks], Ints]) -> Floats:
        """The close of an earlier day."""
        at, near = self._position_on(days(self))
        return self.at(self.bars.begun, at, known=near) / self.grown

    def cap_price(self, offset: str) -> Floats:
        """The close of an earlier day, changed by splits alone: it belongs to the capital then."""
        at, near = self._position_on(self.back(offset))
        then = self.at(self.bars.close * self.bars.split, at, known=near)
        return then / self.at(self.bars.split, self.last)

    @cached_property
    def _sessions(self) -> Ints:
        """How many sessions the market has had up to each row's day."""
        days = [_number(day) for day in self.dates]
        return self.on_days(np.searchsorted(self.bars.calendar, days, side="right").tolist())

    def _since_session(self, count: int) -> Ints:
        """The first bar within the market's last `count` sessions."""
        at = self._sessions - np.minimum(count, self._sessions)
        calendar = np.append(self.bars.calendar, _NO_DAY)
        return np.maximum(self.bars.first_after(self.company, calendar[at] - 1), self.start)

    def mean_volume(self, sessions: int) -> Floats:
        """Mean volume of the bars within the last sessions."""
        volume = self.bars.values("volume")
        known = np.isfinite(volume)
        first, last = self._since_session(sessions), self.last + 1
        total, count = (
            _between(np.where(known, values, 0), first, last) for values in (volume, known)
        )
        return _ratio(total, count, self.traded & (count > 0))

    def delivery(self) -> Floats:
        """Share of the last bar's volume that was delivered, percent."""
        return self.at(self.bars.values("delivery"), self.last)

    def mean_delivery(self, sessions: int) -> Floats:
        """Share of the volume of the last sessions that was delivered, percent.

        Of the bars whose delivery is known; the larger days weigh more.
        """
        volume, share = self.bars.values("volume"), self.bars.values("delivery")
        known = np.isfinite(volume) & np.isfinite(share) & (volume > 0)
        first, last = self._since_session(sessions), self.last + 1
        delivered = _between(np.where(known, volume * share, 0), first, last)
        traded = _between(np.where(known, volume, 0), first, last)
        return _ratio(delivered, traded, self.traded & (traded > 0))

    def turnover(self) -> Floats:
        """Median daily turnover of the bars within the last 60 sessions."""
        out = np.full(len(self.day), np.nan)
        first = np.where(self.traded, self._since_session(60), self.last + 1)
        for part, window in windows(self.bars.values("turnover"), first, self.last, 60):
            out[part] = row_medians(window)
        return out

    def idle(self) -> Floats:
        """Share of the last 60 sessions, or of those since its first bar, without a trade."""
        sums, end = self.bars.active_before, len(self.bars.day)
        first = np.minimum(self._since_session(60), end)
        traded = (sums[np.minimum(self.last + 1, end)] - sums[first]).astype(np.float64)
        begun = np.searchsorted(self.bars.calendar, self.session(first=True))
        window = np.minimum(self._sessions - begun, np.minimum(60, self._sessions))
        return 1 - _ratio(traded, window.astype(np.float64), self.traded & (window > 0))

    def since_trade(self) -> Floats:
        """Market sessions since the last one with a trade."""
        at = np.where(self.traded, self.bars.last_active(self.last), -1)
        position = np.searchsorted(self.bars.calendar, self.bars.day[np.maximum(at, 0)])
        known = self.traded & (at >= self.start)
        return np.where(known, self._sessions - 1.0 - position, np.nan)

    def average(self, sessions: int, back: int) -> Floats:
        """Mean close of so many bars, `back` bars before the last."""
        out = np.full(len(self.day), np.nan)
        enough = self.traded & (self.last - self.start + 1 >= sessions + back)
        rows = np.flatnonzero(enough)
        last = self.last[rows] - back
        for part, window in windows(self.bars.begun, self.start[rows], last, sessions):
            out[rows[part]] = window.mean(axis=1)
        return out / self.grown

    def size_price(self) -> Floats:
        """Mean close of six months, by which size is averaged."""
        days = self.back(_SIZE_MONTHS)
        first = np.maximum(self.bars.first_after(self.company, days), self.start)
        count = (self.last - first + 1).astype(np.float64)
        total = _between(self.bars.begun, first, self.last + 1)
        return _ratio(total, count, self.traded & (count > 0)) / self.grown

    def oscillator(self, name: str) -> Floats:
        """RSI (14, Wilder) or MACD (12, 26, 9), now or a session before."""
        return self._oscillators[name]

    @cached_property
    def _oscillators(self) -> Mapping[str, Floats]:
        names = ("rsi_14", "macd", "macd_prev", "macd_signal", "macd_signal_prev")
        out = {name: np.full(len(self.day), np.nan) for name in names}
        rows = np.flatnonzero(self.traded)
        first = np.maximum(self.start[rows], self.last[rows] - _TAIL + 1)
        for part, window in windows(self.bars.begun, first, self.last[rows], _TAIL):
            for name, values in _oscillators(window, self.grown[rows[part]]).items():
                out[name][rows[part]] = values
        return out


def _oscillators(window: Floats, grown: Floats) -> dict[str, Floats]:
    """The oscillators of right-aligned closes, NaN before the first."""
    prices = (window / grown[:, None]).T
    nothing = np.full(prices.shape[1], np.nan)
    gain, loss, fast, slow, signal = (nothing.copy() for _ in range(5))
    macd, before, signal_before = nothing, nothing, nothing
    last = nothing
    for price in prices:
        change = price - last
        gain = _smooth(gain, np.maximum(change, 0), 1 / 14)
        loss = _smooth(loss, np.maximum(-change, 0), 1 / 14)
        fast, slow = _smooth(fast, price, 2 / 13), _smooth(slow, price, 2 / 27)
        before, signal_before = macd, signal
        macd = fast - slow
        signal = _smooth(signal, macd, 2 / 10)
        last = price
    count = np.isfinite(prices).sum(axis=0)
    moved = gain + loss
    enough = count >= 35
    return {
        "rsi_14": 100 * _ratio(gain, moved, (count >= 15) & (moved > 0)),
        "macd": np.where(enough, macd, np.nan),
        "macd_prev": np.where(enough, before, np.nan),
        "macd_signal": np.where(enough, signal, np.nan),
        "macd_signal_prev": np.where(enough, signal_before, np.nan),
    }


def _smooth(average: Floats, value: Floats, weight: float) -> Floats:
    """An exponential average that begins with its first value."""
    blended = (1 - weight) * average + weight * value
    return np.where(np.isnan(average), value, blended)


def row_medians(window: Floats) -> Floats:
    """The median of each row, NaN apart."""
    ordered = np.sort(window, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    rows = np.arange(len(ordered))
    low, high = (
        ordered[rows, np.maximum(at, 0)] for at in ((count - 1) // 2, count // 2 - (count == 0))
    )
    return np.where(count > 0, low + (high - low) / 2, np.nan)


def _between(values: Floats, first: Ints, end: Ints) -> Floats:
    """Sum of the values from `first` up to `end`, which is left out."""
    sums: Floats = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    end = np.minimum(end, len(values))
    out: Floats = sums[end] - sums[np.minimum(first, end)]
    return out


def _ratio(over: Floats, under: Floats, known: np.ndarray) -> Floats:
    out: Floats = np.divide(over, under, out=np.full(len(over), np.nan), where=known)
    return out


def _number(day: dt.date) -> int:
    return day.toordinal() - 719163


def _year_before(looks: Looks) -> Ints:
    return looks.on_days([_number(dt.date(day.year - 1, 12, 31)) for day in looks.dates])


def _moved(offset: str, looks: Looks) -> Ints:
    return looks.back(offset)


_Column = Callable[[Looks], Floats]

#: Every column made of prices alone: name → how it is worked out.
COLUMNS: Final[dict[str, _Column]] = {
    "close": Looks.close,
    "price_date": lambda looks: looks.session().astype(np.float64),
    "first_price_date": lambda looks: looks.session(first=True).astype(np.float64),
    "prev_close": Looks.previous,
    "high_52w": lambda looks: looks.range("high", highest=True, year=True),
    "low_52w": lambda looks: looks.range("low", highest=False, year=True),
    "high_all": lambda looks: looks.range("high", highest=True, year=False),
    "low_all": lambda looks: looks.range("low", highest=False, year=False),
    "volume": Looks.volume,
    **{
        f"close@{key}": partial(Looks.close_on, days=partial(_moved, step))
        for key, step in LOOKBACKS.items()
    },
    "close@ytd": partial(Looks.close_on, days=_year_before),
    **{f"_price@{y}y": partial(Looks.cap_price, offset=LOOKBACKS[f"{y}y"]) for y in CAP_YEARS},
    "close@1d": Looks.previous,
    "volume_1w": partial(Looks.mean_volume, sessions=5),
    "volume_1m": partial(Looks.mean_volume, sessions=21),
    "volume_1y": partial(Looks.mean_volume, sessions=250),
    "turnover_60d": Looks.turnover,
    "delivery": Looks.delivery,
    "delivery_1m": partial(Looks.mean_delivery, sessions=21),
    "sessions_since_trade": Looks.since_trade,
    "zero_volume_60d": Looks.idle,
    "sma_50": partial(Looks.average, sessions=50, back=0),
    "sma_200": partial(Looks.average, sessions=200, back=0),
    "sma_50_prev": partial(Looks.average, sessions=50, back=1),
    "sma_200_prev": partial(Looks.average, sessions=200, back=1),
    **{
        name: partial(Looks.oscillator, name=name)
        for name in ("rsi_14", "macd", "macd_prev", "macd_signal", "macd_signal_prev")
    },
    "_size_price": Looks.size_price,
}
_DATES: Final = ("price_date", "first_price_date")


def column(looks: Looks, name: str) -> pl.Series:
    """One of COLUMNS for all rows; null where there is none."""
    if not len(looks.bars.day):
        values = np.full(len(looks.day), -1.0 if name in _DATES else np.nan)
    else:
        values = COLUMNS[name](looks)
    if name in _DATES:
        days = pl.Series(name, values).cast(pl.Int32)
        return days.set(days < 0, None).cast(pl.Date)
    series = pl.Series(name, values, nan_to_null=True)
    return series.cast(pl.Int64) if name == "sessions_since_trade" else series
