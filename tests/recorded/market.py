"""The recorded companies as a market: gathered by a refresh from the replay server."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

from scrapers.hosts import POLICIES, SCREENER_HOST
from scrapers.refresh import refresh
from screener.market.store import Market
from screener.paths import Paths
from tests.conftest import ROOT
from tests.replay.clock import FakeClock
from tests.replay.server import RecordedSite, serving

EVENING = dt.datetime(2026, 6, 30, 15, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 27)  # the day the report is for
SESSIONS = 391  # all that were recorded
UNHURRIED = {**POLICIES, SCREENER_HOST: replace(POLICIES[SCREENER_HOST], budget=None)}


def recorded_folder() -> Path:
    """Where the recorded material lies."""
    return Path(os.environ.get("KASAUTI_RECORDED", ROOT.parent / "shared" / "recorded"))


def gather(recorded: Path, root: Path) -> Market:
    """The market of all recorded companies, about a minute's work."""
    paths = Paths(root / "data", root / "config", root / "cache", root / "state")
    with serving(RecordedSite(recorded)) as server:
        refresh(
            paths,
            hosts=server.hosts,
            sessions=SESSIONS,
            clock=FakeClock(EVENING),
            accept_terms=True,
            policies=UNHURRIED,
        )
    return Market.open(paths.real_market)


def ready_market(recorded: Path) -> Market:
    """The market of KASAUTI_RECORDED_MARKET if that is set, else one gathered now."""
    ready = os.environ.get("KASAUTI_RECORDED_MARKET")
    if ready:
        return Market.open(Path(ready))
    return gather(recorded, Path(tempfile.mkdtemp(prefix="kasauti-recorded-")))


def usable(recorded: Path) -> pl.Series:
    """ISINs of the companies whose recordings serve for January 2026."""
    index = pl.read_csv(recorded / "statements" / "universe_index.csv", infer_schema_length=None)
    return index.filter(pl.col("pit_jan2026_usable").cast(pl.String) == "true")["isin"]
