"""A refresh through a fault in every fifth reply ends with the market of an undisturbed one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scrapers.hosts import POLICIES, SCREENER_HOST, HostPolicy
from scrapers.refresh import refresh
from scrapers.report import Summary
from screener.errors import SourceError
from screener.fields import catalogue
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.clock import FakeClock
from tests.replay.faults import MIX, Sometimes
from tests.replay.manners import check_manners
from tests.replay.server import RecordedSite, ReplayServer, Site, serving
from tests.replay.test_recorded_refresh import paths_in
from tests.scrapers.made_files import amfi_book, made_isin
from tests.scrapers.made_market import AMFI_PATH, EVENING, TODAY, MadeMarket
from tests.scrapers.made_pages import tables

SHARE = 0.2
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
            if pages and not pages.left and (settled is None or self.is_settled(settled)):
                return self
            assert self.nights < most, (settled or set()) - self.jobs()

    def is_settled(self, settled: State) -> bool:
        return self.jobs() == settled and self.market.companies["size_rank"].count() > 0

    def jobs(self) -> State:
        """Every job and how it stands."""
        with closing(sqlite3.connect(self.paths.state)) as db:
            return set(db.execute("SELECT source, key, state FROM job"))

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
            seen = pl.col("known_basis") == "seen"
            known = pl.when(~seen).then("known_at").alias("known_at")
            shown = pl.when(pl.col("kind") != "snapshot").then("period_end").alias("period_end")
            frame = frame.with_columns(known, shown).drop("seen_at").unique()
        if name == "members":
            frame = frame.drop("since", "until")
        keys = [c for c, kind in frame.schema.items() if not isinstance(kind, pl.List)]
        found[name] = frame.sort(keys, nulls_last=True)
    return found


def disturbed(site: Site, seed: int) -> tuple[FakeClock, Sometimes]:
    clock = FakeClock(EVENING)
    return clock, Sometimes(site, clock, seed=seed, share=SHARE, mix=MIX)


@pytest.fixture
def _no_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fields follow from the tables; computing them every night is left out."""
    monkeypatch.setattr(catalogue, "compute", lambda panel: panel.select("isin"))


@pytest.mark.usefixtures("_no_fields")
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
@pytest.mark.usefixtures("_no_fields")
def test_all_recorded_companies_through_faults(recorded: Path, tmp_path: Path):
    site = RecordedSite(recorded)
    how = {"sessions": 10}
    with serving(site, clock=FakeClock(EVENING)) as server:
        calm = Nights(tmp_path / "calm", server, POLICIES, **how).until(None, 20)
        check_manners(server, POLICIES)
    assert calm.market.table("facts").collect()["isin"].n_unique() > 2300
    clock, faults = disturbed(site, 7)
    print(f"undisturbed: {calm.nights} nights")
    with serving(site, faults, clock=clock) as server:
        rough = Nights(tmp_path / "rough", server, POLICIES, **how).until(calm.jobs(), 90)
        check_manners(server, POLICIES)
        asked = len(server.log)
    print(f"{rough.nights} nights, {asked} requests, faults {dict(faults.done)}")
    assert sum(faults.done.values()) > 0.1 * asked
    compare(rough.content(), calm.content())


def compare(found: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> None:
    assert found.keys() == right.keys()
    for name, frame in right.items():
        assert found[name].height == frame.height, name
        difference = pl.concat([found[name].unique(), frame.unique()]).filter(
            pl.struct(pl.all()).is_duplicated().not_()
        )
        assert difference.is_empty(), (name, difference.head(4).rows())
