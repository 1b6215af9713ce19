"""Lines of the statements as fields, each over every period that the language can name.

A line is written once in a table below; the generators make its trailing year, financial years,
quarters, levels so many years back, and sums and averages over years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
    Unit,
    all_known,
    mean,
    missing,
)
from screener.fields.terms import over_turnover, percent, years_of


@dataclass(frozen=True)
class Period:
    """A period as the language names it: what follows the line's name, and how to read it."""

    words: str
    key: str
    said: str
    history: History
    read: Callable[[At, str | Flow], Measure]


TRAILING: Final = Period(
    "", "", "trailing twelve months", History.TTM, lambda at, flow: at.ttm(flow)
)
LAST_YEAR: Final = Period(
    " last year", "_last_year", "the latest financial year", History.ANNUAL,
    lambda at, flow: at.annual(flow),
)  # fmt: skip
LATEST_QUARTER: Final = Period(
    " latest quarter", "_latest_quarter", "the latest quarter", History.QUARTER,
    lambda at, flow: at.quarter(flow),
)  # fmt: skip


def _years_back(count: int, words: str, key: str, said: str) -> Period:
    return Period(words, key, said, History.ANNUAL, lambda at, flow: at.annual(flow, count))


def _quarters_back(count: int, words: str, key: str, said: str) -> Period:
    return Period(words, key, said, History.QUARTER, lambda at, flow: at.quarter(flow, count))


FLOW_PERIODS: Final = (
    TRAILING,
    LAST_YEAR,
    _years_back(1, " preceding year", "_preceding_year", "the financial year before the latest"),
    LATEST_QUARTER,
    _quarters_back(1, " preceding quarter", "_preceding_quarter", "the quarter before the latest"),
    _quarters_back(2, " 2quarters back", "_2_quarters_back", "two quarters before the latest"),
    _quarters_back(3, " 3quarters back", "_3_quarters_back", "three quarters before the latest"),
    _quarters_back(
        4, " preceding year quarter", "_preceding_year_quarter", "the same quarter a year before"
    ),
    Period(
        " preceding 12months", "_preceding_12_months", "the twelve months before the trailing ones",
        History.TTM, lambda at, flow: at.ttm(flow, 1),
    ),
)  # fmt: skip
YEARLY_ONLY: Final = (FLOW_PERIODS[1], FLOW_PERIODS[2])


@dataclass(frozen=True)
class Line:
    """A statement quantity to take of periods. With `per`, the two make a margin in percent."""

    key: str
    name: str
    flow: str | Flow
    formula: str
    unit: Unit = Unit.CRORE
    aliases: tuple[str, ...] = ()
    per: str | Flow = ""
    note: str = ""
    periods: tuple[Period, ...] = FLOW_PERIODS

    def read(self, period: Period, at: At) -> Measure:
        """The quantity, or the margin, in that period."""
        top = period.read(at, self.flow)
        return percent(over_turnover(top, period.read(at, self.per))) if self.per else top


_PAT_NOTE: Final = (
    "“Net profit” and “Profit after tax” are one line here; profit without one-off items is "
    "“Core profit”, the part of the owners “Owners profit”."
)

FLOW_LINES: Final = (
    Line("sales", "Sales", "sales", "Sales; for lenders revenue", aliases=("Revenue",)),
    Line("expenses", "Expenses", "expenses", "Expenses before interest, depreciation and tax"),
    Line("operating_profit", "Operating profit", "operating_profit",
         "Sales − expenses, without other income", aliases=("EBITDA",),
         note="EBIDT has other income inside, this has not."),
    Line("other_income", "Other income", "other_income",
         "Other income; one-off items may be inside"),
    Line("ebidt", "EBIDT", terms.ebidt, "Operating profit + other income"),
    Line("depreciation", "Depreciation", "depreciation", "Depreciation and amortisation"),
    Line("ebit", "EBIT", terms.ebit, "Profit before tax + interest"),
    Line("interest", "Interest", "interest", "Finance cost", aliases=("Finance cost",)),
    Line("profit_before_tax", "Profit before tax", "pbt", "Profit before tax", aliases=("PBT",)),
    Line("tax", "Tax", terms.tax, "Tax; else profit before tax × tax rate"),
    Line("exceptional", "Extraordinary items", "exceptional",
         "Exceptional items before tax, gain positive", aliases=("Exceptional items",)),
    Line("net_profit", "Net profit", "net_profit", "Profit after tax with minority interest",
         aliases=("Profit after tax", "PAT"), note=_PAT_NOTE),
    Line("owners_profit", "Owners profit", terms.owners_profit,
         "Profit attributable to owners; net profit where the split is not stated"),
    Line("core_profit", "Core profit", terms.core_profit,
         "Owners' profit − exceptional items × (1 − tax rate)", aliases=("Core PAT",),
         note="Where the period's tax rate is not known, one-offs are taxed at 25 %."),
    Line("material_cost", "Material cost", "material_cost", "Materials and stock-in-trade used"),
    Line("employee_cost", "Employee cost", "employee_cost", "Employee cost"),
    Line("opm", "OPM", "operating_profit", "Operating profit / sales", Unit.PERCENT,
         ("Operating profit margin", "Operating margin"), "sales"),
    Line("npm", "NPM", "net_profit", "Net profit / sales", Unit.PERCENT,
         ("Net profit margin",), "sales"),
    Line("gpm", "GPM", terms.gross_profit, "(Sales − material cost) / sales", Unit.PERCENT,
         ("Gross profit margin",), "sales"),
    Line("core_eps", "Core EPS", terms.core_eps, "EPS × core profit / owners' profit", Unit.RUPEES),
)  # fmt: skip

