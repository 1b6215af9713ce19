"""The exchange's files: those of a day, fetched once and kept, and lists that are replaced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit

import polars as pl

from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.hosts import NSE_HOST
from scrapers.jobs import DAY, NEVER, Jobs, JobState
from scrapers.report import Miss, Tally
from scrapers.session import Document, Kind, NotThere
from scrapers.transport import NoReply
from screener.errors import LayoutError, SourceError

MAY_COME_LATE: Final = 3  # days for which a missing file may still appear
LISTS: Final = "nse.lists"
_LEAST_OF_USUAL: Final = 0.5
_RETRY: Final = 3 * 3600.0
_LIST_RETRY: Final = 7 * DAY

Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class DatedFile(Generic[Parsed]):
    """A file of a day. `parse` raises LayoutError for another day's or an unusable one."""

    queue: str  # the name of its jobs
    source: str  # the tally it counts in
    what: str
    version: int  # of its parser
    kind: Kind
    url: Callable[[dt.date], str]
    parse: Callable[[bytes, dt.date], Parsed]
    host: str = NSE_HOST


def shares_a_day(prices: pl.DataFrame) -> float:
    """How many shares have a price on a usual day."""
    usual = prices.group_by("date").len()["len"].median()
    return float(usual) if isinstance(usual, int | float) else 0.0


def of_a_usual_day(
    file: DatedFile[Parsed], usual: float, count: Callable[[Parsed], int]
) -> DatedFile[Parsed]:
    """The file, refused where it holds less than half of what those of other days hold."""

    def parse(body: bytes, day: dt.date) -> Parsed:
        found = file.parse(body, day)
        if count(found) < _LEAST_OF_USUAL * usual:
            raise LayoutError(
                f"The file of {file.what} of {day} holds only {count(found):,} shares.",
                "It looks cut off; it is fetched again in a later run.",
            )
        return found

    return replace(file, parse=parse)


def fetch_day(context: Context, file: DatedFile[Parsed], day: dt.date) -> Parsed | None:
    """What the file of a day holds, None on a day without one or with an unusable one.

    Raises HostClosed.
    """
    jobs, tally, key = context.jobs(file.queue), context.tally(file.source, file.host), str(day)
    late = (context.today - day).days <= MAY_COME_LATE
    return _fetch(
        _Step(context, jobs, tally, key, f"{file.what} of {day}", _RETRY if late else NEVER),
        lambda: context.session.get(file.url(day), file.kind, immutable=True),
        lambda body: file.parse(body, day),
    )


def fetch_list(
    context: Context,
    source: str,
    url: str,
    max_age: float,
    parse: Callable[[bytes], Parsed],
    kind: Kind = Kind.CSV,
    what: str = "",
    payload: bytes = b"",
) -> Parsed | None:
    """What a list that the exchange replaces now and then says, None where it cannot be had.

    max_age: seconds for which a stored one is used without asking. what: its name, that of its
    file unless given. payload: the question it answers. Raises HostClosed.
    """
    key = what or url.rsplit("/", 1)[-1]
    jobs, tally = context.jobs(LISTS), context.tally(source, urlsplit(url).netloc)
    return _fetch(
        _Step(context, jobs, tally, key, key, _LIST_RETRY),
        lambda: context.session.get(url, kind, max_age=max_age, payload=payload),
        parse,
    )


@dataclass(frozen=True)
class _Step:
    """One thing to fetch, and whom to tell."""

    context: Context
    jobs: Jobs
    tally: Tally
    key: str
    what: str
    absent_for: float  # seconds after which to ask again for what the host does not have


def _fetch(
    step: _Step, get: Callable[[], Document], parse: Callable[[bytes], Parsed]
) -> Parsed | None:
    """What a body says once it was judged, stored and its job done; else the job is put off."""
    jobs, tally, key = step.jobs, step.tally, step.key
    jobs.plan({key: 0})
    job = jobs.find(key)
    if job and job.state in (JobState.ABSENT, JobState.FAILED) and not jobs.due([key]):
        return None
    jobs.begin(key)
    try:
        document = get()
        parsed = parse(document.body)
        step.context.session.keep(document)
    except NotThere as err:
        jobs.absent(key, err.message, step.absent_for)
        tally.absent += 1
        return None
    except HostClosed:
        raise
    except SourceError as err:
        if isinstance(err, NoReply) and err.offline:
            # There is no way to the host, so there is none for the next file either.
            raise HostClosed(err.message, err.hint) from err
        jobs.failed(key, err.message, DAY / 4)
        tally.failed.append(Miss(step.what, err.message))
        step.context.tell(tally, err.message)
        return None
    # Whether it is due is for its day or its age to say.
    jobs.done(key, 0)
    tally.took(document.fresh)
    return parsed


def published_days(context: Context, file: DatedFile[Parsed]) -> set[dt.date]:
    """The days whose files the market holds as this parser reads them."""
    keys = context.jobs(file.queue).published_keys(file.version)
    return {dt.date.fromisoformat(key) for key in keys}


def fetch_missing(
    context: Context, file: DatedFile[Parsed], days: Iterable[dt.date]
) -> Iterator[tuple[dt.date, Parsed]]:
    """Each of the days, newest first, whose file the market does not hold yet, and what it holds.

    Ends early where the host is closed; the tally says so.
    """
    tally = context.tally(file.source, file.host)
    held = published_days(context, file)
    try:
        for day in sorted(set(days) - held, reverse=True):
            parsed = fetch_day(context, file, day)
            if parsed is not None:
                context.tell(tally, f"{file.what} of {day:%d %b %Y}")
                yield day, parsed
    except HostClosed as err:
        context.leave(tally, err.message)
