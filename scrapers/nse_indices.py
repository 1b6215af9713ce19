"""Indices: their daily levels, their members, and the funds that stand for gold and silver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers.csv_tables import columns, number, read_csv, refuse_other_day
from scrapers.hosts import NSE_HOST
from scrapers.nse import ISIN_PATTERN, SOURCE
from scrapers.tables import clean
from screener.errors import LayoutError
from screener.market.schema import conform

#: Raise it when index files are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
#: Funds that hold a metal: symbol → the name their prices get as an index.
METAL_FUNDS: Final = {"GOLDBEES": "Gold (GOLDBEES)", "SILVERBEES": "Silver (SILVERBEES)"}

_LEVEL_COLUMNS: Final = {
    "Index Name": "index",
    "Index Date": "date",
    "Open Index Value": "open",
    "High Index Value": "high",
    "Low Index Value": "low",
    "Closing Index Value": "close",
    "Volume": "volume",
    "P/E": "pe",
    "P/B": "pb",
    "Div Yield": "div_yield",
}
_MEMBER_COLUMNS: Final = {"Symbol": "symbol", "Series": "series", "ISIN Code": "isin"}
_LEAST_SHARE: Final = 0.8  # of the members an index should have


@dataclass(frozen=True)
class MemberList:
    """An index whose members the exchange lists."""

    name: str
    file: str
    members: int  # how many it should have

    @property
    def url(self) -> str:
        """The address of its list."""
        return f"https://{NSE_HOST}/content/indices/ind_{self.file}.csv"


MEMBER_LISTS: Final = (
    MemberList("Nifty 500", "nifty500list", 500),
    MemberList("Nifty Midcap 150", "niftymidcap150list", 150),
    MemberList("Nifty Smallcap 50", "niftysmallcap50list", 50),
    MemberList("Nifty Smallcap 100", "niftysmallcap100list", 100),
    MemberList("Nifty Smallcap 250", "niftysmallcap250list", 250),
    MemberList("Nifty MidSmallcap 400", "niftymidsmallcap400list", 400),
    MemberList("Nifty Microcap 250", "niftymicrocap250_list", 250),
    MemberList("Nifty Total Market", "niftytotalmarket_list", 750),
)


def levels_url(date: dt.date) -> str:
    """The address of the index levels of a day."""
    return f"https://{NSE_HOST}/content/indices/ind_close_all_{date:%d%m%Y}.csv"


def parse_levels(body: bytes, date: dt.date) -> pl.DataFrame:
    """The index levels of a day (schema INDICES); "-" is no value.

    An index without a closing value is left out. Raises LayoutError, also when the file is of
    another day.
    """
    name = f"the file of index levels of {date}"
    frame = columns(read_csv(body, name), _LEVEL_COLUMNS, name)
    refuse_other_day(frame["date"].unique().to_list(), f"{date:%d-%m-%Y}", name)
    figures = list(_LEVEL_COLUMNS.values())[2:]
    unread = [c for c in figures if not frame.filter(_is_unread(c)).is_empty()]
    if unread:
        raise LayoutError(f"{name}: cells of {', '.join(unread)} are no numbers.")
    levels = frame.with_columns(
        pl.col("index").map_elements(clean, return_dtype=pl.String),
        pl.lit(date).alias("date"),
        *(number(column) for column in figures),
        pl.lit(SOURCE).alias("source"),
    ).filter(pl.col("close") > 0, pl.col("index") != "")
    if levels.is_empty() or levels["index"].is_duplicated().any():
        raise LayoutError(f"{name} hold no index, or one of them twice.")
    return conform("indices", levels)


def metal_levels(prices: Iterable[pl.DataFrame]) -> list[pl.DataFrame]:
    """The prices of the metal funds in daily price files, as index levels (schema INDICES)."""
    return [
        conform(
            "indices",
            day.filter(pl.col("symbol").is_in(list(METAL_FUNDS))).with_columns(
                pl.col("symbol").replace_strict(METAL_FUNDS, default=None).alias("index"),
                pl.lit(SOURCE).alias("source"),
            ),
        )
        for day in prices
    ]


def merged_levels(previous: pl.DataFrame, new: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The previous levels and the new ones; of an index and day given twice the new one stays."""
    frames = [conform("indices", previous), *new]
    return (
        pl.concat(frames)
        .unique(["index", "date"], keep="last", maintain_order=True)
        .sort("index", "date")
    )


def parse_members(body: bytes, listed: MemberList) -> list[str]:
    """The ISINs of an index's members. Raises LayoutError.

    Placeholders that a demerger leaves in the list for a while are left out.
    """
    name = f"the members of {listed.name}"
    frame = columns(read_csv(body, name), _MEMBER_COLUMNS, name).filter(
        ~pl.col("symbol").str.to_uppercase().str.starts_with("DUMMY")
    )
    wrong = frame.filter(~pl.col("isin").str.contains(f"^{ISIN_PATTERN}$"))
    if wrong.height:
        raise LayoutError(f"{name}: {wrong.row(0)} is no share; its ISIN is malformed.")
    if frame["isin"].is_duplicated().any():
        raise LayoutError(f"{name}: a share is listed twice.")
    if not _LEAST_SHARE <= frame.height / listed.members <= 2 - _LEAST_SHARE:
        raise LayoutError(f"{name} are {frame.height:,} instead of about {listed.members:,}.")
    return frame["isin"].to_list()


def with_members(companies: pl.DataFrame, found: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The companies with the index memberships the exchange lists, names in order.

    found: ISINs by index, of the lists that could be had. Of other indices it stays as it is.
    """
    listed = pl.DataFrame(
        [(isin, name) for name, isins in found.items() for isin in isins],
        schema=_MEMBERSHIP,
        orient="row",
    )
    covered = [name.casefold() for name in found]
    others = _memberships(companies).filter(~pl.col("index").str.to_lowercase().is_in(covered))
    lists = (
        pl.concat([others, listed])
        .unique()
        .group_by("isin")
        .agg(pl.col("index").sort().alias("indices"))
    )
    return conform(
        "companies",
        companies.drop("indices").join(lists, on="isin", how="left", maintain_order="left"),
    )


_MEMBERSHIP: Final = {"isin": pl.String, "index": pl.String}


def _memberships(companies: pl.DataFrame) -> pl.DataFrame:
    """A row for each company and index."""
    return (
        companies.select("isin", pl.col("indices").cast(pl.List(pl.String)).alias("index"))
        .explode("index")
        .drop_nulls()
    )


def _is_unread(column: str) -> pl.Expr:
    """Whether a cell is filled and still no number."""
    return ~pl.col(column).is_in(["", "-"]) & number(column).is_null()
