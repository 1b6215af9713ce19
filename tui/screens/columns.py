"""Choosing columns: the whole catalogue with units and meanings, the chosen ones in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.commands import Command, bindings
from tui.listing import IDENTITY
from tui.rows import Column, TextRows
from tui.screens.base import Dialog
from tui.widgets.bars import KeyBar
from tui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from screener.fields.base import Field

NAME_WIDTHS = (26, 36)  # of a narrow and of a wide page
WIDE = 90


class ColumnsPage(Dialog[tuple[str, ...]]):
    """Every field, the columns there are first. Answers with the field keys chosen, in order."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("columns")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("columns",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table", "columns")

    def __init__(
        self, fields: Mapping[str, Field], chosen: Sequence[str], usual: Sequence[str]
    ) -> None:
        super().__init__()
        self._fields = {key: f for key, f in fields.items() if key not in IDENTITY}
        self._chosen, self._usual = list(chosen), list(usual)
        self._listed: list[str] = []
        self._words = {
            key: " ".join((f.name, f.key, *f.aliases, f.about, f.family)).casefold()
            for key, f in self._fields.items()
        }

    def compose(self) -> ComposeResult:
        """What is searched, and the fields."""
        with Vertical(classes="dialog page"):
            yield Static(Content("Columns"), classes="dialog-title")
            text = Input(placeholder="/ searches names, other names and meanings", compact=True)
            text.cursor_blink = False
            yield text
            grid = Grid(frozen=2, id="fields")
            grid.empty = "No field has all these words. Esc shows every field again."
            yield grid
            yield KeyBar()

    def on_mount(self) -> None:
        """All fields at first."""
        self.draw("")
        self.query_one(Grid).focus()

    def target(self, command: Command) -> DOMNode:
        """Moving is the table's."""
        return self.query_one(Grid) if command.view == "table" else self

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.id in ("columns.choose", "table.open") and not self.key:
            return "no field is under the cursor"
        if command.id in ("columns.earlier", "columns.later") and self.key not in self._chosen:
            return "the field is no column yet"
        return ""

    def commands(self) -> tuple[Command, ...]:
        """Enter chooses as Space does."""
        return tuple(c for c in super().commands() if c.id != "table.open")

    @property
    def key(self) -> str:
        """The field under the cursor; empty where there is none."""
        row = self.query_one(Grid).cursor
        return self._listed[row] if row < len(self._listed) else ""

    def draw(self, key: str) -> None:
        """The fields that are searched for, the cursor on one of them."""
        typed = self.query_one(Input).value.casefold()
        words = typed.split()
        found = [k for k in self._fields if all(word in self._words[k] for word in words)]
        found.sort(key=lambda k: self._rank(k, typed))
        self._listed = found
        row = found.index(key) if key in found else 0
        grid = self.query_one(Grid)
        grid.show(self._rows(grid), key=str(row))
        count = f"Columns  {len(self._chosen)} of {len(self._fields)} fields"
        self.query_one(".dialog-title", Static).update(Content(count))
        self.draw_keys()

    def _rank(self, key: str, typed: str) -> tuple[int, int, int]:
        """Columns first in their order; then exact other names, then names that begin so."""
        field = self._fields[key]
        if not typed:
            return (0, self._chosen.index(key), 0) if key in self._chosen else (1, 0, 0)
        names = [field.name.casefold(), key, *(alias.casefold() for alias in field.aliases)]
        near = 0 if typed in names else 1 if any(n.startswith(typed) for n in names) else 2
        return near, 0 if typed in field.name.casefold() else 1, len(field.name)

    def _rows(self, grid: Grid) -> TextRows:
        places = {key: str(place) for place, key in enumerate(self._chosen, start=1)}
        # The catalogue's texts are our own: they need no cleaning, which takes long for 700.
        cells = tuple(
            (
                places.get(key, ""),
                self._fields[key].name,
                self._fields[key].unit.label or self._fields[key].unit.value,
                self._fields[key].about,
            )
            for key in self._listed
        )
        name = NAME_WIDTHS[grid.size.width >= WIDE]
        columns = (
            Column("place", ("", "#"), 3, right=True, title="#"),
            Column("name", ("", "Field"), name, title="Field"),
            Column("unit", ("", "Unit"), 9, title="Unit"),
            Column("about", ("", "Meaning"), 160, title="Meaning"),
        )
        tones = tuple("mark" if key in places else "" for key in self._listed)
        return TextRows(columns, cells, tones)

    @on(Input.Changed)
    def _searched(self) -> None:
        self.draw("")

    @on(Input.Submitted)
    def _found(self) -> None:
        self.query_one(Grid).focus()

    @on(Grid.Highlighted)
    def _moved(self) -> None:
        self.draw_keys()

    @on(Grid.Opened)
    def action_choose(self) -> None:
        """Show the field as a column, or no longer."""
        key = self.key
        if key in self._chosen:
            self._chosen.remove(key)
        else:
            self._chosen.append(key)
        self.draw(key)

    def action_earlier(self) -> None:
        """One place to the left."""
        self._move(-1)

    def action_later(self) -> None:
        """One place to the right."""
        self._move(1)

    def _move(self, steps: int) -> None:
        key = self.key
        place = self._chosen.index(key)
        self._chosen.pop(place)
        self._chosen.insert(min(max(place + steps, 0), len(self._chosen)), key)
        self.draw(key)

    def action_search(self) -> None:
        """Search the catalogue."""
        self.query_one(Input).focus()

    def action_usual(self) -> None:
        """The usual columns again."""
        self._chosen = list(self._usual)
        self.draw(self.key)

    def action_back(self) -> None:
        """End the search, or be done."""
        text, grid = self.query_one(Input), self.query_one(Grid)
        if text.value or text.has_focus:
            key = self.key
            with text.prevent(Input.Changed):
                text.value = ""
            grid.focus()
            self.draw(key)
        else:
            self.dismiss(tuple(self._chosen))
