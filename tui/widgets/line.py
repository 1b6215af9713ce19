"""The command line under the list: what is typed, what completes it, and what was wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.commands import bindings
from tui.widgets.editor import offer_lines
from tui.widgets.query import Problem
from tui.widgets.still import StillThere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.complete import Offer
    from tui.orders import Completer

NOTHING_TYPED = " A condition such as roce > 20, a symbol, or: screen, list, sort, column, asof …"


class LineInput(Input):
    """What is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("line")]

    def __init__(self) -> None:
        super().__init__(id="line-text", compact=True)
        self.cursor_blink = False

    @property
    def line(self) -> CommandLine:
        """The line it belongs to."""
        return self.query_ancestor(CommandLine)

    def action_accept(self) -> None:
        """Do what the line says."""
        self.line.post_message(CommandLine.Entered(self.value))

    def action_cancel(self) -> None:
        """Leave the line."""
        self.line.post_message(CommandLine.Left())

    def action_complete(self) -> None:
        """Take the suggestion."""
        self.line.complete()

    def action_next_suggestion(self) -> None:
        """Offer the next suggestion."""
        self.line.rotate()

    def action_earlier(self) -> None:
        """The line typed before."""
        self.line.go(-1)

    def action_later(self) -> None:
        """The line typed after it."""
        self.line.go(1)


class CommandLine(StillThere, Vertical):
    """A colon and a line. `typed` are the lines entered before, the last one last."""

    class Entered(Message):
        """The reader wants it done."""

        def __init__(self, line: str) -> None:
            super().__init__()
            self.line = line

    class Left(Message):
        """The reader leaves the line."""

    def __init__(self, completer: Completer, typed: Sequence[str]) -> None:
        super().__init__(id="command-line")
        self._completer = completer
        self._typed = [*typed, ""]
        self._at = len(typed)
        self._offers: list[Offer] = []

    def compose(self) -> ComposeResult:
        """The parts, the problem on top so that the line stays where it is."""
        yield Problem("", markup=False)
        with Horizontal(id="line-row"):
            yield Static(Content.styled(":", "$accent bold"), id="line-colon")
            yield LineInput()
        yield Static("", id="line-offers")

    def on_mount(self) -> None:
        """The caret goes to the line."""
        self.query_one(Problem).display = False
        self.screen.set_focus(self.query_one(LineInput))
        self.call_after_refresh(self._offer)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Offer what fits."""
        event.stop()
        self.query_one(Problem).show("")
        self._offer()

    def refuse(self, text: str) -> None:
        """Say what is wrong; the line stays to be mended."""
        self.query_one(Problem).show(text, wrong=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter does what the line says."""
        event.stop()
        self.post_message(self.Entered(event.value))

    def complete(self) -> None:
        """Put the first offer in place of what was typed of it."""
        if self._offers:
            text, offer = self.query_one(LineInput), self._offers[0]
            at = text.cursor_position
            start = at - offer.length
            text.value = f"{text.value[:start]}{offer.text} {text.value[at:].lstrip()}"
            text.cursor_position = start + len(offer.text) + 1

    def rotate(self) -> None:
        """Bring the next offer to the front."""
        self._offers = [*self._offers[1:], *self._offers[:1]]
        self._draw()

    def go(self, steps: int) -> None:
        """Another of the lines typed before."""
        text = self.query_one(LineInput)
        self._typed[self._at] = text.value
        self._at = min(max(self._at + steps, 0), len(self._typed) - 1)
        text.value = self._typed[self._at]
        text.cursor_position = len(text.value)

    def _offer(self) -> None:
        if not self.query(LineInput):  # what was typed last comes after the line was left
            return
        text = self.query_one(LineInput)
        before = text.value[: text.cursor_position]
        self._offers = self._completer.offers(before) if before.strip() else []
        self._draw()

    def _draw(self) -> None:
        line = self.query_one("#line-offers", Static)
        none = "" if self.query_one(LineInput).value.strip() else NOTHING_TYPED
        line.update(offer_lines(self._offers, self.size.width, none))
