"""The replay page: the form, the run and how it is left, lines, periods, members, words."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest

from screener.paths import Paths
from screener.replay import replay
from screener.screens import Screen
from tests import changing as made
from tests.tui.conftest import Driver, Opened
from tests.tui.opening import opened_on
from tui.market_text import percent
from tui.replay_text import replay_text
from tui.screens.browse import Browse
from tui.screens.company import Company
from tui.screens.replay import AskTerms, ReplayView, Terms, read_terms


@pytest.fixture
def on_demo(demo_home: Paths) -> Callable[..., object]:
    """Open the app on the small demo market, which has five years of prices."""

    def run(size: tuple[int, int] = (80, 24)):
        return opened_on(demo_home, size, "selectivity_core")

    return run


def page(driver: Driver) -> ReplayView:
    screen = driver.app.screen
    assert isinstance(screen, ReplayView)
    return screen


async def test_the_form_is_filled_in_and_the_figures_are_those_of_the_engine(on_demo) -> None:
    async with on_demo((100, 40)) as d:
        await d.press("0")
        await d.press("p")
        assert isinstance(d.app.screen, AskTerms)
        assert "Prices are on file from" in d.text()
        await d.press("tab", "tab", "ctrl+u")
        await d.type("y")
        await d.press("enter")
        terms = page(d).terms
        assert terms.every == "year"
        assert terms.end == d.browse.desk.workspace.market.date
        desk = d.browse.desk
        want = replay(desk.workspace.market, desk.screen, terms.start, terms.end, "year")
        assert f"The screen {percent(want.strategy.total, sign=True)}" in d.text()
        assert "What 100 became" in d.text()
        await d.press("2")
        turn = want.turns[0]
        assert f"{turn.date} {turn.held}" in " ".join(d.text().split())
        await d.press("enter")
        assert f"Members on {turn.date}" in d.text()
        best = want.members.filter(want.members["date"] == turn.date).sort(
            "return", descending=True, nulls_last=True
        )
        assert percent(best["return"][0], sign=True) in d.text()
        await d.press("enter")
        assert isinstance(d.app.screen, Company)
        await d.press("escape", "escape")
        assert page(d).panel.title == "Periods"
        await d.press("3")
        assert "Read it with care" in d.text()
        await d.press("escape")
        assert isinstance(d.app.screen, Browse)


async def test_it_can_be_left_while_it_runs(on_demo, monkeypatch) -> None:
    reached, go = threading.Event(), threading.Event()

    def slow(*args, progress, **how):
        reached.set()
        go.wait(20)
        progress(1, 5)
        raise AssertionError("it goes on after it was stopped")

    monkeypatch.setattr("screener.replay.replay", slow)
    async with on_demo() as d:
        await d.press("p")
        d.app.screen.dismiss(Terms(dt.date(2022, 1, 1), dt.date(2025, 1, 1)))
        while not reached.is_set():
            await d.pilot.pause()
        assert "Esc stops it" in d.text()
        page(d).action_back()
        go.set()
        await d.settle()
        assert "Stopped." in d.text()


async def test_prices_that_are_too_short_are_said_to_be(opened: Opened) -> None:
    async with opened(size=(80, 24)) as d:  # the small fixed market has two days of prices
        await d.press("p")
        await d.press("ctrl+u")
        await d.type("2026-01-01")
        await d.press("enter")
        shown = " ".join(d.text().split())
        assert "fewer than two dates a month apart with prices" in shown
        assert "Prices are on file from 2025-06-30 to 2026-01-27" in shown
        assert "Press e for a longer time or a shorter step" in shown


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (("2024-13-01", "2025-01-01", "month", "0"), "is no date"),
        (("2024-01-01", "2025-01-01", "week", "0"), "is no step"),
        (("2024-01-01", "2025-01-01", "", "0"), "is no step"),
        (("2024-01-01", "2025-01-01", "m", "free"), "is no cost"),
        (("2024-01-01", "2025-01-01", "m", "-1"), "is no cost"),
        (("2024-01-01", "2025-01-01", "m", "nan"), "is no cost"),
        (("2025-01-01", "2024-01-01", "m", "0"), "before the last"),
    ],
)
def test_what_cannot_be_run_is_said(typed: tuple[str, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_terms(*typed)


def test_terms_as_typed() -> None:
    want = Terms(dt.date(2024, 1, 1), dt.date(2025, 1, 1), "quarter", 0.5)
    assert read_terms(" 2024-01-01", "2025-01-01 ", "Q", "0.5 %") == want


def test_periods_in_which_the_data_did_not_reach_are_told() -> None:
    held = made.Held(made.made(), made.NOW)
    days = dt.date(2025, 12, 31), made.NOW
    for query, blind in (("Quarters up of 8 >= 5", True), ("Sales > 1000000", False)):
        said = " ".join(replay_text(replay(held, Screen("", "", query), *days)).split())
        assert "nothing passed" in said
        assert ("at most 12, on 2025-12-31" in said) == blind
        assert ("--as-of 2025-12-31" in said) == blind
