"""What each company's price did up to a day: returns, averages and the way from the high."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

from screener.errors import NoMarket
from screener.market.prices import LOOKBACKS, adjusted
from screener.market.trading import GAP_DAYS

#: Spans counted back from the day. Calendar years come beside them as "2025", "2024" …
SPANS: Final = ("1m", "3m", "6m", "1y")
CALENDAR_YEARS: Final = 5
FRESH_SESSIONS: Final = 5  # a last trade older than this many sessions is no price of the day
RARE_BELOW: Final = 0.8  # traded on a smaller share of 60 sessions: thinly traded

_WINDOW: Final = 60
_BATCH: Final = 250  # companies


def years_before(day: dt.date) -> tuple[int, ...]:
    """The full calendar years before the day's own, the latest first."""
    return tuple(range(day.year - 1, day.year - 1 - CALENDAR_YEARS, -1))


def span_days(day: dt.date) -> dict[str, tuple[dt.date, dt.date]]:
    """Span → the day it starts from (its close is the base) and the day it ends on."""
    spans = {"ytd": (dt.date(day.year - 1, 12, 31), day)}
    spans |= {key: (_back(day, LOOKBACKS[key]), day) for key in SPANS}
    for year in years_before(day):
        spans[str(year)] = (dt.date(year - 1, 12, 31), dt.date(year, 12, 31))
    return spans


def _back(day: dt.date, step: str) -> dt.date:
    moved: dt.date = pl.Series([day]).dt.offset_by(step)[0]
    return moved


def raw_bars(prices: pl.LazyFrame, day: dt.date) -> pl.DataFrame:
    """Bars as traded up to the day, as far back as the calendar years reach.

    Raises NoMarket where no price is that old.
    """
    require_prices(prices, day)
    first = dt.date(day.year - 1 - CALENDAR_YEARS, 12, 31) - dt.timedelta(days=GAP_DAYS)
    known = prices.filter(pl.col("date").is_between(first, day) & (pl.col("close") > 0))
    return known.select("isin", "date", "high", "close", "volume").collect()


def actions_until(actions: pl.LazyFrame, day: dt.date) -> pl.DataFrame:
    """Splits and the like in force by the day."""
    return actions.filter(pl.col("ex_date") <= day).collect()


def require_prices(prices: pl.LazyFrame, day: dt.date) -> None:
    """Raise NoMarket where no price is as old as that day, naming the first that is there."""
    first: dt.date | None = prices.select(pl.col("date").min()).collect().item()
    if first is None:
        raise NoMarket("This market has no prices.", "Gather them with `kasauti refresh`.")
    if day < first:
        raise NoMarket(
            f"There are no prices up to {day.isoformat()}.",
            f"Those of this market begin on {first.isoformat()}.",
        )


def quotes(raw: pl.DataFrame, actions: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """One row a company that ever traded, from `raw_bars` and `actions_until`.

    `close`, `prev` (its last two closes), `date`, `r:<span>` returns as fractions, `from_high`
    (close over the 52-week high − 1), `over_50` and `over_200` (close over the mean of as many
    sessions − 1), `fresh` (the last trade is at most five sessions old), `rare`, `on_day` (traded
    in the last session). All prices are adjusted; what lies before a jump that no action explains
    is unknown.
    """
    calendar = raw.select(pl.col("date").unique().sort()).with_row_index("session")
    isins = raw["isin"].unique().sort()
    # A part of the companies at a time: adjusting all bars at once needs several copies of them.
    parts = (isins[at : at + _BATCH] for at in range(0, len(isins), _BATCH))
    return pl.concat(
        _quotes(adjusted(raw.filter(pl.col("isin").is_in(part.implode())), actions), calendar, day)
        for part in parts
    )


def _quotes(bars: pl.DataFrame, calendar: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    last = calendar.height - 1
    placed = bars.join(calendar, on="date", how="left", maintain_order="left")
    trading = placed.group_by("isin").agg(_fresh(last), _rare(last))
    year_ago = _back(day, LOOKBACKS["1y"])
    adj, date = pl.col("adj"), pl.col("date")
    high = (pl.max_horizontal("high", "close") / pl.col("factor")).filter(date > year_ago).max()
    table = (
        placed.lazy()
        .filter("comparable")
        .group_by("isin")
        .agg(
            date.last(),
            adj.last().alias("close"),
            adj.get(-2, null_on_oob=True).alias("prev"),
            (date.last() == calendar["date"][-1]).alias("on_day"),
            (adj.last() / high - 1).alias("from_high"),
            *[
                pl.when(pl.len() >= n).then(adj.last() / adj.tail(n).mean() - 1).alias(f"over_{n}")
                for n in (50, 200)
            ],
            *[
                (_at(end) / _at(start) - 1).alias(f"r:{span}")
                for span, (start, end) in span_days(day).items()
            ],
        )
        .collect()
    )
    return table.join(trading, on="isin", how="left").sort("isin")


def close_at(days: Sequence[dt.date], closes: Sequence[float], day: dt.date) -> float | None:
    """The close of the day or of the last session before it, if that is at most 15 days back."""
    at = bisect.bisect_right(days, day) - 1
    near = at >= 0 and days[at] > day - dt.timedelta(days=GAP_DAYS)
    return closes[at] if near else None


def _at(day: dt.date) -> pl.Expr:
    near = (pl.col("date") <= day) & (pl.col("date") > day - dt.timedelta(days=GAP_DAYS))
    return pl.col("adj").filter(near).last()


def _fresh(last: int) -> pl.Expr:
    trade = pl.col("session").filter(pl.col("volume").fill_null(0) > 0).max()
    return (trade.cast(pl.Int64) >= last - FRESH_SESSIONS).fill_null(False).alias("fresh")


def _rare(last: int) -> pl.Expr:
    """Over the last 60 sessions, or those since its first trade if it is younger."""
    session = pl.col("session").cast(pl.Int64)
    start = pl.max_horizontal(session.min(), pl.lit(last - _WINDOW + 1))
    traded = ((session > last - _WINDOW) & (pl.col("volume").fill_null(0) > 0)).sum()
    return (traded / (last - start + 1) < RARE_BELOW).alias("rare")
