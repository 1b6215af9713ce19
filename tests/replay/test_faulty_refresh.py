"""A refresh through a fault in every fifth reply ends with the market of an undisturbed one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pytest

from scrapers.hosts import POLICIES, SCREENER_HOST, HostPolicy
from scrapers.refresh import refresh
from scrapers.report import Summary
from scrapers.screener_in import page_url
from screener.errors import SourceError
from screener.market.schema import LINES
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.clock import FakeClock
from tests.replay.faults import MIX, Sometimes
from tests.replay.manners import check_manners
from tests.replay.recordings import Record
from tests.replay.server import RecordedSite, ReplayServer, Site, serving
from tests.replay.test_recorded_refresh import bare, check_facts, check_refusals, listed, paths_in
from tests.scrapers.made_files import amfi_book, made_isin
from tests.scrapers.made_market import AMFI_PATH, EVENING, TODAY, MadeMarket, publish_quickly
from tests.scrapers.made_pages import tables
from tests.scrapers.recorded_cells import cells_of

SHARE = 0.2
JUST_OVER = TODAY - dt.timedelta(days=60)
RESULTS = {line for line, (_, _, statement) in LINES.items() if statement == "profit_loss"}
SOURCES = ("nse", "nse delivery", "amfi", "screener.in")
State = set[tuple[str, str, str]]


def made_site(count: int) -> MadeMarket:
    """So many companies, each with sales of its own, and six sessions."""
    site = MadeMarket()
    symbols = {f"CO{i:03d}": made_isin(100 + i) for i in range(count)}
    site.list(*symbols.items())
    years, rows = tables()["profit-loss"]
    for i, symbol in enumerate(symbols):
        own = {**rows, "Sales\xa0+": ("1,00,000", "1,20,000", str(200_000 + i))}
        site.page(symbol, tables(profit_loss=(years, own)))
    for back in range(6):
        day = TODAY - dt.timedelta(days=back)
        site.session(day, symbols)
        site.bundle(day, ("CO001", f"{TODAY + dt.timedelta(days=9)}", "DIVIDEND - RS 5 PER SHARE"))
        site.levels(day, f"Nifty 50,1,2,0.5,{100 + back},0,0,1,1,20,3,1")
    ranks = [(i, "x", isin, 1e4 / i) for i, isin in enumerate(symbols.values(), 1)]
    site.pages["portal.amfiindia.com", AMFI_PATH] = amfi_book(ranks)
    return site


class Nights:
    """Refreshes of one home, a night apart, until nothing is left to do."""

    def __init__(
        self, root: Path, server: ReplayServer, policies: Mapping[str, HostPolicy], **how: Any
    ) -> None:
        self.paths: Paths = paths_in(root)
        self.clock = server.clock or FakeClock(EVENING)
        self.server = server
        self.how = {"policies": policies, "date": TODAY, **how}
        self.summaries: list[Summary] = []
        self.nights = 0

    def night(self) -> None:
        """A refresh; without a first list of companies there is none yet."""
        self.nights += 1
        try:
            self.summaries.append(
                refresh(
                    self.paths,
                    hosts=self.server.hosts,
                    clock=self.clock,
                    accept_terms=True,
                    **self.how,
                )
            )
        except SourceError:
            assert not self.summaries
        self.clock.pass_time(days=1)

    def until(self, settled: State | None, most: int) -> Nights:
        """Go on until no page is left, or until every job stands as given."""
        while True:
            self.night()
            last = self.summaries[-1] if self.summaries else None
            pages = last.sources.get("screener.in") if last else None
            if pages and (self.is_settled(settled) if settled else not pages.left):
                return self
            assert self.nights < most, (settled or set()) - self.jobs()

    def is_settled(self, settled: State) -> bool:
        return self.jobs() == settled and self.market.companies["size_rank"].count() > 0

    def jobs(self) -> State:
        """Every job and how it stands; what was once done stays so, whatever a second try brings.

        Pages are read again after a month, when those that came late may still be missing.
        """
        stands = "iif(done_at > 0, 'done', state)"
        with closing(sqlite3.connect(self.paths.state)) as db:
            return set(db.execute(f"SELECT source, key, {stands} FROM job"))

    @property
    def market(self) -> Market:
        return Market.open(self.paths.real_market)

    def content(self) -> dict[str, pl.DataFrame]:
        return content(self.market)


def content(market: Market) -> dict[str, pl.DataFrame]:
    """Every table in one order, without the days that tell when something was read."""
    found = {}
    for name in market.manifest.files:
        if name in ("fields", "panel"):
            continue
        frame = market.companies if name == "companies" else market.table(name).collect()
        if name == "facts":
            # Of a period that was just over the rules or the reading may have come first.
            told = (pl.col("known_basis") != "seen") & (pl.col("period_end") < JUST_OVER)
            known = [pl.when(told).then(c).alias(c) for c in ("known_at", "known_basis")]
            shown = pl.when(pl.col("kind") != "snapshot").then("period_end").alias("period_end")
            frame = frame.with_columns(*known, shown).drop("seen_at").unique()
        if name == "members":
            frame = frame.drop("since", "until")
        keys = [c for c, kind in frame.schema.items() if not isinstance(kind, pl.List)]
        found[name] = frame.sort(keys, nulls_last=True)
    return found


def disturbed(site: Site, seed: int) -> tuple[FakeClock, Sometimes]:
    clock = FakeClock(EVENING)
    return clock, Sometimes(site, clock, seed=seed, share=SHARE, mix=MIX)


@pytest.fixture
def _publish_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    publish_quickly(monkeypatch)


@pytest.mark.usefixtures("_publish_quickly")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_fifth_of_bad_replies_changes_nothing_in_the_end(tmp_path: Path, seed: int):
    site = made_site(60)
    policies = {**POLICIES, SCREENER_HOST: replace(POLICIES[SCREENER_HOST], budget=40)}
    how = {"sessions": 6, "sources": SOURCES}
    with serving(site, clock=FakeClock(EVENING)) as server:
        calm = Nights(tmp_path / "calm", server, policies, **how).until(None, 9)
        check_manners(server, policies, robots=False)
    clock, faults = disturbed(site, seed)
    with serving(site, faults, clock=clock) as server:
        rough = Nights(tmp_path / "rough", server, policies, **how).until(calm.jobs(), 60)
        check_manners(server, policies, robots=False)
        asked = len(server.log)
    assert sum(faults.done.values()) > 0.1 * asked
    compare(rough.content(), calm.content())


@pytest.mark.recorded_full
@pytest.mark.usefixtures("_publish_quickly")
def test_all_recorded_companies_through_faults(recorded: Path, tmp_path: Path):
    """Every symbol of the recording is listed, also those that are no companies any more."""
    site = RecordedSite(recorded, everyone=True)
    how = {"sessions": 10}
    with serving(site, clock=FakeClock(EVENING)) as server:
        calm = Nights(tmp_path / "calm", server, POLICIES, **how).until(None, 20)
        check_manners(server, POLICIES)
        check_each_page_was_asked_for(server, site)
        asked = len(server.log)
    told = check_everyone(calm, site, recorded)
    print(f"undisturbed: {calm.nights} nights, {asked} requests, {told}")
    clock, faults = disturbed(site, 7)
    with serving(site, faults, clock=clock) as server:
        rough = Nights(tmp_path / "rough", server, POLICIES, **how).until(calm.jobs(), 90)
        check_manners(server, POLICIES)
        check_each_page_was_asked_for(server, site)
        asked = len(server.log)
    print(f"{rough.nights} nights, {asked} requests, faults {dict(faults.done)}")
    assert sum(faults.done.values()) > 0.15 * asked
    compare(rough.content(), calm.content())


def check_each_page_was_asked_for(server: ReplayServer, site: RecordedSite) -> None:
    paths = {urlsplit(page_url(symbol)).path for symbol in listed(site)}
    assert len(paths) == len(site.recordings.universe) == 3223
    assert paths <= set(server.paths(SCREENER_HOST))


def check_everyone(nights: Nights, site: RecordedSite, recorded: Path) -> str:
    """Each company is where its page says, and every recorded cell of those taken is a fact."""
    isins = listed(site)
    jobs = {key: state for source, key, state in nights.jobs() if source == "screener.in"}
    symbols: dict[str, set[str]] = {}
    for symbol, isin in isins.items():
        symbols.setdefault(jobs[isin], set()).add(symbol)
    assert symbols.keys() == {"done", "absent", "failed"}
    assert symbols["failed"] == check_refusals(site, nights.summaries, sorted(isins))
    records = {symbol: site.recordings.find(symbol) for symbol in isins}
    without = bare(site, list(isins))
    assert symbols["absent"] == without
    tallies = [summary.sources["screener.in"] for summary in nights.summaries]
    assert not [miss for tally in tallies for miss in tally.failed]
    cells = check_facts(nights.market, site, recorded, sorted(symbols["done"]))
    assert cells > 900_000
    shown = {symbol for symbol in symbols["done"] if shows_results(records[symbol])}
    asked = Counter(nights.server.paths(SCREENER_HOST))
    bare_asked = sum(asked[urlsplit(page_url(symbol)).path] for symbol in without)  # once a week
    assert sum(tally.bare for tally in tallies) == bare_asked + len(symbols["done"] - shown)
    counts = ", ".join(f"{len(found)} {state}" for state, found in sorted(symbols.items()))
    return f"{counts}, {len(shown)} with figures, {cells} cells"


def shows_results(record: Record | None) -> bool:
    """Whether its page prints a price and any figure of a year."""
    assert record
    years = any(kind == "annual" and line in RESULTS for kind, line, *_ in cells_of(record))
    return years and (record.price is not None or record.pe is not None)


def compare(found: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    assert found.keys() == right.keys()
    for name, frame in right.items():
        assert found[name].height == frame.height, name
        difference = pl.concat([found[name].unique(), frame.unique()]).filter(
            pl.struct(pl.all()).is_duplicated().not_()
        )
        assert difference.is_empty(), (name, difference.head(4).rows())
