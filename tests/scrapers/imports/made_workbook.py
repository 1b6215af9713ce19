"""Workbooks in the shape of Screener.in's export, with figures of our own."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

Rows = Mapping[str, Sequence[float | None]]


def data_sheet(
    company: str,
    ends: Sequence[dt.date | None],
    profit: Rows,
    balance: Rows,
    cash: Rows | None = None,
    quarters: tuple[Sequence[dt.date], Rows] | None = None,
    shares: Sequence[float | None] = (),
    sheet: str = "Data Sheet",
) -> bytes:
    """The bytes of a workbook; blocks stand where the export has them."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    cells: dict[int, Sequence[Any]] = {
        1: ("COMPANY NAME", company),
        5: ("META",),
        6: ("Number of shares", "=IF(B9>0, B9/B8, 0)"),
        7: ("Face Value", 10),
        8: ("Current Price", 100),
        9: ("Market Capitalization", 1000),
    }
    _block(cells, 15, "PROFIT & LOSS", ends, profit)
    if quarters:
        _block(cells, 40, "Quarters", *quarters)
    _block(cells, 55, "BALANCE SHEET", ends, balance)
    if cash:
        _block(cells, 80, "CASH FLOW:", ends, cash)
    cells[92] = ("DERIVED:",)
    cells[93] = ("Adjusted Equity Shares in Cr", *shares)
    for row, values in cells.items():
        for column, value in enumerate(values, 1):
            page.cell(row, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _block(
    cells: dict[int, Sequence[Any]],
    at: int,
    title: str,
    ends: Sequence[dt.date | None],
    rows: Rows,
) -> None:
    cells[at] = (title,)
    stamps = [dt.datetime(e.year, e.month, e.day) if e else None for e in ends]
    cells[at + 1] = ("Report Date", *stamps)
    for i, (label, values) in enumerate(rows.items(), at + 2):
        cells[i] = (label, *values)
