"""The selectivity score and its four parts (METHOD 7), and the NSE quality score beside it.

The goalposts and weights stand in goalposts.toml, where every point can be checked by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial, reduce
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.fields.base import At, Family, Field, Measure, Unit
from screener.fields.peers import known

MIN_COVERAGE: Final = 0.5  # of the weight of a part; a part with less is not known
MIN_PARTS: Final = 3
NEUTRAL: Final = 50.0  # what missing figures draw a part to
GATE_CAP: Final = 40.0  # the most a company with a red gate can score
GATE_COVER: Final = 1.5
GATE_PLEDGE: Final = 50.0

Post = tuple[float, float]


@dataclass(frozen=True)
class Input:
    """A figure, its weight in a part, and the points it gives."""

    field: str
    weight: float
    posts: tuple[Post, ...]
    only: str = ""
    analyst: bool = False
    reasons: Mapping[str, float] | None = None

    def points(self) -> pl.Expr:
        """0 to 100; null where the figure is unknown or is not for this kind of company."""
        points = between_posts(pl.col(self.field), self.posts)
        for reason, given in (self.reasons or {}).items():
            applies = (pl.col(f"{self.field}?") == reason).fill_null(False)
            points = pl.when(applies).then(given).otherwise(points)
        return pl.when(self.applies()).then(points)

    def applies(self) -> pl.Expr:
        """Whether the figure is for this kind of company."""
        financial = pl.col("is_financial").fill_null(False)
        kinds = {"financial": financial, "other": ~financial}
        return kinds.get(self.only, pl.lit(True))


@dataclass(frozen=True)
class Part:
    """One of the four parts of the score."""

    key: str
    name: str
    about: str
    weight: float
    inputs: tuple[Input, ...]


@cache
def parts() -> tuple[Part, ...]:
    """The parts as goalposts.toml has them."""
    text = Path(__file__).with_name("goalposts.toml").read_text(encoding="utf-8")
    return tuple(_part(key, table) for key, table in tomllib.loads(text).items())


def _part(key: str, table: dict[str, Any]) -> Part:
    inputs = tuple(
        Input(**{**entry, "posts": tuple((float(x), float(y)) for x, y in entry["posts"])})
        for entry in table["inputs"]
    )
    return Part(key, table["name"], table["about"], float(table["weight"]), inputs)


def between_posts(value: pl.Expr, posts: tuple[Post, ...]) -> pl.Expr:
    """Points on the straight lines between the posts, level beyond the first and last."""
    points = pl.lit(posts[0][1])
    for (x0, y0), (x1, y1) in pairwise(posts):
        points = points + (value.clip(x0, x1) - x0) * ((y1 - y0) / (x1 - x0))
    return points


# --- the four parts and the whole -----------------------------------------------------------


def _column(at: At, name: str, expr: pl.Expr) -> pl.Expr:
    return at.once(f"score {name}", lambda: Measure(expr)).value


def _points(at: At, part: Part, given: Input) -> pl.Expr:
    return _column(at, f"{part.key} {given.field}", given.points())


def coverage(part: Part, at: At) -> pl.Expr:
    """The known share of the weights that apply, 0 to 1."""
    known_weight, weight = pl.lit(0.0), pl.lit(0.0)
    for given in part.inputs:
        has = _points(at, part, given).is_not_null()
        known_weight = known_weight + has * given.weight
        counts = has if given.analyst else given.applies()
        weight = weight + counts * given.weight
    return _column(at, f"{part.key} coverage", known_weight / weight)


def part_score(part: Part, at: At) -> Measure:
    """The weighted mean of the points, drawn to 50 as far as figures are missing."""
    share = coverage(part, at)
    total, weight = pl.lit(0.0), pl.lit(0.0)
    for given in part.inputs:
        points = _points(at, part, given)
        total = total + points.fill_null(0.0) * given.weight
        weight = weight + points.is_not_null() * given.weight
    mean = _column(at, f"{part.key} mean", total / weight)
    score = pl.when(share >= MIN_COVERAGE).then(NEUTRAL + (mean - NEUTRAL) * share)
    return Measure(_column(at, f"{part.key} score", score))


def gate(at: At) -> Measure:
    """Which red gates a company fails, in words; empty where none is known to fail."""
    del at
    pledge, cover = pl.col("pledged_pct_of_promoter"), pl.col("interest_cover")
    failed = [
        pl.when(pl.col("net_worth") <= 0).then(pl.lit("negative net worth")),
        pl.when(cover < GATE_COVER).then(pl.lit("interest hardly covered")),
        pl.when(pledge >= GATE_PLEDGE).then(pl.lit("half of promoters' shares pledged")),
    ]
    return Measure(pl.concat_str(failed, separator=", ", ignore_nulls=True))


def selectivity(at: At) -> Measure:
    """The weighted mean of the known parts, at least three; capped where a gate is red."""
    total, weight, count = pl.lit(0.0), pl.lit(0.0), pl.lit(0)
    for part in parts():
        score = part_score(part, at).value
        total = total + score.fill_null(0.0) * part.weight
        weight = weight + score.is_not_null() * part.weight
        count = count + score.is_not_null()
    whole = pl.when(count >= MIN_PARTS).then(total / weight)
    red = gate(at).value != ""
    return Measure(pl.when(red).then(whole.clip(upper_bound=GATE_CAP)).otherwise(whole))


def total_coverage(at: At) -> Measure:
    """The known share of all weights, in percent."""
    weights = sum(part.weight for part in parts())
    shares = [coverage(part, at).fill_nan(0.0) * part.weight for part in parts()]
    return Measure(100 * reduce(lambda a, b: a + b, shares) / weights)


# --- NSE quality ----------------------------------------------------------------------------


def nse_quality(at: At) -> Measure:
    """Mean of z of ROE, −D/E and −sd of EPS growth over all eligible companies, as 1 + z."""
    financial = pl.col("is_financial").fill_null(False)
    returns, debt, swing = known("roe"), known("debt_to_equity"), known("eps_growth_sd_5y")
    has_debt = debt.value.is_not_null() | financial
    eligible = returns.value.is_not_null() & swing.value.is_not_null() & has_debt
    z_roe, z_debt, z_swing = (
        _column(at, f"nse {key}", z_score(measure.value, eligible))
        for key, measure in (("roe", returns), ("debt", debt), ("sd", swing))
    )
    plain = pl.when(financial).then((z_roe - z_swing) / 2).otherwise((z_roe - z_debt - z_swing) / 3)
    return Measure(normalised(plain), swing.codes + returns.codes + debt.codes)


def normalised(z: pl.Expr) -> pl.Expr:
    """1 + z, or 1 / (1 − z) below zero: always above zero, in the same order."""
    return pl.when(z >= 0).then(1 + z).otherwise(1 / (1 - z))


def z_score(value: pl.Expr, eligible: pl.Expr) -> pl.Expr:
    """Standard score among the eligible, with the sd of a population."""
    among = pl.when(eligible).then(value)
    sd = among.std(ddof=0)
    return pl.when(sd > 0).then((among - among.mean()) / sd)


# --- fields ---------------------------------------------------------------------------------


def _fields() -> Iterator[Field]:
    yield Field(
        "selectivity_score", "Selectivity score", Unit.COUNT,
        "Balance sheet, quality, growth and valuation in one figure from 0 to 100.",
        "30 % balance sheet + 30 % quality + 20 % growth + 20 % valuation", selectivity, stage=3,
        note="Needs three parts. Fewer accidents is what it has shown, not higher returns. With a "
        "red gate (see “Selectivity gate”) it is at most 40.",
    )  # fmt: skip
    for part in parts():
        yield Field(
            f"{part.key}_score", part.name, Unit.COUNT, part.about,
            " + ".join(f"{given.weight:g} {given.field}" for given in part.inputs),
            partial(part_score, part), stage=3,
            note="Figures become points by goalposts; missing ones draw the score to 50, and with "
            "less than half of the weight known there is none.",
        )  # fmt: skip
    yield Field(
        "selectivity_coverage", "Selectivity coverage", Unit.PERCENT,
        "How much of the weights of the selectivity score is known.",
        "known weights / weights that apply", total_coverage, stage=3,
    )  # fmt: skip
    yield Field(
        "selectivity_gate", "Selectivity gate", Unit.TEXT,
        "What caps the selectivity score at 40; empty if nothing is known to.",
        "net worth ≤ 0, interest cover < 1.5 or pledge ≥ 50 %", gate, stage=3,
    )  # fmt: skip
    yield Field(
        "nse_quality_score", "NSE quality score", Unit.RATIO,
        "The score of the exchange's quality indices, here over all companies.",
        "z of ROE, −D/E and −sd of EPS growth, mean z as 1 + z or 1 / (1 − z)", nse_quality,
        stage=2,
        note="Null with an EPS at or below zero in six years. The exchange ranks within an index "
        "and may limit outliers; this ranks all companies and does not.",
    )  # fmt: skip


FAMILY: Final = Family("Scores", tuple(_fields()))
