"""The whole explanation of a company: every condition, and the figure and source behind each."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui.commands import Command, bindings
from tui.format import plain
from tui.screens.exporting import ask_export
from tui.screens.scrolling import ScrollingPage
from tui.widgets.why import why_lines, why_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from screener.screening import ConditionWhy, Result, Why


class WholeWhy(ScrollingPage):
    """A scrolling page with everything that is known of a verdict."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table_page")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("table_page",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table_page",)
    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (*ScrollingPage.KEYS, ("x", "export"))

    def __init__(self, result: Result, isin: str) -> None:
        super().__init__(waiting="Looking it up …")
        self._result, self._isin = result, isin
        self._why: Why | None = None

    def on_mount(self) -> None:
        """Ask the result in a thread: the sources are read from the facts."""

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
        self.entitle(why_title(why))
        self.draw()

    def text(self, width: int) -> Content | None:
        """Every condition with the figures it rests on."""
        why, screen = self._why, self._result.screen
        if why is None:
            return None
        lines = [Content.styled(f"{plain(screen.title)} · {self._result.market.label}", "$quiet")]
        if screen.universe:
            where = "inside" if why.in_universe else "outside"
            universe = plain(screen.universe)
            lines.append(Content.styled(f"It is {where} the universe: {universe}", "$quiet"))
        lines.append(Content(""))
        for condition, line in why_lines(why.conditions, width):
            lines += [line, *_sources(condition, width)]
        return Content("\n").join(lines)


def _sources(condition: ConditionWhy, width: int) -> Iterable[Content]:
    """The figures a condition rests on, and a blank line."""
    from tui.explain import source_lines

    if condition.children:
        return
    for line in source_lines(condition.sources):
        wrapped = wrap(line, max(width, 30), initial_indent=" " * 6, subsequent_indent=" " * 8)
        yield Content.styled("\n".join(wrapped), "$quiet")
    yield Content("")
