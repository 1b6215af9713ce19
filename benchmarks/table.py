"""Our table against Textual's DataTable at 5,000 rows of 30 columns, beside each other in one run.

    python benchmarks/table.py [--rows 5000] [--columns 30] [--repeat 40]

Processor milliseconds (median) for what a reader does, from the key to the painted screen, with the
cost of waiting for the app taken off. Both tables show the same texts on a 200×50 screen. Filling
(`open`, `filter`) includes formatting: ours a chunk at a time, theirs every cell. Sorting is
DataTable's own; ours sorts the frame.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from tui.rows import CHUNK, FrameRows, columns_of
from tui.theme import THEMES
from tui.widgets.grid import Grid

SIZE = (200, 50)


@dataclass(frozen=True)
class Named:
    header: str
    unit: str


def market(rows: int, columns: int) -> tuple[pl.DataFrame, dict[str, Named]]:
    dice = random.Random(1)
    units = ("cr", "pct", "ratio", "rs")
    data: dict[str, list[Any]] = {
        "isin": [f"XX{i:010d}" for i in range(rows)],
        "symbol": [f"SYM{i}" for i in range(rows)],
        "name": [f"Company number {i} Limited" for i in range(rows)],
    }
    fields = {"symbol": Named("Symbol", "text"), "name": Named("Name", "text")}
    for n in range(columns - 2):
        data[f"f{n}"] = [None if dice.random() < 0.1 else dice.gauss(50, 80) for _ in range(rows)]
        fields[f"f{n}"] = Named(f"Field {n}", units[n % 4])
    return pl.DataFrame(data), fields


class Ours(App[None]):
    CSS_PATH = "../tui/theme/kasauti.tcss"

    def __init__(self, frame: pl.DataFrame, fields: dict[str, Named]) -> None:
        super().__init__()
        self.frame, self.fields = frame, fields
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES[0].variables)

    def compose(self) -> ComposeResult:
        yield Grid(frozen=1)

    def on_mount(self) -> None:
        self.fill(self.frame)
        self.query_one(Grid).focus()

    def sort(self, down: bool) -> None:
        self.fill(self.frame.sort("f1", descending=down, nulls_last=True))

    def fill(self, frame: pl.DataFrame) -> None:
        self.query_one(Grid).show(FrameRows(frame, columns_of(frame, self.fields)))


class Theirs(App[None]):
    def __init__(self, frame: pl.DataFrame, fields: dict[str, Named]) -> None:
        super().__init__()
        self.frame, self.fields = frame, fields

    def compose(self) -> ComposeResult:
        yield DataTable(fixed_columns=1, cursor_type="row")

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for key, field in self.fields.items():
            table.add_column(field.header, key=key)
        self.fill(self.frame)
        table.focus()

    def sort(self, down: bool) -> None:
        def number(text: str) -> float:
            bare = text.strip().replace(",", "")
            return float("-inf") if bare == "–" else float(bare)

        self.query_one(DataTable).sort("f1", key=number, reverse=down)

    def fill(self, frame: pl.DataFrame) -> None:
        table = self.query_one(DataTable)
        table.clear()
        rows = FrameRows(frame, columns_of(frame, self.fields))
        for chunk in range(frame.height // CHUNK + 1):
            texts = [rows.texts(chunk, n) for n in range(len(rows.columns))]
            table.add_rows(zip(*texts, strict=True))


async def drain(pilot: Any) -> None:
    """Until every message is dealt with and the screen is painted.

    DataTable scrolls only after a first paint, so there are several rounds.
    """
    for _ in range(4):
        await pilot._wait_for_screen()
        pilot.app.screen._on_timer_update()
    await pilot._wait_for_screen()


async def median_ms(pilot: Any, act: Callable[[int], Awaitable[None] | None], repeat: int) -> float:
    times = []
    for n in range(repeat):
        start = time.process_time()
        done = act(n)
        if done is not None:
            await done
        await drain(pilot)
        times.append((time.process_time() - start) * 1000)
    return statistics.median(times)


async def measure(
    make: type[Any], frame: pl.DataFrame, fields: Any, repeat: int
) -> dict[str, float]:
    start = time.process_time()
    app = make(frame, fields)
    app.animation_level = "none"  # or a page down is painted after it was measured
    found: dict[str, float] = {}
    async with app.run_test(size=SIZE) as pilot:
        await drain(pilot)
        found["open"] = (time.process_time() - start) * 1000

        def press(key: str) -> Callable[[int], None]:
            def send(_: int) -> None:
                event = events.Key(key, None)
                event.set_sender(app)
                app._driver.send_message(event)

            return send

        def narrow(n: int) -> None:
            app.fill(frame.filter(pl.col("name").str.contains(str(n % 10))))

        nothing = await median_ms(pilot, lambda _: None, repeat)
        await median_ms(pilot, press("down"), SIZE[1])  # to where a step scrolls
        found["arrow down, scrolling"] = await median_ms(pilot, press("down"), repeat) - nothing
        await median_ms(pilot, press("pageup"), 5)
        found["arrow down, in place"] = await median_ms(pilot, press("down"), 20) - nothing
        found["page down"] = await median_ms(pilot, press("pagedown"), repeat) - nothing
        few = max(repeat // 8, 3)
        found["sort"] = await median_ms(pilot, lambda n: app.sort(bool(n % 2)), few) - nothing
        found["filter, a keystroke"] = await median_ms(pilot, narrow, few) - nothing
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=40)
    args = parser.parse_args()
    frame, fields = market(args.rows, args.columns)
    ours = asyncio.run(measure(Ours, frame, fields, args.repeat))
    theirs = asyncio.run(measure(Theirs, frame, fields, args.repeat))
    print(f"{args.rows} × {args.columns} on {SIZE[0]}×{SIZE[1]}, processor ms, medians")
    print(f"{'':24}{'ours':>9}{'DataTable':>11}{'ratio':>8}")
    for name, mine in ours.items():
        print(f"{name:24}{mine:9.1f}{theirs[name]:11.1f}{theirs[name] / mine:7.1f}×")


if __name__ == "__main__":
    main()
