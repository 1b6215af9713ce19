"""Prices as panel columns: levels, returns, averages, oscillators and the history of P/E.

All of them are adjusted for splits, bonuses and the bonus element of rights; `close` and the
market cap are as traded.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from screener.market import sharebasis

#: Look-back of `close@…`, as a polars offset.
LOOKBACKS: Final = {
    "1w": "-7d",
    "1m": "-1mo",
    "3m": "-3mo",
    "6m": "-6mo",
    "1y": "-1y",
    "2y": "-2y",
    "3y": "-3y",
    "5y": "-5y",
    "7y": "-7y",
    "10y": "-10y",
}
CAP_YEARS: Final = (3, 5, 7, 10)
PE_YEARS: Final = (3, 5, 7, 10)
PE_MIN_MONTHS: Final = 36
_WINDOWS: Final = (5, 21, 60, 250)  # sessions of a week, a month, three months, a year
_FALL_BREAK: Final = 0.7
_RISE_BREAK: Final = 1.8
_GAP_DAYS: Final = 15  # a close this much older than the day asked for does not stand for it


def columns(
    prices: pl.DataFrame, actions: pl.DataFrame, facts: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """One row a traded company, as of that day."""
    bars = adjusted(
        prices.filter(pl.col("date") <= as_of), actions.filter(pl.col("ex_date") <= as_of)
    )
    calendar = bars["date"].unique().sort()
    bars = since_last_break(bars)
    return (
        _levels(bars, as_of)
        .join(_recent(bars, calendar), on="isin", how="left")
        .join(_oscillators(bars), on="isin", how="left")
        .join(_pe_history(bars, facts, as_of), on="isin", how="left")
        .join(_bonus_since_balance(actions, facts, as_of), on="isin", how="left")
        .join(_splits_after(actions, as_of), on="isin", how="left")
    )


def adjusted(prices: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """Bars sorted by company and date with `factor`, `splits` and `adj` (the adjusted close).

    `factor` is what a price of that day is divided by to compare it with today's.
    """
    bars = prices.sort("isin", "date")
    share_changes = actions.filter(
        pl.col("kind").is_in(["split", "bonus", "rights"]) & (pl.col("factor") > 0)
    )
    for name, kinds in (("factor", ("split", "bonus", "rights")), ("splits", ("split",))):
        steps = (
            share_changes.filter(pl.col("kind").is_in(kinds))
            .group_by("isin", "ex_date")
            .agg(pl.col("factor").product())
            .sort("isin", "ex_date")
            .with_columns(pl.col("factor").cum_prod(reverse=True).over("isin").alias(name))
            .select("isin", (pl.col("ex_date") - pl.duration(days=1)).alias("until"), name)
            .sort("isin", "until")
        )
        bars = (
            bars.join_asof(
                steps.with_columns(pl.col("until").cast(pl.Date)),
                left_on="date",
                right_on="until",
                by="isin",
                strategy="forward",
                check_sortedness=False,
            )
            .with_columns(pl.col(name).fill_null(1.0))
            .drop("until", strict=False)
        )
    return bars.with_columns((pl.col("close") / pl.col("factor")).alias("adj"))


def since_last_break(bars: pl.DataFrame) -> pl.DataFrame:
    """Each company's bars since the last jump that no recorded action explains.

    Daily price bands rule such jumps out in ordinary trading; they are splits, bonuses, demergers
    or another share under the same name. What lies before one cannot be compared with what follows,
    so it is unknown rather than wrong.
    """
    step = pl.col("adj") / pl.col("adj").shift(1).over("isin")
    broken = ((step < _FALL_BREAK) | (step > _RISE_BREAK)).fill_null(False)
    breaks = broken.cast(pl.Int32).cum_sum().over("isin")
    return bars.filter(breaks == breaks.max().over("isin"))


def _levels(bars: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    year_ago = _offset(as_of, "-1y")
    within_year = pl.col("date") > year_ago
    high, low = pl.col("high") / pl.col("factor"), pl.col("low") / pl.col("factor")
    looks = {key: _offset(as_of, step) for key, step in LOOKBACKS.items()}
    looks["ytd"] = dt.date(as_of.year - 1, 12, 31)
    caps = {years: looks[f"{years}y"] for years in CAP_YEARS}
    return (
        bars.lazy()
        .group_by("isin")
        .agg(
            pl.col("close").last(),
            pl.col("date").last().alias("price_date"),
            pl.col("date").first().alias("first_price_date"),
            pl.col("adj").get(-2, null_on_oob=True).alias("prev_close"),
            high.filter(within_year).max().alias("high_52w"),
            low.filter(within_year).min().alias("low_52w"),
            high.max().alias("high_all"),
            low.min().alias("low_all"),
            pl.col("volume").last(),
            *[_at(pl.col("adj"), day).alias(f"close@{key}") for key, day in looks.items()],
            *[
                _at(pl.col("close") / pl.col("splits"), day).alias(f"_price@{years}y")
                for years, day in caps.items()
            ],
        )
        .with_columns(pl.col("prev_close").alias("close@1d"))
        .collect()
    )


def _at(value: pl.Expr, day: dt.date) -> pl.Expr:
    near = (pl.col("date") <= day) & (pl.col("date") > day - dt.timedelta(days=_GAP_DAYS))
    return value.filter(near).last()


def _offset(day: dt.date, step: str) -> dt.date:
    moved: dt.date = pl.Series([day]).dt.offset_by(step)[0]
    return moved


def _recent(bars: pl.DataFrame, calendar: pl.Series) -> pl.DataFrame:
    """Averages over the market's last sessions; a session without a bar had no trade."""
    sessions = len(calendar)
    since_session = [calendar[-min(n, sessions)] if sessions else dt.date.max for n in _WINDOWS]
    week, month, sixty, year = (pl.col("date") >= first for first in since_session)
    positions = pl.DataFrame({"price_date": calendar, "_position": range(sessions)})
    recent = (
        bars.lazy()
        .filter(year)
        .group_by("isin")
        .agg(
            pl.col("volume").filter(week).mean().alias("volume_1w"),
            pl.col("volume").filter(month).mean().alias("volume_1m"),
            pl.col("volume").mean().alias("volume_1y"),
            pl.col("turnover").filter(sixty).median().alias("turnover_60d"),
            (sixty & (pl.col("volume") > 0)).sum().alias("_traded_60d"),
        )
        .collect()
    )
    ends = bars.group_by("isin").agg(
        pl.col("date").first().alias("_first"),
        pl.col("date").filter(pl.col("volume").fill_null(0) > 0).last().alias("price_date"),
    )
    # A company listed within the window is asked only for the sessions since its listing.
    window = pl.min_horizontal(sessions - pl.col("_since"), pl.lit(min(60, sessions)))
    return (
        ends.join(positions, on="price_date", how="left")
        .join(positions.rename({"price_date": "_first", "_position": "_since"}), on="_first")
        .join(recent, on="isin", how="left")
        .with_columns(
            (sessions - 1 - pl.col("_position")).alias("sessions_since_trade"),
            (1 - pl.col("_traded_60d").fill_null(0) / window).alias("zero_volume_60d"),
        )
        .drop("_first", "_since", "_position", "_traded_60d", "price_date")
    )


