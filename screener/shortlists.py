"""Saved shortlists, named and dated, with a reason for each company (SQLite)."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from screener.errors import UnknownName
from screener.state import connection

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS shortlist (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    saved_at TEXT NOT NULL,
    market_date TEXT NOT NULL,
    screen TEXT NOT NULL,
    demo INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS shortlist_note (
    shortlist INTEGER PRIMARY KEY REFERENCES shortlist(id) ON DELETE CASCADE,
    note TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS shortlist_past (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE,
    saved_at TEXT NOT NULL,
    market_date TEXT NOT NULL,
    screen TEXT NOT NULL,
    demo INTEGER NOT NULL,
    note TEXT NOT NULL,
    entries TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS shortlist_entry (
    shortlist INTEGER NOT NULL REFERENCES shortlist(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    isin TEXT NOT NULL,
    symbol TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (shortlist, isin)
);
"""


@dataclass(frozen=True)
class Entry:
    """A company on a shortlist and the reader's reason for it."""

    isin: str
    symbol: str
    name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Shortlist:
    """A saved list: which screen it came from, on which market date, and its companies in order.

    `earlier` holds the lists once saved under the name; only `delete` fills it.
    """

    name: str
    entries: tuple[Entry, ...]
    market_date: dt.date
    screen: str
    saved_at: dt.datetime
    demo: bool
    note: str = ""
    earlier: tuple[Shortlist, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """What changed between two days of a list, each company with the later reason, if any."""

    before: Shortlist
    after: Shortlist
    entered: tuple[Entry, ...]
    left: tuple[Entry, ...]
    stayed: tuple[Entry, ...]


def compare(before: Shortlist, after: Shortlist) -> Comparison:
    """Who is on the later list only, on the earlier only, and on both; in the lists' order."""
    then = {entry.isin for entry in before.entries}
    now = {entry.isin for entry in after.entries}
    return Comparison(
        before,
        after,
        entered=tuple(entry for entry in after.entries if entry.isin not in then),
        left=tuple(entry for entry in before.entries if entry.isin not in now),
        stayed=tuple(entry for entry in after.entries if entry.isin in then),
    )


class Shortlists:
    """The shortlists in a state file."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def names(self) -> list[str]:
        """Names, the last saved first."""
        with self._connection() as db:
            rows = db.execute("SELECT name FROM shortlist ORDER BY saved_at DESC, id DESC")
            return [row[0] for row in rows]

    def all(self) -> list[Shortlist]:
        """Every list, the last saved first."""
        return [self.get(name) for name in self.names()]

    def watchlists(self, *queries: str) -> dict[str, list[str]]:
        """Name → ISINs of every list, where one of the queries asks for a watchlist."""
        if not any("watchlist" in query.casefold() for query in queries):
            return {}
        return {held.name: [entry.isin for entry in held.entries] for held in self.all()}

    def save(
        self,
        name: str,
        entries: Sequence[Entry],
        *,
        market_date: dt.date,
        screen: str,
        demo: bool = False,
        note: str = "",
    ) -> Shortlist:
        """Save under `name`. A list of that name is kept as one of its earlier days."""
        saved_at = dt.datetime.now(dt.UTC)
        with self._connection() as db:
            held = _held(db, name)
            if held is not None:
                _put_away(db, held)
            db.execute("DELETE FROM shortlist WHERE name = ?", (name,))
            cursor = db.execute(
                "INSERT INTO shortlist (name, saved_at, market_date, screen, demo) "
                "VALUES (?, ?, ?, ?, ?)",
                (name, saved_at.isoformat(), market_date.isoformat(), screen, demo),
            )
            db.executemany(
                "INSERT OR IGNORE INTO shortlist_entry VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (cursor.lastrowid, i, e.isin, e.symbol, e.name, e.reason)
                    for i, e in enumerate(entries)
                ],
            )
            if note:
                db.execute("INSERT INTO shortlist_note VALUES (?, ?)", (cursor.lastrowid, note))
        return self.get(name)

    def get(self, name: str) -> Shortlist:
        """The list of that name. Raises UnknownName."""
        with self._connection() as db:
            found = _held(db, name)
        if found is None:
            raise UnknownName.among("shortlist", name, self.names())
        return found

    def earlier(self, name: str) -> list[Shortlist]:
        """The lists once saved under that name, the latest first."""
        with self._connection() as db:
            return _past(db, name)

    def annotate(self, name: str, note: str) -> Shortlist:
        """Write a note on the list; an empty one takes it away. Raises UnknownName."""
        self.get(name)
        with self._connection() as db:
            (row,) = db.execute("SELECT id FROM shortlist WHERE name = ?", (name,)).fetchone()
            db.execute("DELETE FROM shortlist_note WHERE shortlist = ?", (row,))
            if note:
                db.execute("INSERT INTO shortlist_note VALUES (?, ?)", (row, note))
        return self.get(name)

    def set_reason(self, name: str, isin: str, reason: str) -> Shortlist:
        """Write why a company is on the list. Raises UnknownName."""
        self._entry(name, isin)
        with self._connection() as db:
            db.execute(
                "UPDATE shortlist_entry SET reason = ? WHERE isin = ? AND shortlist = "
                "(SELECT id FROM shortlist WHERE name = ?)",
                (reason, isin, name),
            )
        return self.get(name)

    def remove(self, name: str, isin: str) -> Shortlist:
        """Take a company off the list. Raises UnknownName."""
        self._entry(name, isin)
        with self._connection() as db:
            db.execute(
                "DELETE FROM shortlist_entry WHERE isin = ? AND shortlist = "
                "(SELECT id FROM shortlist WHERE name = ?)",
                (isin, name),
            )
        return self.get(name)

    def _entry(self, name: str, isin: str) -> Entry:
        held = self.get(name)
        for entry in held.entries:
            if entry.isin == isin:
                return entry
        raise UnknownName.among(f"company on “{held.name}”", isin, [e.isin for e in held.entries])

    def delete(self, name: str) -> Shortlist:
        """Remove the list with its earlier days and return all, to be put back.

        Raises UnknownName.
        """
        gone = replace(self.get(name), earlier=tuple(self.earlier(name)))
        with self._connection() as db:
            db.execute("DELETE FROM shortlist WHERE name = ?", (name,))
            db.execute("DELETE FROM shortlist_past WHERE name = ?", (name,))
        return gone

    def restore(self, shortlist: Shortlist) -> Shortlist:
        """Put a list back exactly as it was, in place of one of its name and without keeping that.

        Its earlier days are put back too where it has some.
        """
        with self._connection() as db:
            db.execute("DELETE FROM shortlist WHERE name = ?", (shortlist.name,))
            cursor = db.execute(
                "INSERT INTO shortlist (name, saved_at, market_date, screen, demo) "
                "VALUES (?, ?, ?, ?, ?)",
                (shortlist.name, shortlist.saved_at.isoformat(), shortlist.market_date.isoformat(),
                 shortlist.screen, shortlist.demo),
            )  # fmt: skip
            db.executemany(
                "INSERT INTO shortlist_entry VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (cursor.lastrowid, i, e.isin, e.symbol, e.name, e.reason)
                    for i, e in enumerate(shortlist.entries)
                ],
            )
            if shortlist.note:
                row = (cursor.lastrowid, shortlist.note)
                db.execute("INSERT INTO shortlist_note VALUES (?, ?)", row)
            for each in reversed(shortlist.earlier):
                _put_away(db, each)
            # What this list replaced is no longer earlier than it.
            db.execute(
                "DELETE FROM shortlist_past WHERE name = ? AND saved_at >= ?",
                (shortlist.name, shortlist.saved_at.isoformat()),
            )
        return self.get(shortlist.name)

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return connection(self._state, _SCHEMA, "The shortlists")


def _held(db: sqlite3.Connection, name: str) -> Shortlist | None:
    """The list of that name, if there is one."""
    head = db.execute(
        "SELECT id, name, saved_at, market_date, screen, demo, COALESCE(note, '') FROM shortlist "
        "LEFT JOIN shortlist_note ON shortlist = id WHERE name = ?",
        (name,),
    ).fetchone()
    if head is None:
        return None
    rows = db.execute(
        "SELECT isin, symbol, name, reason FROM shortlist_entry "
        "WHERE shortlist = ? ORDER BY position",
        (head[0],),
    ).fetchall()
    return _shortlist(head, [Entry(*row) for row in rows])


def _past(db: sqlite3.Connection, name: str) -> list[Shortlist]:
    rows = db.execute(
        "SELECT id, name, saved_at, market_date, screen, demo, note, entries FROM shortlist_past "
        "WHERE name = ? ORDER BY saved_at DESC, id DESC",
        (name,),
    ).fetchall()
    return [_shortlist(row[:7], [Entry(*each) for each in json.loads(row[7])]) for row in rows]


def _put_away(db: sqlite3.Connection, held: Shortlist) -> None:
    """Keep a list as an earlier day of its name."""
    entries = json.dumps([[e.isin, e.symbol, e.name, e.reason] for e in held.entries])
    db.execute(
        "INSERT INTO shortlist_past (name, saved_at, market_date, screen, demo, note, entries) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (held.name, held.saved_at.isoformat(), held.market_date.isoformat(), held.screen,
         held.demo, held.note, entries),
    )  # fmt: skip


def _shortlist(head: Sequence[Any], entries: Sequence[Entry]) -> Shortlist:
    return Shortlist(
        name=head[1],
        entries=tuple(entries),
        market_date=dt.date.fromisoformat(head[3]),
        screen=head[4],
        saved_at=dt.datetime.fromisoformat(head[2]),
        demo=bool(head[5]),
        note=head[6],
    )
