"""A replay as panels: its lines, its periods, the members of each date, and what to make of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from tui.charts import Chart, Curve, Level, line_chart
from tui.charts.text import heading
from tui.format import UNKNOWN, plain
from tui.market_text import percent
from tui.panels import Panel, folded, text_rows
from tui.replay_text import EVIDENCE, line_lines, name_facts

if TYPE_CHECKING:
    from screener.replay import Replay, Turn

MEASURE: Final = 90  # cells of a line of running text


def replay_panels(found: Replay) -> tuple[Panel, ...]:
    """The tabs of a replay."""
    return lines_panel(found), periods_panel(found), words_panel(found)


def lines_panel(found: Replay) -> Panel:
    """What 100 became: the screen, its universe, the index."""
    days = [found.turns[0].date, *(turn.until for turn in found.turns)]
    curves = [
        Curve("the screen, after costs", _worth([t.net for t in found.turns]), "$accent"),
        Curve("its universe", _worth([t.universe for t in found.turns]), "$secondary", 4, 2),
        Curve(plain(found.index, 24), _worth([t.index for t in found.turns]), "$open", 2, 2),
    ]
    return Panel("Lines", draw=partial(_draw_lines, found, days, curves))


def _worth(returns: Sequence[float | None]) -> list[float | None]:
    """100 at the start; unknown from the first unknown return on."""
    worth: list[float | None] = [100.0]
    for change in returns:
        last = worth[-1]
        worth.append(None if last is None or change is None else last * (1 + change))
    return worth


def _draw_lines(
    found: Replay,
    days: Sequence[dt.date],
    curves: Sequence[Curve],
    row: int,
    width: int,
    height: int,
    ascii: bool,
) -> Chart:
    told = tuple(((f" {line}", ""),) for line in line_lines(found))
    tall = min(max(height - len(told) - 2, 6), 34)
    levels = [Level(100.0, "100", "$faint")]
    chart = line_chart(days, curves, width=width, height=tall, levels=levels, ascii=ascii)
    count = len(found.turns)
    about = f"{count} period{'s' * (count > 1)}, {found.start} to {found.end}"
    return (heading("What 100 became", about, width), *chart, (), *told)


def periods_panel(found: Replay) -> Panel:
    """A row a period; Enter shows the members of its date."""
    cells = [_period_cells(turn) for turn in found.turns]
    heads = (("", "From"), ("", "Held"), ("", "Bought"), ("", "Screen"), ("Uni-", "verse"),
             ("", "Index"), ("", "Ahead"), ("below", "−30 %"), ("", "Rose"), ("Left", "out"),
             ("Not", "judged"), ("", "Until"))  # fmt: skip
    opens = tuple(turn.date.isoformat() for turn in found.turns)
    first = next((at for at, turn in enumerate(found.turns) if turn.members), 0)
    return Panel("Periods", text_rows(heads, cells), opens, start=first)


def _period_cells(turn: Turn) -> tuple[str, ...]:
    ahead = None if turn.universe is None or not turn.held else turn.net - turn.universe
    return (
        turn.date.isoformat(), f"{turn.held:,}", percent(turn.turnover, 0),
        percent(turn.net if turn.held else None, sign=True), percent(turn.universe, sign=True),
        percent(turn.index, sign=True), percent(ahead, sign=True),
        percent(turn.deep_losses / turn.held if turn.held else None, 0),
        percent(turn.gains / turn.held if turn.held else None, 0),
        f"{sum(turn.left_out.values()):,}", f"{turn.unknown:,}", turn.until.isoformat(),
    )  # fmt: skip


def members_panel(found: Replay, day: dt.date) -> Panel:
    """The passes of a date with what became of each, the best first; Enter opens a company."""
    import polars as pl

    rows = found.members.filter(pl.col("date") == day).sort(
        "return", "symbol", descending=[True, False], nulls_last=True
    )
    cells, opens = [], []
    for row in rows.iter_rows(named=True):
        state = "" if row["state"] == "held" else f"left out: {row['state']}"
        if row["stopped"]:
            state = "stopped trading, kept at its last price"
        cells.append((plain(row["symbol"], 14), percent(row["return"], sign=True),
                      row["size_class"] or UNKNOWN, state, plain(row["name"], 40)))  # fmt: skip
        opens.append(row["isin"])
    heads = (("", "Company"), ("", "Return"), ("", "Size"), ("", "What became of it"), ("", "Name"))
    table = text_rows(heads, cells, left=(0, 2, 3, 4))
    return Panel("Members", table, tuple(opens), empty="Nothing passed on that date.")


def words_panel(found: Replay) -> Panel:
    """What became of the names, and what the evidence can and cannot show."""

    def draw(row: int, width: int, height: int, ascii: bool) -> Chart:
        return tuple(_word_lines(found, min(width, MEASURE)))

    return Panel("Words", draw=draw)


def _word_lines(found: Replay, width: int) -> Iterator[tuple[tuple[str, str], ...]]:
    for title, sentences in (("Names", name_facts(found)), ("Read it with care", EVIDENCE)):
        yield ((f" {title}", "bold"),)
        for sentence in sentences:
            lines = folded(sentence, width, "", 3)
            yield ((f" · {lines[0][0][0].strip()}", ""),)
            yield from lines[1:]
        yield ()
