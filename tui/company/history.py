"""Fields of a company year by year, computed on its row of the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from screener.fields.base import At
from screener.fields.catalogue import by_key
from screener.fields.plan import SharedColumns
from screener.market.store import Market
from screener.provenance import panel_of


def by_year(
    market: Market, isin: str, keys: Sequence[str], years: int
) -> dict[str, list[float | None]]:
    """Each field's value, the earliest of so many years first and the latest last."""
    stages, values = _query(tuple(keys), years)
    frame = panel_of(market, isin)
    for stage in stages:
        frame = _collected(frame.lazy().with_columns(stage))
    row = _collected(frame.lazy().select(values)).row(0, named=True)
    return {key: [row[f"{key}@{k}"] for k in range(years - 1, -1, -1)] for key in keys}


def _collected(query: pl.LazyFrame) -> pl.DataFrame:
    # The optimiser looks for common parts among hundreds of wide expressions, which takes minutes;
    # the plan has shared them already.
    return query.collect(optimizations=pl.QueryOptFlags.none())


@lru_cache(maxsize=16)
def fields_of(market: Market, isin: str) -> Mapping[str, Any]:
    """Every field of a company with the reason codes of those that are null."""
    return market.fields.row(by_predicate=pl.col("isin") == isin, named=True)


@lru_cache(maxsize=16)
def _query(
    keys: tuple[str, ...], years: int
) -> tuple[tuple[tuple[pl.Expr, ...], ...], tuple[pl.Expr, ...]]:
    """The stages of shared columns, and each field at each year."""
    fields, plan = by_key(), SharedColumns()
    values = tuple(
        fields[key].define(At(years=k, plan=plan)).value.cast(pl.Float64).alias(f"{key}@{k}")
        for key in keys
        for k in range(years)
    )
    return tuple(tuple(stage) for stage in plan.stages), values
