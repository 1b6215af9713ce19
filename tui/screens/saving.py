"""What the main screen keeps: shortlists, screens of one's own, exported files, columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.format import grouped, plain
from tui.screens.dialogs import Ask
from tui.screens.exporting import ask_export, write_to

if TYPE_CHECKING:
    from screener.export import Table
    from screener.shortlists import Entry
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
        if text is not None:
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
    """Ask for a name and a reason; add the marked companies to that list, or save all shown."""
    desk = browse.desk
    if desk is None:
        return
    lists, marked = desk.workspace.shortlists, set(browse.results.grid.marked)
    taken = {name.casefold() for name in lists.names()}

    def check(name: str) -> str:
        if name.casefold() not in taken:
            return ""
        if marked:
            return f"Again: Enter once more adds them to the list “{name}”."
        return f"Again: Enter once more replaces the list “{name}”; it is kept under its day."

    dialog = Ask(
        "Save as a shortlist",
        f"{_chosen_words(browse, desk)}\n{desk.workspace.market.label}",
        desk.base.title,
        check,
        second="Why these companies (may stay empty)",
    )

    def answered(name: str | None) -> None:
        if name:
            try:
                _save_under(browse, desk, name, dialog.also, marked)
            except Exception as error:  # shown as a notice, kept in the log
                browse.kasauti.tell(error)

    browse.app.push_screen(dialog, answered)


def _save_under(browse: Browse, desk: Desk, name: str, reason: str, marked: set[str]) -> None:
    lists = desk.workspace.shortlists
    held = {each.casefold(): each for each in lists.names()}.get(name.casefold())
    before = lists.get(held) if held else None
    entries = desk.entries(marked, reason)
    if before is not None and marked:
        entries = merged(before.entries, entries)
    saved = desk.workspace.save_shortlist(before.name if before else name, entries, desk.base)
    if before is not None and before.note:
        saved = lists.annotate(saved.name, before.note)

    def back() -> None:
        if before is None:
            lists.delete(saved.name)
        else:
            lists.restore(before)
        browse.count_library()

    browse.results.action_unmark()
    desk.did(f"saving the list “{saved.name}”", back)
    browse.count_library()
    text = f"{companies(len(saved.entries))} under “{plain(saved.name)}”. S opens it."
    browse.notify(text, title="Shortlist saved", markup=False)


def merged(old: Sequence[Entry], new: Sequence[Entry]) -> list[Entry]:
    """The old entries and those new to the list; a reason given now fills one that was empty."""
    given = {entry.isin: entry for entry in new}
    kept = [
        replace(entry, reason=entry.reason or given[entry.isin].reason)
        if entry.isin in given
        else entry
        for entry in old
    ]
    there = {entry.isin for entry in old}
    return [*kept, *(entry for entry in new if entry.isin not in there)]


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

    browse.app.push_screen(ShortlistPage(desk), chosen)


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
        before, base, query = library.find(screen.name), desk.base, desk.query

        def back() -> None:
            if before is not None and before.own:
                desk.workspace = desk.workspace.save_screen(before)
            else:
                desk.workspace = desk.workspace.delete_screen(screen.name)
            if desk.base.name == screen.name:
                desk.base, desk.query = desk.workspace.find(base.name) or base, query
            browse.count_library()

        desk.did(f"saving the screen “{title}”", back)
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

        def back() -> None:
            desk.workspace = desk.workspace.save_screen(screen)
            browse.count_library()

        desk.did(f"deleting the screen “{screen.title}”", back)
        browse.counts.pop(picked, None)
        if desk.base.name == name:
            browse.choose(desk.workspace.first_screen(None))
        browse.count_library()
        browse.draw()

    about = "It is taken out of your screens file; U brings it back. Type delete to do it."
    ask(browse, f"Delete “{screen.title}”", about, "", check, remove)


def export(browse: Browse) -> None:
    """Ask for a file name and write the marked companies, or all shown."""
    desk = browse.desk
    if desk is None or desk.listing is None:
        return
    make, width = _list_table(browse, desk), len(desk.listing.columns) + 4
    words = f"{_chosen_words(browse, desk)}, with {width} columns."
    parts = (desk.base.name or "query", "" if desk.view.show == "pass" else desk.view.show)
    ask_export(browse, parts, desk.workspace.market, words, make, companies)


def export_to(browse: Browse, text: str) -> None:
    """Write the marked companies, or all shown, to that file."""
    desk = browse.desk
    if desk is not None and desk.listing is not None:
        write_to(browse, text, _list_table(browse, desk), companies)


def _list_table(browse: Browse, desk: Desk) -> Callable[[], Table]:
    """What makes a table of the companies that are meant now."""
    assert desk.listing is not None, "asked for only where a list is on screen"
    result, chosen = desk.listing.result, desk.chosen(browse.results.grid.marked)
    frame = chosen.select("isin", "symbol", "name", "verdict", *desk.listing.columns)

    def make() -> Table:
        from screener.export import table_of

        return table_of(frame, result)

    return make


def export_panel(browse: Browse) -> None:
    """The same for the funnel, where it is open, else for why a company stands where it does."""
    from tui.exporting import funnel_table, why_table

    desk, key = browse.desk, browse.results.grid.key
    if desk is None or desk.listing is None:
        return
    result, market = desk.listing.result, desk.workspace.market
    name = desk.base.name or "query"
    if browse.results.funnel_wanted:
        words = f"The funnel of {plain(result.screen.title)}, a row a condition."
        ask_export(browse, (name, "funnel"), market, words, lambda: funnel_table(result))
    elif key:
        symbol = next(iter(desk.listing.only([key])["symbol"]), key)
        words = f"Why {plain(symbol)} passes or fails, a row a condition."
        make = lambda: why_table(result, result.why(key))  # noqa: E731
        ask_export(browse, (name, "why", symbol), market, words, make)


def choose_columns(browse: Browse) -> None:
    """Choose which fields are columns, and in which order."""
    from tui.screens.columns import ColumnsPage

    desk = browse.desk
    if desk is None or desk.listing is None:
        return
    usual = desk.listing.usual

    def chosen(columns: tuple[str, ...] | None) -> None:
        if columns is not None and desk.listing and columns != desk.listing.columns:
            view = desk.view.with_columns(columns, usual)
            browse.results.rearrange(view, "choosing columns")

    page = ColumnsPage(desk.workspace.fields, desk.listing.columns, usual)
    browse.app.push_screen(page, chosen)
