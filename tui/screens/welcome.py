"""The first page a reader sees, once: what the demo market is and how real data comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.commands import bindings
from tui.screens.base import Dialog
from tui.widgets.bars import dialog_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

TEXT: Final = (
    (
        "What you see",
        (
            "Until the first refresh you see the demo market: some 2,200 companies that do not exist, "
            "made so that every kind of company is there. Their names, figures and prices are "
            "fictional. The title bar and every file you export say so."
        ),
    ),
    (
        "Real companies",
        (
            "Leave the app and run `kasauti refresh`. It fetches the exchange's and other public files "
            "page by page, waits between pages as each site asks, and can be stopped and "
            "resumed at any time. The app then opens on what was gathered; r reads it again, and "
            "`kasauti --demo` opens the demo market."
        ),
    ),
    (
        "The terms of the sources",
        (
            "The sites a refresh reads have terms of their own. Several allow personal use only, and "
            "passing their data on is not allowed. A source whose terms have to be accepted first is "
            "left out until you say so with --accept-terms; robots.txt is obeyed."
        ),
    ),
    (
        "Finding your way",
        (
            "Pick a screen with 1 to 9, move with the arrows or j k, mark with Space, save with s. "
            "w says why a company passes or fails, Enter opens it, : takes a condition or a command, "
            "? lists every key of the moment, and Ctrl+P finds anything by name."
        ),
    ),
    (
        "What it is not",
        (
            "Kasauti computes and compares. It gives no advice, and a figure it does not know is "
            "shown as unknown, never as zero."
        ),
    ),
)


class Welcome(Dialog[None]):
    """A page to read once; the palette brings it back."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("welcome")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("welcome",)
    VIEWS: ClassVar[tuple[str, ...]] = ("welcome",)

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical(classes="dialog welcome"):
            yield Static(
                Content("Kasauti, a screener for Indian small caps"), classes="dialog-title"
            )
            with VerticalScroll():
                yield Static(Content("\n").join(_lines()))
            yield Static(dialog_keys(("Enter", "begin"), ("↑ ↓", "scroll")), classes="dialog-keys")

    def on_mount(self) -> None:
        """The page takes the arrows."""
        self.query_one(VerticalScroll).focus()

    def action_back(self) -> None:
        """Begin."""
        self.dismiss(None)


def _lines() -> list[Content]:
    lines: list[Content] = []
    for heading, text in TEXT:
        lines += [Content.styled(heading, "$accent bold"), Content(text), Content("")]
    return lines[:-1]
