"""Which optional sources the user has turned on, and what has to be read before that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from scrapers.clock import Clock, SystemClock, in_india
from scrapers.state import open_state, storage_errors
from screener.errors import UnknownName
from screener.paths import Paths


@dataclass(frozen=True)
class Optional:
    """A source that asks for a decision. `notice` is what to know before taking it."""

    name: str
    title: str
    gives: str
    notice: str


YAHOO: Final = Optional(
    "yahoo",
    "Yahoo Finance, through the package yfinance",
    "EPS and revenue estimates, analysts, revisions of 7 to 90 days",
    "Yahoo's robots rules ask programs not to read these addresses, its terms allow personal use "
    "only, and the package yfinance reaches them by presenting itself as a browser. Kasauti's "
    "own requests do none of this. Turn it on only if you may and want to; at most 500 companies "
    "are asked for a night. It needs the extra: pip install 'kasauti[yahoo]'.",
)
MONEYCONTROL: Final = Optional(
    "moneycontrol",
    "Moneycontrol",
    "EPS and revenue estimates of two years, without a history",
    "Moneycontrol publishes no terms for these addresses that Kasauti's makers have read. They "
    "are asked one at a time, three seconds apart, under Kasauti's own name, and only where its "
    "robots rules allow. Turn it on for your personal use only.",
)
OPTIONAL: Final = {source.name: source for source in (YAHOO, MONEYCONTROL)}


def find(name: str) -> Optional:
    """The optional source of that name. Raises UnknownName."""
    if name.casefold() not in OPTIONAL:
        raise UnknownName.among("optional source", name, OPTIONAL)
    return OPTIONAL[name.casefold()]


def turned_on(db: sqlite3.Connection) -> frozenset[str]:
    """The names of those the user has turned on, after reading the notice as it now stands."""
    rows = dict(db.execute("SELECT host, terms FROM consent").fetchall())
    return frozenset(name for name, one in OPTIONAL.items() if rows.get(name) == one.notice)


def enabled(paths: Paths) -> frozenset[str]:
    """The same, of these folders."""
    with closing(open_state(paths.state)) as db:
        return turned_on(db)


def turn_on(paths: Paths, name: str, clock: Clock | None = None) -> Optional:
    """Record that the user has read the notice and wants the source."""
    source = find(name)
    moment = in_india((clock or SystemClock()).now()).isoformat(timespec="seconds")
    with closing(open_state(paths.state)) as db, storage_errors(paths.state):
        db.execute(
            "INSERT OR REPLACE INTO consent VALUES (?, ?, ?)", (source.name, source.notice, moment)
        )
    return source


def turn_off(paths: Paths, name: str) -> Optional:
    """Ask the source no more; estimates on file stay, with their dates."""
    source = find(name)
    with closing(open_state(paths.state)) as db, storage_errors(paths.state):
        db.execute("DELETE FROM consent WHERE host = ?", (source.name,))
    return source
