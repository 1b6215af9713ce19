"""Analyst estimates as panel columns: two fiscal years ahead, now and 30, 60, 90 days ago."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

LAGS: Final = (30, 60, 90, 120, 150, 180, 210)
MAX_AGE_DAYS: Final = 120  # an older estimate is no coverage
_GRACE_DAYS: Final = 15  # a snapshot this much older than the lag still stands for it
_FRESH_DAYS: Final = 31


#: The columns, in order.
COLUMNS: Final = (
    "est_eps1", "est_sd1", "analysts", "est_up_30d", "est_down_30d", "est_as_of", "est_fy1",
    "est_eps2", "est_rev1", "est_rev2", *(f"est_eps{y}_{lag}d" for y in (1, 2) for lag in LAGS),
)  # fmt: skip


def columns(table: pl.DataFrame, days: Sequence[dt.date]) -> pl.DataFrame:
    """One row a covered company and day (`isin`, `as_of`); empty years and lags are null."""
    return pl.concat(_columns(table, day).with_columns(pl.lit(day).alias("as_of")) for day in days)


def _columns(table: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    known = table.lazy().filter(
        (pl.col("as_of") <= as_of) & (pl.col("fy_end") > as_of - dt.timedelta(days=1))
    )
    current = (
        _of_one_source(
            known.filter(pl.col("as_of") >= as_of - dt.timedelta(days=MAX_AGE_DAYS)), as_of
        )
        .sort("as_of")
        .group_by("isin", "metric", "fy_end")
        .last()
        .with_columns(
            pl.col("fy_end").rank("dense").over("isin", "metric").cast(pl.Int32).alias("year")
        )
        .filter(pl.col("year") <= 2)
        .collect()
    )
    eps1 = current.filter((pl.col("metric") == "eps") & (pl.col("year") == 1)).select(
        "isin",
        pl.col("mean").alias("est_eps1"),
        pl.col("stdev").alias("est_sd1"),
        "analysts",
        pl.col("up_30d").alias("est_up_30d"),
        pl.col("down_30d").alias("est_down_30d"),
        pl.col("as_of").alias("est_as_of"),
        pl.col("fy_end").alias("est_fy1"),
    )
    out = eps1
    for name, metric, year in (
        ("est_eps2", "eps", 2),
        ("est_rev1", "revenue", 1),
        ("est_rev2", "revenue", 2),
    ):
        part = current.filter((pl.col("metric") == metric) & (pl.col("year") == year))
        out = out.join(part.select("isin", pl.col("mean").alias(name)), on="isin", how="left")
    for year in (1, 2):
        targets = current.filter((pl.col("metric") == "eps") & (pl.col("year") == year))
        for days in LAGS:
            out = out.join(_earlier(table, targets, as_of, days, year), on="isin", how="left")
    return out


def _of_one_source(known: pl.LazyFrame, as_of: dt.date) -> pl.LazyFrame:
    """The estimates of one source a company, for two of them differ without anyone revising.

    Of those read in the last month the one with the most analysts, else the last one read.
    """
    told = known.filter(pl.col("metric") == "eps").sort("as_of").group_by("isin", "source").last()
    chosen = (
        told.with_columns(
            (pl.col("as_of") >= as_of - dt.timedelta(days=_FRESH_DAYS)).alias("fresh"),
            pl.col("analysts").fill_null(0),
        )
        .sort(
            "fresh", "analysts", "as_of", "source",
            descending=[True, True, True, False], maintain_order=True,
        )
        .unique("isin", keep="first", maintain_order=True)
        .select("isin", pl.col("source").alias("_source"))
    )  # fmt: skip
    return (
        known.join(chosen, on="isin", how="inner")
        .filter(pl.col("source").eq_missing(pl.col("_source")))
        .drop("_source")
    )


def _earlier(
    table: pl.DataFrame, targets: pl.DataFrame, as_of: dt.date, days: int, year: int
) -> pl.DataFrame:
    """The mean of the same fiscal year as its source had it `days` ago."""
    day = as_of - dt.timedelta(days=days)
    return (
        table.lazy()
        .filter(
            (pl.col("metric") == "eps")
            & (pl.col("as_of") <= day)
            & (pl.col("as_of") >= day - dt.timedelta(days=MAX_AGE_DAYS + _GRACE_DAYS))
        )
        .join(
            targets.lazy().select("isin", "fy_end", "source"),
            on=["isin", "fy_end", "source"],
            how="semi",
            nulls_equal=True,
        )
        .sort("as_of")
        .group_by("isin")
        .agg(pl.col("mean").last().alias(f"est_eps{year}_{days}d"))
        .collect()
    )


def defaults() -> list[pl.Expr]:
    """No coverage is the value 0, not a gap."""
    return [pl.col("analysts").fill_null(0)]
