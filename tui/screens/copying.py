"""Copying symbols from the list to the clipboard of the terminal (OSC 52), and to a file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tui.copying import FORMS, Form, Listed, form_of
from tui.format import plain
from tui.screens.dialogs import Pick

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app import KasautiApp
    from tui.desk import Desk
    from tui.screens.browse import Browse

#: Terminals cut or refuse longer texts: the least limit in use, in bytes before encoding.
MOST_BYTES: Final = 74_000


def copy(browse: Browse) -> None:
    """Copy the marked companies, or the one under the cursor, in the form used last."""
    _copy(browse, form_of(browse.kasauti.memory.copy_form))


def copy_as(browse: Browse) -> None:
    """Ask for the form, and copy."""

    def chosen(id: str | None) -> None:
        if id:
            browse.kasauti.keep(copy_form=id)
            _copy(browse, form_of(id))

    choices = [(form.id, form.title, form.about, form.id) for form in FORMS]
    browse.app.push_screen(Pick("Copy symbols as", choices), chosen)


def _copy(browse: Browse, form: Form) -> None:
    desk, grid = browse.desk, browse.results.grid
    if desk is None or desk.listing is None or not grid.key:
        return
    copy_companies(browse.kasauti, companies(desk, grid.marked or {grid.key}), form)


def companies(desk: Desk, isins: set[str]) -> list[Listed]:
    """These companies of the list, in its order."""
    rows = desk.chosen(isins).select("isin")
    known = desk.workspace.market.companies.select("isin", "symbol", "bse_code", "name")
    found = rows.join(known, on="isin", how="left", maintain_order="left")
    return [Listed(*(value or "" for value in row)) for row in found.iter_rows()]


def copy_companies(app: KasautiApp, listed: Sequence[Listed], form: Form) -> None:
    """Hand the companies to the terminal and say what became of it."""
    text = form.write(listed)
    file = app.paths.state_dir / "copied.txt"
    obstacle = obstacle_to_copying(os.environ, len(text.encode()))
    app.copy_to_clipboard(text)
    shown = plain(text, 60)
    kept = _keep(file, text)
    words = obstacle or "Your terminal has it, if it lets programs copy (OSC 52)."
    where = f"It is in {file} as well." if kept else ""
    count = f"{len(listed)} {'symbol' if len(listed) == 1 else 'symbols'}"
    app.notify(
        "\n".join(part for part in (shown, words, where) if part),
        title=f"Not sure that {count} were copied" if obstacle else f"Copied {count}: {form.title}",
        severity="warning" if obstacle else "information",
        markup=False,
    )


def _keep(file: Path, text: str) -> bool:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError:
        return False
    return True


def obstacle_to_copying(env: Mapping[str, str], size: int) -> str:
    """What is known to keep a copy from arriving, and the way round it; empty where nothing is.

    A terminal never answers whether it took a text, so that only known obstacles can be told.
    """
    if size > MOST_BYTES:
        return "Most terminals refuse a text as long as this."
    if env.get("TERM") == "linux":
        return "This console has no clipboard."
    if env.get("STY"):
        return "GNU screen keeps copies to itself."
    if env.get("TMUX"):
        return "Inside tmux it arrives only with: set -g set-clipboard on"
    if env.get("TERM_PROGRAM") == "Apple_Terminal":
        return "Apple's Terminal lets no program copy."
    return ""
