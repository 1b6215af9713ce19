"""What every named screen says of a company: verdict, first condition that fails, how far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from screener.errors import ScreenError
from tui.company.sheet import Sheet, Tab, View
from tui.format import UNKNOWN, plain, quantity
from tui.rows import VERDICT_SIGNS, Column, TextRows, sign_tone
from tui.widgets.why import margin_words, verdict_words

if TYPE_CHECKING:
    from screener.screening import ConditionWhy, Result, Why
    from screener.screens import Screen
    from tui.workspace import Workspace

_COLUMNS: Final = (  # key, heading, greatest width
    ("sign", "", 1),
    ("screen", "Screen", 28),
    ("words", "Verdict", 26),
    ("condition", "First condition that fails or lacks data", 44),
    ("found", "Found", 12),
    ("distance", "Distance", 44),
)


@dataclass(frozen=True)
class Judged:
    """A screen run over the market; no result where its text cannot be run."""

    screen: Screen
    result: Result | None


@dataclass(frozen=True)
class Judgement:
    """What one screen says of one company."""

    title: str
    verdict: str  # pass, fail, unknown, outside, or a word where it cannot be run
    words: str
    condition: str = ""
    found: str = ""
    distance: str = ""


def judged(workspace: Workspace) -> tuple[Judged, ...]:
    """Every named screen, run once."""
    found = []
    for screen in workspace.library.screens:
        try:
            found.append(Judged(screen, workspace.run(screen)))
        except ScreenError:
            found.append(Judged(screen, None))
    return tuple(found)


def judgements(screens: Iterable[Judged], isin: str) -> tuple[Judgement, ...]:
    """What each of them says of the company."""
    return tuple(_judgement(each, isin) for each in screens)


def _judgement(each: Judged, isin: str) -> Judgement:
    title = plain(each.screen.title)
    if each.result is None:
        return Judgement(title, "", "cannot be run")
    why = each.result.why(isin, sources=False)
    if not why.in_universe:
        return Judgement(title, "outside", "not judged")
    words = verdict_words(why).removeprefix("needs data: ").partition(", ")[0]
    words = words.replace("cannot be judged", "lack data")
    first = _decisive(why)
    if first is None:
        return Judgement(title, why.verdict.value, words)
    unit = first.unit.value if first.unit is not None else ""
    found = "" if first.children else quantity(first.left_value, unit)
    distance = "" if first.children else margin_words(first)
    return Judgement(title, why.verdict.value, words, plain(first.text), found, distance)


def _decisive(why: Why) -> ConditionWhy | None:
    """The first condition that fails; where none does, the first that lacks data."""
    for verdict in ("fail", "unknown"):
        for condition in why.conditions:
            if condition.verdict == verdict and why.verdict != "pass":
                return condition
    return None


def why_tab(found: Sequence[Judgement]) -> Tab:
    """Every screen a row."""
    texts = tuple(
        (
            VERDICT_SIGNS.get(each.verdict, "·"),
            each.title,
            each.words,
            each.condition,
            "" if each.found == UNKNOWN else each.found,
            each.distance,
        )
        for each in found
    )
    columns = []
    for i, (key, head, most) in enumerate(_COLUMNS):
        width = max(min(max((len(text[i]) for text in texts), default=1), most), len(head), 1)
        tone = sign_tone if key == "sign" else _no_tone
        columns.append(Column(key, ("", head), width, key == "found", head, tone=tone,
                              drawn=key == "sign"))  # fmt: skip
    notes = (counts_words(found), "Enter on a screen shows all its conditions with their sources")
    sheet = Sheet(TextRows(tuple(columns), texts), notes=notes, frozen=2)
    return Tab((View("screens", sheet),), "There are no screens.")


def _no_tone(text: str) -> str:
    return ""


def short_counts(found: Sequence[Judgement]) -> str:
    """The same in signs: “✓2 ?1 ✗12”."""
    signs = {"pass": "✓", "unknown": "?", "fail": "✗", "outside": "·"}
    count = {v: sum(each.verdict == v for each in found) for v in signs}
    return " ".join(f"{sign}{count[v]}" for v, sign in signs.items() if count[v])


def counts_words(found: Sequence[Judgement]) -> str:
    """How many screens it passes, how many lack data, how many it fails."""
    count = {v: sum(each.verdict == v for each in found) for v in ("pass", "unknown", "fail")}
    outside = len(found) - sum(count.values())
    parts = [f"passes {count['pass']} of {len(found)} screens"]
    if count["unknown"]:
        parts.append(f"{count['unknown']} need{'s' if count['unknown'] == 1 else ''} data")
    if count["fail"]:
        parts.append(f"fails {count['fail']}")
    if outside:
        parts.append(f"{outside} not judged")
    return " · ".join(parts)
