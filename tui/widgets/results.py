"""The list of a result: its counts, the narrowing, the companies, and why each one is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tui.commands import NOT_OPEN, Command, bindings
from tui.format import grouped, plain
from tui.last_list import LastRows
from tui.listing import SHOW_TITLES, Listing, View
from tui.rows import NO_ROWS, FrameRows, columns_of, verdict_column
from tui.widgets.bars import Counted, ListBar, Part
from tui.widgets.funnel import Funnelled, FunnelPanel
from tui.widgets.grid import Grid
from tui.widgets.query import NarrowInput
from tui.widgets.why import WhyPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.screening import Result, Why
    from tui.desk import Desk
    from tui.last_list import LastList

MOVING_PAUSE: Final = 0.06  # seconds the cursor rests before a company is explained
NEEDS_ROW: Final = ("list.mark", "list.peers", "list.copy", "list.whole_why", "table.open")
STAYING: Final = ("verdict", "symbol")  # columns that cannot be hidden
SHADING_WORDS: Final = (
    "Blue: the highest three tenths of a column on this list, the highest tenth stronger. "
    "Yellow: the lowest."
)


class Results(Vertical):
    """One list of a desk.

    `explaining` calls its first argument where that does not hold up the keys, and the second with
    what came of it.
    """

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
        """The reader wants to choose columns."""

    class FunnelAsked(Message):
        """The funnel is to be shown, and to be filled."""

    class HeatAsked(Message):
        """The reader wants numbers shaded, or not."""

    def __init__(
        self, explaining: Callable[[Callable[[], Why], Callable[[Why], None]], None]
    ) -> None:
        super().__init__(id="results")
        self.desk: Desk | None = None
        self._explaining = explaining
        self._moving: Timer | None = None
        self._further = False  # the next sort is added to the one there is
        self._why_wanted: bool | None = None  # None: shown where there is room
        self.funnel_wanted = False
        self.shaded = True

    def compose(self) -> ComposeResult:
        """Counts, narrowing, companies, why."""
        yield ListBar()
        yield NarrowInput()
        yield Grid(frozen=2, id="companies")
        yield WhyPanel()
        yield FunnelPanel()

    def on_mount(self) -> None:
        """What is opened by a key is closed at first."""
        self.query_one(NarrowInput).display = False
        self.query_one(WhyPanel).display = False
        self.query_one(FunnelPanel).display = False

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
            moves = command.view == "table" and command.id not in NEEDS_ROW
            return "" if self.waits and moves else NOT_OPEN
        if command.id in NEEDS_ROW and not self.grid.key:
            return "no company is under the cursor"
        if command.id == "list.unmark" and not self.grid.marked:
            return "nothing is marked"
        searching = command.id in ("list.next_match", "list.previous_match")
        if searching and not (self.desk and self.desk.sought):
            return "nothing was looked for with / yet"
        return ""

    # drawing

    @property
    def waits(self) -> bool:
        """Whether the list on screen is the last one, kept, and not judged anew yet."""
        return isinstance(self.grid.rows, LastRows)

    @property
    def lines_below(self) -> int:
        """How many lines the why panel takes; none where it is not under the list."""
        panel = self.query_one(WhyPanel)
        under = panel.display and not self.screen.has_class("-vast")
        return panel.outer_size.height if under else 0

    def show_last(self, last: LastList) -> None:
        """Show the list that was on screen last, until there is another one."""
        self.grid.frozen = last.frozen
        at = last.cursor - last.first
        self.grid.show(last.rows, last.sort, key=last.keys[at] if at < len(last.keys) else "")
        self.query_one(ListBar).counted = Counted(last.totals, last.show)
        panel = self.query_one(WhyPanel)
        panel.display = self.why_shown
        panel.styles.height = last.below or None

    def say(self, text: str) -> None:
        """Say something in place of companies."""
        if self.waits:
            self.clear()
        self.grid.empty = plain(text)
        self.grid.refresh()

    def clear(self) -> None:
        """Show no list."""
        self.query_one(ListBar).counted = None
        self.grid.show(NO_ROWS)
        self.explain()
        self.post_message(self.Drawn())

    def relist(self) -> None:
        """Show the result there is, sorted, narrowed and switched as the reader wants it now."""
        listing = self.desk.arranged() if self.desk else None
        if self.desk is None or listing is None:
            return
        width = max(14, min(self.size.width // 5, 34))
        columns = columns_of(listing.frame, listing.fields, text_width=width)
        self.grid.empty = _empty_words(listing)
        shown = (verdict_column(), *columns)
        rows = FrameRows(listing.frame, shown, shaded=self.shaded)
        self.grid.frozen = self._frozen([column.key for column in shown])
        arriving, self.desk.arriving = self.desk.arriving, ""
        self.grid.show(rows, listing.sort, key=arriving)
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

    def _frozen(self, keys: Sequence[str]) -> int:
        """How many columns stay in place: verdict and symbol, or up to the one frozen."""
        last = self.view.frozen
        return keys.index(last) + 1 if last in keys else len(STAYING)

    # why and funnel

    @property
    def why_shown(self) -> bool:
        """Whether the why panel is open: as the reader wants it, else where there is room."""
        low = self.screen.has_class("-low")
        if low and self.screen.has_class("editing"):
            return False
        return not low if self._why_wanted is None else self._why_wanted

    def explain(self) -> None:
        """Explain the company under the cursor, once the cursor rests."""
        panel, ready = self.query_one(WhyPanel), self.listing is not None or self.waits
        self.query_one(FunnelPanel).display = self.funnel_wanted and ready
        panel.display = self.why_shown and not self.funnel_wanted and ready
        if self._moving is not None:
            self._moving.stop()
        if panel.display:
            self._moving = self.set_timer(MOVING_PAUSE, self._explain_now)

    def _explain_now(self) -> None:
        listing, key = self.listing, self.grid.key
        if listing is None or not key:
            self.query_one(WhyPanel).show(None)
            return
        self._explaining(partial(listing.result.why, key, sources=False), self._explained)

    def _explained(self, why: Why) -> None:
        if why.isin == self.grid.key:
            low = self.screen.has_class("-low")
            panel = self.query_one(WhyPanel)
            panel.show(why, worst_first=low)
            panel.styles.height = None  # as high as it needs

    @on(Grid.Highlighted, "#companies")
    def _moved(self) -> None:
        self.explain()

    def action_why(self) -> None:
        """Open or close the why panel."""
        self._why_wanted = self.funnel_wanted or not self.why_shown
        self.funnel_wanted = False
        self.explain()

    def action_funnel(self) -> None:
        """Open or close the funnel."""
        self.open_funnel(not self.funnel_wanted)

    def open_funnel(self, wanted: bool = True) -> None:
        """Show the funnel in the why panel's place, or no longer."""
        self.funnel_wanted = wanted
        self.explain()
        if wanted:
            self.call_after_refresh(self.post_message, self.FunnelAsked())  # once it has a width

    def show_funnel(self, funnel: Funnelled) -> None:
        """Fill the funnel."""
        self.query_one(FunnelPanel).show(funnel)

    def action_why_down(self) -> None:
        """Scroll the why panel down."""
        self.query_one(WhyPanel).scroll_relative(y=3, animate=False)

    def action_why_up(self) -> None:
        """Scroll the why panel up."""
        self.query_one(WhyPanel).scroll_relative(y=-3, animate=False)

    def close_why(self) -> bool:
        """Close the funnel, or the why panel if the reader opened it."""
        if self.funnel_wanted:
            self.open_funnel(False)
            return True
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
            self.rearrange(self.view.without(column.key), f"hiding {column.title}")

    def rearrange(self, view: View, words: str) -> None:
        """Show other columns, which can be undone."""
        if self.desk is not None:
            self.desk.arrange(view, words)
            self.relist()

    def action_columns(self) -> None:
        """Choose columns."""
        self.post_message(self.ColumnAsked())

    def action_freeze(self) -> None:
        """Keep the columns up to the cursor in place, or only the symbol again."""
        column = self.grid.column
        if column is None:
            return
        key = "" if column.key in (self.view.frozen, *STAYING) else column.key
        words = "freezing columns" if key else "freeing columns"
        self.rearrange(replace(self.view, frozen=key), words)
        upto = f"Columns up to {column.title} stay in place." if key else "Only the symbol stays."
        self.notify(upto, timeout=3, markup=False)

    def action_heat(self) -> None:
        """Shade numbers, or not."""
        self.post_message(self.HeatAsked())

    def shade(self, wanted: bool) -> None:
        """Shade numbers by their percentile, or not."""
        self.shaded = wanted
        self.relist()

    def add_column(self, key: str) -> None:
        """Show that field as a column and bring it under the cursor."""
        self.rearrange(self.view.with_column(key), "adding a column")
        keys = [column.key for column in self.grid.rows.columns]
        if key in keys:
            self.grid.cursor_column = keys.index(key)

    # narrowing, marks

    def action_narrow(self) -> None:
        """Narrow the list as it is typed."""
        text = self.query_one(NarrowInput)
        text.display = True
        self.screen.set_focus(text)

    @on(Input.Changed, "#narrow")
    def _narrowing(self, event: Input.Changed) -> None:
        if self.desk is not None and self.desk.narrowed != event.value:
            self.desk.narrowed = event.value
            self.desk.sought = event.value.strip() or self.desk.sought
            self.relist()

    @on(Input.Submitted, "#narrow")
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

    def action_next_match(self) -> None:
        """The next company that was looked for."""
        self._match(1)

    def action_previous_match(self) -> None:
        """The one before."""
        self._match(-1)

    def _match(self, steps: int) -> None:
        if self.desk is None or self.listing is None:
            return
        found = self.listing.matches(self.desk.sought)
        if not found:
            self.notify(f"Nothing on this list matches “{plain(self.desk.sought)}”.", markup=False)
            return
        here = self.grid.cursor
        later = [row for row in found if row > here] or found
        before = [row for row in found if row < here] or found
        self.grid.cursor = later[0] if steps > 0 else before[-1]

    def action_peers(self) -> None:
        """Only this company's industry, or all again."""
        refused = self.desk.toggle_industry(self.grid.key) if self.desk else ""
        if refused:
            self.notify(refused, markup=False)
        self.post_message(self.Rescoped())

    def action_mark(self) -> None:
        """Mark the company, or take its mark away."""
        self._remark("a mark")
        self.grid.toggle_mark()
        self.draw_counts()
        self.post_message(self.Drawn())

    def _remark(self, words: str) -> None:
        """Note the marks there are, to come back to."""
        before = set(self.grid.marked)
        if self.desk is not None:
            self.desk.did(words, lambda: self.grid.set_marked(before))

    def action_unmark(self) -> None:
        """Take all marks away."""
        if self.grid.marked:
            self._remark("taking the marks away")
        self.grid.set_marked(set())
        self.draw_counts()
        self.post_message(self.Drawn())

    class CopyAsked(Message):
        """The reader wants symbols on the clipboard."""

    def action_copy(self) -> None:
        """Copy symbols to the clipboard of the terminal."""
        self.post_message(self.CopyAsked())


def _empty_words(listing: Listing) -> str:
    """What an empty list says."""
    if listing.narrow:
        return f"Nothing here matches “{plain(listing.narrow)}”. Esc drops the filter."
    near = listing.totals["near"]
    if listing.view.show == "pass" and near:
        one = "company misses" if near == 1 else "companies miss"
        return f"No company passes. {grouped(near)} {one} by one condition: Tab, Tab."
    return f"No company under “{SHOW_TITLES[listing.view.show]}”. Tab shows the next list."
