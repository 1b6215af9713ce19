"""What lies on the reader's desk: the screen, its edited query, the list and how it is looked at.

It knows nothing of the terminal, so that what the keys do can be tested without one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tui.listing import Listing, Scope, View

if TYPE_CHECKING:
    import polars as pl

    from screener.screens import Screen
    from screener.shortlists import Entry
    from tui.workspace import Workspace


@dataclass
class Desk:
    """One reader's place in a workspace. The listing is the last that could be made."""

    workspace: Workspace
    base: Screen  # as saved
    query: str = ""  # as edited
    scope: Scope | None = None
    narrowed: str = ""
    listing: Listing | None = None
    _seen: dict[str, View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.query = self.query or self.base.query

    @property
    def edited(self) -> bool:
        """Whether the query is not the saved one."""
        return self.query.strip() != self.base.query.strip()

    @property
    def screen(self) -> Screen:
        """The screen as edited. A saved list's companies are judged wherever they stand."""
        screen = replace(self.base, query=self.query)
        listed = self.scope is not None and self.scope.kind == "shortlist"
        return replace(screen, universe="") if listed else screen

    @property
    def view(self) -> View:
        """How this screen is looked at; remembered for each."""
        return self._seen.get(self.base.name, View())

    @view.setter
    def view(self, view: View) -> None:
        self._seen[self.base.name] = view

    def choose(self, screen: Screen) -> None:
        """Take another screen; the scope stays, the narrowing ends."""
        self.base, self.query, self.narrowed = screen, screen.query, ""

    def move_to(self, workspace: Workspace, screen: Screen) -> None:
        """Go on in a workspace read anew; an edited query stays edited."""
        if not self.edited:
            self.query = screen.query
        self.workspace, self.base = workspace, screen

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
        self.scope = Scope(f"shortlist {saved.name}", isins, "shortlist")
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
        for level in ("basic_industry", "industry", "sector"):
            name = mine[level][0] if mine.height else None
            if name:
                peers = companies.filter(pl.col(level) == name)["isin"].to_list()
                self.scope = Scope(str(name), frozenset(peers))
                return ""
        return "No source says which industry this company belongs to."

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
