"""Company pages: which to fetch tonight, on which basis, and the facts they give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers.circuit import HostClosed
from scrapers.clock import in_india
from scrapers.context import Context
from scrapers.hosts import SCREENER_HOST
from scrapers.identity import Close, OtherCompany, Register
from scrapers.jobs import DAY, OFTEN, Job, Jobs, JobState
from scrapers.layout import Drift, LayoutWatch, missing_rows
from scrapers.plan import Plan
from scrapers.report import Tally
from scrapers.screener_facts import facts_of, statement_facts
from scrapers.screener_in import (
    PARSER_VERSION,
    SOURCE,
    CompanyPage,
    NoStatements,
    page_url,
    parse_page,
)
from scrapers.session import Document, Kind, LoginNeeded, NotThere
from scrapers.transport import NoReply
from screener.errors import LayoutError, RefusedError, SourceError

STALE_DAYS: Final = 400  # consolidated figures older than this: the company may have stopped them
PAGE_LIFE: Final = 30 * DAY
_SAME_NIGHT: Final = 20 * 3600.0
_AGAIN: Final = {
    NotThere: PAGE_LIFE,
    OtherCompany: 7 * DAY,
    NoStatements: 7 * DAY,
    RefusedError: DAY,  # robots.txt is read again by then, and may say otherwise
    LayoutError: DAY,
}
_AGAIN_OTHERWISE: Final = 6 * 3600.0
_AGAIN_AT_LAST: Final = 7 * DAY
_FAULTS_IN_A_ROW: Final = 5

Get = Callable[[str], Document]


class Gathered:
    """What the pages gave, by company."""

    def __init__(self) -> None:
        self._companies: dict[str, _Company] = {}
        self.drifts: list[Drift] = []

    def add(self, isin: str, company: _Company) -> None:
        """Take in what a company's pages gave, unless they lack a row that is known to drift."""
        known = {(drift.section, drift.line) for drift in self.drifts}
        if not known & missing_rows(company.page):
            self._companies[isin] = company

    def withhold(self, watch: LayoutWatch) -> list[Drift]:
        """Leave out pages that lack a row whose layout changed: a later version may read them."""
        drifts = watch.drifts()
        for isin in watch.drifted_keys() if drifts else ():
            self._companies.pop(isin, None)
        self.drifts += drifts
        return drifts

    @property
    def facts(self) -> list[pl.DataFrame]:
        """The facts of each company."""
        return [company.facts for company in self._companies.values()]

    @property
    def pages(self) -> dict[str, CompanyPage]:
        """The page that describes each company."""
        return {isin: company.page for isin, company in self._companies.items()}

    @property
    def jobs(self) -> list[str]:
        """The jobs to mark as published."""
        return list(self._companies)


@dataclass(frozen=True)
class _Company:
    """A company's pages, read: the one that describes it and the facts of all."""

    page: CompanyPage
    facts: pl.DataFrame
    documents: tuple[Document, ...]


def gather_pages(
    context: Context,
    companies: pl.DataFrame,
    prices: pl.DataFrame,
    gathered: Gathered,
    plan: Plan,
    *,
    limit: int | None = None,
) -> None:
    """Fetch the pages that are due, after reading those an earlier run stored and did not publish.

    Adds to `gathered` as it goes, so that what was got before an interruption can be published.
    """
    jobs, tally = context.jobs(SOURCE), context.tally(SOURCE, SCREENER_HOST)
    active = companies.filter(pl.col("status") == "active")
    symbols = dict(active.select("isin", "symbol").iter_rows())
    _read_stored(context, jobs, symbols, gathered)
    due = due_companies(jobs, plan)
    later = len(due[limit:]) if limit is not None else 0
    due = due[:limit]
    tally.total += len(due)
    register, closes = Register(companies), _closes(prices)
    faults, watch = 0, LayoutWatch(SOURCE)
    for number, isin in enumerate(due):
        tally.left = later + len(due) - number
        try:
            company = _fetch(context, jobs, register, isin, symbols[isin], closes.get(isin, ()))
        except HostClosed as err:
            context.leave(tally, err.message)
            return
        except SourceError as err:
            before = jobs.known(isin)
            _put_off(jobs, tally, symbols[isin], before, _as_known(err, before))
            context.tell(tally, err.message)
            faults = faults + 1 if _is_fault(err, before) else 0
            if _ends_the_run(context, tally, err, faults):
                return
            continue
        faults = 0
        gathered.add(isin, company)
        fresh = any(d.fresh for d in company.documents)
        tally.took(fresh)
        tally.bare += not company.page.has_figures
        watch.see(isin, company.page)
        if drifts := gathered.withhold(watch):
            tally.left = later + len(due) - number - 1
            context.leave(tally, "; ".join(map(str, drifts)))
            return
        context.tell(tally, f"{symbols[isin]}: {company.facts.height:,} figures")
    tally.left = later


def stored_pages(context: Context, symbol: str) -> list[CompanyPage]:
    """A company's stored pages that show figures, the consolidated one first."""
    found = []
    for basis in ("consolidated", "standalone"):
        document = context.session.stored(page_url(symbol, basis))
        if document is not None:
            try:
                page = parse_page(document.body, document.final_url)
            except LayoutError:
                continue
            if page.has_figures:
                found.append(page)
    return found


