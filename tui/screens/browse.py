"""The main screen: named screens at the side, the query, and the list that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType

from tui.commands import bindings
from tui.format import plain
from tui.screens import copying, ordering, saving, sweeping
from tui.screens.bench import Bench
from tui.settings import LIBRARY_WIDTHS
from tui.widgets.grid import Grid
from tui.widgets.library import LibraryList
from tui.widgets.line import CommandLine
from tui.widgets.query import QueryLine
from tui.widgets.results import SHADING_WORDS, Results

if TYPE_CHECKING:
    from screener.screens import Screen
    from tui.widgets.editor import QueryEditor
    from tui.workspace import Workspace

TYPING_PAUSE: Final = 0.015  # seconds without a key before the edited query is run


class Browse(Bench):
    """The list of companies, live, and what every key does with it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("browse")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("browse",)

    def _opened(self, workspace: Workspace) -> None:
        super()._opened(workspace)
        if self._day is not None:
            day, self._day = self._day, None
            ordering.go_to_day(self, day)

    # screens

    def choose(self, screen: Screen) -> None:
        """Show another screen."""
        if self.desk is not None:
            self.close_editor()
            self.desk.choose(screen, self.results.grid.key)
            self.condition = 0
            self.results.clear_narrowing()
            self.run()

    def action_pick_screen(self, number: int) -> None:
        """Show the screen of that number in the side list."""
        ids = [id for _, shelf in self.desk.shelves({}) for id, _ in shelf] if self.desk else []
        if self.desk is not None and number <= len(ids):
            self.choose(self.desk.workspace.screen(ids[number - 1].removeprefix("screen:")))
        else:
            self.notify(f"There is no screen {number}.", markup=False)

    def action_pick_everything(self) -> None:
        """Show the whole market."""
        if self.desk is not None:
            self.choose(self.desk.workspace.everything)

    @on(LibraryList.Resized)
    def _library_resized(self, event: LibraryList.Resized) -> None:
        width = self.kasauti.memory.library_width + event.cells
        if width in LIBRARY_WIDTHS:
            self.kasauti.keep(library_width=width)
            self.draw_library_frame()

    def action_hide_library(self) -> None:
        """Hide the side list, or show it."""
        self.kasauti.keep(library_hidden=not self.kasauti.memory.library_hidden)
        self.draw_library_frame()
        self.call_after_refresh(self.results.relist)

    def action_library(self) -> None:
        """Go to the side list."""
        library = self.query_one(LibraryList)
        library.add_class("opened")
        library.focus()

    @on(LibraryList.Closed)
    def leave_library(self) -> None:
        """Back to the list of companies."""
        self.query_one(LibraryList).remove_class("opened")
        self.results.grid.focus()

    @on(LibraryList.Picked)
    def _library_picked(self, event: LibraryList.Picked) -> None:
        self.leave_library()
        kind, _, name = event.picked.partition(":")
        if self.desk is None:
            return
        if kind == "list":
            self.open_shortlist(name)
        else:
            self.choose(self.desk.workspace.screen(name))

    @on(LibraryList.Deleted)
    def _library_deleted(self, event: LibraryList.Deleted) -> None:
        saving.delete(self, event.deleted)

    # the query

    async def action_edit(self) -> None:
        """Edit the query; the list follows."""
        from tui.widgets.editor import QueryEditor  # its text area takes a while to import

        if self.desk is None or self.has_class("editing"):
            return
        self.before_edit = self.desk.query
        names = self.desk.workspace.names
        self.add_class("editing")
        line = self.query_one(QueryLine)
        line.display = False
        await self.query_one("#main").mount(QueryEditor(self.desk.query, names), before=line)
        self.results.explain()

    def on_query_editor_changed(self, event: QueryEditor.Changed) -> None:
        """Run the query once the keys rest."""
        if self.desk is None or event.text == self.desk.query:
            return
        self.desk.query = event.text
        if self.typing is not None:
            self.typing.stop()
        self.typing = self.set_timer(TYPING_PAUSE, self.run)

    def on_query_text_done(self) -> None:
        """Back to the list; the edited query stays."""
        self.close_editor()

    def close_editor(self) -> None:
        """Show the query as a line again."""
        if self.desk is not None and self.before_edit is not None:
            edited, self.desk.query = self.desk.query, self.before_edit
            self.desk.edit(edited)
        self.before_edit = None
        self.remove_class("editing")
        self.query("QueryEditor").remove()
        self.query_one(QueryLine).display = True
        self.results.grid.focus()
        self.results.explain()

    def action_undo(self) -> None:
        """Take the last change back."""
        words = self.desk.undo() if self.desk else ""
        if words:
            self.notify(f"Taken back: {plain(words)}.", timeout=3, markup=False)
            self.run()

    def action_sweep(self, steps: int) -> None:
        """Move the number of the condition chosen."""
        sweeping.sweep(self, steps)

    def action_next_condition(self, steps: int) -> None:
        """Choose another condition with a number."""
        sweeping.choose(self, steps)

    @on(Results.FunnelAsked)
    def listed(self) -> None:
        """Fill the funnel from the list on screen."""
        sweeping.draw(self)

    # the command line

    async def action_line(self) -> None:
        """Open the command line."""
        await ordering.open_line(self)

    @on(CommandLine.Entered)
    async def _line_entered(self, event: CommandLine.Entered) -> None:
        if ordering.obey(self, event.line):
            await self.close_line()

    @on(CommandLine.Left)
    async def close_line(self) -> None:
        """Back to the list."""
        await self.query(CommandLine).remove()
        if not self.has_class("editing"):
            self.results.grid.focus()

    def action_as_of(self) -> None:
        """Ask for an earlier day."""
        ordering.ask_day(self)

    # files and lists

    def action_save_list(self) -> None:
        """Save a shortlist."""
        saving.save_list(self)

    def action_shortlists(self) -> None:
        """Open a shortlist."""
        saving.pick_shortlist(self)

    def open_shortlist(self, name: str) -> None:
        """Keep the list to a saved one."""
        if self.desk is not None:
            self.desk.open_shortlist(name)
            self.run()

    @on(Results.CopyAsked)
    def _copy_asked(self) -> None:
        copying.copy(self)

    def action_copy_as(self) -> None:
        """Choose how symbols are copied."""
        copying.copy_as(self)

    @on(Results.HeatAsked)
    def _heat_asked(self) -> None:
        shaded = not self.results.shaded
        self.kasauti.keep(heat=shaded)
        self.results.shade(shaded)
        self.notify(SHADING_WORDS if shaded else "Shading is off.", timeout=4, markup=False)

    def action_export(self) -> None:
        """Write a file."""
        saving.export(self)

    def action_export_panel(self) -> None:
        """Write the funnel or the why panel to a file."""
        saving.export_panel(self)

    def action_save_screen(self) -> None:
        """Save the edited query."""
        saving.save_screen(self)

    @on(Results.ColumnAsked)
    def _column_asked(self) -> None:
        saving.choose_columns(self)

    @on(Results.Rescoped)
    def _rescoped(self) -> None:
        self.run()

    @on(Results.WhyAsked)
    def _why_asked(self, event: Results.WhyAsked) -> None:
        self.kasauti.show_why(event.result, event.isin)

    @on(Grid.Opened, "#companies")
    def _open(self, event: Grid.Opened) -> None:
        if self.desk is not None and self.desk.listing is not None:
            self.kasauti.show_company(self.desk, event.key)

    # other pages

    def action_market(self) -> None:
        """The state of the market."""
        from tui.screens.market import MarketView

        if self.desk is not None:
            self.app.push_screen(MarketView(self.desk))

    def action_changes(self) -> None:
        """What changed for this screen."""
        from tui.screens.changes import ChangesView

        if self.desk is not None:
            self.app.push_screen(ChangesView(self.desk))

    def action_replay(self) -> None:
        """This screen over the past."""
        from tui.screens.replay import ReplayView

        if self.desk is not None:
            self.app.push_screen(ReplayView(self.desk))

    def action_refresh(self) -> None:
        """Gather new data."""
        from tui.screens.refresh import RefreshView

        self.app.push_screen(RefreshView())

    # leaving

    def action_reload(self) -> None:
        """Read the market and the screens from disk again."""
        self.open_workspace()

    def action_back(self) -> None:
        """One step back: the panel, the filter, the scope, the earlier day."""
        desk = self.desk
        if self.results.close_why() or desk is None:
            return
        if desk.narrowed:
            self.results.clear_narrowing()
        elif desk.scope is not None:
            desk.leave_scope()
            self.run()
        elif desk.return_to_today():
            self.counts = {}
            self.run()

    def action_close(self) -> None:
        """Leave."""
        self.app.exit()
