"""What the exchange's daily bundle says beside corporate actions: meetings and market caps."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from scrapers.archives import named_member
from scrapers.bse_market import merged_events
from scrapers.context import Context
from scrapers.csv_tables import columns, number, read_csv
from scrapers.dated import DatedFile, fetch_missing
from scrapers.jobs import JobState
from scrapers.nse import RUPEES_A_CRORE, SERIES
from scrapers.nse import SOURCE as EXCHANGE
from scrapers.nse_actions import bundle_url
from scrapers.nse_daily import ACTIONS, stored_prices
from scrapers.session import Kind
from scrapers.sessions import of_companies
from scrapers.tables import clean
from screener.errors import LayoutError, SourceError
from screener.market.schema import EVENTS

SOURCE: Final = "nse meetings"
#: Raise it when bundles are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
HALF_YEAR: Final = 125  # sessions
_TEXT: Final = 240  # characters kept of what a meeting is about
_MEETING: Final = re.compile(
    r"(?P<name>.*?)\s*\b(?P<symbol>\S+) : (?P<day>[0-9]{2}-[A-Z]{3}-[0-9]{4}) : (?P<text>.*)"
)
_CAP_COLUMNS: Final = {
    "Trade Date": "date",
    "Symbol": "symbol",
    "Series": "series",
    "Market Cap(Rs.)": "mcap",
}


@dataclass(frozen=True)
class Meeting:
    """A board meeting as a company announced it, or told its outcome."""

    symbol: str
    day: dt.date
    text: str


def parse_meetings(body: bytes, date: dt.date) -> tuple[Meeting, ...]:
    """The board meetings of the bundle of a day. Raises LayoutError.

    What a meeting is about may run over several lines; it is cut to a sentence or two.
    """
    name = f"the NSE bundle of {date}"
    dated = re.compile(rf"(?:.*/)?bm(?:{date:%d%m%y}|{date:%d%m%Y})\.(?:txt|csv)", re.IGNORECASE)
    text = named_member(body, name, dated, f"board meeting (Bm, {date})").decode("utf-8", "replace")
    head, *lines = text.lstrip("\ufeff").splitlines() or [""]
    if "BM DATE" not in head.upper() or "SYMBOL" not in head.upper():
        raise LayoutError(f"{name}: its list of board meetings has other columns: {head[:60]!r}.")
    found: list[Meeting] = []
    for line in lines:
        row = _MEETING.fullmatch(line.strip())
        if row:
            day = _day(row["day"], name)
            found.append(Meeting(row["symbol"], day, clean(row["text"])[:_TEXT]))
        elif found and line.strip():
            last = found[-1]
            found[-1] = Meeting(last.symbol, last.day, clean(f"{last.text} {line}")[:_TEXT])
    if not found and any(line.strip() for line in lines):
        raise LayoutError(f"{name}: no line of its board meetings could be read.")
    return tuple(dict.fromkeys(found))


def parse_caps(body: bytes, date: dt.date) -> pl.DataFrame:
    """symbol and mcap (₹ crore) of companies' shares in the bundle of a day. Raises LayoutError."""
    name = f"the NSE bundle of {date}"
    dated = re.compile(rf"(?:.*/)?mcap{date:%d%m%Y}\.csv", re.IGNORECASE)
    content = named_member(body, name, dated, f"market cap (mcap, {date})")
    frame = columns(read_csv(content, name), _CAP_COLUMNS, name)
    if set(frame["date"].to_list()) != {f"{date:%d %b %Y}".upper()}:
        raise LayoutError(f"{name}: its market caps are of another day.")
    return (
        frame.filter(pl.col("series").is_in(SERIES))
        .with_columns(number("mcap") / RUPEES_A_CRORE)
        .filter(pl.col("mcap") > 0)
        .unique("symbol", keep="first", maintain_order=True)
        .select("symbol", "mcap")
    )


MEETINGS: Final = DatedFile(
    "nse.meetings", SOURCE, "board meetings", PARSER_VERSION, Kind.ZIP, bundle_url, parse_meetings
)


def gather_meetings(
    context: Context, days: Sequence[dt.date], found: dict[dt.date, tuple[Meeting, ...]]
) -> None:
    """The meetings of stored bundles that the market does not hold yet. Adds to `found`."""
    jobs = context.jobs(ACTIONS.queue)
    stored = [
        day for day in days if (job := jobs.find(str(day))) is not None
        and job.state is JobState.DONE
    ]  # fmt: skip
    found.update(fetch_missing(context, MEETINGS, stored))


def with_meetings(
    context: Context,
    events: pl.DataFrame,
    found: Mapping[dt.date, Sequence[Meeting]],
    companies: pl.DataFrame,
) -> pl.DataFrame:
    """The events with those meetings (schema EVENTS)."""
    today = dict(companies.sort(pl.col("status") == "active").select("symbol", "isin").iter_rows())
    rows = []
    for day, meetings in found.items():
        then: dict[str, str] = {}
        if any(meeting.symbol not in today for meeting in meetings):
            prices = stored_prices(context, day)
            if prices is not None:
                shares = of_companies(prices, companies)
                then = dict(shares.select("symbol", "isin").iter_rows())
        for meeting in meetings:
            isin = today.get(meeting.symbol, then.get(meeting.symbol))
            if isin:
                rows.append(
                    (isin, meeting.day, "board_meeting", None, None, meeting.text, EXCHANGE)
                )
    return merged_events(events, pl.DataFrame(rows, schema=EVENTS, orient="row"))


def average_caps(
    context: Context, days: Sequence[dt.date], companies: pl.DataFrame
) -> pl.DataFrame:
    """isin and the mean market cap (₹ crore) over those of the days whose bundle is stored."""
    frames = []
    for day in days:
        document = context.session.stored(bundle_url(day))
        try:
            if document is not None:
                frames.append(parse_caps(document.body, day))
        except SourceError:
            continue
    if not frames:
        return pl.DataFrame(schema={"isin": pl.String, "mcap": pl.Float64})
    active = companies.filter(pl.col("status") == "active").select("symbol", "isin")
    return (
        pl.concat(frames)
        .join(active, on="symbol", how="inner")
        .group_by("isin")
        .agg(pl.col("mcap").mean())
        .sort("mcap", "isin", descending=[True, False])
    )


def _day(text: str, name: str) -> dt.date:
    try:
        return dt.datetime.strptime(text.title(), "%d-%b-%Y").date()
    except ValueError as err:
        raise LayoutError(f"{name}: {text!r} is no date.") from err
