"""What the app works on: the open market, the named screens, the shortlists. No terminal here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from screener.fields.base import Field
    from screener.market.opening import Which
    from screener.market.store import Market
    from screener.paths import Paths
    from screener.screening import Counts, Result
    from screener.screens import Library, Screen
    from screener.shortlists import Entry, Shortlist, Shortlists
    from tui.complete import FieldNames

EVERYTHING: Final = "all_companies"


class Standing(NamedTuple):
    """How many companies pass a screen and lack data for it, and who came and went since last."""

    passed: int | None
    unknown: int = 0
    entered: int = 0
    left: int = 0


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
        """Open everything; polars is imported here.

        Raises MarketError, ScreensFileError or GoalpostsFileError.
        """
        from screener.fields import goalposts
        from screener.fields.catalogue import by_key
        from screener.market.opening import open_market
        from screener.screens import Library
        from screener.shortlists import Shortlists

        market = open_market(paths, which, notice=notice)
        goalposts.in_use(paths)  # the list has a place for what is wrong with them, a notice goes
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

    @cached_property
    def names(self) -> FieldNames:
        """Every name of every field, to complete what is typed."""
        from tui.complete import FieldNames

        return FieldNames(self.fields)

    def find(self, name: str) -> Screen | None:
        """The screen of that very name, or None."""
        if name == EVERYTHING:
            return self.everything
        found = self.library.find(name) if name else None
        return found if found is not None and found.name == name else None

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

        return run(self.market, screen, **self.own(screen))

    def own(self, screen: Screen) -> dict[str, Any]:
        """What of the reader's own a screen may speak of: ratios, and shortlists where it does."""
        lists = self.shortlists.watchlists(screen.query)
        return {"ratios": self.library.ratios, "watchlists": lists}

    def joined(self, query: str, condition: str) -> str:
        """The query with one more condition. Raises LanguageError where that is none."""
        from screener.screens import Screen

        self.run(Screen(name="", title="Line", query=condition))
        # The closing bracket stands on a line of its own: a comment may end the last one.
        before = f"({query.strip()}\n)" if _has_or(query) else query.strip()
        after = f"({condition})" if _has_or(condition) else condition
        return f"{before}\nAND {after}" if before else after

    def counts(self, screen: Screen) -> Counts | None:
        """A screen's counts, or None where its text cannot be run."""
        from screener.errors import ScreenError

        try:
            return self.run(screen).counts
        except ScreenError:
            return None

    def tallies(self) -> Iterator[tuple[Screen, Standing]]:
        """How every named screen stands now, and against the last run on an earlier market."""
        from screener.errors import ScreenError

        before = self._passes_before()
        for screen in self.library.screens:
            try:
                result = self.run(screen)
            except ScreenError:
                yield screen, Standing(None)
                continue
            entered = left = 0
            if screen.name in before:
                told = result.verdicts
                passes = told["verdict"].fill_null(False) & told["inside"]
                now = set(result.frame["isin"].filter(passes))
                entered, left = len(now - before[screen.name]), len(before[screen.name] - now)
            yield screen, Standing(result.counts.passed, result.counts.unknown, entered, left)

    def _passes_before(self) -> Mapping[str, set[str]]:
        """Who passed each screen at the run that its changes are counted from."""
        from screener.errors import StorageError
        from screener.runs import INSIDE, VERDICT, Run, Runs, is_of

        runs, opened, found = Runs(self.paths.state), dict[int, Run](), dict[str, set[str]]()
        try:
            if not runs.heads(demo=self.market.is_demo):
                return {}
            for screen in self.library.screens:
                head = runs.baseline(screen.name, self.market)
                if head is None or is_of(head, self.market):
                    continue
                run = opened.setdefault(head.id, opened.get(head.id) or runs.get(head))
                names = (VERDICT + screen.name, INSIDE + screen.name)
                if all(name in run.figures.columns for name in names):
                    passed = run.figures.filter(run.figures[names[0]] & run.figures[names[1]])
                    found[screen.name] = set(passed["isin"])
        except StorageError:
            return {}  # the changes view tells what is wrong with the runs
        return found

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


def _has_or(query: str) -> bool:
    """Whether the query joins conditions by OR outside all brackets."""
    from screener.language.diagnosis import Report
    from screener.language.tokens import SIGN, WORD, tokenise

    depth = 0
    for token in tokenise(query, Report(query)):
        if token.kind == SIGN and token.key in ("(", ")"):
            depth += 1 if token.key == "(" else -1
        if depth == 0 and token.key == "or" and token.kind in (SIGN, WORD):
            return True
    return False
