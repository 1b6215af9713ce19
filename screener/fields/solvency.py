"""Debt, liquidity and distress (METHOD 1)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

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
    shared,
)
from screener.fields.terms import percent, yearly

DEBT_FREE_SHARE: Final = 0.01  # debt below this share of total assets counts as none
DEBT_FREE_CRORE: Final = 0.1  # so does debt, or interest, below ₹10 lakh
DEBT_FREE_COVER: Final = 20.0  # EBIT may not be below this many times the interest
CONTINGENT_AMBER: Final = 20.0  # percent of net worth
CONTINGENT_RED: Final = 50.0
MIN_DEBT_BASE: Final = 1.0  # ₹ crore; a smaller debt two years back makes no percentage


# --- leverage -------------------------------------------------------------------------------


@shared
def net_worth(at: At) -> Measure:
    """Equity capital + reserves at the latest balance sheet."""
    return at.balance(terms.equity)


def to_equity(flow: Flow, at: At) -> Measure:
    """A debt over owners' equity; null where equity is not above zero, and for financials."""
    equity = net_worth(at)
    ratio = (at.balance(flow) / equity).only_if(equity.value > 0, Reason.NEG_EQUITY)
    return ratio.non_financial()


def to_ebitda(flow: Flow, at: At) -> Measure:
    """A debt over trailing EBITDA; null where EBITDA is not above zero, and for financials.

    Years back it is the EBITDA of the financial year that the balance sheet closes.
    """
    ebitda = at.annual("operating_profit") if at.years else at.ttm("operating_profit")
    ratio = (at.balance(flow) / ebitda).only_if(ebitda.value > 0, Reason.NEG_EARNINGS)
    return ratio.non_financial()


def debt_to_assets(at: At) -> Measure:
    """Debt without leases over total assets."""
    return (at.balance(terms.debt) / at.balance(terms.total_assets)).non_financial()


def cover(flow: Flow, at: At) -> Measure:
    """A trailing profit over trailing interest; NO_DEBT where there is no interest."""
    interest = at.ttm("interest")
    ratio = (at.ttm(flow) / interest).only_if(interest.value > 0, Reason.NO_DEBT)
    return ratio.non_financial()


def year_cover(at: At) -> Measure:
    """EBIT over interest of a financial year."""
    interest = at.annual("interest")
    ratio = (at.annual(terms.ebit) / interest).only_if(interest.value > 0, Reason.NO_DEBT)
    return ratio.non_financial()


def cover_change(years: int, at: At) -> Measure:
    """Change of a financial year's interest cover over so many years."""
    return year_cover(at) - year_cover(at.back(years=years))


@shared
def debt_free(at: At) -> Measure:
    """Whether there is next to no debt, and next to no interest."""
    debt, interest = at.balance(terms.debt), at.ttm("interest")
    assets, profit = at.balance(terms.total_assets), at.ttm(terms.ebit)
    small = (debt.value <= DEBT_FREE_CRORE) | (debt.value <= DEBT_FREE_SHARE * assets.value)
    light = (interest.value <= DEBT_FREE_CRORE) | (profit.value >= DEBT_FREE_COVER * interest.value)
    unpaid = interest.value.is_null() & debt.value.eq(0)
    return Measure(small & (light | unpaid), debt.codes + interest.codes).non_financial()


def debt_change(years: int, at: At) -> Measure:
    """Change of debt without leases over so many years, in percent."""
    now, before = at.annual(terms.debt), at.annual(terms.debt, years)
    change = percent(now / before - 1).only_if(before.value >= MIN_DEBT_BASE, Reason.ZERO_DENOM)
    return change.non_financial()


def debt_change_to_assets(years: int, at: At) -> Measure:
    """Change of debt without leases over so many years, in percent of total assets."""
    change = at.annual(terms.debt) - at.annual(terms.debt, years)
    return percent(change / at.annual(terms.total_assets)).non_financial()


def liabilities_change(years: int, at: At) -> Measure:
    """Change of borrowings and other liabilities together, in percent.

    Where debt jumps and this does not, a source has moved leases from one line to the other.
    """
    now, before = at.annual(_all_owed), at.annual(_all_owed, years)
    change = percent(now / before - 1).only_if(before.value >= MIN_DEBT_BASE, Reason.ZERO_DENOM)
    return change.non_financial()


