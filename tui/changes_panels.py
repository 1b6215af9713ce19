"""What changed for a screen as a panel: a row a condition that flipped, told in full below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from screener.hybrids import Kind
from tui.changes_text import STANDINGS, cause_words, flip_words, moved_words, values_of
from tui.charts.text import Chart
from tui.format import plain
from tui.panels import Panel, folded, text_rows

if TYPE_CHECKING:
    from screener.changes import Change, Changes, Flip

SIGNS: Final = {"entered": "+", "left": "-", "moved": "~"}
_TITLES: Final = {"entered": "Entered", "left": "Left", "moved": "Other data"}
_TEXT_KINDS: Final = (Kind.LISTED, Kind.GONE)

Row = tuple["Change", "Flip | None", str]


def changes_panel(found: Changes) -> Panel:
    """The companies that entered, left, or stayed with other data."""
    listed: list[Row | str] = []
    for where in ("entered", "left", "moved"):
        items: Sequence[Change] = getattr(found, where)
        if items:
            listed.append(f"{_TITLES[where]} {len(items):,}")
            listed += [row for one in items for row in _rows_of(one, where)]
    cells = [(*_cells(row, _is_first(listed, at)),) for at, row in enumerate(listed)]
    opens = tuple("" if isinstance(row, str) else row[0].isin for row in listed)
    tones = tuple("heading" if isinstance(row, str) else "" for row in listed)
    heads = (("", "Company"), ("", "What changed"), ("", "Before"), ("", "After"),
             ("", "Moved by"), ("", "Name"))  # fmt: skip
    rows = text_rows(heads, cells, left=(0, 1, 4, 5), tones=tones, most=44)
    rows = replace(rows, exact=_exact(listed))
    return Panel("Changes", rows, opens, partial(_draw, listed), least=8)


def _exact(listed: Sequence[Row | str]) -> dict[tuple[int, str], object]:
    """What an export writes: company and name on every row, and the titles without counts."""
    found: dict[tuple[int, str], object] = {}
    for at, row in enumerate(listed):
        if isinstance(row, str):
            found[(at, "0")] = row.rpartition(" ")[0]
        else:
            found |= {(at, "0"): plain(row[0].symbol), (at, "5"): plain(row[0].name)}
    return found


def _rows_of(one: Change, where: str) -> Iterator[Row]:
    if not one.flips:
        yield one, None, where
    for flip in one.flips:
        yield one, flip, where


def _is_first(listed: Sequence[Row | str], at: int) -> bool:
    row, before = listed[at], listed[at - 1] if at else ""
    return isinstance(row, str) or isinstance(before, str) or before[0] is not row[0]


def _cells(row: Row | str, first: bool) -> tuple[str, ...]:
    if isinstance(row, str):
        return (row, "", "", "", "", "")
    one, flip, where = row
    who = f"{SIGNS[where]} {plain(one.symbol, 14)}" if first else ""
    name = plain(one.name, 34) if first else ""
    if flip is None:
        return (who, "", STANDINGS[one.before], STANDINGS[one.after], "", name)
    before, after = values_of(flip)
    text = plain(flip.text or flip.text_before)
    moved = ", ".join(dict.fromkeys(moved_words(cause) for cause in flip.causes))
    return (who, text, before, after, moved, name)


def _draw(listed: Sequence[Row | str], at: int, width: int, height: int, ascii: bool) -> Chart:
    """The company in full: every condition that flipped, with the causes under each."""
    row = listed[at] if at < len(listed) else ""
    if isinstance(row, str):
        return (((f" {row}", "bold"),),)
    one = row[0]
    lines = list(
        folded(f"{plain(one.symbol)}  {plain(one.name)}", width, "bold")
        + folded(f"{STANDINGS[one.before]} → {STANDINGS[one.after]}", width, "$quiet")
    )
    for flip in one.flips:
        if flip.text or flip.text_before:
            lines += folded(flip_words(flip), width)
        for cause in flip.causes:
            lines += folded(f"· {cause_words(cause, flip)}", width, "$quiet", 3)
    return tuple(lines)
