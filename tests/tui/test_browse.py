"""The main loop by its keys: browse, sort, narrow, switch, edit, mark, save, export."""

from __future__ import annotations

import polars as pl

from screener.paths import Paths
from screener.shortlists import Shortlists
from tests.tui.conftest import Opened
from tui.screens.company import Company
from tui.widgets.bars import ListBar, TitleBar
from tui.widgets.editor import QueryEditor
from tui.widgets.query import NarrowInput, Problem
from tui.widgets.why import WhyPanel


async def test_it_opens_on_the_screen_asked_for_and_says_what_the_market_is(
    opened: Opened,
) -> None:
    async with opened(screen="low_debt") as d:
        text = d.text()
        assert "Low debt" in text
        assert "demo · fictional" in text
        assert "27 Jan 2026" in text
        assert d.listing.result.screen.name == "low_debt"


async def test_every_count_is_on_screen_in_every_list(opened: Opened) -> None:
    async with opened(size=(80, 24)) as d:
        totals = d.listing.totals
        for show in ("pass", "unknown", "near", "fail", "all"):
            assert d.listing.view.show == show
            assert d.listing.frame.height == totals[show]
            line = next(line for line in d.text().splitlines() if "✓" in line and "✗" in line)
            assert all(str(totals[each]) in line for each in totals)
            await d.press("tab")
        assert d.listing.view.show == "pass"
        await d.press("shift+tab")
        assert d.listing.view.show == "all"


async def test_arrows_and_vim_keys_move_alike(opened: Opened) -> None:
    async with opened() as d:
        await d.press("t", "t", "t", "t")
        await d.press("g", "down", "down", "up")
        assert d.grid.cursor == 1
        await d.press("j", "j", "k")
        assert d.grid.cursor == 2
        await d.press("G")
        assert d.grid.cursor == d.grid.rows.height - 1
        await d.press("g")
        assert d.grid.cursor == 0
        start = d.grid.cursor_column
        await d.press("right", "l", "h")
        assert d.grid.cursor_column == start + 1


async def test_one_key_sorts_by_the_column_under_the_cursor(opened: Opened) -> None:
    async with opened() as d:
        await d.press("shift+tab", "l", "l")
        column = d.grid.column.key
        await d.press("right_square_bracket")
        values = d.listing.frame[column].drop_nulls().to_list()
        assert values == sorted(values, reverse=True)
        await d.press("left_square_bracket")
        values = d.listing.frame[column].drop_nulls().to_list()
        assert values == sorted(values)
        assert "▲" in d.text()


async def test_a_further_sort_key_orders_the_ties_of_the_first(opened: Opened) -> None:
    async with opened(size=(200, 40), screen="all_companies") as d:
        d.browse.results.add_column("sector")
        await d.press("left_square_bracket")
        d.grid.cursor_column = [c.key for c in d.grid.rows.columns].index("market_cap")
        await d.press("z", "right_square_bracket")
        assert d.listing.sort == (("sector", False), ("market_cap", True))
        rows = d.listing.frame.select("sector", "market_cap").drop_nulls().rows()
        assert rows == sorted(rows, key=lambda row: (row[0], -row[1]))


