"""Figures from results filings beside those of company pages: one figure, told once.

A filing has the moment it was broadcast and exact rupees; a page has rounded crores and no dates.
So where both state the same line of the same period and basis:

- A page's figure that is the filed one but for rounding is the same figure: the filed row stays,
  known since its broadcast, and the page's row goes.
- A page's figure that is another one is a restatement. Both stay, the filed one known since its
  broadcast. Lines that both sides define alike were restated later, so the page's row counts from
  the day it was seen and no longer from the day the listing rules would allow; for lines that
  sites group in their own way nothing is said about when.
- Lines of that report which filings do not carry count from the broadcast too, where at least one
  line shows that page and filing are about the same accounts.

A second filing for a period is a row of its own, known since its own broadcast.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.market.schema import conform

SOURCE: Final = "bse filings"
#: Lines that pages and filings define alike; others differ in what they group together.
SAME_MEANING: Final = (
    "sales", "interest", "depreciation", "pbt", "tax", "net_profit", "owners_profit",
    "equity_capital", "reserves", "total_assets", "cfo", "cfi", "cff", "inventories", "deposits",
)  # fmt: skip
_REPORT: Final = ["isin", "basis", "kind", "period_end"]
_KEY: Final = [*_REPORT, "months", "line"]
_INDIA: Final = "Asia/Kolkata"
_EPS_STEP: Final = 0.01


def with_filings(facts: pl.DataFrame, new: pl.DataFrame | None = None) -> pl.DataFrame:
    """The facts and new ones from filings (schema FACTS), reconciled; done twice it is as once."""
    facts = conform("facts", facts)
    is_filed = pl.col("source") == SOURCE
    filed = facts.filter(is_filed)
    if new is not None:
        filed = pl.concat([filed, conform("facts", new)]).unique(
            [*_KEY, "known_at", "value"], keep="first", maintain_order=True
        )
    if filed.is_empty():
        return facts
    others = facts.filter(~is_filed).with_row_index("_row")
    reports = filed.select(_REPORT).unique()
    touched = others.join(reports, on=_REPORT, how="semi", maintain_order="left")
    judged = _judged(touched, filed)
    dropped = judged.filter(pl.col("_dropped")).select("_row")
    dated = judged.filter(~pl.col("_dropped")).select("_row", "_known_at", "_known_basis")
    kept = (
        others.join(dropped, on="_row", how="anti", maintain_order="left")
        .join(dated, on="_row", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("_known_at", "known_at").alias("known_at"),
            pl.coalesce("_known_basis", "known_basis").alias("known_basis"),
        )
    )
    return pl.concat([conform("facts", kept), filed])


def _judged(touched: pl.DataFrame, filed: pl.DataFrame) -> pl.DataFrame:
    """For each row of pages whether it is dropped, and where it changes when it counts as known."""
    beside = filed.select(*_KEY, pl.col("value").alias("_filed"), pl.col("known_at").alias("_told"))
    seen_on = pl.col("seen_at").dt.replace_time_zone("UTC").dt.convert_time_zone(_INDIA).dt.date()
    close = (pl.col("value") - pl.col("_filed")).abs() <= _rounding()
    agreement = (
        touched.select("_row", *_KEY, "value", "seen_at")
        .join(beside, on=_KEY, how="inner")
        .group_by("_row")
        .agg(
            close.any().alias("_close"),
            # What a page showed before a filing did not come from it.
            (close & (pl.col("_told") <= seen_on)).any().alias("_agrees"),
        )
    )
    first_out = filed.group_by(_REPORT).agg(pl.col("known_at").min().alias("_broadcast"))
    rows = (
        touched.join(agreement, on="_row", how="left", maintain_order="left")
        .join(first_out, on=_REPORT, how="left", maintain_order="left")
        .sort("seen_at", "_row", maintain_order=True)
        .with_columns(
            pl.col("_close").fill_null(False).any().over(_REPORT).alias("_same_accounts"),
            pl.col("_close").not_().fill_null(False).alias("_differs"),
            (pl.int_range(pl.len()).over(_KEY) == 0).alias("_first"),
        )
    )
    # A page that returns to the filed figure after another one says something new.
    rows = rows.with_columns(
        (pl.col("_agrees").fill_null(False) & ~pl.col("_differs").cum_max().over(_KEY)).alias(
            "_dropped"
        )
    )
    by_rule = pl.col("known_basis") == "rule"
    restated = pl.col("_differs") & by_rule & pl.col("line").is_in(SAME_MEANING)
    same_report = (
        pl.col("_close").is_null()
        & pl.col("_same_accounts")
        & pl.col("_first")
        & (pl.col("_broadcast") <= seen_on)
        & (by_rule | (pl.col("_broadcast") < pl.col("known_at")))
    )
    return rows.select(
        "_row",
        "_dropped",
        pl.when(restated).then(seen_on).when(same_report).then("_broadcast").alias("_known_at"),
        pl.when(restated)
        .then(pl.lit("seen"))
        .when(same_report)
        .then(pl.lit("broadcast"))
        .alias("_known_basis"),
    )


def _rounding() -> pl.Expr:
    """How far a printed value may be from the filed one: a unit of its last digit."""
    value = pl.col("value")
    tenths = (value * 10 - (value * 10).round(0)).abs() < 1e-9
    step = (
        pl.when(pl.col("line") == "eps")
        .then(_EPS_STEP)
        .when(value == value.round(0))
        .then(1.0)
        .when(tenths)
        .then(0.1)
        .otherwise(0.01)
    )
    return step + value.abs() * 1e-9
