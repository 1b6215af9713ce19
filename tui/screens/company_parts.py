"""The parts of the company screen under its head: tabs, the chart, the note."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import events
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static, TextArea

from tui.ascii import ascii_wanted
from tui.charts.text import as_content
from tui.commands import bindings
from tui.screens.base import View
from tui.widgets.bars import Part, spread

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.visual import VisualType

    from screener.notes import Notes
    from tui.company.sheet import Draw

NOTE_PAUSE: Final = 0.6  # seconds without a key after which a note is kept


class TabBar(Widget):
    """The tabs with their numbers; the one on screen stands out."""

    names: reactive[tuple[str, ...]] = reactive(())
    here = reactive(0)
    note: reactive[str] = reactive("")

    class Picked(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def _labels(self) -> list[tuple[str, str]]:
        """Number and name of each, as short as the width asks for."""
        wide = [(f" {i} ", f"{name} ") for i, name in enumerate(self.names, start=1)]
        close = [(f" {i}", f"{name}") for i, name in enumerate(self.names, start=1)]
        cut = [(f" {i}", name[:3]) for i, name in enumerate(self.names, start=1)]
        for labels in (wide, close):
            if sum(len(a) + len(b) for a, b in labels) <= self.size.width:
                return labels
        if self.here < len(cut):
            cut[self.here] = close[self.here]
        return cut

    def render(self) -> VisualType:
        """One line; what the view shows stands at its right end where there is room."""
        parts: list[Part] = []
        for i, (number, name) in enumerate(self._labels()):
            if i == self.here:
                parts.append((number + name, "bold $background on $accent"))
            else:
                parts += [(number, "$accent"), (name, "$quiet")]
        used = sum(len(text) for text, _ in parts)
        fits = used + len(self.note) + 2 <= self.size.width
        right: list[Part] = [(f"{self.note} ", "$quiet")] if fits else []
        return spread(parts, right, self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Show the tab that was clicked."""
        x = 0
        for i, (number, name) in enumerate(self._labels()):
            x += len(number) + len(name)
            if event.x < x:
                self.post_message(self.Picked(i))
                return


class ChartPane(VerticalScroll, can_focus=True):
    """A chart drawn for the room it has; it scrolls where there is too little."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("chart")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("chart",)

    class Turned(Message):
        """The reader goes so many tabs on, or with zero up to the figures."""

        def __init__(self, tabs: int) -> None:
            super().__init__()
            self.tabs = tabs

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._draw: Draw | None = None
        self._waits = True

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static("")

    def show(self, draw: Draw | None) -> None:
        """Draw this from now on."""
        self._draw, self._waits = draw, False
        self.scroll_home(animate=False)
        self._paint()

    def say(self, text: str, *, waits: bool = False) -> None:
        """Show a sentence in place of a chart, `waits` while the tab is being read."""
        self._draw, self._waits = None, waits
        self.query_one(Static).update(Content.styled(f"  {text}", "$quiet"))

    def on_resize(self) -> None:
        """Another room, another drawing."""
        self._paint()

    def _paint(self) -> None:
        width, height = self.size.width - 1, self.size.height  # room for a scroll bar
        if self._draw is not None and width > 0 and height > 0:
            lines = self._draw(width, height, ascii_wanted())
            self.query_one(Static).update(as_content(lines))

    def action_open(self) -> None:
        """To the figures of the header."""
        self._turn(0)

    def action_left(self) -> None:
        """The tab before."""
        self._turn(-1)

    def action_right(self) -> None:
        """The next tab."""
        self._turn(1)

    def _turn(self, tabs: int) -> None:
        """Not while a tab is being read: the key may be meant for the table to come."""
        if not self._waits:
            self.post_message(self.Turned(tabs))

    def action_down(self) -> None:
        """A line down."""
        self.scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """A line up."""
        self.scroll_relative(y=-1, animate=False)

    def action_page_down(self) -> None:
        """A screenful down."""
        self.scroll_relative(y=max(self.size.height - 1, 1), animate=False)

    def action_page_up(self) -> None:
        """A screenful up."""
        self.scroll_relative(y=-max(self.size.height - 1, 1), animate=False)

    def action_top(self) -> None:
        """The beginning."""
        self.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """The end."""
        self.scroll_end(animate=False)


class NoteText(TextArea):
    """The reader's note on a company, kept while they write, when they stop and when they leave."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("note")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("note",)

    class Done(Message):
        """The reader is done writing."""

    def __init__(self, notes: Notes, *, id: str) -> None:
        super().__init__("", id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
        self._notes = notes
        self._isin = ""  # whose note it is
        self._kept = self._typed = ""  # in the state file, and here
        self.placeholder = "No note on this company yet. e begins one."
        self.cursor_blink = False
        self.highlight_cursor_line = False
        self.can_focus, self.read_only = False, True

    def read(self, isin: str) -> str:
        """The note as it is kept; to be called in a thread."""
        note = self._notes.get(isin)
        return note.text if note else ""

    def show(self, isin: str, text: str) -> None:
        """Show a company's note, unless it is the one being written."""
        if isin != self._isin or self.read_only:
            self._isin, self._kept, self._typed = isin, text, text
            self.text = text

    def write(self) -> None:
        """Let the reader write."""
        self.can_focus, self.read_only = True, False
        self.move_cursor(self.document.end)
        self.focus()

    def stop(self) -> None:
        """Keep what was written and let nothing more be typed."""
        self.can_focus, self.read_only = False, True
        self._typed = self.text
        self._keep()

    def action_done(self) -> None:
        """Back to the tabs."""
        self.post_message(self.Done())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep it after a while without a key."""
        self._typed = event.text_area.text
        self.set_timer(NOTE_PAUSE, self._keep)

    def _keep(self) -> None:
        text, isin = self._typed, self._isin
        if not isin or text == self._kept:
            return
        self._kept = text
        screen = self.screen
        if isinstance(screen, View):
            screen.in_thread(lambda: self._notes.put(isin, text), "note")

    def on_unmount(self) -> None:
        """What was typed last is kept when the app is left."""
        if self._isin and self._typed != self._kept:
            self._notes.put(self._isin, self._typed)
