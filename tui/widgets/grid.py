"""A virtual table: formats only the lines on screen and draws again only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.commands import bindings
from tui.rows import CHUNK, NO_ROWS, Column, Rows
from tui.widgets.strips import GAP, add_header_cell, strip_of

HEADER: Final = 2  # lines
MARK: Final = "●"
MARK_WIDTH: Final = 2
LEAST_MOVING: Final = 16  # cells kept for columns that move; frozen ones give way
HEAT: Final = (0.0, 0.10, 0.24)  # how much colour a shaded cell takes, by its level
MOST_HEAT: Final = 2  # a negative number keeps the colour of text on it, to stay readable
LEAST_TEXT: Final = 8  # cells; a narrower rest of the line is left empty
TONES: Final = ("missing", "negative", "pass", "fail", "unknown", "mark", "heading", "quiet")


class Place(NamedTuple):
    """A column on screen: its number, where it begins, and how it is drawn there."""

    number: int
    x: int
    column: Column


class Grid(ScrollView, can_focus=True):
    """Rows and a cursor on one of them, which stays on its row when rows are sorted or narrowed.

    The first `frozen` columns stay in place. The others scroll sideways a whole column at a time:
    a number of which only some digits show would be read as another number.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("table",)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header",
        "grid--header-cursor",
        "grid--cell",
        "grid--cursor",
        "grid--cursor-cell",
        *(f"grid--{tone}" for tone in TONES),
    }

    cursor = reactive(0, init=False, repaint=False)
    cursor_column = reactive(0, init=False, repaint=False)

    class Highlighted(Message):
        """The cursor came to another row; `key` is empty when there is none."""

        def __init__(self, grid: Grid, key: str) -> None:
            super().__init__()
            self.grid, self.key = grid, key

        @property
        def control(self) -> Grid:
            return self.grid

    class Opened(Message):
        """Enter was pressed, or the row under the cursor clicked."""

        def __init__(self, grid: Grid, key: str) -> None:
            super().__init__()
            self.grid, self.key = grid, key

        @property
        def control(self) -> Grid:
            return self.grid

    class HeaderClicked(Message):
        """A column header was clicked."""

        def __init__(self, grid: Grid, column: Column) -> None:
            super().__init__()
            self.grid, self.column = grid, column

        @property
        def control(self) -> Grid:
            return self.grid

    def __init__(self, *, frozen: int = 1, id: str | None = None) -> None:
        super().__init__(id=id)
        self.frozen = frozen
        self.rows: Rows = NO_ROWS
        self.sort: Sequence[tuple[str, bool]] = ()
        self.marked: set[str] = set()
        self.empty = ""
        self._first = frozen  # the first column shown after the frozen ones
        self._places: list[Place] = []
        self._chunks: LRUCache[tuple[int, int], Sequence[str]] = LRUCache(1024)
        self._heats: LRUCache[tuple[int, int], Sequence[int]] = LRUCache(1024)
        self._strips: LRUCache[tuple[int, int], Strip] = LRUCache(512)
        self._styles: dict[tuple[str, str, int], Style] = {}

    # what is shown

    @property
    def key(self) -> str:
        """The name of the row under the cursor; empty when there is none."""
        return self.rows.key(self.cursor) if self.cursor < self.rows.height else ""

    @property
    def column(self) -> Column | None:
        """The column under the cursor."""
        columns = self.rows.columns
        return columns[self.cursor_column] if self.cursor_column < len(columns) else None

    def show(self, rows: Rows, sort: Sequence[tuple[str, bool]] = (), *, key: str = "") -> None:
        """Show other rows. The cursor stays on its row, or goes to `key`, at the same height.

        Where its row is gone the cursor goes to the top.
        """
        before, key = self.key, key or self.key
        offset = self.cursor - round(self.scroll_y)
        column = self.column
        found = rows.find(key) if key else None
        self.rows, self.sort = rows, tuple(sort)
        self._heats.clear()
        self._lay_out(column)
        self._forget()
        row = 0 if found is None else found
        self.set_reactive(Grid.cursor, row)
        target = row - offset if found is not None and 0 <= offset < self._body_height else row
        self.scroll_to(y=max(target, 0), animate=False, force=True)
        self._reveal_row()
        self.refresh()
        if self.key != before:
            self.post_message(self.Highlighted(self, self.key))

    def set_marked(self, keys: set[str]) -> None:
        """Mark exactly these rows."""
        self.marked = set(keys)
        self._forget()
        self.refresh()

    def toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go one down."""
        if not self.key:
            return
        self.marked ^= {self.key}
        self._strips.clear()
        self._refresh_row(self.cursor)
        self.action_down()

    def _lay_out(self, keep: Column | None) -> None:
        self.virtual_size = Size(1, self.rows.height + HEADER)
        keys = [column.key for column in self.rows.columns]
        known = keep is not None and keep.key in keys
        index = keys.index(keep.key) if known and keep else min(self.frozen, max(len(keys) - 1, 0))
        self.set_reactive(Grid.cursor_column, index)
        self._place_columns()
        self._reveal_column()

    @property
    def _held(self) -> int:
        """How many columns stay in place: the frozen ones, as far as others keep some room."""
        held = min(self.frozen, len(self.rows.columns))
        room = self._view.width - MARK_WIDTH - LEAST_MOVING
        while held > 1:
            if sum(column.width + GAP for column in self.rows.columns[:held]) <= room:
                break
            held -= 1
        return held

    def _place_columns(self) -> None:
        """Where each column stands that fits. Text may be cut at the edge, a number never."""
        columns, room = self.rows.columns, self._view.width
        held = self._held
        self._first = max(held, min(self._first, self._last_first(held)))
        places, x = [], MARK_WIDTH
        order = [*range(held), *range(self._first, len(columns))]
        for index in order:
            column = columns[index]
            if x + column.width > room:
                if not column.right and room - x >= LEAST_TEXT:
                    places.append(Place(index, x, replace(column, width=room - x)))
                break
            places.append(Place(index, x, column))
            x += column.width + GAP
        self._places = places

    def _last_first(self, held: int) -> int:
        """The first moving column when the last one is just in view."""
        columns = self.rows.columns
        room = self._view.width - MARK_WIDTH
        room -= sum(column.width + GAP for column in columns[:held])
        first = len(columns)
        while first > held and columns[first - 1].width <= room:
            first -= 1
            room -= columns[first].width + GAP
        return min(first, max(len(columns) - 1, 0))

    def _forget(self) -> None:
        self._chunks.clear()
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Drop strips drawn in the old colours."""
        self._styles.clear()
        self._strips.clear()
        super().notify_style_update()

    # moving

    @property
    def _view(self) -> Size:
        """What is left beside the scroll bars."""
        return self.scrollable_content_region.size

    @property
    def _body_height(self) -> int:
        return max(self._view.height - HEADER, 1)

    def move(self, rows: int) -> None:
        """Move the cursor so many rows down, or up where negative; it stops at the ends."""
        self.cursor = min(max(self.cursor + rows, 0), max(self.rows.height - 1, 0))

    def watch_cursor(self, before: int, after: int) -> None:
        """Draw the two lines that changed."""
        self._refresh_row(before)
        self._refresh_row(after)
        self._reveal_row()
        self.post_message(self.Highlighted(self, self.key))

    def watch_cursor_column(self, before: int, after: int) -> None:
        """Draw the header and the cursor's line, and bring the column into view."""
        self.refresh(Region(0, 0, self.size.width, HEADER))
        self._refresh_row(self.cursor)
        self._reveal_column()

    def _refresh_row(self, row: int) -> None:
        y = row - round(self.scroll_y) + HEADER
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _reveal_row(self) -> None:
        top, height = round(self.scroll_y), self._body_height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def _reveal_column(self) -> None:
        """Bring the whole column under the cursor into view."""
        index, before = self.cursor_column, self._first
        if not self.rows.columns:
            return
        held = self._held
        if index < held:
            self._first = held
        elif index < self._first:
            self._first = index
        self._place_columns()
        while self._first < index and not self._in_full_view(index):
            self._first += 1
            self._place_columns()
        if self._first != before:
            self._strips.clear()
            self.refresh()

    def _in_full_view(self, index: int) -> bool:
        width = self.rows.columns[index].width
        return any(p.number == index and p.column.width == width for p in self._places)

    def on_resize(self) -> None:
        """Another width has room for other columns."""
        self._strips.clear()
        self._place_columns()
        self._reveal_column()
        self._reveal_row()
        self.refresh()

    def _on_mouse_scroll_left(self, event: events.MouseScrollLeft) -> None:
        event.stop()
        self._shift(-1)

    def _on_mouse_scroll_right(self, event: events.MouseScrollRight) -> None:
        event.stop()
        self._shift(1)

    def _shift(self, columns: int) -> None:
        self._first += columns
        self._place_columns()
        self._strips.clear()
        self.refresh()

    def action_down(self) -> None:
        """One row down."""
        self.move(1)

    def action_up(self) -> None:
        """One row up."""
        self.move(-1)

    def action_left(self) -> None:
        """One column to the left."""
        self.cursor_column = max(self.cursor_column - 1, 0)

    def action_right(self) -> None:
        """One column to the right."""
        self.cursor_column = min(self.cursor_column + 1, max(len(self.rows.columns) - 1, 0))

    def action_page_down(self) -> None:
        """A screenful down."""
        self._page(self._body_height - 1)

    def action_page_up(self) -> None:
        """A screenful up."""
        self._page(1 - self._body_height)

    def action_half_down(self) -> None:
        """Half a screenful down."""
        self._page(self._body_height // 2)

    def action_half_up(self) -> None:
        """Half a screenful up."""
        self._page(-(self._body_height // 2))

    def _page(self, rows: int) -> None:
        """Scroll and move together, so that the cursor keeps its height on screen."""
        self.scroll_to(y=self.scroll_y + rows, animate=False, force=True)
        self.move(rows)

    def action_top(self) -> None:
        """The first row."""
        self.cursor = 0

    def action_bottom(self) -> None:
        """The last row."""
        self.cursor = max(self.rows.height - 1, 0)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self.key:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; open it when the cursor was there already."""
        column = self._column_at(event.x)
        if event.y < HEADER:
            if column is not None:
                self.cursor_column = column
                self.post_message(self.HeaderClicked(self, self.rows.columns[column]))
            return
        row = event.y - HEADER + round(self.scroll_y)
        if row >= self.rows.height:
            return
        if row == self.cursor and event.chain > 1:
            self.action_open()
        if column is not None:
            self.cursor_column = column
        self.cursor = row

    def _column_at(self, x: int) -> int | None:
        for place in self._places:
            if place.x - GAP < x < place.x + place.column.width:
                return place.number
        return None

    # drawing

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self._view.width
        if y < HEADER:
            return self._header(y).adjust_cell_length(width, self._style("header"))
        row = y - HEADER + round(self.scroll_y)
        if row < self.rows.height:
            cached = (row, self.cursor_column if row == self.cursor else -1)
            strip = self._strips.get(cached)
            if strip is None:
                line = self._row(row).adjust_cell_length(width, self._row_style(row))
                strip = self._strips[cached] = line
            return strip
        if not self.rows.height and y == HEADER + 1 and self.empty:
            text = f"  {self.empty}"[:width].ljust(width)
            return Strip([Segment(text, self._style("cell", "missing"))], width)
        return Strip.blank(width, self._style("cell"))

    def _row(self, row: int) -> Strip:
        name, base = self._base(row), self._row_style(row)
        marked = self.rows.key(row) in self.marked
        parts = (
            [(MARK.ljust(MARK_WIDTH), self._style(name, "mark"))]
            if marked
            else [(" " * MARK_WIDTH, base)]
        )
        tone_of_row = self.rows.tone(row)
        for index, _, column in self._places:
            text = self._text(row, index)
            if column.width < len(text):
                text = column.fit(text.rstrip())
            tone = tone_of_row or column.tone(text.strip())
            here = row == self.cursor and index == self.cursor_column
            level = 0 if row == self.cursor else self._level(row, index)
            parts.append((text, self._style("cursor-cell" if here else name, tone, level)))
            parts.append((" " * GAP, base))
        return strip_of(parts)

    def _text(self, row: int, column: int) -> str:
        chunk, place = divmod(row, CHUNK)
        texts = self._chunks.get((chunk, column))
        if texts is None:
            texts = self._chunks[(chunk, column)] = self.rows.texts(chunk, column)
        return texts[place]

    def _level(self, row: int, column: int) -> int:
        """How much a cell is shaded, and to which side."""
        chunk, place = divmod(row, CHUNK)
        levels = self._heats.get((chunk, column))
        if levels is None:
            levels = self._heats[(chunk, column)] = self.rows.heat(chunk, column)
        return levels[place] if levels else 0

    def _header(self, line: int) -> Strip:
        base = self._style("header")
        parts = [(" " * MARK_WIDTH, base)]
        orders = {key: (order, down) for order, (key, down) in enumerate(self.sort)}
        for index, _, column in self._places:
            name = "header-cursor" if index == self.cursor_column else "header"
            arrow = ""
            if line == 1 and column.key in orders:
                order, down = orders[column.key]
                arrow = ("▼" if down else "▲") + ("" if len(orders) == 1 else str(order + 1))
            hidden = line == 0 and index == self._first > self._held
            if hidden:
                parts[-1] = ("‹ ".rjust(len(parts[-1][0])), base)
            add_header_cell(parts, column, column.header[line], arrow, self._style(name), base)
        strip = strip_of(parts)
        if line == 0 and self._places and self._places[-1].number < len(self.rows.columns) - 1:
            edge = self._view.width - 1
            strip = strip.adjust_cell_length(edge, base)
            return Strip.join([strip, Strip([Segment("›", base)], 1)])
        return strip

    def _base(self, row: int) -> str:
        return "cursor" if row == self.cursor else "cell"

    def _row_style(self, row: int) -> Style:
        return self._style(self._base(row))

    def _style(self, base: str, tone: str = "", level: int = 0) -> Style:
        found = self._styles.get((base, tone, level))
        if found is None:
            found = self.get_component_rich_style(f"grid--{base}")
            if tone and not (tone == "negative" and abs(level) == MOST_HEAT):
                found += self.get_component_rich_style(f"grid--{tone}", partial=True)
            if level:
                found += self._shade(base, level)
            self._styles[(base, tone, level)] = found
        return found

    def _shade(self, base: str, level: int) -> Style:
        """A ground with some of the theme's colour for high or for low numbers."""
        ground = self.get_component_styles(f"grid--{base}").background
        theme = self.app.current_theme
        hue = (theme.secondary if level > 0 else theme.accent) or theme.primary
        return Style(bgcolor=ground.blend(Color.parse(hue), HEAT[abs(level)]).rich_color)
