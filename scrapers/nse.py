"""NSE's archive files: the list of main-board companies and the daily price file (bhavcopy)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from scrapers.archives import only_member
from scrapers.csv_tables import UDIFF_PRICES, columns, number, read_csv, refuse_other_day
from scrapers.hosts import NSE_HOST
from scrapers.tables import clean
from screener.errors import LayoutError

SOURCE: Final = "nse"
#: Raise it when price files are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 2

EQUITY_LIST_URL: Final = f"https://{NSE_HOST}/content/equities/EQUITY_L.csv"
SME_LIST_URL: Final = f"https://{NSE_HOST}/emerge/corporates/content/SME_EQUITY_L.csv"
FIRST_UDIFF_DAY: Final = dt.date(2024, 7, 8)
#: The earliest day asked for. Files of before FIRST_UDIFF_DAY have another layout and address.
FIRST_DAY: Final = dt.date(2012, 1, 1)
#: Series in which shares of companies trade, the most liquid first.
MAIN_SERIES: Final = ("EQ", "BE", "BZ")
SME_SERIES: Final = ("SM", "ST", "SZ")
SERIES: Final = (*MAIN_SERIES, *SME_SERIES)
RUPEES_A_CRORE: Final = 1e7

SYMBOL_PATTERN: Final = r"[A-Za-z0-9&][A-Za-z0-9&_.-]{0,29}"
ISIN_PATTERN: Final = r"IN[A-Z0-9][0-9A-Z]{8}[0-9]"
_LIST_COLUMNS: Final = {
    "SYMBOL": "symbol",
    "NAME OF COMPANY": "name",
    "SERIES": "series",
    "DATE OF LISTING": "listed_on",
    "ISIN NUMBER": "isin",
    "FACE VALUE": "face_value",
}
_PRICE_COLUMNS: Final = {
    **UDIFF_PRICES,
    "Sgmt": "segment",
    "TckrSymb": "symbol",
    "PrvsClsgPric": "prev_close",
}
_OLD_PRICE_COLUMNS: Final = {
    "TIMESTAMP": "date",
    "ISIN": "isin",
    "SYMBOL": "symbol",
    "SERIES": "series",
    "OPEN": "open",
    "HIGH": "high",
    "LOW": "low",
    "CLOSE": "close",
    "PREVCLOSE": "prev_close",
    "TOTTRDQTY": "volume",
    "TOTTRDVAL": "turnover",
}
_PRICE_NUMBERS: Final = ("open", "high", "low", "close", "prev_close", "volume", "turnover")


def bhavcopy_url(date: dt.date) -> str:
    """The address of the price file of a day, in the layout of its time."""
    if date < FIRST_UDIFF_DAY:
        month = f"{date:%b}".upper()
        return (
            f"https://{NSE_HOST}/content/historical/EQUITIES/{date:%Y}/{month}/"
            f"cm{date:%d}{month}{date:%Y}bhav.csv.zip"
        )
    return f"https://{NSE_HOST}/content/cm/BhavCopy_NSE_CM_0_0_0_{date:%Y%m%d}_F_0000.csv.zip"


def parse_equity_list(body: bytes, name: str = "EQUITY_L.csv") -> pl.DataFrame:
    """The companies of the main board: isin, symbol, name, series, listed_on, face_value.

    Only shares of series EQ, BE and BZ. Raises LayoutError.
    """
    return _companies(columns(read_csv(body, name), _LIST_COLUMNS, name), MAIN_SERIES, name)


def parse_sme_list(body: bytes, name: str = "SME_EQUITY_L.csv") -> pl.DataFrame:
    """The companies of the SME platform, columns as of the main board's list. Raises LayoutError.

    Only shares of series SM, ST and SZ; rights entitlements are none.
    """
    underscored = {theirs.replace(" ", "_"): ours for theirs, ours in _LIST_COLUMNS.items()}
    frame = columns(read_csv(body, name), underscored, name)
    return _companies(frame.filter(~pl.col("symbol").str.ends_with("-RE")), SME_SERIES, name)


def parse_bhavcopy(body: bytes, date: dt.date) -> pl.DataFrame:
    """The shares that traded on a day: isin, symbol, series, date and prices as traded.

    turnover is in ₹ crore. A share that traded in two series is given in the more liquid one.
    Raises LayoutError, also when the file is of another day than the one asked for.
    """
    name = f"the NSE price file of {date}"
    frame = _price_rows(read_csv(only_member(body, name, ".csv"), name), date, name)
    refuse_other_day(frame["date"].unique().to_list(), date.isoformat(), name)
    shares = frame.filter(
        (pl.col("segment") == "CM")
        & (pl.col("instrument") == "STK")
        & pl.col("series").is_in(SERIES)
    )
    if shares.is_empty():
        raise LayoutError(f"{name} holds no shares.")
    shares = shares.with_columns(
        *(number(column) for column in _PRICE_NUMBERS),
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


def _price_rows(frame: pl.DataFrame, date: dt.date, name: str) -> pl.DataFrame:
    """The rows of either layout under our names, dates as 2024-07-08. Raises LayoutError."""
    if date >= FIRST_UDIFF_DAY:
        return columns(frame, _PRICE_COLUMNS, name)
    # Until then the file held shares only, and the month in capitals.
    day = pl.col("date").str.to_titlecase().str.to_date("%d-%b-%Y", strict=False)
    return columns(frame, _OLD_PRICE_COLUMNS, name).with_columns(
        pl.coalesce(day.dt.to_string("%Y-%m-%d"), "date").alias("date"),
        pl.lit("CM").alias("segment"),
        pl.lit("STK").alias("instrument"),
    )


def _companies(frame: pl.DataFrame, series: tuple[str, ...], name: str) -> pl.DataFrame:
    """The listed companies of those series, checked."""
    day = pl.col("listed_on")
    listed = (
        pl.when(day.str.len_chars() == len("06-Oct-08"))
        .then(day.str.to_date("%d-%b-%y", strict=False))
        .otherwise(day.str.to_date("%d-%b-%Y", strict=False))
    )
    frame = frame.filter(pl.col("series").is_in(series)).with_columns(
        pl.col("name").map_elements(clean, return_dtype=pl.String), listed
    )
    wrong = frame.filter(
        ~pl.col("isin").str.contains(f"^{ISIN_PATTERN}$")
        | ~pl.col("symbol").str.contains(f"^{SYMBOL_PATTERN}$")
    )
    if wrong.height:
        raise LayoutError(f"{name}: {wrong.row(0)} is no company; its ISIN or symbol is malformed.")
    twice = frame.filter(pl.col("isin").is_duplicated() | pl.col("symbol").is_duplicated())
    if twice.height:
        raise LayoutError(f"{name} lists {twice['symbol'][0]} ({twice['isin'][0]}) twice.")
    if frame.is_empty() or frame["listed_on"].null_count() > frame.height // 10:
        raise LayoutError(f"{name} has no companies, or no listing dates.")
    return frame.with_columns(number("face_value"))
