"""Which reports came out between two days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.market.store import Market

REPORTS: Final = ("annual", "quarter", "interim", "holding")


@dataclass(frozen=True)
class Filing:
    """A report: its kind and period, and the day it counts as known with how that was found."""

    isin: str
    symbol: str
    kind: str
    period_end: dt.date
    known_at: dt.date
    known_basis: str


def filings_since(market: Market, day: dt.date, isins: Collection[str]) -> tuple[Filing, ...]:
    """Reports of those companies first known after `day`, up to the market's date, latest first.

    A figure restated later, or of a period that was known before, is no new report.
    """
    reports = (
        market.table("facts")
        .filter(
            pl.col("isin").is_in(list(isins))
            & pl.col("kind").is_in(REPORTS)
            & (pl.col("known_at") <= market.date)
        )
        .sort("known_at")
        .group_by("isin", "kind", "period_end")
        .agg(pl.col("known_at").first(), pl.col("known_basis").first())
        .filter(pl.col("known_at") > day)
        .collect()
    )
    # A source that shows ten years at once files nothing: only the period after the last counts.
    latest = reports.sort("period_end").group_by("isin", "kind").last()
    symbols = market.companies.select("isin", "symbol")
    rows = latest.join(symbols, on="isin", how="left").sort(
        ["known_at", "symbol", "kind"], descending=[True, False, False]
    )
    names = ("isin", "symbol", "kind", "period_end", "known_at", "known_basis")
    told = rows.with_columns(pl.col("symbol").fill_null("")).select(names)
    return tuple(Filing(*row) for row in told.rows())
