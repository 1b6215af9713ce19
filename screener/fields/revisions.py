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
MIN_RANKED: Final = 2  # of the inputs of the revision rank

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


# --- surprise -------------------------------------------------------------------------------


def expected_eps(back: int, at: At) -> Measure:
    """What was last expected of a reported year before its result was known."""
    same_year = pl.col(f"est_end_{back}y") == pl.col(f"end@{back}")
    mean = estimate(f"est_eps_{back}y", at)
    mean = mean.map(lambda value: pl.when(same_year).then(value))
    return mean.explained(Reason.NO_COVERAGE, mean.value.is_null())


def beyond_expected(back: int, at: At) -> Measure:
    """Core EPS of a reported year less what was expected of it, in ₹."""
    return at.annual(terms.core_eps, back) - expected_eps(back, at)


def surprise(at: At) -> Measure:
    """Core EPS of the last year less what was expected, in percent of today's price."""
    return percent(beyond_expected(0, at) / terms.price(at))


def surprise_streak(at: At) -> Measure:
    """Whether the last two years both came in above what was expected, or both below."""
    both = beyond_expected(0, at) * beyond_expected(1, at)
    return both.map(lambda product: product > 0)


# --- the rank -------------------------------------------------------------------------------


def revision_rank(at: At) -> Measure:
    """The mean of the percentiles of breadth, 60-day revision and surprise; at least two known."""
    magnitude = pl.mean_horizontal(f"eps_fy{year}_revision_60d" for year in (1, 2))
    inputs = [pl.col("revision_breadth_30d"), magnitude, pl.col("eps_surprise")]
    places = [
        at.once(f"revision place {i}", partial(Measure, percentile(value))).value
        for i, value in enumerate(inputs)
    ]
    known = pl.sum_horizontal(place.is_not_null().cast(pl.Int32) for place in places)
    enough = known >= MIN_RANKED
    rank = Measure(pl.when(enough).then(pl.mean_horizontal(places)))
    return rank.explained(Reason.NO_COVERAGE, ~enough)


def percentile(value: pl.Expr) -> pl.Expr:
    """The place among all companies with a value, 0 to 100, ties in the middle."""
    return (value.rank("average") - 0.5) / value.count() * 100


# --- fields ---------------------------------------------------------------------------------


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


def _surprise_fields() -> Iterator[Field]:
    note = (
        "An estimate counts up to the day before the result was known, and for 120 days; EPS is "
        "without one-off items."
    )
    yield Field(
        "eps_surprise", "EPS surprise", Unit.PERCENT,
        "How far EPS of the last financial year was from what analysts expected, over the price.",
        "(EPS − last mean estimate before the result) / price today", surprise,
        aliases=("Estimate surprise",), source=f"{_SOURCE}, statements, prices", note=note,
    )  # fmt: skip
    yield Field(
        "eps_surprise_streak", "EPS surprise streak", Unit.FLAG,
        "Whether EPS of the last two years was both times above, or both times below, estimates.",
        "(EPS − estimate) of the last year × that of the year before > 0", surprise_streak,
        aliases=("Estimate surprise streak",), source=f"{_SOURCE}, statements", note=note,
    )  # fmt: skip


def _rank_fields() -> Iterator[Field]:
    yield Field(
        "revision_rank", "Revision rank", Unit.COUNT,
        "How strongly analysts raise and were exceeded, from 0 to 100, against all covered "
        "companies.",
        "mean percentile of revision breadth, mean 60-day revision of both years, EPS surprise",
        revision_rank, stage=2, source=f"{_SOURCE}, statements, prices",
        note="Our own rank; at least two of the three must be known. Other such ranks also set the "
        "latest estimates against the mean, for which each analyst's own estimate is needed.",
    )  # fmt: skip


FAMILY: Final = Family(
    "Estimates",
    (
        *_estimate_fields(),
        *_revision_fields(),
        *_summed_fields(),
        *_surprise_fields(),
        *_rank_fields(),
    ),
)
