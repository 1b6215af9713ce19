"""One company: who it is, which screens it passes, and its statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command, bindings
from tui.format import plain
from tui.rows import Rows
from tui.screens.base import Page
from tui.widgets.bars import KeyBar, Part, TitleBar, spread
from tui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui.profile import Profile
    from tui.workspace import Workspace

TABLES: Final = ("Years", "Quarters", "Owners", "Screens")


class Company(Page):
    """A company of the list; n and N go to its neighbours there."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("company")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("company",)
    VIEWS: ClassVar[tuple[str, ...]] = ("company", "table", "app")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012

    def __init__(self, workspace: Workspace, isins: Sequence[str], isin: str) -> None:
        super().__init__()
        self._workspace, self._isins = workspace, list(isins)
        self._index = self._isins.index(isin)
        self._table = 0
        self._rows: dict[str, Rows] = {}

    def compose(self) -> ComposeResult:
        """Header, tables, and at the side the verdicts where there is room."""
        yield TitleBar()
        yield Static("", id="company-head")
        yield Static("", id="company-tabs")
        with Horizontal(id="company-body"):
            yield Grid(frozen=1, id="statements")
            yield Grid(frozen=2, id="verdicts")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the company."""
        title, market = self.query_one(TitleBar), self._workspace.market
        title.market, title.demo = market.label, market.is_demo
        self.query_one("#verdicts", Grid).can_focus = False
        self.query_one("#statements", Grid).focus()
        self.load()

    def target(self, command: Command) -> DOMNode:
        """Moving is the table's."""
        return self.query_one("#statements") if command.view == "table" else self

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.id == "table.open":
            return "there is nothing to open here"
        if command.id in ("company.next", "company.previous") and len(self._isins) < 2:
            return "it is the only one on the list"
        return ""

    def commands(self) -> tuple[Command, ...]:
        """Rows of statements are not opened."""
        return tuple(c for c in super().commands() if c.id != "table.open")

    @property
    def isin(self) -> str:
        """The company shown."""
        return self._isins[self._index]

    def load(self) -> None:
        """Read the company's figures in a thread."""
        isin, workspace = self.isin, self._workspace
        self.query_one("#statements", Grid).empty = "Reading the statements …"

        def work() -> None:
            from tui.profile import profile_of

            profile = profile_of(workspace, isin)
            self.app.call_from_thread(self._loaded, isin, profile)

        self.in_thread(work, "profile")

    def _loaded(self, isin: str, profile: Profile) -> None:
        if isin != self.isin:
            return
        self._rows = dict(zip(TABLES, profile.tables, strict=True))
        place = f"{self._index + 1} of {len(self._isins)}"
        self.query_one(TitleBar).left = (
            (f" {plain(profile.symbol)} ", "bold"),
            (f" {place}", "$quiet"),
        )
        self.query_one("#company-head", Static).update(head(profile, self.size.width))
        self.query_one("#verdicts", Grid).show(self._rows["Screens"])
        self.show_table()

    def show_table(self) -> None:
        """Show the table the reader is at, its latest period in view."""
        name = TABLES[self._table]
        grid, rows = self.query_one("#statements", Grid), self._rows.get(name)
        if rows is None:
            return
        grid.empty = f"No source gave this company's {name.casefold()}."
        grid.show(rows)
        grid.cursor = min(1, max(rows.height - 1, 0))  # under the first heading
        if rows.columns and name != "Screens":
            grid.cursor_column = len(rows.columns) - 1
        parts: list[Part] = []
        for each in TABLES:
            here = each == name
            parts.append((f" {each} ", "bold $background on $accent" if here else "$quiet"))
        self.query_one("#company-tabs", Static).update(spread(parts, (), self.size.width))
        self.draw_keys()

    def on_resize(self) -> None:
        """Draw again for the new width."""
        if self._rows:
            self.load()

    def action_next_table(self) -> None:
        """The next table."""
        self._table = (self._table + 1) % len(TABLES)
        self.show_table()

    def action_previous_table(self) -> None:
        """The table before."""
        self._table = (self._table - 1) % len(TABLES)
        self.show_table()

    def action_next_company(self) -> None:
        """The next company of the list."""
        self._go(1)

    def action_previous_company(self) -> None:
        """The company before."""
        self._go(-1)

    def _go(self, steps: int) -> None:
        self._index = (self._index + steps) % len(self._isins)
        self.load()

    def action_back(self) -> None:
        """Back to the list, the cursor on this company."""
        self.kasauti.leave_company(self.isin)


def head(profile: Profile, width: int) -> Content:
    """Name, identity and place on two lines, the main figures on the third."""
    figures: list[Part] = [(" ", "")]
    for label, text in profile.figures:
        figures += [(f"{label} ", "$quiet"), (text, "bold"), ("   ", "")]
    return Content("\n").join(
        [
            spread([(f" {plain(profile.name)}", "$accent bold")], [], width),
            spread([(f" {plain(profile.identity)}", "$quiet")], [], width),
            spread(figures, [], width),
        ]
    )
