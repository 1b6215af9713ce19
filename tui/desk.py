"""What lies on the reader's desk: the screen, its edited query, the list and how it is looked at.

It knows nothing of the terminal, so that what the keys do can be tested without one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tui.listing import Listing, Scope, View
from tui.settings import Memory, Place
from tui.workspace import EVERYTHING

if TYPE_CHECKING:
    import polars as pl

    from screener.screens import Screen
    from screener.shortlists import Entry
    from tui.sweep import Sweep
    from tui.workspace import Workspace


LEVELS: Final = ("basic_industry", "industry", "sector")
MOST_UNDONE: Final = 100  # changes that can be taken back


class Change(NamedTuple):
    """Something the reader did, and how it is taken back."""

    words: str
    back: Callable[[], None]


@dataclass
class Desk:
    """One reader's place in a workspace. The listing is the last that could be made.

    `arriving` is the company the cursor goes to with the next list of another screen. `today` is
    the workspace to come back to while `workspace` holds an earlier day.
    """

    workspace: Workspace
    base: Screen  # as saved
    query: str = ""  # as edited
    scope: Scope | None = None
    narrowed: str = ""
    sought: str = ""  # what was narrowed by last
    listing: Listing | None = None
    arriving: str = ""
    today: Workspace | None = None
    changes: list[Change] = field(default_factory=list)
    sweep: Sweep | None = None
    _seen: dict[str, View] = field(default_factory=dict)
    _edits: dict[str, str] = field(default_factory=dict)  # of screens that are not on the desk
    _cursors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.query = self.query or self.base.query

    @property
    def edited(self) -> bool:
        """Whether the query is not the saved one."""
        return self.query.strip() != self.base.query.strip()

    @property
    def is_listed(self) -> bool:
        """Whether the listing is one of the screen on the desk."""
        return self.listing is not None and self.listing.result.screen.name == self.base.name

    @property
    def sound_query(self) -> str:
        """The query as edited, or as it last could be run."""
        return self.listing.result.screen.query if self.listing and self.is_listed else self.query

    @property
    def screen(self) -> Screen:
        """The screen as edited. A saved list's companies are judged wherever they stand."""
        screen = replace(self.base, query=self.query)
        if self.edited and screen.name == EVERYTHING:  # its own query lets unknowns pass
            screen = replace(screen, unknown="review")
        listed = self.scope is not None and self.scope.kind == "shortlist"
        return replace(screen, universe="") if listed else screen

    @property
    def view(self) -> View:
        """How this screen is looked at; remembered for each."""
        return self._seen.get(self.base.name, View())

    @view.setter
    def view(self, view: View) -> None:
        self._seen[self.base.name] = view

    def choose(self, screen: Screen, cursor: str = "") -> None:
        """Take another screen, as it was left; the scope stays, the narrowing ends.

        `cursor` is the company the reader leaves this screen on.
        """
        self._leave(cursor)
        self.base, self.narrowed, self.sweep = screen, "", None
        self.query = self._edits.pop(screen.name, screen.query)
        self.arriving = self._cursors.get(screen.name, "")

    def _leave(self, cursor: str) -> None:
        name = self.base.name
        self._edits.pop(name, None)
        if self.edited:
            self._edits[name] = self.sound_query
        if cursor:
            self._cursors[name] = cursor

    def move_to(self, workspace: Workspace, screen: Screen) -> None:
        """Go on in a workspace read anew; an edited query stays edited."""
        if not self.edited:
            self.query = screen.query
        self.workspace, self.base, self.today = workspace, screen, None

    def look_back(self, workspace: Workspace) -> None:
        """Go on in the market of an earlier day, with today's to come back to."""
        self.today = self.today or self.workspace
        self.workspace = workspace

    def return_to_today(self) -> bool:
        """Back to the market on file; False where it is there already."""
        if self.today is None:
            return False
        library = self.workspace.library  # screens saved meanwhile stay saved
        self.workspace, self.today = replace(self.today, library=library), None
        return True

    @property
    def day(self) -> dt.date | None:
        """The earlier day on the desk, if it is one."""
        return self.workspace.market.date if self.today is not None else None

    # what was done, and undone

    def did(self, words: str, back: Callable[[], None]) -> None:
        """Note a change, and how it is taken back."""
        self.changes.append(Change(words, back))
        del self.changes[:-MOST_UNDONE]

    def undo(self) -> str:
        """Take the last change back and say what it was; empty where there was none."""
        if self.changes:
            change = self.changes.pop()
            change.back()
            return change.words
        if self.edited:
            self.query, self.sweep = self.base.query, None
            return "every edit of the query"
        return ""

    def edit(self, query: str, words: str = "the edit of the query") -> None:
        """Take another query for this screen, which can be undone."""
        if query != self.query:
            self.note_query(words)
            self.query, self.sweep = query, None

    def note_query(self, words: str) -> None:
        """Note the query there is, to come back to."""
        name, before = self.base.name, self.query

        def back() -> None:
            self.sweep = None
            if self.base.name == name:
                self.query = before
            else:
                self._edits[name] = before

        self.did(words, back)

    def arrange(self, view: View, words: str) -> None:
        """Look at this screen in another way, which can be undone."""
        name, before = self.base.name, self.view

        def back() -> None:
            self._seen[name] = replace(self._seen.get(name, before), **_columns_of(before))

        self.did(words, back)
        self.view = view

    # what is remembered

    def memory(self, memory: Memory, cursor: str) -> Memory:
        """The app's memory with this desk in it; `cursor` is the company under the cursor."""
        names = {*self._seen, *self._edits, *self._cursors} - {self.base.name}
        for name in names:
            place = Place(self._seen.get(name, View()), self._cursors.get(name, ""),
                          self._edits.get(name, ""))  # fmt: skip
            memory = memory.at(name, place)
        query = self.sound_query
        here = Place(self.view, cursor, query if query.strip() != self.base.query.strip() else "")
        scope = ("", "") if self.scope is None else (self.scope.kind, self.scope.name)
        return replace(memory.at(self.base.name, here), scope=scope)

    def recall(self, memory: Memory) -> None:
        """Take up what was remembered, as far as it is still there."""
        for name, place in memory.places.items():
            self._seen[name] = place.view
            self._cursors[name] = place.cursor
            if place.query:
                self._edits[name] = place.query
        self.query = self._edits.pop(self.base.name, self.query)
        self.arriving = self._cursors.get(self.base.name, "")
        kind, name = memory.scope
        if kind == "shortlist" and name in self.workspace.shortlists.names():
            show = self.view.show
            self.open_shortlist(name)
            self.view = replace(self.view, show=show)
        elif kind == "industry":
            self.scope = self._industry(name)

    def adopt(self, screen: Screen) -> None:
        """The screen was saved as this one: the same list under its new name."""
        self._seen[screen.name] = self.view
        self.base, self.query = screen, screen.query

    def job(self) -> Callable[[], Listing]:
        """What makes the listing of this moment, to be called in any thread.

        It raises LanguageError where the query cannot be run.
        """
        workspace, screen = self.workspace, self.screen
        view, scope, narrowed = self.view, self.scope, self.narrowed

        def make() -> Listing:
            result = workspace.run(screen)
            listing = Listing(result, workspace.fields, view, scope, narrowed)
            _ = listing.frame, listing.totals  # the costly parts, computed in this thread
            return listing

        return make

    def arranged(self, listing: Listing | None = None) -> Listing | None:
        """A listing, or the last one, sorted, narrowed and switched as the reader wants it now."""
        listing = listing or self.listing
        if listing is None:
            return None
        now = (self.view, self.scope, self.narrowed)
        if (listing.view, listing.scope, listing.narrow) != now:
            listing = replace(listing, view=now[0], scope=now[1], narrow=now[2])
        self.listing = listing
        return listing

    def open_shortlist(self, name: str) -> None:
        """Keep the list to a saved shortlist, all of it. Raises UnknownName."""
        saved = self.workspace.shortlists.get(name)
        isins = frozenset(entry.isin for entry in saved.entries)
        self.scope = Scope(f"shortlist {saved.name}", isins, "shortlist", saved.name)
        self.view = replace(self.view, show="all")

    def leave_scope(self) -> None:
        """The whole market again, and the list of its passes after a shortlist."""
        if self.scope is not None and self.scope.kind == "shortlist":
            self.view = replace(self.view, show="pass")
        self.scope = None

    def toggle_industry(self, isin: str) -> str:
        """Keep the list to this company's industry, or to the whole market again.

        Says why not, where the company's industry is not known.
        """
        import polars as pl

        if self.scope is not None and self.scope.kind == "industry":
            self.scope = None
            return ""
        companies = self.workspace.market.companies
        mine = companies.filter(pl.col("isin") == isin)
        for level in LEVELS:
            name = mine[level][0] if mine.height else None
            if name:
                self.scope = self._industry(str(name))
                return ""
        return "No source says which industry this company belongs to."

    def _industry(self, name: str) -> Scope | None:
        """The companies of the narrowest level of that name, if there are any."""
        import polars as pl

        companies = self.workspace.market.companies
        for level in LEVELS:
            peers = companies.filter(pl.col(level) == name)["isin"].to_list()
            if peers:
                return Scope(name, frozenset(peers), "industry", name)
        return None

    def chosen(self, marked: Collection[str]) -> pl.DataFrame:
        """The marked companies of the list, or all of it where none is marked."""
        if self.listing is None:
            raise LookupError("nothing is listed yet")
        kept = self.listing.only(set(marked)) if marked else self.listing.frame
        return kept if kept.height or not marked else self.listing.frame.clear()

    def entries(self, marked: Collection[str], reason: str = "") -> list[Entry]:
        """The chosen companies as entries of a shortlist."""
        from screener.shortlists import Entry

        rows = self.chosen(marked).select("isin", "symbol", "name").iter_rows()
        return [Entry(isin, symbol or "", name or "", reason) for isin, symbol, name in rows]

    def as_own(self, title: str) -> Screen:
        """The edited query as a screen of the reader's own, with the columns and order shown."""
        from screener.screens import slug

        listing = self.listing
        return replace(
            self.base,
            name=slug(title),
            title=title,
            query=self.query.strip(),
            columns=listing.columns if listing else self.base.columns,
            sort=listing.sort if listing else self.base.sort,
            own=True,
        )

    def shelves(self, lists: Mapping[str, int]) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
        """Headings of the side list with the (id, title) of what stands under each."""
        screens, everything = self.workspace.library.screens, self.workspace.everything
        shelves = [
            ("Screens", tuple((f"screen:{s.name}", s.title) for s in screens if not s.own)),
            ("Your screens", tuple((f"screen:{s.name}", s.title) for s in screens if s.own)),
            ("Market", ((f"screen:{everything.name}", everything.title),)),
            ("Shortlists", tuple((f"list:{name}", name) for name in lists)),
        ]
        return [shelf for shelf in shelves if shelf[1]]


def _columns_of(view: View) -> dict[str, Any]:
    """The part of a view that says which columns there are."""
    return {
        "hidden": view.hidden,
        "added": view.added,
        "order": view.order,
        "frozen": view.frozen,
    }
