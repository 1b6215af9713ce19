"""Corporate actions from the exchange's daily bundle: splits, bonuses, rights and dividends.

The bundle of a day lists what is to come and what takes place that day, a row for every series a
share trades in. So an ex-date is told by several bundles, and the last one before it is right.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import polars as pl

from scrapers.archives import named_member
from scrapers.hosts import NSE_HOST
from scrapers.nse import SERIES, SOURCE
from scrapers.purposes import Part, is_unread, parse_purpose, rights_factor
from screener.errors import LayoutError
from screener.market.schema import ACTIONS, conform

#: Raise it when bundles are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
_COLUMNS: Final = ("SERIES", "SYMBOL", "EX_DT", "PURPOSE")
_DATE_FORMATS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d-%b-%Y")
_STALE_CLOSE_DAYS: Final = 30


@dataclass(frozen=True)
class Stated:
    """A row of the bundle: whose share, when it trades without, and what the purpose says."""

    symbol: str
    ex_date: dt.date
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bundle:
    """The corporate actions a day's bundle states. `unread`: purposes that could not be read."""

    day: dt.date
    stated: tuple[Stated, ...]
    unread: tuple[str, ...] = ()


def bundle_url(date: dt.date) -> str:
    """The address of the bundle of a day."""
    return f"https://{NSE_HOST}/archives/equities/bhavcopy/pr/PR{date:%d%m%y}.zip"


def parse_bundle(body: bytes, date: dt.date) -> Bundle:
    """The actions of companies' shares in the bundle of a day.

    Raises LayoutError, also when it holds another day's list.
    """
    name = f"the NSE bundle of {date}"
    dated = re.compile(rf"(?:.*/)?bc(?:{date:%d%m%y}|{date:%d%m%Y})\.csv", re.IGNORECASE)
    content = named_member(body, name, dated, f"corporate action (Bc, {date})")
    stated: dict[Stated, None] = {}
    unread: dict[str, None] = {}
    for series, symbol, printed, purpose in _rows(content, name):
        if series not in SERIES or not symbol:
            continue
        parts = tuple(parse_purpose(purpose))
        if is_unread(purpose):
            unread[f"{symbol}: {purpose}"] = None
        if parts and printed:
            stated[Stated(symbol, _date(printed, name), parts)] = None
    return Bundle(date, tuple(stated), tuple(unread))


def merged_actions(
    previous: pl.DataFrame,
    bundles: Collection[Bundle],
    held: Collection[dt.date],
    isins: Mapping[dt.date, Mapping[str, str]],
    prices: pl.DataFrame,
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """The previous actions and those of new bundles (schema ACTIONS).

    held: the days whose bundles are in `previous`. isins: ISIN by symbol for each new bundle.
    Of an ex-date the last bundle before it counts, and that of the day itself adds to it, so a
    date that was put off leaves no trace. prices: unadjusted, for the bonus element of rights.
    """
    days = sorted({bundle.day for bundle in bundles} | set(held))
    following = dict(pairwise([*days, dt.date.max]))
    table = conform("actions", previous)
    ex_date = pl.col("ex_date")
    offers: dict[tuple[str, dt.date], Part] = {}
    for bundle in sorted(bundles, key=lambda b: b.day):
        end, known = following[bundle.day], isins.get(bundle.day, {})
        replaced = (ex_date > bundle.day) & ((ex_date < end) | pl.lit(end not in held))
        replaced = replaced & (ex_date <= end) & (pl.col("source") == SOURCE)
        table = table.filter(~replaced)
        new = _table(bundle, known).filter(ex_date <= end, ex_date >= bundle.day)
        table = pl.concat([table, new.join(table, on=_KEY, how="anti")])
        offers |= _offers(bundle, known)
    return _with_rights(table, offers, prices, companies).sort("isin", "ex_date", "kind", "amount")


_KEY: Final = ["isin", "ex_date", "kind"]


def _rows(content: bytes, name: str) -> list[tuple[str, ...]]:
    """The cells of the columns that matter; a comma in the last one does not end it."""
    text = content.decode("utf-8-sig", "replace")
    try:
        header, *lines = list(csv.reader(io.StringIO(text))) or [[]]
    except csv.Error as err:
        raise LayoutError(f"{name} cannot be read as CSV: {err}") from err
    header = [cell.strip().upper() for cell in header]
    missing = [column for column in _COLUMNS if column not in header]
    if missing or header[-1] != _COLUMNS[-1]:
        raise LayoutError(
            f"{name} lacks {', '.join(missing) or 'PURPOSE as its last column'}.",
            "The exchange may have changed the file.",
        )
    at = [header.index(column) for column in _COLUMNS[:-1]]
    filled = [line for line in lines if any(cell.strip() for cell in line)]
    for line in filled:
        if len(line) < len(header):
            raise LayoutError(f"{name} has a row of {len(line)} cells: {line[:3]}.")
    return [
        (*(line[i].strip() for i in at), ",".join(line[len(header) - 1 :]).strip())
        for line in filled
    ]


def _date(printed: str, name: str) -> dt.date:
    for form in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(printed, form).date()
        except ValueError:
            continue
    raise LayoutError(f"{name}: {printed!r} is no date.")


def _table(bundle: Bundle, isins: Mapping[str, str]) -> pl.DataFrame:
    """The bundle's actions of known companies; of one told for several series one row."""
    rows = [
        (isins[stated.symbol], stated.ex_date, part.kind, part.factor, part.amount, SOURCE)
        for stated in bundle.stated
        for part in stated.parts
        if stated.symbol in isins
    ]
    return pl.DataFrame(rows, schema=ACTIONS, orient="row").unique(maintain_order=True)


def _offers(bundle: Bundle, isins: Mapping[str, str]) -> dict[tuple[str, dt.date], Part]:
    return {
        (isins[stated.symbol], stated.ex_date): part
        for stated in bundle.stated
        for part in stated.parts
        if part.kind == "rights" and stated.symbol in isins
    }


def _with_rights(
    table: pl.DataFrame,
    offers: Mapping[tuple[str, dt.date], Part],
    prices: pl.DataFrame,
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """The table with the bonus element of rights whose price before the ex-date is known."""
    factors = []
    for (isin, ex_date), part in offers.items():
        cum_price = _close_before(prices, isin, ex_date)
        face_value = _face_value(companies, table, isin, ex_date)
        if cum_price is not None and face_value is not None:
            factor = rights_factor(part, cum_price, face_value)
            factors.append((isin, ex_date, "rights", factor))
    schema = {name: ACTIONS[name] for name in (*_KEY, "factor")}
    return table.update(pl.DataFrame(factors, schema=schema, orient="row"), on=_KEY, how="left")


def _close_before(prices: pl.DataFrame, isin: str, ex_date: dt.date) -> float | None:
    """The last close before a day, ₹, if there is a recent one."""
    since = ex_date - dt.timedelta(days=_STALE_CLOSE_DAYS)
    bars = prices.filter(
        pl.col("isin") == isin, pl.col("date").is_between(since, ex_date, closed="left")
    )
    return float(bars.sort("date")["close"][-1]) if bars.height else None


def _face_value(
    companies: pl.DataFrame, actions: pl.DataFrame, isin: str, day: dt.date
) -> float | None:
    """The face value on a day, ₹: today's, times the splits since."""
    today = companies.filter(pl.col("isin") == isin)["face_value"]
    if today.is_empty() or today[0] is None:
        return None
    splits = actions.filter(
        pl.col("isin") == isin, pl.col("kind") == "split", pl.col("ex_date") > day
    )["factor"]
    return float(today[0]) * math.prod(splits.drop_nulls())