def _all_owed(line: terms.Line) -> Measure:
    return terms.borrowings(line) + line("other_liabilities")


def contingent_age(at: At) -> Measure:
    """Days since the end of the year that contingent liabilities are of."""
    age = (pl.col("as_of") - pl.col("end@0")).dt.total_days().cast(pl.Float64)
    stated = at.annual("contingent_liabilities")
    return stated.map(lambda value: pl.when(value.is_not_null()).then(age))


def contingent_level(at: At) -> Measure:
    """red above 50 % of net worth, amber above 20 %, else low."""
    share = contingent_to_net_worth(at)
    words = (
        pl.when(share.value > CONTINGENT_RED)
        .then(pl.lit("red"))
        .when(share.value > CONTINGENT_AMBER)
        .then(pl.lit("amber"))
        .otherwise(pl.lit("low"))
    )
    return share.map(lambda value: pl.when(value.is_not_null()).then(words))


def contingent_to_net_worth(at: At) -> Measure:
    """Contingent liabilities over net worth, in percent."""
    equity = at.annual(terms.equity)
    share = percent(at.annual("contingent_liabilities") / equity)
    return share.only_if(equity.value > 0, Reason.NEG_EQUITY)


# --- liquidity ------------------------------------------------------------------------------


def quick_assets(line: terms.Line) -> Measure:
    """Cash + current investments + receivables."""
    return terms.liquid_funds(line) + line("receivables")


def to_current_liabilities(flow: str | Flow, at: At) -> Measure:
    """A kind of assets over current liabilities."""
    return (at.balance(flow) / at.balance("current_liabilities")).non_financial()


# --- distress -------------------------------------------------------------------------------


def _altman_ratios(at: At) -> tuple[Measure, Measure, Measure, Measure, Measure]:
    """Working capital, reserves and EBIT to assets; equity to liabilities; sales to assets."""
    assets = at.annual(terms.total_assets)
    return (
        at.annual(terms.working_capital) / assets,
        at.annual("reserves") / assets,
        yearly(at, terms.ebit) / assets,
        at.annual(terms.equity) / at.annual(terms.outside_liabilities),
        yearly(at, "sales") / assets,
    )


def altman_z2(constant: float, at: At) -> Measure:
    """Altman's Z″ for services and emerging markets: no sales, no market price."""
    x1, x2, x3, x4, _ = _altman_ratios(at)
    return (6.56 * x1 + 3.26 * x2 + 6.72 * x3 + 1.05 * x4 + constant).non_financial()


def altman_z(sales_weight: float, at: At) -> Measure:
    """Altman's Z of 1968 for listed manufacturers; he weighs sales by 0.999, most writers by 1."""
    x1, x2, x3, _, x5 = _altman_ratios(at)
    x4 = terms.market_cap(at) / at.annual(terms.outside_liabilities)
    score = 1.2 * x1 + 1.4 * x2 + 3.3 * x3 + 0.6 * x4 + sales_weight * x5
    return score.non_financial()


def altman_z1(at: At) -> Measure:
    """Altman's Z′ for private firms, with book equity."""
    x1, x2, x3, x4, x5 = _altman_ratios(at)
    score = 0.717 * x1 + 0.847 * x2 + 3.107 * x3 + 0.420 * x4 + 0.998 * x5
    return score.non_financial()


# --- fields ---------------------------------------------------------------------------------

_LEASE_NOTE: Final = (
    "Lease liabilities are taken out where the source states them; where it does not, they may be "
    "inside. The ratio with leases is “Debt to equity including leases”."
)
_EBITDA: Final = "TTM operating profit"
_NET_DEBT: Final = "borrowings − lease liabilities − cash − current investments"


