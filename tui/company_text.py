"""The page of a company as plain text and JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from tui.company_page import OWNER_LINES, QUARTER_LINES, YEAR_LINES, margin, margins
from tui.format import UNKNOWN, cell, period, plain, quantity

if TYPE_CHECKING:
    from tui.company_page import CompanyPage, Figure, Period, Standing

SIGNS: Final = {"pass": "✓", "fail": "✗", "unknown": "?", "outside": "·"}
WORDS: Final = {
    "pass": "passes",
    "fail": "fails",
    "unknown": "needs data",
    "outside": "outside its universe",
}
_LABELS: Final = {
    "sales": ("Sales", "cr"),
    "operating_profit": ("Op. profit", "cr"),
    "net_profit": ("Net profit", "cr"),
    "eps": ("EPS ₹", "rs"),
    "cfo": ("Op. cash", "cr"),
    "net_worth": ("Net worth", "cr"),
    "borrowings": ("Borrowings", "cr"),
    "promoters": ("Promoters", "pct"),
    "fiis": ("Foreign inst.", "pct"),
    "diis": ("Domestic inst.", "pct"),
    "public": ("Public", "pct"),
    "pledged": ("Pledged", "pct"),
}
_FIRST: Final = 15


def company_text(page: CompanyPage) -> str:
    """Main figures, what every screen says, ten years, quarters, peers, owners."""
    shares = margins(page)
    lines = [
        f"{plain(page.name)} ({plain(page.symbol)})",
        " · ".join(plain(part) for part in page.identity),
        f"Kasauti · {page.label}",
        "",
        *_figure_lines(page.figures),
        *_titled("Screens", _standing_lines(page.standings)),
        *_titled("Years, ₹ crore", _period_lines(page.years, YEAR_LINES, 12, shares)),
        *_titled("Quarters, ₹ crore", _period_lines(page.quarters, QUARTER_LINES, 3, shares)),
        *_titled("Peers", peer_lines(page)),
        *_titled("Owners, %", _period_lines(page.owners, OWNER_LINES)),
        *_titled("Price", _price_lines(page)),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    body = list(lines)
    return ["", title, *body] if body else []


def _figure_lines(figures: Sequence[Figure]) -> Iterator[str]:
    width = max((len(f.name) for f in figures), default=0)
    for one in figures:
        said = quantity(one.value, one.unit) if one.value is not None else UNKNOWN
        why = f"  ({one.reason})" if one.reason else ""
        yield f"  {one.name:<{width}}  {said}{why}"


def _standing_lines(standings: Iterable[Standing]) -> Iterator[str]:
    for one in standings:
        yield f"  {SIGNS[one.verdict]} {plain(one.title)}: {WORDS[one.verdict]}"


def _period_lines(
    periods: Sequence[Period], lines: Sequence[str], usual: int = 0, shares: Sequence[str] = ()
) -> list[str]:
    """A column a period, a row a line, and under those of `shares` their share of sales.

    Periods of an unusual length say so under their end.
    """
    if not periods:
        return []
    rows = [("", *(period(one.end) for one in periods))]
    if usual and any(one.months not in (0, usual) for one in periods):
        months = (f"{p.months} mo" if p.months not in (0, usual) else "" for p in periods)
        rows.append(("", *months))
    for line in lines:
        label, unit = _LABELS[line]
        values = [one.figures.get(line) for one in periods]
        if any(value is not None for value in values):
            rows.append((label, *(_brief(value, unit) for value in values)))
        if line in shares and any(value is not None for value in values):
            rows.append(("  margin %", *(_brief(margin(p, line), "pct") for p in periods)))
    widths = [max(len(row[i]) for row in rows) for i in range(1, len(rows[0]))]
    return [
        f"  {row[0]:<{_FIRST}}"
        + "".join(f" {text:>{width}}" for text, width in zip(row[1:], widths, strict=True))
        for row in rows
    ]


def _brief(value: float | None, unit: str) -> str:
    """Statement figures without decimals from 10 up, so that ten years fit a narrow screen."""
    if value is not None and unit == "cr" and abs(value) >= 10:
        return cell(value, "count")
    return cell(value, unit)


def peer_lines(page: CompanyPage) -> Iterator[str]:
    """Own figure, the peers' median and the distance, for what is compared."""
    report = page.peers
    if report.level:
        group = plain(report.group)
        yield f"  {report.level} {group}, {report.count:,} others"
    for one in report.comparisons:
        if one.value is None and one.median is None:
            continue
        own, median = quantity(one.value, one.unit), quantity(one.median, one.unit)
        premium = f"  {one.premium:+.0f} %".replace("-", "−") if one.premium is not None else ""
        yield f"  {one.name[:28]:<28}  {own:>10}  peers {median:>10}{premium}"


def _price_lines(page: CompanyPage) -> Iterator[str]:
    from tui.market_text import channel_words

    if page.channel is not None:
        yield f"  {channel_words(page.channel)}"


def company_json(page: CompanyPage) -> str:
    """The same as JSON, with nothing rounded and the closes left out."""
    document = {
        f.name: getattr(page, f.name)
        for f in dataclasses.fields(page)
        if f.name not in ("peers", "days", "closes")
    }
    document["peers"] = {
        "level": page.peers.level,
        "group": page.peers.group,
        "count": page.peers.count,
        "comparisons": page.peers.comparisons,
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_json_value)


def _json_value(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return value.isoformat() if isinstance(value, dt.date) else str(value)
