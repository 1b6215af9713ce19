"""Adjusted prices by joins, a second opinion on `screener.market.prices`."""

from __future__ import annotations

import polars as pl

FALL_BREAK, RISE_BREAK = 0.7, 1.8


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
    broken = ((step < FALL_BREAK) | (step > RISE_BREAK)).fill_null(False)
    breaks = broken.cast(pl.Int32).cum_sum().over("isin")
    return bars.filter(breaks == breaks.max().over("isin"))
