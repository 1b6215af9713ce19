"""What the price asks for: multiples, yields, growth priced in, own history (METHOD 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.fields import growth, ownership, terms
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
    missing,
    shared,
)
from screener.fields.levels import unsourced
from screener.fields.terms import market_cap, percent, priced

Floats = npt.NDArray[np.float64]

DISCOUNT_RATE: Final = 0.125
TERMINAL_GROWTH: Final = 0.05
DCF_YEARS: Final = 10
PAYOUT_BOUNDS: Final = (0.3, 1.0)  # of free cash flow in profit
_NEWTON_STEPS: Final = 60  # many more than it takes
_CLOSE_ENOUGH: Final = 1e-13


# --- multiples ------------------------------------------------------------------------------


def multiple(base: Measure, at: At, reason: Reason = Reason.NEG_EARNINGS) -> Measure:
    """Market cap over a base that must be above zero."""
    return (market_cap(at) / base).only_if(base.value > 0, reason)


@shared
def pe(at: At) -> Measure:
    """Market cap over trailing core profit of the owners."""
    return multiple(at.ttm(terms.core_profit), at)


def pe_reported(at: At) -> Measure:
    """Market cap over trailing reported profit of the owners."""
    return multiple(at.ttm(terms.owners_profit), at)


@shared
def pb(at: At) -> Measure:
    """Market cap over owners' equity at the latest balance sheet."""
    return multiple(at.balance(terms.equity), at, Reason.NEG_EQUITY)


def price_to(flow: str | Flow, at: At) -> Measure:
    """Market cap over a trailing flow."""
    return multiple(at.ttm(flow), at)


def price_to_year(flow: str | Flow, at: At) -> Measure:
    """Market cap over a flow of the latest financial year."""
    return multiple(at.annual(flow), at)


def price_to_quarter(flow: str | Flow, times: float, at: At) -> Measure:
    """Market cap over so many times the latest quarter's flow."""
    return multiple(times * at.quarter(flow), at)


def pb_times_pe(at: At) -> Measure:
    """P/B × P/E."""
    return pb(at) * pe(at)


# --- enterprise value -----------------------------------------------------------------------


def _owed(line: terms.Line) -> Measure:
    """Borrowings as filed + minority interest."""
    return terms.borrowings(line) + terms.or_zero(line("minority_interest"))


@shared
def gross_ev(at: At) -> Measure:
    """Market cap + borrowings + minority interest, cash left in."""
    return (market_cap(at) + at.balance(_owed)).non_financial()


@shared
def ev(at: At) -> Measure:
    """Market cap + borrowings + minority interest − cash − current investments."""
    return gross_ev(at) - at.balance(terms.liquid_funds)


def ev_to(flow: str | Flow, at: At) -> Measure:
    """Enterprise value over a trailing flow that must be above zero."""
    base = at.ttm(flow)
    return (ev(at) / base).only_if(base.value > 0, Reason.NEG_EARNINGS).non_financial()


def gross_ev_to(flow: str | Flow, at: At) -> Measure:
    """Enterprise value with cash left in, over a trailing flow that must be above zero."""
    base = at.ttm(flow)
    return (gross_ev(at) / base).only_if(base.value > 0, Reason.NEG_EARNINGS).non_financial()


def ev_yield(flow: str | Flow, at: At) -> Measure:
    """A trailing flow in percent of enterprise value, which must be above zero."""
    value = ev(at)
    return percent(at.ttm(flow) / value).only_if(value.value > 0, Reason.ZERO_DENOM).non_financial()


# --- yields ---------------------------------------------------------------------------------


@shared
def earnings_yield(at: At) -> Measure:
    """Trailing core profit in percent of market cap; losses stay ordered."""
    return percent(at.ttm(terms.core_profit) / market_cap(at))


@shared
def book_to_price(at: At) -> Measure:
    """Owners' equity in percent of market cap."""
    return percent(at.balance(terms.equity) / market_cap(at))


@shared
def fcf_yield(at: At) -> Measure:
    """Free cash flow of the latest year in percent of market cap."""
    return percent(at.annual(terms.free_cash_flow) / market_cap(at)).non_financial()


def dividend_yield(at: At) -> Measure:
    """Dividend a share of the latest year in percent of the price; as printed where not known."""
    own = percent(at.annual(terms.dividend_per_share) / terms.price(at))
    return own.otherwise(priced(at, at.snapshot("dividend_yield_printed")))


# --- growth against price -------------------------------------------------------------------


def peg(years: int, at: At) -> Measure:
    """P/E over EPS growth in percent; both must be above zero."""
    rate = growth.cagr(terms.core_eps, years, at)
    return (pe(at) / rate).only_if(rate.value > 0, Reason.NEG_BASE)


