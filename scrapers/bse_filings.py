"""Results filings at BSE: when each was broadcast, and the figures of its document.

One list tells what the whole market filed in the last month. The history of a single company is
asked for only where the user named it or keeps it on a shortlist. Of each period the consolidated
document is read where there is one, else the standalone one; a document never changes, so it is
fetched once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from scrapers import bse, filed
from scrapers.bse import Listed
from scrapers.bse_market import merged_events
from scrapers.circuit import HostClosed
from scrapers.clock import IST, in_india, utc_naive
from scrapers.context import Context
from scrapers.dated import fetch_list
from scrapers.fact_rows import fact_rows
from scrapers.hosts import BSE_API_HOST, BSE_HOST
from scrapers.jobs import DAY, NEVER, Jobs
from scrapers.pages import moment_of
from scrapers.plan import Plan
from scrapers.report import Tally
from scrapers.session import Document, Kind, NotThere
from scrapers.transport import NoReply
from scrapers.xbrl import Results, read_results
from scrapers.xbrl_lines import lines_of
from screener.errors import LayoutError, RefusedError, SourceError
from screener.market.knowledge import known_by_broadcast
from screener.market.schema import EVENTS

SOURCE: Final = filed.SOURCE
LISTS: Final = "bse filing lists"
QUEUE: Final = "bse.documents"
#: Raise it when documents are to be read anew from the store because the reader reads more.
PARSER_VERSION: Final = 1
DOCUMENTS_A_RUN: Final = 300
HISTORIES_A_RUN: Final = 40
PERIODS: Final = 12  # of a company's history, the newest first
_LIST_LIFE: Final = 20 * 3600.0
_HISTORY_LIFE: Final = 60 * DAY
_AGAIN: Final = 7 * DAY
_FAULTS_IN_A_ROW: Final = 5
_UNIT_SLIP: Final = 300.0  # sales so many times the usual ones are in another unit


class OtherAccounts(RefusedError):
    """A document is about another company than the one whose list names it."""


@dataclass
class Filings:
    """What filings gave: events, facts, and the jobs to mark as published."""

    events: list[pl.DataFrame] = field(default_factory=list)
    facts: list[pl.DataFrame] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """A document to read: whose it is and when it was broadcast (as clocks in India show it)."""

    isin: str
    document: str
    broadcast: dt.datetime

    @property
    def key(self) -> str:
        """Its name among the jobs; it holds what later runs need to read it again."""
        return f"{self.isin}|{self.broadcast.isoformat(timespec='seconds')}|{self.document}"

    @classmethod
    def of_key(cls, key: str) -> Wanted:
        """The document a job's key names."""
        isin, broadcast, document = key.split("|", 2)
        return cls(isin, document, dt.datetime.fromisoformat(broadcast))


def gather_filings(
    context: Context,
    companies: pl.DataFrame,
    actions: pl.DataFrame,
    plan: Plan,
    found: Filings,
    *,
    most: int = DOCUMENTS_A_RUN,
) -> None:
    """The filings that are new, and the documents that are due, at most so many.

    Adds to `found` as it goes, so that what was got before an interruption can be published.
    """
    owners = _Owners(companies, actions, context)
    jobs = context.jobs(QUEUE)
    _read_stored(context, jobs, owners, found)
    listed = [*_of_the_market(context), *_histories(context, companies, plan)]
    found.events.append(events_of(listed, owners.isins))
    wanted = _worth_reading(listed, owners.isins)
    jobs.plan({one.key: -one.broadcast.timestamp() for one in wanted})
    keys = _keys_of(context, plan)
    due = [job.key for job in jobs.due(keys, lambda key, _: plan.tier(key[:12], 0))]
    _read_due(context, jobs, owners, due, most, found)


def with_events(events: pl.DataFrame, filings: Filings) -> pl.DataFrame:
    """The events and those of the filings (schema EVENTS)."""
    new = [frame for frame in filings.events if frame.height]
    return merged_events(events, pl.concat(new)) if new else events


def events_of(listed: Iterable[Listed], isins: Mapping[str, str]) -> pl.DataFrame:
    """Each filing of a known company once, whatever number of documents it has."""
    rows = {
        (
            isins[one.bse_code],
            one.broadcast.date(),
            "result",
            one.period_end,
            utc_naive(one.broadcast.replace(tzinfo=IST)),
            "Financial results",
            bse.SOURCE,
        )
        for one in listed
        if one.bse_code in isins
    }
    return pl.DataFrame(sorted(rows, key=str), schema=EVENTS, orient="row")


