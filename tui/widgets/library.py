"""The side list: named screens with their live counts, the reader's own, and the shortlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.commands import bindings
from tui.format import grouped, plain

#: A heading and what stands under it: (id, title) pairs.
Shelf = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Tally:
    """The numbers beside an entry: companies that pass and that lack data, and what changed.

    `entered` and `left` are those since the last run on an earlier market; None where the
    screen cannot be run.
    """

    passed: int | None
    unknown: int = 0
    entered: int = 0
    left: int = 0


class LibraryList(OptionList):
    """Screens and shortlists to choose from. Ids are `screen:NAME` and `list:NAME`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("library")]

    class Picked(Message):
        """A screen or a shortlist was chosen."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.picked = id

    class Deleted(Message):
        """The reader wants the entry gone."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.deleted = id

    class Closed(Message):
        """Back to the list of companies."""

    def __init__(self) -> None:
        super().__init__(id="library", compact=True)
        self._shelves: list[Shelf] = []
        self._counts: dict[str, Tally] = {}
        self._current = ""

    def show(self, shelves: Sequence[Shelf], counts: Mapping[str, Tally], current: str) -> None:
        """Show these entries with their counts; `current` is the one on screen."""
        shown = (list(shelves), dict(counts), current)
        if shown != (self._shelves, self._counts, self._current):
            self._shelves, self._counts, self._current = shown
            self._draw()

    def on_mount(self) -> None:
        """Prompts are drawn in the colours of the moment."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_resize(self) -> None:
        """Counts stand at the right edge."""
        self._draw()

    def _draw(self) -> None:
        kept = self.highlighted_option.id if self.highlighted_option else None
        self.clear_options()
        number = 0
        for heading, entries in self._shelves:
            if self.option_count:
                self.add_option(Option("", disabled=True))
            self.add_option(Option(Content.styled(heading, "$quiet"), disabled=True))
            for id, title in entries:
                number += 1
                self.add_option(Option(self._prompt(number, id, title), id=id))
        wanted = kept if self.has_focus and kept else self._current
        ids = [option.id for option in self.options]
        if wanted in ids:
            self.highlighted = ids.index(wanted)

    def _prompt(self, number: int, id: str, title: str) -> Content:
        here = id == self._current
        tally = self._counts.get(id)
        parts = _numbers(tally, here=here)
        taken = sum(len(text) for text, _ in parts)
        key = str(number) if number < 10 and id.startswith("screen:") else " "
        room = max(self.scrollable_content_region.width - 5, 12)
        name = plain(title, max(room - taken - 1, 6))
        gap = " " * max(room - len(name) - taken, 0)
        return Content.assemble(
            ("▌" if here else " ", "$accent"),
            (f"{key} ", "$accent"),
            (name, "bold" if here else ""),
            gap,
            *parts,
            " ",
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An entry was clicked or entered."""
        event.stop()
        if event.option_id:
            self.post_message(self.Picked(event.option_id))

    def action_open(self) -> None:
        """Show the entry."""
        self.action_select()

    def action_delete(self) -> None:
        """Ask for the entry to be deleted."""
        option = self.highlighted_option
        if option is not None and option.id:
            self.post_message(self.Deleted(option.id))

    def action_close(self) -> None:
        """Back to the list of companies."""
        self.post_message(self.Closed())

    class Resized(Message):
        """The reader wants the list so much wider."""

        def __init__(self, cells: int) -> None:
            super().__init__()
            self.cells = cells

    def action_wider(self) -> None:
        """Make the list wider."""
        self.post_message(self.Resized(2))

    def action_narrower(self) -> None:
        """Make the list narrower."""
        self.post_message(self.Resized(-2))


def _numbers(tally: Tally | None, *, here: bool) -> list[tuple[str, str]]:
    """What changed, who passes, who lacks data."""
    if tally is None:
        return [("…", "$quiet")]
    if tally.passed is None:
        return [("!", "$bad")]
    parts: list[tuple[str, str]] = []
    if tally.entered:
        parts.append((f"+{grouped(tally.entered)} ", "$good"))
    if tally.left:
        parts.append((f"-{grouped(tally.left)} ", "$bad"))
    parts.append((grouped(tally.passed), "$accent bold" if here else "$quiet"))
    if tally.unknown:
        parts.append((f" ?{grouped(tally.unknown)}", "$open"))
    return parts
