"""BSE's lists and files: its companies, the daily price file, meetings and results filings.

The interface answers with a web page where it means "no", so every reply is judged by what is
inside it. It is asked for lists of the whole market; no company is asked for by itself here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from scrapers.archives import only_member
from scrapers.csv_tables import UDIFF_PRICES, columns, number, read_csv, refuse_other_day
from scrapers.hosts import BSE_API_HOST, BSE_HOST
from scrapers.nse import RUPEES_A_CRORE
from scrapers.session import NotThere
from scrapers.tables import clean
from screener.errors import LayoutError

SOURCE: Final = "bse"
#: Raise it when price files are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
#: Groups of the SME platform.
SME_GROUPS: Final = ("M", "MT", "MS")
#: Fully paid shares of a company: INE, its issuer, 01. Rights, funds, bonds and partly paid shares
#: (IN9) have other ISINs.
SHARE_ISIN: Final = r"^INE[0-9A-Z]{4}01[0-9]{3}$"
#: Codes that begin with 57 are shares with other voting rights, beside the company's ordinary ones.
SHARE_CODE: Final = r"(?!57)[0-9]{6}"

_API: Final = f"https://{BSE_API_HOST}/BseIndiaAPI/api"
CALENDAR_URL: Final = f"{_API}/Corpforthresults/w"
#: How far back the list of filings of the whole market reaches, the widest first.
WINDOWS: Final = {"the last month": 4, "today": 1}
_LIST_COLUMNS: Final = (
    "SCRIP_CD", "Scrip_Name", "GROUP", "FACE_VALUE", "ISIN_NUMBER", "INDUSTRY", "Segment",
    "Issuer_Name", "Mktcap",
)  # fmt: skip
_LISTED: Final = ("isin", "bse_code", "name", "series", "face_value", "basic_industry", "mcap")
_PRICE_COLUMNS: Final = {**UDIFF_PRICES, "FinInstrmId": "bse_code"}
_PRICE_NUMBERS: Final = ("open", "high", "low", "close", "volume", "turnover")
_DOCUMENT: Final = re.compile(r"(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_.-]+\.(?:html?|xml)", re.IGNORECASE)
_QUARTER: Final = re.compile(r"([JSDM])[A-Z]?([0-9]{4})-([0-9]{4})")
_QUARTER_ENDS: Final = {"J": (6, 30), "S": (9, 30), "D": (12, 31), "M": (3, 31)}
_MOMENTS: Final = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%b %d %Y %I:%M%p")


@dataclass(frozen=True)
class Listed:
    """A results document a company filed. `broadcast`: as clocks in India show it."""

    bse_code: str
    document: str  # its name below XBRLFILES
    basis: str
    period_end: dt.date | None
    broadcast: dt.datetime


def list_url(status: str) -> str:
    """The address of the list of shares of a status: Active, Suspended or Delisted."""
    return f"{_API}/ListofScripData/w?Group=&Scripcode=&industry=&segment=Equity&status={status}"


def prices_url(date: dt.date) -> str:
    """The address of the price file of a day."""
    return f"https://{BSE_HOST}/download/BhavCopy/Equity/BhavCopy_BSE_CM_0_0_0_{date:%Y%m%d}_F_0000.CSV"


def filings_url(bse_code: str = "", window: int = 7) -> str:
    """The address of the results filings of a company, or of the whole market in a window.

    window: 1 today … 4 the last month … 7 all there are.
    """
    return (
        f"{_API}/Corp_FinanceResult_ng_new/w?SCRIP_CD={bse_code}&FlagDur={window}&HFQ="
        "&ISUBGROUP_CODE=&segment=C"
    )


def document_url(document: str) -> str:
    """The address of a results document by its name in the list of filings."""
    return f"https://{BSE_HOST}/XBRLFILES/{document}"


def parse_list(body: bytes, status: str) -> pl.DataFrame:
    """The fully paid shares of companies of a status.

    Columns: isin, bse_code, name, series (the group), face_value, basic_industry, mcap (₹ crore),
    is_sme. Raises LayoutError.
    """
    name = f"the BSE list of {status.lower()} shares"
    rows = _rows(read_json(body, name), _LIST_COLUMNS, name)
    shares = {
        row["ISIN_NUMBER"]: row
        for row in rows
        if re.fullmatch(SHARE_ISIN, row["ISIN_NUMBER"])
        and row["Segment"] == "Equity"
        and re.fullmatch(SHARE_CODE, row["SCRIP_CD"])
    }
    frame = pl.DataFrame(
        [
            (
                isin,
                row["SCRIP_CD"],
                row["Issuer_Name"] or row["Scrip_Name"],
                row["GROUP"],
                row["FACE_VALUE"],
                row["INDUSTRY"] or None,
                row["Mktcap"],
            )
            for isin, row in shares.items()
        ],
        schema=dict.fromkeys(
            ("isin", "bse_code", "name", "series", "face_value", "basic_industry", "mcap"),
            pl.String,
        ),
        orient="row",
    ).with_columns(
        number("face_value"), number("mcap"), pl.col("series").is_in(SME_GROUPS).alias("is_sme")
    )
    if frame.is_empty() or frame["bse_code"].is_duplicated().any():
        raise LayoutError(f"{name} holds no shares, or a code twice.")
    return frame


def parse_prices(body: bytes, date: dt.date) -> pl.DataFrame:
    """The shares that traded on a day: isin, bse_code, date and prices as traded; ₹ crore turned.

    Raises NotThere where a page came instead, which is how BSE says there is no such file, and
    LayoutError, also for another day's file.
    """
    name = f"the BSE price file of {date}"
    if body[:512].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        raise NotThere(f"{BSE_HOST} has no price file of {date}")
    content = only_member(body, name, ".csv") if body.startswith(b"PK") else body
    frame = columns(read_csv(content, name), _PRICE_COLUMNS, name)
    refuse_other_day(frame["date"].unique().to_list(), date.isoformat(), name)
    shares = frame.filter(
        pl.col("instrument") == "STK", pl.col("isin").str.contains(SHARE_ISIN)
    ).with_columns(
        *(number(column) for column in _PRICE_NUMBERS), pl.col("date").str.to_date("%Y-%m-%d")
    )
    if shares.is_empty() or shares.filter((pl.col("close") > 0).not_().fill_null(True)).height:
        raise LayoutError(f"{name} holds no shares, or one without a closing price.")
    return shares.unique("isin", keep="first", maintain_order=True).select(
        "isin", "bse_code", "date", *_PRICE_NUMBERS[:-1], pl.col("turnover") / RUPEES_A_CRORE
    )


def parse_calendar(body: bytes) -> list[tuple[str, dt.date]]:
    """(BSE code, day) of the meetings at which results are due. Raises LayoutError."""
    name = "the BSE result calendar"
    rows = _rows(read_json(body, name), ("scrip_Code", "meeting_date"), name)
    found = []
    for row in rows:
        try:
            day = dt.datetime.strptime(row["meeting_date"], "%d %b %Y").date()
        except ValueError as err:
            raise LayoutError(f"{name}: {row['meeting_date']!r} is no date.") from err
        found.append((row["scrip_Code"], day))
    return found


def parse_filings(body: bytes, name: str) -> list[Listed]:
    """The results documents of a list of filings, in its order. Raises LayoutError.

    Rows without a document, which older ones are, and without a time are passed over.
    """
    reply = read_json(body, name)
    if isinstance(reply, str) and "no record" in reply.casefold():
        return []
    table = reply.get("Table") if isinstance(reply, dict) else None
    if not isinstance(table, list):
        raise LayoutError(f"{name} is not a table of filings.", "BSE may have changed it.")
    found: list[Listed] = []
    for row in _rows(table, ("Scrip_cd", "quarter_code", "XMLName", "Consol_XMLName"), name):
        broadcast = _moment(row.get("Fld_CreateDate", "")) or _moment(row.get("DT_TM", ""))
        if broadcast is None:
            continue
        for key, basis in (("Consol_XMLName", "consolidated"), ("XMLName", "standalone")):
            document = row[key].lstrip("/")
            if _DOCUMENT.fullmatch(document):
                end = quarter_end(row["quarter_code"])
                found.append(Listed(row["Scrip_cd"], document, basis, end, broadcast))
    return found


def quarter_end(code: str) -> dt.date | None:
    """The last day of the quarter a code such as `JQ2026-2027` names."""
    found = _QUARTER.fullmatch(code.strip())
    if not found or int(found[3]) != int(found[2]) + 1:
        return None
    month, day = _QUARTER_ENDS[found[1]]
    return dt.date(int(found[3]) if month == 3 else int(found[2]), month, day)


def read_json(body: bytes, name: str) -> Any:
    """The reply as read from JSON, or from JSON inside a JSON string. Raises LayoutError."""
    try:
        reply = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=lambda _: None)
        if isinstance(reply, str) and reply.lstrip()[:1] in ("[", "{"):
            reply = json.loads(reply, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as err:
        raise LayoutError(
            f"{name} came as something else than JSON ({str(err)[:80]}).",
            "The host may be blocking, or down. What was fetched before is kept.",
        ) from err
    return reply


def _rows(reply: Any, wanted: Iterable[str], name: str) -> list[Mapping[str, str]]:
    """Rows as text without control characters, all with the wanted keys. Raises LayoutError."""
    if not isinstance(reply, list) or not all(isinstance(row, dict) for row in reply):
        raise LayoutError(f"{name} is not a list of rows.", "BSE may have changed it.")
    missing = [key for key in wanted for row in reply if key not in row][:1]
    if missing:
        raise LayoutError(f"{name} lacks {missing[0]}.", "BSE may have changed it.")
    return [{key: _text(value) for key, value in row.items()} for row in reply]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None or isinstance(value, dict | list) else clean(str(value))


def _moment(text: str) -> dt.datetime | None:
    for form in _MOMENTS:
        try:
            return dt.datetime.strptime(text, form)
        except ValueError:
            continue
    return None
