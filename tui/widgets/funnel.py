"""The funnel panel: how far each condition narrows the market, and the number being moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.format import grouped, plain
from tui.widgets.bars import dialog_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.screening import FunnelStep, Result
    from tui.sweep import Moved

BAR: Final = 12
LEAST_FOR_BARS: Final = 96
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True)
class Funnelled:
    """What the panel shows: the steps, the condition chosen, and what moving its number did."""

    total: int
    passed: int
    steps: tuple[FunnelStep, ...]
    binding: str
    chosen: int | None
    movable: bool
    moved: Moved | None = None


def funnelled(
    result: Result, chosen: int | None, *, movable: bool, moved: Moved | None
) -> Funnelled:
    """The funnel of a result. The counts of a screen are computed on the first call."""
    counts = result.counts
    total = counts.passed + counts.failed + counts.unknown
    binding = result.binding
    text = f"“{binding.text}” alone keeps out {grouped(binding.fails_alone)}" if binding else ""
    return Funnelled(total, counts.passed, result.funnel, text, chosen, movable, moved)


class FunnelPanel(VerticalScroll, can_focus=False):
    """How many companies are left after each condition."""

    def compose(self) -> ComposeResult:
        """A title, the conditions, what moved."""
        yield Static("", id="funnel-title")
        yield Static("", id="funnel-lines")

    def show(self, funnel: Funnelled) -> None:
        """Show this funnel, the chosen condition in view."""
        width = max(self.size.width - 2, 40)  # room for a scroll bar
        self.query_one("#funnel-title", Static).update(_title(funnel, width))
        lines = [_heading(width), *_steps(funnel, width), _foot(funnel, width)]
        self.query_one("#funnel-lines", Static).update(Content("\n").join(lines))
        if funnel.chosen is not None:
            self.scroll_to(y=max(funnel.chosen - 2, 0), animate=False, force=True)


def _title(funnel: Funnelled, width: int) -> Content:
    whole = f" {grouped(funnel.total)} in the universe, {grouped(funnel.passed)} pass"
    parts = [(" Funnel", "$accent bold"), (whole, "bold")]
    if funnel.binding:
        parts.append(("   " + plain(funnel.binding, max(width - len(whole) - 11, 1)), "$quiet"))
    return Content.assemble(*parts)


def _columns(width: int) -> tuple[int, int]:
    """The widths of the conditions and of the bars."""
    bar = BAR if width >= LEAST_FOR_BARS else 0
    return max(width - 3 - 4 * 9 - (bar + 2 if bar else 0), 12), bar


def _heading(width: int) -> Content:
    text, _ = _columns(width)
    names = "".join(name.rjust(9) for name in ("left", "no data", "fail it", "only it"))
    return Content.styled("   " + " " * text + names, "$quiet")


def _steps(funnel: Funnelled, width: int) -> list[Content]:
    room, bar = _columns(width)
    lines = []
    for index, step in enumerate(funnel.steps):
        here = index == funnel.chosen
        numbers = (step.left, step.unknown, step.failed, step.fails_alone)
        texts = [grouped(number).rjust(9) for number in numbers]
        lines.append(
            Content.assemble(
                (" ▸ " if here else "   ", "$accent bold"),
                (plain(step.text, room).ljust(room), "bold" if here else ""),
                (texts[0], "bold"),
                (texts[1], "$open" if step.unknown else "$quiet"),
                (texts[2], "$quiet"),
                (texts[3], "$bad" if step.fails_alone else "$quiet"),
                ("  " + _bar(step.left / max(funnel.total, 1), bar) if bar else "", "$secondary"),
            )
        )
    return lines


def _bar(share: float, width: int) -> str:
    """A bar in eighths of a cell; what is left, however little, is seen."""
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def _foot(funnel: Funnelled, width: int) -> Content:
    moved = funnel.moved
    if moved is None:
        if not funnel.movable:
            return Content.styled(" No condition of this query compares with a number.", "$quiet")
        return dialog_keys(
            ("> <", "move the number at ▸"), ("{ }", "choose another"), ("U", "undo")
        )
    room = max((width - len(moved.first) - len(moved.now) - 18) // 2, 12)
    return Content.assemble(
        (f" {moved.first} → {moved.now} ", "$accent bold"),
        ("  in ", "$quiet"),
        (_named(moved.entered, room), "$good"),
        ("  out ", "$quiet"),
        (_named(moved.left, room), "$bad"),
    )


def _named(symbols: Sequence[str], room: int) -> str:
    """How many, and as many of them by name as there is room for."""
    if not symbols:
        return "none"
    text, count = str(len(symbols)), len(symbols)
    shown: list[str] = []
    for symbol in symbols:
        more = f" +{count - len(shown) - 1}" if count - len(shown) - 1 else ""
        if len(text) + 2 + len(", ".join([*shown, symbol])) + len(more) > room:
            break
        shown.append(plain(symbol))
    if not shown:
        return text
    more = f" +{count - len(shown)}" if count > len(shown) else ""
    return f"{text}: {', '.join(shown)}{more}"