def _oscillators(bars: pl.DataFrame) -> pl.DataFrame:
    """Simple averages of 50 and 200 sessions, RSI (14, Wilder) and MACD (12, 26, 9)."""
    change = pl.col("adj").diff()
    wilder = {"alpha": 1 / 14, "adjust": False, "ignore_nulls": True}
    gain = change.clip(lower_bound=0).ewm_mean(**wilder)  # type: ignore[arg-type]
    loss = (-change).clip(lower_bound=0).ewm_mean(**wilder)  # type: ignore[arg-type]
    macd = pl.col("adj").ewm_mean(span=12, adjust=False) - pl.col("adj").ewm_mean(
        span=26, adjust=False
    )
    signal = macd.ewm_mean(span=9, adjust=False)
    enough = pl.len() >= 35

    def sma(n: int, back: int) -> pl.Expr:
        window = pl.col("adj").slice(pl.len().cast(pl.Int64) - n - back, n)
        return pl.when(pl.len() >= n + back).then(window.mean())

    return (
        bars.lazy()
        .select("isin", "date", "adj")
        .group_by("isin")
        .agg(pl.col("adj").tail(260))
        .explode("adj")
        .group_by("isin", maintain_order=True)
        .agg(
            sma(50, 0).alias("sma_50"),
            sma(200, 0).alias("sma_200"),
            sma(50, 1).alias("sma_50_prev"),
            sma(200, 1).alias("sma_200_prev"),
            pl.when((pl.len() >= 15) & (gain.last() + loss.last() > 0))
            .then(100 * gain.last() / (gain.last() + loss.last()))
            .alias("rsi_14"),
            pl.when(enough).then(macd.last()).alias("macd"),
            pl.when(enough).then(macd.get(-2, null_on_oob=True)).alias("macd_prev"),
            pl.when(enough).then(signal.last()).alias("macd_signal"),
            pl.when(enough).then(signal.get(-2, null_on_oob=True)).alias("macd_signal_prev"),
        )
        .collect()
    )


