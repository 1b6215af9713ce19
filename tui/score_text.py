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

_NAME_WIDTH: Final = 34
_HOW: Final = (
    "gives = points × weight ÷ known weights of the part × known share of its weights × the part's"
    "\nshare of the total. Points lie on straight lines between the goalposts (figure:points)."
)


def score_text(report: ScoreReport, market: Market) -> str:
    """Every figure of the score with its points; what they give adds up to the total."""
    lines = [f"{plain(report.name)} ({plain(report.symbol)})", f"Kasauti · {market.label}", ""]
    given = iter(list(rounded_shares(_amounts(report))))
    for part in report.parts:
        lines += [*_part_lines(part, given), ""]
    if report.gate:
        lines.append(f"Gate: {report.gate}. The score is at most {GATE_CAP:g}.")
    if report.capped:
        lines.append(_total_line("Taken off by the gate", f"{next(given):.1f}"))
    return "\n".join([*lines, *_total_lines(report), "", _HOW])


def _amounts(report: ScoreReport) -> list[float]:
    """What each line gives, in the order in which the lines are printed."""
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
    return f"{label:<{_NAME_WIDTH + 30}}{text:>8}"


def _part_lines(part: PartReport, given: Iterator[float]) -> Iterator[str]:
    score = "none, less than half of it is known" if part.score is None else f"{part.score:.1f}"
    share = "" if part.share is None else f" · {100 * part.share:.4g} % of the total"
    yield f"{part.name}: {score}{share} · {part.coverage:.0%} of its weights known"
    yield f"    {'':<{_NAME_WIDTH}}{'value':>10}{'points':>8}{'weight':>8}{'gives':>8}  goalposts"
    for figure in part.figures:
        yield _figure_line(figure, given)
        if figure.value is None and figure.reason:
            left_out = "" if figure.counts else " (left out of the weights)"
            yield f"        {figure.reason.sentence}{left_out}"
    if part.neutral:
        label = "missing figures, as if at 50 points"
        yield f"    {label:<{_NAME_WIDTH + 26}}{next(given):>8.1f}"


def _figure_line(figure: Figure, given: Iterator[float]) -> str:
    points = "–" if figure.points is None else f"{figure.points:.1f}"
    gives = "–" if figure.gives is None else f"{next(given):.1f}"
    posts = " ".join(f"{x:g}:{y:g}" for x, y in figure.goalposts)
    value = quantity(figure.value, figure.unit) if figure.unit == "pct" else None
    shown = value or cell(figure.value, figure.unit)
    return (
        f"    {figure.name[:_NAME_WIDTH]:<{_NAME_WIDTH}}{shown:>10}{points:>8}"
        f"{figure.weight:>8g}{gives:>8}  {posts}"
    )


def score_json(report: ScoreReport) -> str:
    """The same as JSON, with nothing rounded."""
    document: dict[str, Any] = dataclasses.asdict(report)
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)
