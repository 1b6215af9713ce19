"""The saved shortlists: open, note, compare and delete them; the companies of one and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command, bindings
from tui.copying import FORMS, Listed, form_of
from tui.format import day, grouped, plain
from tui.rows import Column, TextRows
from tui.screens.base import Dialog
from tui.screens.copying import copy_companies
from tui.screens.dialogs import Ask, Pick
from tui.screens.exporting import ask_export
from tui.screens.saving import companies
from tui.widgets.bars import KeyBar
from tui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from screener.shortlists import Comparison, Entry, Shortlist
    from tui.desk import Desk

WIDEST = 34


class ListsDialog(Dialog[str]):
    """A page with a table, a line under its title, and its keys."""

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self._desk, self._title, self._about = desk, title, ""
        self._lists = desk.workspace.shortlists

    def compose(self) -> ComposeResult:
        """A title, a line about it, a table."""
        with Vertical(classes="dialog page"):
            yield Static(Content(plain(self._title)), classes="dialog-title")
            yield Static("", classes="dialog-about")
            yield Grid(frozen=2)
            yield KeyBar()

    def target(self, command: Command) -> DOMNode:
        """Moving is the table's."""
        return self.query_one(Grid) if command.view == "table" else self

    def say(self, about: str) -> None:
        """The line under the title; none for an empty text."""
        self._about = about
        line = self.query_one(".dialog-about", Static)
        line.display = bool(about)
        line.update(Content(about))

    def action_export(self) -> None:
        """Write the table to a file, led by the line over it."""
        from tui.exporting import shown_table

        rows, market = self.query_one(Grid).rows, self._desk.workspace.market
        view, lines, isins = self.exported
        if isinstance(rows, TextRows) and rows.height:
            make = lambda: shown_table(rows, market, view, lines, isins)  # noqa: E731
            ask_export(self, [view], market, f"{view}.", make)

    @property
    def exported(self) -> tuple[str, Sequence[str], Sequence[str]]:
        """What the table is of, the lines over it, and the ISIN of each row where it has one."""
        return self._title, self._about.splitlines(), ()

    def ask(self, title: str, about: str, value: str, done: Callable[[str], None]) -> None:
        """Ask for a text that may be empty, and do something with it."""

        def answered(text: str | None) -> None:
            if text is not None:
                done(" ".join(text.split()))

        dialog = Ask(title, about, value, lambda _: "", optional=True)
        self.app.push_screen(dialog, answered)


