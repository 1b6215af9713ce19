"""NSE's archive files: the list of main-board companies and the daily price file (bhavcopy)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import polars as pl

from scrapers.archives import only_member
from scrapers.hosts import NSE_HOST
from scrapers.tables import clean
from screener.errors import LayoutError

SOURCE: Final = "nse"
#: Raise it when price files are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1

EQUITY_LIST_URL: Final = f"https://{NSE_HOST}/content/equities/EQUITY_L.csv"
FIRST_UDIFF_DAY: Final = dt.date(2024, 7, 8)
#: Series in which shares of companies trade, the most liquid first.
SERIES: Final = ("EQ", "BE", "BZ", "SM", "ST", "SZ")
RUPEES_A_CRORE: Final = 1e7

_ISIN: Final = re.compile(r"IN[A-Z0-9][0-9A-Z]{8}[0-9]")
_LIST_COLUMNS: Final = {
    "SYMBOL": "symbol",
    "NAME OF COMPANY": "name",
    "SERIES": "series",
    "DATE OF LISTING": "listed_on",
    "ISIN NUMBER": "isin",
    "FACE VALUE": "face_value",
}
_PRICE_COLUMNS: Final = {
    "TradDt": "date",
    "Sgmt": "segment",
    "FinInstrmTp": "instrument",
    "ISIN": "isin",
    "TckrSymb": "symbol",
    "SctySrs": "series",
    "OpnPric": "open",
    "HghPric": "high",
    "LwPric": "low",
    "ClsPric": "close",
    "PrvsClsgPric": "prev_close",
    "TtlTradgVol": "volume",
    "TtlTrfVal": "turnover",
}
_PRICE_NUMBERS: Final = ("open", "high", "low", "close", "prev_close", "volume", "turnover")


def bhavcopy_url(date: dt.date) -> str:
    """The address of the price file of a day."""
    return f"https://{NSE_HOST}/content/cm/BhavCopy_NSE_CM_0_0_0_{date:%Y%m%d}_F_0000.csv.zip"


def parse_equity_list(body: bytes, name: str = "EQUITY_L.csv") -> pl.DataFrame:
    """The listed companies: isin, symbol, name, series, listed_on, face_value.

    Only shares of series EQ, BE and BZ. Raises LayoutError.
    """
    frame = _columns(_csv(body, name), _LIST_COLUMNS, name)
    day = pl.col("listed_on")
    listed = (
        pl.when(day.str.len_chars() == len("06-Oct-08"))
        .then(day.str.to_date("%d-%b-%y", strict=False))
        .otherwise(day.str.to_date("%d-%b-%Y", strict=False))
    )
    frame = frame.filter(pl.col("series").is_in(["EQ", "BE", "BZ"])).with_columns(
        pl.col("name").map_elements(clean, return_dtype=pl.String), listed
    )
    wrong = frame.filter(
        ~pl.col("isin").str.contains(f"^{_ISIN.pattern}$") | (pl.col("symbol") == "")
    )
    if wrong.height:
        raise LayoutError(f"{name}: {wrong.row(0)} is no company; its ISIN or symbol is malformed.")
    twice = frame.filter(pl.col("isin").is_duplicated() | pl.col("symbol").is_duplicated())
    if twice.height:
        raise LayoutError(f"{name} lists {twice['symbol'][0]} ({twice['isin'][0]}) twice.")
    if frame.is_empty() or frame["listed_on"].null_count() > frame.height // 10:
        raise LayoutError(f"{name} has no companies, or no listing dates.")
    return frame.with_columns(_number("face_value"))


def parse_bhavcopy(body: bytes, date: dt.date) -> pl.DataFrame:
    """The shares that traded on a day: isin, symbol, series, date and prices as traded.

    turnover is in ₹ crore. A share that traded in two series is given in the more liquid one.
    Raises LayoutError, also when the file is of another day than the one asked for.
    """
    name = f"the NSE price file of {date}"
    frame = _columns(_csv(only_member(body, name, ".csv"), name), _PRICE_COLUMNS, name)
    days = frame["date"].unique().to_list()
    if days != [date.isoformat()]:
        raise LayoutError(
            f"{name} is of {', '.join(sorted(map(str, days))[:3]) or 'no day'}.",
            "It is not used; it is fetched again in a later run.",
        )
    shares = frame.filter(
        (pl.col("segment") == "CM")
        & (pl.col("instrument") == "STK")
        & pl.col("series").is_in(SERIES)
    )
    if shares.is_empty():
        raise LayoutError(f"{name} holds no shares.")
    shares = shares.with_columns(
        *(_number(column) for column in _PRICE_NUMBERS),
        pl.col("date").str.to_date("%Y-%m-%d"),
        pl.col("series").replace_strict({s: i for i, s in enumerate(SERIES)}).alias("rank"),
    )
    if shares.filter(~(pl.col("close") > 0) | pl.col("close").is_null()).height:
        raise LayoutError(f"{name} holds shares without a closing price.")
    return (
        shares.sort("isin", "rank")
        .unique("isin", keep="first", maintain_order=True)
        .select(
            "isin",
            "symbol",
            "series",
            "date",
            *_PRICE_NUMBERS[:-1],
            pl.col("turnover") / RUPEES_A_CRORE,
        )
    )


def _csv(body: bytes, name: str) -> pl.DataFrame:
    """All cells as text, headers and cells stripped."""
    if body[:64].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        raise LayoutError(
            f"{name} came as a web page instead of a table.",
            "The host may be blocking, or down. What was fetched before is kept.",
        )
    try:
        frame = pl.read_csv(body, infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, ValueError) as err:
        raise LayoutError(f"{name} cannot be read as CSV: {err}") from err
    frame = frame.rename({column: column.strip("\ufeff ") for column in frame.columns})
    return frame.with_columns(pl.all().str.strip_chars())


def _columns(frame: pl.DataFrame, wanted: dict[str, str], name: str) -> pl.DataFrame:
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise LayoutError(
            f"{name} lacks {', '.join(missing)}; it has {', '.join(frame.columns[:8])} …",
            "The exchange may have changed the file.",
        )
    return frame.select(pl.col(column).fill_null("").alias(ours) for column, ours in wanted.items())


def _number(column: str) -> pl.Expr:
    """The column as numbers; an empty or unreadable cell is null."""
    return pl.col(column).str.replace_all(",", "").cast(pl.Float64, strict=False)
