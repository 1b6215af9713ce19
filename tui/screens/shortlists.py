"""The saved shortlists: open one, delete one, bring it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command, bindings
from tui.format import day, grouped, plain
from tui.rows import Column, TextRows
from tui.screens.base import Dialog
from tui.widgets.bars import KeyBar
from tui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from screener.shortlists import Shortlist
    from tui.workspace import Workspace


class ShortlistPage(Dialog[str]):
    """Every shortlist with its size and day. Answers with the name of the one to open."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("shortlists")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("shortlists",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table", "shortlists")

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._lists = workspace.shortlists
        self._library = workspace.library
        self._names: list[str] = []
        self._deleted: Shortlist | None = None

    def compose(self) -> ComposeResult:
        """A table of lists."""
        with Vertical(classes="dialog page"):
            yield Static(Content("Shortlists"), classes="dialog-title")
            grid = Grid(frozen=1, id="lists")
            grid.empty = "Nothing is saved yet. In the list, s saves the companies shown or marked."
            yield grid
            yield KeyBar()

    def on_mount(self) -> None:
        """Read the lists."""
        self._draw()
        self.query_one(Grid).focus()

    def target(self, command: Command) -> DOMNode:
        """Moving is the table's."""
        return self.query_one(Grid) if command.view == "table" else self

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.id in ("table.open", "shortlists.delete") and not self._names:
            return "nothing is saved yet"
        if command.id == "shortlists.undo" and self._deleted is None:
            return "nothing was deleted"
        return ""

    def _draw(self) -> None:
        kept = [self._lists.get(name) for name in self._lists.names()]
        self._names = [each.name for each in kept]
        texts = tuple(self._texts(each) for each in kept)
        self.query_one(Grid).show(shortlist_rows(texts))
        self.draw_keys()

    def _texts(self, each: Shortlist) -> tuple[str, ...]:
        screen = self._library.find(each.screen)
        title = screen.title if screen else each.screen.replace("_", " ")
        market = day(each.market_date) + (" · demo" if each.demo else "")
        saved = day(each.saved_at.date())
        return plain(each.name), grouped(len(each.entries)), saved, market, plain(title)

    @on(Grid.Opened)
    def _open(self, event: Grid.Opened) -> None:
        self.dismiss(self._names[int(event.key)])

    def action_delete(self) -> None:
        """Delete the list under the cursor; U brings it back."""
        row = self.query_one(Grid).cursor
        self._deleted = self._lists.delete(self._names[row])
        self.notify(f"“{plain(self._deleted.name)}” is deleted. U brings it back.", markup=False)
        self._draw()

    def action_undo(self) -> None:
        """Bring the deleted list back."""
        if self._deleted is not None:
            self._lists.restore(self._deleted)
            self._deleted = None
            self._draw()

    def action_back(self) -> None:
        """Back without a choice."""
        self.dismiss(None)


def shortlist_rows(texts: tuple[tuple[str, ...], ...]) -> TextRows:
    """The table of shortlists."""
    titles = ("Name", "Companies", "Saved on", "Market date", "From the screen")
    widths = [
        min(max(len(title), *(len(row[i]) for row in texts), 1), 34)
        for i, title in enumerate(titles)
    ]
    columns = tuple(
        Column(title, ("", title), width, right=title == "Companies", title=title)
        for title, width in zip(titles, widths, strict=True)
    )
    return TextRows(columns, texts)