async def test_the_cursor_stays_on_its_company_through_sort_and_narrowing(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        await d.press("down", "down", "down")
        symbol = d.symbol
        await d.press("left_square_bracket")
        assert d.symbol == symbol
        await d.press("slash")
        await d.type(symbol[:4].lower())
        assert d.symbol == symbol
        await d.press("escape")
        assert d.symbol == symbol


async def test_the_list_narrows_as_it_is_typed(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        everyone = len(d.symbols)
        await d.press("slash")
        await d.type("amber")
        assert 0 < len(d.symbols) < everyone
        assert all(s.startswith("AMBE") for s in d.symbols)
        await d.type(" soft")
        frame = d.listing.frame
        assert frame.height == 0 or frame["symbol"].str.starts_with("AMBE").all()
        await d.press("enter")
        assert not d.browse.query_one(NarrowInput).display
        assert d.listing.narrow == "amber soft"
        await d.press("escape")
        assert len(d.symbols) == everyone


async def test_what_is_typed_to_narrow_is_never_a_pattern(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        await d.press("slash")
        await d.type(".*[(")
        assert d.symbols == []
        assert "matches" in d.text()


async def test_numbers_switch_screens_and_each_keeps_its_own_sort(opened: Opened) -> None:
    async with opened() as d:
        await d.press("left_square_bracket")
        first = d.listing.sort
        await d.press("2")
        assert d.listing.result.screen.name == "low_debt"
        assert d.listing.sort == (("debt_to_equity", False),)
        await d.press("1")
        assert d.listing.sort == first
        await d.press("0")
        assert len(d.symbols) == 24
        await d.press("9")
        assert "no screen 9" in d.notices


async def test_the_side_list_shows_live_counts_and_opens_screens(opened: Opened) -> None:
    async with opened(size=(140, 40)) as d:
        tally = d.browse.counts["screen:sound_and_cheap"]
        assert (tally.passed, tally.unknown) == (
            d.listing.totals["pass"],
            d.listing.totals["unknown"],
        )
        await d.press("b", "down", "enter")
        assert d.listing.result.screen.name == "low_debt"
        assert d.browse.focused is d.grid
        assert str(d.listing.totals["pass"]) in d.text()


async def test_the_side_list_lies_over_the_table_only_when_asked_on_a_narrow_screen(
    opened: Opened,
) -> None:
    async with opened(size=(80, 24)) as d:
        assert "Nothing pledged" not in d.text()
        await d.press("b")
        assert "Nothing pledged" in d.text()
        await d.press("escape")
        assert "Nothing pledged" not in d.text()


async def test_an_edited_query_moves_the_list_at_once(opened: Opened) -> None:
    async with opened() as d:
        before = d.symbols
        await d.press("e")
        await d.type(" AND Market Capitalization > 300")
        assert set(d.symbols) < set(before)
        assert "edited" in d.text()
        await d.press("escape")
        assert not d.browse.query(QueryEditor)
        await d.press("U")
        assert d.symbols == before


async def test_a_fault_in_the_query_is_shown_under_a_caret_and_keeps_the_list(
    opened: Opened,
) -> None:
    async with opened() as d:
        before = d.symbols
        await d.press("e")
        await d.type(" AND Debt to equty < 1")
        assert d.symbols == before
        text = d.text()
        assert "Debt to equty" in text
        line, caret = next(
            (above, below)
            for above, below in zip(text.splitlines()[1:], text.splitlines()[2:], strict=False)
            if "^^^" in below
        )
        assert line[caret.index("^") : caret.rindex("^") + 1] == "Debt to equty"
        assert "Did you mean Debt to equity" in text
        await d.press("enter")
        assert d.browse.query_one(Problem).display
        await d.press("U")
        assert not d.browse.query_one(Problem).display


async def test_only_the_answer_to_the_last_edit_is_shown(opened: Opened) -> None:
    async with opened() as d:
        browse = d.browse
        assert browse.desk is not None
        stale = browse.desk.job()()
        browse._ticket += 1
        browse.desk.query = "Market Capitalization > 300"
        browse.run()
        browse._landed(browse._ticket - 1, stale)
        await d.settle()
        assert d.listing.result.screen.query == "Market Capitalization > 300"


async def test_tab_completes_a_field_name(opened: Opened) -> None:
    async with opened(screen="low_debt") as d:
        await d.press("e")
        await d.type(" AND return on capital empl")
        await d.press("tab")
        assert d.browse.query_one(QueryEditor).text.endswith("Return on capital employed ")


async def test_why_says_value_margin_and_reason(opened: Opened) -> None:
    async with opened(size=(120, 30)) as d:
        assert not d.browse.query_one(WhyPanel).display
        await d.press("w")
        why = d.listing.result.why(d.grid.key)
        text = d.text()
        assert f"passes all {len(why.conditions)}" in text
        assert "to spare" in text
        await d.press("tab")
        text = d.text()
        assert "needs data" in text
        assert "no source has given this figure" in text
        await d.press("escape")
        assert not d.browse.query_one(WhyPanel).display


async def test_the_whole_why_names_the_source_of_every_figure(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        await d.press("W")
        text = d.text()
        assert "Profit before tax: ₹" in text
        assert "consolidated · test · known" in text
        await d.press("escape")
        assert d.app.screen is d.browse


async def test_marked_companies_are_saved_as_a_shortlist_and_opened_again(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(screen="all_companies") as d:
        chosen = d.symbols[:2]
        await d.press("space", "space")
        assert "2 marked" in d.text()
        await d.press("s")
        await d.type("core")
        await d.press("enter")
        saved = Shortlists(small_home.state).get("core")
        assert [entry.symbol for entry in saved.entries] == chosen
        assert saved.demo
        assert saved.screen == "all_companies"
        assert not d.grid.marked
        await d.press("2", "S", "enter")
        assert sorted(d.symbols) == sorted(chosen)
        assert "shortlist core" in d.text()
        await d.press("escape")
        assert d.listing.scope is None


async def test_without_marks_the_whole_list_is_saved_and_a_name_is_not_replaced_unasked(
    opened: Opened, small_home: Paths
) -> None:
    async with opened() as d:
        lists = Shortlists(small_home.state)
        await d.press("s", "enter")
        name = lists.names()[0]
        assert len(lists.get(name).entries) == len(d.symbols)
        await d.press("slash")
        await d.type(d.symbol)
        await d.press("enter", "s", "enter")
        assert "replaces the list" in d.text()
        assert len(lists.get(name).entries) > 1
        await d.press("enter")
        assert len(lists.get(name).entries) == 1
        assert len(lists.earlier(name)) == 1
        await d.press("U")
        assert len(lists.get(name).entries) > 1
        assert lists.earlier(name) == []


async def test_a_deleted_shortlist_can_be_brought_back(opened: Opened, small_home: Paths) -> None:
    async with opened() as d:
        lists = Shortlists(small_home.state)
        await d.press("s", "enter", "S")
        name = lists.names()[0]
        await d.press("d")
        assert lists.names() == []
        await d.press("U")
        assert lists.names() == [name]
        await d.press("escape")
        assert d.app.screen is d.browse


async def test_an_edited_query_is_saved_as_ones_own_screen_and_deleted(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(size=(140, 40)) as d:
        await d.press("e")
        await d.type(" AND Market Capitalization > 300")
        await d.press("enter", "a")
        await d.type("Larger ones")
        await d.press("enter")
        text = small_home.screens_file.read_text(encoding="utf-8")
        assert "[screen.larger_ones]" in text
        assert "Market Capitalization > 300" in text
        assert "Larger ones" in d.text()
        assert not d.browse.desk.edited  # type: ignore[union-attr]
        await d.press("b", "d")
        await d.type("delete")
        await d.press("enter")
        assert "larger_ones" not in small_home.screens_file.read_text(encoding="utf-8")


async def test_export_writes_what_is_listed_and_does_not_overwrite_unasked(
    opened: Opened, small_home: Paths
) -> None:
    async with opened() as d:
        await d.press("x", "enter")
        file = small_home.config.parent / "sound_and_cheap-2026-01-27.csv"
        lines = file.read_text(encoding="utf-8").splitlines()
        assert "fictional" in lines[0]
        header = next(i for i, line in enumerate(lines) if not line.startswith("#"))
        assert len(lines) - header - 1 == len(d.symbols)
        file.write_text("mine", encoding="utf-8")
        await d.press("x", "enter")
        assert "replaces the file" in d.text()
        assert file.read_text(encoding="utf-8") == "mine"
        await d.press("enter")
        assert file.read_text(encoding="utf-8") != "mine"


async def test_an_export_that_cannot_be_written_is_a_notice(opened: Opened) -> None:
    async with opened() as d:
        await d.press("x")
        await d.type("/proc/nothing/here.csv")
        await d.press("enter")
        assert "Cannot write" in d.notices


async def test_columns_are_added_hidden_and_brought_back(opened: Opened) -> None:
    async with opened(size=(200, 40)) as d:
        before = d.listing.columns
        await d.press("c", "slash")
        await d.type("book value")
        await d.press("enter", "space", "escape", "escape")
        added = d.listing.columns[-1]
        assert d.listing.columns == (*before, added)
        assert "book value" in d.listing.fields[added].name.casefold()
        d.grid.cursor_column = len(d.grid.rows.columns) - 1
        await d.press("minus")
        assert added not in d.listing.columns
        await d.press("U")
        assert d.listing.columns == (*before, added)
        await d.press("U")
        assert d.listing.columns == before
        d.grid.cursor_column = 1
        await d.press("minus")
        assert "This column stays" in d.notices


async def test_comma_keeps_the_list_to_one_industry(opened: Opened) -> None:
    async with opened(screen="all_companies") as d:
        key = d.grid.key
        await d.press("comma")
        companies = d.browse.desk.workspace.market.companies  # type: ignore[union-attr]
        mine = companies.filter(pl.col("isin") == key)["basic_industry"][0]
        assert d.browse.query_one(TitleBar).left[-1][0].strip("▸ ") == mine
        assert len(d.symbols) == 6
        await d.press("comma")
        assert len(d.symbols) == 24


async def test_what_cannot_run_now_says_why(opened: Opened) -> None:
    async with opened() as d:
        await d.press("u")
        assert "nothing is marked" in d.notices
        await d.press("a")
        assert "the query is as it was saved" in d.notices
        assert d.app.screen is d.browse


async def test_enter_opens_the_company_and_its_neighbours(opened: Opened) -> None:
    async with opened(size=(140, 40), screen="all_companies") as d:
        await d.press("down", "enter")
        assert isinstance(d.app.screen, Company)
        text = d.text()
        assert d.symbols[1] in text
        assert "2 of 24" in text
        assert "Sound and cheap" in text
        await d.press("tab")
        assert "Sales ₹ cr" in d.text()
        assert "Mar 25" in d.text()
        await d.press("full_stop")
        assert "Dec 25" in d.text()
        await d.press("n")
        assert d.symbols[2] in d.text()
        await d.press("p", "p", "escape")
        assert d.app.screen is d.browse
        assert d.grid.cursor == 0


async def test_clicks_sort_switch_and_open(opened: Opened) -> None:
    async with opened(size=(120, 40)) as d:
        column = next(p for p in d.grid._places if p.column.key == "market_cap")
        await d.pilot.click("#companies", offset=(column.x + 1, 1))
        await d.settle()
        assert d.listing.sort == (("market_cap", True),)
        await d.pilot.click("#companies", offset=(column.x + 1, 1))
        await d.settle()
        assert d.listing.sort == (("market_cap", False),)
        await d.pilot.click("#companies", offset=(6, 4))
        assert d.grid.cursor == 2
        await d.pilot.click(ListBar, offset=(14, 0))
        await d.settle()
        assert d.listing.view.show == "unknown"


async def test_help_is_written_from_the_registry(opened: Opened) -> None:
    async with opened(size=(120, 110)) as d:
        await d.press("question_mark")
        text = d.text()
        for command in d.browse.commands():
            if not command.id.startswith("browse.screen_"):
                assert command.help in text
        await d.press("escape")
        assert d.app.screen is d.browse


async def test_the_palette_runs_commands_and_finds_screens(opened: Opened) -> None:
    async with opened() as d:
        await d.press("ctrl+p")
        await d.type("nothing pledged")
        await d.press("enter")
        await d.settle()
        assert d.listing.result.screen.name == "pledge_free"


async def test_copy_hands_the_marked_symbols_to_the_terminal(opened: Opened) -> None:
    async with opened() as d:
        first, second = d.symbols[:2]
        await d.press("space", "space", "y")
        assert d.app.clipboard == f"{first}, {second}"


async def test_reload_reads_the_screens_again_and_keeps_the_place(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(size=(140, 40)) as d:
        await d.press("down", "down", "left_square_bracket")
        symbol, sort = d.symbol, d.listing.sort
        small_home.config.mkdir(exist_ok=True)
        small_home.screens_file.write_text(
            '[screen.mine]\ntitle = "Written by hand"\nquery = "Debt free"\n', encoding="utf-8"
        )
        await d.press("R")
        assert "Written by hand" in d.text()
        assert (d.symbol, d.listing.sort) == (symbol, sort)


async def test_keys_that_are_text_in_an_editor_are_not_offered_there(opened: Opened) -> None:
    async with opened() as d:
        assert "? Help" in d.text()
        await d.press("e")
        assert "? Help" not in d.text()
        await d.type(" ?")
        assert d.browse.query_one(QueryEditor).text.endswith("?")
        await d.press("escape", "slash")
        assert "? Help" not in d.text()


async def test_q_leaves(opened: Opened) -> None:
    async with opened() as d:
        await d.pilot.press("q")
        assert d.app.return_code == 0
