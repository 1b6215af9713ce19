"""The tables of a generation: their columns, types and vocabularies.

Money is in ₹ crore, per-share values in ₹, shares in crore, percent in percent points.
A blank cell of a source is no fact; a null is never a zero.
"""

from __future__ import annotations

from typing import Final

import polars as pl

SCHEMA_VERSION: Final = 2

Columns = dict[str, pl.DataType | type[pl.DataType]]

COMPANIES: Final[Columns] = {
    "isin": pl.String,  # identity; everything joins on it
    "symbol": pl.String,  # NSE symbol, else BSE code
    "bse_code": pl.String,
    "name": pl.String,
    "series": pl.String,  # EQ, BE, BZ, SM, ST …
    "listed_on": pl.Date,
    "face_value": pl.Float64,
    "macro_sector": pl.String,  # NSE classification, broad to narrow (12 / 22 / 59 / 197)
    "sector": pl.String,
    "industry": pl.String,
    "basic_industry": pl.String,
    "template": pl.String,  # TEMPLATES: which statement layout it files
    "is_financial": pl.Boolean,  # macro-economic sector Financial Services
    "is_sme": pl.Boolean,
    "size_class": pl.String,  # SIZE_CLASSES
    "size_rank": pl.Int32,  # by six-month average market cap, 1 is the largest
    "size_mcap": pl.Float64,  # that average, ₹ crore
    "indices": pl.List(pl.String),
    "status": pl.String,  # active, suspended, delisted
    "source": pl.String,
}

TEMPLATES: Final = ("corporate", "bank", "lender", "insurer")
SIZE_CLASSES: Final = ("large", "mid", "small", "micro")

FACTS: Final[Columns] = {
    "isin": pl.String,
    "basis": pl.String,  # BASES
    "kind": pl.String,  # KINDS
    "period_end": pl.Date,
    "months": pl.Int16,  # length of the period; 0 for a point in time
    "line": pl.String,  # LINES
    "value": pl.Float64,
    "unit": pl.String,  # of LINES
    "known_at": pl.Date,  # first session on which the market could know it
    "known_basis": pl.String,  # KNOWN_BASES: how known_at was found
    "seen_at": pl.Datetime("ms"),  # when Kasauti read it
    "source": pl.String,  # e.g. screener.in, demo
}

BASES: Final = ("consolidated", "standalone")
KINDS: Final = (
    "annual",  # P&L, balance sheet, cash flow and ratio rows of a financial year
    "quarter",  # P&L of a quarter, or of a half-year (months = 6) for half-yearly filers
    "interim",  # balance sheet of a half-year end, later than the last annual one
    "holding",  # shareholding pattern at a date, months = 0
    "snapshot",  # a value as the source shows it today (pledge, face value, its own P/E)
)
KNOWN_BASES: Final = ("broadcast", "rule", "seen")

