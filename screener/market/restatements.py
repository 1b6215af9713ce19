"""Figures that a source changed after they were first read (METHOD 0.8)."""

from __future__ import annotations

from typing import Final

import polars as pl

_CELL: Final = ("isin", "basis", "kind", "period_end", "line")


def restatements(facts: pl.DataFrame) -> pl.DataFrame:
    """The cells with two different readings: `first`, `last`, `difference` and `change`.

    The difference is last − first; the change is a fraction of the first, null where it is zero.
    """
    first, last = pl.col("first"), pl.col("last")
    return (
        facts.lazy()
        .sort("seen_at")
        .group_by(_CELL, maintain_order=True)
        .agg(pl.col("value").first().alias("first"), pl.col("value").last().alias("last"))
        .filter(first != last)
        .with_columns(
            (last - first).alias("difference"),
            pl.when(first != 0).then(last / first - 1).alias("change"),
        )
        .collect()
    )
