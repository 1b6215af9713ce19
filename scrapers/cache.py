"""Bodies that were fetched: gzip files named by the hash of their address, described in the state.

A body is written beside its place and then moved there; its row is written last. A kill between
leaves a file nobody reads, never a row without its body.
"""

from __future__ import annotations

import gzip
import hashlib
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scrapers.state import storage_errors


@dataclass(frozen=True)
class Kept:
    """What is recorded of a stored body. Times in seconds since 1970."""

    url: str
    final_url: str
    fetched_at: float
    checked_at: float
    etag: str
    last_modified: str
    content_type: str
    sha256: str
    bytes: int


class BodyCache:
    """The stored bodies of one cache folder."""

    def __init__(self, folder: Path, db: sqlite3.Connection) -> None:
        self._folder = folder
        self._db = db

    def find(self, url: str) -> Kept | None:
        """What is recorded of that address, whether or not its body is still there."""
        row = self._db.execute("SELECT * FROM http_page WHERE url = ?", (url,)).fetchone()
        return Kept(*row) if row else None

    def body(self, kept: Kept) -> bytes | None:
        """The stored body, or None where it is missing or not what was stored."""
        try:
            body = gzip.decompress(self._path(kept.url).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None
        return body if hashlib.sha256(body).hexdigest() == kept.sha256 else None

    def store(self, kept: Kept, body: bytes) -> None:
        """Keep a body and its row. Raises StorageError."""
        path = self._path(kept.url)
        with storage_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f"{path.name}.part")
            try:
                part.write_bytes(gzip.compress(body, compresslevel=3, mtime=0))
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
            self._db.execute(
                "INSERT OR REPLACE INTO http_page VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    kept.url,
                    kept.final_url,
                    kept.fetched_at,
                    kept.checked_at,
                    kept.etag,
                    kept.last_modified,
                    kept.content_type,
                    hashlib.sha256(body).hexdigest(),
                    len(body),
                ),
            )

    def touch(self, url: str, checked_at: float) -> None:
        """Record that the stored body was found to be still the current one."""
        with storage_errors(self._folder):
            self._db.execute("UPDATE http_page SET checked_at = ? WHERE url = ?", (checked_at, url))

    def _path(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()
        host = urlsplit(url).hostname or "nowhere"
        return self._folder / host / name[:2] / f"{name}.gz"
