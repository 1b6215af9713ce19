"""BSE's lists and results documents, niftyindices' replies and delivery files, made by hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from tests.replay.exchange import UDIFF_COLUMNS

Values = Mapping[str, float | str]
NAMESPACE = "http://www.sebi.gov.in/xbrl/2026-01-31/in-capmkt"
CRORE = 10_000_000
QUARTER = (dt.date(2026, 4, 1), dt.date(2026, 6, 30))
DELIVERY_HEADER = (
    "SYMBOL, SERIES, DATE1, PREV_CLOSE, OPEN_PRICE, HIGH_PRICE, LOW_PRICE, LAST_PRICE, "
    "CLOSE_PRICE, AVG_PRICE, TTL_TRD_QNTY, TURNOVER_LACS, NO_OF_TRADES, DELIV_QTY, DELIV_PER"
)


def bse_list(*shares: tuple[str, ...], status: str = "Active") -> bytes:
    """The list of shares of rows (code, ISIN[, group[, market cap[, industry]]])."""
    rows = []
    for code, isin, *more in shares:
        group, mcap, industry = [*more, *("B", "123.45", "")[len(more) :]]
        rows.append(
            {
                "SCRIP_CD": code,
                "Scrip_Name": f"Company {code} Ltd",
                "Status": status,
                "GROUP": group,
                "FACE_VALUE": "10.00",
                "ISIN_NUMBER": isin,
                "INDUSTRY": industry or None,
                "scrip_id": f"C{code}",
                "Segment": "Equity",
                "NSURL": f"https://www.bseindia.com/stock-share-price/x/x/{code}/",
                "Issuer_Name": f"Company {code} Limited",
                "Mktcap": mcap,
            }
        )
    return json.dumps(rows).encode()


def bse_prices(day: dt.date, shares: Iterable[tuple[str, str, float]], **replaced: str) -> bytes:
    """The price file of a day of rows (code, ISIN, close), in all its columns."""
    rows = [
        {
            "TradDt": day.isoformat(),
            "Sgmt": "CM",
            "Src": "BSE",
            "FinInstrmTp": "STK",
            "FinInstrmId": code,
            "ISIN": isin,
            "TckrSymb": f"C{code}",
            "SctySrs": "B",
            "OpnPric": str(close),
            "HghPric": str(close * 1.25),
            "LwPric": str(close * 0.75),
            "ClsPric": str(close),
            "TtlTradgVol": "200",
            "TtlTrfVal": str(close * 200),
            **replaced,
        }
        for code, isin, close in shares
    ]
    frame = pl.DataFrame([{name: row.get(name, "") for name in UDIFF_COLUMNS} for row in rows])
    return frame.write_csv().encode()


def calendar(*meetings: tuple[str, str]) -> bytes:
    """The result calendar of rows (code, day as 23 Oct 2026)."""
    return json.dumps(
        [
            {"scrip_Code": code, "short_name": "X", "Long_Name": "X LTD.", "meeting_date": day}
            for code, day in meetings
        ]
    ).encode()


def filing_row(
    code: str,
    quarter: str,
    filed: str,
    standalone: str | None = None,
    consolidated: str | None = None,
) -> dict[str, Any]:
    """A row of the list of filings; `filed` as 2026-07-21T18:05:11.233."""
    return {
        "Scrip_cd": int(code),
        "scrip_name": "X Ltd",
        "quarter_code": quarter,
        "audited": "Un-audited",
        "Qtr": 371.0,
        "Fld_CreateDate": filed,
        "DT_TM": "Jul 21 2026  6:05PM",
        "Industry_name": "X",
        "company_name": "X Ltd",
        "Fld_NatureOfReport": "Standalone",
        "XMLName": standalone,
        "Consol_XMLName": consolidated,
    }


def filing_list(*rows: dict[str, Any]) -> bytes:
    """The list of filings."""
    return json.dumps({"Table": rows}).encode()


def context(
    name: str, start: dt.date | None, end: dt.date, segment: str = "", prefix: str = "xbrli:"
) -> str:
    """A context; `segment`: what narrows it."""
    period = (
        f"<{prefix}instant>{end}</{prefix}instant>"
        if start is None
        else f"<{prefix}startDate>{start}</{prefix}startDate>"
        f"<{prefix}endDate>{end}</{prefix}endDate>"
    )
    member = (
        f'<{prefix}scenario><x:member dimension="a">{segment}</x:member></{prefix}scenario>'
        if segment
        else ""
    )
    return (
        f'<{prefix}context id="{name}"><{prefix}entity><{prefix}identifier scheme="s">1'
        f"</{prefix}identifier></{prefix}entity><{prefix}period>{period}</{prefix}period>{member}"
        f"</{prefix}context>"
    )


def about(
    code: str,
    quarter: tuple[dt.date, dt.date],
    year_start: dt.date,
    year_end: dt.date,
    nature: str = "Consolidated",
    **more: str,
) -> dict[str, str]:
    """What a document tells of its company and periods."""
    return {
        "ScripCode": code,
        "NameOfTheCompany": "Made Works Limited",
        "DateOfStartOfFinancialYear": str(year_start),
        "DateOfEndOfFinancialYear": str(year_end),
        "DateOfStartOfReportingPeriod": str(quarter[0]),
        "DateOfEndOfReportingPeriod": str(quarter[1]),
        "NatureOfReportStandaloneConsolidated": nature,
        **more,
    }


def xbrl(
    contexts: Sequence[str], stated: Mapping[str, Values], told: Mapping[str, str], extra: str = ""
) -> bytes:
    """A plain document: contexts, values by context, and what it tells in the first of them."""
    first = next(iter(stated), "OneD")
    facts = [
        f'<in-capmkt:{name} contextRef="{first}">{text}</in-capmkt:{name}>'
        for name, text in told.items()
    ]
    facts += [
        f'<in-capmkt:{name} contextRef="{where}" unitRef="INR" decimals="-5">'
        f"{value if isinstance(value, str) else round(value, 6)}</in-capmkt:{name}>"
        for where, values in stated.items()
        for name, value in values.items()
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<xbrli:xbrl xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:x="urn:x" '
        f'xmlns:in-capmkt="{NAMESPACE}">{"".join(contexts)}{"".join(facts)}{extra}</xbrli:xbrl>'
    ).encode()


def inline(contexts: Sequence[str], stated: Mapping[str, Values], told: Mapping[str, str]) -> bytes:
    """The same inside a web page as BSE writes it: millions, signs apart, an unclosed tag."""
    first = next(iter(stated), "OneD")
    cells = [
        f"<ix:nonNumeric contextRef='{first}' name='in-capmkt:{name}'>{text}</ix:nonNumeric>"
        for name, text in told.items()
    ]
    for where, values in stated.items():
        for name, value in values.items():
            assert not isinstance(value, str)
            shared = f"contextRef='{where}' name='in-capmkt:{name}' unitRef='INR'"
            if "PerShare" in name or "Percentage" in name or "Ratio" in name:
                scale, shown = "0", f"{abs(value)}"
            else:
                scale, shown = "6", f"{abs(value) / 1e6:,.3f}"
            sign = " sign='-'" if value < 0 else ""
            cells.append(
                f"<td><ix:nonFraction {shared} decimals='-4' format='ixt:num-dot-decimal' "
                f"scale='{scale}'{sign}>{shown}</ix:nonFraction></td>"
            )
    return (
        "<!DOCTYPE html><html xmlns:ix='http://www.xbrl.org/2013/inlineXBRL' "
        "xmlns:xbrli='http://www.xbrl.org/2003/instance'><body><br><div style='display:none'>"
        f"<ix:header><ix:resources>{''.join(contexts)}</ix:resources></ix:header></div>&nbsp;"
        f"<table><tr>{''.join(cells)}</tr></table></body></html>"
    ).encode()


def quarter_document(
    code: str = "500111",
    sales: float = 120.0,
    profit: float = 12.0,
    nature: str = "Consolidated",
    write: Any = xbrl,
    **more: float,
) -> bytes:
    """The results of the quarter to June 2026 of an industrial company, in ₹ crore."""
    values = {
        "RevenueFromOperations": sales,
        "OtherIncome": 2.0,
        "Income": sales + 2.0,
        "FinanceCosts": 3.0,
        "DepreciationDepletionAndAmortisationExpense": 5.0,
        "Expenses": sales + 2.0 - profit / 0.75,
        "ProfitBeforeExceptionalItemsAndTax": profit / 0.75,
        "ProfitBeforeTax": profit / 0.75,
        "TaxExpense": profit / 0.75 - profit,
        "ProfitLossForPeriod": profit,
        **more,
    }
    told = about(code, QUARTER, dt.date(2026, 4, 1), dt.date(2027, 3, 31), nature)
    return bytes(
        write(
            [context("OneD", *QUARTER), context("FourD", *QUARTER)],
            {"OneD": {name: value * CRORE for name, value in values.items()}},
            told,
        )
    )


def history(table: str, index: str, *rows: Sequence[object], wrapped: bool = False) -> bytes:
    """Rows of an index: (day, open, high, low, close), or (day, pe, pb, yield) for valuations."""
    if table == "getHistoricaldatatabletoString":
        names = ("HistoricalDate", "OPEN", "HIGH", "LOW", "CLOSE")
    else:
        names = ("DATE", "pe", "pb", "divYield")
    found = [
        {
            "RequestNumber": "his1",
            "Index Name": index.upper() if "OPEN" in names else index,
            **{n: str(v) for n, v in zip(names, row, strict=True)},
        }
        for row in rows
    ]
    return json.dumps({"d": json.dumps(found)} if wrapped else found).encode()


def delivery_file(day: dt.date, *rows: tuple[str, str, str]) -> bytes:
    """The full price file of a day of rows (symbol, series, delivery)."""
    lines = [DELIVERY_HEADER]
    traded = "1, 1, 1, 1, 1, 1, 1, 1000, 1, 10, 500"
    for symbol, series, delivered in rows:
        lines.append(f"{symbol}, {series}, {day:%d-%b-%Y}, {traded}, {delivered}")
    return ("\n".join(lines) + "\n").encode()
