"""Analyst estimates as panel columns: two fiscal years ahead, now and 30, 60, 90 days ago, and what
was expected of the two years last reported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

import polars as pl

from screener.market.knowledge import YEAR_DAYS

LAGS: Final = (30, 60, 90, 120, 150, 180, 210)
MAX_AGE_DAYS: Final = 120  # an older estimate is no coverage
_GRACE_DAYS: Final = 15  # a snapshot this much older than the lag still stands for it
_FRESH_DAYS: Final = 31


REPORTED_YEARS: Final = 2
#: Of the years reported, latest first: the mean before the result, and the year end it is of.
REPORTED: Final = tuple(
    f"est_{what}_{back}y" for back in range(REPORTED_YEARS) for what in ("eps", "end")
)
#: The panel columns that say which years these are and when they became known.
REPORTED_FROM: Final = tuple(
    f"{when}@{back}" for back in range(REPORTED_YEARS) for when in ("end", "known")
)

#: The columns, in order.
COLUMNS: Final = (
    "est_eps1", "est_sd1", "analysts", "est_up_30d", "est_down_30d", "est_as_of", "est_fy1",
    "est_eps2", "est_rev1", "est_rev2", *(f"est_eps{y}_{lag}d" for y in (1, 2) for lag in LAGS),
    *REPORTED,
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


def of_reported_years(table: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """REPORTED for each row of `reports`: what was expected of its last years before their results.

    `reports` has isin and REPORTED_FROM. An estimate counts that is of the day before the result
    became known or earlier, and of at most 120 days before that. A figure restated later
    makes a report known later: no day beyond the 60 the rules leave for it counts.
    """
    parts = [_before_result(table, reports, back) for back in range(REPORTED_YEARS)]
    return pl.concat(parts, how="horizontal").select(REPORTED)


def _before_result(table: pl.DataFrame, reports: pl.DataFrame, back: int) -> pl.DataFrame:
    by_rule = pl.col(f"end@{back}").dt.offset_by(f"{YEAR_DAYS}d")
    asked = reports.select(
        "isin",
        pl.col(f"end@{back}").alias("fy_end"),
        pl.min_horizontal(f"known@{back}", by_rule).alias("out"),
    )
    given = table.lazy().filter((pl.col("metric") == "eps") & pl.col("mean").is_not_null())
    expected = (
        asked.lazy()
        .unique()
        .join(given, on=["isin", "fy_end"], how="inner")
        .filter(
            (pl.col("as_of") < pl.col("out"))
            & (pl.col("as_of") >= pl.col("out").dt.offset_by(f"-{MAX_AGE_DAYS}d"))
        )
        .sort("as_of", pl.col("analysts").fill_null(0), "source", nulls_last=False)
        .group_by("isin", "fy_end", "out")
        .agg(pl.col("mean").last().alias(f"est_eps_{back}y"))
        .with_columns(pl.col("fy_end").alias(f"est_end_{back}y"))
        .collect()
    )
    found = asked.join(expected, on=["isin", "fy_end", "out"], how="left", maintain_order="left")
    return found.select(f"est_eps_{back}y", f"est_end_{back}y")


def defaults() -> list[pl.Expr]:
    """No coverage is the value 0, not a gap."""
    return [pl.col("analysts").fill_null(0)]
