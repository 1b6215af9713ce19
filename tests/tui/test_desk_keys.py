"""Keys of the main screen beyond the loop: the line, sweeps, columns, undo, places, lists."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.paths import Paths
from screener.shortlists import Entry, Shortlists
from tests.tui.conftest import Driver, Opened
from tui.app import KasautiApp
from tui.screens.company import Company
from tui.screens.welcome import Welcome
from tui.settings import Memory, recall, remember
from tui.sweep import thresholds
from tui.widgets.bars import TitleBar
from tui.widgets.editor import QueryEditor
from tui.widgets.funnel import FunnelPanel
from tui.widgets.library import LibraryList
from tui.widgets.line import CommandLine


def passes(d: Driver) -> set[str]:
    return set(d.listing.result.rows("pass")["symbol"])


# the command line


async def test_a_condition_on_the_line_joins_the_query_and_is_undone(opened: Opened) -> None:
    async with opened() as d:
        before, query = set(d.symbols), d.browse.desk.query
        await d.press("colon")
        await d.type("market capitalization > 300")
        await d.press("enter")
        cap = d.listing.result.rows("pass", ["market_cap"])["market_cap"]
        assert cap.min() > 300
        assert set(d.symbols) < before
        assert d.browse.focused is d.grid
        await d.press("U")
        assert (set(d.symbols), d.browse.desk.query) == (before, query)


async def test_conditions_joined_by_or_keep_their_meaning(opened: Opened) -> None:
    async with opened(screen="pledge_free") as d:
        desk = d.browse.desk
        run = desk.workspace.run
        desk.edit("ROCE > 30 OR Debt to equity < 0.1  # either")
        d.browse.run()
        await d.settle()
        either = passes(d)
        await d.press("colon")
        await d.type("PE < 15 or roe > 15")
        await d.press("enter")
        other = set(run(replaced(desk.base, "PE < 15 or roe > 15")).rows("pass")["symbol"])
        assert passes(d) == either & other


def replaced(screen, query):  # type: ignore[no-untyped-def]
    import dataclasses

    return dataclasses.replace(screen, query=query)


async def test_a_symbol_on_the_line_opens_the_company_even_off_the_list(opened: Opened) -> None:
    async with opened() as d:
        companies = d.browse.desk.workspace.market.companies
        away = next(s for s in companies["symbol"] if s not in d.symbols)
        await d.press("colon")
        await d.type(away.lower())
        await d.press("enter")
        assert isinstance(d.app.screen, Company)
        assert away in d.text()
        await d.press("escape")
        assert d.app.screen is d.browse


async def test_verbs_of_the_line_do_what_they_say(opened: Opened, small_home: Paths) -> None:
    async with opened() as d:

        async def line(text: str) -> None:
            await d.press("colon")
            await d.type(text)
            await d.press("enter")

        await line("screen low debt")
        assert d.listing.result.screen.name == "low_debt"
        await line("sort -pe, roce")
        assert d.listing.sort == (("pe", True), ("roce", False))
        await line("column Book value")
        assert "book_value" in d.listing.columns
        await line("theme light")
        assert d.app.theme == "kasauti-light"
        await line("export here.json")
        assert (small_home.config.parent / "here.json").is_file()
        await line("undo")
        assert "book_value" not in d.listing.columns


async def test_a_wrong_line_stays_with_its_fault_above_it(opened: Opened) -> None:
    async with opened(size=(80, 24)) as d:
        before = d.symbols
        for text, words in (
            ("debt to equty < 1", "Did you mean"),
            ("sort rocee", "Did you mean"),
            ("screen", "goes with NAME"),
            ("asof yesterday", "is no date"),
            ("nosuchco", "No company is called"),
            ("list none", "No shortlist is called"),
        ):
            await d.press("colon")
            await d.type(text)
            await d.press("enter")
            assert words in d.text(), text
            assert text in d.text()
            assert d.browse.query(CommandLine)
            await d.press("escape")
            assert not d.browse.query(CommandLine)
        assert d.symbols == before


async def test_the_line_completes_and_goes_back_to_lines_before(opened: Opened) -> None:
    async with opened() as d:
        await d.press("colon")
        await d.type("retained roce")
        await d.press("escape", "colon")
        await d.type("roce")
        await d.press("tab")
        await d.type("> 16")
        await d.press("enter", "colon", "up")
        text = d.text()
        assert ":Return on capital employed > 16" in text
        await d.press("down")
        assert ":Return on capital employed" not in d.text()


# sweep and funnel


async def test_a_number_moves_and_says_who_came_and_left(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        first, before = passes(d), d.browse.desk.query
        await d.press(*["greater_than_sign"] * 12)
        query = d.browse.desk.query
        assert thresholds(query)[0].value > thresholds(before)[0].value
        assert d.listing.result.screen.query == query
        left = first - passes(d)
        assert left
        assert passes(d) < first
        panel = d.text().splitlines()
        line = next(row for row in panel if " → " in row and " out " in row)
        assert f"out {len(left)}: " in line
        assert all(symbol in line for symbol in sorted(left)[:1])
        await d.press("U")
        assert d.browse.desk.query == before
        assert passes(d) == first


async def test_the_condition_to_move_is_chosen(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        await d.press("F")
        assert d.browse.query_one(FunnelPanel).display
        assert "▸ Return on capital employed > 15" in d.text()
        await d.press("right_curly_bracket", "less_than_sign")
        assert "Debt to equity <= 0.55" in d.browse.desk.query
        assert "▸ Debt to equity <= 0.55" in d.text()
        await d.press("left_curly_bracket", "greater_than_sign")
        assert "Return on capital employed > 16" in d.browse.desk.query
        await d.press("escape")
        assert not d.browse.query_one(FunnelPanel).display


async def test_the_funnel_adds_up(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        await d.press("F")
        steps, text = d.listing.result.funnel, d.text()
        assert steps[-1].left == d.listing.totals["pass"]
        for step in steps:
            row = next(row for row in text.splitlines() if f"{step.text}  " in row)
            numbers = row.split(step.text)[1].split()
            assert numbers[:4] == [
                str(n) for n in (step.left, step.unknown, step.failed, step.fails_alone)
            ]


async def test_a_query_without_numbers_says_so(opened: Opened) -> None:
    async with opened() as d:
        d.browse.desk.edit("Debt free")
        d.browse.run()
        await d.settle()
        await d.press("greater_than_sign")
        assert "no condition of this query compares with a number" in d.notices


# columns, shading, matches


async def test_columns_are_ordered_and_frozen_and_all_of_it_is_undone(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        before = d.listing.columns
        await d.press("c", "down", "less_than_sign", "escape")
        assert d.listing.columns == (before[1], before[0], *before[2:])
        d.grid.cursor_column = 3
        await d.press("f")
        assert d.grid.frozen == 4
        d.grid.cursor_column = len(d.grid.rows.columns) - 1
        await d.press("u", "f")
        assert d.grid.frozen == len(d.grid.rows.columns)
        await d.pilot.resize_terminal(60, 20)
        await d.settle()
        assert len(d.text().splitlines()[0]) == 60
        await d.press("U", "U", "U")
        assert d.listing.columns == before
        assert d.grid.frozen == 2


async def test_columns_of_a_condition_appear_though_columns_were_chosen(opened: Opened) -> None:
    async with opened() as d:
        await d.press("c", "down", "space", "escape", "colon")
        await d.type("book value > 1")
        await d.press("enter")
        assert "book_value" in d.listing.columns


async def test_shading_follows_the_ranks_of_the_list_and_is_kept_off(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(screen="all_companies") as d:
        rows = d.grid.rows
        column = next(i for i, c in enumerate(rows.columns) if c.key == "market_cap")
        levels = pl.Series(rows.heat(0, column))
        caps = d.listing.frame["market_cap"]
        assert set(levels.unique()) == {-2, -1, 0, 1, 2}
        assert caps.filter(levels == 2).min() > caps.filter(levels == 1).max()
        assert caps.filter(levels == -2).max() < caps.filter(levels == -1).min()
        await d.press("H")
        assert d.grid.rows.heat(0, column) == ()
    assert not recall(small_home)[0].heat


async def test_n_goes_from_match_to_match(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        await d.press("n")
        assert "nothing was looked for" in d.notices
        await d.press("slash")
        await d.type("amber")
        found = set(d.symbols)
        await d.press("escape", "g")
        seen = []
        for _ in found:
            await d.press("n")
            seen.append(d.symbol)
        assert set(seen) == found
        await d.press("N")
        assert d.symbol == seen[-2]


# places


async def test_the_place_is_kept_for_the_next_run(opened: Opened) -> None:
    async with opened(size=(140, 40)) as d:
        await d.press("2", "left_square_bracket", "tab", "minus", "f", "colon")
        await d.type("market cap > 10")
        await d.press("enter", "down", "down", "b", "plus", "escape")
        view, symbol, query = d.browse.desk.view, d.symbol, d.browse.desk.query
        width = d.browse.query_one(LibraryList).size.width
    async with opened(size=(140, 40), screen=None) as d:
        assert d.listing.result.screen.name == "low_debt"
        assert d.browse.desk.view == view
        assert (d.symbol, d.browse.desk.query) == (symbol, query)
        assert "edited" in d.text()
        assert d.browse.query_one(LibraryList).size.width == width == 38
        await d.press("U")
        assert not d.browse.desk.edited


async def test_every_screen_keeps_its_own_company_and_edit(opened: Opened) -> None:
    async with opened() as d:
        await d.press("down", "down", "greater_than_sign")
        symbol, query = d.symbol, d.browse.desk.query
        await d.press("0", "G", "2", "1")
        assert (d.symbol, d.browse.desk.query) == (symbol, query)
        await d.press("U")
        assert not d.browse.desk.edited


async def test_a_query_left_broken_is_not_what_the_next_run_begins_with(opened: Opened) -> None:
    async with opened() as d:
        await d.press("e")
        await d.type(" AND Nonsense >")
        await d.press("escape")
        before = d.symbols
    async with opened(screen=None) as d:
        assert d.symbols == before
        assert not d.browse.desk.edited


async def test_a_remembered_query_that_no_longer_runs_gives_way_to_the_saved_one(
    opened: Opened, small_home: Paths
) -> None:
    from tui.settings import Place

    memory = Memory().at("sound_and_cheap", Place(query="Gone field > 3"))
    remember(small_home, memory)
    async with opened(screen=None) as d:
        assert d.symbols
        assert "cannot be run now" in d.notices
        assert not d.browse.desk.edited


async def test_an_own_screen_that_cannot_be_run_shows_no_list_of_another(
    opened: Opened, small_home: Paths
) -> None:
    small_home.config.mkdir(exist_ok=True)
    small_home.screens_file.write_text('[screen.mine]\nquery = "Gone field > 3"\n')
    async with opened(size=(140, 40)) as d:
        await d.press("4")
        assert d.grid.rows.height == 0
        assert "cannot be run as it stands" in d.text()
        assert "Gone field" in d.text()
        await d.press("1")
        assert d.symbols


async def test_a_damaged_memory_is_told_and_the_app_begins_as_new(
    opened: Opened, small_home: Paths
) -> None:
    small_home.state_dir.mkdir(exist_ok=True)
    (small_home.state_dir / "app.json").write_text("{", encoding="utf-8")
    async with opened() as d:
        assert "damaged" in d.notices
        assert d.symbols


async def test_marks_come_back_after_undo(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        await d.press("space", "space", "u")
        assert not d.grid.marked
        await d.press("U")
        assert len(d.grid.marked) == 2
        await d.press("U", "U", "U")
        assert not d.grid.marked
        assert "nothing was changed" in d.notices


# shortlists


async def test_marks_are_added_to_a_list_with_a_reason(opened: Opened, small_home: Paths) -> None:
    async with opened(screen="all_companies") as d:
        lists = Shortlists(small_home.state)
        symbols = d.symbols
        await d.press("space", "space", "s")
        await d.type("core")
        await d.press("tab")
        await d.type("owner runs it")
        await d.press("enter", "space", "s")
        await d.type("core")
        await d.press("enter")
        assert "adds them to the list" in d.text()
        await d.press("enter")
        entries = lists.get("core").entries
        assert [e.symbol for e in entries] == symbols[:3]
        assert [e.reason for e in entries] == ["owner runs it", "owner runs it", ""]
        await d.press("U")
        assert len(lists.get("core").entries) == 2


async def test_reasons_notes_and_days_of_a_list(opened: Opened, small_home: Paths) -> None:
    lists = Shortlists(small_home.state)
    day = dt.date(2025, 12, 1)
    one, two = Entry("XX0000000000", "AMBE00", "Amber"), Entry("XX0000000001", "BASA01", "Basalt")
    lists.save("mine", (one,), market_date=day, screen="low_debt", demo=True)
    lists.save("mine", (two,), market_date=dt.date(2026, 1, 1), screen="low_debt", demo=True)
    async with opened(size=(120, 40)) as d:
        await d.press("S", "e")
        await d.type("for the tax year")
        await d.press("enter")
        assert lists.get("mine").note == "for the tax year"
        assert "for the tax year" in d.text()
        await d.press("o", "e")
        await d.type("cheap [red]again")
        await d.press("enter")
        assert "cheap [red]again" in d.text()
        await d.press("d")
        assert lists.get("mine").entries == ()
        await d.press("U", "U")
        assert [e.reason for e in lists.get("mine").entries] == [""]
        await d.press("escape", "c")
        text = d.text()
        assert "1 came, 1 left, 0 stayed" in text
        assert "+ BASA01" in text
        assert "- AMBE00" in text
        await d.press("escape", "y")
        await d.type("NSE:")
        await d.press("enter")
        assert d.app.clipboard == "NSE:BASA01"
        await d.press("escape")
        assert d.app.screen is d.browse


async def test_the_form_of_a_copy_is_chosen_and_kept(opened: Opened, small_home: Paths) -> None:
    async with opened() as d:
        first, second = d.symbols[:2]
        await d.press("space", "space", "Y")
        await d.type("tradingview")
        await d.press("enter")
        assert d.app.clipboard == f"NSE:{first}\nNSE:{second}"
        kept = (small_home.state_dir / "copied.txt").read_text(encoding="utf-8")
        assert kept == d.app.clipboard
        await d.press("y")
        assert d.app.clipboard.startswith("NSE:")


# an earlier day, welcome, changes


async def test_an_earlier_day_is_marked_and_left_by_escape(opened: Opened) -> None:
    async with opened(size=(80, 24), screen="all_companies") as d:
        today = d.listing.result.market
        await d.press("at")
        await d.type("2027-01-01")
        await d.press("enter")
        assert "ends on 27 Jan 2026" in d.text()
        await d.press("ctrl+u")
        await d.type("2025-09-30")
        await d.press("enter")
        past = today.as_of(dt.date(2025, 9, 30))
        assert d.listing.result.market.date == past.date == dt.date(2025, 9, 30)
        price = {row[0]: row[1] for row in past.fields.select("isin", "current_price").rows()}
        shown = d.listing.frame.select("isin", "current_price").rows()
        assert all(price[isin] == value for isin, value in shown)
        assert "as known on 30 Sep 2025" in d.text()
        assert d.browse.query_one(TitleBar).working == ""
        await d.press("2", "escape")
        assert d.listing.result.market is today
        assert "as known on" not in d.text().splitlines()[0]


async def test_the_welcome_comes_once_and_whenever_it_is_asked_for(small_home: Paths) -> None:
    for first in (True, False):
        app = KasautiApp(small_home, welcome=True)
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            d = Driver(app, pilot)
            await d.ready()
            assert isinstance(app.screen, Welcome) == first
            if first:
                assert "do not exist" in d.text()
                await d.press("enter")
                assert app.screen is d.browse
                await d.press("ctrl+p")
                await d.type("welcome")
                await d.press("enter")
                await d.settle()
                assert isinstance(app.screen, Welcome)


async def test_the_side_list_says_what_changed_since_the_last_run(
    opened: Opened, small_home: Paths
) -> None:
    from dataclasses import replace

    from screener.market.store import Market
    from screener.runs import Runs
    from screener.screens import Library

    small_home.config.mkdir(exist_ok=True)
    small_home.screens_file.write_text('[screen.dear]\nquery = "Current price > 200"\n')
    now = Market.open(small_home.demo_market)
    before = now.as_of(dt.date(2025, 9, 30))
    before = Market(before.folder, replace(before.manifest, generation="g-earlier"))
    past = now.as_of(dt.date(2025, 9, 30))
    before.__dict__.update(companies=past.companies, panel=past.panel, fields=past.fields)
    library = Library.load(small_home)
    Runs(small_home.state).record(before, library)
    async with opened(size=(140, 40)) as d:
        from screener.screening import run

        for screen in library.screens:
            new = set(run(now, screen).rows("pass")["isin"])
            old = set(run(past, screen).rows("pass")["isin"])
            tally = d.browse.counts[f"screen:{screen.name}"]
            assert (tally.entered, tally.left) == (len(new - old), len(old - new)), screen.name
        assert any(t.entered or t.left for t in d.browse.counts.values())


@pytest.mark.parametrize("width", [80, 120])
async def test_the_editor_says_what_a_field_means(opened: Opened, width: int) -> None:
    async with opened(size=(width, 24)) as d:
        await d.press("e")
        await d.type(" AND roe")
        text = d.text()
        assert "Return on equity (%)" in text
        assert "ROE = Owners' profit" in text
        await d.press("tab")
        assert d.browse.query_one(QueryEditor).text.endswith("Return on equity ")


async def test_keys_typed_faster_than_a_line_or_a_dialog_opens_reach_it(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(screen="all_companies") as d:
        await d.type(":roce > 16")
        await d.press("enter")
        assert d.browse.desk.query.endswith("AND roce > 16")
        await d.type("sCore")
        await d.press("enter")
        assert Shortlists(small_home.state).names() == ["Core"]
        await d.type("/amber")
        assert all(symbol.startswith("AMBE") for symbol in d.symbols)
