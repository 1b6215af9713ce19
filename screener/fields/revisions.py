"""Analyst estimates: how they moved, how far they agree, how many there are (METHOD 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields import terms
from screener.fields.base import At, Family, Field, Measure, Reason, Unit, missing
from screener.fields.terms import of_rows, percent

if TYPE_CHECKING:
    from screener.fields.terms import Floats

SMALL_SHARE_OF_PRICE: Final = 0.005  # an estimate nearer to zero than this is measured by price
MIN_ANALYSTS: Final = 3
MAX_AGE_DAYS: Final = 120
MIN_DAYS_AHEAD: Final = 30  # the year end; later, most of the year is no forecast
REVISION_MONTHS: Final = 7

_SOURCE: Final = "analyst estimates"


def estimate(column: str, at: At) -> Measure:
    """A column of the estimates; NO_COVERAGE where no analyst has one."""
    if at.years or at.quarters:
        return missing(Reason.SHORT_HISTORY)
    return Measure(pl.col(column)).explained(Reason.NO_COVERAGE, pl.col("analysts") == 0)


def revision(year: int, days: int, at: At) -> Measure:
    """Change of the mean estimate of one fiscal year over so many days, in percent.

    Over the size of the earlier mean; over the price where that is below 0.5 % of it.
    """
    now = estimate(f"est_eps{year}", at)
    then = estimate(f"est_eps{year}_{days}d", at)
    then = then.explained(Reason.SHORT_HISTORY, now.value.is_not_null() & then.value.is_null())
    size, close = then.value.abs(), pl.col("close")
    tiny = (size < SMALL_SHARE_OF_PRICE * close).fill_null(False)
    base = pl.when(tiny).then(close).otherwise(size)
    return percent((now - then) / Measure(base))


def breadth(at: At) -> Measure:
    """(Raised − lowered) / analysts over 30 days; null without analysts."""
    up, down = estimate("est_up_30d", at), estimate("est_down_30d", at)
    count = pl.col("analysts")
    return ((up - down) / Measure(count)).only_if(count > 0, Reason.NO_COVERAGE)


def dispersion(at: At) -> Measure:
    """Standard deviation over mean of this year's EPS estimates."""
    mean, sd = estimate("est_eps1", at), estimate("est_sd1", at)
    enough = pl.col("analysts") >= MIN_ANALYSTS
    ahead = (pl.col("est_fy1") - pl.col("as_of")).dt.total_days() > MIN_DAYS_AHEAD
    tiny = mean.value.abs() < SMALL_SHARE_OF_PRICE * pl.col("close")
    ratio = sd / mean.map(pl.Expr.abs)
    ratio = ratio.only_if(ahead.fill_null(True), Reason.STALE)
    return ratio.only_if(~tiny.fill_null(False), Reason.ZERO_DENOM).only_if(
        enough, Reason.NO_COVERAGE
    )


def rev6(at: At) -> Measure:
    """Sum over seven months of the estimate's change over the price before, in percent."""
    lags = [0, *(30 * month for month in range(1, REVISION_MONTHS + 1))]
    estimates = [estimate("est_eps1" + (f"_{lag}d" if lag else ""), at) for lag in lags]
    months = [f"close@{month}m" for month in range(1, REVISION_MONTHS + 1)]
    earlier = [terms.priced(at, Measure(pl.col(column))) for column in months]
    latest_first = of_rows(summed_revisions, [*estimates, *earlier])
    known = estimates[0].value.is_not_null()
    return percent(latest_first).explained(Reason.SHORT_HISTORY, known)


def summed_revisions(block: Floats) -> Floats:
    """Σ (f_t − f_t−1) / P_t−1 of each row: n + 1 estimates, then n earlier prices, latest first.

    NaN where a price is not above zero.
    """
    import numpy as np

    months = block.shape[1] // 2
    estimates, prices = block[:, : months + 1], block[:, months + 1 :]
    steps = estimates[:, :-1] - estimates[:, 1:]
    total: Floats = (steps / np.where(prices > 0, prices, np.nan)).sum(axis=1)
    return total


def analysts(at: At) -> Measure:
    """Analysts with an estimate of at most 120 days; 0 where there is none."""
    del at
    old = (_age() > MAX_AGE_DAYS).fill_null(False)
    return Measure(pl.when(old).then(0).otherwise(pl.col("analysts")).cast(pl.Float64))


def _age() -> pl.Expr:
    return (pl.col("as_of") - pl.col("est_as_of")).dt.total_days()


def estimate_age(at: At) -> Measure:
    """Days since the latest estimate."""
    return estimate("est_as_of", at).map(lambda _: _age().cast(pl.Float64))


