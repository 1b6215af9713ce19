"""A company's statements as tables: years, quarters and owners, the latest at the right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from screener.market.schema import LINES
from tui.company.sheet import Asked, Sheet
from tui.format import UNIT_SIGNS, UNKNOWN, cell, grouped, period
from tui.rows import Column, TextRows, number_tone

Row = Mapping[str, object]  # one row of the panel
Restated = Collection[tuple[str, dt.date, str]]  # kind, end of the period, line

STATEMENTS: Final = {
    "profit_loss": "Profit and loss",
    "balance_sheet": "Balance sheet",
    "cash_flow": "Cash flow",
    "shareholding": "Owners",
}
YEARLY: Final = ("profit_loss", "balance_sheet", "cash_flow")
YEARS: Final = 12
QUARTERS: Final = 13
RESTATED: Final = "*"
RESTATED_NOTE: Final = "* restated since it was first published; Enter on it shows what it was"
_AMOUNTS: Final = ("cr", "rs", "cr_shares", "count")
_KINDS: Final = {"": "annual", "q": "quarter", "h": "holding"}


@dataclass(frozen=True)
class _Layout:
    """Which slots a table shows, oldest first, and against which its growth is measured."""

    letter: str
    shown: tuple[int, ...]
    step: int
    growth: str  # the title of a growth line; empty for none


def years(row: Row, restated: Restated = (), *, growth: bool = True) -> Sheet:
    """The annual statements, growth on the year before under each amount."""
    layout = _layout(row, "", YEARS, 1, "    growth %" if growth else "")
    return _sheet(row, YEARLY, layout, 12, restated)


def quarters(row: Row, restated: Restated = (), *, growth: bool = True) -> Sheet:
    """The results of quarters or half-years, growth on the same one a year before under each."""
    layout = _layout(row, "q", QUARTERS, 4, "    on the year %" if growth else "")
    return _sheet(row, ("profit_loss",), layout, 3, restated)


def owners(row: Row, restated: Restated = (), *, growth: bool = True) -> Sheet:
    """The shareholding pattern of the last quarters, the change since the one before beneath."""
    layout = _layout(row, "h", QUARTERS, 1, "    change" if growth else "")
    return _sheet(row, ("shareholding",), layout, 0, restated)


def _layout(row: Row, letter: str, slots: int, step: int, growth: str) -> _Layout:
    shown = [k for k in range(slots - 1, -1, -1) if row.get(f"end@{letter}{k}") is not None]
    return _Layout(letter, tuple(shown), step, growth)


def _sheet(
    row: Row, statements: Sequence[str], layout: _Layout, usual_months: int, restated: Restated
) -> Sheet:
    """Lines that have any figure, under the headings of their statements."""
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    asked: dict[tuple[int, str], Asked] = {}
    exact: dict[tuple[int, str], object] = {}
    changed = _restated_slots(row, layout, restated)
    for statement in statements:
        lines = _lines(row, statement, layout)
        if lines:
            texts.append((STATEMENTS[statement], *("" for _ in layout.shown)))
            tones.append("heading")
        for line in lines:
            for text, tone in _texts(row, line, layout, changed):
                for k in layout.shown:
                    slot = f"{layout.letter}{k}"
                    asked[(len(texts), slot)] = Asked(str(row.get("isin", "")), "", 0, line, slot)
                    if not tone:  # a figure; the growth beneath is as exact as it is shown
                        exact[(len(texts), slot)] = row.get(f"{line}@{slot}")
                if tone:
                    exact[(len(texts), "line")] = f"{LINES[line][0]}: {text[0].strip()}"
                texts.append(text)
                tones.append(tone)
    columns = _columns(row, texts, layout, usual_months)
    notes = (RESTATED_NOTE,) if any(line in lines_of(texts) for line in (RESTATED,)) else ()
    return Sheet(TextRows(columns, tuple(texts), tuple(tones), exact), asked, notes, at_end=True)


def lines_of(texts: Sequence[Sequence[str]]) -> set[str]:
    """The last characters of all figures; the mark of a restated one is among them if any is."""
    return {text[-1] for row in texts for text in row[1:] if text}


def _restated_slots(row: Row, layout: _Layout, restated: Restated) -> set[tuple[str, int]]:
    kind = _KINDS[layout.letter]
    slot_of = {row.get(f"end@{layout.letter}{k}"): k for k in layout.shown}
    return {(line, slot_of[end]) for k, end, line in restated if k == kind and end in slot_of}


def _lines(row: Row, statement: str, layout: _Layout) -> list[str]:
    return [
        line
        for line, (_, _, its) in LINES.items()
        if its == statement
        and any(row.get(f"{line}@{layout.letter}{k}") is not None for k in layout.shown)
    ]


def _texts(
    row: Row, line: str, layout: _Layout, changed: set[tuple[str, int]]
) -> list[tuple[tuple[str, ...], str]]:
    """A line's figures, and the growth or change beneath where there is any, with their tones."""
    label, unit, _ = LINES[line]
    sign = UNIT_SIGNS.get(unit, "")
    figures = [cell(row.get(f"{line}@{layout.letter}{k}"), unit) for k in layout.shown]
    if changed:
        marks = [RESTATED if (line, k) in changed else " " for k in layout.shown]
        figures = [text + mark for text, mark in zip(figures, marks, strict=True)]
    found = [((f"  {label} {sign}" if sign else f"  {label}", *figures), "")]
    growth = [_growth(row, line, layout, k) for k in layout.shown]
    if layout.growth and any(text != UNKNOWN for text in growth):
        pad = " " if changed else ""
        title = layout.growth if layout.letter != "h" or unit == "pct" else "    growth %"
        found.append(((title, *(text + pad for text in growth)), "quiet"))
    return found


def _growth(row: Row, line: str, layout: _Layout, k: int) -> str:
    """Growth in percent on a positive base of equal length; for owners the change in points."""
    unit = LINES[line][1]
    base_slot, slot = f"{layout.letter}{k + layout.step}", f"{layout.letter}{k}"
    now, base = row.get(f"{line}@{slot}"), row.get(f"{line}@{base_slot}")
    same = row.get(f"months@{slot}") == row.get(f"months@{base_slot}")
    if not (isinstance(now, (int, float)) and isinstance(base, (int, float)) and same):
        return UNKNOWN
    if layout.letter == "h" and unit == "pct":
        return signed(now - base, 2)
    if unit not in _AMOUNTS or base <= 0:
        return UNKNOWN
    return signed(100 * (now / base - 1), 1)


def signed(value: float, decimals: int) -> str:
    """A change with its sign; zero has none."""
    text = grouped(value, decimals)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def _columns(
    row: Row, texts: Sequence[tuple[str, ...]], layout: _Layout, usual_months: int
) -> tuple[Column, ...]:
    first = min(max((len(text[0]) for text in texts), default=8), 36)
    columns = [Column("line", ("", ""), first, title="Line")]
    letter = layout.letter
    pad = " " if RESTATED in lines_of(texts) else ""
    for index, k in enumerate(layout.shown, start=1):
        end, months = row.get(f"end@{letter}{k}"), row.get(f"months@{letter}{k}")
        unusual = isinstance(months, int) and usual_months and months != usual_months
        upper = f"{months} months{pad}" if unusual else ""
        lower = period(end) + pad if isinstance(end, dt.date) else UNKNOWN
        width = max(len(upper), len(lower), *(len(text[index]) for text in texts), 1)
        columns.append(Column(f"{letter}{k}", (upper, lower), width, True, lower, tone=number_tone))
    return tuple(columns)
