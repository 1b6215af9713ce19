"""The virtual table by itself: what it draws, what it leaves alone, how it moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tui.format import UNKNOWN, cell
from tui.rows import CHUNK, FrameRows, TextRows, columns_of, header_lines
from tui.theme import THEMES
from tui.widgets.grid import HEADER, Grid


@dataclass(frozen=True)
class Named:
    header: str
    unit: str


FIELDS = {
    "symbol": Named("Symbol", "text"),
    "name": Named("Name", "text"),
    "mcap": Named("Market Capitalization", "cr"),
    "roce": Named("Return on capital employed", "pct"),
    "pe": Named("Price to Earning", "ratio"),
    "price": Named("Current price", "rs"),
}


def frame(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "isin": [f"X{i:05d}" for i in range(rows)],
            "symbol": [f"S{i}" for i in range(rows)],
            "name": [f"Company number {i} Limited" for i in range(rows)],
            "mcap": [float(i * 37 % 1009) * 100 for i in range(rows)],
            "roce": [None if i % 7 == 3 else float(i % 50) - 10 for i in range(rows)],
            "pe": [float(i % 90) + 0.25 for i in range(rows)],
            "price": [float(i % 2000) + 0.5 for i in range(rows)],
        }
    )


class Spy(FrameRows):
    """Rows that note the chunks asked of them."""

    asked: list[tuple[int, int]]

    def __init__(self, data: pl.DataFrame) -> None:
        super().__init__(data, columns_of(data, FIELDS))
        self.asked = []

    def texts(self, chunk: int, column: int) -> Sequence[str]:
        self.asked.append((chunk, column))
        return super().texts(chunk, column)


class Bench(App[None]):
    CSS_PATH = "../../tui/theme/kasauti.tcss"

    def __init__(self, rows: Any, frozen: int = 1) -> None:
        super().__init__()
        self.rows, self.frozen = rows, frozen
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES[0].variables)

    def compose(self) -> ComposeResult:
        yield Grid(frozen=self.frozen)

    def on_mount(self) -> None:
        self.grid.show(self.rows)
        self.grid.focus()

    @property
    def grid(self) -> Grid:
        return self.query_one(Grid)

    def lines(self) -> list[str]:
        return [self.grid.render_line(y).text for y in range(self.size.height)]


async def test_only_the_chunks_on_screen_are_formatted() -> None:
    rows = Spy(frame(5000))
    async with Bench(rows).run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert {chunk for chunk, _ in rows.asked} == {0}
        pilot.app.query_one(Grid).action_bottom()
        await pilot.pause()
        first_in_view = 5000 - (24 - HEADER)
        assert {chunk for chunk, _ in rows.asked} == {0, first_in_view // CHUNK, 4999 // CHUNK}
        assert len(rows.asked) == len(set(rows.asked))


async def test_a_move_draws_two_lines(monkeypatch: Any) -> None:
    app = Bench(Spy(frame(500)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        drawn: list[int] = []
        plain_row = Grid._row
        monkeypatch.setattr(
            Grid, "_row", lambda self, row: drawn.append(row) or plain_row(self, row)
        )
        await pilot.press("down")
        assert sorted(drawn) == [0, 1]


async def test_the_cursor_stays_in_view_and_at_the_ends() -> None:
    app = Bench(Spy(frame(500)))
    async with app.run_test(size=(80, 24)) as pilot:
        grid = app.grid
        await pilot.press("up")
        assert grid.cursor == 0
        await pilot.press("pagedown", "pagedown")
        assert grid.cursor == 2 * (24 - HEADER - 1)
        assert any(f"S{grid.cursor} " in line for line in app.lines())
        await pilot.press("ctrl+d", "ctrl+u", "pageup", "pageup")
        assert grid.cursor == 0
        await pilot.press("G", "down")
        assert grid.cursor == 499
        assert "S499 " in app.lines()[-1]


async def test_sideways_only_whole_columns_show_and_the_frozen_one_stays() -> None:
    app = Bench(Spy(frame(50)))
    async with app.run_test(size=(44, 12)) as pilot:
        for _ in range(len(FIELDS)):
            column = app.grid.column
            assert column is not None
            lines = app.lines()
            assert all(f"S{row} " in lines[HEADER + row] for row in range(10))
            shown = {p.column.key: p for p in app.grid._places}
            assert column.key in shown
            for row in range(10):
                for key, place in shown.items():
                    text = lines[HEADER + row][place.x : place.x + place.column.width].strip()
                    whole = cell(frame(50)[key][row], FIELDS[key].unit)
                    assert text == whole or (key == "name" and text.endswith("…"))
            await pilot.press("right")
        await pilot.press("left", "left", "left", "left", "left", "left")
        assert app.grid.cursor_column == 0


async def test_a_hint_says_that_columns_are_hidden() -> None:
    app = Bench(Spy(frame(50)))
    async with app.run_test(size=(44, 12)) as pilot:
        await pilot.pause()
        assert "›" in app.lines()[0]
        assert "‹" not in app.lines()[0]
        await pilot.press("right", "right", "right", "right")
        assert "‹" in app.lines()[0]
        assert "›" not in app.lines()[0]


async def test_the_cursor_stays_on_its_row_when_rows_are_sorted_narrowed_and_gone() -> None:
    data = frame(300)
    app = Bench(Spy(data))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*["down"] * 9)
        key = app.grid.key
        app.grid.show(Spy(data.sort("mcap")), [("mcap", False)])
        assert app.grid.key == key
        app.grid.show(Spy(data.filter(pl.col("isin") >= key)))
        assert app.grid.key == key
        app.grid.show(Spy(data.filter(pl.col("isin") > key)))
        assert app.grid.cursor == 0
        app.grid.show(Spy(data.clear()))
        assert app.grid.key == ""
        await pilot.press("down", "enter", "G")
        assert app.grid.cursor == 0


async def test_the_highest_sort_key_has_its_arrow_and_further_ones_their_rank() -> None:
    data = frame(30)
    app = Bench(Spy(data))
    async with app.run_test(size=(100, 12)) as pilot:
        app.grid.show(Spy(data), [("mcap", True)])
        await pilot.pause()
        assert "▼" in app.lines()[1]
        app.grid.show(Spy(data), [("mcap", True), ("pe", False)])
        await pilot.pause()
        assert "▼1" in app.lines()[1]
        assert "▲2" in app.lines()[1]
        assert len(app.lines()[1]) == 100 - 1  # beside the scroll bar


async def test_marks_show_and_follow_their_rows() -> None:
    data = frame(30)
    app = Bench(Spy(data))
    async with app.run_test(size=(80, 12)) as pilot:
        app.grid.toggle_mark()
        app.grid.toggle_mark()
        await pilot.pause()
        assert app.grid.cursor == 2
        assert [line[0] for line in app.lines()[HEADER : HEADER + 3]] == ["●", "●", " "]
        app.grid.show(Spy(data.reverse()))
        await pilot.pause()
        marked = [line for line in app.lines() if line.startswith("●")]
        assert all("S0 " in line or "S1 " in line for line in marked)


async def test_unknown_is_a_dash_in_a_style_of_its_own() -> None:
    app = Bench(Spy(frame(10)))
    async with app.run_test(size=(100, 14)) as pilot:
        await pilot.pause()
        strip = app.grid.render_line(HEADER + 3)
        dash = next(s for s in strip if UNKNOWN in s.text)
        other = next(s for s in strip if "S3" in s.text)
        assert dash.style != other.style


async def test_wide_and_hostile_text_keeps_the_columns_in_line() -> None:
    rows = pl.DataFrame(
        {
            "isin": ["a", "b", "c"],
            "symbol": ["日本株", "[bold]X[/]", "\x1b[31mRED"],
            "name": ["कसौटी उद्योग", "x" * 200, "line\nbreak"],
            "pe": [1.0, 2.0, 3.0],
        }
    )
    app = Bench(FrameRows(rows, columns_of(rows, FIELDS, text_width=12)))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        strips = [app.grid.render_line(HEADER + y) for y in range(3)]
        assert len({strip.cell_length for strip in strips}) == 1
        text = "".join(strip.text for strip in strips)
        assert "\x1b" not in text
        assert "[bold]X[/]" in text


async def test_text_rows_are_drawn_like_frames() -> None:
    columns = columns_of(frame(2), FIELDS)[:2]
    app = Bench(TextRows(columns, (("One", "first"), ("Two", "second")), ("heading", "")))
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.press("down")
        assert app.grid.key == "1"
        assert "second" in app.lines()[HEADER + 1]


numbers = st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=70))
def test_every_number_fits_its_column_whole(values: list[tuple[float | None, ...]]) -> None:
    keys = ["mcap", "roce", "pe", "price"]
    data = pl.DataFrame(
        {"isin": [str(i) for i in range(len(values))]}
        | {key: [row[n] for row in values] for n, key in enumerate(keys)},
        schema={"isin": pl.String, **dict.fromkeys(keys, pl.Float64)},
    )
    rows = FrameRows(data, columns_of(data, FIELDS))
    for n, column in enumerate(rows.columns):
        chunks = range(len(values) // CHUNK + 1)
        texts = [text for chunk in chunks for text in rows.texts(chunk, n)]
        assert texts == [
            cell(row[n], FIELDS[column.key].unit).rjust(column.width) for row in values
        ]
        assert {len(text) for text in texts} == {column.width}


def test_headers_take_two_lines_and_end_with_the_unit() -> None:
    assert header_lines("Market cap", "₹ cr", 16) == ("Market", "cap ₹ cr")
    assert header_lines("P/E", "", 16) == ("", "P/E")
    assert header_lines("Debtor days", "days", 16) == ("Debtor", "days")
    upper, lower = header_lines("A very long name that no column can hold", "%", 12)
    assert len(upper) <= 12
    assert len(lower) <= 12
    assert lower.endswith("%")
