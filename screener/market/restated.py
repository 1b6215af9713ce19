"""Figures a source has changed since they were first read: what they were, and since when."""

from __future__ import annotations

from typing import Final

import polars as pl

from screener.market.store import Market

#: Columns of what `restatements` returns.
COLUMNS: Final = (
    "isin", "basis", "kind", "period_end", "months", "line", "unit", "before", "value",
    "change_pct", "before_seen_at", "seen_at", "known_at", "source", "adjusted",
)  # fmt: skip
_CELL: Final = ["isin", "basis", "kind", "period_end", "months", "line", "source"]


def restatements(market: Market, isin: str | None = None) -> pl.DataFrame:
    """Every change of a published figure of one company, or of all, the latest seen first.

    A row a change: `before` is the figure as it was read until then, `value` the one that took its
    place, `change_pct` the change in percent of the size of the earlier one (null where that was
    zero), `known_at` the day it counts from. `adjusted` marks earnings per share that a split or a
    bonus between the two readings explains: the figure is the same, per smaller share. Of a market
    as of an earlier day only what was seen by then.
    """
    held = market.table("facts").filter(pl.col("known_at") <= market.date)
    facts = held if isin is None else held.filter(pl.col("isin") == isin)
    return changes(facts.collect(), market.table("actions").collect())


def changes(facts: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """The changes in a table of facts, as `restatements` gives them."""
    before = pl.col("value").shift().over(_CELL)
    changed = (
        facts.lazy()
        .filter(pl.struct(_CELL).is_duplicated())
        .sort("seen_at", maintain_order=True)
        .with_columns(
            before.alias("before"),
            pl.col("seen_at").shift().over(_CELL).alias("before_seen_at"),
        )
        .filter(pl.col("before").is_not_null(), pl.col("before") != pl.col("value"))
        .with_columns(
            pl.when(pl.col("before") != 0)
            .then(100 * (pl.col("value") - pl.col("before")) / pl.col("before").abs())
            .alias("change_pct")
        )
        .collect()
    )
    return (
        changed.with_columns(_adjusted(changed, actions))
        .select(COLUMNS)
        .sort("seen_at", "isin", "period_end", descending=[True, False, True], maintain_order=True)
    )


def _adjusted(changed: pl.DataFrame, actions: pl.DataFrame) -> pl.Series:
    """Whether a split or bonus between two readings explains that earnings per share changed."""
    share_changes = actions.filter(pl.col("kind").is_in(["split", "bonus"]))
    eps = changed.with_row_index("row").filter(pl.col("line") == "eps")
    explained = eps.join(share_changes.select("isin", "ex_date"), on="isin", how="inner").filter(
        pl.col("ex_date") > pl.col("before_seen_at").dt.date(),
        pl.col("ex_date") <= pl.col("seen_at").dt.date(),
    )
    rows = pl.int_range(changed.height, eager=True)
    return rows.is_in(explained["row"].cast(pl.Int64).implode()).alias("adjusted")
