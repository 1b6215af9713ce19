"""Where a number comes from, over the screen that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui.charts.text import as_content
from tui.commands import bindings
from tui.screens.scrolling import ScrollingPage

if TYPE_CHECKING:
    from screener.market.store import Market
    from tui.company.sheet import Asked
    from tui.drill import Drill


class DrillDown(ScrollingPage):
    """A scrolling page on one number of one company."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("help",)
    VIEWS: ClassVar[tuple[str, ...]] = ("help",)

    def __init__(self, market: Market, asked: Asked) -> None:
        super().__init__(waiting="Looking it up …")
        self._market, self._asked = market, asked
        self._found: Drill | None = None

    def on_mount(self) -> None:
        """Ask in a thread: the sources are read from the facts."""

        def work() -> None:
            from tui.drill import drill

            found = drill(self._market, self._asked)
            self.deliver(self._show, found)

        self.in_thread(work, "drill")

    def _show(self, found: Drill) -> None:
        self._found = found
        self.entitle(Content.assemble((found.name, "bold"), ("  " + found.company, "$quiet")))
        self.draw()

    def text(self, width: int) -> Content | None:
        """The number with its formula, inputs and sources."""
        from tui.drill_text import drill_lines

        return None if self._found is None else as_content(drill_lines(self._found, width))
