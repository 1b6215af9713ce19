"""Earnings visibility: how steady and how well foreseeable earnings have been (METHOD 3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields import terms
from screener.fields.base import (
    At,
    Family,
    Field,
    Flow,
    History,
    Measure,
    Reason,
    Unit,
    all_known,
    shared,
)
from screener.fields.growth import year_growth
from screener.fields.quality import quarter_opm
from screener.fields.terms import count_true, of_rows, percent, sample_sd, year_length, yearly

if TYPE_CHECKING:
    from screener.fields.terms import Floats

MIN_VARIATION: Final = 1e-12  # EPS that vary less than this have no trend to measure


def eps_growth_sd(years: int, at: At) -> Measure:
    """Sample sd of yearly growths of core EPS, as a fraction.

    Null where an EPS of the span is zero or negative, or a year is not of 12 months.
    """
    eps = [at.annual(terms.core_eps, k) for k in range(years + 1)]
    full = pl.all_horizontal(year_length(at, k) == 12 for k in range(years + 1))
    sd = sample_sd(year_growth(terms.core_eps, at, k) / 100 for k in range(years))
    positive = pl.min_horizontal(e.value for e in eps) > 0
    return sd.only_if(full, Reason.SHORT_HISTORY).only_if(positive, Reason.NEG_EARNINGS)


@shared
def _log_eps(at: At) -> Measure:
    eps = yearly(at, terms.core_eps)
    return eps.only_if(eps.value > 0, Reason.NEG_EARNINGS).map(pl.Expr.log)


def _logs(years: int, at: At) -> list[Measure]:
    """ln EPS of the years, the earliest first."""
    return [_log_eps(at.back(years=years - 1 - k)) for k in range(years)]


def margin_change(at: At) -> Measure:
    """Operating margin of the quarter less that of the same quarter a year before, in points."""
    return quarter_opm(at) - quarter_opm(at.back(quarters=4))


def log_trend_r2(years: int, at: At) -> Measure:
    """R² of a straight line through ln core EPS; 1 is perfectly even growth."""
    return of_rows(_straightness, _logs(years, at))


def log_trend_growth(years: int, at: At) -> Measure:
    """Yearly growth in percent of the straight line through ln core EPS."""
    return percent(of_rows(_slope, _logs(years, at)).map(lambda slope: slope.exp() - 1))


def _straightness(y: Floats) -> Floats:
    import numpy as np

    return _r2(np.broadcast_to(np.arange(y.shape[1], dtype=float), y.shape), y)


def _slope(y: Floats) -> Floats:
    """Least-squares slope of each row against 0, 1, 2 …"""
    import numpy as np

    x = np.arange(y.shape[1]) - (y.shape[1] - 1) / 2
    slopes: Floats = y @ x / (x @ x)
    return slopes


def _r2(x: Floats, y: Floats) -> Floats:
    """R² of y on x in each row; NaN where one of them does not vary."""
    import numpy as np

    dx, dy = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    base = (dx * dx).sum(axis=1) * (dy * dy).sum(axis=1)
    moving = np.where(base > MIN_VARIATION, base, np.nan)
    r2: Floats = np.clip((dx * dy).sum(axis=1) ** 2 / moving, 0.0, 1.0)
    return r2


def loss_years(years: int, at: At) -> Measure:
    """Financial years with core profit below zero among the last `years`."""
    return count_true(
        at.annual(terms.core_profit, k).map(lambda profit: profit < 0) for k in range(years)
    )


def quarters_up(flow: str | Flow, quarters: int, at: At) -> Measure:
    """Quarters whose value is above that of the same quarter a year before."""
    return count_true(_is_up(flow, at, k) for k in range(quarters))


def share_of_quarters_up(flow: str | Flow, quarters: int, at: At) -> Measure:
    """The share of quarters above the same quarter a year before."""
    return quarters_up(flow, quarters, at) / quarters


def _is_up(flow: str | Flow, at: At, back: int) -> Measure:
    return (at.quarter(flow, back) - at.quarter(flow, back + 4)).map(lambda rise: rise > 0)


def earnings_consistency(at: At) -> Measure:
    """Mean of five EPS changes, each over the mean size of the two EPS before it (Alwathainani).

    Null where EPS changes sign within the span.
    """
    eps = [at.annual(terms.core_eps, k) for k in range(7)]
    size = [e.map(pl.Expr.abs) for e in eps]
    changes = all_known((eps[k] - eps[k + 1]) / ((size[k + 1] + size[k + 2]) / 2) for k in range(5))
    lowest = pl.min_horizontal(e.value for e in eps)
    highest = pl.max_horizontal(e.value for e in eps)
    return (changes / 5).only_if((lowest > 0) | (highest < 0), Reason.NEG_EARNINGS)


def predictability(at: At, years: int = 8) -> Measure:
    """R² of EPS on the EPS of the year before (Francis and others)."""
    eps = [at.annual(terms.core_eps, k) for k in range(years)]
    return of_rows(lambda latest_first: _r2(latest_first[:, 1:], latest_first[:, :-1]), eps)


def unpredictability(at: At, years: int = 8) -> Measure:
    """Mean squared error of that line, in ₹ squared: what some code calls predictability."""
    eps = [at.annual(terms.core_eps, k) for k in range(years)]
    return of_rows(_squared_error, eps)


def _squared_error(latest_first: Floats) -> Floats:
    """Residual variance of EPS on the EPS before, of each row, with n − 2 degrees of freedom."""
    import numpy as np

    x, y = latest_first[:, 1:], latest_first[:, :-1]
    dx, dy = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    spread = (dx * dx).sum(axis=1)
    slope = (dx * dy).sum(axis=1) / np.where(spread > MIN_VARIATION, spread, np.nan)
    left = dy - slope[:, None] * dx
    error: Floats = (left * left).sum(axis=1) / (x.shape[1] - 2)
    return error


def surprise_streak(at: At) -> Measure:
    """Whether the last two quarterly surprises point the same way."""
    now, before = _eps_change(at), _eps_change(at.back(quarters=1))
    return (now * before).map(lambda product: product > 0)


def surprise(at: At) -> Measure:
    """Change of quarterly EPS on a year before, over the sd of that change in eight quarters."""
    changes = [_eps_change(at.back(quarters=k)) for k in range(8)]
    sd = at.once(f"sd of EPS changes {at.quarters}", lambda: sample_sd(changes))
    return changes[0] / sd


@shared
def _eps_change(at: At) -> Measure:
    return at.quarter("eps") - at.quarter("eps", 4)


def loss_recently(at: At) -> Measure:
    """Whether any of the last three financial years closed with a core loss."""
    return loss_years(3, at).map(lambda count: count > 0)


def profit_two_quarters(at: At) -> Measure:
    """Whether core profit of each of the last two quarters is above zero."""
    both = terms.least(at.quarter(terms.core_profit, k) for k in range(2))
    return both.map(lambda profit: profit > 0)


def _eps_fields() -> Iterator[Field]:
    yield Field(
        "eps_growth_sd_5y",
        "EPS growth sd 5Years",
        Unit.RATIO,
        "How much yearly EPS growth varied over five years; 0.25 is 25 percent points.",
        "Sample standard deviation of five yearly growths of core EPS",
        partial(eps_growth_sd, 5),
        aliases=("EPS growth variability", "EPS growth standard deviation 5Years"),
        history=History.ANNUAL,
        note="Null with any EPS at or below zero in the six years, as in the NSE quality index.",
    )
    for years in (8, 10):
        yield Field(
            f"log_eps_trend_r2_{years}y",
            f"EPS trend R2 {years}Years",
            Unit.RATIO,
            f"How well {years} years of EPS lie on one growth line; 1 is perfectly even.",
            "R² of ln core EPS on the year",
            partial(log_trend_r2, years),
            aliases=(f"Log EPS trend R2 {years}Years",),
            history=History.ANNUAL,
        )
        yield Field(
            f"log_eps_trend_growth_{years}y",
            f"EPS trend growth {years}Years",
            Unit.PERCENT,
            f"Yearly growth of the line fitted through {years} years of EPS.",
            "exp(slope of ln core EPS on the year) − 1",
            partial(log_trend_growth, years),
            history=History.ANNUAL,
        )
    yield Field(
        "earnings_consistency",
        "Earnings consistency",
        Unit.RATIO,
        "Mean of five yearly EPS changes, each over the mean size of the two EPS before it.",
        "mean((EPS_t − EPS_t−1) / mean(|EPS_t−1|, |EPS_t−2|))",
        earnings_consistency,
        history=History.ANNUAL,
    )
    yield Field(
        "earnings_predictability",
        "Earnings predictability",
        Unit.RATIO,
        "How much of a year's EPS the EPS of the year before explains, over eight years.",
        "R² of EPS_t on EPS_t−1",
        predictability,
        history=History.ANNUAL,
    )
    yield Field(
        "earnings_unpredictability",
        "Earnings unpredictability",
        Unit.RATIO,
        "How far a year's EPS lies from what the EPS of the year before tells; in ₹ squared.",
        "Mean squared error of EPS_t on EPS_t−1, n − 2",
        unpredictability,
        history=History.ANNUAL,
        note="One library of signals calls this predictability; ours is the R².",
    )
    yield Field(
        "earnings_streak",
        "Earnings streak",
        Unit.FLAG,
        "Whether the last two quarters' EPS changes on a year before point the same way.",
        "sign of (EPS_q − EPS_q−4) = that of the quarter before",
        surprise_streak,
        history=History.QUARTER,
    )
    yield Field(
        "earnings_surprise",
        "Earnings surprise",
        Unit.RATIO,
        "The latest quarter's EPS change on a year before, in standard deviations of such changes.",
        "(EPS_q − EPS_q−4) / sd over 8 quarters",
        surprise,
        aliases=("SUE",),
        history=History.QUARTER,
    )
    yield Field(
        "opm_change_1y",
        "OPM change",
        Unit.PERCENT,
        "The latest quarter's operating margin less that of the same quarter a year before, in "
        "percent points.",
        "OPM_q − OPM_q−4",
        margin_change,
        aliases=("Margin change", "OPM change 1year"),
        history=History.QUARTER,
    )


def _count_fields() -> Iterator[Field]:
    for years in (3, 5, 6, 10):
        yield Field(
            f"loss_years_{years}y",
            f"Loss years {years}Years",
            Unit.COUNT,
            f"Financial years with a core loss among the last {years}.",
            "Count of years with core profit < 0",
            partial(loss_years, years),
            history=History.ANNUAL,
        )
    for key, name, flow, quarters in (
        ("eps_yoy_up_quarters_8", "Quarters up of 8", terms.core_profit, 8),
        ("profit_yoy_up_quarters_12", "Quarters up of 12", terms.core_profit, 12),
        ("sales_yoy_up_quarters_8", "Sales quarters up of 8", "sales", 8),
        ("sales_yoy_up_quarters_12", "Sales quarters up of 12", "sales", 12),
    ):
        said = "sales" if flow == "sales" else "core profit"
        yield Field(
            key,
            name,
            Unit.COUNT,
            f"Quarters among the last {quarters} whose {said} is above that of a year before.",
            f"Count of quarters with {said} > the same quarter a year before",
            partial(quarters_up, flow, quarters),
            aliases=(name.replace("Quarters up", "Profit quarters up"),) if flow != "sales" else (),
            history=History.QUARTER,
            note="Rupees are compared, so a smaller loss counts as up; seasons cancel out.",
        )
    yield Field(
        "loss_in_last_3y",
        "Loss in last 3Years",
        Unit.FLAG,
        "Whether any of the last three financial years closed with a core loss.",
        "Loss years 3Years > 0",
        loss_recently,
        history=History.ANNUAL,
    )
    yield Field(
        "profit_last_2_quarters",
        "Profit in last 2quarters",
        Unit.FLAG,
        "Whether the core profit of both last quarters is above zero.",
        "min(core profit of two quarters) > 0",
        profit_two_quarters,
        history=History.QUARTER,
    )


FAMILY: Final = Family("Earnings visibility", (*_eps_fields(), *_count_fields()))
