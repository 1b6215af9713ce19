"""The queue of things to fetch: resumable, one row a company page or dated file.

A run takes what is due, most wanted first. A job is done when its bodies are stored and were found
good; what it gave is part of the market when a generation holding it was published. So a kill at
any point costs at most the page that was under way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from scrapers.clock import Clock
from scrapers.state import storage_errors

DAY: Final = 86400.0
NEVER: Final = 9e12  # seconds since 1970: not again
OFTEN: Final = 3  # failures without a success between them


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    DONE = "done"
    ABSENT = "absent"  # the host has no such document
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One thing to fetch."""

    source: str
    key: str
    state: JobState
    tries: int
    done_at: float
    last_error: str


class Jobs:
    """The jobs of one source."""

    def __init__(self, db: sqlite3.Connection, clock: Clock, path: Path, source: str) -> None:
        self._db = db
        self._clock = clock
        self._path = path
        self._source = source

    def plan(self, priorities: Mapping[str, float]) -> None:
        """Queue the keys that are not known yet; lower priorities come first."""
        with storage_errors(self._path), self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT INTO job (source, key, priority) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET priority = excluded.priority",
                [(self._source, key, value) for key, value in priorities.items()],
            )

    def due(
        self, keys: Iterable[str], urgency: Callable[[str, float], int] | None = None
    ) -> list[Job]:
        """Those of the keys that may be fetched now: never fetched first, then the oldest.

        Each time one fails it goes behind others of its kind, and behind all where it has done so
        `OFTEN` times: a few that never succeed must not keep a run from the rest. urgency: of a key
        and when it was last done; lower comes before everything else.
        """
        wanted = set(keys)
        rows = self._db.execute(
            "SELECT source, key, state, tries, done_at, last_error FROM job "
            "WHERE source = ? AND not_before <= ? "
            "ORDER BY done_at > 0, iif(state = 'failed', tries, 0), done_at, priority, key",
            (self._source, self._now()),
        )
        jobs = [_job(row) for row in rows if row[1] in wanted]
        jobs.sort(
            key=lambda job: (
                job.state is JobState.FAILED and job.tries >= OFTEN,
                urgency(job.key, job.done_at) if urgency else 0,
            )
        )
        return jobs

    def outdated(self, moments: Mapping[str, float]) -> None:
        """Make jobs due again that were done before their moment (seconds since 1970).

        One that failed or is absent waits for its time all the same.
        """
        with storage_errors(self._path), self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                "UPDATE job SET not_before = 0 "
                "WHERE source = ? AND key = ? AND state = 'done' AND done_at < ?",
                [(self._source, key, moment) for key, moment in moments.items()],
            )

    def all_keys(self) -> list[str]:
        """Every key on record."""
        rows = self._db.execute(
            "SELECT key FROM job WHERE source = ? ORDER BY key", (self._source,)
        )
        return [key for (key,) in rows]

    def find(self, key: str) -> Job | None:
        """The job of that key."""
        row = self._db.execute(
            "SELECT source, key, state, tries, done_at, last_error FROM job "
            "WHERE source = ? AND key = ?",
            (self._source, key),
        ).fetchone()
        return _job(row) if row else None

    def known(self, key: str) -> Job:
        """The job of a key that was planned."""
        job = self.find(key)
        assert job is not None
        return job

    def begin(self, key: str) -> None:
        """Count a try, before anything is fetched, so that a page that kills the run is seen."""
        self._write("UPDATE job SET tries = tries + 1 WHERE source = ? AND key = ?", (), key)

    def done(self, key: str, again_after: float) -> None:
        """Its bodies are stored and good; fetch it again after so many seconds."""
        now = self._now()
        self._write(
            "UPDATE job SET state = 'done', tries = 0, done_at = ?, not_before = ?, "
            "published = 0, last_error = '' WHERE source = ? AND key = ?",
            (now, now + again_after),
            key,
        )

    def absent(self, key: str, why: str, again_after: float) -> None:
        """The host has no such document; ask again after so many seconds."""
        self._put_off(JobState.ABSENT, key, why, again_after)

    def failed(self, key: str, why: str, again_after: float) -> None:
        """It was refused or unusable; what an earlier run stored of it stands."""
        self._put_off(JobState.FAILED, key, why, again_after)

    def _put_off(self, state: JobState, key: str, why: str, again_after: float) -> None:
        self._write(
            "UPDATE job SET state = ?, not_before = ?, last_error = ? WHERE source = ? AND key = ?",
            (state.value, self._now() + again_after, why),
            key,
        )

    def unpublished(self, version: int) -> list[str]:
        """Keys whose stored bodies are not in the market yet as this parser version reads them."""
        rows = self._db.execute(
            "SELECT key FROM job WHERE source = ? AND done_at > 0 AND published != ? ORDER BY key",
            (self._source, version),
        )
        return [key for (key,) in rows]

    def published_keys(self, version: int) -> list[str]:
        """Keys whose stored bodies are in the market as this parser version reads them."""
        rows = self._db.execute(
            "SELECT key FROM job WHERE source = ? AND done_at > 0 AND published = ? ORDER BY key",
            (self._source, version),
        )
        return [key for (key,) in rows]

    def published(self, keys: Iterable[str], version: int) -> None:
        """A generation holding what these jobs gave has been published."""
        with storage_errors(self._path), self._db:
            self._db.execute("BEGIN")
            self._db.executemany(
                "UPDATE job SET published = ? WHERE source = ? AND key = ?",
                [(version, self._source, key) for key in keys],
            )

    def forget_published(self) -> None:
        """There is no market any more: everything stored has to go into the next one."""
        with storage_errors(self._path):
            self._db.execute("UPDATE job SET published = 0 WHERE source = ?", (self._source,))

    def counts(self) -> dict[JobState, int]:
        """How many jobs stand where."""
        rows = self._db.execute(
            "SELECT state, count(*) FROM job WHERE source = ? GROUP BY state", (self._source,)
        )
        return {JobState(state): number for state, number in rows}

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _write(self, statement: str, values: tuple[object, ...], key: str) -> None:
        with storage_errors(self._path):
            self._db.execute(statement, (*values, self._source, key))


def _job(row: tuple[str, str, str, int, float, str]) -> Job:
    return Job(row[0], row[1], JobState(row[2]), *row[3:])
