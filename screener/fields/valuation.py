"""Multiples, yields, enterprise value and the price against its own past (METHOD 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import polars as pl

from screener.fields import owners, terms
from screener.fields.base import (
    At,
    Family,
    Field,
    Flow,
    Measure,
    Reason,
    Unit,
    missing,
    shared,
)
from screener.fields.terms import market_cap, percent, priced

# --- multiples ------------------------------------------------------------------------------


def multiple(base: Measure, at: At, reason: Reason = Reason.NEG_EARNINGS) -> Measure:
    """Market cap over a base that must be above zero."""
    return (market_cap(at) / base).only_if(base.value > 0, reason)


@shared
def pe(at: At) -> Measure:
    """Market cap over trailing core profit of the owners."""
    return multiple(owners.trailing_core(at), at)


def pe_reported(at: At) -> Measure:
    """Market cap over trailing reported profit of the owners."""
    return multiple(owners.trailing_reported(at), at)


@shared
def pb(at: At) -> Measure:
    """Market cap over owners' equity at the latest balance sheet."""
    return multiple(at.balance(terms.equity), at, Reason.NEG_EQUITY)


def price_to(flow: str | Flow, at: At) -> Measure:
    """Market cap over a trailing flow."""
    return multiple(at.ttm(flow), at)


def price_to_quarter(flow: str | Flow, at: At) -> Measure:
    """Market cap over the latest quarter's flow."""
    return multiple(at.quarter(flow), at)


def pe_quarter(at: At) -> Measure:
    """Market cap over four times the owners' core profit of the latest quarter."""
    return multiple(4 * owners.quarter_core(at), at)


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
    return percent(owners.trailing_core(at) / market_cap(at))


@shared
def book_to_price(at: At) -> Measure:
    """Owners' equity in percent of market cap."""
    return percent(at.balance(terms.equity) / market_cap(at))


@shared
def fcf_yield(at: At) -> Measure:
    """Free cash flow of the latest year in percent of market cap."""
    return percent(at.annual(terms.free_cash_flow) / market_cap(at)).non_financial()


def dividend_yield(at: At) -> Measure:
    """Dividend a share of the latest year in percent of the price; as printed where not known.

    A share listed since then was often cut up before, so that year's dividend a share is another's.
    """
    young = (pl.col("listed_on") > pl.col("end@0")).fill_null(False)
    own = percent(at.annual(terms.dividend_per_share) / terms.price(at))
    own = own.only_if(~young, Reason.SHORT_HISTORY)
    return own.otherwise(priced(at, at.snapshot("dividend_yield_printed")))


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


def price_field(
    key: str,
    name: str,
    about: str,
    formula: str,
    define: Callable[[At], Measure],
    *,
    note: str = "",
    aliases: tuple[str, ...] = (),
    unit: Unit = Unit.RATIO,
) -> Field:
    """A field made from price and statements; a ratio unless another unit is given."""
    return Field(
        key,
        name,
        unit,
        about,
        formula,
        define,
        aliases=aliases,
        note=note,
        source="prices, statements",
    )


