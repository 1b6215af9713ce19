"""Screener.in's "Export to Excel" workbook: the figures of its Data Sheet.

The sheet names its company but neither its ISIN nor whether the accounts are consolidated. Rows are
found by their labels under the heading of their block. A year end that lies not twelve months
after the one before tells the length of its period; the sheet does not print it.
"""

from __future__ import annotations

import datetime as dt
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from scrapers.archives import checked_zip
from scrapers.cells import lengths_of_quarters
from screener.errors import LayoutError

SOURCE: Final = "screener.in export"
SHEET: Final = "Data Sheet"
_ROWS: Final = 120
_COLUMNS: Final = 24
_YEAR: Final = 12
_SHARES_A_CRORE: Final = 1e7

_BLOCKS: Final[Mapping[str, str]] = {
    "PROFIT & LOSS": "profit_loss",
    "QUARTERS": "quarters",
    "BALANCE SHEET": "balance_sheet",
    "CASH FLOW:": "cash_flow",
    "DERIVED:": "derived",
}
_RESULTS: Final[Mapping[str, str]] = {
    "Sales": "sales",
    "Other Income": "other_income",
    "Depreciation": "depreciation",
    "Interest": "interest",
    "Profit before tax": "pbt",
    "Tax": "tax",
    "Net profit": "owners_profit",
}
#: label → line, by block. `Net profit` is what is left to the owners: minority interest is off.
_LINES: Final[Mapping[str, Mapping[str, str]]] = {
    "profit_loss": {**_RESULTS, "Employee Cost": "employee_cost"},
    "quarters": {**_RESULTS, "Expenses": "expenses", "Operating Profit": "operating_profit"},
    "balance_sheet": {
        "Equity Share Capital": "equity_capital",
        "Reserves": "reserves",
        "Borrowings": "borrowings",
        "Other Liabilities": "other_liabilities",
        "Net Block": "fixed_assets",
        "Capital Work in Progress": "cwip",
        "Investments": "investments",
        "Other Assets": "other_assets",
        "Receivables": "receivables",
        "Inventory": "inventories",
        "Cash & Bank": "cash",
    },
    "cash_flow": {
        "Cash from Operating Activity": "cfo",
        "Cash from Investing Activity": "cfi",
        "Cash from Financing Activity": "cff",
        "Net Cash Flow": "net_cash_flow",
    },
}
#: What the sheet calls expenses; an increase of inventory is taken off.
_EXPENSES: Final = (
    "Raw Material Cost", "Power and Fuel", "Other Mfr. Exp", "Employee Cost",
    "Selling and admin", "Other Expenses",
)  # fmt: skip
_NEEDED: Final = ("profit_loss", "balance_sheet")
#: Lines the sheet does not print. Profit before tax less tax leaves out the share of associates,
#: and EPS stands on the shares of the day the sheet was made.
DERIVED: Final = frozenset(
    {"net_profit", "eps", "tax_rate", "dividend_payout", "expenses", "operating_profit"}
)


@dataclass(frozen=True)
class Figure:
    """A cell: what kind of period, which one, which line."""

    kind: str
    end: dt.date
    months: int
    line: str
    value: float


@dataclass(frozen=True)
class Sheet:
    """A Data Sheet. `price` is that of the day it was made, which the sheet does not say."""

    company: str
    price: float | None
    face_value: float | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class _Block:
    ends: tuple[dt.date | None, ...]
    rows: Mapping[str, tuple[float | None, ...]]

    def row(self, label: str) -> tuple[float | None, ...]:
        return self.rows.get(label, (None,) * len(self.ends))

    @property
    def filled(self) -> list[int]:
        """Columns that have a date and a figure; a new company's first columns are blank."""
        return [
            i
            for i, end in enumerate(self.ends)
            if end is not None and any(row[i] is not None for row in self.rows.values())
        ]


def is_workbook(body: bytes) -> bool:
    """Whether a file begins as a workbook does."""
    return body.startswith(b"PK")