def graham_number(at: At) -> Measure:
    """Square root of 22.5 × EPS × book value a share."""
    eps, book = at.ttm("eps"), ownership.book_value(at)
    product = (22.5 * eps * book).only_if(eps.value > 0, Reason.NEG_EARNINGS)
    return product.only_if(book.value > 0, Reason.NEG_EQUITY).map(pl.Expr.sqrt)


def net_current_assets_a_share(at: At) -> Measure:
    """Current assets less all liabilities, a share."""
    left = at.balance("current_assets") - at.balance(terms.outside_liabilities)
    return (left / terms.shares(at)).non_financial()


def payout(at: At) -> Measure:
    """Free cash flow over profit of three years, from 0.3 to 1; 1 where not known."""
    profit = all_known(terms.years_of(at, terms.owners_profit, 3))
    share = all_known(terms.years_of(at, terms.free_cash_flow, 3)) / profit
    low, high = PAYOUT_BOUNDS
    positive = pl.when(profit.value > 0).then(share.value.clip(low, high))
    return Measure(positive.fill_null(1.0))


@shared
def implied_growth(at: At) -> Measure:
    """Yearly growth of earnings over ten years that the price needs, in percent."""
    earnings = at.ttm(terms.core_profit)
    asked = (market_cap(at) / earnings).only_if(earnings.value > 0, Reason.NEG_EARNINGS)
    asked = asked / payout(at)
    rate = asked.map(lambda e: e.map_batches(_growth_of_series, return_dtype=pl.Float64))
    return percent(rate)


def _growth_of_series(multiples: pl.Series) -> pl.Series:
    rates = growth_for_multiple(multiples.to_numpy().astype(np.float64))
    return pl.Series(multiples.name, rates, nan_to_null=True)


def growth_for_multiple(
    multiples: Floats,
    rate: float = DISCOUNT_RATE,
    terminal: float = TERMINAL_GROWTH,
    years: int = DCF_YEARS,
) -> Floats:
    """The growth g at which a company is worth so many times its free earnings; NaN for no answer.

    Solves M = x + x² + … + xⁿ + c xⁿ for x = (1 + g) / (1 + rate), where
    c = (1 + terminal) / (rate − terminal). The sum rises and bends upwards in x > 0, so Newton's
    steps end at the only root.
    """
    target = np.where(multiples > 0, multiples, np.nan)
    end = (1 + terminal) / (rate - terminal)
    with np.errstate(all="ignore"):
        x = np.maximum(1.0, target / (years + end)) ** (1 / years)
        for _ in range(_NEWTON_STEPS):
            value, slope = _worth(x, years, end)
            step = (value - target) / slope
            x = x - step
            if not (np.abs(step) > _CLOSE_ENOUGH * x).any():
                break
    solved: Floats = x * (1 + rate) - 1
    return solved


def _worth(x: Floats, years: int, end: float) -> tuple[Floats, Floats]:
    """x + … + xⁿ + end × xⁿ and its slope, by Horner's rule."""
    value = np.full_like(x, 1.0 + end)
    slope = np.zeros_like(x)
    for _ in range(years - 1):
        slope = slope * x + value
        value = value * x + 1.0
    return value * x, slope * x + value


def delivery_gap(at: At) -> Measure:
    """EPS growth of three years less the growth that the price needs, in percent points."""
    return growth.cagr(terms.core_eps, 3, at) - implied_growth(at)


# --- own history ----------------------------------------------------------------------------


def _history(column: str, at: At) -> Measure:
    if at.years or at.quarters:
        return missing(Reason.SHORT_HISTORY)
    return priced(at, Measure(pl.col(column))).explained(
        Reason.SHORT_HISTORY, pl.col("close").is_not_null()
    )


def premium_to_own_median(at: At) -> Measure:
    """P/E against its own median of five years, in percent."""
    return percent(pe(at) / _history("pe_median_5y", at) - 1)


# --- fields ---------------------------------------------------------------------------------


def _ratio(
    key: str, name: str, about: str, formula: str, define: object, *, note: str = "",
    aliases: tuple[str, ...] = (), unit: Unit = Unit.RATIO, history: History | None = None,
) -> Field:  # fmt: skip
    assert callable(define)
    return Field(
        key, name, unit, about, formula, define, aliases=aliases, note=note, history=history,
        source="prices, statements",
    )  # fmt: skip


