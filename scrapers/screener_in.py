"""A screener.in company page: what it says of the company, and its six tables.

Nothing is taken by position. A header, a cell or a row that is not understood is an error or is
reported; a figure never slides into another row.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from scrapers.cells import Period, label, number, period
from scrapers.hosts import SCREENER_HOST
from scrapers.tables import Html, Table, read_html
from screener.errors import LayoutError

SOURCE: Final = "screener.in"
#: Raise it when pages are to be read anew from the store because this module reads more or better.
PARSER_VERSION: Final = 1

TERMS_URL: Final = f"https://{SCREENER_HOST}/guides/terms/"
TERMS: Final = (
    "screener.in allows personal, non-commercial, transitory viewing only. Kasauti reads company "
    "pages slowly, keeps them on this machine, and gives nothing on. You may do this for your own "
    f"use only, and you answer for it. The terms: {TERMS_URL}"
)

_PROFIT_LOSS: Final[Mapping[str, str]] = {
    "Sales": "sales",
    "Revenue": "sales",
    "Expenses": "expenses",
    "Operating Profit": "operating_profit",
    "Financing Profit": "operating_profit",
    "OPM %": "opm",
    "Financing Margin %": "opm",
    "Other Income": "other_income",
    "Interest": "interest",
    "Depreciation": "depreciation",
    "Profit before tax": "pbt",
    "Tax %": "tax_rate",
    "Net Profit": "net_profit",
    "EPS in Rs": "eps",
    "Dividend Payout %": "dividend_payout",
    "Gross NPA %": "gross_npa",
    "Net NPA %": "net_npa",
}
#: Row labels of each section and the lines they are; a label is mapped here and nowhere else.
ROWS: Final[Mapping[str, Mapping[str, str]]] = {
    "quarters": _PROFIT_LOSS,
    "profit-loss": _PROFIT_LOSS,
    "balance-sheet": {
        "Equity Capital": "equity_capital",
        "Share Capital": "equity_capital",
        "Reserves": "reserves",
        "Borrowings": "borrowings",
        "Borrowing": "borrowings",
        "Deposits": "deposits",
        "Other Liabilities": "other_liabilities",
        "Total Liabilities": "total_liabilities",
        "Fixed Assets": "fixed_assets",
        "CWIP": "cwip",
        "Investments": "investments",
        "Other Assets": "other_assets",
        "Total Assets": "total_assets",
    },
    "cash-flow": {
        "Cash from Operating Activity": "cfo",
        "Cash from Investing Activity": "cfi",
        "Cash from Financing Activity": "cff",
        "Net Cash Flow": "net_cash_flow",
        "Free Cash Flow": "fcf",
        "CFO/OP": "cfo_to_op",
    },
    "ratios": {
        "Debtor Days": "debtor_days",
        "Inventory Days": "inventory_days",
        "Days Payable": "payable_days",
        "Cash Conversion Cycle": "cash_conversion_cycle",
        "Working Capital Days": "working_capital_days",
        "ROCE %": "roce_printed",
        "ROE %": "roe_printed",
    },
    "shareholding": {
        "Promoters": "promoters",
        "FIIs": "fiis",
        "DIIs": "diis",
        "Government": "government",
        "Public": "public",
        "Others": "others",
        "No. of Shareholders": "shareholders",
    },
}
_WITHOUT_FIGURES: Final = frozenset({"Raw PDF"})
_NEEDED_LINES: Final[Mapping[str, frozenset[str]]] = {
    "quarters": frozenset({"sales", "net_profit"}),
    "profit-loss": frozenset({"sales", "net_profit"}),
    "balance-sheet": frozenset({"total_liabilities", "total_assets"}),
    "cash-flow": frozenset({"cfo"}),
}
_OPTIONAL_SECTIONS: Final = frozenset({"shareholding"})
_TABLE_CSS: Final[Mapping[str, str]] = {
    section: f"#{section} table.data-table" for section in ROWS
} | {"shareholding": "#quarterly-shp table.data-table"}

_TOP_RATIOS: Final[Mapping[str, str]] = {
    "Market Cap": "market_cap_printed",
    "Current Price": "price_printed",
    "Stock P/E": "pe_printed",
    "Book Value": "book_value_printed",
    "Dividend Yield": "dividend_yield_printed",
    "Face Value": "face_value",
}
_CRUMBS: Final[Mapping[str, str]] = {
    "Broad Sector": "macro_sector",
    "Sector": "sector",
    "Broad Industry": "industry",
    "Industry": "basic_industry",
}
_FIGURE: Final = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
_PLEDGED: Final = re.compile(r"\bpledged\b[^0-9%]*([0-9]+(?:\.[0-9]+)?)\s*%")
_PLAIN_SECTOR: Final = re.compile(r"Sector:\s*(.+?)\s*(?:Industry:\s*(.+?)\s*)?(?:$|Part of)")
_DAY: Final = re.compile(r"\b([0-9]{1,2}) ([A-Z][a-z]{2})\b")
_BSE_CODE: Final = re.compile(r"/([0-9]{6})/?$")


class NoStatements(LayoutError):
    """A company's page that carries none of its tables, not even empty ones."""


