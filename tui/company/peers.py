"""The peers: a table with the company and the middle on top, and P/E against ROCE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from screener.export import header
from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.peer_report import Comparison, PeerReport, peer_report
from tui.charts import Chart, Point, scatter
from tui.charts.text import heading, sentence
from tui.company.sheet import Asked, Sheet, Tab, View
from tui.format import UNIT_SIGNS, UNKNOWN, cell, grouped, plain, quantity
from tui.headings import short
from tui.peers_text import nearest_in_size
from tui.rows import Column, TextRows, header_lines, number_tone

OWN: Final = "◆"
SHOWN: Final = 40
_NAME_WIDTH: Final = 28
Row = Mapping[str, tuple[str, float | None]]  # text and number by measure
_HEADS: Final = {"market_cap": "Market cap", "ev_ebitda": "EV/EBITDA", "pe": "P/E", "pb": "P/B"}


def peers(market: Market, isin: str, *, ascii: bool = False) -> Tab:
    """The table beside the scatter, and the scatter alone."""
    report = peer_report(market, isin)
    if not report.level:
        return Tab((), report.none_because)
    draw = partial(_draw, report)
    own = "@" if ascii else OWN
    return Tab((View("table", _sheet(report, own), draw), View("chart", draw=draw)))


def _sheet(report: PeerReport, own: str) -> Sheet:
    shown = nearest_in_size(report.members, SHOWN)
    measures = [
        c for c in report.comparisons if c.median is not None or shown[c.field].null_count() == 0
    ]
    keys = ["market_cap", *(c.field for c in measures)]
    units = {key: str(by_key()[key].unit) for key in keys}
    asked: dict[tuple[int, str], Asked] = {}
    exact: dict[tuple[int, str], object] = {}
    texts: list[tuple[str, ...]] = []
    tones, start = [], 0
    for label, said, values in _middle(measures):
        exact |= {(len(texts), key): value for key, (_, value) in values.items()}
        exact[(len(texts), "symbol")] = said
        shown_values = (values[key][0] if key in values else "" for key in keys[1:])
        texts.append((label, "", *shown_values, ""))
        tones.append("quiet")
    for member in shown.iter_rows(named=True):
        mark = f"{own} " if member["self"] else "  "
        cells = [cell(member[key], units[key]) for key in keys]
        symbol = mark + plain(member["symbol"], 14)
        start = len(texts) if member["self"] else start
        exact[(len(texts), "symbol")] = plain(member["symbol"])
        for key in keys:
            asked[(len(texts), key)] = Asked(_isin(report, member), key)
            exact[(len(texts), key)] = member[key]
        texts.append((symbol, *cells, plain(member["name"], _NAME_WIDTH)))
        tones.append("heading" if member["self"] else "")
    columns = _columns(keys, units, texts)
    rows = TextRows(columns, tuple(texts), tuple(tones), exact)
    return Sheet(rows, asked, _notes(report, shown.height), start=start)


def _isin(report: PeerReport, member: Mapping[str, Any]) -> str:
    """The company a row is of: its own ISIN, else the symbol by which it is found."""
    return report.isin if member["self"] else str(member["symbol"])


def _middle(measures: Sequence[Comparison]) -> list[tuple[str, str, Row]]:
    """The rows over the members: median, its error, and how far the company is from it.

    Each has its label, the same for an export, and text and number by measure.
    """
    medians = {c.field: (cell(c.median, c.unit), c.median) for c in measures}
    errors = {c.field: (f"±{c.error:.0f} %", c.error) for c in measures if c.error is not None}
    away = {c.field: (f"{c.premium:+.0f} %", c.premium) for c in measures if c.premium is not None}
    rows: list[tuple[str, str, Row]] = [
        ("Median", "Median", medians),
        ("± its error", "Error of the median, ± %", errors),
        ("premium", "Premium to the median, %", away),
    ]
    return [row for row in rows if row[2]]


def _notes(report: PeerReport, shown: int) -> tuple[str, ...]:
    first = report.comparisons[0]
    where = report.group if report.level in ("market", "size segment") else ""
    group = where or f"{report.level} {report.group}"
    lines = [f"Peers by P/E: {plain(group)}, {grouped(report.count)} others"]
    if first.premium is not None:
        side = "dearer" if first.premium > 0 else "cheaper"
        within = ", which is within the error of it" if first.within_error else ""
        lines.append(
            f"P/E {cell(first.value, first.unit)} is {abs(first.premium):.0f} % {side} than the"
            f" median of {cell(first.median, first.unit)}{within}"
        )
    elif first.reason is not None:
        lines.append(f"It has no P/E: {first.reason.sentence}")
    if report.members.height > shown:
        lines.append(f"The {shown} nearest in size of {grouped(report.members.height)} are shown")
    return tuple(lines)


def _columns(
    keys: Sequence[str], units: Mapping[str, str], texts: Sequence[tuple[str, ...]]
) -> tuple[Column, ...]:
    columns = [Column("symbol", ("", "Company"), _widest(texts, 0, 9), title="Company")]
    for index, key in enumerate(keys, start=1):
        sign = UNIT_SIGNS.get(units[key], "")
        head = header_lines(_HEADS.get(key) or short(by_key()[key].header, 12), sign, 12)
        width = max(_widest(texts, index, 5), *(len(line) for line in head))
        columns.append(Column(key, head, width, True, header(key), tone=number_tone))
    width = _widest(texts, len(keys) + 1, 4)
    return (*columns, Column("name", ("", "Name"), width, title="Name"))


def _widest(texts: Sequence[tuple[str, ...]], index: int, least: int) -> int:
    return max(least, *(len(text[index]) for text in texts))


def _draw(report: PeerReport, width: int, height: int, ascii: bool) -> Chart:
    """P/E against ROCE, those that lack either left out and counted."""
    members = report.members.select("symbol", "pe", "roce", "self")
    known = members.drop_nulls()
    own = known.filter(known["self"])
    rest = known.filter(~known["self"])
    medians = {c.field: c.median for c in report.comparisons}
    head = heading("P/E against ROCE", "medians as lines", width)
    chart = scatter(
        [Point(pe, roce) for _, pe, roce, _ in rest.iter_rows()],
        Point(own["pe"][0], own["roce"][0], plain(report.symbol, 14)) if own.height else None,
        width=width,
        height=max(height - 3, 8),
        names=("P/E", "ROCE %"),
        middle=(medians.get("pe"), medians.get("roce")),
        corners=("cheap, earns well", "dear, earns little"),
        ascii=ascii,
    )
    return (head, *chart, sentence(_words(report, members.height - known.height), width))


def _words(report: PeerReport, lacking: int) -> list[str]:
    units = {c.field: (c.median, c.unit) for c in report.comparisons}
    parts = [f"Median P/E {quantity(*units['pe'])}", f"ROCE {quantity(*units['roce'])}"]
    own = next(c for c in report.comparisons if c.field == "pe")
    if own.value is None:
        parts.append("this company has no P/E")
    if lacking:
        parts.append(f"{grouped(lacking)} lack{'s' if lacking == 1 else ''} one of them")
    return [part for part in parts if UNKNOWN not in part]
