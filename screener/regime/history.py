"""What small caps cost over large caps, against what they cost before."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

MIN_SESSIONS: Final = 250


@dataclass(frozen=True)
class PremiumHistory:
    """P/E of the small-cap index over that of the large-cap index, as their publisher counts them.

    `median`, `low` and `high` are of all sessions on which both are known; `below` is the fraction
    of them on which the ratio was lower than now.
    """

    small: str
    large: str
    now: float
    median: float
    low: float
    high: float
    below: float
    first: dt.date
    last: dt.date
    sessions: int


def premium_history(
    small: pl.DataFrame, large: pl.DataFrame, names: tuple[str, str]
) -> PremiumHistory | None:
    """From the two indices' rows (date, pe); None where both are known on fewer than 250 days."""
    both = (
        small.select("date", "pe")
        .join(large.select("date", pl.col("pe").alias("other")), on="date")
        .filter((pl.col("pe") > 0) & (pl.col("other") > 0))
        .select("date", (pl.col("pe") / pl.col("other")).alias("ratio"))
        .sort("date")
    )
    if both.height < MIN_SESSIONS:
        return None
    ratio = both["ratio"]
    now = float(ratio[-1])
    low, median, high = both.select(
        pl.col("ratio").min().alias("low"),
        pl.col("ratio").median().alias("median"),
        pl.col("ratio").max().alias("high"),
    ).row(0)
    return PremiumHistory(
        *names,
        now=now,
        median=median,
        low=low,
        high=high,
        below=int((ratio < now).sum()) / both.height,
        first=both["date"][0],
        last=both["date"][-1],
        sessions=both.height,
    )