def _leverage() -> Iterator[Field]:
    yield Field(
        "net_worth", "Net worth", Unit.CRORE,
        "Owners' equity at the latest balance sheet.", "Equity capital + reserves",
        net_worth, aliases=("Networth", "Shareholders funds"), history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "debt_to_equity", "Debt to equity", Unit.RATIO,
        "Debt without leases over owners' equity. Null, never small, where equity is negative.",
        "(Borrowings − lease liabilities) / (equity capital + reserves)",
        partial(to_equity, terms.debt), aliases=("D/E", "DE ratio", "Debt equity ratio"),
        history=History.ANNUAL, note=_LEASE_NOTE, column="D/E",
    )  # fmt: skip
    yield Field(
        "debt_to_equity_incl_lease", "Debt to equity including leases", Unit.RATIO,
        "Borrowings as filed, leases counted in, over owners' equity.",
        "Borrowings / (equity capital + reserves)",
        partial(to_equity, terms.borrowings), history=History.ANNUAL,
        note="This is how Screener.in counts debt; ours without leases is “Debt to equity”.",
    )  # fmt: skip
    yield Field(
        "debt_to_assets", "Debt to assets", Unit.RATIO, "Debt without leases over total assets.",
        "(Borrowings − lease liabilities) / total assets", debt_to_assets, history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "net_debt_to_ebitda", "Net debt to EBITDA", Unit.RATIO,
        "Years of operating profit that net debt amounts to. Negative is net cash.",
        f"({_NET_DEBT}) / {_EBITDA}", partial(to_ebitda, terms.net_debt), history=History.ANNUAL,
        note="Cash includes current investments where stated. Null where cash is not known.",
    )  # fmt: skip
    yield Field(
        "debt_to_ebitda", "Debt to EBITDA", Unit.RATIO,
        "Years of operating profit that debt amounts to.",
        f"(Borrowings − lease liabilities) / {_EBITDA}", partial(to_ebitda, terms.debt),
        history=History.ANNUAL,
    )  # fmt: skip
    for key, name, aliases, flow, formula, about in (
        (
            "interest_cover",
            "Interest Coverage Ratio",
            ("Interest coverage", "Interest cover", "ICR"),
            terms.ebit,
            "TTM (profit before tax + interest) / TTM interest",
            "How many times profit before interest and tax pays the interest.",
        ),
        (
            "core_interest_cover",
            "Core interest coverage",
            ("Core interest cover",),
            terms.operating_ebit,
            "TTM (operating profit − depreciation) / TTM interest",
            "Interest cover without other income and one-off items.",
        ),
        (
            "ebitda_interest_cover",
            "EBITDA interest coverage",
            ("EBITDA interest cover",),
            terms.ebitda_with_other_income,
            "TTM (EBIT + depreciation) / TTM interest",
            "How many times profit before interest, tax and depreciation pays the interest.",
        ),
    ):
        yield Field(
            key, name, Unit.RATIO, about, formula, partial(cover, flow), aliases=aliases,
            history=History.TTM,
            note="Without interest there is nothing to cover: null with NO_DEBT; see “Debt free”.",
        )  # fmt: skip
    yield Field(
        "interest_cover_change_2y", "Interest coverage change 2Years", Unit.RATIO,
        "Interest cover of the latest financial year less that of two years before.",
        "EBIT / interest − the same two years before", partial(cover_change, 2),
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "debt_free", "Debt free", Unit.FLAG,
        "Whether debt is at most 1 % of assets or ₹10 lakh, and interest next to nothing.",
        "debt ≤ 1 % of total assets or ≤ 0.1 crore, and EBIT ≥ 20 × interest or interest ≤ 0.1",
        debt_free, aliases=("Is debt free",), note="Leases are not counted as debt.",
    )  # fmt: skip


