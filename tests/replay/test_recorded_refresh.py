"""A refresh of recorded companies through every host gives a market whose facts are theirs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from scrapers.hosts import POLICIES, SCREENER_HOST
from scrapers.nse import parse_equity_list
from scrapers.refresh import Summary, refresh
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.clock import FakeClock
from tests.replay.server import RecordedSite, serving
from tests.scrapers.made_market import publish_quickly
from tests.scrapers.recorded_cells import Cells, cells_of, cells_of_page, facts_as_cells

pytestmark = pytest.mark.recorded

EVENING = dt.datetime(2026, 6, 30, 15, 0, tzinfo=dt.UTC)
UNHURRIED = {
    **POLICIES, SCREENER_HOST: replace(POLICIES[SCREENER_HOST], budget=None),
}  # fmt: skip


def listed(site: RecordedSite) -> dict[str, str]:
    """ISIN by symbol of the recorded companies on the list that is served."""
    rows = parse_equity_list(site.equity_list).select("symbol", "isin").iter_rows()
    return {symbol: isin for symbol, isin in rows if symbol in site.recordings.universe}


def chosen(site: RecordedSite, count: int) -> list[str]:
    """The listed samples, then others spread over the alphabet."""
    known = listed(site)
    samples = [s for s in site.recordings.samples if s in known][:count]
    others = [s for s in sorted(known) if s not in samples]
    wanted = count - len(samples)
    return samples + others[:: len(others) // max(wanted, 1)][:wanted]


def recorded_cells(site: RecordedSite, recorded: Path, symbol: str) -> Cells:
    """What a company's facts should be; of one company a whole page is served."""
    if symbol == "RELIANCE":
        return cells_of_page(recorded / "pages" / "RELIANCE_consolidated_2026-06.html")
    record = site.recordings.find(symbol)
    assert record
    return cells_of(record)


def check_facts(market: Market, site: RecordedSite, recorded: Path, symbols: list[str]) -> int:
    """Compare every recorded cell of these companies; returns how many there are."""
    facts = market.table("facts").filter(pl.col("basis") == "consolidated").collect()
    by_isin = facts.partition_by("isin", as_dict=True)
    known, count = listed(site), 0
    for symbol in symbols:
        cells = recorded_cells(site, recorded, symbol)
        mine = by_isin.get((known[symbol],), facts.clear())
        assert facts_as_cells(mine, cells) == cells, symbol
        count += len(cells)
    return count


def bare(site: RecordedSite, symbols: list[str]) -> set[str]:
    """Those whose recorded page has no tables."""
    records = {symbol: site.recordings.find(symbol) for symbol in symbols}
    return {symbol for symbol, record in records.items() if record and not record.statements}


def check_refusals(site: RecordedSite, summaries: list[Summary], symbols: list[str]) -> set[str]:
    """Every page of another company was refused, no page of the right one. Returns the refused."""
    refused = {m.key for s in summaries for m in s.sources["screener.in"].refused}
    identity = {symbol: site.recordings.universe[symbol]["identity"] for symbol in symbols}
    traded = set(parse_equity_list(site.exchange.equity_list)["symbol"])
    wrong = {symbol for symbol in symbols if identity[symbol] == "price_mismatch"}
    assert wrong & traded <= refused
    # Where no price was recorded to tell, a name that is exactly another listed company's does.
    names = parse_equity_list(site.equity_list)["name"].to_list()
    known = {plain(name) for name in names}
    for symbol in refused - wrong:
        record = site.recordings.find(symbol)
        assert record
        assert identity[symbol] != "ok"
        assert plain(record.name) in known
    return refused


def plain(name: str) -> str:
    return name.casefold().removesuffix("ltd").removesuffix("limited").strip()


def check_lists(market: Market, site: RecordedSite) -> None:
    """Companies, sizes and prices are those of the recorded files."""
    assert market.companies.height == 2406
    assert market.companies["size_class"].null_count() < 100
    last = market.table("prices").collect()["date"].max()
    assert isinstance(last, dt.date)
    for day in (last, EVENING.date() - dt.timedelta(days=7)):
        bars = site.exchange.bars(day).select("isin", "close", "volume")
        prices = market.table("prices").filter(pl.col("date") == day).collect()
        both = prices.join(bars, on="isin", suffix="_recorded")
        assert both.height == prices.height > 2000
        assert both["close"].equals(both["close_recorded"])
        assert both["volume"].equals(both["volume_recorded"].cast(float))


def paths_in(root: Path) -> Paths:
    return Paths(root / "data", root / "config", root / "cache", root / "state")


def test_a_hundred_and_twenty_recorded_companies(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    publish_quickly(monkeypatch)
    site, clock, paths = RecordedSite(recorded), FakeClock(EVENING), paths_in(tmp_path)
    symbols = chosen(site, 120)
    with serving(site) as server:
        summary = refresh(
            paths,
            hosts=server.hosts,
            only=symbols,
            sessions=10,
            clock=clock,
            accept_terms=True,
            policies=UNHURRIED,
        )
        market = Market.open(paths.real_market)
        refused = check_refusals(site, [summary], symbols)
        assert len(refused) >= 4
        tally, without = summary.sources["screener.in"], bare(site, symbols)
        assert (len(tally.failed), tally.absent) == (0, len(without))
        taken = [s for s in symbols if s not in refused | without]
        assert check_facts(market, site, recorded, taken) > 35_000
        facts = market.table("facts").collect()
        assert set(facts["isin"]) == {listed(site)[s] for s in taken}
        assert summary.unknown_rows == ()
        check_lists(market, site)
        asked = len(server.asked)
        again = refresh(paths, hosts=server.hosts, sessions=10, limit=0, clock=clock)
        assert (again.published, len(server.asked) - asked) == (False, 0)


@pytest.mark.recorded_full
def test_all_recorded_companies_night_by_night(recorded: Path, tmp_path: Path):
    """With the default pace and budget the whole list takes eight nights."""
    site, clock, paths = RecordedSite(recorded), FakeClock(EVENING), paths_in(tmp_path)
    nights: list[Summary] = []
    with serving(site) as server:
        while not nights or nights[-1].sources["screener.in"].left:
            nights.append(
                refresh(paths, hosts=server.hosts, sessions=10, clock=clock, accept_terms=True)
            )
            clock.pass_time(days=1)
            assert len(nights) < 12
    market = Market.open(paths.real_market)
    symbols = sorted(listed(site))
    refused = check_refusals(site, nights, symbols)
    assert not [m for night in nights for m in night.sources["screener.in"].failed]
    without = bare(site, symbols)
    taken = [s for s in symbols if s not in refused | without]
    assert len(taken) > 2300
    assert check_facts(market, site, recorded, taken) > 900_000
    check_lists(market, site)
