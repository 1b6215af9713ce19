"""The query of a screen as it is edited, with field names completed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from tui.commands import bindings
from tui.format import plain
from tui.widgets.typing import ran_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from tui.complete import FieldNames, Offer


class QueryText(TextArea):
    """The text of a query."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("query")]

    class Done(Message):
        """The reader is done editing."""

    async def _on_key(self, event: events.Key) -> None:
        """Keys of the view come before the text they would be."""
        if not await ran_command(self, event, "query"):
            await super()._on_key(event)

    def action_done(self) -> None:
        """Back to the list."""
        self.post_message(self.Done())

    def action_complete(self) -> None:
        """Take the suggestion."""
        editor = self.query_ancestor(QueryEditor)
        editor.complete()

    def action_next_suggestion(self) -> None:
        """Offer the next suggestion."""
        self.query_ancestor(QueryEditor).rotate()

    @property
    def before_caret(self) -> str:
        """The text up to the caret."""
        return self.get_text_range((0, 0), self.cursor_location)


class QueryEditor(Vertical):
    """An editor and the suggestions under it."""

    class Changed(Message):
        """The text is another."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, text: str, names: FieldNames) -> None:
        super().__init__(id="query-editor")
        self._text = text
        self._names = names
        self._offers: list[Offer] = []

    def compose(self) -> ComposeResult:
        """The editor's parts."""
        text = QueryText(self._text, soft_wrap=True, tab_behavior="focus", show_line_numbers=False)
        text.cursor_blink = False
        text.highlight_cursor_line = False
        yield text
        yield Static("", id="query-offers")

    def on_mount(self) -> None:
        """The caret goes to the end."""
        area = self.query_one(QueryText)
        area.move_cursor(area.document.end)
        self.screen.set_focus(area)
        self._offer()

    @property
    def text(self) -> str:
        """The query as typed."""
        return self.query_one(QueryText).text

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell of the new text."""
        event.stop()
        self._offer()
        self.post_message(self.Changed(event.text_area.text))

    def on_text_area_selection_changed(self) -> None:
        """Offer what fits where the caret is now."""
        self._offer()

    def complete(self) -> None:
        """Put the first offer in place of what was typed of it."""
        if not self._offers:
            return
        offer = self._offers[0]
        area = self.query_one(QueryText)
        before = area.before_caret
        kept = before[: len(before) - offer.length]
        start = (kept.count("\n"), len(kept) - kept.rfind("\n") - 1)
        area.replace(offer.text + " ", start, area.cursor_location)

    def rotate(self) -> None:
        """Bring the next offer to the front."""
        self._offers = [*self._offers[1:], *self._offers[:1]]
        self._draw_offers()

    def _offer(self) -> None:
        if not self.query(QueryText):  # what was typed last comes after the editor was closed
            return
        self._offers = self._names.offers(self.query_one(QueryText).before_caret)
        self._draw_offers()

    def _draw_offers(self) -> None:
        line = self.query_one("#query-offers", Static)
        none = " Type a field name; the list follows."
        line.update(offer_lines(self._offers, self.size.width, none))


def offer_lines(offers: Sequence[Offer], width: int, none: str) -> Content:
    """The first offer with its unit and meaning on one line, the others on the next."""
    if not offers:
        return Content("\n").join([Content.styled(plain(none, width), "$quiet"), Content("")])
    first, *others = offers
    unit = f" ({first.unit})" if first.unit else ""
    also = f"{first.also} = " if first.also else ""
    room = width - 6 - len(first.text) - len(unit) - 2
    meaning = plain(f"{also}{first.about}", room) if room > 8 else ""
    upper = Content.assemble(
        (" Tab ", "$accent bold"),
        (plain(first.text), "bold"),
        (unit, "$secondary"),
        (f"  {meaning}" if meaning else "", "$quiet"),
    )
    rest = "   ".join(plain(offer.text) for offer in others)
    lower = Content.styled(plain(rest, max(width - 6, 1)), "$quiet")
    return Content("\n").join([upper, Content.assemble("     ", lower)])
