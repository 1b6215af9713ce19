"""Figures that one document states of one company, as rows of the facts table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import polars as pl

from scrapers.clock import in_india, utc_naive
from screener.market.knowledge import known_at
from screener.market.schema import FACTS, LINES, conform

#: kind, end and months of the period, line, value
Cell = tuple[str, dt.date, int, str, float]

_UNITS: Final = {line: unit for line, (_, unit, _) in LINES.items()}
_CELL: Final = ("kind", "period_end", "months", "line", "value")


def fact_rows(
    cells: Iterable[Cell],
    *,
    isin: str,
    basis: str,
    seen_at: dt.datetime,
    source: str,
    broadcast: dt.date | None = None,
) -> pl.DataFrame:
    """The cells as facts (schema FACTS).

    seen_at: when the document was read, with its time zone. broadcast: the session from which it
    was known; without it the listing rules tell, see `known_at`.
    """
    seen = in_india(seen_at).date()
    rows = [
        (*cell, *((broadcast, "broadcast") if broadcast else known_at(cell[0], cell[1], seen)))
        for cell in cells
    ]
    schema = {name: FACTS[name] for name in (*_CELL, "known_at", "known_basis")}
    return conform(
        "facts",
        pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.lit(isin).alias("isin"),
            pl.lit(basis).alias("basis"),
            pl.col("line").replace_strict(_UNITS, return_dtype=FACTS["unit"]).alias("unit"),
            pl.lit(utc_naive(seen_at)).alias("seen_at"),
            pl.lit(source).alias("source"),
        ),
    )