class ShortlistPage(ListsDialog):
    """Every shortlist with its size and day. Answers with the name of the one to open."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("shortlists")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("shortlists",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table", "shortlists")

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Shortlists")
        self._names: list[str] = []
        self._undo: list[Callable[[], object]] = []

    def on_mount(self) -> None:
        """Read the lists."""
        grid = self.query_one(Grid)
        grid.empty = "Nothing is saved yet. In the list, s saves the companies shown or marked."
        self.say("")
        self._draw()
        grid.focus()

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        needs = ("open", "delete", "entries", "compare", "note", "copy", "export")
        if command.id.partition(".")[2] in needs and not self._names:
            return "nothing is saved yet"
        if command.id == "shortlists.compare" and not self._lists.earlier(self.name_here):
            return "it was saved once only; save it again on a later day"
        if command.id == "shortlists.undo" and not self._undo:
            return "nothing was changed here"
        return ""

    @property
    def name_here(self) -> str:
        """The list under the cursor."""
        return self._names[self.query_one(Grid).cursor]

    def _draw(self) -> None:
        kept = self._lists.all()
        self._names = [each.name for each in kept]
        titles = ("Name", "Companies", "Market date", "Saved on", "Days", "From the screen", "Note")
        self.query_one(Grid).show(table(titles, [self._texts(each) for each in kept]))
        self.draw_keys()

    def _texts(self, each: Shortlist) -> tuple[str, ...]:
        screen = self._desk.workspace.find(each.screen)
        title = screen.title if screen else each.screen.replace("_", " ")
        market = day(each.market_date) + (" · demo" if each.demo else "")
        days = str(1 + len(self._lists.earlier(each.name)))
        count, saved = grouped(len(each.entries)), day(each.saved_at.date())
        return plain(each.name), count, market, saved, days, plain(title), plain(each.note)

    @on(Grid.Highlighted)
    def _moved(self) -> None:
        self.draw_keys()

    @on(Grid.Opened)
    def _open(self, event: Grid.Opened) -> None:
        self.dismiss(self._names[int(event.key)])

    def action_entries(self) -> None:
        """Its companies, each with the reason."""
        self.app.push_screen(EntriesPage(self._desk, self.name_here), lambda _: self._draw())

    def action_compare(self) -> None:
        """Choose an earlier day, and compare."""
        now = self._lists.get(self.name_here)
        earlier = self._lists.earlier(now.name)

        def chosen(index: str | None) -> None:
            from screener.shortlists import compare

            if index is not None:
                found = compare(earlier[int(index)], now)
                self.app.push_screen(ComparePage(self._desk, found))

        if len(earlier) == 1:
            chosen("0")
            return
        choices = [
            (str(i), f"{day(e.market_date)}, saved {e.saved_at:%d %b %Y %H:%M}",
             f"{companies(len(e.entries))}  {plain(e.note)}", "")
            for i, e in enumerate(earlier)
        ]  # fmt: skip
        self.app.push_screen(Pick(f"Compare “{now.name}” with", choices), chosen)

    def action_note(self) -> None:
        """Write a note on the list."""
        before = self._lists.get(self.name_here)

        def write(note: str) -> None:
            self._lists.annotate(before.name, note)
            self._undo.append(lambda: self._lists.annotate(before.name, before.note))
            self._draw()

        self.ask(f"Note on “{before.name}”", "An empty line takes it away.", before.note, write)

    def action_copy(self) -> None:
        """Copy the list's symbols in a form of the reader's choice."""
        entries = self._lists.get(self.name_here).entries

        def chosen(id: str | None) -> None:
            if id:
                self.kasauti.keep(copy_form=id)
                copy_companies(self.kasauti, listed(self._desk, entries), form_of(id))

        choices = [(form.id, form.title, form.about, form.id) for form in FORMS]
        self.app.push_screen(Pick("Copy symbols as", choices), chosen)

    def action_delete(self) -> None:
        """Delete the list under the cursor; U brings it back."""
        deleted = self._lists.delete(self.name_here)
        self._undo.append(lambda: self._lists.restore(deleted))
        self._desk.did(f"deleting the list “{deleted.name}”", lambda: self._put_back(deleted))
        self.notify(f"“{plain(deleted.name)}” is deleted. U brings it back.", markup=False)
        self._draw()

    def _put_back(self, deleted: Shortlist) -> None:
        if deleted.name not in self._lists.names():
            self._lists.restore(deleted)

    def action_undo(self) -> None:
        """Take the last change made here back."""
        if self._undo:
            self._undo.pop()()
            self._draw()

    def action_back(self) -> None:
        """Back without a choice."""
        self.dismiss(None)


class EntriesPage(ListsDialog):
    """The companies of a list and why each is on it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("entries")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("entries",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table", "entries")

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk, name)
        self._list = name
        self._entries: Sequence[Entry] = ()
        self._undo: list[Shortlist] = []

    def on_mount(self) -> None:
        """Read the list."""
        grid = self.query_one(Grid)
        grid.empty = "No company is left on this list. U brings the last one back."
        self._draw()
        grid.focus()

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        needs = ("entries.reason", "entries.remove", "entries.export", "table.open")
        if command.id in needs and not self._entries:
            return "no company is on the list"
        if command.id == "entries.undo" and not self._undo:
            return "nothing was changed here"
        return ""

    def commands(self) -> tuple[Command, ...]:
        """Enter writes the reason, as its own key does."""
        return tuple(c for c in super().commands() if c.id != "table.open")

    def _draw(self) -> None:
        held = self._lists.get(self._list)
        self._entries = held.entries
        market = f"{day(held.market_date)}{' · demo' if held.demo else ''}"
        count = companies(len(held.entries))
        self.say(f"{count} · market of {market}\n{plain(held.note)}".strip())
        cells = [(plain(e.symbol), plain(e.name), plain(e.reason)) for e in held.entries]
        self.query_one(Grid).show(table(("Symbol", "Company", "Why it is here"), cells))
        self.draw_keys()

    @property
    def exported(self) -> tuple[str, Sequence[str], Sequence[str]]:
        """The list by its name, with the ISIN of each company."""
        view = f"Shortlist {plain(self._list)}"
        return view, self._about.splitlines(), [entry.isin for entry in self._entries]

    @on(Grid.Opened)
    def action_reason(self) -> None:
        """Write why this company is on the list."""
        entry = self._entries[self.query_one(Grid).cursor]
        before = self._lists.get(self._list)

        def write(reason: str) -> None:
            self._lists.set_reason(self._list, entry.isin, reason)
            self._undo.append(before)
            self._draw()

        title = f"Why {entry.symbol} is on “{self._list}”"
        self.ask(title, plain(entry.name), entry.reason, write)

    def action_remove(self) -> None:
        """Take the company off the list."""
        before = self._lists.get(self._list)
        self._lists.remove(self._list, self._entries[self.query_one(Grid).cursor].isin)
        self._undo.append(before)
        self._draw()

    def action_undo(self) -> None:
        """Take the last change back."""
        if self._undo:
            self._lists.restore(self._undo.pop())
            self._draw()

    def action_back(self) -> None:
        """Back to the shortlists."""
        self.dismiss(None)