YEAR_LINES: Final = (
    Line("dividend", "Dividend", terms.dividend, "Dividend payout × net profit",
         periods=YEARLY_ONLY),
    Line("cfo", "Cash from operations", "cfo", "Cash from operating activity",
         aliases=("Operating cash flow", "CFO"), periods=YEARLY_ONLY),
    Line("cfi", "Cash from investing", "cfi", "Cash from investing activity", periods=YEARLY_ONLY),
    Line("cff", "Cash from financing", "cff", "Cash from financing activity", periods=YEARLY_ONLY),
    Line("net_cash_flow", "Net cash flow", "net_cash_flow", "Operating + investing + financing",
         periods=YEARLY_ONLY),
    Line("capex", "Capex", "capex", "Capital expenditure", aliases=("Capital expenditure",),
         periods=YEARLY_ONLY),
)  # fmt: skip


def _flow_fields(line: Line) -> Iterator[Field]:
    keys = {period.key for period in line.periods}
    for period in line.periods:
        yield Field(
            key=line.key + period.key,
            name=line.name + period.words,
            unit=line.unit,
            about=f"{line.name} of {period.said}.",
            formula=line.formula,
            define=partial(line.read, period),
            aliases=tuple(alias + period.words for alias in line.aliases),
            history=period.history,
            note=line.note,
            yearly=line.key + LAST_YEAR.key if LAST_YEAR.key in keys else "",
            quarterly=line.key + LATEST_QUARTER.key if LATEST_QUARTER.key in keys else "",
        )


def _eps(period: Period, at: At) -> Measure:
    printed = period.read(at, "eps")
    if period is not TRAILING or at.years or at.quarters:
        return printed
    return printed.otherwise(at.ttm(terms.owners_profit) / terms.shares(at))


def _eps_fields() -> Iterator[Field]:
    line = Line("eps", "EPS", "eps", "As printed, adjusted for splits and bonuses", Unit.RUPEES)
    for field, period in zip(_flow_fields(line), FLOW_PERIODS, strict=True):
        yield replace(field, define=partial(_eps, period))


# --- balance sheet: the annual one, and levels years back ------------------------------------


def _back(years: int) -> Period:
    return _years_back(
        years, f" {years}Years back", f"_{years}_years_back", f"{years} years before"
    )


ANNUAL_SHEET: Final = Period(
    "", "", "the latest annual balance sheet", History.ANNUAL, LAST_YEAR.read
)
PRECEDING: Final = FLOW_PERIODS[2]
BACK: Final = (PRECEDING, _back(3), _back(5), _back(7), _back(10))

_WC5_NOTE: Final = "Another site documents its five-year figure as four years back; this is five."

