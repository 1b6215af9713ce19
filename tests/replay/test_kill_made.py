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

import polars as pl
import pytest

from scrapers.hosts import SCREENER_HOST
from screener.errors import NoMarket
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.driver import Driver
from tests.replay.lives import KILLED, Lives, again
from tests.replay.manners import good_twice
from tests.replay.server import ReplayServer, Site, serving
from tests.replay.test_faulty_refresh import compare, content, made_site
from tests.scrapers.made_market import EVENING, TODAY

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")

ORDER = {"date": TODAY.isoformat(), "plain": True}
APART = dt.timedelta(minutes=5)


def check_sound(paths: Paths) -> None:
    """Nothing on disk is torn, whatever moment the last life ended at."""
    if paths.state.is_file():
        with closing(sqlite3.connect(paths.state)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for file in paths.cache.rglob("*.gz"):
        gzip.decompress(file.read_bytes())
    try:
        market = Market.open(paths.real_market)
    except NoMarket:
        return
    for name, entry in market.manifest.files.items():
        if name not in ("fields", "panel"):
            table = market.companies if name == "companies" else market.table(name).collect()
            assert table.height == entry.rows


def killed_to_the_end(lives: Lives, chance: random.Random, most: int) -> None:
    """Kill one life after the other until the work is done, or so many are dead; then let one be.

    Two of three are killed while they start or fetch, and these cannot escape while there is work;
    every third fetches a few pages and is killed while it publishes them.
    """
    done = False
    while lives.killed < most and not done:
        if len(lives.codes) % 3 == 2:
            lives.kill_publishing(chance.random() * 0.03, limit=chance.randint(1, 3), **ORDER)
        else:
            seconds = chance.choice([0, 0.01, 0.3]) * chance.random()
            code = lives.kill_after(chance.randrange(3), seconds, **ORDER)
            done = code != KILLED
        check_sound(lives.paths)
    assert lives.live(**ORDER) == 0
    check_sound(lives.paths)
    assert set(lives.codes) <= {0, KILLED}
    # A life that was to be killed publishing may be too quick; any other is the last.
    assert len(lives.codes) <= 1.5 * (lives.killed + 2)


def check_requests(server: ReplayServer, lives: Lives, companies: int, undisturbed: int) -> str:
    """Each kill costs no more than the one request that was under way."""
    asked = Counter((entry.host, entry.path) for entry in server.log)
    assert again(asked) <= lives.killed
    assert sum(asked.values()) <= undisturbed + lives.killed
    assert len(good_twice(server.log)) <= lives.killed
    pages = [path for host, path in asked if host == SCREENER_HOST and path != "/robots.txt"]
    assert len(pages) == companies
    assert not [p for p in lives.root.rglob("*") if p.suffix == ".part" or ".staging" in p.name]
    return f"{lives.killed} kills, {len(lives.codes)} lives, {len(server.log)} requests"


def undisturbed(root: Path, site: Site, driver: Driver) -> tuple[dict[str, pl.DataFrame], int]:
    """What a market holds after one life, and how many requests it took."""
    with serving(site) as server:
        lives = Lives(root, server, driver, EVENING, APART)
        assert lives.live(**ORDER) == 0
        return content(Market.open(lives.paths.real_market)), len(server.asked)


def check_kills(root: Path, companies: int, kills: int) -> None:
    """So many kills over as many homes as they take; each home ends as one left in peace."""
    site, chance, killed, home = made_site(companies), random.Random(kills), 0, 0
    with Driver() as driver:
        right, requests = undisturbed(root / "calm", site, driver)
        while killed < kills:
            home += 1
            with serving(site) as server:
                lives = Lives(root / f"rough-{home}", server, driver, EVENING, APART)
                killed_to_the_end(lives, chance, kills - killed)
                told = check_requests(server, lives, companies, requests)
            compare(content(Market.open(lives.paths.real_market)), right)
            killed += lives.killed
            print(f"home {home}: {told}, {requests} undisturbed")


def test_twelve_kills_change_nothing_in_the_end(tmp_path: Path):
    check_kills(tmp_path, 8, 12)


@pytest.mark.slow
def test_a_hundred_kills_change_nothing_in_the_end(tmp_path: Path):
    check_kills(tmp_path, 30, 100)
