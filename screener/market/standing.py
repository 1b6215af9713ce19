"""Who was listed on a day, in which indices and of which size, by what was on record by then.

- A list of index members counts from its date. Before the first list of any index nobody's
  membership is known: null, not an empty list.
- A half-yearly size list counts from LIST_DAYS after the end of its half-year: AMFI has five
  days to draw it up and publishes it then. It counts until the next one does, at most LIST_MAX_AGE
  days after its half-year. Without a list companies are ranked here, by their mean price of six
  months and their shares of the day.
- A company that is suspended or delisted now was active on a day on which it still traded.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from screener.market.bars import Ints
from screener.market.schema import SIZE_CLASSES

LIST_DAYS: Final = 7
LIST_MAX_AGE: Final = 400
STILL_TRADED_DAYS: Final = 15
SIZE_COLUMNS: Final = ("size_rank", "size_mcap", "size_class")
CLASS_ENDS: Final = (100, 250, 500)  # last ranks of large, mid and small


def listed_rows(companies: pl.DataFrame, day: dt.date) -> Ints:
    """The rows of the companies listed by that day; those of unknown listing were."""
    listed = (companies["listed_on"] <= day).fill_null(True)
    return listed.arg_true().cast(pl.Int64).to_numpy()


def indices_on(members: pl.DataFrame, isins: pl.Series, day: dt.date) -> pl.Series:
    """The indices each company belonged to, in order; null where no list is that old."""
    begun = members.filter(pl.col("since") <= day)
    if begun.is_empty():
        return pl.Series("indices", [None] * len(isins), dtype=pl.List(pl.String))
    held = begun.filter(pl.col("until").is_null() | (pl.col("until") > day))
    lists = held.group_by("isin").agg(pl.col("index").unique().sort().alias("indices"))
    found = isins.to_frame("isin").join(lists, on="isin", how="left", maintain_order="left")
    return found["indices"].fill_null([])


def first_lists(members: pl.DataFrame) -> dict[str, dt.date]:
    """Index, in lower case → the date of its first list on record."""
    first = members.group_by(pl.col("index").str.to_lowercase()).agg(pl.col("since").min())
    return dict(first.iter_rows())


def sizes_on(sizes: pl.DataFrame, isins: pl.Series, day: dt.date) -> pl.DataFrame | None:
    """SIZE_COLUMNS of each company by the list in force; None where none is."""
    published = pl.col("period_end") + pl.duration(days=LIST_DAYS) <= day
    recent = pl.col("period_end") + pl.duration(days=LIST_MAX_AGE) >= day
    lists = sizes.filter(published & recent)
    if lists.is_empty():
        return None
    newest = lists.filter(pl.col("period_end") == pl.col("period_end").max())
    return (
        isins.to_frame("isin")
        .join(newest.unique("isin", keep="last"), on="isin", how="left", maintain_order="left")
        .select(SIZE_COLUMNS)
    )


def size_class(rank: pl.Expr) -> pl.Expr:
    """The size class of a rank (SIZE_CLASSES)."""
    bounds = [pl.lit(0), *map(pl.lit, CLASS_ENDS)]
    place = pl.sum_horizontal((rank > bound).cast(pl.Int32) for bound in bounds) - 1
    names = pl.lit(pl.Series(SIZE_CLASSES))
    return pl.when(rank > 0).then(names.gather(place.clip(0)))


def status_on(status: pl.Series, last_session: Ints, day: Ints) -> pl.Series:
    """The status of each company; `last_session` and `day` count from 1970, −1 for none."""
    age = day - last_session
    traded = (last_session >= 0) & (age >= 0) & (age <= STILL_TRADED_DAYS)
    active = pl.Series("status", ["active"]).new_from_index(0, len(status))
    return active.zip_with(pl.Series(traded), status).alias("status")
