"""Quality minus junk, and the index makers' quality score, over all companies (METHOD 2).

Each part is a mean of standard scores. Figures are drawn to the 5th and 95th percentile first, so
that one wild ratio carries nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from screener.fields.base import At, Family, Field, Measure, Unit
from screener.fields.peers import known
from screener.fields.scores import normalised, z_score
from screener.fields.terms import winsorised

MIN_SHARE: Final = 0.6  # of the figures of a part; with fewer there is none


@dataclass(frozen=True)
class Part:
    """A side of quality: the figures it is made of, +1 where more is better, −1 where less."""

    key: str
    name: str
    about: str
    figures: tuple[tuple[str, int], ...]


PROFITABILITY: Final = Part(
    "qmj_profitability", "QMJ profitability", "How much it earns on assets, equity and sales.",
    (("gross_profit_to_assets", 1), ("roe", 1), ("roa", 1), ("cfo_to_assets", 1),
     ("gpm_last_year", 1), ("accruals_to_assets", -1)),
)  # fmt: skip
GROWTH: Final = Part(
    "qmj_growth", "QMJ growth", "How far its profitability rose over five years.",
    (("gross_profit_to_assets_change_5y", 1), ("roe_change_5y", 1), ("roa_change_5y", 1),
     ("cfo_to_assets_change_5y", 1), ("gpm_change_5y", 1)),
)  # fmt: skip
SAFETY: Final = Part(
    "qmj_safety", "QMJ safety", "Little debt, far from distress, even returns.",
    (("debt_to_assets", -1), ("altman_z2", 1), ("roe_sd_5y", -1)),
)  # fmt: skip
PARTS: Final = (PROFITABILITY, GROWTH, SAFETY)


def standard(value: pl.Expr, mean: pl.Expr, sd: pl.Expr) -> pl.Expr:
    """(value − mean) / sd; null where there is no spread."""
    return pl.when(sd > 0).then((value - mean) / sd)


def composite(scores: Sequence[pl.Expr], mean: pl.Expr, sd: pl.Expr) -> pl.Expr:
    """The standard score of a sum of standard scores, given that sum's mean and sd."""
    total = pl.lit(0.0)
    for score in scores:
        total = total + score
    return standard(total, mean, sd)


def _column(at: At, name: str, expr: pl.Expr) -> pl.Expr:
    return at.once(f"factor {name}", lambda: Measure(expr)).value


def _score_of(at: At, key: str) -> pl.Expr:
    """The standard score of a figure among all companies that have it."""
    drawn = _column(at, f"{key} drawn", winsorised(pl.col(key)))
    return _column(at, f"{key} z", standard(drawn, drawn.mean(), drawn.std(ddof=1)))


def part_score(part: Part, at: At) -> Measure:
    """The standard score of the mean of the part's figures; null with too few of them."""
    scores = [sign * _score_of(at, key) for key, sign in part.figures]
    counted = pl.sum_horizontal(score.is_not_null().cast(pl.Float64) for score in scores)
    mean = pl.mean_horizontal(scores)
    enough = counted >= MIN_SHARE * len(scores)
    mean = _column(at, f"{part.key} mean", pl.when(enough).then(mean))
    codes = tuple(code for key, _ in part.figures for code in known(key).codes)
    return Measure(composite([mean], mean.mean(), mean.std(ddof=1)), codes)


def quality(at: At) -> Measure:
    """The standard score of the sum of profitability, growth and safety."""
    parts = [part_score(part, at) for part in PARTS]
    scores = [_column(at, part.key, s.value) for part, s in zip(PARTS, parts, strict=True)]
    total = _column(at, "qmj sum", scores[0] + scores[1] + scores[2])
    codes = tuple(code for part in parts for code in part.codes)
    return Measure(composite([total], total.mean(), total.std(ddof=1)), codes)


def index_quality(at: At) -> Measure:
    """Mean z of ROE, −D/E and −sd of EPS growth, drawn to the 5th and 95th percentile."""
    figures = (("roe", 1), ("debt_to_equity", -1), ("eps_growth_sd_5y", -1))
    measures = [known(key) for key, _ in figures]
    eligible = pl.all_horizontal(measure.value.is_not_null() for measure in measures)
    total = pl.lit(0.0)
    for (key, sign), measure in zip(figures, measures, strict=True):
        among = pl.when(eligible).then(measure.value)
        score = z_score(winsorised(among), eligible)
        total = total + sign * _column(at, f"msci {key}", score)
    codes = tuple(code for measure in reversed(measures) for code in measure.codes)
    return Measure(normalised(total / len(figures)), codes)


def _fields() -> Iterator[Field]:
    for part in PARTS:
        yield Field(
            part.key, part.name, Unit.RATIO, f"{part.about} In standard deviations from the mean.",
            "z of the mean z of " + ", ".join(
                ("" if sign > 0 else "−") + key for key, sign in part.figures
            ),
            partial(part_score, part), stage=2,
            note="Figures are drawn to the 5th and 95th percentile; null with too few of them."
            + (" Beta and Ohlson's O are not in it." if part is SAFETY else ""),
        )  # fmt: skip
    yield Field(
        "qmj_quality", "QMJ quality", Unit.RATIO,
        "Quality as Asness, Frazzini and Pedersen have it: profitable, growing, safe.",
        "z of profitability + growth + safety", quality, stage=2,
        note="Null unless all three parts are known.",
    )  # fmt: skip
    yield Field(
        "msci_quality_score", "MSCI quality score", Unit.RATIO,
        "The score of the index maker's quality indices, here over all companies.",
        "mean z of ROE, −D/E and −sd of EPS growth, drawn to 5 and 95 %, as 1 + z or 1 / (1 − z)",
        index_quality, stage=2,
    )  # fmt: skip


FAMILY: Final = Family("Factor scores", tuple(_fields()))
