"""What BSE adds to the market: companies listed there alone, their prices, and meetings to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Final

import polars as pl

from scrapers import bse
from scrapers.bse_companies import looks_cut, with_bse
from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.dated import (
    DatedFile,
    fetch_list,
    fetch_missing,
    of_a_usual_day,
    shares_a_day,
)
from scrapers.hosts import BSE_API_HOST, BSE_HOST
from scrapers.identity import one_company, replace_isins
from scrapers.jobs import DAY
from scrapers.nse import FIRST_UDIFF_DAY
from scrapers.session import Kind
from screener.errors import LayoutError
from screener.market.schema import conform

PRICES: Final = DatedFile(
    "bse.prices",
    "bse prices",
    "BSE prices",
    bse.PARSER_VERSION,
    Kind.ANY,
    bse.prices_url,
    bse.parse_prices,
    BSE_HOST,
)
CALENDAR: Final = "bse calendar"
MEETING: Final = "Board meeting for financial results"
_LIST_LIFE: Final = 7 * DAY
_CALENDAR_LIFE: Final = 20 * 3600.0


def companies_of_both(context: Context, companies: pl.DataFrame) -> pl.DataFrame:
    """The companies with those of BSE, see `with_bse`; as before where its list cannot be had."""
    tally = context.tally(bse.SOURCE, BSE_API_HOST)

    def parse_active(body: bytes) -> pl.DataFrame:
        listed = bse.parse_list(body, "Active")
        if looks_cut(listed, companies):
            raise LayoutError(
                f"BSE lists {listed.height:,} shares, far fewer than before.",
                "It looks cut off; the earlier list stays in use.",
            )
        return listed

    try:
        active = _list(context, "Active", parse_active)
        if active is None:
            return companies
        suspended = _list(context, "Suspended", lambda body: bse.parse_list(body, "Suspended"))
    except HostClosed as err:
        context.leave(tally, err.message)
        return companies
    both = with_bse(companies, active, suspended)
    alone = both.filter(pl.col("source") == bse.SOURCE, pl.col("status") == "active").height
    context.tell(tally, f"{active.height:,} shares listed at BSE, {alone:,} of them there alone")
    return both


def gather_prices(
    context: Context, companies: pl.DataFrame, days: Collection[dt.date], found: list[pl.DataFrame]
) -> None:
    """BSE's prices of those of the days that the market does not hold yet. Adds to `found`.

    Nothing is asked while no company is listed at BSE alone.
    """
    if only_at_bse(companies).height:
        wanted = [day for day in days if day >= FIRST_UDIFF_DAY]
        held = context.previous["prices"].filter(pl.col("source") == bse.SOURCE)
        file = of_a_usual_day(
            PRICES, shares_a_day(held), lambda prices: of_bse_companies(prices, companies).height
        )
        found.extend(prices for _, prices in fetch_missing(context, file, wanted))


def of_bse_companies(prices: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The prices (schema PRICES) of companies listed at BSE alone.

    Where both exchanges trade a share the price of NSE counts, so no other company's is taken.
    """
    alone = only_at_bse(companies)
    shares = replace_isins(prices, one_company(prices["isin"], alone))
    return conform(
        "prices",
        shares.filter(pl.col("isin").is_in(alone["isin"].implode()))
        .unique("isin", keep="first", maintain_order=True)
        .with_columns(pl.lit(bse.SOURCE).alias("source")),
    )


def with_meetings(context: Context, events: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The events with the meetings at which results are due (schema EVENTS).

    A meeting to come that the calendar names no more was put off, and goes.
    """
    tally = context.tally(CALENDAR, BSE_API_HOST)
    try:
        meetings = fetch_list(
            context, CALENDAR, bse.CALENDAR_URL, _CALENDAR_LIFE, bse.parse_calendar,
            Kind.JSON, "BSE result calendar",
        )  # fmt: skip
    except HostClosed as err:
        context.leave(tally, err.message)
        return events
    if meetings is None:
        return events
    isins = dict(
        companies.filter(pl.col("bse_code").is_not_null())
        .sort(pl.col("status") == "active")
        .select("bse_code", "isin")
        .iter_rows()
    )
    rows = sorted({(isins[code], day) for code, day in meetings if code in isins})
    context.tell(tally, f"{len(rows):,} meetings on results")
    new = pl.DataFrame(
        rows, schema={"isin": pl.String, "date": pl.Date}, orient="row"
    ).with_columns(
        pl.lit("board_meeting").alias("kind"),
        pl.lit(MEETING).alias("text"),
        pl.lit(bse.SOURCE).alias("source"),
    )
    ahead = (
        (pl.col("source") == bse.SOURCE)
        & (pl.col("kind") == "board_meeting")
        & (pl.col("date") > context.today)
    )
    return merged_events(events.filter(~ahead), new)


def merged_events(previous: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """The previous events and the new ones, each once, by company and day."""
    frames = [conform("events", previous), conform("events", new)]
    return (
        pl.concat(frames)
        .unique(maintain_order=True)
        .sort("isin", "date", "kind", "broadcast_at", "text", "source", maintain_order=True)
    )


def only_at_bse(companies: pl.DataFrame) -> pl.DataFrame:
    """The companies that BSE alone lists."""
    return companies.filter(pl.col("source") == bse.SOURCE)


def _list(
    context: Context, status: str, parse: Callable[[bytes], pl.DataFrame]
) -> pl.DataFrame | None:
    return fetch_list(
        context, bse.SOURCE, bse.list_url(status), _LIST_LIFE, parse,
        Kind.JSON, f"BSE list of {status.lower()} shares",
    )  # fmt: skip
