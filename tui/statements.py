"""A company's statements as rows of text: years, quarters and owners, the latest at the right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from screener.market.schema import LINES
from tui.format import UNIT_SIGNS, UNKNOWN, cell, period, plain
from tui.rows import Column, TextRows, number_tone

Row = Mapping[str, object]  # one row of the panel

STATEMENTS: Final = {
    "profit_loss": "Profit and loss",
    "balance_sheet": "Balance sheet",
    "cash_flow": "Cash flow",
    "shareholding": "Owners",
}
YEARLY: Final = ("profit_loss", "balance_sheet", "cash_flow")
YEARS: Final = 12
QUARTERS: Final = 13


def years(row: Row) -> TextRows:
    """The annual statements."""
    return _table(row, YEARLY, "", YEARS, 12)


def quarters(row: Row) -> TextRows:
    """The results of quarters, or of half-years for companies that file those."""
    return _table(row, ("profit_loss",), "q", QUARTERS, 3)


def owners(row: Row) -> TextRows:
    """The shareholding pattern of the last quarters."""
    return _table(row, ("shareholding",), "h", QUARTERS, 0)


def _table(
    row: Row, statements: Sequence[str], letter: str, slots: int, usual_months: int
) -> TextRows:
    """Lines that have any figure, under the headings of their statements."""
    shown = [k for k in range(slots - 1, -1, -1) if row.get(f"end@{letter}{k}") is not None]
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    for statement in statements:
        lines = _lines(row, statement, letter, shown)
        if lines:
            texts.append((f"{STATEMENTS[statement]}", *("" for _ in shown)))
            tones.append("heading")
            texts += lines
            tones += ["" for _ in lines]
    columns = _columns(row, texts, letter, shown, usual_months)
    return TextRows(columns, tuple(texts), tuple(tones))


def _lines(row: Row, statement: str, letter: str, shown: Sequence[int]) -> list[tuple[str, ...]]:
    found = []
    for line, (label, unit, its) in LINES.items():
        if its != statement:
            continue
        values = [row.get(f"{line}@{letter}{k}") for k in shown]
        if any(value is not None for value in values):
            sign = UNIT_SIGNS.get(unit, "")
            title = f"  {label} {sign}" if sign else f"  {label}"
            found.append((title, *(cell(value, unit) for value in values)))
    return found


def _columns(
    row: Row,
    texts: Sequence[tuple[str, ...]],
    letter: str,
    shown: Sequence[int],
    usual_months: int,
) -> tuple[Column, ...]:
    first = min(max((len(text[0]) for text in texts), default=8), 36)
    columns = [Column("line", ("", ""), first, title="Line")]
    for index, k in enumerate(shown, start=1):
        end, months = row.get(f"end@{letter}{k}"), row.get(f"months@{letter}{k}")
        unusual = isinstance(months, int) and usual_months and months != usual_months
        upper = f"{months} months" if unusual else ""
        lower = period(end) if isinstance(end, dt.date) else UNKNOWN
        width = max(len(upper), len(lower), *(len(text[index]) for text in texts), 1)
        columns.append(Column(f"{letter}{k}", (upper, lower), width, True, lower, tone=number_tone))
    return tuple(columns)


def verdict_rows(verdicts: Sequence[tuple[str, str]]) -> TextRows:
    """(screen title, verdict) pairs as rows: a sign, the title and the verdict in words."""
    from tui.rows import VERDICT_SIGNS, sign_tone

    words = {"pass": "passes", "fail": "fails", "unknown": "needs data", "outside": "not judged"}
    width = min(max((len(title) for title, _ in verdicts), default=6), 40)
    columns = (
        Column("sign", ("", ""), 1, tone=sign_tone),
        Column("screen", ("", "Screen"), width, title="Screen"),
        Column("verdict", ("", "Verdict"), 13, title="Verdict"),
    )
    texts = tuple(
        (VERDICT_SIGNS.get(verdict, "·"), plain(title), words.get(verdict, verdict))
        for title, verdict in verdicts
    )
    return TextRows(columns, texts)
