"""Lists that replace each other over time: who belongs to an index, who has which size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from screener.market.schema import conform


def merged_members(
    previous: pl.DataFrame, found: Mapping[str, Sequence[str]], day: dt.date, source: str
) -> pl.DataFrame:
    """The memberships (schema MEMBERS) with the lists read on a day; other indices stay.

    Who was on the list before goes on, who is not any more belonged until this day, and who is new
    belongs since. A list of a day before the newest one on record adds nothing.
    """
    if not found:
        return previous
    listed = pl.DataFrame(
        [(name, isin) for name, isins in found.items() for isin in dict.fromkeys(isins)],
        schema={"index": pl.String, "isin": pl.String},
        orient="row",
    )
    newest = previous.group_by("index").agg(
        pl.max_horizontal(pl.col("since").max(), pl.col("until").max()).alias("newest")
    )
    older = newest.filter(pl.col("newest") > day)["index"].to_list()
    listed = listed.filter(~pl.col("index").is_in(older))
    covered = pl.col("index").is_in([name for name in found if name not in older])
    held = previous.filter(covered & pl.col("until").is_null())
    closed = previous.filter(~(covered & pl.col("until").is_null()))
    stays = held.join(listed, on=["index", "isin"], how="semi", maintain_order="left")
    leaves = held.join(listed, on=["index", "isin"], how="anti", maintain_order="left")
    joins = listed.join(held, on=["index", "isin"], how="anti", maintain_order="left")
    parts = [
        closed,
        stays,
        leaves.with_columns(pl.lit(day).alias("until")).filter(pl.col("since") < day),
        joins.with_columns(pl.lit(day).alias("since"), pl.lit(source).alias("source")),
    ]
    return pl.concat([conform("members", part) for part in parts]).sort("index", "isin", "since")


def merged_sizes(previous: pl.DataFrame, new: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The size lists (schema SIZES) with new ones; of a half-year read twice the new one stays."""
    for sizes in new:
        ends = sizes["period_end"].unique().implode()
        kept = previous.filter(~pl.col("period_end").is_in(ends))
        previous = pl.concat([conform("sizes", kept), conform("sizes", sizes)])
    return previous.sort("period_end", "isin")
