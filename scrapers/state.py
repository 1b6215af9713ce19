"""What the scrapers remember between runs: one SQLite file, safe against a kill at any point."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from screener.errors import RefusedError, StorageError

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS http_page (
    url TEXT PRIMARY KEY,
    final_url TEXT NOT NULL,
    fetched_at REAL NOT NULL,
    checked_at REAL NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    content_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS http_host (
    host TEXT PRIMARY KEY,
    last_request REAL NOT NULL DEFAULT 0,
    night TEXT NOT NULL DEFAULT '',
    spent INTEGER NOT NULL DEFAULT 0,
    openings INTEGER NOT NULL DEFAULT 0,
    open_until REAL NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS http_robots (
    host TEXT PRIMARY KEY,
    fetched_at REAL NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    priority REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    done_at REAL NOT NULL DEFAULT 0,
    published INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS consent (
    host TEXT PRIMARY KEY,
    terms TEXT NOT NULL,
    accepted_at TEXT NOT NULL
) WITHOUT ROWID;
"""
_WAIT_FOR_LOCK: Final = 15.0


def open_state(path: Path) -> sqlite3.Connection:
    """Open the state file, make its tables where they are missing. Raises StorageError."""
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, timeout=_WAIT_FOR_LOCK, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(_SCHEMA)
    return db


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Say a full or read-only disk, or a damaged state file, in our words."""
    try:
        with sqlite_errors(path):
            yield
    except OSError as err:
        raise StorageError(
            f"{_os_reason(err)}: {err.filename or path}",
            "Nothing that was stored before is lost. Free some space and run it again.",
        ) from err


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Say what SQLite cannot do with the state file in our words."""
    try:
        yield
    except sqlite3.DatabaseError as err:
        raise StorageError(
            f"The state file {path} cannot be used: {err}",
            "If the disk is full, free some space. If the file is damaged, move it away; "
            "shortlists in it are lost, the market is not.",
        ) from err


def _os_reason(err: OSError) -> str:
    if err.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full"
    if err.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "There is no permission to write"
    return f"Cannot write ({err.strerror or err})"


@contextmanager
def exclusive(path: Path, taken: str) -> Iterator[None]:
    """Hold a lock that the system drops if the process dies. Raises RefusedError when it is held.

    taken: what to say then.
    """
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    with file:
        try:
            _lock_now(file.fileno())
        except OSError as err:
            raise RefusedError(taken, "Wait for it to end, or stop it.") from err
        yield


def _lock_now(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
