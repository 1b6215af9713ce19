"""Small company pages made by hand, for every oddity a real one may show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.replay.render import company_page

URL = "https://www.screener.in/company/MADEUP/consolidated/"
YEARS = ("Mar 2024", "Mar 2025", "Mar 2026")
QUARTERS = ("Sep 2025", "Dec 2025", "Mar 2026")

PROFIT_LOSS = {
    "Sales\xa0+": ("1,00,000", "1,20,000", "1,44,000.50"),
    "Expenses\xa0+": ("80,000", "95,000", "1,10,000"),
    "Operating Profit": ("20,000", "25,000", "34,000"),
    "OPM %": ("20%", "21%", "-1,838,400%"),
    "Other Income\xa0+": ("5", "", "-657"),
    "Interest": ("10", "20", "30"),
    "Depreciation": ("1", "2", "3"),
    "Profit before tax": ("19,994", "24,978", "33,310"),
    "Tax %": ("25%", "25%", "41,648%"),
    "Net Profit\xa0+": ("15,000", "18,700", "25,000"),
    "EPS in Rs": ("15.00", "18.70", "-0.05"),
    "Dividend Payout %": ("0%", "10%", "10%"),
}
RESULTS = {k: v for k, v in PROFIT_LOSS.items() if k != "Dividend Payout %"}
BALANCE_SHEET = {
    "Equity Capital": ("10", "10", "20"),
    "Reserves": ("100", "-200", "300"),
    "Borrowings\xa0+": ("0", "230", "7"),
    "Other Liabilities\xa0+": ("1", "1", "1"),
    "Total Liabilities": ("111", "41", "328"),
    "Fixed Assets\xa0+": ("50", "30", "60"),
    "CWIP": ("", "", "1"),
    "Investments": ("1", "1", "1"),
    "Other Assets\xa0+": ("60", "10", "266"),
    "Total Assets": ("111", "41", "328"),
}
CASH_FLOW = {
    "Cash from Operating Activity\xa0+": ("1", "2", "3"),
    "Cash from Investing Activity\xa0+": ("-1", "-2", "-3"),
    "Cash from Financing Activity\xa0+": ("0", "0", "0"),
    "Net Cash Flow": ("0", "0", "0"),
}
RATIOS = {
    "Debtor Days": ("1", "2", "3"),
    "Inventory Days": ("", "", ""),
    "Days Payable": ("", "", ""),
    "Cash Conversion Cycle": ("1", "2", "3"),
    "Working Capital Days": ("1", "2", "-3"),
    "ROCE %": ("10%", "11%", "12%"),
}
SHAREHOLDING = {
    "Promoters\xa0+": ("50.00%", "50.01%", "49.99%"),
    "FIIs\xa0+": ("10.00%", "10.00%", "10.00%"),
    "Public\xa0+": ("40.00%", "39.99%", "40.01%"),
    "No. of Shareholders": ("35,06,867", "1,000", "1,001"),
}

Rows = dict[str, Sequence[str]]
Tables = dict[str, tuple[Sequence[str], Rows]]


def tables(**changed: tuple[Sequence[str], Rows] | None) -> Tables:
    """The six tables; those named (balance_sheet=…) are replaced, or left out with None."""
    whole: dict[str, tuple[Sequence[str], Rows] | None] = {
        "quarters": (QUARTERS, RESULTS),
        "profit-loss": (YEARS, PROFIT_LOSS),
        "balance-sheet": (YEARS, BALANCE_SHEET),
        "cash-flow": (YEARS, CASH_FLOW),
        "ratios": (YEARS, RATIOS),
        "shareholding": (QUARTERS, SHAREHOLDING),
        **{name.replace("_", "-"): table for name, table in changed.items()},
    }
    return {name: table for name, table in whole.items() if table is not None}


def blank() -> Tables:
    """The tables of a company without consolidated accounts: names of rows, no columns."""
    return {name: ((), dict.fromkeys(rows, ())) for name, (_, rows) in tables().items()}


def made_page(given: Tables | None = None, **header: Any) -> bytes:
    """A whole page; header as for `company_page`."""
    about = {
        "name": "Madeup Industries Ltd",
        "symbol": "MADEUP",
        "bse_code": "543210",
        "price": 100.0,
        "price_date": "2026-06-29",
        "pe": 20.5,
        "sectors": ("Industrials", "Capital Goods", "Industrial Products"),
        **header,
    }
    chosen = tables() if given is None else given
    return company_page(
        **about,
        tables={name: (heads, list(rows.items())) for name, (heads, rows) in chosen.items()},
    )
