"""A refresh killed again and again loses at most the page under way, and no reader ever notices."""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from scrapers.hosts import SCREENER_HOST
from screener.market.store import Market
from tests.replay.driver import Driver
from tests.replay.lives import KILLED, Lives
from tests.replay.server import Asked, RecordedSite, serving
from tests.replay.test_recorded_refresh import check_facts, chosen, paths_in

EVENING = dt.datetime(2026, 6, 30, 14, 30, tzinfo=dt.UTC)
COMPANIES = 24
PAGES_A_LIFE = 3
KILLS = 12
APART = dt.timedelta(minutes=30)


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


def is_page(asked: Asked) -> bool:
    return asked.host == SCREENER_HOST and asked.path.startswith("/company/")


@pytest.mark.recorded
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")
def test_kill_nine_at_any_moment(recorded: Path, tmp_path: Path):
    site, chance = RecordedSite(recorded), random.Random(9)
    symbols = chosen(site, COMPANIES)
    market_root = paths_in(tmp_path).real_market
    with serving(site) as server, Driver() as driver:
        lives = Lives(tmp_path, server, driver, EVENING, APART, is_page)
        assert lives.live(symbols=symbols[:3], plain=True) == 0
        with Reader(market_root) as reader:
            for _ in range(KILLS // 2):  # while pages are fetched; there are more than these read
                lives.kill_after(PAGES_A_LIFE, chance.uniform(0, 0.01), symbols=symbols, plain=True)
            for part in range(4):  # while a generation is written
                lives.kill_publishing(part * 0.004, symbols=symbols[:20], plain=True)
            for _ in range(KILLS // 2):  # lists, prices, stored pages
                lives.kill_after(0, chance.uniform(0, 0.4), symbols=symbols[:20], plain=True)
            assert lives.live(symbols=symbols, plain=True) == 0
        assert set(lives.codes) <= {0, KILLED}
        assert lives.killed >= KILLS // 2
        assert reader.faults == []
        assert reader.reads >= 5
        asked = Counter(p for p in server.paths(SCREENER_HOST) if p.startswith("/company/"))
    market = Market.open(market_root)
    refused = {s for s in symbols if site.recordings.universe[s]["identity"] == "price_mismatch"}
    assert check_facts(market, site, recorded, [s for s in symbols if s not in refused]) > 5_000
    assert market.companies.height == 2406
    assert not list(market_root.glob(".staging-*"))
    # A page is asked for again only if a life ended while it was under way.
    good = {f"/company/{s.replace('&', '%26')}/consolidated/" for s in symbols if s not in refused}
    assert sum(asked[path] - 1 for path in good) <= lives.killed
