"""The query of a screen as it is read, what is wrong with it, and the narrowing of its list."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.commands import bindings
from tui.format import plain

if TYPE_CHECKING:
    from textual.visual import VisualType


LEAST_WIDTH: Final = 20
WORD: Final = 16


class QueryLine(Widget):
    """The query as it stands, and under it the screen's reason where there is room."""

    query_text = reactive("", layout=True)
    reason = reactive("", layout=True)

    def render(self) -> VisualType:
        """The query on a line; two and the reason on two more where the screen is high."""
        width = max(self.size.width, LEAST_WIDTH)
        if self.screen.has_class("-low"):
            return Content.styled(plain(self.query_text, width - 1), "$secondary")
        # Words do not break, so that two lines hold a little less than twice the width.
        room = 2 * width - WORD
        query = Content.styled(plain(self.query_text, room), "$secondary")
        reason = Content.styled(plain(self.reason, room), "$quiet")
        return Content("\n").join([query, reason] if self.reason else [query])


class Problem(Static):
    """What is wrong with the query: the line, a caret under the fault, and the fix."""

    def show(self, rendered: str, *, wrong: bool = False) -> None:
        """Show it, or a note where nothing is `wrong`; nothing for an empty text."""
        self.display = bool(rendered)
        self.set_class(wrong, "wrong")
        lines = [_safe_line(line) for line in rendered.splitlines()]
        self.update(Content("\n").join(Content.styled(line, _tone(line)) for line in lines))


def _tone(line: str) -> str:
    """The fault stands out; the reader's own line and the hint do not."""
    if line.startswith("line ") or (line.strip() and not line.strip(" ^")):
        return "$bad"
    return "$accent" if line.lstrip().startswith("Did you mean") else ""


def _safe_line(line: str) -> str:
    """A line without control characters that keeps its spaces, so that the caret stays in place."""
    return "".join(char if char.isprintable() else " " for char in line)


class NarrowInput(Input):
    """What the list is narrowed by, as it is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("narrow")]

    class Done(Message):
        """Keep the filter and go to the list."""

    class Cleared(Message):
        """Drop the filter."""

    def __init__(self) -> None:
        super().__init__(placeholder="symbol, name or industry", id="narrow", compact=True)
        self.cursor_blink = False

    def action_done(self) -> None:
        """Keep the filter."""
        self.post_message(self.Done())

    def action_clear(self) -> None:
        """Drop the filter."""
        self.post_message(self.Cleared())
