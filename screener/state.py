"""The state file: what the user owns beside the market, in one SQLite file of several parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from screener.errors import StorageError

_WAIT_FOR_LOCK = 15.0


@contextmanager
def connection(state: Path, schema: str, what: str) -> Iterator[sqlite3.Connection]:
    """The state file with the tables of `schema` in it, in one transaction.

    what: how the reader calls what is kept there. Raises StorageError where the file is no use;
    then nothing was changed.
    """
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(state, timeout=_WAIT_FOR_LOCK)
    except (OSError, sqlite3.Error) as err:
        raise StorageError(f"Cannot open {state}: {err}", "Check the folder.") from err
    with closing(db):
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA foreign_keys=ON")
            db.executescript(schema)
            with db:
                yield db
        except sqlite3.Error as err:
            raise StorageError(
                f"{what} in {state} cannot be used: {err}", "Nothing was changed."
            ) from err
