"""What the app works on: the open market, the named screens, the shortlists. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from screener.fields.base import Field
    from screener.market.opening import Which
    from screener.market.store import Market
    from screener.paths import Paths
    from screener.screening import Counts, Result
    from screener.screens import Library, Screen
    from screener.shortlists import Entry, Shortlist, Shortlists

EVERYTHING: Final = "all_companies"


@dataclass(frozen=True)
class Workspace:
    """An open market with the screens and shortlists to use on it."""

    paths: Paths
    market: Market
    library: Library
    shortlists: Shortlists
    fields: Mapping[str, Field]

    @classmethod
    def open(
        cls, paths: Paths, which: Which = "auto", notice: Callable[[str], None] | None = None
    ) -> Workspace:
        """Open everything; polars is imported here. Raises MarketError or ScreensFileError."""
        from screener.fields.catalogue import by_key
        from screener.market.opening import open_market
        from screener.screens import Library
        from screener.shortlists import Shortlists

        market = open_market(paths, which, notice=notice)
        return cls(paths, market, Library.load(paths), Shortlists(paths.state), by_key())

    @property
    def everything(self) -> Screen:
        """The whole market, the largest first: a screen that every company passes."""
        from screener.screens import Screen

        return Screen(
            name=EVERYTHING,
            title="All companies",
            query="Market Capitalization >= 0",
            why="Every company, of any size. Edit the query to begin a screen of your own.",
            unknown="include",
            sort=(("market_cap", True),),
        )

    def screen(self, name: str) -> Screen:
        """The screen of that name. Raises UnknownName."""
        return self.everything if name == EVERYTHING else self.library.get(name)

    def first_screen(self, wanted: str | None) -> Screen:
        """The screen to begin with. Raises UnknownName for one that is wanted but not there."""
        from screener.screens import DEFAULT_SCREEN

        if wanted:
            return self.screen(wanted)
        return self.library.find(DEFAULT_SCREEN) or self.library.screens[0]

    def run(self, screen: Screen) -> Result:
        """Judge every company by the screen. Raises LanguageError."""
        from screener.screening import run

        named = "watchlist" in screen.query.casefold()
        lists = self._watchlists() if named else {}
        return run(self.market, screen, ratios=self.library.ratios, watchlists=lists)

    def _watchlists(self) -> Mapping[str, Sequence[str]]:
        kept = (self.shortlists.get(name) for name in self.shortlists.names())
        return {each.name: [entry.symbol for entry in each.entries] for each in kept}

    def counts(self, screen: Screen) -> Counts | None:
        """A screen's counts, or None where its text cannot be run."""
        from screener.errors import ScreenError

        try:
            return self.run(screen).counts
        except ScreenError:
            return None

    def save_screen(self, screen: Screen) -> Workspace:
        """Save a screen of one's own; the workspace that has it. Raises StorageError."""
        return replace(self, library=self.library.save(screen))

    def delete_screen(self, name: str) -> Workspace:
        """Remove a screen of one's own; the workspace without it."""
        return replace(self, library=self.library.delete(name))

    def save_shortlist(self, name: str, entries: Sequence[Entry], screen: Screen) -> Shortlist:
        """Save a shortlist under this market's date. Raises StorageError."""
        return self.shortlists.save(
            name,
            entries,
            market_date=self.market.date,
            screen=screen.name,
            demo=self.market.is_demo,
        )