#: Every statement line: key → (label, unit, statement). A line is named here and nowhere else.
LINES: Final[dict[str, tuple[str, str, str]]] = {
    # profit and loss; `sales` is revenue for lenders and banks
    "sales": ("Sales", "cr", "profit_loss"),
    "expenses": ("Expenses", "cr", "profit_loss"),
    "operating_profit": ("Operating profit", "cr", "profit_loss"),  # without other income
    "opm": ("Operating margin", "pct", "profit_loss"),  # as printed; ours is computed
    "other_income": ("Other income", "cr", "profit_loss"),
    "exceptional": ("Exceptional items", "cr", "profit_loss"),  # gain positive, before tax
    "interest": ("Interest", "cr", "profit_loss"),
    "depreciation": ("Depreciation", "cr", "profit_loss"),
    "pbt": ("Profit before tax", "cr", "profit_loss"),
    "tax_rate": ("Tax rate", "pct", "profit_loss"),
    "tax": ("Tax", "cr", "profit_loss"),
    "net_profit": ("Net profit", "cr", "profit_loss"),  # including minority interest
    "owners_profit": ("Profit attributable to owners", "cr", "profit_loss"),
    "eps": ("Earnings per share", "rs", "profit_loss"),  # as printed, adjusted for bonus and split
    "dividend_payout": ("Dividend payout", "pct", "profit_loss"),
    "material_cost": ("Material cost", "cr", "profit_loss"),
    "employee_cost": ("Employee cost", "cr", "profit_loss"),
    "gross_npa": ("Gross NPA", "pct", "profit_loss"),
    "net_npa": ("Net NPA", "pct", "profit_loss"),
    "provision_cover": ("Provision cover", "pct", "profit_loss"),  # of gross bad loans
    "tier1": ("Tier 1 capital ratio", "pct", "profit_loss"),
    # balance sheet
    "equity_capital": ("Equity capital", "cr", "balance_sheet"),
    "reserves": ("Reserves", "cr", "balance_sheet"),
    "borrowings": ("Borrowings", "cr", "balance_sheet"),  # screener.in: with lease liabilities
    "long_term_borrowings": ("Long-term borrowings", "cr", "balance_sheet"),
    "short_term_borrowings": ("Short-term borrowings", "cr", "balance_sheet"),
    "lease_liabilities": ("Lease liabilities", "cr", "balance_sheet"),
    "deposits": ("Deposits", "cr", "balance_sheet"),
    "minority_interest": ("Minority interest", "cr", "balance_sheet"),
    "other_liabilities": ("Other liabilities", "cr", "balance_sheet"),
    "total_liabilities": ("Equity and liabilities", "cr", "balance_sheet"),
    "trade_payables": ("Trade payables", "cr", "balance_sheet"),
    "current_liabilities": ("Current liabilities", "cr", "balance_sheet"),
    "fixed_assets": ("Fixed assets", "cr", "balance_sheet"),  # net block
    "gross_block": ("Gross block", "cr", "balance_sheet"),
    "cwip": ("Capital work in progress", "cr", "balance_sheet"),
    "investments": ("Investments", "cr", "balance_sheet"),
    "current_investments": ("Current investments", "cr", "balance_sheet"),
    "inventories": ("Inventories", "cr", "balance_sheet"),
    "receivables": ("Trade receivables", "cr", "balance_sheet"),
    "cash": ("Cash and bank", "cr", "balance_sheet"),
    "current_assets": ("Current assets", "cr", "balance_sheet"),
    "other_assets": ("Other assets", "cr", "balance_sheet"),
    "total_assets": ("Total assets", "cr", "balance_sheet"),
    "contingent_liabilities": ("Contingent liabilities", "cr", "balance_sheet"),
    "shares": ("Shares outstanding", "cr_shares", "balance_sheet"),
    # cash flow
    "cfo": ("Cash from operations", "cr", "cash_flow"),
    "cfi": ("Cash from investing", "cr", "cash_flow"),
    "cff": ("Cash from financing", "cr", "cash_flow"),
    "net_cash_flow": ("Net cash flow", "cr", "cash_flow"),
    "fcf": ("Free cash flow", "cr", "cash_flow"),  # as printed, or CFO less capex
    "capex": ("Capital expenditure", "cr", "cash_flow"),
    "cfo_to_op": ("CFO to operating profit", "pct", "cash_flow"),
    # ratio rows a source prints; kept for cross-checks and named variants
    "debtor_days": ("Debtor days", "days", "ratios"),
    "inventory_days": ("Inventory days", "days", "ratios"),
    "payable_days": ("Days payable", "days", "ratios"),
    "cash_conversion_cycle": ("Cash conversion cycle", "days", "ratios"),
    "working_capital_days": ("Working capital days", "days", "ratios"),
    "roce_printed": ("ROCE as printed", "pct", "ratios"),
    "roe_printed": ("ROE as printed", "pct", "ratios"),
    # owners (kind = holding)
    "promoters": ("Promoters", "pct", "shareholding"),
    "fiis": ("Foreign institutions", "pct", "shareholding"),
    "diis": ("Domestic institutions", "pct", "shareholding"),
    "government": ("Government", "pct", "shareholding"),
    "public": ("Public", "pct", "shareholding"),
    "others": ("Others", "pct", "shareholding"),
    "shareholders": ("Number of shareholders", "count", "shareholding"),
    "pledged": ("Pledged share of promoter holding", "pct", "shareholding"),
    # as the source shows it today (kind = snapshot)
    "market_cap_printed": ("Market cap as printed", "cr", "snapshot"),
    "price_printed": ("Price as printed", "rs", "snapshot"),
    "pe_printed": ("P/E as printed", "ratio", "snapshot"),
    "book_value_printed": ("Book value as printed", "rs", "snapshot"),
    "dividend_yield_printed": ("Dividend yield as printed", "pct", "snapshot"),
    "face_value": ("Face value", "rs", "snapshot"),
}

