"""What analysts expect and how it moved; for companies without any, what the results signal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import polars as pl

from screener.fields.base import Reason
from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.provenance import panel_of
from tui.charts import Bars, Chart, Curve, bar_chart, line_chart
from tui.charts.text import heading, sentence
from tui.company.history import fields_of
from tui.company.sheet import Asked, Draw, Sheet, Tab, View
from tui.format import cell, day, period, quantity
from tui.rows import Column, TextRows, number_tone

NOBODY: Final = "No analyst covers this company. What its results signal stands below."
_EXPECTED: Final = (
    "forward_pe",
    "eps_estimate_fy1",
    "eps_estimate_fy2",
    "expected_eps_growth",
    "sales_estimate_fy1",
    "sales_estimate_fy2",
    "analysts",
    "forecast_dispersion",
    "estimate_age_days",
)
_REVISED: Final = (
    "eps_fy1_revision_30d",
    "eps_fy1_revision_60d",
    "eps_fy1_revision_90d",
    "eps_fy2_revision_30d",
    "eps_fy2_revision_60d",
    "eps_fy2_revision_90d",
    "revision_breadth_30d",
)
_SIGNALS: Final = (
    "earnings_surprise",
    "sales_growth_yoy_quarter",
    "profit_growth_yoy_quarter",
    "sales_growth_acceleration",
    "profit_growth_acceleration",
    "opm_latest_quarter",
    "opm_preceding_year_quarter",
    "eps_yoy_up_quarters_8",
    "profit_yoy_up_quarters_12",
    "sales_yoy_up_quarters_8",
)
_QUARTERS: Final = 12


def estimates(market: Market, isin: str) -> Tab:
    """Estimates with their revisions where there are any, and the signals of the results."""
    values = fields_of(market, isin)
    covered = bool(values.get("analysts"))
    sections: list[tuple[str, Sequence[str]]] = []
    if covered:
        sections += [("Expected by analysts", _EXPECTED), ("Revised", _REVISED)]
    sections.append(("What the results signal", _SIGNALS))
    sheet = field_sheet(isin, values, sections, () if covered else (NOBODY,))
    draw = _history(market, isin) if covered else None
    draw = draw or partial(_draw_quarters, panel_of(market, isin).row(0, named=True))
    return Tab((View("table", sheet, draw, 160), View("chart", draw=draw)))


def field_sheet(
    isin: str,
    values: Mapping[str, Any],
    sections: Sequence[tuple[str, Sequence[str]]],
    notes: tuple[str, ...] = (),
) -> Sheet:
    """Fields under headings: name, value, and what it means or why it is unknown."""
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    asked: dict[tuple[int, str], Asked] = {}
    for title, keys in sections:
        texts.append((title, "", ""))
        tones.append("heading")
        for key in keys:
            field, value = by_key()[key], values.get(key)
            reason = values.get(f"{key}?")
            meaning = field.about
            if value is None:
                meaning = Reason(reason).sentence if reason else Reason.MISSING.sentence
            asked[(len(texts), "value")] = Asked(isin, key)
            texts.append((f"  {field.name}", quantity(value, str(field.unit)), meaning))
            tones.append("")
    columns = (
        Column("name", ("", ""), min(max(len(t[0]) for t in texts), 36), title="Measure"),
        Column(
            "value", ("", "Value"), max(len(t[1]) for t in texts), True, "Value", tone=number_tone
        ),
        Column("about", ("", "Meaning"), 120, title="Meaning", tone=lambda _: "quiet"),
    )
    return Sheet(TextRows(columns, tuple(texts), tuple(tones)), asked, notes)


def _history(market: Market, isin: str) -> Draw | None:
    """How the mean EPS estimate of the next two years moved, if it was seen on several days."""
    known = (
        market.table("estimates")
        .filter(
            pl.col("isin") == isin,
            pl.col("metric") == "eps",
            pl.col("as_of") <= market.date,
            pl.col("fy_end") >= market.date,
        )
        .sort("as_of")
        .collect()
    )
    days = known["as_of"].unique().sort().to_list()
    if len(days) < 2:
        return None
    curves = []
    dashes = ((1, 0, "$secondary"), (2, 2, "$accent"))
    for (on, off, style), end in zip(dashes, known["fy_end"].unique().sort(), strict=False):
        means = dict(known.filter(pl.col("fy_end") == end).select("as_of", "mean").iter_rows())
        name = f"EPS of the year to {period(end)}"
        curves.append(Curve(name, [means.get(d) for d in days], style, on, off))
    return partial(_draw_history, days, curves)


def _draw_history(
    days: Sequence[dt.date], curves: Sequence[Curve], width: int, height: int, ascii: bool
) -> Chart:
    head = heading("Mean EPS estimate ₹", f"as seen since {day(days[0])}", width)
    words = []
    for curve in curves:
        known = [v for v in curve.values if v is not None]
        if len(known) > 1 and known[0] > 0:
            change = 100 * (known[-1] / known[0] - 1)
            words.append(f"{curve.name} {cell(known[-1], 'rs')}, {change:+.1f} %")
    chart = line_chart(days, curves, width=width, height=max(height - 3, 6), ascii=ascii)
    return (head, *chart, sentence(words, width))


def _draw_quarters(row: Mapping[str, Any], width: int, height: int, ascii: bool) -> Chart:
    """Growth of sales and profit on the same quarter a year before."""
    slots = [k for k in range(_QUARTERS - 1, -1, -1) if row.get(f"end@q{k}") is not None]
    while slots and _yoy(row, "sales", slots[0]) is None:
        slots = slots[1:]
    sales, profit = ([_yoy(row, line, k) for k in slots] for line in ("sales", "net_profit"))
    bars = [Bars("sales", sales, "$secondary"), Bars("net profit", profit, "$good")]
    head = heading("Growth on the same quarter a year before, %", "up to ±100", width)
    labels = [f"{row[f'end@q{k}']:%b%y}" for k in slots]
    rows = [
        ("sales", [cell(v, "count") for v in sales]),
        ("profit", [cell(v, "count") for v in profit]),
    ]
    capped = [
        Bars(b.name, [None if v is None else max(min(v, 100.0), -100.0) for v in b.values], b.style)
        for b in bars
    ]
    tall = min(max(height - 2, 8), 22)
    return (head, *bar_chart(labels, capped, width=width, height=tall, rows=rows, ascii=ascii))


def _yoy(row: Mapping[str, Any], line: str, k: int) -> float | None:
    now, base = row.get(f"{line}@q{k}"), row.get(f"{line}@q{k + 4}")
    same = row.get(f"months@q{k}") == row.get(f"months@q{k + 4}")
    return 100 * (now / base - 1) if same and now is not None and base and base > 0 else None
