"""What a refresh tells while it runs, and what it says at its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """A step of a refresh. `waiting_s` above 0: nothing happens for so long, out of politeness."""

    source: str
    host: str
    done: int
    total: int
    waiting_s: float
    message: str


Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Miss:
    """Something that was asked for and not taken, and why."""

    key: str
    reason: str


@dataclass
class Tally:
    """What a source gave in this run."""

    source: str
    host: str
    total: int = 0
    fetched: int = 0  # taken from the host
    kept: int = 0  # already stored and still good
    absent: int = 0  # the host has no such document
    refused: list[Miss] = field(default_factory=list)  # robots, login, or another company's page
    failed: list[Miss] = field(default_factory=list)  # no reply, or one of another shape
    stopped: str = ""  # why the source was left before its end
    left: int = 0  # jobs still due

    @property
    def done(self) -> int:
        """Steps behind us."""
        return self.fetched + self.kept + self.absent + len(self.refused) + len(self.failed)


@dataclass(frozen=True)
class Summary:
    """What a refresh did. `generation` is the one current at its end."""

    generation: str | None
    published: bool  # whether anything was new
    date: dt.date | None
    sources: Mapping[str, Tally]
    coverage: Mapping[str, float]  # shares of the listed companies, 0 to 1
    new_facts: int
    unknown_rows: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """fetched, kept, absent, refused and failed over all sources."""
        tallies = self.sources.values()
        return {
            "fetched": sum(t.fetched for t in tallies),
            "kept": sum(t.kept for t in tallies),
            "absent": sum(t.absent for t in tallies),
            "refused": sum(len(t.refused) for t in tallies),
            "failed": sum(len(t.failed) for t in tallies),
        }
