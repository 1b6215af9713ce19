"""Daily prices: the newest trading session, and the missing ones before it.

Every dated file is fetched once. A day without a file is no trading day, weekends included: the
exchange does trade on some of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

import polars as pl

from scrapers import nse
from scrapers.circuit import HostClosed
from scrapers.clock import Clock, in_india
from scrapers.context import Context
from scrapers.hosts import NSE_HOST
from scrapers.identity import one_company, replace_isins
from scrapers.jobs import DAY, NEVER, JobState
from scrapers.report import Miss
from scrapers.session import Kind, NotThere
from screener.errors import LayoutError, SourceError

JOBS: Final = "nse.prices"
PUBLISHED_AT: Final = dt.time(19, 30)  # IST; the file of a day is out by then
_MAY_COME_LATE: Final = 3  # days for which a missing file may still appear
_RETRY: Final = 3 * 3600.0
_LEAST_SHARE: Final = 0.5  # of the shares of a usual session


def newest_day(clock: Clock) -> dt.date:
    """The last day whose prices can be out."""
    now = in_india(clock.now())
    return now.date() - dt.timedelta(days=now.time() < PUBLISHED_AT)


def gather_sessions(
    context: Context,
    companies: pl.DataFrame,
    newest: dt.date,
    sessions: int,
    found: list[pl.DataFrame],
) -> None:
    """Prices (columns of PRICES) of the sessions that are missing among the last so many.

    Adds to `found` as it goes, so that what was got before an interruption can be published.
    """
    jobs, tally = context.jobs(JOBS), context.tally(nse.SOURCE, NSE_HOST)
    held = context.previous["prices"].group_by("date").len()
    have = set(held["date"].to_list())
    usual = float(held["len"].median() or 0)  # type: ignore[arg-type]
    for key in jobs.unpublished(nse.PARSER_VERSION):
        have.discard(dt.date.fromisoformat(key))
    counted = 0
    try:
        for day in _days_back(newest, sessions):
            if counted >= sessions:
                break
            if day in have:
                counted += 1
                continue
            prices = _session_of(context, day, usual)
            if prices is not None:
                counted += 1
                found.append(_of_companies(prices, companies))
                context.tell(tally, f"prices of {day:%d %b %Y}, {found[-1].height:,} shares")
    except HostClosed as err:
        tally.stopped = err.message
        context.tell(tally, err.message)


def _days_back(newest: dt.date, sessions: int) -> Iterator[dt.date]:
    """Days to look at, newest first; enough of them for the holidays in between."""
    for back in range(int(sessions * 1.6) + 12):
        day = newest - dt.timedelta(days=back)
        if day >= nse.FIRST_UDIFF_DAY:
            yield day


def _session_of(context: Context, day: dt.date, usual: float) -> pl.DataFrame | None:
    """The prices of a day, None on a day without a file or with an unusable one."""
    jobs, tally, key = context.jobs(JOBS), context.tally(nse.SOURCE, NSE_HOST), day.isoformat()
    jobs.plan({key: -day.toordinal()})
    job = jobs.find(key)
    if job and job.state in (JobState.ABSENT, JobState.FAILED) and not jobs.due([key]):
        return None
    jobs.begin(key)
    try:
        document = context.session.get(nse.bhavcopy_url(day), Kind.ZIP, immutable=True)
        prices = nse.parse_bhavcopy(document.body, day)
        if prices.height < _LEAST_SHARE * usual:
            raise LayoutError(f"The price file of {day} holds only {prices.height:,} shares.")
        context.session.keep(document)
    except NotThere as err:
        late = (context.today - day).days <= _MAY_COME_LATE
        jobs.absent(key, err.message, _RETRY if late else NEVER)
        tally.absent += 1
        return None
    except HostClosed:
        raise
    except SourceError as err:
        jobs.failed(key, err.message, DAY / 4)
        tally.failed.append(Miss(f"prices of {key}", err.message))
        context.tell(tally, err.message)
        return None
    jobs.done(key, NEVER)
    tally.fetched += document.fresh
    tally.kept += not document.fresh
    return prices


def _of_companies(prices: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """The prices of known companies; an earlier ISIN of a company counts as the one it has now."""
    return (
        replace_isins(prices, one_company(prices["isin"], companies))
        .unique("isin", keep="first", maintain_order=True)
        .filter(pl.col("isin").is_in(companies["isin"].implode()))
        .with_columns(pl.lit(nse.SOURCE).alias("source"))
    )
