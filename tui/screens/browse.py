"""The main screen: named screens at the side, the query, and the list that follows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from screener.errors import KasautiError, LanguageError
from tui.commands import Command, bindings
from tui.desk import Desk
from tui.format import day, plain
from tui.listing import Listing
from tui.screens import copying, ordering, saving, sweeping
from tui.screens.base import Page
from tui.settings import LIBRARY_WIDTHS
from tui.widgets.bars import KeyBar, Part, TitleBar
from tui.widgets.grid import Grid
from tui.widgets.library import LibraryList, Tally
from tui.widgets.line import CommandLine, LineInput
from tui.widgets.query import NarrowInput, Problem, QueryLine
from tui.widgets.results import SHADING_WORDS, Results
from tui.workspace import EVERYTHING, Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from screener.market.opening import Which
    from screener.screens import Screen
    from tui.widgets.editor import QueryEditor

PROBLEM_MARGIN: Final = 3  # columns beside the text of a fault
TYPING_PAUSE: Final = 0.015  # seconds without a key before the edited query is run
FREE: Final = ("browse.close", "browse.reload", "browse.library", "browse.hide_library")
KEEPING_PAUSE: Final = 1.0  # seconds without a change before the reader's place is kept
NEEDS_NUMBER: Final = (
    "browse.raise",
    "browse.lower",
    "browse.next_condition",
    "browse.previous_condition",
)


class Browse(Page):
    """The list of companies, live."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("browse")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("browse",)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (200, "-vast")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-high")]  # noqa: RUF012

    def __init__(self, which: Which, wanted: str | None) -> None:
        super().__init__()
        self._which, self._wanted = which, wanted
        self.desk: Desk | None = None
        self.counts: dict[str, Tally] = {}  # of the side list, by its ids
        self.typed: list[str] = []  # in the command line
        self.condition = 0  # which of the query's numbers is chosen
        self._before_edit: str | None = None
        self._keeping: Timer | None = None
        self._grid: Grid | None = None  # asked once more when the screen is taken down
        self._ticket = 0  # of the last run asked for; answers to earlier ones are dropped
        self._typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, side list, query, results, keys."""
        yield TitleBar()
        with Horizontal(id="body"):
            yield LibraryList()
            with Vertical(id="main"):
                yield QueryLine()
                yield Problem("", markup=False)
                yield Results(lambda work: self.in_thread(work, "why"))
        yield KeyBar()

    def on_mount(self) -> None:
        """Nothing heavy before the first paint."""
        self.query_one(Problem).display = False
        self._grid = self.results.grid
        self.results.shaded = self.kasauti.memory.heat
        self.draw_library_frame()
        self.results.grid.focus()
        self.results.say("Opening the market …")
        self.call_after_refresh(self.open_workspace)

    def on_resize(self) -> None:
        """Another size has room for other things."""
        self.call_after_refresh(self.results.relist)

    @property
    def results(self) -> Results:
        """The list."""
        return self.query_one(Results)

    def views(self) -> tuple[str, ...]:
        """By where the focus is."""
        if self.has_class("editing"):
            return ("query", "app")
        match self.focused:
            case NarrowInput():
                return ("narrow", "app")
            case LineInput():
                return ("line", "app")
            case LibraryList():
                return ("library", "app")
        return ("list", "browse", "table", "app")

    def target(self, command: Command) -> DOMNode:
        """Commands of the list are the list's."""
        if command.view == "list":
            return self.results
        return self.results.grid if command.view == "table" else super().target(command)

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.view in ("list", "table"):
            return self.results.refusal(command)
        if command.view != "browse" or command.id in FREE:
            return ""
        if self.desk is None:
            return "the market is not open yet"
        if command.id in ("browse.save_list", "browse.export") and not self.results.grid.key:
            return "the list is empty"
        if command.id == "browse.save_screen" and not self.desk.edited:
            return "the query is as it was saved"
        if command.id == "browse.undo" and not (self.desk.changes or self.desk.edited):
            return "nothing was changed"
        if command.id in NEEDS_NUMBER and not sweeping.numbers(self.desk):
            return "no condition of this query compares with a number"
        return ""

    # work in threads

    def open_workspace(self) -> None:
        """Open the market; polars is imported here, after the first paint."""
        call, say = self.app.call_from_thread, self.results.say

        def work() -> None:
            try:
                opened = Workspace.open(
                    self.kasauti.paths, self._which, lambda text: call(say, text)
                )
            except Exception as error:
                known = isinstance(error, KasautiError)
                call(say, str(error) if known else "The market cannot be opened.")
                raise
            call(self._opened, opened)

        self.in_thread(work, "open")

    def _opened(self, workspace: Workspace) -> None:
        try:
            screen = workspace.first_screen(self.desk.base.name if self.desk else self._wanted)
        except KasautiError as error:
            self.kasauti.tell(error)
            screen = workspace.first_screen(None)
        if self.desk is None:
            memory = self.kasauti.memory
            kept = workspace.find(memory.screen)
            first = screen if self._wanted else kept or screen
            self.results.desk = self.desk = Desk(workspace, first)
            self.desk.recall(memory)
        else:
            self.desk.move_to(workspace, screen)
        self.counts = {}
        self.run()

    def count_library(self) -> None:
        """Run every named screen, for the counts of the side list."""
        if self.desk is None:
            return
        workspace = self.desk.workspace
        counts: dict[str, Tally] = {}

        def work() -> None:
            for name in workspace.shortlists.names():
                counts[f"list:{name}"] = Tally(len(workspace.shortlists.get(name).entries))
            counts[f"screen:{EVERYTHING}"] = Tally(workspace.market.companies.height)
            self.app.call_from_thread(self._counted, dict(counts))
            for screen, tally in workspace.tallies():
                counts[f"screen:{screen.name}"] = Tally(*tally)
            self.app.call_from_thread(self._counted, dict(counts))

        self.in_thread(work, "count")

    def _counted(self, counts: dict[str, Tally]) -> None:
        self.counts = counts
        self.draw_library()

    def run(self) -> None:
        """Run the query as it stands; only the answer to the last call is shown."""
        if self.desk is None:
            return
        self._ticket += 1
        ticket, job = self._ticket, self.desk.job()
        self.draw()

        def work() -> None:
            try:
                listing = job()
            except LanguageError as error:
                self.app.call_from_thread(self._refused, ticket, error)
            else:
                self.app.call_from_thread(self._landed, ticket, listing)

            if not self.counts:  # the first list comes before the counts of the others
                self.app.call_from_thread(self.count_library)

        self.in_thread(work, "run")

    def _landed(self, ticket: int, listing: Listing) -> None:
        if ticket == self._ticket and self.desk is not None:
            warnings = listing.result.program.warnings
            self.query_one(Problem).show("\n".join(f"Note: {text}" for text in warnings))
            self.desk.listing = listing
            self.results.relist()
            sweeping.draw(self)

    def _refused(self, ticket: int, error: LanguageError) -> None:
        from screener.language import Diagnosis

        if ticket == self._ticket:
            width = self.app.size.width - PROBLEM_MARGIN
            found = [d.fitted(width) for d in error.diagnoses if isinstance(d, Diagnosis)]
            self.query_one(Problem).show("\n".join(found) or error.message, wrong=True)

    # drawing

    def working(self, words: str) -> None:
        """Say in the title what is being worked on; nothing for an empty text."""
        self.query_one(TitleBar).working = words

    @on(Results.Drawn)
    def draw(self) -> None:
        """Title, query, side list and keys."""
        desk = self.desk
        if desk is not None:
            left: list[Part] = [(" " + plain(desk.base.title), "bold")]
            if desk.edited:
                left.append((" edited", "$open"))
            if desk.scope is not None:
                left.append((f"  ▸ {plain(desk.scope.title)}", "$secondary"))
            title, market = self.query_one(TitleBar), desk.workspace.market
            title.left, title.demo = tuple(left), market.is_demo
            title.market, title.past = market.label, day(desk.day) if desk.day else ""
            line = self.query_one(QueryLine)
            line.query_text, line.reason = desk.query, desk.base.why
        self.draw_library()
        self.draw_keys()
        if self._keeping is not None:
            self._keeping.stop()
        self._keeping = self.set_timer(KEEPING_PAUSE, self.keep_place)

    def keep_place(self) -> None:
        """Keep for the next run where the reader is."""
        if self.desk is not None and self._grid is not None:
            self.kasauti.keep(self.desk.memory(self.kasauti.memory, self._grid.key))

    def on_unmount(self) -> None:
        """Keep the place when the app is left."""
        self.keep_place()

    def draw_library(self) -> None:
        """The side list, with the counts there are."""
        if self.desk is not None:
            lists = {
                id[5:]: t.passed or 0 for id, t in self.counts.items() if id.startswith("list:")
            }
            current = f"screen:{self.desk.base.name}"
            library = self.query_one(LibraryList)
            library.show(self.desk.shelves(lists), self.counts, current)

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

    def draw_library_frame(self) -> None:
        """The side list's width, and whether it is there."""
        library, memory = self.query_one(LibraryList), self.kasauti.memory
        library.styles.width = memory.library_width
        library.set_class(memory.library_hidden, "put-away")

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

    def action_edit(self) -> None:
        """Edit the query; the list follows."""
        from tui.widgets.editor import QueryEditor  # its text area takes a while to import

        if self.desk is None or self.has_class("editing"):
            return
        self._before_edit = self.desk.query
        names = self.desk.workspace.names
        self.add_class("editing")
        line = self.query_one(QueryLine)
        line.display = False
        self.query_one("#main").mount(QueryEditor(self.desk.query, names), before=line)
        self.results.explain()

    def on_query_editor_changed(self, event: QueryEditor.Changed) -> None:
        """Run the query once the keys rest."""
        if self.desk is None or event.text == self.desk.query:
            return
        self.desk.query = event.text
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(TYPING_PAUSE, self.run)

    def on_query_text_done(self) -> None:
        """Back to the list; the edited query stays."""
        self.close_editor()

    def close_editor(self) -> None:
        """Show the query as a line again."""
        if self.desk is not None and self._before_edit is not None:
            edited, self.desk.query = self.desk.query, self._before_edit
            self.desk.edit(edited)
        self._before_edit = None
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
    def _funnel_asked(self) -> None:
        sweeping.draw(self)

    # the command line

    def action_line(self) -> None:
        """Open the command line."""
        ordering.open_line(self)

    @on(CommandLine.Entered)
    def _line_entered(self, event: CommandLine.Entered) -> None:
        ordering.obey(self, event.line)

    @on(CommandLine.Left)
    def close_line(self) -> None:
        """Back to the list."""
        self.query(CommandLine).remove()
        self.results.grid.focus()

    def action_as_of(self) -> None:
        """Ask for an earlier day."""
        ordering.ask_day(self)

    # files and lists

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
