"""The why panel: every condition of a screen for one company, with value, margin or reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.format import UNKNOWN, cell, plain, quantity

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.screening import ConditionWhy, Why

SIGN_STYLES: Final = {
    "pass": ("✓", "$good"),
    "fail": ("✗", "$bad"),
    "unknown": ("?", "$open"),
}
WORST_FIRST: Final = ("fail", "unknown", "pass")
MOST_RELATIVE: Final = 10.0  # a margin of more than ten thresholds is given in its unit only


class WhyPanel(VerticalScroll, can_focus=False):
    """Why the company under the cursor passes, fails or cannot be judged."""

    def compose(self) -> ComposeResult:
        """A title and the conditions."""
        yield Static("", id="why-title")
        yield Static("", id="why-lines")

    def show(self, why: Why | None, *, worst_first: bool = False) -> None:
        """Explain this company; None says that there is none.

        `worst_first` puts what it fails and what lacks data on top, for a panel of few lines.
        """
        title, lines = self.query_one("#why-title", Static), self.query_one("#why-lines", Static)
        self.scroll_home(animate=False)
        if why is None:
            title.update(Content.styled(" Why", "$quiet"))
            lines.update(Content.styled("  No company is under the cursor.", "$quiet"))
            return
        title.update(why_title(why))
        room = max(self.scrollable_content_region.width, 40)
        conditions = list(why.conditions)
        if worst_first:
            conditions.sort(key=lambda c: WORST_FIRST.index(c.verdict))
        lines.update(Content("\n").join(line for _, line in why_lines(conditions, room)))


def why_title(why: Why) -> Content:
    """The company and the verdict in words."""
    sign, colour = SIGN_STYLES[why.verdict]
    return Content.assemble(
        (" Why ", "$accent bold"),
        (plain(why.symbol), "bold"),
        f" {plain(why.name, 40)}  ",
        (f"{sign} {verdict_words(why)}", colour),
    )


def verdict_words(why: Why) -> str:
    """The verdict in a few words: “fails 2 of 11, 1 needs data”."""
    if not why.in_universe:
        return "outside the screen's universe, so it is not judged"
    total = len(why.conditions)
    failed = sum(c.verdict == "fail" for c in why.conditions)
    unknown = sum(c.verdict == "unknown" for c in why.conditions)
    if why.verdict == "pass":
        return "passes" if total == 1 else f"passes all {total}" if not unknown else "passes"
    lacking = f"{unknown} need{'s' if unknown == 1 else ''} data" if unknown else ""
    if why.verdict == "fail":
        return ", ".join(part for part in (f"fails {failed} of {total}", lacking) if part)
    return f"needs data: {unknown} of {total} cannot be judged"


def why_lines(conditions: Sequence[ConditionWhy], width: int) -> list[tuple[ConditionWhy, Content]]:
    """A line for each condition: sign, condition, value found, margin or reason."""
    flat = list(flattened(conditions))
    texts = [("  " * depth + plain(c.text), c) for depth, c in flat]
    longest = max((len(text) for text, c in texts if not c.children), default=0)
    condition_width = min(max(longest, 12), max(width * 45 // 100, 20))
    found_width = min(max((len(_found(c)) for _, c in flat), default=1), max(width // 4, 10))
    return [(c, _line(text, c, condition_width, found_width, width)) for text, c in texts]


def flattened(
    conditions: Iterable[ConditionWhy], depth: int = 0
) -> Iterable[tuple[int, ConditionWhy]]:
    """Every condition with how deep it stands in others, in reading order."""
    for c in conditions:
        yield depth, c
        yield from flattened(c.children, depth + 1)


def _line(
    text: str, c: ConditionWhy, condition_width: int, found_width: int, width: int
) -> Content:
    sign, colour = SIGN_STYLES[c.verdict]
    if c.children:
        return Content.assemble(("  " + sign + " ", colour), plain(text, width - 5))
    found = plain(_found(c), found_width).rjust(found_width)
    note = plain(margin_words(c), max(width - condition_width - found_width - 9, 8))
    return Content.assemble(
        ("  " + sign + " ", colour),
        plain(text, condition_width).ljust(condition_width) + "  ",
        (found, "$quiet" if found.strip() == UNKNOWN else "bold"),
        "  ",
        (note, colour if c.verdict != "pass" else "$quiet"),
    )


def _found(c: ConditionWhy) -> str:
    """The value found; both sides where the right one is not a plain number."""
    if c.children:
        return ""
    unit = c.unit.value if c.unit is not None else ""
    if c.left_value is None and c.verdict != "unknown":
        return ""
    left = quantity(c.left_value, unit)
    if c.right_value is None or c.right_text == "" or _is_number(c.right_text):
        return left
    if isinstance(c.right_value, (int, float)) and not isinstance(c.right_value, bool):
        return f"{left} to {cell(c.right_value, unit)}"
    return left


def margin_words(c: ConditionWhy) -> str:
    """The margin to the threshold, or the reason why there is none."""
    if c.verdict == "unknown":
        reason = c.reason.sentence if c.reason is not None else "no figure"
        named = c.missing_field and c.missing_field not in c.text
        return f"{c.missing_field}: {reason}" if named else reason
    if c.margin is None:
        return "passes" if c.verdict == "pass" else "fails"
    if c.margin == 0:
        return "exactly at the threshold"
    unit = c.unit.value if c.unit is not None else ""
    room, share = quantity(abs(c.margin), unit), ""
    if not any(digit in room for digit in "123456789"):
        return f"very little {_side(c)}"
    if c.margin_relative is not None and abs(c.margin_relative) < MOST_RELATIVE:
        share = f" ({abs(c.margin_relative) * 100:.0f} %)"
    return f"{room}{share} {_side(c)}"


def _side(c: ConditionWhy) -> str:
    """On which side of the threshold the value lies."""
    if c.verdict == "pass":
        return "to spare"
    return "over" if c.left_value > c.right_value else "short"


def _is_number(text: str) -> bool:
    return text.strip().lstrip("-").rstrip("% ").replace(",", "").replace(".", "", 1).isdigit()
