"""A refresh from inside the app, against a served small market and against a slow stand-in."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scrapers.consent import terms_accepted
from scrapers.report import Event, Summary, Tally, What
from screener.paths import Paths
from screener.runs import Runs
from tests.replay.clock import FakeClock
from tests.replay.server import serving
from tests.scrapers.made_market import EVENING, TODAY, MadeMarket
from tests.tui.conftest import Driver, Opened
from tui.gathering import Gathering
from tui.screens.browse import Browse
from tui.screens.refresh import RefreshView

HOSTILE = "[bold]BETA[/bold] \x1b[31mred"


@pytest.fixture
def served() -> Iterator[tuple[MadeMarket, FakeClock, dict[str, Any]]]:
    """A made market, a clock, and what makes a refresh ask it."""
    site, clock = MadeMarket(), FakeClock(EVENING)
    with serving(site) as server:
        yield site, clock, {"hosts": server.hosts, "clock": clock, "sessions": 2}


async def ended(driver: Driver) -> None:
    """Until the refresh is over and the app has heard of it."""
    run = driver.app.gathering
    assert run is not None
    await asyncio.to_thread(run.join)
    assert not run.running
    await driver.settle()


async def test_nothing_is_fetched_before_the_terms_are_accepted(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(size=(80, 24)) as d:
        await d.press("r")
        assert "personal" in d.text()
        assert "takes its place" in d.text()  # the demo market is on screen
        await d.press("enter")
        assert "terms come first" in d.notices
        assert d.app.gathering is None
        await d.press("escape")
        assert isinstance(d.app.screen, Browse)
    assert not terms_accepted(small_home)


async def test_the_real_market_takes_the_place_of_the_demo(
    opened: Opened, small_home: Paths, served: tuple[MadeMarket, FakeClock, dict[str, Any]]
) -> None:
    async with opened(size=(100, 30)) as d:
        d.app.refresh_with = served[2]
        await d.press("0", "r", "y")
        await ended(d)
        d.app.screen.draw_run()
        await d.settle()
        assert "Published g-000001" in d.text()
        assert terms_accepted(small_home)
        await d.press("escape")
        assert sorted(d.symbols) == ["ALPHA", "BETA", "GAMMA"]
        assert not d.browse.desk.workspace.market.is_demo
        assert "fictional" not in d.text()
    (head,) = Runs(small_home.state).heads(demo=False)
    assert head.generation == "g-000001"


async def test_a_new_generation_keeps_cursor_and_marks(
    opened: Opened, served: tuple[MadeMarket, FakeClock, dict[str, Any]]
) -> None:
    site, clock, how = served
    async with opened(size=(100, 30)) as d:
        d.app.refresh_with = how
        await d.press("0", "r", "y")
        await ended(d)
        await d.press("escape", "space")
        marked, symbol = set(d.grid.marked), d.symbol
        assert len(marked) == 1
        later = TODAY + dt.timedelta(days=1)
        site.prices(later, ALPHA=90.0, BETA=110.0, GAMMA=120.0)
        clock.pass_time(days=1)
        await d.press("r", "enter", "escape")
        await ended(d)
        assert d.app.gathering.summary.published
        assert d.browse.desk.workspace.market.date == later
        assert (d.grid.marked, d.symbol) == (marked, symbol)


class Slow:
    """Stands in for the refresh: tells two events, then waits until it is asked to stop."""

    def __init__(self) -> None:
        self.told, self.go = threading.Event(), threading.Event()

    def __call__(self, paths: Paths, *, on_event: Any, stop: Any, **how: Any) -> Summary:
        on_event(Event("nse", "nsearchives.example", 3, 10, 0.0, "prices of a day", rate=12.0,
                       eta_s=600.0))  # fmt: skip
        on_event(Event("screener.in", "www.screener.example", 1, 4, 0.0, HOSTILE, What.TROUBLE,
                       error=HOSTILE))  # fmt: skip
        self.told.set()
        while not stop():
            self.go.wait(0.01)
        tally = Tally("nse", "nsearchives.example", total=10, fetched=3)
        return Summary("g-000001", False, TODAY, {"nse": tally}, {}, 0, interrupted=True)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    stand_in = Slow()
    monkeypatch.setattr("scrapers.refresh.refresh", stand_in)
    return stand_in


async def begun(driver: Driver, slow: Slow) -> RefreshView:
    await driver.press("r", "y")
    await asyncio.to_thread(slow.told.wait)
    view = driver.app.screen
    assert isinstance(view, RefreshView)
    view.draw_run()
    await driver.settle()
    return view


async def test_progress_by_source_and_outside_text_as_text(opened: Opened, slow: Slow) -> None:
    async with opened(size=(80, 24)) as d:
        view = await begun(d, slow)
        shown = d.text()
        assert "3/10" in shown
        assert "12/min" in shown
        assert "10 min" in shown
        await d.press("down")
        view.draw_run()
        await d.settle()
        assert "Last trouble: [bold]BETA[/bold] [31mred" in d.text()
        assert "asked for again" in d.text()
        await d.press("s")
        await ended(d)


async def test_it_goes_on_in_the_background_and_is_reopened(opened: Opened, slow: Slow) -> None:
    async with opened(size=(80, 24)) as d:
        await begun(d, slow)
        await d.press("escape")
        assert isinstance(d.app.screen, Browse)
        assert "refresh 4/14" in d.text().splitlines()[0]
        await d.press("down", "r")
        assert "Gathering." in d.text()
        await d.press("enter")
        assert d.app.gathering.running
        await d.press("s")
        assert d.app.gathering.stopping or not d.app.gathering.running
        await ended(d)
        d.app.screen.draw_run()
        await d.settle()
        assert "Stopped; run it again to go on." in d.text()
        await d.press("escape")
        assert "refresh" not in d.text().splitlines()[0]


async def test_what_stops_a_refresh_is_told(opened: Opened, small_home: Paths) -> None:
    from scrapers.state import exclusive

    async with opened(size=(80, 24)) as d:
        with exclusive(small_home.state_dir / "refresh.lock", "Another refresh is running."):
            await d.press("r", "y")
            await ended(d)
        d.app.screen.draw_run()
        await d.settle()
        assert "Another refresh is running." in d.text()
        assert "Another refresh is running." in d.notices
        assert isinstance(d.app.gathering, Gathering)
