"""The parts of a statement's row: three further requests a company, made only when asked for.

They tell long-term from short-term borrowings and leases; inventories, receivables and cash from
the other assets; and materials and staff from the expenses, which are shown as shares of sales.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote_plus

import polars as pl

from scrapers.cells import number, period
from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.hosts import SCREENER_HOST
from scrapers.jobs import DAY, Jobs
from scrapers.pages import due_companies, moment_of, stored_pages
from scrapers.plan import Plan
from scrapers.screener_facts import balance_facts, cost_facts
from scrapers.screener_in import CompanyPage, Statement
from scrapers.session import Document, Kind, NotThere
from screener.errors import LayoutError, RefusedError, SourceError

SOURCE: Final = "screener.in schedules"
QUEUE: Final = "screener.in.schedules"
#: Raise it when schedules are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 2


@dataclass(frozen=True)
class Parent:
    """A row with parts. rows: their labels and the lines they are; others are not taken."""

    section: str
    rows: Mapping[str, str]


PARENTS: Final[Mapping[str, Parent]] = {
    "Borrowings": Parent(
        "balance-sheet",
        {
            "long term borrowings": "long_term_borrowings",
            "short term borrowings": "short_term_borrowings",
            "lease liabilities": "lease_liabilities",
        },
    ),
    "Other Assets": Parent(
        "balance-sheet",
        {
            "inventories": "inventories",
            "trade receivables": "receivables",
            "cash equivalents": "cash",
        },
    ),
    "Expenses": Parent(
        "profit-loss",
        {"material cost %": "material_cost", "employee cost %": "employee_cost"},
    ),
}
_PERIOD: Final = re.compile(r"[A-Z][a-z]{2} [0-9]{4}\b.*")
_COMPANY_ID: Final = re.compile(r"[0-9]+")
_LIFE: Final = 30 * DAY
_SAME_NIGHT: Final = 20 * 3600.0
_AGAIN: Final = 7 * DAY
_FAULTS_IN_A_ROW: Final = 5

Get = Callable[[str], Document]


@dataclass
class Scheduled:
    """What schedules gave: facts, and the jobs to mark as published."""

    facts: list[pl.DataFrame]
    jobs: list[str]


def schedule_url(company_id: str, parent: str, basis: str) -> str:
    """The address of the parts of a row."""
    tail = "&consolidated=" if basis == "consolidated" else ""
    return (
        f"https://{SCREENER_HOST}/api/company/{company_id}/schedules/"
        f"?parent={quote_plus(parent)}&section={PARENTS[parent].section}{tail}"
    )


def parse_schedule(body: bytes, parent: str, url: str) -> Statement:
    """The lines of a parent row, a value or None a period. Raises LayoutError.

    Keys of a row that are no period carry the site's own notes and are passed over.
    """
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as err:
        raise LayoutError(f"{url} is no JSON ({err}).") from err
    if not isinstance(rows, dict) or not all(isinstance(row, dict) for row in rows.values()):
        raise LayoutError(f"{url} is not a table of rows.", "The site may have changed it.")
    names = PARENTS[parent].rows
    try:
        lines = {
            names[label.strip().casefold()]: {
                period(key.strip()): number(_text(cell))
                for key, cell in row.items()
                if _PERIOD.fullmatch(key.strip())
            }
            for label, row in rows.items()
            if label.strip().casefold() in names
        }
    except ValueError as err:
        raise LayoutError(f"{url}: {err}.", "Nothing of it was taken.") from err
    periods = sorted({p for row in lines.values() for p in row if p}, key=lambda p: p.end)
    if len({p.end for p in periods}) != len(periods):
        raise LayoutError(f"{url}: two columns are of the same period.")
    return Statement(
        tuple(periods), {line: tuple(row.get(p) for p in periods) for line, row in lines.items()}
    )


def gather_schedules(
    context: Context,
    companies: pl.DataFrame,
    found: Scheduled,
    plan: Plan,
    *,
    limit: int | None = None,
) -> None:
    """The schedules that are due of companies whose page is stored. Adds to `found` as it goes."""
    jobs, tally = context.jobs(QUEUE), context.tally(SOURCE, SCREENER_HOST)
    active = companies.filter(pl.col("status") == "active")
    symbols = dict(active.select("isin", "symbol").iter_rows())
    for isin in jobs.unpublished(PARSER_VERSION):
        if isin in symbols:
            _read_stored(context, jobs, isin, _page(context, symbols[isin]), found)
    due = due_companies(jobs, replace(plan, asked_for=False))
    tally.total = len(due) if limit is None else min(limit, len(due))
    faults, asked = 0, 0
    for before, isin in enumerate(due):
        tally.left = len(due) - before
        page = _page(context, symbols[isin]) if asked < tally.total else None
        if page is None:
            continue
        asked += 1
        jobs.begin(isin)
        try:
            facts, documents = _read(_from_host(context), isin, page)
        except HostClosed as err:
            context.leave(tally, err.message)
            return
        except SourceError as err:
            faults = 0 if isinstance(err, NotThere | RefusedError) else faults + 1
            jobs.failed(isin, err.message, _LIFE if isinstance(err, NotThere) else _AGAIN)
            tally.missed(symbols[isin], err)
            context.tell(tally, err.message)
            if faults >= _FAULTS_IN_A_ROW:
                tally.stopped = f"{faults} schedules in a row could not be used: {err.message}"
                return
            continue
        faults = 0
        for document in documents:
            context.session.keep(document)
        jobs.done(isin, _LIFE)
        found.facts.append(facts)
        found.jobs.append(isin)
        tally.fetched += 1
        context.tell(tally, f"{symbols[isin]}: {facts.height:,} figures")
    tally.left = len(due) - asked


def _read(get: Get, isin: str, page: CompanyPage) -> tuple[pl.DataFrame, list[Document]]:
    """The facts of a company's schedules, on the basis of its page, and the bodies they are of."""
    facts, documents = [], []
    for parent in PARENTS:
        url = schedule_url(page.company_id, parent, page.basis)
        document = get(url)
        statement = parse_schedule(document.body, parent, url)
        read = balance_facts if PARENTS[parent].section == "balance-sheet" else cost_facts
        facts.append(read(page, statement, isin, moment_of(document)))
        documents.append(document)
    return pl.concat(facts), documents


def _read_stored(
    context: Context, jobs: Jobs, isin: str, page: CompanyPage | None, found: Scheduled
) -> None:
    """Read again, from the store alone, what is in no published generation yet."""

    def stored(url: str) -> Document:
        document = context.session.stored(url)
        if document is None:
            raise NotThere(f"{url} is not stored.")
        return document

    try:
        if page is not None:
            found.facts.append(_read(stored, isin, page)[0])
            found.jobs.append(isin)
    except SourceError as err:
        jobs.failed(isin, err.message, 0.0)


def _from_host(context: Context) -> Get:
    return lambda url: context.session.get(url, Kind.JSON, max_age=_SAME_NIGHT)


def _page(context: Context, symbol: str) -> CompanyPage | None:
    """The stored page whose figures go furthest, if it names its company."""
    pages = [p for p in stored_pages(context, symbol) if _COMPANY_ID.fullmatch(p.company_id)]
    return max(pages, key=lambda p: p.last_report or dt.date.min, default=None)


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return str(cell)
    raise ValueError(f"{cell!r} is not a cell")
