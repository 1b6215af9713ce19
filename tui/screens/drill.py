"""Where a number comes from, over the screen that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.charts.text import as_content
from tui.commands import bindings
from tui.screens.base import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.market.store import Market
    from tui.company.sheet import Asked
    from tui.drill import Drill


class DrillDown(Dialog[None]):
    """A scrolling page on one number of one company."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("help",)
    VIEWS: ClassVar[tuple[str, ...]] = ("help",)

    def __init__(self, market: Market, asked: Asked) -> None:
        super().__init__()
        self._market, self._asked = market, asked
        self._found: Drill | None = None

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical(classes="dialog page"):
            yield Static("", classes="dialog-title")
            with VerticalScroll():
                yield Static("Looking it up …", id="drill")
            yield Static(
                Content.assemble(
                    (" Esc ", "$accent bold"), ("close", "$quiet"),
                    ("   ↑ ↓ ", "$accent bold"), ("scroll", "$quiet"),
                ),
                classes="dialog-keys",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Ask in a thread: the sources are read from the facts."""
        self.query_one(VerticalScroll).focus()

        def work() -> None:
            from tui.drill import drill

            found = drill(self._market, self._asked)
            self.deliver(self._show, found)

        self.in_thread(work, "drill")

    def on_resize(self) -> None:
        """Wrap anew for the new width."""
        if self._found is not None:
            self.call_after_refresh(self._draw)

    def _show(self, found: Drill) -> None:
        self._found = found
        title = Content.assemble((found.name, "bold"), ("  " + found.company, "$quiet"))
        self.query_one(".dialog-title", Static).update(title)
        self._draw()

    def _draw(self) -> None:
        from tui.drill_text import drill_lines

        if self._found is not None:
            width = self.query_one(VerticalScroll).size.width - 2  # room for a scroll bar
            lines = drill_lines(self._found, width)
            self.query_one("#drill", Static).update(as_content(lines))

    def action_back(self) -> None:
        """Close."""
        self.dismiss(None)
