"""The exchange's and AMFI's files, made by hand in their own shapes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence

import polars as pl

from tests.replay.exchange import udiff_zip

LIST_HEADER = (
    "SYMBOL,NAME OF COMPANY, SERIES, DATE OF LISTING, PAID UP VALUE, MARKET LOT, "
    "ISIN NUMBER, FACE VALUE"
)
SME_HEADER = "SYMBOL,NAME_OF_COMPANY,SERIES,DATE_OF_LISTING,PAID_UP_VALUE,ISIN_NUMBER,FACE_VALUE,"
BC_HEADER = (
    "SERIES,SYMBOL,SECURITY,RECORD_DT,BC_STRT_DT,BC_END_DT,EX_DT,ND_STRT_DT,ND_END_DT,PURPOSE"
)
LEVELS_HEADER = (
    "Index Name,Index Date,Open Index Value,High Index Value,Low Index Value,Closing Index Value,"
    "Points Change,Change(%),Volume,Turnover (Rs. Cr.),P/E,P/B,Div Yield"
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


def pr_bundle(
    day: dt.date, rows: Iterable[Sequence[str]], *, of: dt.date | None = None, old: bool = False
) -> bytes:
    """The bundle of a day with corporate actions (symbol, ex-date, purpose[, series]).

    of: the day its list is really of. old: as before November 2025, other name and dates.
    """
    lines = [BC_HEADER]
    for symbol, ex_date, purpose, *series in rows:
        printed = f"{dt.date.fromisoformat(ex_date):%d/%m/%Y}" if old and ex_date else ex_date
        blank = " " if old else ""
        lines.append(
            f"{series[0] if series else 'EQ'},{symbol},{symbol} Ltd,{printed},{blank},{blank},"
            f"{printed},{blank},{blank},{purpose}"
        )
    stamp = f"Bc{of or day:%d%m%y}" if old else f"bc{of or day:%d%m%Y}"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme.txt", "made by hand")
        archive.writestr(f"{stamp.replace('bc', 'pd').replace('Bc', 'Pd')}.csv", "MKT,SERIES\n")
        archive.writestr(f"{stamp}.csv", "\n".join(lines) + "\n")
    return buffer.getvalue()


def index_levels(day: dt.date, *rows: str) -> bytes:
    """The index levels of a day; rows without the date: name, then eleven cells."""
    lines = [LEVELS_HEADER]
    for row in rows:
        name, _, cells = row.partition(",")
        lines.append(f"{name},{day:%d-%m-%Y},{cells}")
    return ("\n".join(lines) + "\n").encode()


def sme_list(*companies: tuple[str, ...]) -> bytes:
    """SME_EQUITY_L.csv of rows (symbol, isin[, series]), with its trailing empty column."""
    lines = [SME_HEADER]
    for symbol, isin, *series in companies:
        name = f"{symbol.title()} Works Limited"
        lines.append(f"{symbol},{name},{series[0] if series else 'SM'},02-Sep-25,10,{isin},10,")
    return ("\n".join(lines) + "\n").encode()


def member_list(*members: tuple[str, str]) -> bytes:
    """The members of an index of rows (symbol, isin)."""
    lines = ["Company Name,Industry,Symbol,Series,ISIN Code"]
    lines += [f"{symbol} Ltd.,Power,{symbol},EQ,{isin}" for symbol, isin in members]
    return ("\n".join(lines) + "\n").encode()
