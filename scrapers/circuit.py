"""What is known of each host between requests: when it was asked, how often, whether it is closed.

A host that blocks, refuses or stalls is left alone for an hour, then four, then a day. This
outlives the process, so starting again asks no sooner.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final

from scrapers.clock import Clock, in_india
from scrapers.state import storage_errors
from screener.errors import RefusedError

HOUR: Final = 3600.0
PAUSES: Final = (1 * HOUR, 4 * HOUR, 24 * HOUR)


@dataclass(frozen=True)
class _Record:
    """A row of http_host, in the order of its columns."""

    host: str
    last_request: float = 0.0
    night: str = ""
    spent: int = 0
    openings: int = 0
    open_until: float = 0.0
    reason: str = ""


class HostClosed(RefusedError):
    """The host is not asked anything more for now: its circuit is open or its budget used up."""


class Hosts:
    """The hosts' records in the state file."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, path: Path) -> None:
        self._db = db
        self._clock = clock
        self._path = path
        self.openings = 0  # circuits opened by this process

    def check(self, host: str) -> None:
        """Raise HostClosed while the host is left alone."""
        record = self._record(host)
        if record.open_until > self._now():
            until = in_india(dt.datetime.fromtimestamp(record.open_until, dt.UTC))
            raise HostClosed(
                f"{host} is left alone until {until:%d %b %H:%M} IST: {record.reason}",
                "Run the refresh again after that; what was fetched is kept.",
            )

    def open(self, host: str, reason: str, seconds: float | None = None) -> None:
        """Leave the host alone: for that long, or longer each time it happens again."""
        record = self._record(host)
        openings = record.openings + 1
        pause = max(PAUSES[min(openings, len(PAUSES)) - 1], seconds or 0)
        self._store(
            replace(record, openings=openings, open_until=self._now() + pause, reason=reason)
        )
        self.openings += 1

    def answered(self, host: str) -> None:
        """Record that it gave what was asked for: the next trouble counts as the first again.

        A circuit that is open stays open, for a host that stalls may still send something good.
        """
        record = self._record(host)
        if record.openings and record.open_until <= self._now():
            self._store(replace(record, openings=0, open_until=0.0, reason=""))

    def seconds_to_wait(self, host: str, delay: float) -> float:
        """How long until the host may be asked again, at most the delay itself."""
        return min(delay, max(0.0, self._record(host).last_request + delay - self._now()))

    def asked(self, host: str) -> None:
        """Record that the host was asked just now."""
        self._store(replace(self._record(host), last_request=self._now()))

    def spend(self, host: str, budget: int | None) -> None:
        """Count one request of the night. Raises HostClosed when its budget is used up."""
        record, night = self._record(host), self._night()
        spent = record.spent if record.night == night else 0
        if budget is not None and spent >= budget:
            raise HostClosed(
                f"Tonight's {budget:,} requests to {host} are used up.",
                "Run the refresh again tomorrow; it goes on where it stopped.",
            )
        self._store(replace(record, night=night, spent=spent + 1))

    def _night(self) -> str:
        """The date the night began on: it runs from noon to noon in India."""
        return (in_india(self._clock.now()) - dt.timedelta(hours=12)).date().isoformat()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _record(self, host: str) -> _Record:
        row = self._db.execute("SELECT * FROM http_host WHERE host = ?", (host,)).fetchone()
        return _Record(*row) if row else _Record(host)

    def _store(self, record: _Record) -> None:
        with storage_errors(self._path):
            self._db.execute(
                "INSERT OR REPLACE INTO http_host VALUES (?, ?, ?, ?, ?, ?, ?)", astuple(record)
            )
