"""Small dialogs: ask for a name, pick one of many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui.commands import bindings
from tui.format import plain
from tui.screens.base import Dialog
from tui.widgets.bars import dialog_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

Check = Callable[[str], str]


class Ask(Dialog[str]):
    """Ask for a line of text. Answers with it, or with nothing when it is left by Esc.

    `check` says what is wrong with a text; a warning that starts with “Again” lets the second
    Enter through. With a `second` question there is a line for it too, which may stay empty; its
    answer is `also`. An `optional` text may be empty itself.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog")]
    VIEWS: ClassVar[tuple[str, ...]] = ("dialog",)

    def __init__(
        self,
        title: str,
        about: str,
        value: str,
        check: Check,
        *,
        second: str = "",
        optional: bool = False,
    ) -> None:
        super().__init__()
        self._title, self._about, self._value, self._check = title, about, value, check
        self._second, self._optional = second, optional
        self._warned = ""
        self.also = ""

    def compose(self) -> ComposeResult:
        """Title, explanation, the text, and room for what is wrong with it."""
        with Vertical(classes="dialog"):
            yield Static(Content(plain(self._title)), classes="dialog-title")
            yield Static(Content(self._about), classes="dialog-about")
            text = Input(self._value, select_on_focus=True, compact=True)
            text.cursor_blink = False
            yield text
            keys = [("Enter", "do it"), ("Esc", "leave")]
            if self._second:
                yield Static(Content(self._second), classes="dialog-about second")
                second = Input(compact=True, id="second")
                second.cursor_blink = False
                yield second
                keys.insert(1, ("Tab", "the other line"))
            yield Static("", classes="dialog-error")
            yield Static(dialog_keys(*keys), classes="dialog-keys")

    def on_input_submitted(self) -> None:
        """Enter in the text."""
        self.action_accept()

    def action_accept(self) -> None:
        """Answer with the text, if nothing is wrong with it."""
        text = self.query(Input).first().value.strip()
        if self._second:
            self.also = " ".join(self.query_one("#second", Input).value.split())
        given = bool(text) or self._optional
        wrong = self._check(text) if given else "Type something, or leave with Esc."
        if wrong and not (wrong.startswith("Again") and self._warned == text):
            self._warned = text
            shown = wrong.removeprefix("Again: ")
            self.query_one(".dialog-error", Static).update(Content.styled(plain(shown), "$bad"))
            return
        self.dismiss(text)

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


class Pick(Dialog[str]):
    """Pick one of many by typing a part of it. `choices` are (id, title, about, other words)."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog"), *bindings("pick")]
    VIEWS: ClassVar[tuple[str, ...]] = ("dialog", "pick")
    MOST: ClassVar[int] = 200

    def __init__(self, title: str, choices: Sequence[tuple[str, str, str, str]]) -> None:
        super().__init__()
        self._title, self._choices = title, choices

    def compose(self) -> ComposeResult:
        """Title, the text typed, and the choices that have it."""
        with Vertical(classes="dialog tall"):
            yield Static(Content(plain(self._title)), classes="dialog-title")
            text = Input(placeholder="type a part of its name", compact=True)
            text.cursor_blink = False
            yield text
            yield OptionList(compact=True)

    def on_mount(self) -> None:
        """All choices at first."""
        self.query_one(OptionList).can_focus = False
        self.call_after_refresh(self._offer, "")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only choices that have every word."""
        self._offer(event.value)

    def _offer(self, typed: str) -> None:
        words = typed.casefold().split()
        found = [
            choice
            for choice in self._choices
            if all(word in " ".join(choice[1:]).casefold() for word in words)
        ]
        found.sort(key=lambda choice: _rank(choice, " ".join(words)))
        options = self.query_one(OptionList)
        options.clear_options()
        width = max((len(choice[1]) for choice in found[: self.MOST]), default=0)
        room = max(options.size.width - width - 4, 10)
        options.add_options(
            Option(
                Content.assemble(plain(title).ljust(width), (f"  {plain(about, room)}", "$quiet")),
                id=id,
            )
            for id, title, about, _ in found[: self.MOST]
        )
        if found:
            options.highlighted = 0

    def on_input_submitted(self) -> None:
        """Enter in the text."""
        self.action_accept()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A choice was clicked."""
        self.dismiss(event.option_id)

    def action_down(self) -> None:
        """The next choice."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """The choice before."""
        self.query_one(OptionList).action_cursor_up()

    def action_accept(self) -> None:
        """Answer with the choice."""
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self.dismiss(option.id)

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


def _rank(choice: tuple[str, str, str, str], typed: str) -> tuple[int, int]:
    """Exact other names first, then titles that begin so, then short titles."""
    _, title, _, others = (part.casefold() for part in choice)
    if typed in others.split(" | "):
        return (0, len(title))
    return (1 if title.startswith(typed) else 2, len(title) if typed else 0)
