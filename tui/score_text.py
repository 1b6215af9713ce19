"""The selectivity score of one company as plain text and JSON, every point accounted for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, Final

from screener.fields.scores import GATE_CAP
from screener.market.store import Market
from screener.score_report import Figure, PartReport, ScoreReport, rounded_shares
from tui.format import cell, plain, quantity

_NAME_WIDTH: Final = 42
_COLUMNS: Final = (10, 8, 8, 8)  # value, points, weight, gives
_HOW: Final = (
    "Under each figure stand its goalposts (figure:points); between them points lie"
    "\non straight lines. gives = points × weight ÷ known weights of the part × known"
    "\nshare of its weights × the part's share of the total."
)


def score_text(report: ScoreReport, market: Market) -> str:
    """Every figure of the score with its points; what they give adds up to the total."""
    lines = [f"{plain(report.name)} ({plain(report.symbol)})", f"Kasauti · {market.label}", ""]
    given = iter(rounded_shares(amounts(report)))
    for part in report.parts:
        lines += [*_part_lines(part, given), ""]
    if report.gate:
        lines += [f"Gate: {report.gate}.", f"Behind a red gate the score is at most {GATE_CAP:g}."]
    if report.capped:
        lines.append(_total_line("Taken off by the gate", f"{next(given):.1f}"))
    return "\n".join([*lines, *_total_lines(report), "", *_goalposts_lines(report), _HOW])


def _goalposts_lines(report: ScoreReport) -> Iterator[str]:
    """Which goalposts file was used, and where one of the user's own would be looked for."""
    if report.goalposts:
        yield f"Goalposts: your own, {plain(report.goalposts)}"
    else:
        yield f"Goalposts: built in. {plain(report.own_goalposts)} would change them."


def amounts(report: ScoreReport) -> list[float]:
    """What each line gives, in the order in which the lines are shown."""
    amounts: list[float] = []
    for part in report.parts:
        amounts += [f.gives for f in part.figures if f.gives is not None]
        if part.neutral:
            amounts.append(part.neutral)
    return [*amounts, report.capped] if report.capped else amounts


def _total_lines(report: ScoreReport) -> Iterator[str]:
    if report.total is None:
        yield "Selectivity score: none. It needs three of the four parts."
    else:
        yield _total_line("Selectivity score, of 100", f"{report.total:.1f}")
    if report.coverage is not None:
        yield _total_line("Known share of all weights", f"{report.coverage:.1f} %")


def _total_line(label: str, text: str) -> str:
    return f"{label:<{2 + _NAME_WIDTH + sum(_COLUMNS) - 8}}{text:>8}"


def _row(name: str, *cells: str) -> str:
    widths = zip(cells, _COLUMNS, strict=True)
    return f"  {name[:_NAME_WIDTH]:<{_NAME_WIDTH}}" + "".join(f"{c:>{w}}" for c, w in widths)


def _part_lines(part: PartReport, given: Iterator[float]) -> Iterator[str]:
    score = "none, less than half of it is known" if part.score is None else f"{part.score:.1f}"
    share = "" if part.share is None else f" · {100 * part.share:.4g} % of the total"
    yield f"{part.name}: {score}{share} · {100 * part.coverage:.0f} % known"
    yield _row("", "value", "points", "weight", "gives")
    for figure in part.figures:
        yield _figure_line(figure, given)
        yield from _below(figure)
    if part.neutral:
        yield _row("missing figures, as if at 50 points", "", "", "", f"{next(given):.1f}")


def _figure_line(figure: Figure, given: Iterator[float]) -> str:
    points = "–" if figure.points is None else f"{figure.points:.1f}"
    gives = "–" if figure.gives is None else f"{next(given):.1f}"
    value = quantity(figure.value, figure.unit) if figure.unit == "pct" else None
    shown = value or cell(figure.value, figure.unit)
    return _row(figure.name, shown, points, f"{figure.weight:g}", gives)


def _below(figure: Figure) -> Iterator[str]:
    """The goalposts of a figure, and why it is unknown or what it stands in for."""
    yield "      " + "  ".join(f"{x:g}:{y:g}" for x, y in figure.goalposts)
    if figure.value is None and figure.reason:
        left_out = "" if figure.counts else " (left out of the weights)"
        set_points = "" if figure.points is None else f": {figure.points:g} points"
        yield f"      {figure.reason.sentence}{set_points}{left_out}"
    if figure.stands_in_for:
        yield f"      stands in for {figure.stands_in_for}, which no source has given"


def score_json(report: ScoreReport) -> str:
    """The same as JSON, with nothing rounded."""
    document: dict[str, Any] = dataclasses.asdict(report)
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)
