"""The list of a result: its counts, the narrowing, the companies, and why each one is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tui.commands import Command, bindings
from tui.format import grouped, plain
from tui.listing import SHOW_TITLES, Listing, View
from tui.rows import FrameRows, columns_of, verdict_column
from tui.widgets.bars import Counted, ListBar, Part
from tui.widgets.grid import Grid
from tui.widgets.query import NarrowInput
from tui.widgets.why import WhyPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.screening import Result, Why
    from tui.desk import Desk

MOVING_PAUSE: Final = 0.06  # seconds the cursor rests before a company is explained
NEEDS_ROW: Final = ("list.mark", "list.peers", "list.copy", "list.whole_why", "table.open")
STAYING: Final = ("verdict", "symbol")  # columns that cannot be hidden


class Results(Vertical):
    """One list of a desk. `explaining` runs its argument where it does not hold up the keys."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("list")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("list",)

    class Rescoped(Message):
        """The list is kept to another part of the market, so the screen is to be run again."""

    class Drawn(Message):
        """The list is another, or marks are."""

    class WhyAsked(Message):
        """The reader wants the whole explanation of a company."""

        def __init__(self, result: Result, isin: str) -> None:
            super().__init__()
            self.result, self.isin = result, isin

    class ColumnAsked(Message):
        """The reader wants to add a column."""

    def __init__(self, explaining: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(id="results")
        self.desk: Desk | None = None
        self._explaining = explaining
        self._moving: Timer | None = None
        self._further = False  # the next sort is added to the one there is
        self._why_wanted: bool | None = None  # None: shown where there is room

    def compose(self) -> ComposeResult:
        """Counts, narrowing, companies, why."""
        yield ListBar()
        yield NarrowInput()
        yield Grid(frozen=2, id="companies")
        yield WhyPanel()

    def on_mount(self) -> None:
        """What is opened by a key is closed at first."""
        self.query_one(NarrowInput).display = False
        self.query_one(WhyPanel).display = False

    @property
    def grid(self) -> Grid:
        """The table of companies."""
        return self.query_one("#companies", Grid)

    @property
    def listing(self) -> Listing | None:
        """What is listed."""
        return self.desk.listing if self.desk else None

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now; empty where it can."""
        if self.listing is None:
            return "the market is not open yet"
        if command.id in NEEDS_ROW and not self.grid.key:
            return "no company is under the cursor"
        if command.id == "list.unmark" and not self.grid.marked:
            return "nothing is marked"
        return ""

    # drawing

    def say(self, text: str) -> None:
        """Say something in place of companies."""
        self.grid.empty = plain(text)
        self.grid.refresh()

    def relist(self) -> None:
        """Show the result there is, sorted, narrowed and switched as the reader wants it now."""
        listing = self.desk.arranged() if self.desk else None
        if listing is None:
            return
        width = max(14, min(self.size.width // 5, 34))
        columns = columns_of(listing.frame, listing.fields, text_width=width)
        self.grid.empty = _empty_words(listing)
        self.grid.show(FrameRows(listing.frame, (verdict_column(), *columns)), listing.sort)
        self.draw_counts()
        self.explain()
        self.post_message(self.Drawn())

    def draw_counts(self) -> None:
        """The line of counts and what is said beside it."""
        if self.listing is not None:
            notes = self._notes(self.listing)
            counted = Counted(self.listing.totals, self.listing.view.show, notes)
            self.query_one(ListBar).counted = counted

    def _notes(self, listing: Listing) -> tuple[Part, ...]:
        notes: list[Part] = []
        outside = listing.result.counts.outside
        if outside and listing.scope is None:
            notes.append((f"{grouped(outside)} outside its universe ", "$quiet"))
        if listing.narrow:
            shown = grouped(listing.frame.height)
            notes.append((f" /{plain(listing.narrow, 16)} {shown} shown ", "$accent"))
        if self.grid.marked:
            notes.append((f" ● {len(self.grid.marked)} marked ", "$accent bold"))
        return tuple(notes)

    def go_to(self, isin: str) -> None:
        """Put the cursor on that company, if it is on the list."""
        row = self.grid.rows.find(isin)
        if row is not None:
            self.grid.cursor = row

    # why

    @property
    def why_shown(self) -> bool:
        """Whether the why panel is open: as the reader wants it, else where there is room."""
        low = self.screen.has_class("-low")
        if low and self.screen.has_class("editing"):
            return False
        return not low if self._why_wanted is None else self._why_wanted

    def explain(self) -> None:
        """Explain the company under the cursor, once the cursor rests."""
        panel = self.query_one(WhyPanel)
        panel.display = self.why_shown and self.listing is not None
        if self._moving is not None:
            self._moving.stop()
        if panel.display:
            self._moving = self.set_timer(MOVING_PAUSE, self._explain_now)

    def _explain_now(self) -> None:
        listing, key = self.listing, self.grid.key
        if listing is None or not key:
            self.query_one(WhyPanel).show(None)
            return

        def work() -> None:
            why = listing.result.why(key, sources=False)
            self.app.call_from_thread(self._explained, why)

        self._explaining(work)

    def _explained(self, why: Why) -> None:
        if why.isin == self.grid.key:
            low = self.screen.has_class("-low")
            self.query_one(WhyPanel).show(why, worst_first=low)

    @on(Grid.Highlighted, "#companies")
    def _moved(self) -> None:
        self.explain()

    def action_why(self) -> None:
        """Open or close the why panel."""
        self._why_wanted = not self.why_shown
        self.explain()

    def action_why_down(self) -> None:
        """Scroll the why panel down."""
        self.query_one(WhyPanel).scroll_relative(y=3, animate=False)

    def action_why_up(self) -> None:
        """Scroll the why panel up."""
        self.query_one(WhyPanel).scroll_relative(y=-3, animate=False)

    def close_why(self) -> bool:
        """Close the why panel if the reader opened it."""
        opened = bool(self._why_wanted)
        if opened:
            self._why_wanted = None if self.screen.has_class("-low") else False
            self.explain()
        return opened

    def action_whole_why(self) -> None:
        """The whole explanation, with the source of every figure."""
        if self.listing is not None:
            self.post_message(self.WhyAsked(self.listing.result, self.grid.key))

    # lists, sorting and columns

    def look(self, view: View) -> None:
        """Look at the list in another way."""
        if self.desk is not None:
            self.desk.view = view
            self.relist()

    @property
    def view(self) -> View:
        """How the list is looked at."""
        return self.desk.view if self.desk else View()

    def action_next_list(self) -> None:
        """The next list."""
        self.look(self.view.next_show())

    def action_previous_list(self) -> None:
        """The list before."""
        self.look(self.view.next_show(-1))

    @on(ListBar.Picked)
    def _list_picked(self, event: ListBar.Picked) -> None:
        self.look(replace(self.view, show=event.show))

    def action_sort_up(self) -> None:
        """Smallest first."""
        self._sort(down=False)

    def action_sort_down(self) -> None:
        """Largest first."""
        self._sort(down=True)

    def action_sort_further(self) -> None:
        """The next sort key is added to those there are."""
        self._further = True
        self.notify("Now [ or ] adds the column under the cursor to the sort.", markup=False)

    def _sort(self, *, down: bool) -> None:
        column = self.grid.column
        if column is not None and self.listing is not None:
            before = replace(self.view, sort=self.listing.sort)
            self.look(before.sorted_by(column.key, down=down, further=self._further))
        self._further = False

    def sort_by(self, key: str) -> None:
        """Sort by that field, the largest first."""
        self.look(self.view.sorted_by(key, down=True))

    @on(Grid.HeaderClicked, "#companies")
    def _header_clicked(self, event: Grid.HeaderClicked) -> None:
        sort = self.listing.sort if self.listing else ()
        self._sort(down=sort[:1] != ((event.column.key, True),))

    def action_hide_column(self) -> None:
        """Hide the column under the cursor."""
        column = self.grid.column
        if column is None or column.key in STAYING:
            self.notify("This column stays.", markup=False)
        else:
            self.look(self.view.without(column.key))

    def action_columns(self) -> None:
        """Add a column."""
        self.post_message(self.ColumnAsked())

    def add_column(self, key: str) -> None:
        """Show that field as a column and bring it under the cursor."""
        self.look(self.view.with_column(key))
        keys = [column.key for column in self.grid.rows.columns]
        if key in keys:
            self.grid.cursor_column = keys.index(key)

    # narrowing, marks

    def action_narrow(self) -> None:
        """Narrow the list as it is typed."""
        text = self.query_one(NarrowInput)
        text.display = True
        text.focus()

    @on(Input.Changed, "#narrow")
    def _narrowing(self, event: Input.Changed) -> None:
        if self.desk is not None and self.desk.narrowed != event.value:
            self.desk.narrowed = event.value
            self.relist()

    @on(NarrowInput.Done)
    def _narrowed(self) -> None:
        text = self.query_one(NarrowInput)
        text.display = False
        self.grid.focus()

    @on(NarrowInput.Cleared)
    def clear_narrowing(self) -> None:
        """Show the whole list again."""
        text = self.query_one(NarrowInput)
        with text.prevent(Input.Changed):
            text.value = ""
        text.display = False
        self.grid.focus()
        if self.desk is not None and self.desk.narrowed:
            self.desk.narrowed = ""
            self.relist()

    def action_peers(self) -> None:
        """Only this company's industry, or all again."""
        refused = self.desk.toggle_industry(self.grid.key) if self.desk else ""
        if refused:
            self.notify(refused, markup=False)
        self.post_message(self.Rescoped())

    def action_mark(self) -> None:
        """Mark the company, or take its mark away."""
        self.grid.toggle_mark()
        self.draw_counts()
        self.post_message(self.Drawn())

    def action_unmark(self) -> None:
        """Take all marks away."""
        self.grid.set_marked(set())
        self.draw_counts()
        self.post_message(self.Drawn())

    def action_copy(self) -> None:
        """Copy symbols to the clipboard of the terminal (OSC 52)."""
        if self.desk is None or self.listing is None:
            return
        isins = self.grid.marked or {self.grid.key}
        symbols = self.listing.only(isins)["symbol"].drop_nulls().to_list()
        text = ", ".join(plain(symbol) for symbol in symbols)
        self.app.copy_to_clipboard(text)
        self.notify(
            f"{plain(text, 60)}\nYour terminal has it, if it allows programs to copy (OSC 52).",
            title="Copied",
            markup=False,
        )


def _empty_words(listing: Listing) -> str:
    """What an empty list says."""
    if listing.narrow:
        return f"Nothing here matches “{plain(listing.narrow)}”. Esc drops the filter."
    near = listing.totals["near"]
    if listing.view.show == "pass" and near:
        one = "company misses" if near == 1 else "companies miss"
        return f"No company passes. {grouped(near)} {one} by one condition: Tab, Tab."
    return f"No company under “{SHOW_TITLES[listing.view.show]}”. Tab shows the next list."