PRICES: Final[Columns] = {  # unadjusted, as traded
    "isin": pl.String,
    "date": pl.Date,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "volume": pl.Float64,
    "turnover": pl.Float64,  # ₹ crore
    "delivery": pl.Float64,  # percent of the volume that was delivered
    "source": pl.String,
}

ACTIONS: Final[Columns] = {  # splits, bonuses, rights, dividends
    "isin": pl.String,
    "ex_date": pl.Date,
    "kind": pl.String,  # split, bonus, rights, dividend
    "factor": pl.Float64,  # shares after / before; older prices are divided by it
    "amount": pl.Float64,  # dividend, ₹ a share
    "source": pl.String,
}

INDICES: Final[Columns] = {
    "index": pl.String,
    "date": pl.Date,
    "open": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "close": pl.Float64,
    "volume": pl.Float64,
    "pe": pl.Float64,
    "pb": pl.Float64,
    "div_yield": pl.Float64,
    "source": pl.String,
}

ESTIMATES: Final[Columns] = {
    "isin": pl.String,
    "fy_end": pl.Date,
    "metric": pl.String,  # eps (₹), revenue (₹ crore)
    "mean": pl.Float64,
    "high": pl.Float64,
    "low": pl.Float64,
    "stdev": pl.Float64,
    "analysts": pl.Int32,
    "up_30d": pl.Int32,
    "down_30d": pl.Int32,
    "as_of": pl.Date,
    "source": pl.String,
}

MEMBERS: Final[Columns] = {  # who belonged to an index, by the lists that were read
    "index": pl.String,
    "isin": pl.String,
    "since": pl.Date,  # date of the first list that names it
    "until": pl.Date,  # date of the first later list that does not; null while it belongs
    "source": pl.String,
}

SIZES: Final[Columns] = {  # half-yearly size lists (AMFI, or our own ranking)
    "isin": pl.String,
    "period_end": pl.Date,  # 30 June or 31 December: the average is over six months to it
    "size_rank": pl.Int32,
    "size_mcap": pl.Float64,  # that average, ₹ crore
    "size_class": pl.String,  # SIZE_CLASSES
    "source": pl.String,
}

EVENTS: Final[Columns] = {  # filings and meetings, with the time they were broadcast
    "isin": pl.String,
    "date": pl.Date,  # the day of the meeting, or of the filing
    "kind": pl.String,  # EVENT_KINDS
    "period_end": pl.Date,  # of the results it is about, where it says so
    "broadcast_at": pl.Datetime("ms"),  # UTC; null where the source gives a day only
    "text": pl.String,
    "source": pl.String,
}

EVENT_KINDS: Final = (
    "board_meeting", "result", "shareholding", "rating", "symbol_change", "other",
)  # fmt: skip

#: Tables every generation holds; `panel` and `fields` are derived from them.
TABLES: Final[dict[str, Columns]] = {
    "companies": COMPANIES,
    "facts": FACTS,
    "prices": PRICES,
    "actions": ACTIONS,
    "indices": INDICES,
    "estimates": ESTIMATES,
    "members": MEMBERS,
    "sizes": SIZES,
    "events": EVENTS,
}
DERIVED: Final = ("panel", "fields")


def empty(table: str) -> pl.DataFrame:
    """A frame of that table's columns with no rows."""
    return pl.DataFrame(schema=TABLES[table])


def conform(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Select, order and cast the table's columns; a column not given is null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in TABLES[table].items()
    )