class ComparePage(ListsDialog):
    """Two days of a list: who came, who left, who stayed, with the reasons."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("table_page")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("table_page",)
    VIEWS: ClassVar[tuple[str, ...]] = ("table", "table_page")

    def __init__(self, desk: Desk, found: Comparison) -> None:
        super().__init__(desk, found.after.name)
        self._found = found
        self._isins: list[str] = []

    @property
    def exported(self) -> tuple[str, Sequence[str], Sequence[str]]:
        """Both days of the list by its name, with the ISIN of each company."""
        view = f"Shortlist {plain(self._found.after.name)} on two days"
        return view, self._about.splitlines(), self._isins

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        empty = command.id == "table_page.export" and not self._isins
        return "no company is on either" if empty else ""

    def on_mount(self) -> None:
        """Fill the table."""
        found = self._found
        before, after = day(found.before.market_date), day(found.after.market_date)
        self.say(
            f"{before}: {companies(len(found.before.entries))} → {after}: "
            f"{companies(len(found.after.entries))}. {len(found.entered)} came, "
            f"{len(found.left)} left, {len(found.stayed)} stayed."
        )
        groups = (("+", "came", found.entered), ("-", "left", found.left),
                  ("=", "stayed", found.stayed))  # fmt: skip
        cells = [
            (f"{sign} {plain(e.symbol)}", word, plain(e.name), plain(e.reason))
            for sign, word, entries in groups
            for e in entries
        ]
        tones = [
            {"came": "pass", "left": "fail", "stayed": ""}[word]
            for _, word, entries in groups
            for _ in entries
        ]
        everyone = [entry for _, _, entries in groups for entry in entries]
        self._isins = [entry.isin for entry in everyone]
        rows = table(("Symbol", "What", "Company", "Why it was here"), cells, tones)
        symbols = {(at, "Symbol"): plain(entry.symbol) for at, entry in enumerate(everyone)}
        grid = self.query_one(Grid)
        grid.empty = "Neither day has a company."
        grid.show(replace(rows, exact=symbols))
        grid.focus()
        self.draw_keys()

    def commands(self) -> tuple[Command, ...]:
        """Rows are not opened here."""
        return tuple(c for c in super().commands() if c.id != "table.open")

    def action_back(self) -> None:
        """Back to the shortlists."""
        self.dismiss(None)


def listed(desk: Desk, entries: Sequence[Entry]) -> list[Listed]:
    """The entries as companies to copy, with the symbols they have now."""
    import polars as pl

    known = desk.workspace.market.companies
    known = known.filter(pl.col("isin").is_in([e.isin for e in entries]))
    found = {
        row[0]: Listed(*(value or "" for value in row))
        for row in known.select("isin", "symbol", "bse_code", "name").iter_rows()
    }
    return [found.get(e.isin) or Listed(e.isin, e.symbol, "", e.name) for e in entries]


def table(
    titles: Sequence[str], cells: Sequence[tuple[str, ...]], tones: Sequence[str] = ()
) -> TextRows:
    """A table of texts, each column as wide as its widest text; the last may be wider."""
    numbers = ("Companies", "Days")
    columns = []
    for i, title in enumerate(titles):
        most = 200 if i == len(titles) - 1 else WIDEST
        width = min(max(len(title), *(len(row[i]) for row in cells), 1), most)
        column = Column(title, ("", title), width, right=title in numbers, title=title)
        columns.append(column)
    return TextRows(tuple(columns), tuple(cells), tuple(tones))