def facts_of(
    results: Results, wanted: Wanted, seen_at: dt.datetime, shares_since: float = 1.0
) -> pl.DataFrame:
    """The figures of a document as facts (schema FACTS). Raises LayoutError.

    seen_at: when it was fetched, with its time zone. shares_since: shares now for each at the time
    of the filing; earnings per share are divided by it.
    """
    cells = (
        (kind, results.period_end, months, line, value / shares_since if line == "eps" else value)
        for kind, months, line, value in lines_of(results)
    )
    return fact_rows(
        cells,
        isin=wanted.isin,
        basis=results.basis,
        seen_at=seen_at,
        source=SOURCE,
        broadcast=known_by_broadcast(wanted.broadcast),
    )


class _Owners:
    """Whose a document is, and what is known of that company already."""

    def __init__(self, companies: pl.DataFrame, actions: pl.DataFrame, context: Context) -> None:
        rows = companies.sort(pl.col("status") == "active").select("isin", "bse_code", "symbol")
        self._codes = {isin: (code or "", symbol) for isin, code, symbol in rows.iter_rows()}
        self.isins = {code: isin for isin, (code, _) in self._codes.items() if code}
        self._splits = actions.filter(
            pl.col("kind").is_in(["split", "bonus"]),
            pl.col("factor") > 0,
        )
        self._usual = _usual_sales(context.previous["facts"])

    def facts(self, body: bytes, wanted: Wanted, seen_at: dt.datetime) -> pl.DataFrame:
        """The facts of a document of the company. Raises LayoutError or OtherAccounts."""
        results = read_results(body, wanted.document)
        self._refuse_others(results, wanted)
        # Earnings per share are told in the shares of the day they were seen.
        since = self._splits.filter(
            pl.col("isin") == wanted.isin,
            pl.col("ex_date") > wanted.broadcast.date(),
            pl.col("ex_date") <= in_india(seen_at).date(),
        )
        factor = float(since["factor"].product()) if since.height else 1.0
        facts = facts_of(results, wanted, seen_at, factor)
        self._refuse_slips(facts, wanted)
        return facts

    def _refuse_others(self, results: Results, wanted: Wanted) -> None:
        code, symbol = self._codes.get(wanted.isin, ("", ""))
        said = results.scrip_code.strip()
        other = said.isdigit() and code and int(said) != int(code)
        if not said.isdigit() and results.symbol:
            other = results.symbol.strip().casefold() not in (symbol.casefold(), "notlisted")
        if other:
            raise OtherAccounts(
                f"{wanted.document} holds the results of {results.name or said}, not of {symbol}.",
                "Nothing of it was stored.",
            )

    def _refuse_slips(self, facts: pl.DataFrame, wanted: Wanted) -> None:
        """Refuse sales that are hundreds of times more or less than usual."""
        usual = self._usual.get(wanted.isin, 0.0)
        sales = facts.filter(pl.col("kind") == "quarter", pl.col("line") == "sales")["value"]
        if sales.is_empty() or usual < 1 or abs(sales[0]) < 1:
            return
        if not 1 / _UNIT_SLIP < abs(sales[0]) / usual < _UNIT_SLIP:
            raise LayoutError(
                f"{wanted.document} states sales of {sales[0]:,.0f} crore where {usual:,.0f} are "
                "usual; its unit is in doubt."
            )


def _usual_sales(facts: pl.DataFrame) -> dict[str, float]:
    """The median of a company's quarterly sales, ₹ crore."""
    quarters = facts.filter(pl.col("kind") == "quarter", pl.col("line") == "sales")
    return dict(quarters.group_by("isin").agg(pl.col("value").abs().median()).iter_rows())


# -- which documents -------------------------------------------------------------------------------


def _of_the_market(context: Context) -> list[Listed]:
    """What the whole market filed, of the widest window that is answered."""
    tally = context.tally(LISTS, BSE_API_HOST)
    for words, window in bse.WINDOWS.items():
        name = f"BSE filings of {words}"
        try:
            listed = _filing_list(context, bse.filings_url(window=window), name, _LIST_LIFE)
        except HostClosed as err:
            context.leave(tally, err.message)
            return []
        if listed:
            context.tell(tally, f"{len(listed):,} results documents of {words}")
            return listed
    return []


