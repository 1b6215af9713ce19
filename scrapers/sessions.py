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
from scrapers.dated import DatedFile, fetch_day
from scrapers.hosts import NSE_HOST
from scrapers.identity import one_company, replace_isins
from scrapers.session import Kind
from screener.errors import LayoutError

JOBS: Final = "nse.prices"
PUBLISHED_AT: Final = dt.time(19, 30)  # IST; the file of a day is out by then
_LEAST_SHARE: Final = 0.5  # of the shares of a usual session


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
    held = context.previous["prices"].group_by("date").len()
    have = set(held["date"].to_list())
    usual = float(held["len"].median() or 0)  # type: ignore[arg-type]
    for key in jobs.unpublished(nse.PARSER_VERSION):
        have.discard(dt.date.fromisoformat(key))
    counted, file = 0, _price_file(usual)
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


def _price_file(usual: float) -> DatedFile[pl.DataFrame]:
    """The price file, refused when it holds far fewer shares than a usual session."""

    def parse(body: bytes, day: dt.date) -> pl.DataFrame:
        prices = nse.parse_bhavcopy(body, day)
        if prices.height < _LEAST_SHARE * usual:
            raise LayoutError(f"The price file of {day} holds only {prices.height:,} shares.")
        return prices

    return DatedFile(
        JOBS, nse.SOURCE, "prices", nse.PARSER_VERSION, Kind.ZIP, nse.bhavcopy_url, parse
    )


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
