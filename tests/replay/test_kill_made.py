"""Kill -9 at random moments of a made market: the end is that of a refresh left in peace."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from scrapers.hosts import SCREENER_HOST
from screener.errors import NoMarket
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.driver import Driver
from tests.replay.manners import good_twice
from tests.replay.server import ReplayServer, serving
from tests.replay.test_faulty_refresh import compare, content, made_site
from tests.replay.test_recorded_refresh import paths_in
from tests.scrapers.made_market import EVENING, TODAY

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")


class Lives:
    """Refreshes of one home, five minutes of their clock apart."""

    def __init__(self, root: Path, server: ReplayServer, driver: Driver) -> None:
        self.root = root
        self.server = server
        self.driver = driver
        self.lives = 0
        self.killed = 0
        self.hosts = root.with_suffix(".toml")
        self.hosts.write_text("".join(f'"{h}" = "{a}"\n' for h, a in server.hosts.items()))

    @property
    def paths(self) -> Paths:
        return paths_in(self.root)

    def live(self, until: int | None = None, seconds: float = 0.0) -> int:
        """A life; it is killed so long after so many requests. Returns its exit code."""
        start = EVENING + dt.timedelta(minutes=5 * self.lives)
        self.lives += 1
        goal = len(self.server.asked) + (until or 0)
        life = self.driver.begin(
            root=str(self.root), hosts=str(self.hosts), start=start.isoformat(),
            date=TODAY.isoformat(), plain=True,
        )  # fmt: skip
        if until is None:
            return life.wait()
        while len(self.server.asked) < goal and not life.ended(0.001):
            pass
        life.ended(seconds)
        code = life.kill()
        self.killed += code == -9
        return code

    def check_sound(self) -> None:
        """Nothing on disk is torn, whatever moment the last life ended at."""
        if self.paths.state.is_file():
            with closing(sqlite3.connect(self.paths.state)) as db:
                assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for file in self.paths.cache.rglob("*.gz"):
            gzip.decompress(file.read_bytes())
        try:
            market = Market.open(self.paths.real_market)
        except NoMarket:
            return
        for name, entry in market.manifest.files.items():
            if name not in ("fields", "panel"):
                table = market.companies if name == "companies" else market.table(name).collect()
                assert table.height == entry.rows


def check_kills(root: Path, companies: int, kills: int) -> None:
    site, chance = made_site(companies), random.Random(kills)
    with serving(site) as server, Driver() as driver:
        calm = Lives(root / "calm", server, driver)
        assert calm.live() == 0
        undisturbed = len(server.asked)
        server.asked.clear()
        server.log.clear()
        rough = Lives(root / "rough", server, driver)
        while rough.killed < kills:
            # Also while the market is read, written or marked: long after the last request.
            seconds = chance.choice([0, 0.01, 0.3]) * chance.random()
            assert rough.live(chance.randrange(3), seconds) in (0, -9)
            rough.check_sound()
            assert rough.lives < 3 * kills
        assert rough.live() == 0
        rough.check_sound()
        asked = Counter((entry.host, entry.path) for entry in server.log)
    compare(
        content(Market.open(rough.paths.real_market)), content(Market.open(calm.paths.real_market))
    )
    again = sum(times - 1 for times in asked.values())
    assert again <= rough.killed  # the one request that was under way
    assert sum(asked.values()) <= undisturbed + rough.killed
    assert not [p for p in rough.root.rglob("*") if p.suffix == ".part" or ".staging" in p.name]
    assert len(good_twice(server.log)) <= rough.killed
    pages = [path for host, path in asked if host == SCREENER_HOST and path != "/robots.txt"]
    assert len(pages) == companies
    print(f"{rough.killed} kills, {rough.lives} lives, {len(server.log)} requests, {again} again")


def test_twelve_kills_change_nothing_in_the_end(tmp_path: Path):
    check_kills(tmp_path, 20, 12)


@pytest.mark.slow
def test_a_hundred_kills_change_nothing_in_the_end(tmp_path: Path):
    check_kills(tmp_path, 150, 100)
