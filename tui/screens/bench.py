"""The main screen's parts and the work behind them: opening, running, counting, drawing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import on
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from screener.errors import KasautiError, LanguageError
from tui.commands import NOT_OPEN, Command
from tui.desk import Desk
from tui.format import day, plain
from tui.listing import Listing
from tui.rows import FrameRows
from tui.screens import sweeping
from tui.screens.base import Page
from tui.widgets.bars import KeyBar, Part, TitleBar
from tui.widgets.grid import Grid
from tui.widgets.library import LibraryList, Tally
from tui.widgets.line import LineInput
from tui.widgets.query import NarrowInput, Problem, QueryLine
from tui.widgets.results import Results
from tui.workspace import EVERYTHING, Workspace

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from screener.market.opening import Which
    from screener.screening import Why
    from screener.screens import Library
    from tui.last_list import LastList

PROBLEM_MARGIN: Final = 3  # columns beside the text of a fault
FREE: Final = (
    "browse.close",
    "browse.reload",
    "browse.refresh",
    "browse.library",
    "browse.hide_library",
)
KEEPING_PAUSE: Final = 1.0  # seconds without a change before the reader's place is kept
NEEDS_ROWS: Final = ("browse.save_list", "browse.export", "browse.export_panel")
NEEDS_NUMBER: Final = (
    "browse.raise",
    "browse.lower",
    "browse.next_condition",
    "browse.previous_condition",
)


class Bench(Page):
    """The list of companies, live, before any key is pressed."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide"), (200, "-vast")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-high")]  # noqa: RUF012

    def __init__(self, which: Which, wanted: str | None, day: dt.date | None = None) -> None:
        super().__init__()
        self._which, self._wanted = which, wanted
        self._day = day  # an earlier one to look back to once the market is open
        self._kept: LastList | None = None  # what is on disk for the next start
        self._made: tuple[Library | None, str] = (None, "")  # of which screens, and all else
        self.desk: Desk | None = None
        self.counts: dict[str, Tally] = {}  # of the side list, by its ids
        self.typed: list[str] = []  # in the command line
        self.condition = 0  # which of the query's numbers is chosen
        self.before_edit: str | None = None
        self._keeping: Timer | None = None
        self._grid: Grid | None = None  # asked once more when the screen is taken down
        self._ticket = 0  # of the last run asked for; answers to earlier ones are dropped
        self.typing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Title, side list, query, results, keys."""
        yield TitleBar()
        with Horizontal(id="body"):
            yield LibraryList()
            with Vertical(id="main"):
                yield QueryLine()
                yield Problem("", markup=False)
                yield Results(self.explain)
        yield KeyBar()

    def on_mount(self) -> None:
        """Nothing heavy before the first paint."""
        self.query_one(Problem).display = False
        self._grid = self.results.grid
        self.results.shaded = self.kasauti.memory.heat
        self.draw_library_frame()
        self.results.grid.focus()
        self.results.say("Opening the market …")
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first paint: the last list at once, then the market."""
        self._draw_last()
        self.call_after_refresh(self.open_workspace)

    def _draw_last(self) -> None:
        """The list that was on screen last, quiet, until the engine has judged anew."""
        from tui.last_list import recall

        last = None if self._day else recall(self.kasauti.paths, self._which)
        if last is None or last.screen != (self._wanted or self.kasauti.memory.screen):
            return
        title, line = self.query_one(TitleBar), self.query_one(QueryLine)
        title.market, title.demo = last.market, last.demo
        line.query_text, line.reason = last.query, last.reason
        self._warn(last.warnings)
        self.results.show_last(last)
        self._entitle(last.title, edited=last.edited)

    def _entitle(self, title: str, *, edited: bool, scope: str = "") -> None:
        """The left end of the title."""
        left: list[Part] = [(" " + plain(title), "bold")]
        if edited:
            left.append((" edited", "$open"))
        if scope:
            left.append((f"  ▸ {plain(scope)}", "$secondary"))
        bar = self.query_one(TitleBar)
        bar.left, bar.checking = tuple(left), self.results.waits

    def _warn(self, warnings: Sequence[object]) -> None:
        """What is to be known of a query that can be run."""
        self.query_one(Problem).show("\n".join(f"Note: {text}" for text in warnings))

    def on_resize(self) -> None:
        """Another size has room for other things."""
        self.call_after_refresh(self.results.relist)
        self.call_after_refresh(self.listed)

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
            return NOT_OPEN
        if command.id in NEEDS_ROWS and not self.results.grid.key:
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
        call, say = self.deliver, self.results.say

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

    def take_new_market(self) -> None:
        """Show the market that was just published, unless an earlier day is looked at."""
        self._which = "auto"
        if self.desk is not None and self.desk.today is not None:
            self.notify("R shows it in place of the earlier day.", markup=False)
        else:
            self.open_workspace()

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
            if self.results.grid.key:  # the reader may have moved on in the list kept
                self.desk.arriving = ""
        else:
            self.desk.move_to(workspace, screen)
        from tui.last_list import made_from

        self._made = (workspace.library, made_from(self.kasauti.paths, self._which))
        self.counts = {}
        self.run()

    def explain(self, ask: Callable[[], Why], show: Callable[[Why], None]) -> None:
        """Ask in a thread why a company stands where it does, and show it."""
        self.in_thread(lambda: self.deliver(show, ask()), "why")

    def count_library(self) -> None:
        """Run every named screen, for the counts of the side list."""
        if self.desk is None:
            return
        workspace = self.desk.workspace
        counts: dict[str, Tally] = {}

        def work() -> None:
            for held in workspace.shortlists.all():
                counts[f"list:{held.name}"] = Tally(len(held.entries))
            counts[f"screen:{EVERYTHING}"] = Tally(workspace.market.companies.height)
            self.deliver(self._counted, dict(counts))
            for screen, tally in workspace.tallies():
                counts[f"screen:{screen.name}"] = Tally(*tally)
            self.deliver(self._counted, dict(counts))

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
                self.deliver(self._refused, ticket, error)
            else:
                self.deliver(self._landed, ticket, listing)

            if not self.counts:  # the first list comes before the counts of the others
                self.deliver(self.count_library)

        self.in_thread(work, "run")

    def _landed(self, ticket: int, listing: Listing) -> None:
        if ticket == self._ticket and self.desk is not None:
            self._warn(listing.result.program.warnings)
            self.desk.listing = listing
            self.results.relist()
            self.listed()

    def listed(self) -> None:
        """Another list is on screen."""

    def _refused(self, ticket: int, error: LanguageError) -> None:
        from screener.language import Diagnosis

        if ticket == self._ticket:
            width = self.app.size.width - PROBLEM_MARGIN
            found = [d.fitted(width) for d in error.diagnoses if isinstance(d, Diagnosis)]
            text = "\n".join(found) or error.message
            self.query_one(Problem).show(text, wrong=True)
            if self.desk is not None and not self.desk.is_listed:
                self._nothing_to_show(self.desk)

    def _nothing_to_show(self, desk: Desk) -> None:
        """A screen that cannot be run, and no earlier list of it to keep."""
        if desk.edited:
            desk.query = desk.base.query
            text = "The query it was left with cannot be run now; this is the saved one."
            self.notify(text, title=plain(desk.base.title), severity="warning", markup=False)
            self.run()
            return
        desk.listing = None
        self.results.say("This screen's query cannot be run as it stands. e edits it.")
        self.results.clear()

    # drawing

    def working(self, words: str) -> None:
        """Say in the title what is being worked on; nothing for an empty text."""
        self.query_one(TitleBar).working = words

    @on(Results.Drawn)
    def draw(self) -> None:
        """Title, query, side list and keys."""
        desk = self.desk
        if desk is not None:
            scope = desk.scope.title if desk.scope else ""
            self._entitle(desk.base.title, edited=desk.edited, scope=scope)
            title, newest = self.query_one(TitleBar), (desk.today or desk.workspace).market
            shown = desk.listing.result.market if desk.listing else desk.workspace.market
            title.market, title.demo = shown.label, shown.is_demo
            title.past = day(shown.date) if shown.date != newest.date else ""
            line = self.query_one(QueryLine)
            line.query_text, line.reason = desk.query, desk.base.why
        self.draw_library()
        self.draw_keys()
        if self._keeping is not None:
            self._keeping.stop()
        self._keeping = self.set_timer(KEEPING_PAUSE, self.keep_place)

    def keep_place(self, *, leaving: bool = False) -> None:
        """Keep for the next run where the reader is, and the list."""
        if self.desk is None or self._grid is None:
            return
        self.kasauti.keep(self.desk.memory(self.kasauti.memory, self._grid.key))
        if isinstance(self._grid.rows, FrameRows):
            kept = self._kept.below if self._kept else 0
            below = kept if leaving else self.results.lines_below
            self.kasauti.try_to_keep(partial(self._keep_list, self.desk, self._grid, below))

    def _keep_list(self, desk: Desk, grid: Grid, below: int) -> None:
        from tui import last_list

        paths, library = self.kasauti.paths, desk.workspace.library
        if self._made[0] is not library:  # the app wrote another screens file
            self._made = (library, last_list.made_from(paths, self._which))
        last = last_list.last_list(desk, grid, below, self._made[1])
        if last is None or last != self._kept:
            self._kept = last
            last_list.keep(paths, last)

    def on_unmount(self) -> None:
        """Keep the place when the app is left."""
        self.keep_place(leaving=True)

    def draw_library(self) -> None:
        """The side list, with the counts there are."""
        if self.desk is not None:
            lists = {
                id[5:]: t.passed or 0 for id, t in self.counts.items() if id.startswith("list:")
            }
            current = f"screen:{self.desk.base.name}"
            library = self.query_one(LibraryList)
            library.show(self.desk.shelves(lists), self.counts, current)

    def draw_library_frame(self) -> None:
        """The side list's width, and whether it is there."""
        library, memory = self.query_one(LibraryList), self.kasauti.memory
        library.styles.width = memory.library_width
        library.set_class(memory.library_hidden, "put-away")
