"""The share of each day's volume that was delivered, from the exchange's full price file.

The file names shares by symbol, so the day's own price file tells whose they are. On a day without
trading the exchange answers with the session before; the file's own date shows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from scrapers.context import Context
from scrapers.csv_tables import columns, number, read_csv, refuse_other_day
from scrapers.dated import DatedFile, fetch_missing, of_a_usual_day, shares_a_day
from scrapers.hosts import NSE_HOST
from scrapers.nse import SERIES
from scrapers.nse import SOURCE as EXCHANGE
from scrapers.nse_daily import stored_prices
from scrapers.session import Kind
from scrapers.sessions import of_companies
from screener.errors import LayoutError
from screener.market.schema import conform

SOURCE: Final = "nse delivery"
#: Raise it when the files are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
#: How many of the last sessions are asked for; every later one adds to them.
SESSIONS: Final = 65

_COLUMNS: Final = {
    "SYMBOL": "symbol",
    "SERIES": "series",
    "DATE1": "date",
    "TTL_TRD_QNTY": "volume",
    "DELIV_PER": "delivery",
}


def delivery_url(date: dt.date) -> str:
    """The address of the full price file of a day."""
    return f"https://{NSE_HOST}/products/content/sec_bhavdata_full_{date:%d%m%Y}.csv"


def parse_delivery(body: bytes, date: dt.date) -> pl.DataFrame:
    """symbol and delivery (percent of the volume) of the shares that traded; "-" is no value.

    A share that traded in two series is given in the more liquid one. Raises LayoutError, also when
    the file is of another day.
    """
    name = f"the NSE delivery file of {date}"
    frame = columns(read_csv(body, name), _COLUMNS, name)
    days = {day.title() for day in frame["date"].to_list()}
    refuse_other_day(days, f"{date:%d-%b-%Y}", name)
    shares = frame.filter(pl.col("series").is_in(SERIES)).with_columns(
        number("volume"),
        number("delivery"),
        pl.col("series").replace_strict({s: i for i, s in enumerate(SERIES)}).alias("rank"),
        (~pl.col("delivery").is_in(["", "-"])).alias("filled"),
    )
    wrong = shares.filter(
        pl.col("filled") & ~pl.col("delivery").is_between(0, 100.5).fill_null(False)
    )
    if shares.is_empty() or wrong.height:
        raise LayoutError(f"{name} holds no shares, or a delivery that is no percentage.")
    return (
        shares.sort("symbol", "rank")
        .unique("symbol", keep="first", maintain_order=True)
        .select("symbol", pl.lit(date).alias("date"), pl.col("delivery").clip(upper_bound=100.0))
    )


FILE: Final = DatedFile(
    "nse.delivery", SOURCE, "delivery", PARSER_VERSION, Kind.CSV, delivery_url, parse_delivery
)


def gather_delivery(
    context: Context, days: Sequence[dt.date], found: dict[dt.date, pl.DataFrame]
) -> None:
    """The files of the last of the days that the market does not hold yet. Adds to `found`."""
    held = context.previous["prices"].filter(pl.col("delivery").is_not_null())
    file = of_a_usual_day(FILE, shares_a_day(held), len)
    found.update(fetch_missing(context, file, sorted(days)[-SESSIONS:]))


def with_delivery(
    context: Context,
    prices: pl.DataFrame,
    found: Mapping[dt.date, pl.DataFrame],
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """The prices (schema PRICES) with the delivery of those days."""
    if not found:
        return prices
    shares = pl.concat(
        [
            _isins_of(context, day, companies)
            .join(delivery, on="symbol", how="inner")
            .select("isin", pl.lit(day).alias("date"), pl.col("delivery").alias("_delivery"))
            for day, delivery in found.items()
        ]
    ).unique(["isin", "date"], keep="first", maintain_order=True)
    return conform(
        "prices",
        prices.join(shares, on=["isin", "date"], how="left", maintain_order="left").with_columns(
            pl.when(pl.col("source") == EXCHANGE)
            .then(pl.coalesce("_delivery", "delivery"))
            .otherwise("delivery")
            .alias("delivery")
        ),
    )


def _isins_of(context: Context, day: dt.date, companies: pl.DataFrame) -> pl.DataFrame:
    """symbol and isin of the companies on that day: by its price file, else by today's symbols."""
    then = stored_prices(context, day)
    if then is not None:
        return of_companies(then, companies).select("symbol", "isin")
    return companies.filter(pl.col("status") == "active").select("symbol", "isin")
