"""What a refresh tells while it runs, and what it says at its end."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import polars as pl

from scrapers.filed import SOURCE as FILED
from scrapers.plausible import Doubt, Judged
from screener.errors import RefusedError, SourceError
from screener.market.restated import changes

SHOWN: Final = 5  # examples of a kind
_STEPS_FOR_A_RATE: Final = 20


class What(StrEnum):
    """What an event is about."""

    STEP = "step"  # something was fetched, found stored, or found absent
    WAIT = "wait"  # nothing happens for `waiting_s`, out of politeness
    TROUBLE = "trouble"  # something could not be had; `error` says why
    LEFT = "left"  # the source is left for this run; `error` says why
    PUBLISH = "publish"  # what was gathered is being written


@dataclass(frozen=True)
class Event:
    """A step of a refresh, as of the moment it is told.

    source, host: who is asked. done, total: steps of this source behind us and in all; total is 0
    where it is not known, and an estimate of the exchange's files until their days are known.
    waiting_s: seconds for which the host is now waited for, else 0. message: what was done, or why
    it waits. rate: steps a minute over the last ones; eta_s: seconds to the end of this source at
    that rate; both None until known. error: the last thing of this source that went wrong in
    this run, else empty. Text in message and error may come from outside.
    """

    source: str
    host: str
    done: int
    total: int
    waiting_s: float
    message: str
    what: What = What.STEP
    rate: float | None = None
    eta_s: float | None = None
    error: str = ""


#: Told of each event, on the thread that runs the refresh; it should return at once.
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
    bare: int = 0  # of these, pages that show no figures of their company
    refused: list[Miss] = field(default_factory=list)  # robots, login, or another company's page
    failed: list[Miss] = field(default_factory=list)  # no reply, or one of another shape
    stopped: str = ""  # why the source was left before its end
    left: int = 0  # jobs still due
    error: str = ""  # the last thing that went wrong
    _moments: deque[float] = field(
        default_factory=lambda: deque(maxlen=_STEPS_FOR_A_RATE), repr=False, compare=False
    )
    _told: int = field(default=0, repr=False, compare=False)

    def took(self, fresh: bool) -> None:
        """A document was taken: from the host, or where it is not fresh from the store."""
        self.fetched += fresh
        self.kept += not fresh

    def missed(self, key: str, err: SourceError) -> None:
        """Something was not taken: refused, or failed."""
        misses = self.refused if isinstance(err, RefusedError) else self.failed
        misses.append(Miss(key, err.message))

    def expect(self, more: int) -> None:
        """So many steps are ahead of those behind us."""
        self.total = self.done + more

    def event(self, message: str, now: float, waiting_s: float = 0.0, what: str = "") -> Event:
        """An event of this source. now: seconds that never run backwards."""
        if self.done > self._told or not self._moments:
            self._moments.append(now)
            self._told = self.done
        kind = What(what) if what else self._what(message, waiting_s)
        if kind in (What.TROUBLE, What.LEFT):
            self.error = message
        rate = self._rate()
        ahead = self.total - self.done
        eta = 60 * ahead / rate if rate and ahead >= 0 and self.total else None
        return Event(
            self.source, self.host, self.done, max(self.total, self.done) if self.total else 0,
            waiting_s, message, kind, rate, eta, self.error,
        )  # fmt: skip

    def _what(self, message: str, waiting_s: float) -> What:
        """What it is about: trouble is told in the words of the miss or of why it was left."""
        last = [misses[-1].reason for misses in (self.failed, self.refused) if misses]
        if waiting_s > 0:
            return What.WAIT
        if self.stopped and message.endswith(self.stopped):
            return What.LEFT
        return What.TROUBLE if any(message.endswith(reason) for reason in last) else What.STEP

    def _rate(self) -> float | None:
        """Steps a minute over the last ones; the first moment on record is no step's."""
        seconds = self._moments[-1] - self._moments[0]
        return 60 * (len(self._moments) - 1) / seconds if seconds > 0 else None

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
    held_back: tuple[str, ...] = ()  # what there was too little of to publish it
    age_days: int | None = None  # of the market at the end
    listed: int = 0  # companies
    first: bool = False  # there was no market before
    restated: int = 0  # figures that a source has changed since it was read before
    restated_examples: tuple[str, ...] = ()
    drifts: tuple[str, ...] = ()  # rows that a site no longer shows as it did
    doubts: tuple[Doubt, ...] = ()  # figures that were kept out, or let in and are odd
    symbols: Mapping[str, str] = field(default_factory=dict)  # of the companies in doubt, by ISIN

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


def told_of_figures(judgement: Judged, tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """The parts of a summary about the figures of a run: doubts, and what was restated."""
    symbols = dict(tables["companies"].select("isin", "symbol").iter_rows())
    told = {
        "doubts": judgement.doubts,
        "symbols": {d.isin: symbols.get(d.isin, d.isin) for d in judgement.doubts},
    }
    # A filing states periods of its own; what differs from a page is told there, see `filed`.
    new = judgement.facts.filter(pl.col("source") != FILED)
    if new.is_empty():
        return told
    isins = new["isin"].unique().implode()
    history = tables["facts"].filter(pl.col("isin").is_in(isins))
    restated = changes(history, tables["actions"]).filter(
        pl.col("seen_at") >= new["seen_at"].min(), ~pl.col("adjusted")
    )
    return {
        **told,
        "restated": restated.height,
        "restated_examples": tuple(
            f"{symbols.get(row['isin'], row['isin'])} {row['line']} {row['period_end']:%b %Y}: "
            f"{row['before']:,g} → {row['value']:,g} ({row['basis']})"
            for row in restated.head(SHOWN).iter_rows(named=True)
        ),
    }
