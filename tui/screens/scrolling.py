"""A page over another screen that is read by scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.base import Dialog
from tui.widgets.bars import dialog_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

SCROLL_BAR: Final = 2  # cells kept free of text


class ScrollingPage(Dialog[None]):
    """Title, text broken for the width, keys. Subclasses say what the text is."""

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (("Esc", "close"), ("↑ ↓", "scroll"))
    SHAPE: ClassVar[str] = "page"  # the class of its style

    def __init__(self, title: str = "", waiting: str = "") -> None:
        super().__init__()
        self._title, self._waiting = title, waiting

    def compose(self) -> ComposeResult:
        """The page, with what is said until there is a text."""
        with Vertical(classes=f"dialog {self.SHAPE}"):
            yield Static(Content(self._title), classes="dialog-title")
            with VerticalScroll():
                yield Static(Content(self._waiting), id="page-text")
            yield Static(dialog_keys(*self.KEYS), classes="dialog-keys")

    def on_mount(self) -> None:
        """The page takes the arrows."""
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """Break the lines anew for the new width."""
        self.call_after_refresh(self.draw)

    def text(self, width: int) -> Content | None:
        """The text for a page of that width; nothing where it is not known yet."""
        raise NotImplementedError

    def entitle(self, title: Content) -> None:
        """Another title."""
        self.query_one(".dialog-title", Static).update(title)

    def draw(self) -> None:
        """Show the text there is."""
        found = self.text(self.query_one(VerticalScroll).size.width - SCROLL_BAR)
        if found is not None:
            self.query_one("#page-text", Static).update(found)

    def action_back(self) -> None:
        """Close."""
        self.dismiss(None)
