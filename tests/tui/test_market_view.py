"""The market page: what it shows is what the state says, at any size, and its empty states."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from screener.paths import Paths
from screener.regime import market_state
from tests.tui.conftest import Driver, Opened
from tests.tui.opening import opened_on
from tui.charts.bins import bin_chart
from tui.charts.text import text_of
from tui.market_text import percent
from tui.screens.browse import Browse
from tui.screens.company import Company
from tui.screens.market import MarketView


@pytest.fixture
def on_demo(demo_home: Paths) -> Callable[..., object]:
    """Open the app on the small demo market, which has indices and estimates."""

    def run(size: tuple[int, int] = (120, 40)):
        return opened_on(demo_home, size, "selectivity_core")

    return run


def page(driver: Driver) -> MarketView:
    screen = driver.app.screen
    assert isinstance(screen, MarketView)
    return screen


async def test_the_verdict_is_on_top_and_every_tab_has_its_figures(on_demo) -> None:
    async with on_demo() as d:
        await d.press("m")
        state = market_state(d.browse.desk.workspace.market)
        shown = " ".join(d.text().split())
        assert state.verdict.sentence in shown
        small = state.segment("small").breadth
        assert f"{small.fallers.count:,} of {small.fallers.of:,} down 10 % or more" in shown
        await d.press("3")
        index = state.indices[0]
        shown = " ".join(d.text().split())
        assert (
            f"{index.name} {index.close:,.1f} {percent(index.returns['ytd'], sign=True)}" in shown
        )
        assert "200-day average" in shown  # the chart's legend
        await d.press("7")
        assert percent(state.segment("small").earnings.growth, sign=True) in d.text()
        await d.press("tab", "tab", "tab", "tab")
        assert page(d).panel.title == "Index"


async def test_the_drawing_follows_the_cursor(on_demo) -> None:
    async with on_demo() as d:
        await d.press("m")
        assert "Small caps (251 on): returns this year" in d.text()
        await d.press("up")
        assert "Mid caps (101–250): returns this year" in d.text()


async def test_a_decliner_opens_and_the_way_back_leads_to_the_list(on_demo) -> None:
    async with on_demo((80, 24)) as d:
        await d.press("m")
        await d.press("5")
        worst = market_state(d.browse.desk.workspace.market).segment("small").worst[0]
        assert worst.symbol in d.text()
        await d.press("enter")
        assert isinstance(d.app.screen, Company)
        assert worst.symbol in d.text().splitlines()[0]
        await d.press("escape")
        assert page(d).panel.title == "Decliners"
        await d.press("escape")
        assert isinstance(d.app.screen, Browse)


async def test_an_earlier_day_is_the_market_of_that_day(on_demo) -> None:
    async with on_demo() as d:
        await d.press("at")
        await d.type("2025-06-30")
        await d.press("enter")
        await d.press("m")
        assert "As of 2025-06-30" in d.text()
        assert "as known on 30 Jun 2025" in d.text()


async def test_the_state_is_worked_out_once_for_a_market(on_demo, monkeypatch) -> None:
    async with on_demo() as d:
        await d.press("m")
        await d.press("escape")
        monkeypatch.setattr("screener.regime.market_state", None)
        await d.press("m")
        assert "1 Breadth" in d.text()


async def test_without_indices_there_is_a_sentence(opened: Opened) -> None:
    async with opened(size=(80, 24)) as d:  # the small fixed market has two prices a company
        await d.press("m")
        await d.press("3")
        assert "No index prices were gathered." in d.text()
        await d.press("enter")
        assert "no company is under the cursor" in d.notices


def test_bins_draw_every_count_and_edge() -> None:
    chart = text_of(
        bin_chart([1, 0, 8], ["-10%", "0%", "+10%", "+20%"], ["$bad", "", "$good"], width=40,
                  height=8)
    )  # fmt: skip
    assert len(chart) == 8
    assert sum(line.count("█") for line in chart) > 3 * sum(line.count("▆") for line in chart)
    assert chart[-1].split() == ["-10%", "0%", "+10%", "+20%"]
    assert "8" in chart[0]
    assert text_of(bin_chart([0, 0], ["a", "b"], ["", ""], width=40, height=8))[4].strip()
