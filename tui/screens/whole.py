"""The whole explanation of a company: every condition, and the figure and source behind each."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command, bindings
from tui.format import plain
from tui.screens.base import Dialog
from tui.screens.exporting import ask_export
from tui.widgets.why import why_lines, why_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

    from screener.screening import ConditionWhy, Result, Why


class WholeWhy(Dialog[None]):
    """A scrolling page with everything that is known of a verdict."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table_page")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("table_page",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table_page",)

    def __init__(self, result: Result, isin: str) -> None:
        super().__init__()
        self._result, self._isin = result, isin
        self._why: Why | None = None

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical(classes="dialog page"):
            yield Static("", classes="dialog-title")
            with VerticalScroll():
                yield Static("", id="whole")
            yield Static(
                Content.assemble(
                    (" Esc ", "$accent bold"), ("close", "$quiet"),
                    ("   ↑ ↓ ", "$accent bold"), ("scroll", "$quiet"),
                    ("   x ", "$accent bold"), ("export", "$quiet"),
                ),
                classes="dialog-keys",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Ask the result in a thread: the sources are read from the facts."""
        self.query_one(VerticalScroll).focus()

        def work() -> None:
            why = self._result.why(self._isin)
            self.deliver(self._show, why)

        self.in_thread(work, "whole")

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        waits = command.id == "table_page.export" and self._why is None
        return "the figures are being looked up" if waits else ""

    def action_export(self) -> None:
        """Write the conditions with their figures to a file."""
        from tui.exporting import why_table

        result, why = self._result, self._why
        if why is not None:
            words = f"Why {plain(why.symbol)} passes or fails, a row a condition."
            parts = (result.screen.name or "query", "why", why.symbol)
            ask_export(self, parts, result.market, words, lambda: why_table(result, why))

    def _show(self, why: Why) -> None:
        self._why = why
        self.query_one(".dialog-title", Static).update(why_title(why))
        screen = self._result.screen
        width = self.query_one(VerticalScroll).size.width - 2  # room for a scroll bar
        lines = [Content.styled(f"{plain(screen.title)} · {self._result.market.label}", "$quiet")]
        if screen.universe:
            where = "inside" if why.in_universe else "outside"
            universe = plain(screen.universe)
            lines.append(Content.styled(f"It is {where} the universe: {universe}", "$quiet"))
        lines.append(Content(""))
        for condition, line in why_lines(why.conditions, width):
            lines += [line, *_sources(condition, width)]
        self.query_one("#whole", Static).update(Content("\n").join(lines))

    def action_back(self) -> None:
        """Close."""
        self.dismiss(None)


def _sources(condition: ConditionWhy, width: int) -> Iterable[Content]:
    """The figures a condition rests on, and a blank line."""
    from tui.explain import source_lines

    if condition.children:
        return
    for line in source_lines(condition.sources):
        wrapped = wrap(line, max(width, 30), initial_indent=" " * 6, subsequent_indent=" " * 8)
        yield Content.styled("\n".join(wrapped), "$quiet")
    yield Content("")
