"""Gather the market from its sources and publish it as a new generation.

Lists first, then prices, then company pages; what a run could not reach it leaves for the next.
Whatever happens on the way, the market that was readable before stays readable.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from scrapers import amfi, filed, nse, nse_daily, nse_indices
from scrapers import sessions as daily
from scrapers.clock import Clock, SystemClock
from scrapers.companies import listed_companies, with_pages, with_sizes, with_sme_list
from scrapers.consent import accept_terms, require_consent
from scrapers.context import Context
from scrapers.coverage import coverage, market_date, shortfalls, source_notes
from scrapers.dated import published_days
from scrapers.estimates.gather import Estimated, gather_estimates
from scrapers.extras import QUEUES as EXTRA_QUEUES
from scrapers.extras import SOURCES as EXTRA_SOURCES
from scrapers.extras import Extras
from scrapers.hosts import NSE_HOST, POLICIES, HostPolicy
from scrapers.identity import one_company, replace_isins
from scrapers.merge import joined, merged_facts, merged_prices
from scrapers.nse_actions import Bundle
from scrapers.pages import Gathered, gather_pages
from scrapers.plan import Plan, plan_of
from scrapers.plausible import judged
from scrapers.renames import with_symbol_changes
from scrapers.report import Event, Listener, Summary, Tally, What, told_of_figures
from scrapers.schedules import PARSER_VERSION as SCHEDULE_VERSION
from scrapers.schedules import QUEUE as SCHEDULES
from scrapers.schedules import Scheduled, gather_schedules
from scrapers.screener_in import PARSER_VERSION
from scrapers.screener_in import SOURCE as SCREENER
from scrapers.session import Polite, PoliteSession, Stopped
from scrapers.state import exclusive, open_state, sqlite_errors
from scrapers.transport import HostMap, RequestsTransport, Transport
from screener.errors import DamagedMarket, NoMarket, UnknownName
from screener.market.lists import merged_members, merged_sizes
from screener.market.schema import TABLES, empty
from screener.market.store import Market, publish
from screener.paths import Paths
from screener.shortlists import Shortlists

SOURCES: Final = (nse.SOURCE, *EXTRA_SOURCES, amfi.SOURCE, SCREENER)
DEFAULT_SESSIONS: Final = 260
_DAYS_A_SESSION: Final = 7 / 5

__all__ = ["DEFAULT_SESSIONS", "SOURCES", "Event", "Summary", "Tally", "accept_terms", "refresh"]


def refresh(
    paths: Paths,
    *,
    hosts: Mapping[str, str] | None = None,
    only: Sequence[str] | None = None,
    limit: int | None = None,
    sessions: int = DEFAULT_SESSIONS,
    date: dt.date | None = None,
    clock: Clock | None = None,
    on_event: Listener | None = None,
    accept_terms: bool = False,
    amfi_file: Path | None = None,
    sources: Collection[str] = SOURCES,
    policies: Mapping[str, HostPolicy] = POLICIES,
    transport: Transport | None = None,
    stop: Callable[[], bool] | None = None,
    schedules: bool = False,
    publish_anyway: bool = False,
) -> Summary:
    """Gather what is due and publish it; run again, it goes on where it stopped.

    hosts: stand-ins, host → base address. only: names of companies, shortlists or indices whose
    pages to fetch now, due or not. limit: most companies to fetch pages of. sessions: how many of
    the last trading sessions to hold. date: the newest day to ask prices for. amfi_file: the user's
    own copy of the AMFI list. stop: asked often; once true, what was gathered is published and the
    run ends. schedules: also fetch the parts of borrowings, other assets and expenses: three
    requests more a company. publish_anyway: publish also what holds much less than the market there
    is, see `coverage`.

    Raises RefusedError (terms not accepted, another refresh running), StorageError, and SourceError
    where not even a first list of companies could be had. Everything else is in the summary.
    """
    clock = clock or SystemClock()
    with (
        exclusive(paths.state_dir / "refresh.lock", "Another refresh is running."),
        closing(open_state(paths.state)) as db,
        sqlite_errors(paths.state),
    ):
        if SCREENER in sources:
            require_consent(db, clock, accept_terms)
        with _transport(transport, hosts, clock) as out:
            context = _context(
                paths, db, clock, out, policies, on_event, stop, stand_ins=hosts is not None
            )
            return _Run(context, set(sources), publish_anyway=publish_anyway).go(
                only=only,
                limit=limit,
                sessions=sessions,
                date=date,
                amfi_file=amfi_file,
                schedules=schedules,
            )


class _Run:
    """One refresh: the tables as they grow, and the jobs they hold."""

    def __init__(self, context: Context, sources: set[str], *, publish_anyway: bool) -> None:
        self.context = context
        self.publish_anyway = publish_anyway
        self.sources = sources
        self.tables = dict(context.previous)
        self.gathered = Gathered()
        self.scheduled = Scheduled([], [])
        self.estimated = Estimated()
        self.extras = Extras(context, sources)
        self.members: dict[str, list[str]] = {}
        self.size_lists: list[pl.DataFrame] = []
        self.dated: dict[tuple[str, int], set[str]] = {}  # queue and parser version → days read
        self.interrupted = False

    def go(
        self,
        *,
        only: Sequence[str] | None,
        limit: int | None,
        sessions: int,
        date: dt.date | None,
        amfi_file: Path | None,
        schedules: bool,
    ) -> Summary:
        """Gather, then publish, also when interrupted on the way."""
        try:
            if nse.SOURCE in self.sources:
                self._from_the_exchange(date or daily.newest_day(self.context.clock), sessions)
            self.extras.after_the_exchange(self.tables, sessions, self._follow_new_isins)
            if amfi.SOURCE in self.sources:
                self.tables["companies"] = with_sizes(
                    self.context, self.tables["companies"], amfi_file, self.size_lists
                )
            plan = self._plan(only)
            if SCREENER in self.sources:
                companies = self.tables["companies"]
                gather_pages(
                    self.context, companies, self.tables["prices"], self.gathered, plan, limit=limit
                )
                if schedules:
                    gather_schedules(self.context, companies, self.scheduled, plan, limit=limit)
            self.extras.after_the_pages(self.tables, plan, limit)
            gather_estimates(self.context, self.tables["companies"], self.estimated)
        except (Stopped, KeyboardInterrupt):
            self.interrupted = True
        except UnknownName:
            self._publish()
            raise
        return self._publish()

    def _from_the_exchange(self, newest: dt.date, sessions: int) -> None:
        """Lists and prices first; what fails of the rest leaves them as they are."""
        context = self.context
        self.tables["companies"] = self._follow_new_isins(listed_companies(context))
        read: list[pl.DataFrame] = []
        self._expect_files(sessions)
        try:
            daily.gather_sessions(context, newest, sessions, read)
            known = self.tables["companies"].filter(pl.col("is_sme"), pl.col("status") == "active")
            listed = nse_daily.sme_companies(context, known.height)
            if listed is not None:
                self.tables["companies"] = self._follow_new_isins(
                    with_sme_list(self.tables["companies"], listed)
                )
        finally:
            self._take_prices(read)
        prices = daily.of_the_exchange(self.tables["prices"])
        days = prices["date"].unique().sort().tail(sessions).to_list()
        tally = context.tally(nse.SOURCE, NSE_HOST)
        tally.total = tally.done
        context.tell(tally, f"{len(days):,} sessions of prices held")
        for queue, held in (
            (nse_daily.ACTIONS.source, published_days(context, nse_daily.ACTIONS)),
            (nse_daily.LEVELS.source, published_days(context, nse_daily.LEVELS)),
        ):
            context.tally(queue, NSE_HOST).expect(len(set(days) - held))
        self._take_actions(days, {frame["date"][0]: frame for frame in read})
        self._take_levels(days)
        nse_daily.gather_members(context, self.members)
        self.tables["events"] = with_symbol_changes(
            context, self.tables["events"], self.tables["companies"]
        )

    def _expect_files(self, sessions: int) -> None:
        """About how many dated files will be asked for; days without trading among them."""
        since = self.context.today - dt.timedelta(days=sessions * _DAYS_A_SESSION)
        prices = daily.of_the_exchange(self.tables["prices"])
        held = prices.filter(pl.col("date") > since)["date"].n_unique()
        missing = max(sessions - held, 0)
        self.context.tally(nse.SOURCE, NSE_HOST).expect(round(missing * _DAYS_A_SESSION))

    def _take_prices(self, read: list[pl.DataFrame]) -> None:
        companies = self.tables["companies"]
        new = [daily.of_companies(frame, companies) for frame in read]
        self.tables["prices"] = merged_prices(self.tables["prices"], new)
        self.tables["indices"] = nse_indices.merged_levels(
            self.tables["indices"], nse_indices.metal_levels(read)
        )
        if companies["is_sme"].any():
            # Without the list of SME shares the files have to be read again once it is there.
            days = {str(frame["date"][0]) for frame in new if frame.height}
            self.dated[daily.JOBS, nse.PARSER_VERSION] = days

    def _take_actions(
        self, days: Sequence[dt.date], prices_of: Mapping[dt.date, pl.DataFrame]
    ) -> None:
        found: list[Bundle] = []
        try:
            nse_daily.gather_bundles(self.context, days, found)
        finally:
            tables = self.tables
            tables["actions"] = nse_daily.with_bundles(
                self.context, tables["actions"], found, prices_of,
                tables["companies"], tables["prices"],
            )  # fmt: skip
            queue = nse_daily.ACTIONS.queue, nse_daily.ACTIONS.version
            self.dated[queue] = {str(bundle.day) for bundle in found}

    def _take_levels(self, days: Sequence[dt.date]) -> None:
        found: list[pl.DataFrame] = []
        try:
            nse_daily.gather_levels(self.context, days, found)
        finally:
            self.tables["indices"] = nse_indices.merged_levels(self.tables["indices"], found)
            queue = nse_daily.LEVELS.queue, nse_daily.LEVELS.version
            self.dated[queue] = {str(frame["date"][0]) for frame in found}

    def _follow_new_isins(self, companies: pl.DataFrame) -> pl.DataFrame:
        """Give every table a company's ISIN of today, and drop its row under the earlier one."""
        active = companies.filter(pl.col("status") == "active")
        heirs = one_company(companies["isin"], active)
        for name, table in self.tables.items():
            if "isin" in table.columns and name != "companies":
                self.tables[name] = replace_isins(table, heirs)
        known = companies.filter(pl.col("isin").is_in(list(heirs)))
        inherited = replace_isins(known, heirs).drop(*_OF_THE_LIST).unique("isin", keep="last")
        return companies.filter(~pl.col("isin").is_in(list(heirs))).update(
            inherited, on="isin", how="left"
        )

    def _plan(self, only: Sequence[str] | None) -> Plan:
        """Which companies to ask about, with the index members this run has read."""
        tables = self.tables
        companies = nse_indices.with_members(
            tables["companies"], nse_daily.current_members(self.members, tables["companies"])
        )
        lists = Shortlists(self.context.paths.state).all()
        now = self.context.clock.now()
        return plan_of(companies, tables["facts"], tables["events"], lists, now, only)

    def _publish(self) -> Summary:
        """Publish the tables if anything is new, then mark the jobs they hold."""
        context, previous = self.context, self.context.previous
        tables = self.tables
        before = tables["companies"]
        members = nse_daily.current_members(self.members, before)
        tables["companies"] = nse_indices.with_members(
            with_pages(before, self.gathered.pages), members
        )
        tables["members"] = merged_members(tables["members"], members, context.today, nse.SOURCE)
        tables["sizes"] = merged_sizes(tables["sizes"], self.size_lists)
        read = joined((*self.gathered.facts, *self.scheduled.facts, *self.extras.facts))
        judgement = judged(read, tables["facts"], before)
        is_filed = pl.col("source") == filed.SOURCE
        tables["facts"] = merged_facts(tables["facts"], judgement.facts.filter(~is_filed))
        self.extras.add_filings(tables, judgement.facts.filter(is_filed))
        tables["estimates"] = self.estimated.merged(context, tables["estimates"])
        changed = any(not tables[name].equals(previous[name]) for name in TABLES)
        short = () if self.publish_anyway else tuple(shortfalls(tables, previous))
        market = _open(context.paths)
        if changed and tables["companies"].height and not short:
            context.tell(Tally("market", ""), "writing what was gathered", what=What.PUBLISH)
            market = publish(
                context.paths.real_market,
                tables,
                date=market_date(tables, context.today),
                sources=source_notes(tables),
                coverage=coverage(tables),
            )
        if not short:
            self._mark_published()
        unknown = {row for page in self.gathered.pages.values() for row in page.unknown_rows}
        return Summary(
            generation=market.generation if market else None,
            published=changed and not short,
            date=market.date if market else None,
            sources=context.tallies,
            coverage=coverage(tables),
            new_facts=tables["facts"].height - previous["facts"].height,
            unknown_rows=tuple(sorted(unknown)),
            interrupted=self.interrupted,
            held_back=short,
            drifts=tuple(dict.fromkeys(map(str, self.gathered.drifts))),
            age_days=(context.today - market.date).days if market else None,
            listed=tables["companies"].filter(pl.col("status") == "active").height,
            first=previous["companies"].is_empty(),
            **told_of_figures(judgement, tables),
        )

    def _mark_published(self) -> None:
        """The jobs whose bodies a published generation holds need no second reading."""
        context = self.context
        self.extras.mark_published()
        context.jobs(SCREENER).published(self.gathered.jobs, PARSER_VERSION)
        context.jobs(SCHEDULES).published(self.scheduled.jobs, SCHEDULE_VERSION)
        self.estimated.published(context)
        for (queue, version), keys in self.dated.items():
            context.jobs(queue).published(keys, version)