SHEET_LINES: Final = (
    Line("debt", "Debt", terms.borrowings, "Borrowings, with lease liabilities where filed so",
         aliases=("Borrowings",), periods=(ANNUAL_SHEET, *BACK),
         note="Debt without leases is “Debt excluding leases”."),
    Line("debt_ex_lease", "Debt excluding leases", terms.debt, "Borrowings − lease liabilities"),
    Line("net_debt", "Net debt", terms.net_debt,
         "Borrowings − lease liabilities − cash − current investments"),
    Line("equity_capital", "Equity capital", "equity_capital", "Paid-up equity share capital",
         aliases=("Share capital",)),
    Line("reserves", "Reserves", "reserves", "Reserves and surplus"),
    Line("minority_interest", "Minority interest", "minority_interest", "Non-controlling interest"),
    Line("lease_liabilities", "Lease liabilities", "lease_liabilities", "Lease liabilities"),
    Line("long_term_borrowings", "Long-term borrowings", "long_term_borrowings", "As filed",
         aliases=("Long term borrowings", "Long term debt")),
    Line("short_term_borrowings", "Short-term borrowings", "short_term_borrowings", "As filed",
         aliases=("Short term borrowings", "Short term debt")),
    Line("deposits", "Deposits", "deposits", "Deposits taken by a bank"),
    Line("other_liabilities", "Other liabilities", "other_liabilities", "Other liabilities"),
    Line("trade_payables", "Trade payables", "trade_payables", "Trade payables"),
    Line("current_liabilities", "Current liabilities", "current_liabilities", "As filed"),
    Line("balance_sheet_total", "Balance sheet total", terms.total_assets,
         "Total assets = equity and liabilities", aliases=("Total assets",)),
    Line("gross_block", "Gross block", "gross_block", "Fixed assets before depreciation",
         periods=(ANNUAL_SHEET, PRECEDING)),
    Line("accumulated_depreciation", "Accumulated depreciation",
         terms.accumulated_depreciation, "Gross block − net block"),
    Line("net_block", "Net block", "fixed_assets", "Fixed assets after depreciation",
         aliases=("Fixed assets",), periods=(ANNUAL_SHEET, *BACK[:4])),
    Line("cwip", "Capital work in progress", "cwip", "Capital work in progress",
         aliases=("CWIP",), periods=(ANNUAL_SHEET, PRECEDING)),
    Line("investments", "Investments", "investments", "Investments"),
    Line("current_investments", "Current investments", "current_investments", "As filed"),
    Line("inventory", "Inventory", "inventories", "Inventories", aliases=("Inventories",)),
    Line("receivables", "Trade receivables", "receivables", "Trade receivables",
         aliases=("Receivables",)),
    Line("cash", "Cash Equivalents", "cash", "Cash and bank balances", aliases=("Cash",),
         periods=(ANNUAL_SHEET, *BACK[:4])),
    Line("current_assets", "Current assets", "current_assets", "As filed"),
    Line("other_assets", "Other assets", "other_assets", "Other assets"),
    Line("working_capital", "Working capital", terms.working_capital,
         "Current assets − current liabilities", periods=(ANNUAL_SHEET, *BACK), note=_WC5_NOTE),
    Line("capital_employed", "Capital employed", terms.capital_employed,
         "Equity + minority interest + borrowings", aliases=("Total capital employed",)),
    Line("contingent_liabilities", "Contingent liabilities", "contingent_liabilities",
         "Claims not provided for, from the annual notes"),
    Line("equity_value", "Equity", terms.equity, "Equity capital + reserves, annual",
         periods=(ANNUAL_SHEET, PRECEDING)),
)  # fmt: skip


def _sheet_fields() -> Iterator[Field]:
    for line in SHEET_LINES:
        annual = (
            line if line.periods is not FLOW_PERIODS else replace(line, periods=(ANNUAL_SHEET,))
        )
        for field in _flow_fields(annual):
            yield replace(field, yearly="", quarterly="")


# --- sums and averages over years ------------------------------------------------------------


def _over_years(
    key: str,
    name: str,
    formula: str,
    flow: str | Flow,
    years: int,
    combine: Callable[[list[Measure]], Measure],
    unit: Unit = Unit.CRORE,
    aliases: tuple[str, ...] = (),
) -> Field:
    return Field(
        key=key,
        name=name,
        unit=unit,
        about=f"{formula}, over the last {years} financial years.",
        formula=formula,
        define=lambda at: combine(years_of(at, flow, years)),
        aliases=aliases,
        history=History.ANNUAL,
    )


def _sums() -> Iterator[Field]:
    flows: tuple[tuple[str, str, str | Flow], ...] = (
        ("cfo", "Operating cash flow", "cfo"),
        ("cfi", "Investing cash flow", "cfi"),
    )
    for key, name, flow in flows:
        for n in (3, 5, 7, 10):
            formula = f"Sum of cash from {name.split()[0].lower()} activity"
            yield _over_years(f"{key}_{n}_years", f"{name} {n}years", formula, flow, n, all_known)


def _averages() -> Iterator[Field]:
    for n in (5, 10):
        yield _over_years(
            f"average_earnings_{n}_years", f"Average Earnings {n}Year", "Mean of net profit",
            "net_profit", n, mean, aliases=(f"Average net profit {n}Years",),
        )  # fmt: skip
        yield _over_years(
            f"average_ebit_{n}_years", f"Average EBIT {n}Year", "Mean of EBIT", terms.ebit, n, mean
        )
    yield _over_years(
        "average_dividend_5_years", "Average 5years dividend", "Mean of the yearly dividend",
        terms.dividend, 5, mean,
    )  # fmt: skip


