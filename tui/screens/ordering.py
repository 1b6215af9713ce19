"""The command line at work: conditions, commands and symbols, and the market of an earlier day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from screener.errors import KasautiError, LanguageError
from tui import orders
from tui.format import day as in_words
from tui.format import plain
from tui.screens import saving
from tui.theme import THEME_NAMES
from tui.widgets.line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.desk import Desk
    from tui.screens.browse import Browse
    from tui.workspace import Workspace

MOST_COMPANIES = 3  # offered for the beginning of a symbol
MARGIN = 4  # columns beside the text of a fault


async def open_line(browse: Browse) -> None:
    """Put the command line under the list."""
    desk = browse.desk
    if desk is None or browse.query(CommandLine):
        return
    workspace = desk.workspace
    completer = orders.Completer(
        workspace.names,
        [(s.name, s.title) for s in (*workspace.library.screens, workspace.everything)],
        workspace.shortlists.names(),
        [*THEME_NAMES],
        lambda start: _begun(workspace, start),
    )
    await browse.query_one("#main").mount(CommandLine(completer, browse.typed))


def _begun(workspace: Workspace, start: str) -> Iterable[tuple[str, str]]:
    """The companies whose symbol begins so, the shortest symbol first."""
    import polars as pl

    symbol = pl.col("symbol").str.to_lowercase()
    found = workspace.market.companies.filter(symbol.str.starts_with(start.casefold()))
    found = found.sort(pl.col("symbol").str.len_chars(), "symbol").head(MOST_COMPANIES)
    return [(row[0], row[1] or "") for row in found.select("symbol", "name").iter_rows()]


def obey(browse: Browse, line: str) -> bool:
    """Do what a line says; whether it could be done. What is wrong is said over the line."""
    desk, order = browse.desk, orders.read(line)
    if desk is None or not (order.verb or order.rest):
        return True
    try:
        _do(browse, desk, order)
    except LanguageError as error:
        _refuse(browse, _fitted(error, browse.app.size.width - MARGIN))
        return False
    except (KasautiError, ValueError) as error:
        _refuse(browse, str(error))
        return False
    if browse.typed[-1:] != [line.strip()]:
        browse.typed.append(line.strip())
    return True


def _refuse(browse: Browse, text: str) -> None:
    for line in browse.query(CommandLine):
        line.refuse(text)


def _fitted(error: LanguageError, width: int) -> str:
    from screener.language import Diagnosis

    found = [d.fitted(width) for d in error.diagnoses if isinstance(d, Diagnosis)]
    return "\n".join(found[:1]) or error.message


def _do(browse: Browse, desk: Desk, order: orders.Order) -> None:
    names, rest = desk.workspace.names, order.rest
    if order.verb and not rest and order.verb in orders.NEEDS_MORE:
        what, about = orders.VERBS[order.verb]
        raise ValueError(f"“{order.verb}” goes with {what}: {about}.")
    match order.verb:
        case "screen":
            browse.choose(desk.workspace.screen(rest))
        case "list":
            browse.open_shortlist(rest)
        case "sort":
            keys = orders.sort_keys(rest, names)
            browse.results.look(replace(desk.view, sort=keys))
        case "column":
            browse.results.add_column(orders.field_of(rest, names).key)
        case "asof":
            go_to_day(browse, _day_of(rest) if rest else None)
        case "export":
            saving.export_to(browse, rest)
        case "theme":
            browse.kasauti.use_theme(_theme_of(rest))
        case "undo":
            browse.action_undo()
        case "help":
            browse.kasauti.action_help()
        case "quit":
            browse.action_close()
        case _:
            _open_or_add(browse, desk, rest)


def _open_or_add(browse: Browse, desk: Desk, text: str) -> None:
    """Open the company of that symbol, else add the text to the query as a condition."""
    from screener.errors import UnknownName
    from screener.screening import isin_of

    try:
        isin = isin_of(desk.workspace.market, text)
    except UnknownName as unknown:
        one_word = text.replace("&", "").replace("-", "").isalnum()
        if one_word and desk.workspace.names.field(text) is None:
            raise unknown from None  # it was meant as a symbol
        query = desk.workspace.joined(desk.query, text)
        desk.edit(query, f"adding “{plain(text, 40)}”")
        browse.run()
        return
    browse.kasauti.show_company(desk, isin)


def _theme_of(name: str) -> str:
    wanted = name.casefold()
    for key, title in THEME_NAMES.items():
        if wanted in (key, title, key.removeprefix("kasauti-")):
            return key
    raise ValueError(f"No theme is called “{plain(name, 40)}”: {', '.join(THEME_NAMES)}.")


# the market of an earlier day


def _day_of(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"“{plain(text, 20)}” is no date. Write it like 2025-06-30.") from None


def ask_day(browse: Browse) -> None:
    """Ask for the day to look back to."""
    desk = browse.desk
    if desk is None:
        return
    newest = (desk.today or desk.workspace).market.date

    def check(text: str) -> str:
        try:
            day = _day_of(text)
        except ValueError as error:
            return str(error)
        return "" if day <= newest else f"The market on file ends on {in_words(newest)}."

    about = (
        "What was known on that day: statements, prices and estimates that came later are left "
        f"out.\nA date like 2025-06-30; {newest.isoformat()} is the day on file."
    )
    value = (desk.day or newest).isoformat()
    saving.ask(
        browse, "The market as of", about, value, check, lambda t: go_to_day(browse, _day_of(t))
    )


def go_to_day(browse: Browse, day: dt.date | None) -> None:
    """Show the market as it was known on that day; none is the market on file."""
    desk = browse.desk
    if desk is None:
        return
    today = desk.today or desk.workspace
    if day is None or day >= today.market.date:
        desk.return_to_today()
        browse.counts = {}
        browse.run()
        return
    words = in_words(day)
    browse.working(f"working out what was known on {words} …")

    def work() -> None:
        try:
            market = today.market.as_of(day)
            if market.companies.is_empty():
                raise KasautiError(f"Nothing on file was known on {words}.", "Try a later day.")
            browse.deliver(arrived, replace(today, market=market))
        finally:
            browse.deliver(browse.working, "")

    def arrived(workspace: Workspace) -> None:
        desk.look_back(replace(workspace, library=desk.workspace.library))
        browse.counts = {}
        browse.run()
        browse.notify(
            f"This is the market as known on {words}. Esc brings today back.", markup=False
        )

    browse.in_thread(work, "open")
