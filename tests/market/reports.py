"""Statements as tables, read from the facts alone."""

from __future__ import annotations

import polars as pl

KEYS = ["isin", "basis", "kind", "period_end"]


def statements(facts: pl.DataFrame, *, version: str = "last") -> pl.DataFrame:
    """One row a report; of restated figures the first or the last version."""
    return (
        facts.filter(pl.col("kind").is_in(["annual", "quarter", "interim"]))
        .sort("known_at")
        .unique([*KEYS, "line"], keep=version, maintain_order=True)
        .pivot("line", index=[*KEYS, "months"], values="value")
    )


def consecutive_years(wide: pl.DataFrame) -> pl.DataFrame:
    """Twelve-month years, with the report of the year before beside each."""
    years = wide.filter(pl.col("kind") == "annual")
    before = years.with_columns(pl.col("period_end").dt.offset_by("12mo").dt.month_end())
    return years.filter(pl.col("months") == 12).join(
        before, on=["isin", "basis", "period_end"], suffix="_before"
    )
