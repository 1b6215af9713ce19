"""Breadth of a segment: how many of its companies fell, and how far."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

import polars as pl

from screener.regime.segments import Segment

FALLER: Final = -0.10  # a company at or under this return of the year so far is a faller
DRAWDOWNS: Final = (0.20, 0.30, 0.50)
#: Edges of the histogram; a bin holds its upper edge, so the fallers fill whole bins.
EDGES: Final = (-1.0, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.5, float("inf"))
#: The same for the way down from the 52-week high, so that each count of DRAWDOWNS is whole bins.
FALL_EDGES: Final = (-1.0, -0.5, -0.4, -0.3, -0.2, -0.1, 0.0)
_DIGITS: Final = 9  # 90 / 100 − 1 is a loss of 10 %


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """The fraction, or None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class Bin:
    """Companies with a value above `low` and up to `high`; `high` is None where there is no end."""

    low: float
    high: float | None
    count: int


@dataclass(frozen=True)
class SpanReturn:
    """Returns of a segment's companies over a span: ytd, 1m, 3m, 6m, 1y or a calendar year.

    `weighted` weighs by market cap at the start of the span with today's shares; it is None where
    fewer than half of the companies have a market cap.
    """

    span: str
    median: float | None
    weighted: float | None
    rising: Share


@dataclass(frozen=True)
class Breadth:
    """Counts over the companies whose last trade is fresh; fractions are of what could be judged.

    `below_high` answers to DRAWDOWNS. `rare` companies are counted everywhere, but traded in
    fewer than four of five of the last sixty sessions.
    """

    companies: int
    priced: int
    rare: int
    fallers: Share
    below_high: tuple[Share, Share, Share]
    above_50: Share
    above_200: Share
    advances: int
    declines: int
    unchanged: int
    median_drawdown: float | None
    histogram: tuple[Bin, ...]  # of this year's returns
    drawdowns: tuple[Bin, ...]  # of the way from the 52-week high
    returns: tuple[SpanReturn, ...]

    def over(self, span: str) -> SpanReturn | None:
        """The returns over that span."""
        return next((one for one in self.returns if one.span == span), None)


def members(table: pl.DataFrame, segment: Segment) -> pl.DataFrame:
    """The segment's rows of a table that has the companies' columns."""
    return table.filter(segment.rule)


def breadth(rows: pl.DataFrame) -> Breadth:
    """Breadth of the companies of `rows`: company columns joined with their quotes.

    A `market_cap` column (₹ crore), where there is one, weighs the returns.
    """
    priced = rows.filter(pl.col("fresh").fill_null(False))
    year = _known(priced, "r:ytd")
    fall = _known(priced, "from_high")
    traded = priced.filter(pl.col("on_day") & pl.col("prev").is_not_null())
    move = (traded["close"] - traded["prev"]).sign()
    twenty, thirty, fifty = (_counted(fall <= -limit) for limit in DRAWDOWNS)
    spans = [name.removeprefix("r:") for name in rows.columns if name.startswith("r:")]
    return Breadth(
        companies=rows.height,
        priced=priced.height,
        rare=int(priced["rare"].sum()),
        fallers=_counted(year <= FALLER),
        below_high=(twenty, thirty, fifty),
        above_50=_counted(_known(priced, "over_50") > 0),
        above_200=_counted(_known(priced, "over_200") > 0),
        advances=int((move > 0).sum()),
        declines=int((move < 0).sum()),
        unchanged=int((move == 0).sum()),
        median_drawdown=_float(fall.median()),
        histogram=histogram(year),
        drawdowns=histogram(fall, FALL_EDGES),
        returns=tuple(_span(priced, span) for span in spans),
    )


def histogram(values: pl.Series, edges: Sequence[float] = EDGES) -> tuple[Bin, ...]:
    """How many values lie between each two edges."""
    return tuple(
        Bin(
            low,
            high if isfinite(high) else None,
            # Nothing loses more than all of it, so the first bin holds its lower edge too.
            int(values.is_between(low, high, closed="both" if low == edges[0] else "right").sum()),
        )
        for low, high in itertools.pairwise(edges)
    )


def _span(priced: pl.DataFrame, span: str) -> SpanReturn:
    returns = _known(priced, f"r:{span}")
    return SpanReturn(
        span, _float(returns.median()), _weighted(priced, span), _counted(returns > 0)
    )


def _weighted(priced: pl.DataFrame, span: str) -> float | None:
    """Σ cap now / Σ cap at the start − 1. A past year is weighed by the cap at its own start."""
    known = priced.filter(pl.col(f"r:{span}").is_not_null())
    if "market_cap" not in known.columns:
        return None
    held = known.filter(pl.col("market_cap") > 0)
    if held.is_empty() or 2 * held.height < known.height:
        return None
    since = 1.0 + pl.col(f"r:{span}")
    later = pl.lit(1.0)
    if span.isdigit():
        # The price at the year's end over today's price turns today's cap into that of then.
        past = (name for name in held.columns if name[2:].isdigit())
        for name in past:
            if int(name[2:]) > int(span):
                later = later * (1.0 + pl.col(name))
        later = later * (1.0 + pl.col("r:ytd"))
    end = pl.col("market_cap") / later
    sums = held.select(end.sum().alias("end"), (end / since).sum().alias("start"))
    start = sums["start"][0]
    return sums["end"][0] / start - 1 if start and start > 0 else None


def _known(rows: pl.DataFrame, column: str) -> pl.Series:
    return rows[column].drop_nulls().round(_DIGITS)


def _counted(flags: pl.Series) -> Share:
    return Share(int(flags.sum()), len(flags))


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