def _fetch(
    context: Context,
    jobs: Jobs,
    register: Register,
    isin: str,
    symbol: str,
    closes: Sequence[Close],
) -> _Company:
    """One company's pages, judged, stored, and its job done."""
    jobs.begin(isin)

    def get(url: str) -> Document:
        return context.session.get(url, Kind.HTML, max_age=_SAME_NIGHT)

    company = _read_company(get, isin, symbol, register, closes)
    for document in company.documents:
        context.session.keep(document)
    jobs.done(isin, PAGE_LIFE)
    return company


def _read_company(
    get: Get,
    isin: str,
    symbol: str,
    register: Register | None = None,
    closes: Sequence[Close] = (),
) -> _Company:
    """The consolidated page; the standalone one too where that has no figures or only old ones."""
    documents: list[Document] = []
    facts: list[pl.DataFrame] = []

    def read(basis: str) -> CompanyPage:
        document = get(page_url(symbol, basis))
        page = parse_page(document.body, document.final_url)
        seen = moment_of(document)
        if register:
            register.refuse_other_company(page, isin, closes, in_india(seen).date())
        documents.append(document)
        facts.append(facts_of(page, isin, seen))
        return page

    first = read("consolidated")
    main = first
    if first.basis == "consolidated" and (not first.has_figures or _is_stale(first, documents[0])):
        try:
            second = read("standalone")
        except (NotThere, NoStatements):
            second = first
        if second is not first:
            # Ownership and today's values are the company's: one page's are enough.
            main = first if first.has_figures else second
            other = 1 if main is first else 0
            facts[other] = statement_facts(facts[other])
    return _Company(main, pl.concat(facts), tuple(documents))


def _read_stored(context: Context, jobs: Jobs, symbols: dict[str, str], gathered: Gathered) -> None:
    """Read again, from the store alone, pages that are in no published generation yet."""

    def get(url: str) -> Document:
        document = context.session.stored(url)
        if document is None:
            raise NotThere(f"{url} is not stored.")
        return document

    watch = LayoutWatch(SOURCE)
    for isin in jobs.unpublished(PARSER_VERSION):
        if isin not in symbols:
            continue
        try:
            company = _read_company(get, isin, symbols[isin])
        except SourceError as err:
            jobs.failed(isin, err.message, 0.0)
            continue
        gathered.add(isin, company)
        watch.see(isin, company.page)
    gathered.withhold(watch)


def due_companies(jobs: Jobs, plan: Plan) -> list[str]:
    """The ISINs to fetch now, the most wanted first.

    Of those the user named the ones that are not due follow, so that repeated runs reach them all.
    """
    jobs.plan(plan.places)
    jobs.outdated({isin: moment.timestamp() for isin, moment in plan.old_before.items()})
    due = [job.key for job in jobs.due(plan.places, plan.tier)]
    if plan.asked_for:
        due += [isin for isin in plan.places if isin not in set(due)]
    return due


def _closes(prices: pl.DataFrame) -> dict[str, list[Close]]:
    """The closes of the last weeks of each company."""
    if prices.is_empty():
        return {}
    last = prices["date"].max()
    recent = prices.filter(pl.col("date") >= pl.lit(last) - pl.duration(days=45))
    found: dict[str, list[Close]] = {}
    for isin, date, close in recent.select("isin", "date", "close").iter_rows():
        found.setdefault(isin, []).append(Close(date, close))
    return found


def _put_off(jobs: Jobs, tally: Tally, symbol: str, before: Job, err: SourceError) -> None:
    """Record why a company was not taken, and when to try again.

    One that has failed often is asked for once a week, not every night.
    """
    isin = before.key
    again = next((s for kind, s in _AGAIN.items() if isinstance(err, kind)), _AGAIN_OTHERWISE)
    if before.tries >= OFTEN and not isinstance(err, RefusedError):
        again = max(again, _AGAIN_AT_LAST)
    if isinstance(err, NotThere | NoStatements):
        jobs.absent(isin, err.message, again)
        tally.absent += 1
        tally.bare += isinstance(err, NoStatements)
        return
    jobs.failed(isin, err.message, again)
    tally.missed(symbol, err)


def _as_known(err: SourceError, before: Job) -> SourceError:
    """The error, as a fault of the page where the company's tables were there not long ago."""
    if isinstance(err, NoStatements) and before.done_at and before.tries < OFTEN:
        return LayoutError(err.message, "It had tables before; it is tried again tomorrow.")
    return err


def _is_fault(err: SourceError, before: Job) -> bool:
    """Whether it speaks of a site that has changed or is failing, not of one company."""
    if isinstance(err, NoStatements) and before.state is JobState.ABSENT:
        return False  # it had none the last time either
    return isinstance(err, LoginNeeded) or not isinstance(
        err, NotThere | OtherCompany | RefusedError
    )


def _ends_the_run(context: Context, tally: Tally, err: SourceError, faults: int) -> bool:
    """Whether to ask this site no more tonight."""
    if isinstance(err, NoReply) and err.offline:
        tally.stopped = err.message
    elif context.session.troubled:
        tally.stopped = "Hosts closed their doors three times in this run."
    elif faults >= _FAULTS_IN_A_ROW:
        tally.stopped = f"{faults} pages in a row could not be used: {err.message}"
        context.session.leave_alone(SCREENER_HOST, f"{faults} pages in a row could not be used")
    if tally.stopped:
        context.tell(tally, tally.stopped)
    return bool(tally.stopped)


def _is_stale(page: CompanyPage, document: Document) -> bool:
    last = page.last_report
    return last is None or (in_india(moment_of(document)).date() - last).days > STALE_DAYS


def moment_of(document: Document) -> dt.datetime:
    """When a document was fetched."""
    return dt.datetime.fromtimestamp(document.fetched_at, dt.UTC)
