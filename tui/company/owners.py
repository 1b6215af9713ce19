"""The owners over the quarters, and what promoters pledged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from screener.market.store import Market
from screener.provenance import panel_of
from tui import statements
from tui.charts import Chart, Curve, line_chart
from tui.charts.text import heading
from tui.company.history import fields_of
from tui.company.sheet import Tab, View
from tui.format import cell, day
from tui.statements import Restated

_CURVES: Final = (
    ("promoters", "promoters", "$accent", 1, 0),
    ("fiis", "foreign", "$secondary", 2, 2),
    ("diis", "domestic", "$good", 1, 1),
    ("public", "public", "$quiet", 1, 3),
)


def owners(market: Market, isin: str, restated: Restated, *, growth: bool = True) -> Tab:
    """The shareholding pattern with its changes, and lines of the four main owners."""
    row = panel_of(market, isin).row(0, named=True)
    sheet = statements.owners(row, restated, growth=growth)
    if not sheet.rows.height:
        return Tab((), "No source gave this company's shareholding pattern.")
    words = owner_words(row, fields_of(market, isin))
    sheet = type(sheet)(sheet.rows, sheet.asked, (*words, *sheet.notes), at_end=True)
    draw = partial(_draw, row)
    return Tab((View("table", sheet, draw, 160), View("chart", draw=draw)))


def owner_words(row: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[str, ...]:
    """What the promoters hold, how that moved in a year, and how much of it is pledged."""
    held = values.get("promoter_holding")
    if held is None:
        return ()
    words = [f"Promoters hold {cell(held, 'pct')} %"]
    change = values.get("promoter_holding_change_1y")
    if change is not None:
        moved = f"{change:+.1f} points" if abs(change) >= 0.05 else "unchanged"
        words.append(f"{moved} in a year")
    pledged = values.get("pledged_pct_of_promoter")
    if pledged is None:
        words.append("no source says what is pledged")
    else:
        words.append(f"{cell(pledged, 'pct')} % of it pledged" if pledged else "none of it pledged")
    at = row.get("end@h0")
    return (" · ".join(words) + (f" · {day(at)}" if isinstance(at, dt.date) else ""),)


def _draw(row: Mapping[str, Any], width: int, height: int, ascii: bool) -> Chart:
    slots = [k for k in range(statements.QUARTERS - 1, -1, -1) if row.get(f"end@h{k}") is not None]
    days = [row[f"end@h{k}"] for k in slots]
    curves = [
        Curve(name, [row.get(f"{line}@h{k}") for k in slots], style, on, off)
        for line, name, style, on, off in _CURVES
    ]
    head = heading("Who owns it, %", "promoters, foreign and domestic institutions, public", width)
    tall = min(max(height - 2, 8), 30)
    chart = line_chart(days, curves, width=width, height=tall, logarithmic=False, ascii=ascii)
    return (head, *chart)
