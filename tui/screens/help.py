"""The keys of a view, written from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import wrap
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui.commands import VIEWS, Command, bindings
from tui.screens.scrolling import ScrollingPage


class Help(ScrollingPage):
    """What can be done where the reader was, and the keys for it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("help",)
    VIEWS: ClassVar[tuple[str, ...]] = ("help",)

    def __init__(self, commands: Sequence[Command], refusals: Sequence[str]) -> None:
        super().__init__("Keys")
        self._commands, self._refusals = commands, refusals

    def text(self, width: int) -> Content | None:
        """A line or more for each command."""
        lines = help_lines(zip(self._commands, self._refusals, strict=True), width)
        return Content("\n").join(lines)


def help_lines(commands: Iterable[tuple[Command, str]], width: int = 200) -> list[Content]:
    """A heading for each view and each command: keys, what it does, why not now."""
    listed = [(c, refusal) for c, refusal in commands if not c.id.startswith("browse.screen_")]
    keys = max((len(c.shown_keys) for c, _ in listed), default=0) + 4
    lines: list[Content] = []
    for view, group in groupby(listed, key=lambda pair: pair[0].view):
        if lines:
            lines.append(Content(""))
        lines.append(Content.styled(VIEWS[view], "$accent bold"))
        if view == "browse":
            lines += _entry("1-9", "The screen of that number in the side list", "", keys, width)
        for c, refusal in group:
            lines += _entry(c.shown_keys or "Ctrl+P", c.help, refusal, keys, width)
    return lines


def _entry(keys: str, words: str, refusal: str, at: int, width: int) -> Iterable[Content]:
    """The keys, and beside them the words on as many lines as they need."""
    first, *others = wrap(words, max(width - at, 20)) or [""]
    yield Content.assemble((f"  {keys}".ljust(at), "bold"), first)
    for line in others:
        yield Content(" " * at + line)
    for line in wrap(f"not now: {refusal}", max(width - at, 20)) if refusal else ():
        yield Content.styled(" " * at + line, "$quiet")
