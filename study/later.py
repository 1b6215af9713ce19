"""What shares did in the year after a score was given, tenth by tenth of the score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.market.store import Market
from study.statistics import Floats, spearman, tenths

YEAR: Final = dt.timedelta(weeks=52)
GAP: Final = dt.timedelta(days=14)  # a close this much older than the day stands for it
BAD_FALL: Final = -30.0  # percent
LARGEST: Final = 250  # companies that are no small caps
SCORE: Final = "selectivity_score"


@dataclass(frozen=True)
class Tenth:
    """The companies of a tenth of the scores, and their returns over the year, in percent."""

    number: int  # 1 has the lowest scores
    companies: int
    median: float
    mean: float
    bad: float  # share that fell by more than 30 %, in percent


@dataclass(frozen=True)
class Year:
    """The year after a start day."""

    start: dt.date
    end: dt.date
    companies: int
    coverage: float  # mean known share of the weights, in percent
    tenths: tuple[Tenth, ...]
    tail: float  # rank correlation of the tenth and its share of bad falls
    returns: float  # rank correlation of score and return, company by company
    ended: int  # companies whose price ended before the year did; their last close counts


def small_caps(fields: pl.DataFrame) -> pl.DataFrame:
    """The companies beyond the largest of that day, by market capitalisation."""
    rank = pl.col("market_cap").rank(descending=True, method="ordinal")
    return fields.filter(rank > min(LARGEST, fields.height // 4))


def returns_after(market: Market, start: dt.date, end: dt.date) -> pl.DataFrame:
    """Return of each share from start to end, in percent, by adjusted closes.

    A share that stopped trading between counts with its last close.
    """
    prices = market.table("prices").select("isin", "date", "close").sort("isin", "date")
    first = prices.filter(pl.col("date").is_between(start - GAP, start))
    last = prices.filter(pl.col("date").is_between(start, end))
    return (
        first.group_by("isin")
        .agg(pl.col("close").last().alias("from"))
        .join(
            last.group_by("isin").agg(pl.col("close").last().alias("to"), pl.col("date").last()),
            on="isin",
        )
        .select(
            "isin",
            (100 * (pl.col("to") / pl.col("from") - 1)).alias("return"),
            (pl.col("date") < end - GAP).alias("ended"),
        )
        .collect()
    )


def judged_after(market: Market, start: dt.date) -> pl.DataFrame:
    """The small caps as scored on what was known on a day, with their return of the year since."""
    return small_caps(market.as_of(start).fields).join(
        returns_after(market, start, start + YEAR), on="isin", maintain_order="left"
    )


def year_of(judged: pl.DataFrame, start: dt.date, score: str = SCORE) -> Year:
    """The tenths of a score and their returns; `judged` is of `judged_after`."""
    known = judged.filter(pl.col(score).is_not_null())
    scores, later = (known[name].to_numpy().astype(np.float64) for name in (score, "return"))
    table = tenth_table(scores, later)
    return Year(
        start=start,
        end=start + YEAR,
        companies=known.height,
        coverage=float(known["selectivity_coverage"].to_numpy().mean()),
        tenths=table,
        tail=tail_correlation(table),
        returns=spearman(scores, later),
        ended=int(known["ended"].sum()),
    )


def fifths_apart(
    tables: Sequence[pl.DataFrame], times: int, rng: np.random.Generator
) -> tuple[float, float]:
    """By how many points bad falls are rarer in the highest fifth than in the lowest.

    The range of nine in ten when the companies of each year are drawn anew, with repeats; each
    year is of equal weight. `tables` are of `judged_after`.
    """
    bad = []
    for judged in tables:
        known = judged.filter(pl.col(SCORE).is_not_null())
        fifth = tenths(known[SCORE].to_numpy().astype(np.float64), 5)
        fell = known["return"].to_numpy().astype(np.float64) < BAD_FALL
        bad.append((fell[fifth == 1], fell[fifth == 5]))
    apart = [
        float(np.mean([100 * (_anew(low, rng) - _anew(high, rng)) for low, high in bad]))
        for _ in range(times)
    ]
    return float(np.quantile(apart, 0.05)), float(np.quantile(apart, 0.95))


def _anew(fell: npt.NDArray[np.bool_], rng: np.random.Generator) -> float:
    return float(rng.choice(fell, len(fell)).mean())


def tenth_table(scores: Floats, later: Floats) -> tuple[Tenth, ...]:
    """A row a tenth, the lowest scores first."""
    group = tenths(scores)
    rows = []
    for number in range(1, 11):
        mine = later[group == number]
        if len(mine):
            bad = 100 * float((mine < BAD_FALL).mean())
            rows.append(Tenth(number, len(mine), float(np.median(mine)), float(mine.mean()), bad))
    return tuple(rows)


def tail_correlation(table: Sequence[Tenth]) -> float:
    """Rank correlation of the tenth and its share of bad falls: −1 where each is safer."""
    return spearman(
        np.array([float(row.number) for row in table]), np.array([row.bad for row in table])
    )


def pooled(years: Sequence[Year]) -> tuple[Tenth, ...]:
    """The tenths of all years together, each year of equal weight."""
    rows = []
    for number in range(1, 11):
        same = [row for year in years for row in year.tenths if row.number == number]
        means = [float(np.mean([getattr(r, n) for r in same])) for n in ("median", "mean", "bad")]
        rows.append(Tenth(number, sum(row.companies for row in same), *means))
    return tuple(rows)
