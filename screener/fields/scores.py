"""The selectivity score and its four parts (METHOD 7), and the NSE quality score beside it.

The goalposts and weights stand in goalposts.toml, where every point can be checked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial, reduce
from typing import Final

import polars as pl

from screener.fields import goalposts
from screener.fields.base import NOW, At, Family, Field, Measure, Unit
from screener.fields.goalposts import SCORE_STAGE, Input, Part
from screener.fields.peers import known
from screener.fields.plan import SharedColumns
from screener.fields.terms import winsorised

MIN_COVERAGE: Final = 0.5  # of the weight of a part; a part with less is not known
MIN_PARTS: Final = 3
NEUTRAL: Final = 50.0  # what missing figures draw a part to
GATE_CAP: Final = 40.0  # the most a company with a red gate can score
GATE_COVER: Final = 1.5
GATE_PLEDGE: Final = 50.0


# --- the four parts and the whole -----------------------------------------------------------


def _column(at: At, name: str, expr: pl.Expr) -> pl.Expr:
    return at.once(f"score {name}", lambda: Measure(expr)).value


def _points(at: At, part: Part, given: Input) -> pl.Expr:
    return _column(at, f"{part.key} {given.field} {'/'.join(given.only)}", given.points())


def coverage(part: Part, at: At) -> pl.Expr:
    """The known share of the weights that apply, 0 to 1."""
    known_weight, weight = pl.lit(0.0), pl.lit(0.0)
    for given in part.inputs:
        has = _points(at, part, given).is_not_null()
        known_weight = known_weight + has * given.weight
        counts = has if given.analyst else given.applies()
        weight = weight + counts * given.weight
    share = pl.when(weight > 0).then(known_weight / weight).otherwise(0.0)
    return _column(at, f"{part.key} coverage", share)


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


def selectivity(parts: Iterable[Part], at: At) -> Measure:
    """The weighted mean of the known parts, at least three; capped where a gate is red."""
    total, weight, count = pl.lit(0.0), pl.lit(0.0), pl.lit(0)
    counted = [part for part in parts if part.weight > 0]
    for part in counted:
        score = part_score(part, at).value
        total = total + score.fill_null(0.0) * part.weight
        weight = weight + score.is_not_null() * part.weight
        count = count + score.is_not_null()
    whole = pl.when(count >= min(MIN_PARTS, len(counted))).then(total / weight)
    red = gate(at).value != ""
    return Measure(pl.when(red).then(whole.clip(upper_bound=GATE_CAP)).otherwise(whole))


def total_coverage(parts: Iterable[Part], at: At) -> Measure:
    """The known share of all weights, in percent."""
    every = list(parts)
    shares = [coverage(part, at) * part.weight for part in every]
    return Measure(100 * reduce(lambda a, b: a + b, shares) / sum(part.weight for part in every))


# --- other goalposts ------------------------------------------------------------------------


def by_own_goalposts(fields: pl.DataFrame) -> pl.DataFrame:
    """The fields with the scores that a user's own goalposts give; unchanged without any.

    Raises GoalpostsFileError where they cannot be used.
    """
    posts = goalposts.in_use()
    return rescored(fields, posts.parts) if posts.own else fields


def rescored(fields: pl.DataFrame, parts: tuple[Part, ...]) -> pl.DataFrame:
    """The fields with the scores and coverage of other parts, e.g. of other weights.

    `fields` needs the figures that the parts and the gate use, each with its reason column.
    """
    plan = SharedColumns()
    measures = _measures(parts, replace(NOW, plan=plan))
    frame = fields
    for stage in plan.stages:
        frame = frame.with_columns(stage)
    scored = frame.select(measure.value.alias(key) for key, measure in measures.items())
    scored = scored.with_columns(
        pl.when(pl.col(key).is_null()).then(measure.code).alias(f"{key}?")
        for key, measure in measures.items()
    )
    return fields.with_columns(scored.get_columns())


def figures_scored(parts: tuple[Part, ...]) -> frozenset[str]:
    """The fields that `rescored` needs for those parts."""
    exprs = [expr for m in _measures(parts, NOW).values() for expr in (m.value, m.code)]
    return frozenset(name.removesuffix("?") for expr in exprs for name in expr.meta.root_names())


def _measures(parts: tuple[Part, ...], at: At) -> dict[str, Measure]:
    return {f"{part.key}_score": part_score(part, at) for part in parts} | {
        "selectivity_score": selectivity(parts, at),
        "selectivity_coverage": total_coverage(parts, at),
        "selectivity_gate": gate(at),
    }


#: The fields that a user's own goalposts change.
SCORES: Final = (
    *(f"{part.key}_score" for part in goalposts.built_in()),
    "selectivity_score",
    "selectivity_coverage",
    "selectivity_gate",
)


# --- NSE quality ----------------------------------------------------------------------------


def nse_quality(at: At) -> Measure:
    """Mean of z of ROE, −D/E and −sd of EPS growth over all eligible companies, as 1 + z."""
    financial = pl.col("is_financial").fill_null(False)
    returns, debt, swing = known("roe"), known("debt_to_equity"), known("eps_growth_sd_5y")
    has_debt = debt.value.is_not_null() | financial
    eligible = returns.value.is_not_null() & swing.value.is_not_null() & has_debt
    z_roe, z_debt, z_swing = (
        _column(at, f"nse {key}", z_score(_among(measure.value, eligible), eligible))
        for key, measure in (("roe", returns), ("debt", debt), ("sd", swing))
    )
    plain = pl.when(financial).then((z_roe - z_swing) / 2).otherwise((z_roe - z_debt - z_swing) / 3)
    return Measure(normalised(plain), swing.codes + returns.codes + debt.codes)


def _among(value: pl.Expr, eligible: pl.Expr) -> pl.Expr:
    return winsorised(pl.when(eligible).then(value))


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
        "30 % balance sheet + 30 % quality + 20 % growth + 20 % valuation",
        partial(selectivity, goalposts.built_in()), stage=SCORE_STAGE,
        note="Needs three parts. Fewer accidents is what it has shown, not higher returns. With a "
        "red gate (see “Selectivity gate”) it is at most 40.",
    )  # fmt: skip
    for part in goalposts.built_in():
        yield Field(
            f"{part.key}_score", part.name, Unit.COUNT, part.about,
            " + ".join(f"{given.weight:g} {given.field}" for given in part.inputs),
            partial(part_score, part), stage=SCORE_STAGE,
            note="Figures become points by goalposts; missing ones draw the score to 50, and with "
            "less than half of the weight known there is none. Weights and goalposts are those "
            "built in, unless goalposts.toml in your config folder changes them.",
        )  # fmt: skip
    yield Field(
        "selectivity_coverage", "Selectivity coverage", Unit.PERCENT,
        "How much of the weights of the selectivity score is known.",
        "known weights / weights that apply", partial(total_coverage, goalposts.built_in()),
        stage=SCORE_STAGE,
    )  # fmt: skip
    yield Field(
        "selectivity_gate", "Selectivity gate", Unit.TEXT,
        "What caps the selectivity score at 40; empty if nothing is known to.",
        "net worth ≤ 0, interest cover < 1.5 or pledge ≥ 50 %", gate, stage=SCORE_STAGE,
    )  # fmt: skip
    yield Field(
        "nse_quality_score", "NSE quality score", Unit.RATIO,
        "The score of the exchange's quality indices, here over all companies.",
        "z of ROE, −D/E and −sd of EPS growth, mean z as 1 + z or 1 / (1 − z)", nse_quality,
        stage=2,
        note="Null with an EPS at or below zero in six years. The exchange ranks within an index; "
        "this ranks all companies, figures drawn to the 5th and 95th percentile.",
    )  # fmt: skip


FAMILY: Final = Family("Scores", tuple(_fields()))
