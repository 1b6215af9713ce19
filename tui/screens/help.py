"""The keys of a view, written from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import VIEWS, Command, bindings
from tui.screens.base import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Help(Dialog[None]):
    """What can be done where the reader was, and the keys for it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("help",)
    VIEWS: ClassVar[tuple[str, ...]] = ("help",)

    def __init__(self, commands: Sequence[Command], refusals: Sequence[str]) -> None:
        super().__init__()
        self._commands, self._refusals = commands, refusals

    def compose(self) -> ComposeResult:
        """A scrolling page."""
        with Vertical(classes="dialog page"):
            yield Static(Content("Keys"), classes="dialog-title")
            with VerticalScroll():
                lines = help_lines(zip(self._commands, self._refusals, strict=True))
                yield Static(Content("\n").join(lines))
            yield Static(
                Content.assemble(
                    (" Esc ", "$accent bold"), ("close", "$quiet"),
                    ("   ↑ ↓ ", "$accent bold"), ("scroll", "$quiet"),
                ),
                classes="dialog-keys",
            )  # fmt: skip

    def on_mount(self) -> None:
        """The page takes the arrows."""
        self.query_one(VerticalScroll).focus()

    def action_back(self) -> None:
        """Close."""
        self.dismiss(None)


def help_lines(commands: Iterable[tuple[Command, str]]) -> list[Content]:
    """A heading for each view and a line for each command: keys, what it does, why not now."""
    listed = [(c, refusal) for c, refusal in commands if not c.id.startswith("browse.screen_")]
    width = max((len(c.shown_keys) for c, _ in listed), default=0)
    lines: list[Content] = []
    for view, group in groupby(listed, key=lambda pair: pair[0].view):
        if lines:
            lines.append(Content(""))
        lines.append(Content.styled(VIEWS[view], "$accent bold"))
        if view == "browse":
            line = ("  " + "1-9".ljust(width), "bold")
            lines.append(Content.assemble(line, "  The screen of that number in the side list"))
        for c, refusal in group:
            note = (f"  ({refusal})", "$quiet") if refusal else ""
            keys = ("  " + c.shown_keys.ljust(width), "bold")
            lines.append(Content.assemble(keys, "  ", c.help, note))
    return lines
