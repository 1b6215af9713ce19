"""A recorded figure that its source told otherwise later: old until that day, new from it on.

Of 20MICRONS the total assets of March 2025 were recorded as 715, and later read as 713. The page of
the second visit is the recorded one with that figure in it.
"""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from scrapers.refresh import refresh
from screener.changes import changes
from screener.hybrids import Kind
from screener.market.restated import restatements
from screener.market.store import Market
from screener.past import of_generation, on_day
from screener.screening import run
from screener.screens import Screen
from tests.replay.clock import FakeClock
from tests.replay.recordings import Record, Recordings
from tests.replay.server import RecordedSite, serving
from tests.replay.test_recorded_refresh import paths_in

pytestmark = pytest.mark.recorded

SYMBOL, PERIOD, FIRST, LATER = "20MICRONS", "Mar 2025", 715.0, 713.0
EVENING = dt.datetime(2026, 6, 23, 15, 0, tzinfo=dt.UTC)
DAYS_BETWEEN = 7
SCREEN = Screen(name="", title="Assets", query="Balance sheet total[FY-1] < 714")


class Revised(Recordings):
    """The recordings; once `later`, with the figures of the second visit."""

    later = False

    def find(self, symbol: str) -> Record | None:
        record = super().find(symbol)
        if record is None or symbol != SYMBOL or not self.later:
            return record
        tables = copy.deepcopy(record.statements)
        for row in tables["balance_sheet"]:
            if row["Unnamed: 0"].startswith("Total "):
                assert row[PERIOD] == FIRST
                row[PERIOD] = int(LATER)
        return replace(record, statements=tables)


@pytest.fixture(scope="module")
def twice(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Market, Market]:
    """The markets of two refreshes a week apart."""
    site, clock = RecordedSite(recorded), FakeClock(EVENING)
    site.recordings = recordings = Revised(recorded)
    paths, markets = paths_in(tmp_path_factory.mktemp("twice")), []
    with serving(site) as server:
        for later in (False, True):
            recordings.later = later
            refresh(
                paths, hosts=server.hosts, only=[SYMBOL], sessions=3, clock=clock,
                sources=("nse", "screener.in"), accept_terms=True,
            )  # fmt: skip
            markets.append(Market.open(paths.real_market))
            clock.pass_time(days=DAYS_BETWEEN)
    first, second = markets
    return first, second


def total_assets(market: Market) -> float | None:
    """That figure as a market has it."""
    row = market.panel.filter(pl.col("symbol") == SYMBOL).row(0, named=True)
    slot = next(k for k in range(3) if row[f"end@{k}"] == dt.date(2025, 3, 31))
    value: float | None = row[f"total_assets@{slot}"]
    return value


def test_the_figure_is_the_old_one_until_the_day_it_was_read_anew(twice: tuple[Market, Market]):
    first, second = twice
    changed = EVENING.date() + dt.timedelta(days=DAYS_BETWEEN)
    assert total_assets(first) == FIRST
    assert total_assets(second) == LATER
    assert total_assets(second.as_of(changed)) == LATER
    for days in (1, DAYS_BETWEEN, 365):
        assert total_assets(second.as_of(changed - dt.timedelta(days=days))) == FIRST


def test_the_restatement_is_on_record_with_both_figures(twice: tuple[Market, Market]):
    first, second = twice
    assert restatements(first).is_empty()
    found = restatements(second).filter(pl.col("line") == "total_assets").row(0, named=True)
    assert (found["before"], found["value"]) == (FIRST, LATER)
    assert found["period_end"] == dt.date(2025, 3, 31)
    assert found["known_at"] == EVENING.date() + dt.timedelta(days=DAYS_BETWEEN)
    assert set(restatements(second)["line"]) <= {"total_assets", "total_liabilities"}


def test_changes_names_it(twice: tuple[Market, Market]):
    first, second = twice
    before = EVENING.date() + dt.timedelta(days=1)
    for past in (of_generation(second, first.generation), on_day(second, before)):
        found = changes(past, second, SCREEN)
        (entered,) = found.entered
        assert entered.symbol == SYMBOL
        (flip,) = entered.flips
        assert (flip.value_before, flip.value_after) == (FIRST, LATER)
        (cause,) = flip.causes
        assert (cause.kind, cause.before, cause.after) == (Kind.RESTATEMENT, FIRST, LATER)
        assert run(second, SCREEN).rows()["symbol"].to_list() == [SYMBOL]
