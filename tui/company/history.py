"""Fields of a company year by year, computed on its row of the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from screener.fields.base import NOW
from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.provenance import panel_of


def by_year(
    market: Market, isin: str, keys: Sequence[str], years: int
) -> dict[str, list[float | None]]:
    """Each field's value, the earliest of so many years first and the latest last."""
    row = panel_of(market, isin).select(_values(tuple(keys), years)).row(0, named=True)
    return {key: [row[f"{key}@{k}"] for k in range(years - 1, -1, -1)] for key in keys}


@lru_cache(maxsize=16)
def fields_of(market: Market, isin: str) -> Mapping[str, Any]:
    """Every field of a company with the reason codes of those that are null."""
    return market.fields.row(by_predicate=pl.col("isin") == isin, named=True)


@lru_cache(maxsize=16)
def _values(keys: tuple[str, ...], years: int) -> tuple[pl.Expr, ...]:
    fields = by_key()
    return tuple(
        fields[key].define(NOW.back(years=k)).value.cast(pl.Float64).alias(f"{key}@{k}")
        for key in keys
        for k in range(years)
    )