def parse_sheet(body: bytes, name: str) -> Sheet:
    """The figures of the workbook's Data Sheet. Raises LayoutError."""
    rows = _rows(body, name)
    meta = {str(row[0]).strip(): row[1] for row in rows if isinstance(row[0], str) and len(row) > 1}
    company = next((row[1] for row in rows[:1] if isinstance(row[1], str)), "").strip()
    blocks = dict(_blocks(rows))
    missing = [block for block in _NEEDED if block not in blocks]
    if missing or not company:
        raise LayoutError(
            f"{name}: its {SHEET} has no {' and no '.join(missing) or 'company name'}.",
            "Use the file as Screener.in's “Export to Excel” wrote it.",
        )
    return Sheet(
        company=company,
        price=_number(meta.get("Current Price")),
        face_value=_number(meta.get("Face Value")),
        figures=tuple(_figures(blocks)),
    )


def _rows(body: bytes, name: str) -> list[tuple[Any, ...]]:
    import openpyxl

    checked_zip(body, name).close()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about charts, which are not read
            book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        try:
            if SHEET not in book.sheetnames:
                raise LayoutError(
                    f"{name} has no sheet called “{SHEET}”.",
                    "Use a file from Screener.in's “Export to Excel”.",
                )
            sheet = book[SHEET]
            rows = sheet.iter_rows(max_row=_ROWS, max_col=_COLUMNS, values_only=True)
            return [tuple(row) + (None,) * (2 - len(row)) for row in rows]
        finally:
            book.close()
    except LayoutError:
        raise
    except Exception as err:
        # openpyxl raises whatever its XML and zip layers meet; all of it means an unusable file.
        raise LayoutError(f"{name} cannot be read as a workbook ({err}).") from err


def _blocks(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, _Block]]:
    """Each block under its heading; its dates stand in its row `Report Date`."""
    at = [i for i, row in enumerate(rows) if _title(row) in _BLOCKS]
    years: tuple[dt.date | None, ...] = ()
    for start, end in pairwise([*at, len(rows)]):
        block = _BLOCKS[_title(rows[start])]
        body = rows[start + 1 : end]
        dated = next((row for row in body if str(row[0]).strip() == "Report Date"), None)
        ends = tuple(_date(cell) for cell in dated[1:]) if dated else years
        years = ends if block == "profit_loss" else years
        yield block, _Block(ends, _labelled(body, len(ends)))


def _labelled(rows: Sequence[tuple[Any, ...]], width: int) -> dict[str, tuple[float | None, ...]]:
    """The first row of each label; the second `Total` of a balance sheet equals the first."""
    found: dict[str, tuple[float | None, ...]] = {}
    for row in rows:
        label = str(row[0] or "").strip()
        if label and label != "Report Date" and not label.endswith(":"):
            found.setdefault(label, tuple(_number(cell) for cell in row[1 : width + 1]))
    return {label: row for label, row in found.items() if len(row) == width}


def _title(row: tuple[Any, ...]) -> str:
    return str(row[0] or "").strip().upper()


def _date(cell: object) -> dt.date | None:
    return cell.date() if isinstance(cell, dt.datetime) else None


