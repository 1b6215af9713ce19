"""What every command needs: the folders, the market of the day asked for, the named screens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from screener.paths import Paths

if TYPE_CHECKING:
    from screener.market.store import Market
    from screener.screening import Result
    from screener.screens import Library, Screen

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

AS_OF: Final = click.DateTime(["%Y-%m-%d"])
AS_OF_HELP: Final = "An earlier day: what was known then."


class Session:
    """What every command needs: the folders, the market, the named screens."""

    def __init__(self, paths: Paths, which: Any) -> None:
        self.paths = paths
        self.which = which
        self.as_of: dt.date | None = None
        self._newest: Market | None = None

    def newest(self) -> Market:
        """The market on file, whatever day the command asks for."""
        if self._newest is None:
            from screener.market.opening import open_market

            self._newest = open_market(self.paths, self.which, notice=narrate)
            if self.as_of and self.as_of > self._newest.date:
                narrate(f"note: the market on file ends on {self._newest.date.isoformat()}.")
        return self._newest

    def market(self) -> Market:
        """The market; as it was known on an earlier day where the command asks for one."""
        held = self.newest()
        return held.as_of(self.as_of) if self.as_of else held

    def library(self) -> Library:
        from screener.screens import Library

        return Library.load(self.paths)

    def own(self, screen: Screen) -> dict[str, Any]:
        """What of the reader's own a screen may speak of: ratios, and shortlists where it does."""
        from screener.shortlists import Shortlists

        lists = Shortlists(self.paths.state).watchlists(screen.query)
        return {"ratios": self.library().ratios, "watchlists": lists}

    def run(self, screen: Screen) -> Result:
        from screener.screening import run

        return run(self.market(), screen, **self.own(screen))


def narrate(message: str) -> None:
    """Say something that is not data."""
    click.echo(message, err=True)


def as_of_option(function: AnyFunction) -> AnyFunction:
    """Let a command be asked about an earlier day; its session opens the market of that day."""

    def keep(context: click.Context, _: click.Parameter, day: dt.datetime | None) -> None:
        if day is not None:
            context.find_object(Session).as_of = day.date()  # type: ignore[union-attr]

    return click.option(
        "--as-of",
        type=AS_OF,
        metavar="DATE",
        callback=keep,
        expose_value=False,
        help=AS_OF_HELP,
    )(function)


def check(text: str, library: Library) -> None:
    """Raise LanguageError where the text is no screen."""
    from screener.language import compile_screen
    from screener.programs import lexicon_with

    compile_screen(text, lexicon_with(tuple(library.ratios.items())))


def screen_of(session: Session, text: str) -> Screen:
    """A named screen, else the text as a query."""
    from screener.errors import LanguageError
    from screener.screens import Screen

    library = session.library()
    named = library.find(text)
    if named is not None:
        return named
    try:
        check(text, library)
    except LanguageError:
        if text.replace("_", "").replace("-", "").isalnum():
            return library.get(text)  # reads like a name: the error lists the nearest screens
        raise
    return Screen(name="", title="Query", query=text)