# --- free cash flow, and cash at the ends of years -------------------------------------------


_FCF: Final = "Cash from operations − capital expenditure"


def _fcf(back: int, at: At) -> Measure:
    return at.annual(terms.free_cash_flow, back).non_financial()


def _fcf_sum(years: int, at: At) -> Measure:
    return all_known(_fcf(k, at) for k in range(years))


def _free_cash_flow() -> Iterator[Field]:
    for back, period, aliases in (
        (0, LAST_YEAR, ("FCF last year", "Free cash flow", "FCF")),
        (1, PRECEDING, ("FCF preceding year",)),
    ):
        yield Field(
            key=f"fcf{period.key}",
            name=f"Free cash flow{period.words}",
            unit=Unit.CRORE,
            about=f"Free cash flow of {period.said}.",
            formula=_FCF,
            define=partial(_fcf, back),
            aliases=aliases,
            history=History.ANNUAL,
        )
    for n in (3, 5, 7, 10):
        yield Field(
            key=f"fcf_{n}_years",
            name=f"Free cash flow {n}years",
            unit=Unit.CRORE,
            about=f"Free cash flow of the last {n} financial years together.",
            formula=f"Sum over the years of: {_FCF}",
            define=partial(_fcf_sum, n),
            history=History.ANNUAL,
        )


def _cash(back: int, at: At) -> Measure:
    return at.annual("cash", back)


def _cash_at_year_ends() -> Iterator[Field]:
    for back, period in ((0, "last year"), (1, "preceding year")):
        for end, offset in (("beginning", 1), ("end", 0)):
            yield Field(
                f"cash_{end}_{period.replace(' ', '_')}", f"Cash {end} of {period}", Unit.CRORE,
                f"Cash and bank at the {end} of that financial year.", "Cash and bank balances",
                partial(_cash, back + offset), history=History.ANNUAL,
            )  # fmt: skip


# --- names whose figures no source of ours brings --------------------------------------------

_XBRL: Final = "The exchanges' results filings (XBRL) would bring it."
_NOTES: Final = "Only the notes to the annual report hold it; no source of ours reads them."
_CONSENSUS: Final = "A source of quarterly analyst estimates would bring it."

UNSOURCED: Final = (
    ("Current Tax", Unit.CRORE, _XBRL),
    ("Preference capital", Unit.CRORE, _NOTES),
    ("Secured loan", Unit.CRORE, _NOTES),
    ("Unsecured loan", Unit.CRORE, _NOTES),
    ("Revaluation reserve", Unit.CRORE, _NOTES),
    ("Book value of unquoted investments", Unit.CRORE, _NOTES),
    ("Market value of quoted investments", Unit.CRORE, _NOTES),
    ("Advance from Customers", Unit.CRORE, _NOTES),
    ("Equity Capital latest quarter", Unit.CRORE, _XBRL),
    ("Equity Capital preceding quarter", Unit.CRORE, _XBRL),
    ("Equity Capital preceding year quarter", Unit.CRORE, _XBRL),
    ("Expected quarterly sales growth", Unit.PERCENT, _CONSENSUS),
    ("Expected quarterly sales", Unit.CRORE, _CONSENSUS),
    ("Expected quarterly operating profit", Unit.CRORE, _CONSENSUS),
    ("Expected quarterly net profit", Unit.CRORE, _CONSENSUS),
    ("Expected quarterly EPS", Unit.RUPEES, _CONSENSUS),
    ("Exports percentage", Unit.PERCENT, _NOTES),
    ("Exports percentage 3Years back", Unit.PERCENT, _NOTES),
    ("Exports percentage 5Years back", Unit.PERCENT, _NOTES),
)


def unsourced(name: str, unit: Unit, note: str) -> Field:
    """A field that is null everywhere; the note says what would bring it."""
    return Field(
        key=name.casefold().replace(" ", "_"),
        name=name,
        unit=unit,
        about="Not known yet for any company.",
        formula="As filed",
        define=_unknown_text if unit is Unit.TEXT else _unknown_number,
        note=note,
        source="none",
    )


def _unknown_number(at: At) -> Measure:
    del at
    return missing()


def _unknown_text(at: At) -> Measure:
    return _unknown_number(at).map(lambda value: value.cast(pl.String))


FAMILY: Final = Family(
    "Statement lines",
    (
        *(field for line in FLOW_LINES for field in _flow_fields(line)),
        *_eps_fields(),
        *(field for line in YEAR_LINES for field in _flow_fields(line)),
        *_sheet_fields(),
        *_sums(),
        *_averages(),
        *_free_cash_flow(),
        *_cash_at_year_ends(),
        *(unsourced(*entry) for entry in UNSOURCED),
    ),
)
