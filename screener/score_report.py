"""The selectivity score of one company taken apart: every figure, its points, what it gives.

The points, goalposts, weights and coverage are those of `fields.scores`; here they are only split
so that what the figures give adds up to the score.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.fields import goalposts, scores
from screener.fields.base import NOW, Reason
from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.screening import isin_of

SCORE: Final = "selectivity_score"


@dataclass(frozen=True)
class Figure:
    """One input of a part of the score.

    `points` run from 0 to 100 and are None where the figure is unknown; `gives` is how much of the
    total comes from it. `counts` is false for an analysts' figure that is unknown: it is left out
    of the weights and not held against the company.
    """

    field: str
    name: str
    unit: str
    value: float | None
    reason: Reason | None  # why there is no value
    goalposts: tuple[goalposts.Post, ...]
    points: float | None
    weight: float
    counts: bool
    gives: float | None
    stands_in_for: str = ""  # name of the unknown figure whose place it takes


@dataclass(frozen=True)
class PartReport:
    """One of the four parts: its score, what it weighs and what it gives to the total.

    `gives` is the sum of what its figures give and of `neutral`, what missing figures give at
    50 points. These and `share` are None where there is no part score or no total.
    """

    key: str
    name: str
    weight: float  # in percent, of four parts
    share: float | None  # of the total, 0 to 1, among the parts that have a score
    score: float | None
    coverage: float  # 0 to 1
    figures: tuple[Figure, ...]
    neutral: float | None
    gives: float | None


@dataclass(frozen=True)
class ScoreReport:
    """The whole score. `total` is what the parts give, plus `capped`, which is zero or below."""

    isin: str
    symbol: str
    name: str
    market: str  # its label
    market_date: dt.date
    demo: bool
    total: float | None
    coverage: float | None  # percent of all weights
    gate: str
    capped: float
    goalposts: str  # the user's own file, empty where those built in were used
    own_goalposts: str  # where a user's own file is looked for
    parts: tuple[PartReport, ...]


def score_report(market: Market, symbol: str) -> ScoreReport:
    """The score of the company of that symbol, code, name or ISIN.

    Raises UnknownName, or GoalpostsFileError where the user's own goalposts cannot be used.
    """
    posts = goalposts.in_use()
    isin = isin_of(market, symbol)
    row = market.fields.filter(pl.col("isin") == isin)
    total = row[SCORE].item()
    shares = _shares_of_total(posts.parts, row) if total is not None else {}
    parts = tuple(_part(part, row, shares.get(part.key)) for part in posts.parts)
    given = sum(part.gives or 0.0 for part in parts)
    return ScoreReport(
        isin=isin,
        symbol=row["symbol"].item(),
        name=row["name"].item(),
        market=market.label,
        market_date=market.date,
        demo=market.is_demo,
        total=total,
        coverage=row["selectivity_coverage"].item(),
        gate=row["selectivity_gate"].item() or "",
        capped=0.0 if total is None else min(total - given, 0.0),
        goalposts=str(posts.own or ""),
        own_goalposts=str(goalposts.own_file()),
        parts=parts,
    )


def _shares_of_total(parts: Iterable[goalposts.Part], row: pl.DataFrame) -> dict[str, float]:
    """The share of the total that each part with a score decides."""
    weights = {
        part.key: part.weight
        for part in parts
        if part.weight > 0 and row[f"{part.key}_score"].item() is not None
    }
    return {key: weight / sum(weights.values()) for key, weight in weights.items()}


def _part(part: goalposts.Part, row: pl.DataFrame, share: float | None) -> PartReport:
    coverage = _number(row, scores.coverage(part, NOW)) or 0.0
    used = [given for given in part.inputs if row.select(given.applies()).item()]
    points = [_number(row, given.points()) for given in used]
    known = sum(g.weight for g, p in zip(used, points, strict=True) if p is not None)
    figures = []
    for given, earned in zip(used, points, strict=True):
        gives = None
        if share is not None and earned is not None:
            gives = earned * given.weight / known * coverage * share
        figures.append(_figure(given, row, earned, gives))
    return PartReport(
        key=part.key,
        name=part.name,
        weight=part.weight,
        share=share,
        score=row[f"{part.key}_score"].item(),
        coverage=coverage,
        figures=tuple(figures),
        neutral=None if share is None else scores.NEUTRAL * (1 - coverage) * share,
        gives=None if share is None else row[f"{part.key}_score"].item() * share,
    )


def _figure(
    given: goalposts.Input, row: pl.DataFrame, points: float | None, gives: float | None
) -> Figure:
    field = by_key()[given.field]
    value = row[given.field].item()
    code = row[f"{given.field}?"].item()
    return Figure(
        field=given.field,
        name=field.name,
        unit=field.unit.value,
        value=value,
        reason=None if value is not None else Reason(code) if code else Reason.MISSING,
        goalposts=given.posts,
        points=points,
        weight=given.weight,
        counts=points is not None or not given.analyst,
        gives=gives,
        stands_in_for=by_key()[given.stands_in_for].name if given.stands_in_for else "",
    )


def _number(row: pl.DataFrame, expr: pl.Expr) -> float | None:
    value = row.select(expr).item()
    return None if value is None or math.isnan(value) else float(value)


def rounded_shares(amounts: list[float], digits: int = 1) -> Iterator[float]:
    """The amounts rounded so that their sum is the rounded sum; each is off by a step at most."""
    before = total = 0.0
    for amount in amounts:
        total += amount
        now = round(total, digits)
        yield round(now - before, digits)
        before = now
