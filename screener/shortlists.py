"""Saved shortlists, named and dated, with a reason for each company, and notes (SQLite)."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.errors import StorageError, UnknownName

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS shortlist (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    saved_at TEXT NOT NULL,
    market_date TEXT NOT NULL,
    screen TEXT NOT NULL,
    demo INTEGER NOT NULL
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
CREATE TABLE IF NOT EXISTS note (
    isin TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    changed_at TEXT NOT NULL
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
    """A saved list: which screen it came from, on which market date, and its companies in order."""

    name: str
    entries: tuple[Entry, ...]
    market_date: dt.date
    screen: str
    saved_at: dt.datetime
    demo: bool


@dataclass(frozen=True)
class Note:
    """What the reader wrote about a company, and when it was last changed."""

    isin: str
    text: str
    changed_at: dt.datetime


class Shortlists:
    """The shortlists in a state file."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def names(self) -> list[str]:
        """Names, the last saved first."""
        with self._connection() as db:
            rows = db.execute("SELECT name FROM shortlist ORDER BY saved_at DESC, id DESC")
            return [row[0] for row in rows]

    def save(
        self,
        name: str,
        entries: Sequence[Entry],
        *,
        market_date: dt.date,
        screen: str,
        demo: bool = False,
    ) -> Shortlist:
        """Save under `name`, in place of a list of that name."""
        saved_at = dt.datetime.now(dt.UTC)
        with self._connection() as db:
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
        return self.get(name)

    def get(self, name: str) -> Shortlist:
        """The list of that name. Raises UnknownName."""
        with self._connection() as db:
            head = db.execute(
                "SELECT id, name, saved_at, market_date, screen, demo "
                "FROM shortlist WHERE name = ?",
                (name,),
            ).fetchone()
            if head is None:
                raise UnknownName.among("shortlist", name, self.names())
            rows = db.execute(
                "SELECT isin, symbol, name, reason FROM shortlist_entry "
                "WHERE shortlist = ? ORDER BY position",
                (head[0],),
            ).fetchall()
        return Shortlist(
            name=head[1],
            entries=tuple(Entry(*row) for row in rows),
            market_date=dt.date.fromisoformat(head[3]),
            screen=head[4],
            saved_at=dt.datetime.fromisoformat(head[2]),
            demo=bool(head[5]),
        )

    def delete(self, name: str) -> Shortlist:
        """Remove the list and return it, so that it can be put back. Raises UnknownName."""
        gone = self.get(name)
        with self._connection() as db:
            db.execute("DELETE FROM shortlist WHERE name = ?", (name,))
        return gone

    def restore(self, shortlist: Shortlist) -> Shortlist:
        """Put a list back as it was, e.g. after a delete or an overwrite."""
        return self.save(
            shortlist.name,
            shortlist.entries,
            market_date=shortlist.market_date,
            screen=shortlist.screen,
            demo=shortlist.demo,
        )

    def note(self, isin: str) -> Note | None:
        """The note on a company, if there is one."""
        with self._connection() as db:
            row = db.execute(
                "SELECT isin, text, changed_at FROM note WHERE isin = ?", (isin,)
            ).fetchone()
        return None if row is None else Note(row[0], row[1], dt.datetime.fromisoformat(row[2]))

    def set_note(self, isin: str, text: str) -> None:
        """Keep this text as the note on a company; one without any character removes it."""
        with self._connection() as db:
            if not text.strip():
                db.execute("DELETE FROM note WHERE isin = ?", (isin,))
                return
            db.execute(
                "INSERT INTO note VALUES (?, ?, ?) ON CONFLICT (isin) DO UPDATE "
                "SET text = excluded.text, changed_at = excluded.changed_at "
                "WHERE text <> excluded.text",
                (isin, text, dt.datetime.now(dt.UTC).isoformat()),
            )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            self._state.parent.mkdir(parents=True, exist_ok=True)
            db = sqlite3.connect(self._state, timeout=10)
        except (OSError, sqlite3.Error) as err:
            raise StorageError(f"Cannot open {self._state}: {err}", "Check the folder.") from err
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA foreign_keys=ON")
            db.executescript(_SCHEMA)
            with db:
                yield db
        except sqlite3.Error as err:
            raise StorageError(
                f"The shortlists in {self._state} cannot be used: {err}", "Nothing was changed."
            ) from err
        finally:
            db.close()