def _trailing_eps(facts: pl.DataFrame) -> pl.DataFrame:
    """Each day on which a company's trailing twelve-month EPS became known, and that EPS."""
    eps = facts.lazy().filter(pl.col("line") == "eps")
    first = eps.sort("known_at", "seen_at").unique(
        ["isin", "kind", "period_end"], keep="last", maintain_order=True
    )
    quarters = first.filter((pl.col("kind") == "quarter") & (pl.col("months") == 3)).sort(
        "isin", "period_end"
    )
    four = (
        quarters.with_columns(
            pl.col("value").rolling_sum(4).over("isin").alias("eps"),
            pl.col("period_end").shift(3).over("isin").alias("from"),
        )
        .filter((pl.col("period_end") - pl.col("from")).dt.total_days() < 290)
        .select("isin", "period_end", "known_at", "eps")
    )
    years = first.filter((pl.col("kind") == "annual") & (pl.col("months") == 12)).select(
        "isin", "period_end", "known_at", pl.col("value").alias("eps")
    )
    return (
        pl.concat([years, four])
        .sort("isin", "known_at", "period_end")
        .filter(pl.col("period_end") >= pl.col("period_end").cum_max().over("isin"))
        .unique(["isin", "known_at"], keep="last", maintain_order=True)
        .collect()
    )


def _pe_history(bars: pl.DataFrame, facts: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Mean and median P/E at month-ends, and today's percentile within five years (METHOD 5).

    Earnings are those known on the day; months with earnings at or below zero are left out.
    """
    months = (
        bars.lazy()
        .filter(pl.col("date") > _offset(as_of, "-10y"))
        .group_by("isin", pl.col("date").dt.truncate("1mo").alias("month"), maintain_order=True)
        .agg(pl.col("date").last(), pl.col("adj").last())
        .sort("isin", "date")
        .collect()
    )
    monthly = months.join_asof(
        _trailing_eps(facts).sort("isin", "known_at"),
        left_on="date",
        right_on="known_at",
        by="isin",
        strategy="backward",
        check_sortedness=False,
    ).filter((pl.col("eps") > 0) & ((pl.col("date") - pl.col("period_end")).dt.total_days() < 500))
    pe = (pl.col("adj") / pl.col("eps")).alias("pe")
    within = {y: pl.col("date") > _offset(as_of, f"-{y}y") for y in PE_YEARS}
    current = pl.col("pe").last()
    five = pl.col("pe").filter(within[5])
    rank = ((five < current).sum() + 0.5 * (five == current).sum()) / five.len() * 100
    needed = {y: min(PE_MIN_MONTHS, 12 * y) for y in PE_YEARS}

    def enough(years: int, value: pl.Expr) -> pl.Expr:
        return pl.when(within[years].sum() >= needed[years]).then(value)

    return (
        monthly.lazy()
        .with_columns(pe)
        .group_by("isin", maintain_order=True)
        .agg(
            within[5].sum().alias("pe_months"),
            pl.when(pl.col("date").last().dt.truncate("1mo") == pl.lit(as_of).dt.truncate("1mo"))
            .then(enough(5, rank))
            .alias("pe_pctile_5y"),
            *[
                enough(y, stat).alias(f"pe_{name}_{y}y")
                for y in PE_YEARS
                for name, stat in (
                    ("mean", pl.col("pe").filter(within[y]).mean()),
                    ("median", pl.col("pe").filter(within[y]).median()),
                )
            ],
        )
        .collect()
    )


def _bonus_since_balance(
    actions: pl.DataFrame, facts: pl.DataFrame, as_of: dt.date
) -> pl.DataFrame:
    """Factor by which bonuses since the latest balance sheet multiplied the share capital."""
    ends = (
        facts.lazy()
        .filter(pl.col("line") == "equity_capital")
        .group_by("isin")
        .agg(pl.col("period_end").max())
    )
    return (
        actions.lazy()
        .filter((pl.col("kind") == "bonus") & (pl.col("ex_date") <= as_of) & (pl.col("factor") > 0))
        .join(ends, on="isin")
        .filter(pl.col("ex_date") > pl.col("period_end"))
        .group_by("isin")
        .agg(pl.col("factor").product().alias("_bonus"))
        .collect()
    )


def _splits_after(actions: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """How many times larger the face value was on that day than it is in the companies table."""
    later = (pl.col("kind") == "split") & (pl.col("ex_date") > as_of) & (pl.col("factor") > 0)
    return (
        actions.lazy()
        .filter(later)
        .group_by("isin")
        .agg(pl.col("factor").product().alias("_splits_after"))
        .collect()
    )


def derived() -> list[pl.Expr]:
    """Columns that need both prices and statements: shares, market cap now and years back."""
    face, shares = sharebasis.face(), sharebasis.count()
    return [
        shares.alias("shares"),
        (pl.col("close") * shares).alias("market_cap"),
        sharebasis.jump().alias("share_jump"),
        *[
            (pl.col(f"_price@{y}y") * pl.col(f"equity_capital@{y}") / face).alias(
                f"market_cap@{y}y"
            )
            for y in CAP_YEARS
        ],
        pl.col("known@q0").alias("last_result"),
    ]
