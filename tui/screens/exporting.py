"""Asking for a file name, and writing the table of a view there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.format import grouped
from tui.screens.base import View
from tui.screens.dialogs import Ask

if TYPE_CHECKING:
    from screener.export import Table
    from screener.market.store import Market


def rows_in_words(count: int) -> str:
    """A number of rows in words."""
    return f"{grouped(count)} {'row' if count == 1 else 'rows'}"


def ask_export(
    view: View,
    parts: Sequence[str],
    market: Market,
    about: str,
    make: Callable[[], Table],
    counted: Callable[[int], str] = rows_in_words,
) -> None:
    """Ask for a file, named for `parts` and the market's date, and write what `make` makes to it.

    `counted` says how many rows there are.
    """
    from screener.export import ENDINGS, ENDINGS_IN_WORDS
    from screener.screens import slug

    def check(text: str) -> str:
        path = Path(text).expanduser()
        if path.is_dir():
            return "That is a folder; add a file name."
        if path.suffix.casefold() not in ENDINGS:
            return f"The ending says how: {ENDINGS_IN_WORDS}."
        return "Again: Enter once more replaces the file that is there." if path.exists() else ""

    def answered(text: str | None) -> None:
        if text is not None:
            write_to(view, text, make, counted)

    named = [slug(part) for part in parts]
    name = "-".join([*(part for part in named if part), f"{market.date.isoformat()}.csv"])
    words = f"{about}\nThe ending says how: {ENDINGS_IN_WORDS}."
    view.kasauti.push_screen(Ask("Export", words, name, check), answered)


def write_to(
    view: View, file: str, make: Callable[[], Table], counted: Callable[[int], str] = rows_in_words
) -> None:
    """Make the table and write it, in a thread; say what was written, also to a reader who left."""
    app, path = view.kasauti, Path(file).expanduser()

    def work() -> None:
        from screener.export import write

        words = f"{counted(write(path, make()))} in {path.absolute()}"
        app.call_from_thread(done, words)

    def done(words: str) -> None:
        app.notify(words, title="Exported", markup=False)

    view.in_thread(work, "export")
