"""What the parts of a refresh share: the session, the market as it was, and how to report."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from scrapers.clock import Clock, in_india
from scrapers.jobs import Jobs
from scrapers.report import Listener, Tally
from scrapers.session import PoliteSession
from screener.paths import Paths


@dataclass(frozen=True)
class Context:
    """One run of a refresh."""

    paths: Paths
    db: sqlite3.Connection
    session: PoliteSession
    clock: Clock
    previous: Mapping[str, pl.DataFrame]  # the tables of the generation before, or empty ones
    listener: Listener | None = None
    stand_ins: bool = False  # other addresses stand in for the hosts
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        """The date in India."""
        return in_india(self.clock.now()).date()

    def jobs(self, source: str) -> Jobs:
        """The queue of a source."""
        return Jobs(self.db, self.clock, self.paths.state, source)

    def tally(self, source: str, host: str) -> Tally:
        """The counts of a source, made when first asked for."""
        return self.tallies.setdefault(source, Tally(source, host))

    def tell(self, tally: Tally, message: str, waiting_s: float = 0.0, what: str = "") -> None:
        """Report a step, or what else the event is about."""
        event = tally.event(message, self.clock.monotonic(), waiting_s, what)
        if self.listener:
            self.listener(event)

    def leave(self, tally: Tally, reason: str) -> None:
        """Ask a source nothing more in this run, and say why."""
        tally.stopped = reason
        self.tell(tally, reason)
