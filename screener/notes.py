"""The reader's notes on companies, one each, kept in the state file (SQLite)."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.state import connection

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS note (
    isin TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Note:
    """What the reader wrote about a company, and when it was last changed."""

    isin: str
    text: str
    changed_at: dt.datetime


class Notes:
    """The notes in a state file. Every method raises StorageError where the file is no use."""

    def __init__(self, state: Path) -> None:
        self._state = state

    def get(self, isin: str) -> Note | None:
        """The note on a company, if there is one."""
        with self._connection() as db:
            row = db.execute(
                "SELECT isin, text, changed_at FROM note WHERE isin = ?", (isin,)
            ).fetchone()
        return None if row is None else Note(row[0], row[1], dt.datetime.fromisoformat(row[2]))

    def put(self, isin: str, text: str) -> None:
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

    def _connection(self) -> AbstractContextManager[sqlite3.Connection]:
        return connection(self._state, _SCHEMA, "The notes")