@dataclass(frozen=True)
class Statement:
    """A table understood: its periods and, for each line, a value or None a period."""

    periods: tuple[Period, ...]
    lines: Mapping[str, tuple[float | None, ...]]

    @property
    def has_figures(self) -> bool:
        """Whether any cell is filled."""
        return any(v is not None for values in self.lines.values() for v in values)


@dataclass(frozen=True)
class CompanyPage:
    """A company page understood. Amounts are as printed: ₹ crore, ₹, percent points."""

    url: str
    basis: str  # consolidated or standalone, as the page says
    company_id: str
    warehouse_id: str
    name: str
    nse_symbol: str
    bse_code: str
    sectors: Mapping[str, str]  # columns of the companies table
    indices: tuple[str, ...]
    top: Mapping[str, float]  # snapshot lines
    price_day: tuple[int, int] | None  # day and month the printed price is of
    pledged: float | None
    lends: bool  # the layout of banks and lenders
    statements: Mapping[str, Statement] = field(default_factory=dict)
    unknown_rows: tuple[str, ...] = ()

    @property
    def has_figures(self) -> bool:
        """Whether it shows the company's figures, not only the names of the rows."""
        return bool(self.top) and self.statements["profit-loss"].has_figures

    @property
    def last_report(self) -> dt.date | None:
        """The end of the latest year or quarter it shows."""
        ends = [p.end for s in ("profit-loss", "quarters") for p in self.statements[s].periods]
        return max(ends, default=None)

    def price_date(self, seen: dt.date) -> dt.date:
        """The day the printed price is of: the last such day before it was seen."""
        if self.price_day is None:
            return seen
        day, month = self.price_day
        for year in (seen.year, seen.year - 1):
            try:
                date = dt.date(year, month, day)
            except ValueError:
                continue
            if date <= seen:
                return date
        return seen


def page_url(slug: str, basis: str = "consolidated") -> str:
    """The address of a company's page; the slug is its NSE symbol or BSE code."""
    tail = "consolidated/" if basis == "consolidated" else ""
    return f"https://{SCREENER_HOST}/company/{quote(slug, safe='')}/{tail}"


def parse_page(html: bytes | str, url: str, reader: str = "selectolax") -> CompanyPage:
    """Read a company page.

    Raises LayoutError when it is not one, or is one of another shape; NoStatements when it is one
    that has no tables at all.
    """
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else html
    if "</html>" not in text[-4096:].lower():
        raise LayoutError(f"{url} ends in the middle.", "It is fetched again in a later run.")
    page = read_html(text, reader)
    unknown: list[str] = []
    tables = _tables(page, url)
    statements = {
        section: _statement(table, section, url, unknown) for section, table in tables.items()
    }
    links = [e.attributes.get("href", "") for e in page.all("#top .company-links a")]
    return CompanyPage(
        url=url,
        basis=_basis(page, url),
        company_id=_attribute(page, "#company-info", "data-company-id"),
        warehouse_id=_attribute(page, "#company-info", "data-warehouse-id"),
        name=next((e.text for e in page.all("h1")), ""),
        nse_symbol=_nse_symbol(links),
        bse_code=_bse_code(links),
        sectors=_sectors(page),
        indices=tuple(dict.fromkeys(e.text for e in page.all("#benchmarks a") if e.text)),
        top=_top_ratios(page),
        price_day=_price_day(page),
        pledged=_pledged(page),
        lends="Financing Profit" in {label(row[0]) for row in tables["profit-loss"].rows},
        statements=statements,
        unknown_rows=tuple(unknown),
    )


def _tables(page: Html, url: str) -> dict[str, Table]:
    found = {section: page.table(css) for section, css in _TABLE_CSS.items()}
    missing = [s for s, table in found.items() if table is None and s not in _OPTIONAL_SECTIONS]
    if len(missing) == len(_TABLE_CSS) - len(_OPTIONAL_SECTIONS) and _is_of_a_company(page):
        raise NoStatements(f"{url} has no tables.", "It is looked at again in a week.")
    if missing:
        what = "has no tables" if len(missing) > 4 else f"lacks its table {', '.join(missing)}"
        raise LayoutError(
            f"{url} {what}.",
            "It may not be a company's page, or the site's layout has changed.",
        )
    return {section: table for section, table in found.items() if table is not None}


def _is_of_a_company(page: Html) -> bool:
    """Whether it carries what the head of every company's page does."""
    return bool(_attribute(page, "#company-info", "data-company-id") and page.all("#top-ratios li"))


