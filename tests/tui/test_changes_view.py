"""The changes page: who entered and left and why, since a run or a day, and what is remembered."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest

from screener.market.store import Market, publish
from screener.paths import Paths
from screener.runs import Runs, record
from screener.screens import Library
from tests import changing as made
from tests.tui.conftest import Opened
from tui.screens.company import Company

HOSTILE = "[bold]Bad[/bold] \x1b[31mLtd"
SCREENS = """
[screen.fallen]
title = "Under 50"
query = "Current price < 50"

[screen.busy]
title = "Busy"
query = "Sales > 450"
"""


@pytest.fixture(scope="module")
def generations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market of two generations: a price fell, and a quarter came out, between them."""
    root = tmp_path_factory.mktemp("generations") / "market"
    for day, steps in (
        (made.THEN, ()),
        (made.NOW, ((made.moved_price, 3), (made.new_quarter, 5))),
    ):
        held = made.until(made.altered(*steps), day)
        named = pl.when(pl.col("isin") == made.isin(3)).then(pl.lit(HOSTILE)).otherwise("name")
        held["companies"] = held["companies"].with_columns(named.alias("name"))
        publish(root, held, date=day, sources={"test": "made"})
    return root


@pytest.fixture
def real_home(generations: Path, small_home: Paths, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders with those generations, and the runs of both recorded, as after each refresh."""
    from screener import screens

    monkeypatch.setattr(screens, "_built_in_text", lambda: SCREENS)
    shutil.copytree(generations, small_home.real_market)
    for name in ("g-000001", "g-000002"):
        market = Market.open(small_home.real_market, name)
        record(small_home, market, Library.load(small_home))
    return small_home


async def test_who_entered_and_what_moved_it(opened: Opened, real_home: Paths) -> None:
    async with opened(size=(100, 30), paths=real_home, screen="fallen") as d:
        await d.press("d")
        shown = d.text()
        assert "Under 50: 1 entered, 0 left; 0 → 1 members" in shown
        assert "+ C03" in shown
        assert "[bold]Bad[/bold] [31mLtd" in shown
        assert "price: Close ₹ 60.00 (20 Jan 2026) → ₹ 40.00 (27 Jan 2026)" in shown
        await d.press("enter")
        assert isinstance(d.app.screen, Company)
        await d.press("escape")
        await d.press("n")
        assert "new filing: quarter to Dec 25" in d.text()


async def test_a_look_is_remembered_and_the_run_can_be_asked_for_again(
    opened: Opened, real_home: Paths
) -> None:
    async with opened(size=(80, 24), paths=real_home, screen="fallen") as d:
        await d.press("d")
        await d.press("escape", "d")
        assert "Nothing changed since 27 Jan 2026" in d.text()
        assert Runs(real_home.state).seen("fallen", demo=False).market_date == made.NOW
        assert Runs(real_home.state).seen("busy", demo=False) is None
        await d.press("s")
        await d.type("run g-000001")
        await d.press("enter")
        assert "1 entered" in d.text()
        await d.press("s")
        await d.type("generation g-000001")
        await d.press("enter")
        assert "generation g-000001" in d.text()
        assert "1 entered" in d.text()


async def test_since_a_day_and_what_is_no_day(opened: Opened, real_home: Paths) -> None:
    async with opened(size=(80, 24), paths=real_home, screen="fallen") as d:
        await d.press("d")
        await d.press("s")
        await d.type("a day")
        await d.press("enter")
        await d.press("ctrl+u")
        await d.type("2026-02-30")
        await d.press("enter")
        assert "is no date" in d.text()
        await d.press("ctrl+u")
        await d.type("2026-01-20")
        await d.press("enter")
        assert "1 entered" in d.text()
        assert "as known on that day" in d.text()


async def test_a_look_on_an_earlier_day_is_compared_with_the_run_before_and_not_remembered(
    opened: Opened, real_home: Paths
) -> None:
    day, runs = dt.date(2026, 1, 26), Runs(real_home.state)
    before = runs.heads(demo=False)
    async with opened(size=(80, 24), paths=real_home, screen="busy", day=day) as d:
        await d.press("d")
        assert "Busy: 1 entered" in d.text()
        assert "20 Jan 2026" in d.text()
    assert runs.heads(demo=False) == before
    assert runs.seen("busy", demo=False) is None


async def test_another_screen_is_picked_by_name(opened: Opened, real_home: Paths) -> None:
    async with opened(size=(80, 24), paths=real_home, screen="fallen") as d:
        await d.press("d")
        await d.press("o")
        await d.type("busy")
        await d.press("enter")
        assert "Busy: 1 entered" in d.text()


async def test_the_first_look_says_how_to_get_a_run(opened: Opened, small_home: Paths) -> None:
    async with opened(size=(80, 24)) as d:
        await d.press("d")
        assert "No earlier run of this screen is recorded yet" in d.text()
        assert "Press s to compare" in " ".join(d.text().split())
    assert len(Runs(small_home.state).heads(demo=True)) == 1
