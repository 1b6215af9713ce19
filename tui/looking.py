"""Looking at what changed for a screen: with what it is compared, and that it was seen."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screener.errors import UnknownName
from tui.format import day, plain

if TYPE_CHECKING:
    from screener.changes import Changes
    from screener.market.store import Market
    from screener.past import Past
    from screener.screens import Screen
    from tui.workspace import Workspace


@dataclass(frozen=True)
class Look:
    """What a look found; nothing where there is no earlier run yet. `first`: it was the first."""

    found: Changes | None
    marked: bool


def look(workspace: Workspace, screen: Screen, since: str = "", *, mark: bool = False) -> Look:
    """Compare a screen with an earlier side, and remember that it was looked at where `mark` says.

    `since` is a day (2025-12-31), a generation (g-000012), a run (run 7), or empty for the last
    look. Raises what `changes` raises, and UnknownName for an earlier side that is not on file.
    """
    from screener.changes import changes
    from screener.runs import Runs, record

    market, runs = workspace.market, Runs(workspace.paths.state)
    past = _past(workspace, market, screen, since)
    found = None
    if past is not None:
        found = changes(past, market, screen, **workspace.own(screen))
    marked = mark and not since and not market.is_past  # a past day is not what there is now
    if marked:
        head = record(workspace.paths, market, workspace.library)
        runs.mark_seen(screen.name, head)
    return Look(found, marked)


def _past(workspace: Workspace, market: Market, screen: Screen, since: str) -> Past | None:
    from screener.past import of_generation, of_run, on_day
    from screener.runs import Runs

    runs = Runs(workspace.paths.state)
    if not since:
        head = runs.baseline(screen.name, market)
        return None if head is None else of_run(runs, head, market, screen.name)
    if since.startswith("run "):
        heads = {f"run {head.id}": head for head in runs.heads(demo=market.is_demo)}
        if since not in heads:
            raise UnknownName.among("run", since, heads)
        return of_run(runs, heads[since], market, screen.name)
    if since.startswith("g-"):
        return of_generation(market, since)
    return on_day(market, dt.date.fromisoformat(since))


def earlier_sides(workspace: Workspace) -> list[tuple[str, str, str, str]]:
    """What a screen can be compared with: (since, title, about, other words), the latest first."""
    from screener.market.store import generations
    from screener.runs import Runs, is_of

    market = workspace.market
    heads = Runs(workspace.paths.state).heads(demo=market.is_demo)
    choices = [("", "your last look", "or the refresh before it", "last seen")]
    for head in heads:
        own = " · the market on file" if is_of(head, market) else ""
        about = f"market of {day(head.market_date)}, {head.generation}{own}"
        choices.append(
            (f"run {head.id}", f"run of {head.recorded_at:%d %b %Y %H:%M}", about, "earlier")
        )
    others = [name for name in generations(market.folder.parent) if name != market.generation]
    choices += [
        (name, f"generation {name}", "as published", "earlier") for name in reversed(others)
    ]
    choices.append(("day", "a day of your choice …", "what was known then", "date"))
    return choices


def side_words(found: Changes) -> str:
    """The two sides of a comparison in words."""
    before, after = found.before, found.after
    return f"{day(before.date)} ({plain(before.basis)}) → {day(after.date)}"
