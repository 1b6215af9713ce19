"""The company itself: what it is, where it is listed, when it reported; texts, flags, dates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import polars as pl

from screener.fields.base import At, Family, Field, Measure, Unit, missing

LENDING_LAYOUTS: Final = ("bank", "lender", "insurer")  # statement layouts of a balance-sheet book
#: Basic industries that live on fees: without a loan book their capital employed has a meaning.
FEE_INDUSTRIES: Final = (
    "Asset Management Company", "Depositories, Clearing Houses and Other Intermediaries",
    "Exchange and Data Platform", "Financial Products Distributor", "Insurance Distributors",
    "Other Capital Market related Services", "Ratings", "Stockbroking & Allied",
)  # fmt: skip
HOLDING_INDUSTRY: Final = "Holding Company"


def of_layout(*layouts: str) -> pl.Expr:
    """Whether it is a financial company, of one of the statement layouts where any are given."""
    financial = pl.col("is_financial").fill_null(False)
    return financial & pl.col("template").is_in(layouts).fill_null(False) if layouts else financial


def has_no_book() -> pl.Expr:
    """Whether it is a financial company that files no lender's, bank's or insurer's statements."""
    return of_layout() & ~of_layout(*LENDING_LAYOUTS)


def earns_fees() -> pl.Expr:
    """Whether it is a financial company without a book in a business of fees (METHOD 0.11)."""
    return has_no_book() & _in_industries(*FEE_INDUSTRIES)


def is_holding() -> pl.Expr:
    """Whether it is a holding company: worth its parts, so that no peers price it (METHOD 5)."""
    return _in_industries(HOLDING_INDUSTRY)


def _in_industries(*names: str) -> pl.Expr:
    # Some lists end every name in this word: “Ratings Companies”.
    plain = pl.col("basic_industry").str.strip_suffix(" Companies")
    return plain.is_in(names).fill_null(False)


def attribute(column: str, at: At) -> Measure:
    """A column that describes the company; the same for every moment."""
    del at
    return Measure(pl.col(column))


def flag(column: str, wanted: bool, at: At) -> Measure:
    """Whether a yes-or-no attribute is as wanted."""
    del at
    return Measure(pl.col(column) if wanted else ~pl.col(column))


def has_template(template: str, at: At) -> Measure:
    """Whether the company files that statement layout."""
    del at
    return Measure(pl.col("template") == template)


_TEXTS: Final[tuple[tuple[str, str, tuple[str, ...], str], ...]] = (
    ("symbol", "Symbol", ("NSE code", "Ticker"), "NSE symbol, else the BSE code."),
    ("isin", "ISIN", (), "The identity of the share."),
    ("bse_code", "BSE code", (), "Code at the Bombay exchange."),
    ("name", "Name", ("Company", "Company name"), "Name of the company."),
    ("series", "Series", (), "Trading series at the National exchange."),
    ("macro_sector", "Macro sector", ("Macro-economic sector",), "Broadest class of business."),
    ("sector", "Sector", (), "Sector of the exchanges' classification."),
    ("industry", "Industry", (), "Industry of the exchanges' classification."),
    ("basic_industry", "Basic industry", (), "Narrowest class of business."),
    ("size_class", "Size class", ("Size",), "large, mid, small or micro, by market-cap rank."),
    ("template", "Statement layout", ("Template",), "corporate, bank, lender or insurer."),
    ("status", "Status", (), "active, suspended or delisted."),
    ("basis", "Basis", (), "Whether its figures are consolidated or standalone."),
)

_FLAGS: Final[tuple[tuple[str, str, str, bool, tuple[str, ...], str], ...]] = (
    ("is_sme", "Is SME", "is_sme", True, (), "Listed on a platform for small firms."),
    ("is_not_sme", "Is not SME", "is_sme", False, (), "Listed on a main board."),
    ("is_financial", "Is financial", "is_financial", True, ("Financial", "fin"),
     "Of the macro-economic sector Financial Services."),
    ("is_not_financial", "Is not financial", "is_financial", False,
     ("Non financial", "Not financial", "nonfin"), "Not of Financial Services."),
)  # fmt: skip

_DATES: Final[tuple[tuple[str, str, str, tuple[str, ...], str], ...]] = (
    ("price_date", "Price date", "price_date", (), "Day of the last close."),
    ("listed_on", "Listed on", "listed_on", ("Listing date",), "Day of the listing."),
    ("last_result", "Last result date", "last_result", ("Result date",),
     "Day on which the latest quarter became known."),
    ("last_annual_result", "Last annual result date", "known@0", (),
     "Day on which the latest financial year became known."),
    ("ttm_result", "TTM Result Date", "known@q0", (),
     "Day on which the last quarter of the trailing year became known."),
    ("year_end", "Year end", "end@0", ("Last year end",), "End of the latest financial year."),
    ("quarter_end", "Quarter end", "end@q0", ("Last quarter end",), "End of the latest quarter."),
    ("balance_date", "Balance sheet date", "end@L", (), "Date of the latest balance sheet."),
    ("holding_date", "Shareholding date", "end@h0", (), "Date of the latest shareholding pattern."),
)  # fmt: skip

_REGULATOR: Final = "The lenders' own disclosures would bring it; no source of ours reads them."


def result_age(at: At) -> Measure:
    """Days since the latest result became known."""
    del at
    age = (pl.col("as_of") - pl.col("last_result")).dt.total_days()
    return Measure(age.cast(pl.Float64))


def _unsourced(at: At) -> Measure:
    del at
    return missing()


def _fields() -> Iterator[Field]:
    for key, name, aliases, about in _TEXTS:
        yield Field(
            key, name, Unit.TEXT, about, "From the exchange lists", partial(attribute, key),
            aliases=aliases, source="exchange lists",
        )  # fmt: skip
    for key, name, column, wanted, aliases, about in _FLAGS:
        yield Field(
            key, name, Unit.FLAG, about, "From the exchange lists", partial(flag, column, wanted),
            aliases=aliases, source="exchange lists",
        )  # fmt: skip
    for template, said in (
        ("bank", "a bank"),
        ("lender", "a lender"),
        ("insurer", "an insurer"),
    ):
        yield Field(
            f"is_{template}", f"Is {template}", Unit.FLAG, f"Files the statements of {said}.",
            "From the statement layout", partial(has_template, template), source="statements",
        )  # fmt: skip
    for key, name, column, aliases, about in _DATES:
        yield Field(
            key, name, Unit.DATE, about, "As recorded", partial(attribute, column), aliases=aliases
        )
    yield Field(
        "size_rank", "Size rank", Unit.COUNT, "Rank by six-month average market cap; 1 is largest.",
        "From the half-yearly list of the mutual funds' association",
        partial(attribute, "size_rank"), source="size list",
    )  # fmt: skip
    yield Field(
        "result_age_days", "Result age days", Unit.DAYS, "Days since the latest result was known.",
        "market date − last result date", result_age,
    )  # fmt: skip
    yield Field(
        "capital_adequacy", "Capital adequacy", Unit.PERCENT,
        "Capital of a lender in percent of risk-weighted assets. Not known yet for any company.",
        "As filed", _unsourced, aliases=("CRAR", "Capital adequacy ratio"), source="none",
        note=_REGULATOR,
    )  # fmt: skip


FAMILY: Final = Family("Company", tuple(_fields()))
