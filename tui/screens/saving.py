"""What the main screen keeps: shortlists, screens of one's own, CSV files, added columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui.format import grouped, plain
from tui.screens.dialogs import Ask, Pick

if TYPE_CHECKING:
    from tui.desk import Desk
    from tui.screens.browse import Browse


def companies(count: int) -> str:
    """A number of companies in words."""
    return f"{grouped(count)} {'company' if count == 1 else 'companies'}"


def ask(
    browse: Browse,
    title: str,
    about: str,
    value: str,
    check: Callable[[str], str],
    done: Callable[[str], None],
) -> None:
    """Ask for a text and do something with it; an error is told, not raised."""

    def answered(text: str | None) -> None:
        if text:
            try:
                done(text)
            except Exception as error:  # shown as a notice, kept in the log
                browse.kasauti.tell(error)

    browse.app.push_screen(Ask(title, about, value, check), answered)


def _chosen_words(browse: Browse, desk: Desk) -> str:
    """Which companies are meant: the marked ones, else all shown."""
    marked = browse.results.grid.marked
    count = companies(desk.chosen(marked).height)
    return f"The {count} you marked" if marked else f"The {count} on the list"


def save_list(browse: Browse) -> None:
    """Ask for a name and save the marked companies, or all shown, under it."""
    desk = browse.desk
    if desk is None:
        return
    workspace, entries = desk.workspace, desk.entries(browse.results.grid.marked)
    taken = {name.casefold() for name in workspace.shortlists.names()}

    def check(name: str) -> str:
        known = name.casefold() in taken
        return f"Again: Enter once more replaces the list “{name}”." if known else ""

    def save(name: str) -> None:
        saved = workspace.save_shortlist(name, entries, desk.base)
        browse.results.action_unmark()
        browse.count_library()
        text = f"{companies(len(saved.entries))} under “{plain(saved.name)}”. S opens it."
        browse.notify(text, title="Shortlist saved", markup=False)

    about = f"{_chosen_words(browse, desk)}\n{workspace.market.label}"
    ask(browse, "Save as a shortlist", about, desk.base.title, check, save)


def pick_shortlist(browse: Browse) -> None:
    """Show the shortlists; open the one chosen."""
    desk = browse.desk
    if desk is None:
        return

    def chosen(name: str | None) -> None:
        browse.count_library()
        if name:
            browse.open_shortlist(name)

    from tui.screens.shortlists import ShortlistPage

    browse.app.push_screen(ShortlistPage(desk.workspace), chosen)


def save_screen(browse: Browse) -> None:
    """Ask for a title and save the edited query as a screen of one's own."""
    desk = browse.desk
    if desk is None:
        return
    library = desk.workspace.library

    def check(title: str) -> str:
        screen = desk.as_own(title)
        if not screen.name:
            return "A name needs a letter or a digit."
        there = library.find(screen.name)
        if there is None:
            return ""
        kind = "your screen" if there.own else "the built-in screen"
        return f"Again: Enter once more replaces {kind} “{there.title}”."

    def save(title: str) -> None:
        screen = desk.as_own(title)
        desk.workspace = desk.workspace.save_screen(screen)
        desk.adopt(desk.workspace.screen(screen.name))
        browse.count_library()
        browse.draw()
        file = desk.workspace.paths.screens_file
        browse.notify(f"“{plain(title)}” is in {file}.", title="Screen saved", markup=False)

    value = desk.base.title if desk.base.own else ""
    about = "The query, the columns and the order on screen, as a screen of your own"
    ask(browse, "Save as your own screen", about, value, check, save)


def delete(browse: Browse, picked: str) -> None:
    """Delete a screen of one's own, after asking. Shortlists are deleted on their own page."""
    desk = browse.desk
    kind, _, name = picked.partition(":")
    if desk is None:
        return
    if kind == "list":
        pick_shortlist(browse)
        return
    screen = desk.workspace.screen(name)
    if not screen.own:
        browse.notify("Built-in screens stay. Only your own can be deleted.", markup=False)
        return

    def check(text: str) -> str:
        return "" if text == "delete" else "Type delete, or leave with Esc."

    def remove(_: str) -> None:
        desk.workspace = desk.workspace.delete_screen(name)
        browse.counts.pop(picked, None)
        if desk.base.name == name:
            browse.choose(desk.workspace.first_screen(None))
        browse.count_library()
        browse.draw()

    about = "It is taken out of your screens file. Type delete to do it."
    ask(browse, f"Delete “{screen.title}”", about, "", check, remove)


def export(browse: Browse) -> None:
    """Ask for a file name and write the marked companies, or all shown, as CSV."""
    desk = browse.desk
    if desk is None or desk.listing is None:
        return
    result, chosen = desk.listing.result, desk.chosen(browse.results.grid.marked)
    frame = chosen.select("isin", "symbol", "name", "verdict", *desk.listing.columns)
    show = desk.view.show
    part = "" if show == "pass" else f"-{show}"
    stem = f"{desk.base.name or 'query'}{part}-{desk.workspace.market.date.isoformat()}"

    def check(text: str) -> str:
        path = Path(text).expanduser()
        if path.is_dir():
            return "That is a folder; add a file name."
        return "Again: Enter once more replaces the file that is there." if path.exists() else ""

    def write(text: str) -> None:
        from screener.export import write_csv

        path = Path(text).expanduser()
        count = write_csv(path, frame, result=result)
        browse.notify(f"{companies(count)} in {path.absolute()}", title="Exported", markup=False)

    about = f"{_chosen_words(browse, desk)}, with {frame.width} columns"
    ask(browse, "Export to a CSV file", about, f"{stem}.csv", check, write)


def add_column(browse: Browse) -> None:
    """Pick a field and show it as a column."""
    desk = browse.desk
    if desk is None or desk.listing is None:
        return
    shown = set(desk.listing.columns)
    fields = desk.workspace.fields
    choices = [
        (key, f.name, f.about, " | ".join((f.key, *f.aliases)))
        for key, f in fields.items()
        if key not in shown
    ]

    def chosen(key: str | None) -> None:
        if key:
            browse.results.add_column(key)

    browse.app.push_screen(Pick("Add a column", choices), chosen)
