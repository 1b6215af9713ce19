"""Which slot of the panel a period falls into: how many years or quarters back it lies."""

from __future__ import annotations

from typing import Final

import polars as pl

YEARS: Final = 12
QUARTERS: Final = 16  # twelve quarters and the same ones a year before
HOLDINGS: Final = 13
STALE_BASIS_DAYS: Final = 200


def slotted(facts: pl.DataFrame, kind: str, slots: int) -> pl.DataFrame:
    """The facts with `slot` (0 is the latest period) and `span` (months of that period).

    Periods further back than `slots` are left out. Annual slots count reports, so a 15-month year
    is one step; where reports are missing the slots of the missing years stay empty. Quarters and
    shareholding patterns fall on a three-month grid.
    """
    periods = (
        facts.lazy()
        .group_by("row", "period_end")
        .agg(pl.col("months").max().alias("span"))
        .with_columns(_month_number(pl.col("period_end")).alias("month"))
        .sort("row", "period_end", descending=[False, True])
    )
    if kind == "annual":
        periods = periods.with_columns(
            pl.when(pl.col("span") > 0).then("span").otherwise(12).alias("span")
        )
        slot = _steps_back().cum_sum().over("row")
    else:
        latest = pl.col("month").first().over("row")
        slot = ((latest - pl.col("month")) / 3).round()
    placed = periods.with_columns(slot.cast(pl.Int32).alias("slot")).filter(pl.col("slot") < slots)
    return (
        facts.lazy()
        .join(
            placed.select("row", "period_end", "slot", "span"),
            on=["row", "period_end"],
            how="inner",
            maintain_order="left",
        )
        .collect()
    )


def _month_number(date: pl.Expr) -> pl.Expr:
    return date.dt.year().cast(pl.Int32) * 12 + date.dt.month().cast(pl.Int32)


def _steps_back() -> pl.Expr:
    """Slots between a report and the next later one: 1, or more where reports are missing."""
    gap = pl.col("month").shift(1).over("row") - pl.col("month")
    length = pl.col("span").shift(1).over("row").cast(pl.Int32)
    missing = ((gap - length) / 12).round().clip(lower_bound=0)
    return (1 + missing).fill_null(0)
