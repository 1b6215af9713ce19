"""The company screen: tabs, figures, neighbours, verdicts, notes; by keys and by mouse."""

from __future__ import annotations

import pytest

from screener.notes import Notes
from screener.paths import Paths
from screener.screening import run
from tests.tui.company.conftest import OpenedCompany
from tests.tui.company.market import BARE, COUNT, FULL, HOSTILE, LOSSES, YOUNG
from tests.tui.small import isin
from tui.commands import COMPANY_TABS
from tui.screens.browse import Browse
from tui.screens.company_head import Figures
from tui.screens.company_parts import ChartPane, NoteText, TabBar
from tui.screens.drill import DrillDown
from tui.screens.whole import WholeWhy
from tui.widgets.grid import Grid


@pytest.mark.parametrize(("number", "size"), [(BARE, (60, 20)), (YOUNG, (250, 60))])
async def test_every_tab_opens_at_any_size_also_where_figures_lack(
    opened_company: OpenedCompany, number: int, size: tuple[int, int]
) -> None:
    async with opened_company(number, size=size) as d:
        for key, name in enumerate(COMPANY_TABS, start=1):
            await d.press(str(key))
            assert d.company.tab == name
            assert "Reading" not in d.text()
        assert "went wrong" not in d.notices


async def test_the_overview_shows_price_and_ten_years(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(100, 60)) as d:
        text = d.text()
        assert "Fullerton Test Works Ltd" in text
        assert "falling channel" in text
        assert "200-day average" in text
        assert "FY16" in text
        assert "FY25" in text
        assert "net profit ×" in text
        assert "OPM %" in text
        assert "Price  one year" in text
        await d.press("full_stop")
        assert "Price  three years" in d.text()  # all there is on record
        await d.press("full_stop")
        assert "Price  one year" in d.text()


async def test_statements_are_annual_and_quarterly_with_growth(
    opened_company: OpenedCompany,
) -> None:
    async with opened_company(FULL, size=(160, 50)) as d:
        await d.press("2")
        text = d.text()
        assert "Sales ₹ cr" in text
        assert "growth %" in text
        assert "790*" in text
        assert "* restated" in text
        await d.press("percent_sign")
        assert "growth %" not in d.text()
        await d.press("full_stop")
        assert "Dec 25" in d.text()
        assert "on the year %" not in d.text()
        await d.press("percent_sign")
        assert "on the year %" in d.text()


async def test_peers_stand_beside_their_chart_with_the_company_marked(
    opened_company: OpenedCompany,
) -> None:
    async with opened_company(FULL, size=(160, 50)) as d:
        await d.press("4")
        text = d.text()
        assert "Peers by P/E: basic industry Electrical Equipment, 11" in text
        assert "◆ FULL" in text  # in the table
        assert "FULL ◆" in text  # and in the chart
        assert "P/E against ROCE" in text
        assert "Median" in text
        assert "± its error" in text
    async with opened_company(FULL, size=(80, 24)) as d:
        await d.press("4")
        assert "P/E against ROCE" not in d.text()
        await d.press("full_stop")
        assert "P/E against ROCE" in d.text()


async def test_estimates_or_the_sentence_that_there_are_none(
    opened_company: OpenedCompany,
) -> None:
    async with opened_company(FULL, size=(160, 50)) as d:
        await d.press("5")
        text = d.text()
        assert "Expected by analysts" in text
        assert "EPS revision 30days" in text
        await d.press("full_stop")
        assert "Mean EPS estimate" in d.text()
        await d.press("full_stop", "n")
        text = d.text()
        assert "No analyst covers this company." in text
        assert "Earnings surprise" in text
        assert "Profit growth acceleration" in text


async def test_owners_say_what_moved_and_what_is_pledged(opened_company: OpenedCompany) -> None:
    async with opened_company(LOSSES, size=(160, 50)) as d:
        await d.press("6")
        text = d.text()
        assert "Promoters hold 55.0 % · +1.6 points in a year · 2.0 % of it pledged" in text
        assert "+0.40" in text


async def test_the_score_adds_up(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(160, 60)) as d:
        await d.press("7")
        grid = d.company.query_one(Grid)
        cells = grid.rows.cells  # type: ignore[attr-defined]
        titles = {"Balance sheet score", "Quality score", "Growth score", "Valuation score"}
        given = [float(c[4]) for c in cells if c[4] not in ("", "–") and c[0] not in titles]
        total = d.browse.desk.workspace.market.fields["selectivity_score"][0]  # type: ignore[union-attr]
        assert sum(given) == pytest.approx(total, abs=0.05)
        assert f"Selectivity score {total:.1f} of 100" in d.text()


async def test_why_shows_every_screen_and_opens_it(opened_company: OpenedCompany) -> None:
    async with opened_company(LOSSES, size=(160, 50)) as d:
        await d.press("8")
        grid = d.company.query_one(Grid)
        cells = grid.rows.cells  # type: ignore[attr-defined]
        market = d.browse.desk.workspace.market  # type: ignore[union-attr]
        for screen, row in zip(d.browse.desk.workspace.library.screens, cells, strict=True):  # type: ignore[union-attr]
            verdict = run(market, screen).why(isin(LOSSES), sources=False).verdict
            assert row[0] == {"pass": "✓", "fail": "✗", "unknown": "?"}[verdict]
            assert row[1].strip() == screen.title
        await d.press("enter")
        assert isinstance(d.app.screen, WholeWhy)
        assert "Sound and cheap" in d.text()