def _statement(table: Table, section: str, url: str, unknown: list[str]) -> Statement:
    """The table's periods and lines. Rows without a meaning are added to `unknown`."""
    columns = [(i, p) for i, p in enumerate(_periods(table, section, url)) if p is not None]
    if any(before.end >= after.end for (_, before), (_, after) in pairwise(columns)):
        raise LayoutError(f"{url}, {section}: its columns do not run from earlier to later.")
    names, lines = ROWS[section], dict[str, tuple[float | None, ...]]()
    for printed, cells in table.rows:
        name = label(printed)
        if len(cells) != len(table.headers):
            raise LayoutError(
                f"{url}, {section}, row {name!r}: {len(cells)} cells under "
                f"{len(table.headers)} headers.",
                "Nothing of the page was taken. If it stays so, the layout has changed.",
            )
        if name in _WITHOUT_FIGURES:
            continue
        line = names.get(name)
        if line is None:
            unknown.append(f"{section}: {name}")
        elif line in lines:
            raise LayoutError(f"{url}, {section}: the row {name!r} is there twice.")
        else:
            lines[line] = _values(cells, columns, f"{url}, {section}, row {name!r}")
    lacking = _NEEDED_LINES.get(section, frozenset()) - set(lines)
    if columns and lacking:
        raise LayoutError(
            f"{url}, {section}: no row for {', '.join(sorted(lacking))}.",
            "The rows may have been renamed; nothing of the page was taken.",
        )
    return Statement(tuple(p for _, p in columns), lines)


def _periods(table: Table, section: str, url: str) -> list[Period | None]:
    try:
        return [period(header) for header in table.headers]
    except ValueError as err:
        raise LayoutError(f"{url}, {section}: the header {err}.") from err


def _values(
    cells: tuple[str, ...], columns: list[tuple[int, Period]], where: str
) -> tuple[float | None, ...]:
    try:
        return tuple(number(cells[i]) for i, _ in columns)
    except ValueError as err:
        raise LayoutError(f"{where}: {err}.") from err


def _basis(page: Html, url: str) -> str:
    """The basis the page states, which need not be the one that was asked for."""
    flag = _attribute(page, "#company-info", "data-consolidated").casefold()
    stated = "consolidated" if flag == "true" else "standalone"
    captions = " ".join(e.text for e in page.all("#profit-loss p.sub"))
    found = re.search(r"(Consolidated|Standalone) Figures", captions)
    if found and found[1].casefold() != stated:
        raise LayoutError(f"{url} says {stated} in one place and {found[1].casefold()} in another.")
    return stated


def _attribute(page: Html, css: str, name: str) -> str:
    return next((e.attributes[name] for e in page.all(css) if name in e.attributes), "")


def _nse_symbol(links: list[str]) -> str:
    for link in links:
        parts = urlsplit(link)
        if (parts.hostname or "").endswith("nseindia.com"):
            return parse_qs(parts.query).get("symbol", [""])[0]
    return ""


def _bse_code(links: list[str]) -> str:
    for link in links:
        parts = urlsplit(link)
        code = _BSE_CODE.search(parts.path)
        if (parts.hostname or "").endswith("bseindia.com") and code:
            return code[1]
    return ""


def _sectors(page: Html) -> dict[str, str]:
    """The breadcrumb of sectors: titled links, or the plain line of older pages."""
    links = page.all("#peers p.sub a")
    crumbs = {
        _CRUMBS[e.attributes.get("title", "")]: e.text
        for e in links
        if e.attributes.get("title", "") in _CRUMBS
    }
    if crumbs:
        return crumbs
    for line in page.all("#peers p.sub"):
        plain = _PLAIN_SECTOR.search(line.text)
        if plain:
            return {k: v for k, v in zip(("sector", "industry"), plain.groups(), strict=True) if v}
    return {}


def _top_ratios(page: Html) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in page.all("#top-ratios li"):
        for name, line in _TOP_RATIOS.items():
            if item.text.startswith(name):
                figure = _FIGURE.search(item.text.removeprefix(name))
                value = number(figure[0]) if figure else None
                if value is not None:
                    found[line] = value
    return found


def _price_day(page: Html) -> tuple[int, int] | None:
    for element in page.all("#top .ink-600.font-size-11"):
        found = _DAY.search(element.text)
        if found:
            try:
                return int(found[1]), dt.datetime.strptime(found[2], "%b").month
            except ValueError:
                return None
    return None


def _pledged(page: Html) -> float | None:
    """The pledged share of the promoters' holding, where the page's list of cons tells it."""
    for item in page.all("#analysis li"):
        found = _PLEDGED.search(item.text)
        if found and "romoter" in item.text:
            return float(found[1])
    return None
