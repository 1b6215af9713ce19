"""The selectivity score taken apart, every point accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from screener.fields.scores import GATE_CAP
from screener.market.store import Market
from screener.score_report import Figure, PartReport, ScoreReport, rounded_shares, score_report
from tui.company.sheet import Asked, Sheet, Tab, View
from tui.format import cell, plain, quantity
from tui.rows import Column, TextRows, number_tone
from tui.score_text import amounts

_NAME_WIDTH: Final = 34
_HEADS: Final = (("value", "Value"), ("points", "Points"), ("weight", "Weight"), ("gives", "Gives"))


def score(market: Market, isin: str) -> Tab:
    """The four parts with their figures; what they give adds up to the score."""
    report = score_report(market, isin)
    texts: list[tuple[str, ...]] = []
    tones: list[str] = []
    asked: dict[tuple[int, str], Asked] = {}
    given = iter(rounded_shares(amounts(report)))
    for part in report.parts:
        texts.append(_heading(part))
        tones.append("heading")
        for figure in part.figures:
            asked[(len(texts), "value")] = Asked(isin, figure.field)
            texts.append(_figure(figure, given))
            tones.append("")
        if part.neutral:
            texts.append(("  missing, as if at 50 points", "", "", "", f"{next(given):.1f}", ""))
            tones.append("quiet")
    if report.capped:
        texts.append(("Taken off by the gate", "", "", "", f"{next(given):.1f}", ""))
        tones.append("heading")
    notes = tuple(_notes(report))
    sheet = Sheet(TextRows(_columns(texts), tuple(texts), tuple(tones)), asked, notes)
    return Tab((View("figures", sheet),))


def _heading(part: PartReport) -> tuple[str, ...]:
    score = "none" if part.score is None else f"{part.score:.1f}"
    share = "" if part.share is None else f"{100 * part.share:.4g} % of the total, "
    known = f"{share}{part.coverage:.0%} of its weights known"
    return (part.name, "", score, "", "" if part.gives is None else f"{part.gives:.1f}", known)


def _figure(figure: Figure, given: Iterator[float]) -> tuple[str, ...]:
    posts = " ".join(f"{x:g}:{y:g}" for x, y in figure.goalposts)
    if figure.value is None and figure.reason is not None:
        posts = figure.reason.sentence + ("" if figure.counts else ", left out of the weights")
    shown = quantity(figure.value, "pct") if figure.unit == "pct" else None
    return (
        f"  {plain(figure.name, _NAME_WIDTH - 2)}",
        shown or cell(figure.value, figure.unit),
        "–" if figure.points is None else f"{figure.points:.0f}",
        f"{figure.weight:g}",
        "–" if figure.gives is None else f"{next(given):.1f}",
        posts,
    )


def _notes(report: ScoreReport) -> Iterator[str]:
    if report.total is None:
        yield "No selectivity score: it needs three of the four parts"
    else:
        known = "" if report.coverage is None else f", {report.coverage:.0f} % of all weights known"
        yield f"Selectivity score {report.total:.1f} of 100{known}"
    if report.gate:
        yield f"Gate: {plain(report.gate)}. The score is at most {GATE_CAP:g}"


def _columns(texts: list[tuple[str, ...]]) -> tuple[Column, ...]:
    columns = [Column("name", ("", ""), _NAME_WIDTH, title="Figure")]
    for index, (key, title) in enumerate(_HEADS, start=1):
        width = max(len(title), *(len(text[index]) for text in texts))
        columns.append(Column(key, ("", title), width, True, title, tone=number_tone))
    quiet = lambda _: "quiet"  # noqa: E731
    return (*columns, Column("posts", ("", "Figure:points"), 60, title="Goalposts", tone=quiet))
