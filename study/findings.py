"""Every figure of the study, and which of the limits set beforehand they meet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from screener.fields import goalposts
from screener.fields.scores import rescored
from screener.market.store import Market
from study import later, trials
from study.later import SCORE, Year
from study.recorded import members

#: The first Friday on which the rules had made a financial year's results known. In 2020 and 2021
#: the regulator gave companies until the end of July and of June.
STARTS: Final = (
    dt.date(2019, 6, 28), dt.date(2020, 7, 31), dt.date(2021, 7, 2), dt.date(2022, 7, 1),
    dt.date(2023, 6, 30), dt.date(2024, 6, 28), dt.date(2025, 6, 27),
)  # fmt: skip
#: After each season of results, from when on eight quarters are on record.
QUARTERS: Final = (
    dt.date(2025, 2, 28), dt.date(2025, 6, 6), dt.date(2025, 8, 29), dt.date(2025, 11, 28),
    dt.date(2026, 2, 27), dt.date(2026, 6, 5),
)  # fmt: skip
LISTS: Final = {"2025-09": dt.date(2025, 9, 26), "2026-06": dt.date(2026, 6, 26)}
LAST: Final = dt.date(2026, 6, 26)
INDEX: Final = "niftysmallcap250"
PARTS: Final = ("balance_sheet_score", "quality_score", "growth_score", "valuation_score")
SHARED: Final = ("debt_to_equity", "net_debt_to_ebitda", "eps_growth_sd_5y")  # with the index
SEED: Final = 7
GAP_TIMES: Final = 30
WEIGHT_TIMES: Final = 60
PLACEBO_TIMES: Final = 100
LOT_TIMES: Final = 1000

TAIL_LIMIT: Final = -0.7
AUC_LIMIT: Final = 0.75
GAP_LIMIT: Final = 0.93
OVERLAP_LIMIT: Final = 0.8
SIZE_LIMIT: Final = 0.3
SECTOR_LIMIT: Final = 2.0
PLACEBO_LIMIT: Final = 0.05
TURNOVER_LIMIT: Final = 0.4


@dataclass(frozen=True)
class Verdict:
    """A limit and what was found."""

    test: str
    limit: str
    found: str
    met: bool


@dataclass(frozen=True)
class Quality:
    """The score against the quality fifth of an index on the day of one of its lists."""

    day: dt.date
    companies: int
    members: int
    auc: float
    parts: dict[str, float]
    unshared: float  # without the inputs that the exchange uses too


@dataclass(frozen=True)
class Findings:
    """What the study found."""

    companies: int
    scored: int  # of them on the last day
    coverage: float  # mean known share of their weights, in percent
    unknown: tuple[str, ...]  # inputs that no recorded company has
    years: tuple[Year, ...]
    part_years: dict[str, tuple[Year, ...]]
    quality: tuple[Quality, ...]
    placebo: tuple[float, ...]
    gaps: dict[int, tuple[float, ...]]
    overlaps: dict[str, tuple[float, ...]]
    size: tuple[float, float]
    size_of_small: tuple[float, float]
    size_of_parts: dict[str, float]
    gated: float
    sectors: tuple[trials.Tilt, ...]
    sectors_by_lot: float  # how many would be over the limit by chance
    apart: tuple[float, float]  # bad falls of the lowest fifth less those of the highest, a range
    turnover: tuple[float, ...]
    turnover_of_same: tuple[float, ...]  # without the inputs that are known of the later days only
    late: tuple[str, ...]  # those inputs
    turnover_of_parts: dict[str, float]
    verdicts: tuple[Verdict, ...] = field(default=())


def find(market: Market, folder: Path) -> Findings:
    """Run every test on the recorded market; the same figures every time."""
    rng = np.random.default_rng(SEED)
    judged = {start: later.judged_after(market, start) for start in STARTS}
    fields = market.as_of(LAST).fields
    quarters = [market.as_of(day).fields for day in QUARTERS]
    indices = {
        day: market.as_of(day).fields.filter(pl.col("isin").is_in(list(isins)))
        for month, isins in members(folder, INDEX).items()
        if (day := LISTS.get(month))
    }
    late = trials.lately_known(quarters)
    same = trials.without(goalposts.built_in(), late)
    found = Findings(
        companies=fields.height,
        scored=fields[SCORE].count(),
        coverage=float(np.nanmean(trials.column(fields.drop_nulls(SCORE), "selectivity_coverage"))),
        unknown=tuple(
            name
            for name in trials.inputs_of(goalposts.built_in())
            if fields[name].null_count() == fields.height
        ),
        years=tuple(later.year_of(table, start) for start, table in judged.items()),
        part_years={
            part: tuple(later.year_of(table, start, part) for start, table in judged.items())
            for part in PARTS
        },
        quality=tuple(_quality(day, index) for day, index in indices.items()),
        placebo=tuple(trials.placebo_aucs(trials.plain(indices[LAST]), PLACEBO_TIMES, rng)),
        gaps={
            percent: tuple(trials.gap_agreement(fields, percent / 100, GAP_TIMES, rng))
            for percent in (20, 30)
        },
        overlaps={
            name: tuple(trials.weight_overlaps(fields, WEIGHT_TIMES, rng, **which))
            for name, which in (
                ("all weights", {}),
                ("weights of the parts only", {"of_inputs": False}),
                ("weights within the parts only", {"of_parts": False}),
            )
        },
        size=trials.size_correlations(fields),
        size_of_small=trials.size_correlations(later.small_caps(fields)),
        size_of_parts={part: trials.size_correlations(fields, part)[1] for part in PARTS},
        gated=int((fields["selectivity_gate"] != "").sum()) / fields.height,
        sectors=tuple(trials.sector_tilts(fields)),
        sectors_by_lot=trials.tilts_by_lot(fields, SECTOR_LIMIT, LOT_TIMES, rng),
        apart=later.fifths_apart(list(judged.values()), LOT_TIMES, rng),
        turnover=tuple(trials.turnover(quarters)),
        turnover_of_same=tuple(trials.turnover([rescored(day, same) for day in quarters])),
        late=tuple(late),
        turnover_of_parts={
            part: float(np.mean(list(trials.turnover(quarters, part)))) for part in PARTS
        },
    )
    return Findings(**{**found.__dict__, "verdicts": tuple(_verdicts(found))})


def _quality(day: dt.date, index: pl.DataFrame) -> Quality:
    plain = trials.plain(index)
    unshared = rescored(plain, trials.without(goalposts.built_in(), SHARED))
    return Quality(
        day=day,
        companies=plain.height,
        members=int(trials.quality_members(plain).sum()),
        auc=trials.quality_auc(plain),
        parts={part: trials.quality_auc(plain, part) for part in PARTS},
        unshared=trials.quality_auc(unshared),
    )


def _verdicts(found: Findings) -> list[Verdict]:
    below = [year for year in found.years if year.tail <= TAIL_LIMIT]
    pooled = later.tail_correlation(later.pooled(found.years))
    auc = min(q.auc for q in found.quality)
    gap = float(np.mean(found.gaps[20]))
    kept = found.overlaps["all weights"]
    size = max(abs(value) for value in found.size)
    tilted = [tilt for tilt in found.sectors if tilt.times > SECTOR_LIMIT]
    placebo, turnover = float(np.mean(found.placebo)), float(np.mean(found.turnover))
    return [
        Verdict(
            "(a) fewer bad falls the higher the tenth, every year",
            f"rank correlation ≤ {TAIL_LIMIT:g} in each year",
            f"{len(below)} of {len(found.years)} years; all years together {pooled:.2f}",
            len(below) == len(found.years),
        ),
        Verdict(
            "(b) the exchange's quality fifth scores higher", f"AUC ≥ {AUC_LIMIT:g}",
            f"{auc:.2f} on the worse of {len(found.quality)} days", auc >= AUC_LIMIT,
        ),
        Verdict(
            "(c) 20 % of the inputs missing", f"rank correlation ≥ {GAP_LIMIT:g}",
            f"{gap:.3f} on average, {min(found.gaps[20]):.3f} at worst", gap >= GAP_LIMIT,
        ),
        Verdict(
            "(c) weights changed by up to a half", f"top 100 overlap ≥ {OVERLAP_LIMIT:g}",
            f"{np.mean(kept):.2f} on average, {min(kept):.2f} at worst",
            float(np.mean(kept)) >= OVERLAP_LIMIT,
        ),
        Verdict(
            "(d) no tilt to size", f"correlation with log market cap ≤ {SIZE_LIMIT:g}",
            f"{size:.2f}", size <= SIZE_LIMIT,
        ),
        Verdict(
            "(d) no tilt to a sector", f"share of the top 100 ≤ {SECTOR_LIMIT:g} × that of all",
            f"{len(tilted)} of {len(found.sectors)} sectors above", not tilted,
        ),
        Verdict(
            "(e) shuffled inputs find nothing", f"AUC 0.5 ± {PLACEBO_LIMIT:g}",
            f"{placebo:.2f} on average", abs(placebo - 0.5) <= PLACEBO_LIMIT,
        ),
        Verdict(
            "(f) the top 50 lasts", f"new names a quarter ≤ {100 * TURNOVER_LIMIT:.0f} %",
            f"{100 * turnover:.0f} % on average", turnover <= TURNOVER_LIMIT,
        ),
    ]  # fmt: skip