def _multiples() -> Iterator[Field]:
    yield _ratio(
        "market_cap", "Market Capitalization", "Close × shares outstanding.",
        "close × shares", market_cap, unit=Unit.CRORE,
        aliases=("Market cap", "Mcap", "Mkt cap", "Market capitalisation"),
    )  # fmt: skip
    yield _ratio(
        "pe", "Price to Earning", "Price over trailing EPS without one-off items.",
        "market cap / TTM core profit of the owners", pe,
        aliases=("PE", "P/E", "PE ratio", "Stock P/E", "Price to earnings", "Core PE"),
        note="Null for loss makers. With one-off items: “PE reported”. Losses stay comparable in "
        "“Earnings yield”.",
    )  # fmt: skip
    yield _ratio(
        "pe_reported", "PE reported", "Price over trailing EPS, one-off items included.",
        "market cap / TTM profit of the owners", pe_reported,
    )  # fmt: skip
    yield _ratio(
        "pb", "Price to book value", "Price over owners' equity a share.",
        "market cap / (equity capital + reserves)", pb,
        aliases=("PB", "P/B", "PBV", "Price to book", "CMP / BV"),
    )  # fmt: skip
    yield _ratio(
        "ps", "Price to Sales", "Market cap over trailing sales.", "market cap / TTM sales",
        partial(price_to, "sales"), aliases=("P/S", "Market Cap to Sales"),
    )  # fmt: skip
    yield _ratio(
        "pcf", "Price to Cash Flow", "Market cap over the latest year's cash from operations.",
        "market cap / CFO", partial(price_to_year, "cfo"), aliases=("P/CF",),
    )  # fmt: skip
    yield _ratio(
        "pfcf", "Price to Free Cash Flow", "Market cap over the latest year's free cash flow.",
        "market cap / (CFO − capex)", _price_to_fcf, aliases=("P/FCF",),
    )  # fmt: skip
    yield _ratio(
        "pe_quarter", "Price to Quarterly Earning",
        "Price over four times the latest quarter's EPS.",
        "market cap / (4 × core profit of the quarter)",
        partial(price_to_quarter, terms.core_profit, 4.0), note="Seasons are inside it.",
    )  # fmt: skip
    yield _ratio(
        "market_cap_to_quarter_profit", "Market cap to quarterly profit",
        "Market cap over the latest quarter's net profit.", "market cap / quarterly net profit",
        partial(price_to_quarter, "net_profit", 1.0),
    )  # fmt: skip
    yield _ratio(
        "pb_x_pe", "PB X PE", "Graham's product; 22.5 was his limit.", "P/B × P/E", pb_times_pe
    )


def _price_to_fcf(at: At) -> Measure:
    return price_to_year(terms.free_cash_flow, at).non_financial()


_EV_NOTE: Final = (
    "Null where cash is not known. With cash left in: “Enterprise Value gross”. Leases are counted "
    "where they are part of the filed borrowings, as EBITDA is before lease cost."
)
_GROSS_NOTE: Final = "Cash is not taken off, so it is too high for companies with much cash."


def _enterprise() -> Iterator[Field]:
    yield _ratio(
        "ev", "Enterprise Value", "Market cap + debt + minority interest − cash.",
        "market cap + borrowings + minority − cash − current investments", ev, unit=Unit.CRORE,
        aliases=("EV",), note=_EV_NOTE,
    )  # fmt: skip
    yield _ratio(
        "ev_gross", "Enterprise Value gross", "Market cap + debt + minority interest.",
        "market cap + borrowings + minority", gross_ev, unit=Unit.CRORE, note=_GROSS_NOTE,
    )  # fmt: skip
    for key, name, flow, aliases, formula in (
        (
            "ev_ebitda",
            "EVEBITDA",
            "operating_profit",
            ("EV/EBITDA", "EV to EBITDA"),
            "EV / TTM operating profit",
        ),
        (
            "ev_ebit",
            "Enterprise Value to EBIT",
            terms.ebit,
            ("EV/EBIT", "EV to EBIT"),
            "EV / TTM EBIT",
        ),
        ("ev_sales", "EV to sales", "sales", ("EV/Sales",), "EV / TTM sales"),
    ):
        yield _ratio(
            key, name, "Enterprise value over a trailing flow; null where that is not above zero.",
            formula, partial(ev_to, flow), aliases=aliases, note=_EV_NOTE,
        )  # fmt: skip
    yield _ratio(
        "ev_ebitda_gross", "EVEBITDA gross", "Enterprise value with cash left in, over EBITDA.",
        "EV gross / TTM operating profit", partial(gross_ev_to, "operating_profit"),
        note=_GROSS_NOTE,
    )  # fmt: skip


