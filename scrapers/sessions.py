"""Daily prices: the newest trading session, and the missing ones before it.

Every dated file is fetched once. A day without a file is no trading day, weekends included: the
exchange does trade on some of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import polars as pl

from scrapers import nse
from scrapers.circuit import HostClosed
from scrapers.clock import Clock, in_india
from scrapers.context import Context
from scrapers.dated import DatedFile, fetch_day, of_a_usual_day, shares_a_day
from scrapers.hosts import NSE_HOST
from scrapers.identity import one_company, replace_isins
from scrapers.session import Kind

JOBS: Final = "nse.prices"
PRICES: Final = DatedFile(
    JOBS,
    nse.SOURCE,
    "prices",
    nse.PARSER_VERSION,
    Kind.ZIP,
    nse.bhavcopy_url,
    nse.parse_bhavcopy,
)
PUBLISHED_AT: Final = dt.time(19, 30)  # IST; the file of a day is out by then


def newest_day(clock: Clock) -> dt.date:
    """The last day whose prices can be out."""
    now = in_india(clock.now())
    return now.date() - dt.timedelta(days=now.time() < PUBLISHED_AT)


def gather_sessions(
    context: Context,
    newest: dt.date,
    sessions: int,
    found: list[pl.DataFrame],
) -> None:
    """Prices of the sessions that are missing among the last so many, of all shares and funds.

    Adds to `found` as it goes, so that what was got before an interruption can be published.
    """
    jobs, tally = context.jobs(JOBS), context.tally(nse.SOURCE, NSE_HOST)
    held = of_the_exchange(context.previous["prices"])
    have = set(held["date"].unique())
    for key in jobs.unpublished(nse.PARSER_VERSION):
        have.discard(dt.date.fromisoformat(key))
    counted, file = 0, of_a_usual_day(PRICES, shares_a_day(held), len)
    try:
        for day in _days_back(newest, sessions):
            if counted >= sessions:
                break
            if day in have:
                counted += 1
                continue
            prices = fetch_day(context, file, day)
            if prices is not None:
                counted += 1
                found.append(prices)
                context.tell(tally, f"prices of {day:%d %b %Y}, {found[-1].height:,} shares")
    except HostClosed as err:
        context.leave(tally, err.message)


def _days_back(newest: dt.date, sessions: int) -> Iterator[dt.date]:
    """Days to look at, newest first; enough of them for the holidays in between."""
    for back in range(int(sessions * 1.6) + 12):
        day = newest - dt.timedelta(days=back)
        if day >= nse.FIRST_DAY:
            yield day


def of_the_exchange(prices: pl.DataFrame) -> pl.DataFrame:
    """Those NSE gave: another exchange's or a file of the user's own make no session held."""
    return prices.filter(pl.col("source") == nse.SOURCE)


def of_companies(prices: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The prices (columns of PRICES) of known companies.

    An earlier ISIN of a company counts as the one it has now.
    """
    return (
        replace_isins(prices, one_company(prices["isin"], companies))
        .unique("isin", keep="first", maintain_order=True)
        .filter(pl.col("isin").is_in(companies["isin"].implode()))
        .with_columns(pl.lit(nse.SOURCE).alias("source"))
    )