def forward_eps(at: At) -> Measure:
    """EPS of the next twelve months: this fiscal year and the next, weighted by what is left."""
    this_year, next_year = estimate("est_eps1", at), estimate("est_eps2", at)
    left = (pl.col("est_fy1") - pl.col("as_of")).dt.total_days() / 365
    weight = left.clip(0.0, 1.0)
    blended = this_year.value * weight + next_year.value * (1 - weight)
    return Measure(pl.coalesce(blended, this_year.value), this_year.codes)


def forward_pe(at: At) -> Measure:
    """Price over the EPS of the next twelve months; null where that is not above zero."""
    eps = forward_eps(at)
    return (terms.price(at) / eps).only_if(eps.value > 0, Reason.NEG_EARNINGS)


def expected_growth(at: At) -> Measure:
    """Next fiscal year's estimate over this year's − 1, in percent."""
    now, later = estimate("est_eps1", at), estimate("est_eps2", at)
    return percent(later / now - 1).only_if(now.value > 0, Reason.NEG_BASE)


def _revision_fields() -> Iterator[Field]:
    for year, key, words in ((1, "fy1", ""), (2, "fy2", " next year")):
        for days in (30, 60, 90):
            yield Field(
                f"eps_{key}_revision_{days}d", f"EPS{words} revision {days}days", Unit.PERCENT,
                f"Change of the mean EPS estimate for {'the next' if year == 2 else 'this'} fiscal "
                f"year over {days} days.",
                "(mean now − mean then) / |mean then|", partial(revision, year, days),
                source=_SOURCE,
                note="Where the earlier mean is below 0.5 % of the price, the price is the base.",
            )  # fmt: skip


def _estimate_fields() -> Iterator[Field]:
    for key, name, unit, about, formula, define, aliases in (
        (
            "analysts",
            "Analysts",
            Unit.COUNT,
            "Analysts with a current EPS estimate; 0 if none.",
            "Count of estimates of at most 120 days",
            analysts,
            ("Number of analysts",),
        ),
        (
            "revision_breadth_30d",
            "Revision breadth",
            Unit.RATIO,
            "Analysts who raised less those who lowered, over all; from −1 to 1.",
            "(up − down) / analysts, 30 days",
            breadth,
            ("Revision breadth 30days",),
        ),
        (
            "forecast_dispersion",
            "Forecast dispersion",
            Unit.RATIO,
            "How far analysts disagree on this year's EPS; null under three of them.",
            "standard deviation / |mean|",
            dispersion,
            (),
        ),
        (
            "estimate_age_days",
            "Estimate age days",
            Unit.DAYS,
            "Days since the latest estimate.",
            "market date − date of the estimate",
            estimate_age,
            ("Estimate age",),
        ),
        (
            "forward_eps",
            "Forward EPS",
            Unit.RUPEES,
            "EPS estimate of the next twelve months.",
            "w × this fiscal year + (1 − w) × next, w the part of the year left",
            forward_eps,
            (),
        ),
        (
            "forward_pe",
            "Forward PE",
            Unit.RATIO,
            "Price over the EPS of the next twelve months.",
            "price / forward EPS",
            forward_pe,
            ("Forward P/E",),
        ),
        (
            "expected_eps_growth",
            "Expected EPS growth",
            Unit.PERCENT,
            "Next fiscal year's EPS estimate on this year's.",
            "FY2 / FY1 − 1",
            expected_growth,
            (),
        ),
        (
            "eps_estimate_fy1",
            "EPS estimate",
            Unit.RUPEES,
            "Mean EPS estimate of this fiscal year.",
            "Mean of analysts",
            partial(estimate, "est_eps1"),
            (),
        ),
        (
            "eps_estimate_fy2",
            "EPS estimate next year",
            Unit.RUPEES,
            "Mean EPS estimate of the next fiscal year.",
            "Mean of analysts",
            partial(estimate, "est_eps2"),
            (),
        ),
        (
            "sales_estimate_fy1",
            "Sales estimate",
            Unit.CRORE,
            "Mean sales estimate of this fiscal year.",
            "Mean of analysts",
            partial(estimate, "est_rev1"),
            (),
        ),
        (
            "sales_estimate_fy2",
            "Sales estimate next year",
            Unit.CRORE,
            "Mean sales estimate of the next fiscal year.",
            "Mean of analysts",
            partial(estimate, "est_rev2"),
            (),
        ),
    ):
        yield Field(key, name, unit, about, formula, define, aliases=aliases, source=_SOURCE)


def _summed_fields() -> Iterator[Field]:
    yield Field(
        "rev6", "EPS revisions 7months", Unit.PERCENT,
        "Changes of this year's EPS estimate over seven months, each in percent of the price.",
        "Σ (f_t − f_t−1) / P_t−1 over seven months", rev6, source=f"{_SOURCE}, prices",
        aliases=("REV6",), note="One fiscal year throughout, so a new year starts without any.",
    )  # fmt: skip


FAMILY: Final = Family("Estimates", (*_estimate_fields(), *_revision_fields(), *_summed_fields()))
