"""The parts of the company screen: figures of the header, tabs, the chart, the note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
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
from tui.widgets.bars import Part, spread

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.visual import VisualType

    from tui.company.sheet import Asked, Draw
    from tui.profile import Figure

LINES: Final = 2  # of figures in the header
_GAP: Final = 3


class Figures(Widget, can_focus=True):
    """The numbers that matter; one can be chosen and opened, also with the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("figures")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("figures",)

    figures: reactive[tuple[Figure, ...]] = reactive(())
    cursor = reactive(0)

    class Opened(Message):
        """A number is asked about."""

        def __init__(self, asked: Asked) -> None:
            super().__init__()
            self.asked = asked

    class Left(Message):
        """The reader goes back to what is below."""

    def _places(self) -> list[tuple[int, int, Figure]]:
        """Line and column of each figure that fits."""
        found: list[tuple[int, int, Figure]] = []
        line, x = 0, 1
        for figure in self.figures:
            width = cell_len(figure.label) + 1 + cell_len(figure.text)
            if x + width > self.size.width and x > 1:
                line, x = line + 1, 1
            if line >= LINES:
                break
            found.append((line, x, figure))
            x += width + _GAP
        return found

    def render(self) -> VisualType:
        """Labels quiet, numbers bold; the chosen one stands out."""
        lines: list[list[Part]] = [[] for _ in range(LINES)]
        ends = [0] * LINES
        for number, (line, x, figure) in enumerate(self._places()):
            lines[line].append((" " * (x - ends[line]), ""))
            here = self.has_focus and number == self.cursor
            style = "bold $background on $accent" if here else "bold"
            lines[line] += [(f"{figure.label} ", "$quiet"), (figure.text, style)]
            ends[line] = x + cell_len(figure.label) + 1 + cell_len(figure.text)
        return Content("\n").join(Content.assemble(*parts) for parts in lines)

    def on_focus(self) -> None:
        """Show which is chosen."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that none is."""
        self.refresh()

    def action_left(self) -> None:
        """The figure before."""
        self.cursor = max(self.cursor - 1, 0)

    def action_right(self) -> None:
        """The next figure."""
        self.cursor = min(self.cursor + 1, max(len(self._places()) - 1, 0))

    def action_open(self) -> None:
        """Where the figure comes from."""
        places = self._places()
        if self.cursor < len(places):
            self.post_message(self.Opened(places[self.cursor][2].asked))

    def action_back(self) -> None:
        """Back to the tab."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Open the figure that was clicked."""
        for number, (line, x, figure) in enumerate(self._places()):
            width = cell_len(figure.label) + 1 + cell_len(figure.text)
            if line == event.y and x <= event.x < x + width:
                self.cursor = number
                self.post_message(self.Opened(figure.asked))


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

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static("")

    def show(self, draw: Draw | None) -> None:
        """Draw this from now on."""
        self._draw = draw
        self.scroll_home(animate=False)
        self._paint()

    def say(self, text: str) -> None:
        """Show a sentence in place of a chart."""
        self._draw = None
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
        self.post_message(self.Turned(0))

    def action_left(self) -> None:
        """The tab before."""
        self.post_message(self.Turned(-1))

    def action_right(self) -> None:
        """The next tab."""
        self.post_message(self.Turned(1))

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
    """The reader's note on the company; kept when they stop writing and when they leave."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("note")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("note",)

    class Done(Message):
        """The reader is done writing."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
        self.placeholder = "No note on this company yet. e begins one."
        self.cursor_blink = False
        self.highlight_cursor_line = False

    def action_done(self) -> None:
        """Back to the tabs."""
        self.post_message(self.Done())


def verdict_lines(rows: Sequence[tuple[str, str, str]], width: int) -> Content:
    """(sign, colour, title) of every screen, one a line."""
    return Content("\n").join(
        Content.assemble((f" {sign} ", colour), (title[: max(width - 4, 8)], ""))
        for sign, colour, title in rows
    )
