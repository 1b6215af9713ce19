"""One request for each source, and what its reply must hold to be of use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers import amfi, bse, delivery, filed, niftyindices, nse, nse_actions, nse_indices
from scrapers.hosts import (
    AMFI_HOST,
    BSE_API_HOST,
    BSE_HOST,
    NIFTY_HOST,
    NSE_HOST,
    SCREENER_HOST,
)
from scrapers.layout import missing_rows
from scrapers.nse_bundles import parse_meetings
from scrapers.screener_in import ROWS, SOURCE, page_url, parse_page
from scrapers.session import Document, Kind
from scrapers.tables import clean
from scrapers.xbrl import read_results
from screener.errors import LayoutError

_WEEKEND: Final = 5
_A_WEEK: Final = dt.timedelta(days=7)
_INDEX: Final = "Nifty 50"
_KNOWN_EVERYWHERE: Final = (
    "TCS",
    "INE467B01029",
)  # asked for where there is no market yet to choose a company from


@dataclass(frozen=True)
class Probe:
    """A request. `read` says what the reply holds; it raises LayoutError where that is too little.

    dated: the file of a day, which is never asked for twice.
    """

    source: str
    host: str
    what: str
    url: str
    kind: Kind
    read: Callable[[bytes, str], str]
    dated: bool = False
    payload: bytes = b""


def probes(
    tables: Mapping[str, pl.DataFrame],
    today: dt.date,
    stored: Callable[[str], Document | None],
) -> Iterator[Probe]:
    """A probe of each source that needs no decision of the user beside screener.in's terms.

    tables: those of the market there is, or empty ones. stored: the stored document of an address;
    what a probe brought is stored before the next one is taken.
    """
    day = _last_session(tables["prices"], today)
    yield Probe(
        nse.SOURCE, NSE_HOST, "list of companies", nse.EQUITY_LIST_URL, Kind.CSV,
        lambda body, _: f"{nse.parse_equity_list(body).height:,} companies",
    )  # fmt: skip
    yield _of_day(nse.SOURCE, "prices", nse.bhavcopy_url(day), Kind.ZIP, nse.parse_bhavcopy, day)
    yield _of_day(
        delivery.SOURCE, "delivery", delivery.delivery_url(day), Kind.CSV,
        delivery.parse_delivery, day,
    )  # fmt: skip
    yield _of_day(
        "nse actions", "corporate actions and board meetings", nse_actions.bundle_url(day),
        Kind.ZIP, lambda body, of: (nse_actions.parse_bundle(body, of), parse_meetings(body, of)),
        day,
    )  # fmt: skip
    yield _of_day(
        "nse indices", "index levels", nse_indices.levels_url(day), Kind.CSV,
        nse_indices.parse_levels, day,
    )  # fmt: skip
    members = nse_indices.MEMBER_LISTS[0]
    yield Probe(
        "nse members", NSE_HOST, members.name, members.url, Kind.CSV,
        lambda body, _: f"{len(nse_indices.parse_members(body, members)):,} members",
    )  # fmt: skip
    yield Probe(
        bse.SOURCE, BSE_API_HOST, "list of companies", bse.list_url("Active"), Kind.JSON,
        lambda body, _: f"{bse.parse_list(body, 'Active').height:,} companies",
    )  # fmt: skip
    yield Probe(
        bse.SOURCE, BSE_HOST, "prices", bse.prices_url(day), Kind.CSV,
        lambda body, _: f"{bse.parse_prices(body, day).height:,} rows of {day:%d %b %Y}",
        dated=True,
    )  # fmt: skip
    yield Probe(
        filed.SOURCE, BSE_API_HOST, "filings", bse.filings_url(window=1), Kind.JSON,
        lambda body, _: f"{len(bse.parse_filings(body, 'the list of filings')):,} filings",
    )  # fmt: skip
    yield from _filed_document(stored(bse.filings_url(window=1)))
    yield Probe(
        amfi.SOURCE, AMFI_HOST, "sizes", amfi.list_urls(today)[-1], Kind.ZIP,
        lambda body, url: f"{amfi.parse_list(body, url).height:,} companies", dated=True,
    )  # fmt: skip
    yield Probe(
        niftyindices.SOURCE, NIFTY_HOST, "index history",
        niftyindices.history_url(niftyindices.LEVELS), Kind.JSON,
        lambda body, _: _history(body, day),
        payload=niftyindices.question(_INDEX, day - _A_WEEK, day),
    )  # fmt: skip
    symbol, _ = largest(tables["companies"])
    yield Probe(SOURCE, SCREENER_HOST, f"page of {symbol}", page_url(symbol), Kind.HTML, _page)


def _filed_document(filings: Document | None) -> Iterator[Probe]:
    """A probe of the newest document of today's filings, if there are any."""
    try:
        listed = bse.parse_filings(filings.body, "the list of filings") if filings else []
    except LayoutError:
        return  # its own probe says so
    if listed:
        name = listed[0].document
        yield Probe(
            filed.SOURCE, BSE_HOST, "results document", bse.document_url(name), Kind.HTML,
            lambda body, _: _results(body, name), dated=True,
        )  # fmt: skip


def _results(body: bytes, name: str) -> str:
    found = read_results(body, name)
    figures = len({*found.period, *found.year, *found.balance})
    return f"{clean(found.name)}, {found.basis}, {figures} figures to {found.period_end:%d %b %Y}"


def _of_day(
    source: str,
    what: str,
    url: str,
    kind: Kind,
    parse: Callable[[bytes, dt.date], object],
    day: dt.date,
) -> Probe:
    def read(body: bytes, _: str) -> str:
        parsed = parse(body, day)
        rows = f"{parsed.height:,} rows of " if isinstance(parsed, pl.DataFrame) else "read, of "
        return f"{rows}{day:%d %b %Y}"

    return Probe(source, NSE_HOST, what, url, kind, read, dated=True)


def _history(body: bytes, day: dt.date) -> str:
    table = niftyindices.LEVELS
    history = niftyindices.parse_history(body, table, _INDEX, day - _A_WEEK, day)
    return f"{history.height:,} days of {_INDEX}"


def _page(body: bytes, url: str) -> str:
    """What a company page holds; it must have figures and every row that pages carry."""
    page = parse_page(body, url)
    lacking = sorted(missing_rows(page))
    if lacking:
        section, line = lacking[0]
        label = next(label for label, known in ROWS[section].items() if known == line)
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise LayoutError(f"{url}: {section} row {label!r}{more} not found.")
    if not page.has_figures:
        raise LayoutError(f"{url} shows no figures.")
    rows = sum(len(statement.lines) for statement in page.statements.values())
    unknown = f", {len(page.unknown_rows)} rows unknown" if page.unknown_rows else ""
    return f"{page.name}, {page.basis}, {rows} rows{unknown}"


def largest(companies: pl.DataFrame) -> tuple[str, str]:
    """Symbol and ISIN of the largest company there is."""
    active = companies.filter(pl.col("status") == "active").sort("size_rank", nulls_last=True)
    return (active["symbol"][0], active["isin"][0]) if active.height else _KNOWN_EVERYWHERE


def _last_session(prices: pl.DataFrame, today: dt.date) -> dt.date:
    """The newest session on file, else the last weekday that is over."""
    last = prices["date"].max()
    if isinstance(last, dt.date):
        return last
    day = today - dt.timedelta(days=1)
    while day.weekday() >= _WEEKEND:
        day -= dt.timedelta(days=1)
    return day