def _number(cell: object) -> float | None:
    """A finite number, else nothing: a blank is no figure."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    value = float(cell)
    return value if abs(value) < float("inf") else None


def _figures(blocks: Mapping[str, _Block]) -> Iterator[Figure]:
    profit = blocks["profit_loss"]
    months = _lengths(profit)
    yield from _plain("annual", profit, _LINES["profit_loss"], months)
    yield from _annual_sums(profit, blocks.get("derived"), months)
    if "quarters" in blocks:
        yield from _quarters(blocks["quarters"])
    balance = blocks["balance_sheet"]
    dates = dict.fromkeys(balance.filled, 0)
    yield from _plain("annual", balance, _LINES["balance_sheet"], dates)
    totals = balance.row("Total")
    shares = balance.row("No. of Equity Shares")
    for i in dates:
        end, held = balance.ends[i], shares[i]
        assert end is not None
        for line, value in (
            ("total_liabilities", totals[i]),
            ("total_assets", totals[i]),
            ("shares", None if held is None else held / _SHARES_A_CRORE),
        ):
            if value is not None:
                yield Figure("annual", end, 0, line, value)
    if "cash_flow" in blocks:
        cash = blocks["cash_flow"]
        spans = {profit.ends[i]: length for i, length in months.items()}
        lengths = {i: spans.get(cash.ends[i], _YEAR) for i in cash.filled}
        yield from _plain("annual", cash, _LINES["cash_flow"], lengths)


def _plain(
    kind: str, block: _Block, lines: Mapping[str, str], months: Mapping[int, int]
) -> Iterator[Figure]:
    for label, line in lines.items():
        row = block.row(label)
        for i, length in months.items():
            value, end = row[i], block.ends[i]
            if value is not None and end is not None:
                yield Figure(kind, end, length, line, value)


def _quarters(block: _Block) -> Iterator[Figure]:
    filled = block.filled
    ends = [end for i in filled if (end := block.ends[i]) is not None]
    months = dict(zip(filled, lengths_of_quarters(ends), strict=True))
    yield from _plain("quarter", block, _LINES["quarters"], months)
    yield from _before_minority("quarter", block, months)


def _annual_sums(
    block: _Block, derived: _Block | None, months: Mapping[int, int]
) -> Iterator[Figure]:
    """Lines that are sums of printed ones: expenses, operating profit, material cost, EPS."""
    yield from _before_minority("annual", block, months)
    shares = derived.row("Adjusted Equity Shares in Cr") if derived else ()
    for i, length in months.items():
        end = block.ends[i]
        assert end is not None

        def of(label: str, column: int = i) -> float | None:
            return block.row(label)[column]

        stocked = of("Change in Inventory") or 0.0
        parts = [value for label in _EXPENSES if (value := of(label)) is not None]
        sales, profit = of("Sales"), of("Net profit")
        made: list[tuple[str, float]] = []
        if parts:
            expenses = sum(parts) - stocked
            made.append(("expenses", expenses))
            if sales is not None:
                made.append(("operating_profit", sales - expenses))
        material = of("Raw Material Cost")
        if material is not None:
            made.append(("material_cost", material - stocked))
        adjusted = shares[i] if i < len(shares) else None
        if profit is not None and adjusted:
            made.append(("eps", profit / adjusted))
        dividend = of("Dividend Amount")
        if dividend is not None and profit is not None and profit > 0:
            made.append(("dividend_payout", 100 * dividend / profit))
        for line, value in made:
            yield Figure("annual", end, length, line, value)


def _before_minority(kind: str, block: _Block, months: Mapping[int, int]) -> Iterator[Figure]:
    """Profit before minority interest is profit before tax less tax."""
    for i, length in months.items():
        pbt, tax, end = block.row("Profit before tax")[i], block.row("Tax")[i], block.ends[i]
        if pbt is not None and tax is not None and end is not None:
            yield Figure(kind, end, length, "net_profit", pbt - tax)
            if pbt:
                yield Figure(kind, end, length, "tax_rate", 100 * tax / abs(pbt))


def _lengths(block: _Block) -> dict[int, int]:
    """Months of each year by its column.

    A year end a few months after the last is either a short period or, where its sales are about
    those of a year or more, a long one that overlaps the last.
    """
    filled = block.filled
    months = dict.fromkeys(filled, _YEAR)
    sales = block.row("Sales")
    for before, i in pairwise(filled):
        first, last = block.ends[before], block.ends[i]
        assert first is not None
        assert last is not None
        gap = (last.year - first.year) * _YEAR + last.month - first.month
        if gap < _YEAR // 2:
            ours, theirs = sales[i], sales[before]
            long = ours is not None and theirs is not None and ours > 0.6 * theirs
            months[i] = gap + _YEAR if long else gap
        elif gap <= _YEAR + _YEAR // 2:
            months[i] = gap
    return months