def _changes() -> Iterator[Field]:
    yield Field(
        "debt_change_2y", "Debt change 2Years", Unit.PERCENT,
        "Change of debt without leases over two financial years.",
        "(debt − debt two years before) / debt two years before", partial(debt_change, 2),
        history=History.ANNUAL,
        note="Null with a base under ₹1 crore; then see “Debt change 2Years to assets”.",
    )  # fmt: skip
    yield Field(
        "debt_change_2y_to_assets", "Debt change 2Years to assets", Unit.PERCENT,
        "Change of debt without leases over two financial years, in percent of total assets.",
        "(debt − debt two years before) / total assets", partial(debt_change_to_assets, 2),
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "contingent_to_net_worth", "Contingent liabilities to net worth", Unit.PERCENT,
        "Claims that may fall due, in percent of net worth.",
        "Contingent liabilities / (equity capital + reserves)", contingent_to_net_worth,
        history=History.ANNUAL, note="Filed once a year and often not at all.",
    )  # fmt: skip
    yield Field(
        "contingent_age_days", "Contingent liabilities age days", Unit.DAYS,
        "Days since the end of the year that the contingent liabilities are of.",
        "market date − year end", contingent_age,
    )  # fmt: skip
    yield Field(
        "contingent_level", "Contingent liabilities level", Unit.TEXT,
        "red, amber or low: contingent liabilities above 50 %, above 20 % or up to 20 % of net "
        "worth.", "Contingent liabilities to net worth > 50, > 20", contingent_level,
        history=History.ANNUAL,
    )  # fmt: skip
    yield Field(
        "liabilities_change_2y", "Debt and other liabilities change 2Years", Unit.PERCENT,
        "Change of borrowings and other liabilities together over two financial years.",
        "(borrowings + other liabilities) / the same two years before − 1",
        partial(liabilities_change, 2), history=History.ANNUAL,
        note="Where debt jumps and this does not, leases were moved from one line to the other.",
    )  # fmt: skip


def _liquidity() -> Iterator[Field]:
    note = "Needs the filed balance sheet; the four-line summary of some sites lacks the split."
    for key, name, flow, formula in (
        (
            "current_ratio",
            "Current ratio",
            "current_assets",
            "Current assets / current liabilities",
        ),
        (
            "quick_ratio",
            "Quick ratio",
            quick_assets,
            "(Cash + current investments + receivables) / current liabilities",
        ),
        (
            "cash_ratio",
            "Cash ratio",
            terms.liquid_funds,
            "(Cash + current investments) / current liabilities",
        ),
    ):
        yield Field(
            key, name, Unit.RATIO, f"{formula}.", formula,
            partial(to_current_liabilities, flow), history=History.ANNUAL, note=note,
        )  # fmt: skip


def _distress() -> Iterator[Field]:
    zones = "Below 1.1 distress, above 2.6 safe."
    proxy = "Reserves stand for retained earnings."
    yield Field(
        "altman_z2", "Altman Z double prime", Unit.RATIO,
        "Altman's Z″: distress score without sales or market price, for services and India.",
        "6.56 WC/TA + 3.26 reserves/TA + 6.72 EBIT/TA + 1.05 equity/liabilities",
        partial(altman_z2, 0.0), aliases=("Altman Z2",), history=History.ANNUAL,
        note=f"{zones} {proxy}",
    )  # fmt: skip
    yield Field(
        "altman_z2_em", "Altman Z double prime EM", Unit.RATIO,
        "Altman's Z″ with the constant of emerging markets.", "3.25 + Z″",
        partial(altman_z2, 3.25), aliases=("Altman Z2 EM",), history=History.ANNUAL,
        note=f"Below 4.35 distress, above 5.85 safe. {proxy}",
    )  # fmt: skip
    yield Field(
        "altman_z", "Altman Z Score", Unit.RATIO,
        "Altman's Z of 1968, with market capitalisation; made for listed manufacturers.",
        "1.2 WC/TA + 1.4 reserves/TA + 3.3 EBIT/TA + 0.6 market cap/liabilities + sales/TA",
        partial(altman_z, 1.0), aliases=("Altman Z",),
        note=f"Below 1.81 distress, above 2.99 safe. {proxy} Ours by default is Z double prime.",
    )  # fmt: skip
    yield Field(
        "altman_z1", "Altman Z prime", Unit.RATIO,
        "Altman's Z′ for unlisted firms, with book equity.",
        "0.717 WC/TA + 0.847 reserves/TA + 3.107 EBIT/TA + 0.42 equity/liabilities"
        " + 0.998 sales/TA",
        altman_z1, history=History.ANNUAL, note=f"Below 1.23 distress, above 2.9 safe. {proxy}",
    )  # fmt: skip


FAMILY: Final = Family(
    "Balance sheet and solvency", (*_leverage(), *_changes(), *_liquidity(), *_distress())
)
