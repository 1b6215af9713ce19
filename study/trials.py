"""The score put to the proof on one day: gaps, other weights, chance, size, sector, change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl

from screener.fields import goalposts
from screener.fields.base import NOW
from screener.fields.goalposts import Part
from screener.fields.scores import nse_quality, rescored
from study.later import SCORE, small_caps
from study.statistics import Floats, auc, overlap, pearson, spearman

TOP: Final = 100
LIST: Final = 50  # names of a list that is followed from quarter to quarter
QUALITY_SHARE: Final = 0.2  # the exchange's quality index takes 50 of 250 companies
WEIGHT_CHANGE: Final = 0.5
LATE_FROM: Final = 0.1  # share of companies that know an input which later …
LATE_TO: Final = 0.5  # … more than this share know
TOGETHER: Final = {"debt_to_equity": ("debt_to_equity_incl_lease",)}
GATED_BY: Final = ("net_worth", "interest_cover", "pledged_pct_of_promoter")


def inputs_of(parts: Sequence[Part]) -> list[str]:
    """Every figure the parts use, and those the gates look at."""
    used = (given.field for part in parts for given in part.inputs)
    return list(dict.fromkeys([*used, *GATED_BY]))


def column(fields: pl.DataFrame, name: str = SCORE) -> Floats:
    """A column as numbers, unknown ones NaN."""
    return fields[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


# --- gaps and weights -----------------------------------------------------------------------


def with_gaps(fields: pl.DataFrame, share: float, rng: np.random.Generator) -> pl.DataFrame:
    """The fields with that share of the score's inputs unknown, at random."""
    gone = {
        name: pl.Series(rng.random(fields.height) < share)
        for name in inputs_of(goalposts.built_in())
    }
    return fields.with_columns(
        column
        for name, lost in gone.items()
        for column in (
            pl.when(lost).then(None).otherwise(pl.col(name)).alias(name),
            pl.when(lost).then(None).otherwise(pl.col(f"{name}?")).alias(f"{name}?"),
        )
    )


def gap_agreement(
    fields: pl.DataFrame, share: float, times: int, rng: np.random.Generator
) -> list[float]:
    """Rank correlations of the scores with and without gaps, where both exist."""
    parts, whole = goalposts.built_in(), column(fields)
    return [
        spearman(whole, column(rescored(with_gaps(fields, share, rng), parts)))
        for _ in range(times)
    ]


def other_weights(
    parts: Sequence[Part],
    rng: np.random.Generator,
    *,
    of_parts: bool = True,
    of_inputs: bool = True,
) -> tuple[Part, ...]:
    """The parts with their weights and those of their inputs changed at random, by up to a half."""

    def changed(weight: float, really: bool) -> float:
        times = float(rng.uniform(1 - WEIGHT_CHANGE, 1 + WEIGHT_CHANGE))
        return weight * times if really else weight

    return tuple(
        replace(
            part,
            weight=changed(part.weight, of_parts),
            inputs=tuple(
                replace(given, weight=changed(given.weight, of_inputs)) for given in part.inputs
            ),
        )
        for part in parts
    )


def top(fields: pl.DataFrame, count: int, name: str = SCORE) -> set[str]:
    """The companies with the highest scores."""
    return set(fields.filter(pl.col(name).is_not_null()).top_k(count, by=name)["isin"])


def weight_overlaps(
    fields: pl.DataFrame, times: int, rng: np.random.Generator, **which: bool
) -> list[float]:
    """How much of the top hundred stays when the weights change."""
    parts, before = goalposts.built_in(), top(fields, TOP)
    return [
        overlap(before, top(rescored(fields, other_weights(parts, rng, **which)), TOP))
        for _ in range(times)
    ]


# --- quality and chance ---------------------------------------------------------------------


def quality_members(index: pl.DataFrame) -> pl.Series:
    """Whether each company of an index is in its quality fifth, by the exchange's method."""
    score = index.select(nse_quality(NOW).value.alias("q"))["q"]
    names = round(QUALITY_SHARE * index.height)
    return (score.rank(descending=True, method="ordinal") <= names).fill_null(False)


def plain(fields: pl.DataFrame) -> pl.DataFrame:
    """The companies that are not financial; the exchange scores financial ones by other figures."""
    return fields.filter(~pl.col("is_financial").fill_null(False))


