"""New figures beside old ones: facts are only ever added, a restatement is one more row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import polars as pl

from scrapers.filed import SOURCE as FILED
from screener.market.schema import FACTS, conform, empty

_INDIA: Final = "Asia/Kolkata"
_CELL: Final = ["isin", "basis", "kind", "period_end", "line", "source"]
_KEY: Final = [*_CELL, "months"]


def merged_facts(previous: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The previous facts and those of `new` that say something else than the last one seen.

    A changed value, or one of a period that turned out longer or shorter, counts as known on the
    day it was seen, for nobody knew it from this source before.
    """
    if new.is_empty():
        return previous
    newest = new.sort("seen_at").unique(_KEY, keep="last", maintain_order=True)
    # Figures of filings are compared in a step of their own, see `filed`.
    touched = previous.filter(
        pl.col("isin").is_in(newest["isin"].unique().implode()), pl.col("source") != FILED
    )
    before = (
        touched.sort("seen_at")
        .unique(_KEY, keep="last", maintain_order=True)
        .select(*_KEY, pl.col("value").alias("before"))
    )
    cells = touched.select(_CELL).unique().with_columns(pl.lit(True).alias("told"))
    compared = newest.join(before, on=_KEY, how="left", maintain_order="left").join(
        cells, on=_CELL, how="left", maintain_order="left"
    )
    restated = pl.col("told").fill_null(False)
    seen_on = pl.col("seen_at").dt.replace_time_zone("UTC").dt.convert_time_zone(_INDIA).dt.date()
    added = compared.filter(pl.col("before").ne_missing(pl.col("value"))).with_columns(
        pl.when(restated).then(seen_on).otherwise("known_at").alias("known_at"),
        pl.when(restated).then(pl.lit("seen")).otherwise("known_basis").alias("known_basis"),
    )
    return pl.concat([conform("facts", previous), conform("facts", added.select(*FACTS))])


def merged_prices(previous: pl.DataFrame, new: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The previous prices and the new ones; of a share and day given twice the new one stays.

    What was known of its delivery stays too, for price files do not tell it.
    """
    frames = [conform("prices", frame) for frame in (previous, *new)]
    known = frames[0].filter(pl.col("delivery").is_not_null())
    delivered = known.select("isin", "date", pl.col("delivery").alias("_known"))
    return conform(
        "prices",
        pl.concat(frames)
        .unique(["isin", "date"], keep="last", maintain_order=True)
        .join(delivered, on=["isin", "date"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("delivery", "_known").alias("delivery"))
        .sort("isin", "date"),
    )


def joined(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All facts in one frame."""
    found = list(frames)
    return pl.concat(found) if found else empty("facts")