def _multiples() -> Iterator[Field]:
    yield price_field(
        "market_cap", "Market Capitalization", "Close × shares outstanding.",
        "close × shares", market_cap, unit=Unit.CRORE,
        aliases=("Market cap", "Mcap", "Mkt cap", "Market capitalisation"),
    )  # fmt: skip
    yield price_field(
        "pe", "Price to Earning", "Price over trailing EPS without one-off items.",
        "market cap / TTM core profit of the owners", pe,
        aliases=("PE", "P/E", "PE ratio", "Stock P/E", "Price to earnings", "Core PE"),
        note="Null for loss makers. With one-off items: “PE reported”. Losses stay comparable in "
        "“Earnings yield”. Where the owners' part of the profit is not stated, EPS × shares stands "
        "for it if that is far from the whole profit.",
    )  # fmt: skip
    yield price_field(
        "pe_reported", "PE reported", "Price over trailing EPS, one-off items included.",
        "market cap / TTM profit of the owners", pe_reported,
    )  # fmt: skip
    yield price_field(
        "pb", "Price to book value", "Price over owners' equity a share.",
        "market cap / (equity capital + reserves)", pb,
        aliases=("PB", "P/B", "PBV", "Price to book", "CMP / BV"),
    )  # fmt: skip
    yield price_field(
        "ps", "Price to Sales", "Market cap over trailing sales.", "market cap / TTM sales",
        partial(price_to, "sales"), aliases=("P/S", "Market Cap to Sales"),
    )  # fmt: skip
    yield price_field(
        "pcf", "Price to Cash Flow", "Market cap over the latest year's cash from operations.",
        "market cap / CFO", partial(_price_to_cash, "cfo"), aliases=("P/CF",),
        note="Null for financial companies: money lent is cash that went out.",
    )  # fmt: skip
    yield price_field(
        "pfcf", "Price to Free Cash Flow", "Market cap over the latest year's free cash flow.",
        "market cap / (CFO − capex)", partial(_price_to_cash, terms.free_cash_flow),
        aliases=("P/FCF",),
    )  # fmt: skip
    yield price_field(
        "pe_quarter", "Price to Quarterly Earning",
        "Price over four times the latest quarter's EPS.",
        "market cap / (4 × core profit of the quarter)", pe_quarter,
        note="Seasons are inside it.",
    )  # fmt: skip
    yield price_field(
        "market_cap_to_quarter_profit", "Market cap to quarterly profit",
        "Market cap over the latest quarter's net profit.", "market cap / quarterly net profit",
        partial(price_to_quarter, "net_profit"),
    )  # fmt: skip
    yield price_field(
        "pb_x_pe", "PB X PE", "Graham's product; 22.5 was his limit.", "P/B × P/E", pb_times_pe
    )


def _price_to_cash(flow: str | Flow, at: At) -> Measure:
    return multiple(at.annual(flow), at).non_financial()


_EV_NOTE: Final = (
    "Null where cash is not known. With cash left in: “Enterprise Value gross”. Leases are counted "
    "where they are part of the filed borrowings, as EBITDA is before lease cost."
)
_GROSS_NOTE: Final = "Cash is not taken off, so it is too high for companies with much cash."


def _enterprise() -> Iterator[Field]:
    yield price_field(
        "ev", "Enterprise Value", "Market cap + debt + minority interest − cash.",
        "market cap + borrowings + minority − cash − current investments", ev, unit=Unit.CRORE,
        aliases=("EV",), note=_EV_NOTE,
    )  # fmt: skip
    yield price_field(
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
        yield price_field(
            key, name, "Enterprise value over a trailing flow; null where that is not above zero.",
            formula, partial(ev_to, flow), aliases=aliases, note=_EV_NOTE,
        )  # fmt: skip
    yield price_field(
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
        yield price_field(key, name, about, formula, define, aliases=aliases, unit=Unit.PERCENT)


def _own_history() -> Iterator[Field]:
    for years in (3, 5, 7, 10):
        yield price_field(
            f"historical_pe_{years}y", f"Historical PE {years}Years",
            f"The mean P/E at month-ends of {years} years, on earnings then known.",
            "mean P/E at month-ends with EPS above zero", partial(_history, f"pe_mean_{years}y"),
        )  # fmt: skip
        yield price_field(
            f"median_pe_{years}y", f"Median PE {years}Years",
            f"The median P/E at month-ends of {years} years, on earnings then known.",
            "median P/E at month-ends with EPS above zero",
            partial(_history, f"pe_median_{years}y"),
        )  # fmt: skip
        yield price_field(
            f"market_cap_{years}y_back", f"Market Capitalization {years}years back",
            f"Market cap {years} years ago.", "close then × shares then",
            partial(_history, f"market_cap@{years}y"), unit=Unit.CRORE,
        )  # fmt: skip
    yield price_field(
        "own_pe_percentile_5y", "Own PE percentile 5Years",
        "Where today's P/E lies among its month-ends of five years; low is cheap for itself.",
        "share of month-ends with a lower P/E, ties half", partial(_history, "pe_pctile_5y"),
        unit=Unit.PERCENT, note="Needs 36 months with earnings above zero.",
    )  # fmt: skip
    yield price_field(
        "pe_to_own_median_5y", "PE premium to own median 5Years",
        "P/E against its own median of five years.", "P/E / median P/E − 1",
        premium_to_own_median, unit=Unit.PERCENT,
    )  # fmt: skip


FAMILY: Final = Family(
    "Valuation",
    (*_multiples(), *_enterprise(), *_yields(), *_own_history()),
)
