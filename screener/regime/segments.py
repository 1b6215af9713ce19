"""Who belongs to which part of the market: size segments by rank, and index members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

#: Last ranks of the segments. The first two are the regulator's; the third is ours.
LARGE: Final = 100
MID: Final = 250
UPPER_SMALL: Final = 500

MIN_MEMBERS: Final = 10  # an index with fewer members here is no segment

Kind = Literal["all", "size", "index"]


@dataclass(frozen=True)
class Segment:
    """A part of the market. `rule` picks its members from the companies table."""

    key: str
    title: str
    kind: Kind
    rule: pl.Expr


def size_segment(rank: int) -> str:
    """large, mid or small, by rank of the six-month average market cap (the AMFI rule)."""
    return "large" if rank <= LARGE else "mid" if rank <= MID else "small"


def size_segment_by_value(market_cap: float, large_min: float, mid_min: float) -> str:
    """The same by market cap: `large_min` and `mid_min` are the smallest large and mid cap."""
    return "large" if market_cap >= large_min else "mid" if market_cap >= mid_min else "small"


def _ranked(first: int, last: int | None, *classes: str) -> pl.Expr:
    """Members by rank; by size class where a company has no rank."""
    rank = pl.col("size_rank")
    within = rank >= first if last is None else rank.is_between(first, last)
    return pl.when(rank.is_not_null()).then(within).otherwise(pl.col("size_class").is_in(classes))


#: The small caps of the rule and, inside them, the two parts we tell apart.
SIZE_SEGMENTS: Final = (
    Segment("large", "Large caps (1–100)", "size", _ranked(1, LARGE, "large")),
    Segment("mid", "Mid caps (101–250)", "size", _ranked(LARGE + 1, MID, "mid")),
    Segment("small", "Small caps (251 on)", "size", _ranked(MID + 1, None, "small", "micro")),
    Segment("upper_small", "– upper (251–500)", "size", _ranked(MID + 1, UPPER_SMALL, "small")),
    Segment("micro", "– micro (501 on)", "size", _ranked(UPPER_SMALL + 1, None, "micro")),
)
EVERYTHING: Final = Segment("all", "All companies", "all", pl.lit(True))


def index_segments(companies: pl.DataFrame) -> tuple[Segment, ...]:
    """A segment for each index of which enough members are known, the largest last."""
    counts = (
        companies.select(pl.col("indices").explode(empty_as_null=True, keep_nulls=False))
        .drop_nulls()
        .group_by("indices")
        .len()
        .filter(pl.col("len") >= MIN_MEMBERS)
        .sort("len", "indices")
    )
    return tuple(
        Segment(
            f"index:{name}", name, "index", pl.col("indices").list.contains(name).fill_null(False)
        )
        for name in counts["indices"]
    )
