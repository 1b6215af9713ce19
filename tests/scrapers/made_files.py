"""The exchange's and AMFI's files, made by hand in their own shapes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence

import polars as pl

from tests.replay.exchange import udiff_zip

LIST_HEADER = (
    "SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, "
    "ISIN NUMBER, FACE VALUE"
)
Share = tuple[str, str, float]  # symbol, isin, close


def made_isin(number: int, issue: int = 1) -> str:
    """An ISIN-shaped identity; `issue` is what changes with the face value."""
    return f"INE{number:04d}01{issue:02d}0"


def equity_list(*companies: tuple[str, ...]) -> bytes:
    """EQUITY_L.csv of rows (symbol, isin, name, series); the last two may be left out."""
    lines = [LIST_HEADER]
    for symbol, isin, *more in companies:
        name = more[0] if more else f"{symbol.title()} Industries Limited"
        series = more[1] if len(more) > 1 else "EQ"
        lines.append(f"{symbol},{name},{series},06-OCT-2008,5,1,{isin},5")
    return ("\n".join(lines) + "\n").encode()


def bhavcopy(date: dt.date, shares: Iterable[Share], series: str = "EQ", **columns: str) -> bytes:
    """The zipped price file of a day; `columns` replaces a column's value in every row."""
    rows = [
        {
            "TradDt": date.isoformat(),
            "Sgmt": "CM",
            "FinInstrmTp": "STK",
            "ISIN": isin,
            "TckrSymb": symbol,
            "SctySrs": series,
            "OpnPric": str(close),
            "HghPric": str(close * 1.25),
            "LwPric": str(close * 0.75),
            "ClsPric": str(close),
            "PrvsClsgPric": str(close),
            "TtlTradgVol": "1000",
            "TtlTrfVal": str(close * 1000),
            **columns,
        }
        for symbol, isin, close in shares
    ]
    return udiff_zip(pl.DataFrame(rows), date)


def amfi_book(rows: Sequence[Sequence[object]], header: Sequence[str] | None = None) -> bytes:
    """AMFI's workbook: a title, a row of headers, then rows of (rank, name, ISIN, average)."""
    import openpyxl

    heads = header or (
        "Sr. No.",
        "Company name",
        "ISIN",
        "Average of All Exchanges (Rs. Cr.)",
        "Categorization as per SEBI Circular dated Oct 6, 2017",
    )
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Average Market Capitalization of listed companies during the six months"])
    sheet.append(list(heads))
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
