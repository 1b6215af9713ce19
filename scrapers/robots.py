"""Which addresses a host's robots.txt leaves open to us, read once a day."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from scrapers.clock import Clock
from scrapers.hosts import ROBOTS_AGENT
from scrapers.state import storage_errors
from screener.errors import RefusedError

KEPT_SECONDS: Final = 24 * 3600.0
BODY_LIMIT: Final = 512 * 1024

#: Asks for one address and returns (status, text); 5xx and no reply have raised before.
Ask = Callable[[str], tuple[int, str]]


@dataclass(frozen=True)
class Rules:
    """A host's answer for robots.txt."""

    status: int
    text: str

    def allow(self, url: str) -> bool:
        """Whether the whole address, query included, may be asked for.

        No file means everything may, a file that is withheld means nothing may (RFC 9309).
        """
        if self.status in (401, 403):
            return False
        if self.status != 200:
            return True
        return bool(self._parser().can_fetch(url, ROBOTS_AGENT))

    @property
    def delay(self) -> float:
        """The delay the host asks for, 0 where it names none."""
        if self.status != 200 or "crawl-delay" not in self.text.casefold():
            return 0.0
        delay = float(self._parser().crawl_delay(ROBOTS_AGENT) or 0.0)
        return delay if math.isfinite(delay) else 0.0

    def _parser(self) -> Any:
        # The standard library's parser takes the * of a path literally; this one does not.
        from protego import Protego

        return Protego.parse(self.text)


class Robots:
    """The rules of every host, kept in the state file for a day."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, path: Path) -> None:
        self._db = db
        self._clock = clock
        self._path = path
        self._read: dict[str, tuple[float, Rules]] = {}

    def rules(self, url: str, ask: Ask) -> Rules:
        """The rules of the address's host, asked for when those on record are a day old."""
        parts = urlsplit(url)
        host, now = parts.netloc, self._clock.now().timestamp()
        known = self._read.get(host) or self._stored(host)
        if known is None or not 0 <= now - known[0] < KEPT_SECONDS:
            status, text = ask(f"{parts.scheme}://{host}/robots.txt")
            known = (now, Rules(status, text))
            with storage_errors(self._path):
                self._db.execute(
                    "INSERT OR REPLACE INTO http_robots VALUES (?, ?, ?, ?)",
                    (host, now, status, text),
                )
        self._read[host] = known
        return known[1]

    def _stored(self, host: str) -> tuple[float, Rules] | None:
        row = self._db.execute(
            "SELECT fetched_at, status, body FROM http_robots WHERE host = ?", (host,)
        ).fetchone()
        return (row[0], Rules(row[1], row[2])) if row else None


def refuse_unless_allowed(rules: Rules, url: str) -> None:
    """Raise RefusedError when the rules close the address."""
    if not rules.allow(url):
        raise RefusedError(
            f"robots.txt of {urlsplit(url).netloc} does not allow {url}",
            "It is not fetched. Where Kasauti can read the file from disk, pass your own copy.",
        )
