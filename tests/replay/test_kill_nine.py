"""A refresh killed again and again loses at most the page under way, and no reader ever notices."""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from scrapers.hosts import SCREENER_HOST
from screener.market.store import Market
from tests.replay.driver import Driver, Life
from tests.replay.server import RecordedSite, ReplayServer, serving
from tests.replay.test_recorded_refresh import check_facts, chosen, paths_in

EVENING = dt.datetime(2026, 6, 30, 14, 30, tzinfo=dt.UTC)
COMPANIES = 40
PAGES_A_LIFE = 3
KILLS = 24


class Lives:
    """Refreshes of one market, half an hour of their clock apart."""

    def __init__(self, root: Path, server: ReplayServer, driver: Driver) -> None:
        self.root = root
        self.server = server
        self.driver = driver
        self.codes: list[int] = []
        self.hosts = root / "hosts.toml"
        self.hosts.write_text(
            "[hosts]\n" + "".join(f'"{h}" = "{a}"\n' for h, a in server.hosts.items())
        )

    def begin(self, symbols: list[str]) -> Life:
        start = EVENING + dt.timedelta(minutes=30 * len(self.codes))
        return self.driver.begin(
            root=str(self.root), hosts=str(self.hosts), start=start.isoformat(), symbols=symbols
        )

    def live(self, symbols: list[str]) -> int:
        """A life to its end."""
        return self.begin(symbols).wait()

    def kill(self, symbols: list[str], after: Callable[[], bool], seconds: float) -> None:
        """A life that is killed so long after something happened."""
        life = self.begin(symbols)
        while not after() and not life.ended(0.001):
            pass
        life.ended(seconds)
        self.codes.append(life.kill())

    def asked_for(self, more: int) -> Callable[[], bool]:
        """Whether so many pages more than now were asked for."""
        goal = self._pages_asked() + more
        return lambda: self._pages_asked() >= goal

    def publishing(self) -> bool:
        """Whether a generation is being written."""
        return any(paths_in(self.root).real_market.glob(".staging-*"))

    def _pages_asked(self) -> int:
        return sum(path.startswith("/company/") for path in self.server.paths(SCREENER_HOST))

    @property
    def killed(self) -> int:
        return self.codes.count(-9)


class Reader(threading.Thread):
    """Opens the market without end and reads every table it finds."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root
        self._end = threading.Event()
        self.reads = 0
        self.faults: list[str] = []

    def run(self) -> None:
        while not self._end.wait(0.02):
            try:
                self._read()
            except Exception as err:
                self.faults.append(repr(err))

    def _read(self) -> None:
        market = Market.open(self._root)
        for name, entry in market.manifest.files.items():
            frame = market.table(name).collect()
            if frame.height != entry.rows:
                self.faults.append(f"{market.generation}: {name} has {frame.height} rows")
            if name == "facts" and not set(frame["isin"]) <= set(market.companies["isin"]):
                self.faults.append(f"{market.generation}: facts of companies it does not hold")
        self.reads += 1

    def __enter__(self) -> Reader:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self.join()


@pytest.mark.recorded
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
def test_kill_nine_at_any_moment(recorded: Path, tmp_path: Path):
    site, chance = RecordedSite(recorded), random.Random(9)
    symbols = chosen(site, COMPANIES)
    market_root = paths_in(tmp_path).real_market
    with serving(site) as server, Driver() as driver:
        lives = Lives(tmp_path, server, driver)
        assert lives.live(symbols[:3]) == 0
        with Reader(market_root) as reader:
            while lives.killed < KILLS // 2:  # while pages are fetched
                fetching = lives.asked_for(PAGES_A_LIFE)
                lives.kill(symbols, fetching, chance.uniform(0, 0.01))
            for part in range(4):  # while a generation is written
                lives.kill(symbols[:20], lives.publishing, part * 0.004)
            while lives.killed < KILLS:  # lists, prices, stored pages
                lives.kill(symbols[:20], lambda: True, chance.uniform(0, 0.4))
            assert lives.live(symbols) == 0
        assert set(lives.codes) <= {0, -9}
        assert reader.faults == []
        assert reader.reads >= 5
        asked = Counter(p for p in server.paths(SCREENER_HOST) if p.startswith("/company/"))
    market = Market.open(market_root)
    refused = {s for s in symbols if site.recordings.universe[s]["identity"] == "price_mismatch"}
    assert check_facts(market, site, recorded, [s for s in symbols if s not in refused]) > 10_000
    assert market.companies.height == 2406
    assert not list(market_root.glob(".staging-*"))
    # A page is asked for again only if a life ended while it was under way.
    good = {f"/company/{s.replace('&', '%26')}/consolidated/" for s in symbols if s not in refused}
    assert sum(asked[path] - 1 for path in good) <= lives.killed
