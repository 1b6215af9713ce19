"""The commands that say what changed: `changes` of one screen, `watch` of all of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from screener.errors import KasautiError, ScreenError
from tui.page_commands import write_out
from tui.session import as_of_option, narrate, screen_of

if TYPE_CHECKING:
    from screener.changes import Changes
    from screener.market.store import Market
    from screener.past import Past
    from screener.runs import RunHead, Runs
    from screener.screens import Library, Screen
    from tui.changes_text import Digest
    from tui.session import Session

CHANGED: Final = 3  # exit code: something changed
_SINCE_HELP: Final = "A day (2025-12-31) or a generation on disk (g-000012)."
_NO_RUN_BEFORE: Final = (
    "No run of a market before {} is on record; give --since with an earlier day."
)


@click.command()
@click.argument("query", metavar="SCREEN")
@click.option("--since", metavar="DATE|GENERATION", help=f"{_SINCE_HELP} Default: your last look.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--keep", is_flag=True, help="Do not count this as a look.")
@as_of_option
@click.pass_obj
def changes(session: Session, query: str, since: str | None, as_json: bool, keep: bool) -> int:
    """Say who entered a screen and who left it, which number did it, and what moved it.

    Without --since it compares with your last look, or with the refresh before; with --as-of, with
    the last refresh before that day. The exit code is 3 where something changed and 0 where nothing
    did.

    \b
    kasauti changes selectivity_core --since 2025-12-31
    kasauti changes selectivity_core --json || notify
    """
    from screener.runs import Runs
    from tui import changes_text as words

    screen, runs = screen_of(session, query), Runs(session.paths.state)
    market = session.market()
    past = _past(runs, market, screen, since)
    looked = since is None and not keep and session.as_of is None
    if past is None and market.is_past:
        narrate(_NO_RUN_BEFORE.format(f"{market.date:%d %b %Y}"))
        return 0
    if past is None:
        _look(session, runs, market, screen)
        narrate(f"{screen.title}: this is the first look; there is nothing to compare with yet.")
        return 0
    found = _compared(session, past, market, screen)
    click.echo((words.changes_json if as_json else words.changes_text)(found, market))
    if looked:
        _look(session, runs, market, screen)
    return CHANGED if found else 0


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Write the digest here.")
@click.option("--screens", metavar="NAME,…", help="Only these screens; else all that are saved.")
@click.option("--since", metavar="DATE|GENERATION", help=f"{_SINCE_HELP} Default: the run before.")
@as_of_option
@click.pass_obj
def watch(session: Session, out: Path | None, screens: str | None, since: str | None) -> int:
    """Write a digest of all saved screens as Markdown: who entered and left, and the number that
    did it, under the state of the market.

    It compares with the refresh before, however often it is run. The exit code is 3 where
    something changed and 0 where nothing did.

    \b
    kasauti refresh && kasauti watch --out digest.md
    """
    from screener.runs import Runs, record
    from tui.changes_text import digest_text

    market, library = session.market(), session.library()
    runs = Runs(session.paths.state)
    wanted = _wanted(library, screens)
    if not market.is_past:
        record(session.paths, market, library)
    before = runs.before(market)
    if since is None and before is None:
        first = "This run is the first on record; give --since, or run it after the next refresh."
        narrate(_NO_RUN_BEFORE.format(f"{market.date:%d %b %Y}") if market.is_past else first)
        return 0
    digest = _digest(session, runs, market, wanted, since, before)
    text = digest_text(digest)
    write_out(out or Path("-"), text)
    count = sum(bool(one) for one in digest.changes)
    narrate(f"{count} of {len(digest.changes)} screens changed.")
    return CHANGED if any(digest.changes) else 0


def _digest(
    session: Session,
    runs: Runs,
    market: Market,
    screens: tuple[Screen, ...],
    since: str | None,
    before: RunHead | None,
) -> Digest:
    from screener.filings import filings_since
    from screener.regime import market_state
    from screener.screening import run
    from tui.changes_text import Digest

    found: list[Changes] = []
    skipped: list[str] = []
    members: set[str] = set()
    day = market.date
    shared: Past | None = None
    for screen in screens:
        try:
            past = shared or _earlier(runs, market, screen, since, before)
            if past.figures is None and past.screen is None:
                shared = past  # an earlier day or generation is the same for every screen
            found.append(_compared(session, past, market, screen))
            result = run(market, screen, **session.own(screen))
        except ScreenError as err:
            skipped.append(f"{screen.title}: {err.message}")
            continue
        day = past.market.date
        members |= set(result.rows("pass")["isin"])
    try:
        sentence = market_state(session.newest(), session.as_of).verdict.sentence
    except KasautiError as err:
        sentence = err.message
    filings = filings_since(market, day, members)
    return Digest(market.label, sentence, day, tuple(found), filings, tuple(skipped))


def _earlier(
    runs: Runs, market: Market, screen: Screen, since: str | None, before: RunHead | None
) -> Past:
    from screener.past import of_run

    if since is not None:
        return _since(market, since)
    assert before is not None, "asked for only where there is one"
    return of_run(runs, before, market, screen.name)


def _past(runs: Runs, market: Market, screen: Screen, since: str | None) -> Past | None:
    from screener.past import of_run

    if since is not None:
        return _since(market, since)
    if not screen.name:
        raise click.UsageError("A query that has no name was never looked at; give --since.")
    head = runs.baseline(screen.name, market)
    return None if head is None else of_run(runs, head, market, screen.name)


def _since(market: Market, since: str) -> Past:
    from screener.past import of_generation, on_day

    if since.startswith("g-"):
        past = of_generation(market, since)
        _check_earlier(past.market.date, market, since)
        return past
    try:
        day = dt.date.fromisoformat(since)
    except ValueError:
        raise click.BadParameter(
            f"“{since}” is neither a day like 2025-12-31 nor a generation like g-000012.",
            param_hint="--since",
        ) from None
    _check_earlier(day, market, since)
    if day >= market.date:
        narrate(f"note: the market on file ends on {market.date.isoformat()}.")
    return on_day(market, day)


def _check_earlier(day: dt.date, market: Market, since: str) -> None:
    """A past market is compared with one before it. Raises BadParameter."""
    if market.is_past and day >= market.date:
        raise click.BadParameter(
            f"“{since}” is not before the day of --as-of, {market.date.isoformat()}.",
            param_hint="--since",
        )


def _compared(session: Session, past: Past, market: Market, screen: Screen) -> Changes:
    from screener.changes import changes as compare

    return compare(past, market, screen, **session.own(screen))


def _look(session: Session, runs: Runs, market: Market, screen: Screen) -> None:
    """Record what the screens say now, and that this one was looked at."""
    from screener.runs import record

    head = record(session.paths, market, session.library())
    if screen.name:
        runs.mark_seen(screen.name, head)


def _wanted(library: Library, names: str | None) -> tuple[Screen, ...]:
    if names is None:
        return library.screens
    return tuple(library.get(name.strip()) for name in names.split(",") if name.strip())
