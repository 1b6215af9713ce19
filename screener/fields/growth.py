"""Growth: trailing year on trailing year, quarter on quarter, compound over years (METHOD 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import polars as pl

from screener.fields import quality, terms
from screener.fields.base import At, Family, Field, Flow, History, Measure, Reason, Unit, flow_name
from screener.fields.terms import middle, months_between, percent, year_length, yearly

_DIGITS: Final = 9
_YEAR_SLACK: Final = 6  # months by which n financial years may be longer or shorter than n years


def growth(now: Measure, before: Measure) -> Measure:
    """Growth in percent; NEG_BASE where the earlier value is zero or negative."""
    change = percent(now / before - 1).only_if(before.value > 0, Reason.NEG_BASE)
    # Sums of the same decimals in another order differ in the last bit; that is no growth.
    return change.map(lambda value: value.round(_DIGITS))


def compound(now: Measure, before: Measure, years: pl.Expr) -> Measure:
    """Compound yearly growth in percent; both values must be above zero."""
    ratio = (now / before).only_if(now.value > 0, Reason.NEG_EARNINGS)
    rate = ratio.only_if(before.value > 0, Reason.NEG_BASE).map(lambda r: r.pow(1 / years) - 1)
    return percent(rate)


def trailing_growth(flow: str | Flow, at: At) -> Measure:
    """Trailing twelve months on the twelve months before, in percent."""
    return growth(at.ttm(flow), at.ttm(flow, 1))


def quarter_growth(flow: str | Flow, back: int, at: At) -> Measure:
    """The quarter on the one `back` quarters before, both of one length, in percent."""
    now, before = at.quarter(flow), at.quarter(flow, back)
    first, second = (f"months@q{at.quarters + k}" for k in (0, back))
    return growth(now, before).only_if(pl.col(first) == pl.col(second), Reason.SHORT_HISTORY)


def year_growth(flow: str | Flow, at: At, back: int = 0) -> Measure:
    """A financial year on the one before, both scaled to twelve months, in percent."""
    return at.once(
        f"year growth of {flow_name(flow)}@{at.years + back}",
        lambda: growth(yearly(at, flow, back), yearly(at, flow, back + 1)),
    )


def cagr(flow: str | Flow, years: int, at: At) -> Measure:
    """Compound growth over financial years in percent; both end years must be of 12 months."""
    full = at.once(f"full years {at.years} {years}", lambda: Measure(_in_step(years, at))).value
    gap = months_between(at, years)
    measure = compound(at.annual(flow), at.annual(flow, years), gap / 12)
    return measure.only_if(full, Reason.SHORT_HISTORY)


def _in_step(years: int, at: At) -> pl.Expr:
    """Whether both end years have 12 months and lie so many years apart."""
    full = (year_length(at) == 12) & (year_length(at, years) == 12)
    return full & ((months_between(at, years) - 12 * years).abs() <= _YEAR_SLACK)


def median_growth(flow: str | Flow, years: int, at: At) -> Measure:
    """The median of the yearly growths in percent."""
    return middle(year_growth(flow, at, back) for back in range(years))


def symmetric_growth(flow: str | Flow, at: At) -> Measure:
    """Trailing change over the mean size of both values; bounded by ±2, ranks tiny bases fairly."""
    now, before = at.ttm(flow), at.ttm(flow, 1)
    size = (now.map(pl.Expr.abs) + before.map(pl.Expr.abs)) / 2
    return (now - before) / size


def acceleration(flow: str | Flow, at: At) -> Measure:
    """Trailing growth now less trailing growth two quarters ago, in percent points."""
    return trailing_growth(flow, at) - trailing_growth(flow, at.back(quarters=2))


@dataclass(frozen=True)
class _Grown:
    """A flow whose growth has a name."""

    key: str
    name: str
    flow: str | Flow
    said: str


SALES: Final = _Grown("sales", "Sales", "sales", "sales")
PROFIT: Final = _Grown("profit", "Profit", terms.core_profit, "core profit of the owners")
EBIDT: Final = _Grown("ebidt", "EBIDT", terms.ebidt, "operating profit + other income")
EBIT: Final = _Grown("ebit", "EBIT", terms.ebit, "profit before tax + interest")
OPERATING: Final = _Grown(
    "operating_profit", "Operating profit", "operating_profit", "operating profit"
)
EPS: Final = _Grown("eps", "EPS", terms.core_eps, "EPS without one-off items")

_CORE_NOTE: Final = (
    "Profit without one-off items is compared, so that a sale of land is not growth; growth of the "
    "reported profit is “Reported profit growth”."
)
_CAGR_NOTE: Final = (
    "A start in the years of 2020 and 2021 flatters; compare 3, 5 and 10 years. Years of other "
    "than 12 months do not serve as an end."
)


def _trailing_fields() -> Iterator[Field]:
    names = {
        SALES: ("Sales growth", ("TTM sales growth",)),
        PROFIT: ("Profit growth", ("TTM profit growth", "Core profit growth")),
        OPERATING: ("Operating profit growth", ()),
        EBIT: ("EBIT growth", ("TTM EBIT growth",)),
        EBIDT: ("EBIDT growth", ()),
        EPS: ("TTM EPS growth", ("EPS growth", "Core EPS growth")),
    }
    for grown, (name, aliases) in names.items():
        yield Field(
            f"{grown.key}_growth",
            name,
            Unit.PERCENT,
            f"Growth of trailing twelve-month {grown.said} on the twelve months before.",
            "TTM / TTM a year earlier − 1",
            partial(trailing_growth, grown.flow),
            aliases=aliases,
            history=History.TTM,
            note=_CORE_NOTE if grown in (PROFIT, EPS) else "",
            quarterly=f"{grown.key}_growth_yoy_quarter",
        )
    yield Field(
        "reported_profit_growth",
        "Reported profit growth",
        Unit.PERCENT,
        "Growth of trailing twelve-month net profit, one-off items included.",
        "TTM net profit / TTM net profit a year earlier − 1",
        partial(trailing_growth, "net_profit"),
        aliases=("Net profit growth",),
        history=History.TTM,
    )


def _quarter_fields() -> Iterator[Field]:
    for grown in (SALES, PROFIT, OPERATING, EBIT, EBIDT, EPS):
        words = grown.name.lower() if grown not in (EPS, EBIT, EBIDT) else grown.name
        yield Field(
            f"{grown.key}_growth_yoy_quarter",
            f"YOY Quarterly {words} growth",
            Unit.PERCENT,
            f"Growth of the latest quarter's {grown.said} on the same quarter a year before.",
            "Quarter / same quarter a year before − 1",
            partial(quarter_growth, grown.flow, 4),
            history=History.QUARTER,
        )
    for grown, name in ((SALES, "QoQ Sales"), (PROFIT, "QoQ Profits")):
        yield Field(
            f"{grown.key}_growth_qoq",
            name,
            Unit.PERCENT,
            f"Growth of the latest quarter's {grown.said} on the quarter before.",
            "Quarter / quarter before − 1",
            partial(quarter_growth, grown.flow, 1),
            aliases=(f"{name.removesuffix('s') if grown is PROFIT else name} growth",),
            history=History.QUARTER,
            note="Seasons are inside it; the growth on the same quarter a year before is cleaner.",
        )


def _compound_fields() -> Iterator[Field]:
    for grown in (SALES, PROFIT, EBIDT, EPS, OPERATING):
        yield Field(
            f"{grown.key}_growth_last_year",
            f"{grown.name} growth last year",
            Unit.PERCENT,
            f"Growth of the latest financial year's {grown.said} on the year before.",
            "Year / year before − 1, each scaled to 12 months",
            partial(year_growth, grown.flow),
            aliases=(f"{grown.name} growth 1Year",),
            history=History.ANNUAL,
        )
        for years in (2, 3, 5, 7, 10):
            yield Field(
                f"{grown.key}_growth_{years}_years",
                f"{grown.name} growth {years}Years",
                Unit.PERCENT,
                f"Compound yearly growth of {grown.said} over {years} financial years.",
                "(last year / first year) ^ (1 / years) − 1",
                partial(cagr, grown.flow, years),
                aliases=(f"{grown.name} CAGR {years}Years",),
                history=History.ANNUAL,
                note=_CAGR_NOTE,
            )
    for years in (5, 10):
        yield Field(
            f"sales_growth_{years}_years_median",
            f"Sales growth {years}years median",
            Unit.PERCENT,
            f"The median of the last {years} yearly growths of sales.",
            "Median of year / year before − 1",
            partial(median_growth, "sales", years),
            history=History.ANNUAL,
        )


def _roe_growth(at: At) -> Measure:
    years = months_between(at, 5) / 12
    return compound(quality.roe(at), quality.roe(at.back(years=5)), years)


def _other_fields() -> Iterator[Field]:
    for grown in (SALES, PROFIT):
        yield Field(
            f"{grown.key}_growth_acceleration",
            f"{grown.name} growth acceleration",
            Unit.PERCENT,
            "Trailing growth now less trailing growth two quarters ago, in percent points.",
            "TTM growth − TTM growth two quarters ago",
            partial(acceleration, grown.flow),
            history=History.QUARTER,
        )
    yield Field(
        "symmetric_profit_growth",
        "Symmetric profit growth",
        Unit.RATIO,
        "Change of trailing core profit over the mean size of both years; from −2 to 2.",
        "(b − a) / mean(|a|, |b|)",
        partial(symmetric_growth, terms.core_profit),
        history=History.TTM,
        note="It has a value for losses and tiny bases, where plain growth has none or no meaning.",
    )
    yield Field(
        "roe_growth_5_years",
        "Return on equity 5years growth",
        Unit.PERCENT,
        "Compound yearly growth of return on equity over five financial years.",
        "(ROE / ROE five years before) ^ (1 / 5) − 1",
        _roe_growth,
        history=History.ANNUAL,
    )


FAMILY: Final = Family(
    "Growth", (*_trailing_fields(), *_quarter_fields(), *_compound_fields(), *_other_fields())
)