_OF_THE_LIST: Final = (
    "symbol", "name", "series", "listed_on", "face_value", "is_sme", "status", "source"
)  # fmt: skip


@contextmanager
def _transport(
    given: Transport | None, hosts: Mapping[str, str] | None, clock: Clock
) -> Iterator[Transport]:
    """The way out: the one given, or the net, with the stand-ins in front of it."""
    if given is not None:
        yield given
        return
    with closing(RequestsTransport(clock)) as net:
        yield HostMap(net, hosts) if hosts is not None else net


def _context(
    paths: Paths,
    db: sqlite3.Connection,
    clock: Clock,
    out: Transport,
    policies: Mapping[str, HostPolicy],
    listener: Listener | None,
    stop: Callable[[], bool] | None,
    *,
    stand_ins: bool,
) -> Context:
    def tell_wait(host: str, seconds: float, why: str) -> None:
        latest = reversed(context.tallies.values())
        tally = next((t for t in latest if t.host == host), Tally(host, host))
        context.tell(tally, why or "waiting its turn", seconds)

    session = PoliteSession(
        Polite(
            db=db,
            state_path=paths.state,
            cache=paths.cache / "http",
            transport=out,
            clock=clock,
            policies=policies,
            on_wait=tell_wait,
            stop=stop,
        )
    )
    market = _open(paths)
    previous = (
        {name: market.table(name).collect() for name in TABLES}
        if market
        else {name: empty(name) for name in TABLES}
    )
    context = Context(paths, db, session, clock, previous, listener, stand_ins)
    if market is None:
        dated = (daily.JOBS, nse_daily.ACTIONS.queue, nse_daily.LEVELS.queue)
        for source in (SCREENER, SCHEDULES, *dated, *EXTRA_QUEUES):
            context.jobs(source).forget_published()
    return context


def _open(paths: Paths) -> Market | None:
    """The market as it is; None where there is none, or it is damaged and has to be built anew."""
    try:
        return Market.open(paths.real_market)
    except (NoMarket, DamagedMarket):
        return None