def quality_auc(index: pl.DataFrame, name: str = SCORE) -> float:
    """How often a company of the quality fifth has the higher score."""
    return auc(column(index, name), quality_members(index).to_numpy())


def without(parts: Sequence[Part], names: Sequence[str]) -> tuple[Part, ...]:
    """The parts without some of their inputs."""
    return tuple(
        replace(part, inputs=tuple(g for g in part.inputs if g.field not in names))
        for part in parts
    )


def shuffled(fields: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The fields with each input of the score dealt out anew among the companies.

    Financial companies exchange with financial ones, because their inputs are others. Debt with
    leases goes where debt without them goes: both together tell who borrows by leases.
    """
    financial = fields["is_financial"].fill_null(False).to_numpy()
    places = [np.flatnonzero(financial), np.flatnonzero(~financial)]
    columns = []
    for name in inputs_of(goalposts.built_in()):
        order = np.arange(fields.height)
        for place in places:
            order[place] = rng.permutation(place)
        for moved in (name, *TOGETHER.get(name, ())):
            columns += [fields[moved].gather(order), fields[f"{moved}?"].gather(order)]
    return fields.with_columns(columns)


def placebo_aucs(index: pl.DataFrame, times: int, rng: np.random.Generator) -> list[float]:
    """AUCs of scores of shuffled inputs for the true quality fifth."""
    parts, members = goalposts.built_in(), quality_members(index).to_numpy()
    return [auc(column(rescored(shuffled(index, rng), parts)), members) for _ in range(times)]


# --- size and sector ------------------------------------------------------------------------


@dataclass(frozen=True)
class Tilt:
    """A sector's share of the universe and of the top hundred, in percent."""

    sector: str
    companies: int
    universe: float
    top: float

    @property
    def times(self) -> float:
        return self.top / self.universe


def size_correlations(fields: pl.DataFrame, name: str = SCORE) -> tuple[float, float]:
    """Correlation of a score and log market cap, plain and of ranks."""
    judged = fields.filter(pl.col(name).is_not_null(), pl.col("market_cap") > 0)
    size, score = np.log(column(judged, "market_cap")), column(judged, name)
    return pearson(score, size), spearman(score, size)


def sector_tilts(fields: pl.DataFrame) -> list[Tilt]:
    """The sectors by how much larger their share of the top hundred is."""
    judged = fields.filter(pl.col(SCORE).is_not_null(), pl.col("sector").is_not_null())
    best = judged.top_k(TOP, by=SCORE)
    found = []
    for (sector,), group in judged.group_by("sector", maintain_order=True):
        share = 100 * best.filter(pl.col("sector") == sector).height / max(best.height, 1)
        found.append(Tilt(str(sector), group.height, 100 * group.height / judged.height, share))
    return sorted(found, key=lambda tilt: -tilt.times)


def tilts_by_lot(fields: pl.DataFrame, times: float, draws: int, rng: np.random.Generator) -> float:
    """How many sectors hold more than so many times their share of a hundred names drawn by lot."""
    judged = fields.filter(pl.col(SCORE).is_not_null(), pl.col("sector").is_not_null())
    sector = judged["sector"].rank("dense").to_numpy().astype(np.int64)
    everyone = np.bincount(sector) / len(sector)
    drawn = min(TOP, len(sector))
    counts = [
        (np.bincount(sector[rng.permutation(len(sector))[:drawn]], minlength=len(everyone)) / drawn)
        > times * everyone
        for _ in range(draws)
    ]
    return float(np.sum(counts) / draws)


# --- change ---------------------------------------------------------------------------------


def lately_known(days: Sequence[pl.DataFrame]) -> list[str]:
    """The inputs of the score that hardly any company has on the first day, and most on the last.

    The record began too late for them; that they appear changes a list without any news.
    """
    first, last = days[0], days[-1]
    return [
        name
        for name in inputs_of(goalposts.built_in())
        if first[name].count() < LATE_FROM * first.height
        and last[name].count() > LATE_TO * last.height
    ]


def turnover(days: Sequence[pl.DataFrame], name: str = SCORE) -> Iterator[float]:
    """The share of the top fifty small caps that is new on each day after the first."""
    lists = [top(small_caps(fields), LIST, name) for fields in days]
    for before, after in pairwise(lists):
        yield 1 - overlap(after, before)
