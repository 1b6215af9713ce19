"""Which symbols NSE's companies had before, from the exchange's list of changes."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterable
from typing import Final

import polars as pl

from scrapers.bse_market import merged_events
from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.dated import fetch_list
from scrapers.hosts import NSE_HOST
from scrapers.jobs import DAY
from scrapers.nse import SOURCE, SYMBOL_PATTERN
from screener.errors import LayoutError
from screener.market.renames import SYMBOL_CHANGE
from screener.market.schema import EVENTS

CHANGES_URL: Final = f"https://{NSE_HOST}/content/equities/symbolchange.csv"
_LIFE: Final = 7 * DAY
_COLUMNS: Final = 4  # name, old symbol, new symbol, day; the file has no headers
_SYMBOL: Final = re.compile(SYMBOL_PATTERN)
_LEAST_READ: Final = 0.9  # of the lines

Change = tuple[dt.date, str, str]  # the day, the symbol given up, the one taken


def parse_changes(body: bytes, listed: Iterable[str]) -> list[Change]:
    """The changes of symbols. Raises LayoutError.

    listed: symbols in use. The file does not name its columns; more of the new symbols than of the
    old ones must be in use, or they are not where they should be.
    """
    name = "symbolchange.csv"
    if body[:64].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        raise LayoutError(f"{name} came as a web page instead of a table.")
    try:
        frame = pl.read_csv(
            io.BytesIO(body), has_header=False, infer_schema=False, encoding="utf8-lossy"
        )
    except (pl.exceptions.PolarsError, ValueError) as err:
        raise LayoutError(f"{name} cannot be read as CSV: {err}") from err
    if frame.width != _COLUMNS:
        raise LayoutError(f"{name} has {frame.width} columns instead of {_COLUMNS}.")
    found = [
        (day, old, new)
        for _, *cells in frame.iter_rows()
        for old, new, day in [_cells(cells)]
        if day and _SYMBOL.fullmatch(old) and _SYMBOL.fullmatch(new)
    ]
    if len(found) < _LEAST_READ * frame.height:
        raise LayoutError(f"{name}: only {len(found):,} of {frame.height:,} lines could be read.")
    in_use = set(listed)
    now, before = (sum(change[i] in in_use for change in found) for i in (2, 1))
    if before > now:
        raise LayoutError(f"{name}: its columns are not old symbol, new symbol.")
    return found


def _cells(cells: list[str | None]) -> tuple[str, str, dt.date | None]:
    old, new, day = ((cell or "").strip() for cell in cells)
    try:
        return old, new, dt.datetime.strptime(day.title(), "%d-%b-%Y").date()
    except ValueError:
        return old, new, None


def changes_as_events(changes: Iterable[Change], companies: pl.DataFrame) -> pl.DataFrame:
    """The changes that lead to a company listed today (schema EVENTS), by way of others or not."""
    active = companies.filter(pl.col("status") == "active", pl.col("source") == SOURCE)
    holder = dict(active.select("symbol", "isin").iter_rows())
    rows = []
    for day, old, new in sorted(changes, reverse=True):
        isin = holder.get(new)
        if isin is not None and old != new:
            rows.append((isin, day, SYMBOL_CHANGE, old, SOURCE))
            holder[old] = isin  # before that day it was this company's
    columns = ("isin", "date", "kind", "text", "source")
    return pl.DataFrame(rows, schema={name: EVENTS[name] for name in columns}, orient="row")


def with_symbol_changes(
    context: Context, events: pl.DataFrame, companies: pl.DataFrame
) -> pl.DataFrame:
    """The events and the changes of symbols; as before where the list cannot be had."""

    def parse(body: bytes) -> list[Change]:
        return parse_changes(body, companies["symbol"])

    try:
        changes = fetch_list(context, SOURCE, CHANGES_URL, _LIFE, parse)
    except HostClosed as err:
        context.leave(context.tally(SOURCE, NSE_HOST), err.message)
        return events
    if changes is None:
        return events
    known = events.filter(pl.col("kind") != SYMBOL_CHANGE)
    return merged_events(known, changes_as_events(changes, companies))