def _yields() -> Iterator[Field]:
    for key, name, about, formula, define, aliases in (
        (
            "earnings_yield",
            "Earnings yield",
            "Trailing core profit in percent of market cap.",
            "TTM core profit / market cap",
            earnings_yield,
            ("E/P",),
        ),
        (
            "book_to_price",
            "Book to price",
            "Owners' equity in percent of market cap.",
            "equity / market cap",
            book_to_price,
            ("B/P",),
        ),
        (
            "fcf_yield",
            "FCF yield",
            "Free cash flow of the latest year in percent of market cap.",
            "(CFO − capex) / market cap",
            fcf_yield,
            ("Free cash flow yield",),
        ),
        (
            "ebitda_yield",
            "EBITDA yield",
            "Trailing operating profit in percent of EV.",
            "TTM operating profit / EV",
            partial(ev_yield, "operating_profit"),
            ("EBITDA/EV",),
        ),
        (
            "sales_to_ev",
            "Sales to EV",
            "Trailing sales in percent of EV.",
            "TTM sales / EV",
            partial(ev_yield, "sales"),
            ("S/EV",),
        ),
        (
            "dividend_yield",
            "Dividend yield",
            "Dividend of the latest year in percent of the price.",
            "payout × EPS / close",
            dividend_yield,
            (),
        ),
    ):
        yield _ratio(key, name, about, formula, define, aliases=aliases, unit=Unit.PERCENT)


def _growth_against_price() -> Iterator[Field]:
    for years, key, name, aliases in (
        (3, "peg", "PEG Ratio", ("PEG", "PEG 3Years")),
        (5, "peg_5y", "PEG 5Years", ()),
    ):
        yield _ratio(
            key, name, f"P/E over EPS growth of {years} years; null unless both are above zero.",
            f"core P/E / EPS growth {years}Years", partial(peg, years), aliases=aliases,
            note="Two negatives make no PEG.",
        )  # fmt: skip
    yield _ratio(
        "graham_number", "Graham Number", "Square root of 22.5 × EPS × book value.",
        "√(22.5 × TTM EPS × book value a share)", graham_number, unit=Unit.RUPEES,
    )  # fmt: skip
    yield _ratio(
        "ncavps", "NCAVPS", "Current assets less all liabilities, a share.",
        "(current assets − liabilities) / shares", net_current_assets_a_share, unit=Unit.RUPEES,
    )  # fmt: skip
    yield _ratio(
        "implied_growth", "Implied growth", "Yearly earnings growth of ten years the price needs.",
        "g with market cap = value of growing free earnings at 12.5 %, 5 % after ten years",
        implied_growth, unit=Unit.PERCENT, aliases=("Implied growth 10Years",),
        note="Free earnings are core profit × FCF/profit of three years (0.3 to 1; 1 if unknown).",
    )  # fmt: skip
    yield _ratio(
        "delivery_gap", "Delivery gap", "EPS growth delivered less the growth the price needs.",
        "EPS growth 3Years − implied growth", delivery_gap, unit=Unit.PERCENT,
    )  # fmt: skip
    author = "Its author on another site defines it; write yours under [ratios] in screens.toml."
    yield unsourced("Intrinsic Value", Unit.RUPEES, author)
    yield unsourced("Debt Capacity", Unit.RATIO, author)
    yield unsourced(
        "G Factor", Unit.COUNT, "Screener.in's own growth score; its rules are not public."
    )


def _own_history() -> Iterator[Field]:
    for years in (3, 5, 7, 10):
        yield _ratio(
            f"historical_pe_{years}y", f"Historical PE {years}Years",
            f"The mean P/E at month-ends of {years} years, on earnings then known.",
            "mean P/E at month-ends with EPS above zero", partial(_history, f"pe_mean_{years}y"),
        )  # fmt: skip
        yield _ratio(
            f"median_pe_{years}y", f"Median PE {years}Years",
            f"The median P/E at month-ends of {years} years, on earnings then known.",
            "median P/E at month-ends with EPS above zero",
            partial(_history, f"pe_median_{years}y"),
        )  # fmt: skip
        yield _ratio(
            f"market_cap_{years}y_back", f"Market Capitalization {years}years back",
            f"Market cap {years} years ago.", "close then × shares then",
            partial(_history, f"market_cap@{years}y"), unit=Unit.CRORE,
        )  # fmt: skip
    yield _ratio(
        "own_pe_percentile_5y", "Own PE percentile 5Years",
        "Where today's P/E lies among its month-ends of five years; low is cheap for itself.",
        "share of month-ends with a lower P/E, ties half", partial(_history, "pe_pctile_5y"),
        unit=Unit.PERCENT, note="Needs 36 months with earnings above zero.",
    )  # fmt: skip
    yield _ratio(
        "pe_to_own_median_5y", "PE premium to own median 5Years",
        "P/E against its own median of five years.", "P/E / median P/E − 1",
        premium_to_own_median, unit=Unit.PERCENT,
    )  # fmt: skip


FAMILY: Final = Family(
    "Valuation",
    (*_multiples(), *_enterprise(), *_yields(), *_growth_against_price(), *_own_history()),
)
