"""The sources beside the exchange's daily files: what each adds to the tables, each on its own.

One that fails leaves the tables as they were and the others untouched; its tally says why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Final

import polars as pl

from scrapers import bse, bse_filings, bse_market, delivery, filed, niftyindices, nse_bundles
from scrapers.bse_filings import Filings
from scrapers.context import Context
from scrapers.merge import merged_prices
from scrapers.nse import SOURCE as NSE
from scrapers.plan import Plan

#: All of them are asked unless the user leaves one out.
SOURCES: Final = (
    delivery.SOURCE, nse_bundles.SOURCE, bse.SOURCE, filed.SOURCE, niftyindices.SOURCE,
)  # fmt: skip
#: Queues whose stored bodies go into a market that has to be built anew.
QUEUES: Final = (
    delivery.FILE.queue,
    nse_bundles.MEETINGS.queue,
    bse_market.PRICES.queue,
    bse_filings.QUEUE,
    niftyindices.QUEUE,
)

Tables = dict[str, pl.DataFrame]


class Extras:
    """What they gave in one refresh, and the jobs to mark once it is published."""

    def __init__(self, context: Context, sources: Collection[str]) -> None:
        self._context = context
        self._sources = sources
        self._filings = Filings()
        self._published: list[tuple[str, int, Collection[str]]] = []

    def after_the_exchange(
        self, tables: Tables, sessions: int, follow: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> None:
        """Delivery, board meetings, and the other exchange's companies and prices.

        follow: gives every table the ISINs companies have today. Changes `tables`.
        """
        days = _days(tables, sessions)
        if delivery.SOURCE in self._sources:
            self._take_delivery(tables, days)
        if nse_bundles.SOURCE in self._sources:
            self._take_meetings(tables, days)
        if bse.SOURCE in self._sources:
            tables["companies"] = follow(
                bse_market.companies_of_both(self._context, tables["companies"])
            )
            tables["events"] = bse_market.with_meetings(
                self._context, tables["events"], tables["companies"]
            )
            self._take_prices(tables, days)

    def after_the_pages(self, tables: Tables, plan: Plan, limit: int | None) -> None:
        """Index histories, and results filings of the companies the plan asks about.

        They come last, for three hosts that close their doors end a run. limit: most documents.
        Changes `tables`.
        """
        if niftyindices.SOURCE in self._sources:
            self._take_histories(tables)
        if filed.SOURCE in self._sources:
            most = bse_filings.DOCUMENTS_A_RUN
            bse_filings.gather_filings(
                self._context,
                tables["companies"],
                tables["actions"],
                plan,
                self._filings,
                most=most if limit is None else min(limit, most),
            )

    @property
    def facts(self) -> list[pl.DataFrame]:
        """The facts of each filing, as stated."""
        return self._filings.facts

    def add_filings(self, tables: Tables, facts: pl.DataFrame) -> None:
        """Put what the filings gave into the tables, beside what the pages gave. Changes them.

        facts: those of the filings that may be published.
        """
        tables["events"] = bse_filings.with_events(tables["events"], self._filings)
        tables["facts"] = filed.with_filings(tables["facts"], facts)
        version = bse_filings.PARSER_VERSION
        self._published.append((bse_filings.QUEUE, version, self._filings.jobs))

    def mark_published(self) -> None:
        """A generation that holds all of it has been published."""
        for queue, version, keys in self._published:
            self._context.jobs(queue).published(keys, version)

    def _take_delivery(self, tables: Tables, days: list[dt.date]) -> None:
        found: dict[dt.date, pl.DataFrame] = {}
        try:
            delivery.gather_delivery(self._context, days, found)
        finally:
            tables["prices"] = delivery.with_delivery(
                self._context, tables["prices"], found, tables["companies"]
            )
            file = delivery.FILE
            self._published.append((file.queue, file.version, {str(day) for day in found}))

    def _take_meetings(self, tables: Tables, days: list[dt.date]) -> None:
        found: dict[dt.date, tuple[nse_bundles.Meeting, ...]] = {}
        try:
            nse_bundles.gather_meetings(self._context, days, found)
        finally:
            if found:
                tables["events"] = nse_bundles.with_meetings(
                    self._context, tables["events"], found, tables["companies"]
                )
            file = nse_bundles.MEETINGS
            self._published.append((file.queue, file.version, {str(day) for day in found}))

    def _take_prices(self, tables: Tables, days: list[dt.date]) -> None:
        found: list[pl.DataFrame] = []
        try:
            bse_market.gather_prices(self._context, tables["companies"], days, found)
        finally:
            companies = tables["companies"]
            new = [bse_market.of_bse_companies(frame, companies) for frame in found]
            if new:
                # What is known of a share and day stays: NSE's price counts before BSE's.
                tables["prices"] = merged_prices(pl.concat(new), [tables["prices"]])
            file = bse_market.PRICES
            read = {str(frame["date"][0]) for frame in found}
            self._published.append((file.queue, file.version, read))

    def _take_histories(self, tables: Tables) -> None:
        found: list[pl.DataFrame] = []
        done: list[str] = []
        try:
            niftyindices.gather_histories(self._context, tables["indices"], found, done)
        finally:
            if found:
                tables["indices"] = niftyindices.with_histories(tables["indices"], found)
            self._published.append((niftyindices.QUEUE, niftyindices.PARSER_VERSION, done))


def _days(tables: Tables, sessions: int) -> list[dt.date]:
    """The last so many sessions, by the exchange whose prices are held."""
    days = tables["prices"].filter(pl.col("source") == NSE)["date"].unique().sort()
    return list(days.tail(sessions))