def _histories(context: Context, companies: pl.DataFrame, plan: Plan) -> list[Listed]:
    """The filings of companies that were named or shortlisted."""
    tally = context.tally(LISTS, BSE_API_HOST)
    asked = plan.places if plan.asked_for else plan.shortlisted
    codes = companies.filter(
        pl.col("isin").is_in(list(asked)), pl.col("bse_code").str.contains("^[0-9]{6}$")
    )["bse_code"]
    found: list[Listed] = []
    for code in codes.head(HISTORIES_A_RUN):
        try:
            url, name = bse.filings_url(code), f"BSE filings of {code}"
            listed = _filing_list(context, url, name, _HISTORY_LIFE)
        except HostClosed as err:
            context.leave(tally, err.message)
            break
        found += [one for one in listed or () if one.bse_code == code]
    return found


def _filing_list(context: Context, url: str, name: str, life: float) -> list[Listed] | None:
    return fetch_list(
        context, LISTS, url, life, lambda body: bse.parse_filings(body, name), Kind.JSON, name
    )


def _worth_reading(listed: Sequence[Listed], isins: Mapping[str, str]) -> list[Wanted]:
    """Of each company's newest periods the consolidated documents, else the standalone ones."""
    by_period: dict[tuple[str, dt.date], list[Listed]] = {}
    for one in listed:
        if one.bse_code in isins and one.period_end:
            by_period.setdefault((one.bse_code, one.period_end), []).append(one)
    newest: dict[str, list[dt.date]] = {}
    for code, end in sorted(by_period, key=lambda period: period[1], reverse=True):
        newest.setdefault(code, []).append(end)
    wanted = {}
    for code, ends in newest.items():
        for end in ends[:PERIODS]:
            documents = by_period[code, end]
            whole = [one for one in documents if one.basis == "consolidated"]
            for one in whole or documents:
                found = Wanted(isins[code], one.document, one.broadcast)
                wanted[found.key] = found
    return list(wanted.values())


def _keys_of(context: Context, plan: Plan) -> list[str]:
    """The documents on record that the plan asks about."""
    keys = context.jobs(QUEUE).all_keys()
    return [key for key in keys if key[:12] in plan.places or not plan.asked_for]


# -- reading them ----------------------------------------------------------------------------------


def _read_due(
    context: Context, jobs: Jobs, owners: _Owners, due: list[str], most: int, found: Filings
) -> None:
    tally = context.tally(SOURCE, BSE_HOST)
    tally.total = min(most, len(due))
    faults = 0
    for number, key in enumerate(due[:most]):
        tally.left = len(due) - number
        wanted = Wanted.of_key(key)
        jobs.begin(key)
        try:
            document = _get(context, wanted)
            facts = owners.facts(document.body, wanted, moment_of(document))
        except HostClosed as err:
            context.leave(tally, err.message)
            return
        except SourceError as err:
            if isinstance(err, NoReply) and err.offline:
                tally.stopped = err.message
                return
            faults = faults + 1 if isinstance(err, LayoutError) else 0
            _put_off(jobs, tally, key, err)
            context.tell(tally, err.message)
            if faults >= _FAULTS_IN_A_ROW:
                tally.stopped = f"{faults} documents in a row could not be used: {err.message}"
                return
            continue
        faults = 0
        context.session.keep(document)
        jobs.done(key, NEVER)
        found.facts.append(facts)
        found.jobs.append(key)
        tally.took(document.fresh)
        context.tell(tally, f"{wanted.document}: {facts.height:,} figures")
    tally.left = len(due[most:])


def _get(context: Context, wanted: Wanted) -> Document:
    url = bse.document_url(wanted.document)
    return context.session.get(url, Kind.HTML, immutable=True)


def _put_off(jobs: Jobs, tally: Tally, key: str, err: SourceError) -> None:
    if isinstance(err, NotThere):
        jobs.absent(key, err.message, 4 * _AGAIN)
        tally.absent += 1
        return
    jobs.failed(key, err.message, 4 * _AGAIN if isinstance(err, RefusedError) else _AGAIN)
    tally.missed(Wanted.of_key(key).document, err)


def _read_stored(context: Context, jobs: Jobs, owners: _Owners, found: Filings) -> None:
    """Read again, from the store alone, documents that are in no published generation yet."""
    for key in jobs.unpublished(PARSER_VERSION):
        wanted = Wanted.of_key(key)
        document = context.session.stored(bse.document_url(wanted.document))
        try:
            if document is None:
                raise NotThere(f"{wanted.document} is not stored.")
            found.facts.append(owners.facts(document.body, wanted, moment_of(document)))
            found.jobs.append(key)
        except SourceError as err:
            jobs.failed(key, err.message, 0.0)