async def test_tabs_turn_by_digits_arrows_tab_and_mouse(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(120, 40)) as d:
        await d.press("3")
        assert d.company.tab == "Ratios"
        await d.press("1", "right")  # no table here takes the arrow
        assert d.company.tab == "Statements"
        await d.press("tab", "tab", "shift+tab")
        assert d.company.tab == "Ratios"
        await d.press("1", "left")
        assert d.company.tab == "Notes"
        text = d.company.query_one(TabBar).render().plain  # type: ignore[union-attr]
        await d.pilot.click(TabBar, offset=(text.index("Owners"), 0))
        await d.settle()
        assert d.company.tab == "Owners"


async def test_neighbours_keep_the_tab_and_the_list_keeps_its_place(
    opened_company: OpenedCompany,
) -> None:
    async with opened_company(FULL, size=(120, 40)) as d:
        place = d.company._isins.index(isin(FULL))
        await d.press("2", "n")
        assert d.company.tab == "Statements"
        assert f"{(place + 1) % COUNT + 1} of {COUNT}" in d.text()
        name = d.company.isin
        await d.press("escape")
        assert isinstance(d.app.screen, Browse)
        assert d.grid.key == name


async def test_enter_on_a_cell_shows_where_it_comes_from(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(120, 44)) as d:
        await d.press("2")
        await d.press("left", "enter")  # the year before the last
        text = d.text()
        assert isinstance(d.app.screen, DrillDown)
        assert "₹ 790 cr" in text
        assert "12 months to 31 Mar 2024" in text
        assert "first  ₹ 812 cr" in text
        assert "20 May 2024" in text
        assert "20 May 2025" in text
        await d.press("escape", "3")
        await d.press("enter")
        text = d.text()
        assert "Return on capital employed" in text
        assert "ROCE on reported profit" in text
        assert "Computed from" in text


async def test_a_figure_of_the_header_is_opened_by_key_and_by_mouse(
    opened_company: OpenedCompany,
) -> None:
    async with opened_company(FULL, size=(120, 40)) as d:
        await d.press("i", "right", "right", "enter")
        assert isinstance(d.app.screen, DrillDown)
        assert "Price to Earning" in d.text()
        assert "PE reported" in d.text()
        await d.press("escape", "escape")
        shown: object = d.app.screen
        assert shown is d.company
        assert isinstance(d.company.focused, ChartPane)
        figures = d.company.query_one(Figures)
        line, x, _ = next(p for p in figures._places() if p[2].label == "ROCE")
        await d.pilot.click(Figures, offset=(x + 2, line))
        await d.settle()
        assert "Return on capital employed" in d.text()


async def test_a_note_is_kept_across_companies_and_runs(
    opened_company: OpenedCompany, company_home: Paths
) -> None:
    async with opened_company(FULL, size=(80, 24)) as d:
        await d.press("9")
        assert "No note on this company yet" in d.text()
        await d.press("e")
        await d.type("Ask [b]why[/b] n moved 9")
        assert "Ask [b]why[/b] n moved 9" in d.text()  # keys are text here
        await d.press("escape", "n")
        assert "Ask [b]why" not in d.text()
        await d.press("p")
        assert "Ask [b]why[/b]" in d.text()
        await d.press("e")
        await d.type("!")  # and the app is left while writing
    note = Notes(company_home.state).get(isin(FULL))
    assert note is not None
    assert note.text == "Ask [b]why[/b] n moved 9!"
    async with opened_company(FULL, size=(80, 24)) as d:
        await d.press("9")
        assert note.text in d.text()


async def test_hostile_names_are_text(opened_company: OpenedCompany) -> None:
    async with opened_company(HOSTILE, size=(160, 50)) as d:
        for key in "124":
            await d.press(key)
            text = d.text()
            assert "[red]Evil[/red] [31mTest[/] Ltd" in text
            assert "\x1b" not in text
            assert "\u202e" not in text


async def test_a_resize_keeps_tab_row_and_column(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(160, 50)) as d:
        await d.press("2")
        await d.press("down", "down", "left")
        grid = d.company.query_one(Grid)
        before = (grid.key, grid.column and grid.column.key)
        for size in ((70, 22), (250, 60), (80, 24)):
            await d.pilot.resize_terminal(*size)
            await d.settle()
            assert (grid.key, grid.column and grid.column.key) == before
            assert d.company.tab == "Statements"


async def test_what_cannot_be_done_says_why(opened_company: OpenedCompany) -> None:
    async with opened_company(BARE, size=(120, 40)) as d:
        await d.press("1", "percent_sign")
        assert "only statements and owners have it" in d.notices
        await d.press("2")
        assert "No source gave this company's statements." in d.text()
        await d.press("full_stop")
        assert "this tab has one view" in d.notices


async def test_in_ascii_charts_hold_no_other_sign(
    opened_company: OpenedCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", "1")
    async with opened_company(FULL, size=(120, 44)) as d:
        for key in "134":
            await d.press(key)
            await d.press("full_stop")
            shown = d.company.query_one(ChartPane)
            if shown.display:
                content = shown.query_one("Static").visual  # type: ignore[attr-defined]
                assert not any("\u2580" <= c <= "\u28ff" for c in str(content))


async def test_notes_take_no_key_until_they_are_begun(opened_company: OpenedCompany) -> None:
    async with opened_company(FULL, size=(80, 24)) as d:
        await d.press("9", "x", "y")
        assert d.company.query_one(NoteText).text == ""
