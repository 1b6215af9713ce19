"""What recorded strings mean, worked out a second time and apart from the parser."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from pathlib import Path
from typing import Any

import polars as pl

from tests.replay.recordings import Record

#: (kind, line, last day of the period, months or None where the header states none) → value
Cells = dict[tuple[str, str, dt.date, int | None], float]

_FLOWS = (
    "Sales=sales Revenue=sales Expenses=expenses Operating_Profit=operating_profit "
    "Financing_Profit=operating_profit OPM_%=opm Financing_Margin_%=opm "
    "Other_Income=other_income Interest=interest Depreciation=depreciation "
    "Profit_before_tax=pbt Tax_%=tax_rate Net_Profit=net_profit EPS_in_Rs=eps "
    "Dividend_Payout_%=dividend_payout Gross_NPA_%=gross_npa Net_NPA_%=net_npa"
)
_REST = (
    "Equity_Capital=equity_capital Reserves=reserves Borrowings=borrowings Borrowing=borrowings "
    "Deposits=deposits Other_Liabilities=other_liabilities Total_Liabilities=total_liabilities "
    "Fixed_Assets=fixed_assets CWIP=cwip Investments=investments Other_Assets=other_assets "
    "Total_Assets=total_assets Cash_from_Operating_Activity=cfo Cash_from_Investing_Activity=cfi "
    "Cash_from_Financing_Activity=cff Net_Cash_Flow=net_cash_flow Free_Cash_Flow=fcf "
    "CFO/OP=cfo_to_op Debtor_Days=debtor_days Inventory_Days=inventory_days "
    "Days_Payable=payable_days Cash_Conversion_Cycle=cash_conversion_cycle "
    "Working_Capital_Days=working_capital_days ROCE_%=roce_printed ROE_%=roe_printed "
    "Promoters=promoters FIIs=fiis DIIs=diis Government=government Public=public Others=others "
    "No._of_Shareholders=shareholders"
)
LINE_OF = {
    pair.rpartition("=")[0].replace("_", " "): pair.rpartition("=")[2]
    for pair in f"{_FLOWS} {_REST}".split()
}
_KIND = {
    "quarters": "quarter",
    "profit_loss": "annual",
    "balance_sheet": "annual",
    "cash_flow": "annual",
    "ratios": "annual",
    "shareholding": "holding",
}


def cells_of(record: Record) -> Cells:
    """The recorded strings of a company as numbers; blanks and NaN are left out."""
    found: Cells = {}
    years = {_end(h) for h in _headers(record.statements.get("profit_loss", [])) if h != "TTM"}
    for table, rows in record.statements.items():
        for header in _headers(rows):
            if header == "TTM":
                continue
            end, months = _end(header), _months(header)
            kind = _KIND[table]
            if table == "balance_sheet" and years and end not in years:
                kind = "interim"
            for row in rows:
                add(found, (kind, row["Unnamed: 0"], end, months), row[header])
    return found


def cells_of_page(path: Path) -> Cells:
    """The same of a whole page, by XPath over its markup."""
    import lxml.html

    tree = lxml.html.fromstring(path.read_bytes().decode())
    found: Cells = {}
    years: set[dt.date] = set()
    for table, kind in {"profit_loss": "annual", **_KIND}.items():
        holder = "quarterly-shp" if table == "shareholding" else table.replace("_", "-")
        (rows,) = [
            t.xpath(".//tr")
            for t in tree.xpath(f"//*[@id='{holder}']//table[@class][.//thead]")[:1]
        ]
        heads = [" ".join(h.text_content().split()) for h in rows[0].xpath("./th")][1:]
        stated = [h.get("data-date-key") for h in rows[0].xpath("./th")][1:]
        ends = [
            dt.date.fromisoformat(s) if s else None if h == "TTM" else _end(h)
            for h, s in zip(heads, stated, strict=True)
        ]
        if table == "profit_loss":
            years = {end for end in ends if end}
        for row in rows[1:]:
            name, *values = ["".join(c.itertext()).strip() for c in row.xpath("./td")]
            assert len(values) == len(heads)
            for head, end, text in zip(heads, ends, values, strict=True):
                if end is not None:
                    late = table == "balance_sheet" and end not in years
                    add(found, ("interim" if late else kind, name, end, _months(head)), text)
    return found


def facts_as_cells(facts: pl.DataFrame, cells: Cells) -> Cells:
    """The facts keyed as the cells are: the months only where a header stated them."""
    stated = {(kind, line, end): months for kind, line, end, months in cells}
    found: Cells = {}
    for kind, line, end, months, value in facts.select(
        "kind", "line", "period_end", "months", "value"
    ).iter_rows():
        if kind == "snapshot" or line == "pledged":
            continue
        noted = stated.get((kind, line, end)) is not None
        found[kind, line, end, months if noted else None] = value
    return found


def add(found: Cells, key: tuple[str, str, dt.date, int | None], cell: Any) -> None:
    """Add a cell unless it is blank."""
    kind, label, end, months = key
    name = label.replace("\xa0", " ").removesuffix("+").strip()
    text = "" if cell is None or cell != cell else str(cell)
    if name != "Raw PDF" and text.strip():
        key = (kind, LINE_OF[name], end, months)
        assert key not in found
        found[key] = float(text.replace(",", "").rstrip("%"))


def _headers(rows: list[dict[str, Any]]) -> list[str]:
    headers = list(rows[0]) if rows else []
    return headers[1:] if headers[:1] == ["Unnamed: 0"] else []


def _end(header: str) -> dt.date:
    first = dt.datetime.strptime(header[:8], "%b %Y")
    return dt.date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])


def _months(header: str) -> int | None:
    found = re.search(r"(\d+)m$", header)
    return int(found[1]) if found else None
