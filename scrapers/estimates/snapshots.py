"""Estimates as dated rows: every reading is kept, so that revisions appear from our own history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import polars as pl

from screener.market.schema import conform

KEPT_DAYS: Final = 3 * 366
_KEY: Final = ["isin", "fy_end", "metric", "as_of", "source"]
_NEAR_DAYS: Final = 3


def merged_estimates(
    previous: pl.DataFrame, new: Iterable[pl.DataFrame], today: dt.date
) -> pl.DataFrame:
    """The previous estimates and the new ones; of one source and day the later reading stays.

    A figure that a source gives for an earlier day is taken only where no reading of that source
    lies within three days of it. Rows older than three years are dropped.
    """
    frames = [conform("estimates", frame) for frame in new]
    if not frames:
        return previous
    read = pl.concat(frames).filter(pl.col("as_of") <= today)
    back = read.filter(pl.col("as_of") < pl.col("as_of").max().over("isin", "source"))
    now = read.join(back, on=_KEY, how="anti", maintain_order="left")
    near = pl.duration(days=_NEAR_DAYS)
    held = previous.select(*_KEY[:3], "source", pl.col("as_of").alias("held"))
    known = (
        back.join(held, on=[*_KEY[:3], "source"], how="inner")
        .filter((pl.col("held") - pl.col("as_of")).abs() <= near)
        .select(_KEY)
        .unique()
    )
    back = back.join(known, on=_KEY, how="anti", maintain_order="left")
    return (
        pl.concat([conform("estimates", previous), back, now])
        .unique(_KEY, keep="last", maintain_order=True)
        .filter(pl.col("as_of") >= today - dt.timedelta(days=KEPT_DAYS))
    )
