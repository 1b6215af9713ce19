"""The history of index levels and of their P/E, P/B and yield: one question an index.

The daily files of the exchange go on from there. The owner of the indices answers a long question
with a level for every session, and with valuations that may be further apart.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from scrapers.bse import read_json
from scrapers.circuit import HostClosed
from scrapers.context import Context
from scrapers.hosts import NIFTY_HOST
from scrapers.jobs import DAY
from scrapers.report import Miss
from scrapers.session import Document, Kind
from scrapers.tables import clean
from scrapers.transport import NoReply
from screener.errors import LayoutError, SourceError
from screener.market.schema import INDICES, conform

SOURCE: Final = "niftyindices"
QUEUE: Final = "niftyindices.history"
#: Raise it when replies are to be read anew from the store because this module reads more.
PARSER_VERSION: Final = 1
FIRST_DAY: Final = dt.date(2005, 4, 1)
#: Names as in the daily files; the questions are asked in capitals.
HISTORIES: Final = (
    "Nifty Smallcap 250", "NIFTY Smallcap 100", "Nifty Smallcap 50", "Nifty Midcap 150",
    "Nifty 50", "Nifty 100", "Nifty 500", "Nifty MidSmallcap 400", "Nifty Microcap 250",
    "Nifty Total Market",
)  # fmt: skip
LEVELS: Final = "getHistoricaldatatabletoString"
VALUATIONS: Final = "getpepbHistoricaldataDBtoString"
_COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    LEVELS: {
        "historicaldate": "date", "open": "open", "high": "high", "low": "low", "close": "close",
    },
    VALUATIONS: {"date": "date", "pe": "pe", "pb": "pb", "divyield": "div_yield"},
}  # fmt: skip
_DATE_FORMATS: Final = ("%d %b %Y", "%d-%b-%Y", "%d-%m-%Y", "%Y-%m-%d")
_LIFE: Final = 90 * DAY
_AGAIN: Final = 7 * DAY


def history_url(table: str) -> str:
    """Where a table (LEVELS or VALUATIONS) is asked for."""
    return f"https://{NIFTY_HOST}/BackPage/{table}"


def question(index: str, since: dt.date, until: dt.date) -> bytes:
    """What is asked: an index between two days."""
    name = index.upper()
    asked = (
        f"{{'name':'{name}','startDate':'{since:%d-%b-%Y}','endDate':'{until:%d-%b-%Y}',"
        f"'indexName':'{name}'}}"
    )
    return json.dumps({"cinfo": asked}, separators=(",", ":")).encode()


def parse_history(
    body: bytes, table: str, index: str, since: dt.date, until: dt.date
) -> pl.DataFrame:
    """The rows of a table of an index as index levels (schema INDICES). Raises LayoutError.

    Rows without a value are passed over; a row of another index or outside the time asked for makes
    the reply unusable.
    """
    name = f"the history of {index}"
    reply = read_json(body, name)
    if isinstance(reply, dict) and isinstance(reply.get("d"), str):
        reply = read_json(reply["d"].encode(), name)
    if not isinstance(reply, list) or not all(isinstance(row, dict) for row in reply):
        raise LayoutError(f"{name} is not a list of rows.", "The site may have changed it.")
    wanted = _COLUMNS[table]
    rows: list[dict[str, Any]] = []
    for row in reply:
        cells = {key.strip().casefold(): value for key, value in row.items()}
        missing = [key for key in wanted if key not in cells]
        if missing:
            raise LayoutError(f"{name} lacks {missing[0]}.", "The site may have changed it.")
        named = clean(str(cells.get("index name") or cells.get("index_name") or index))
        if named.casefold() != index.casefold():
            raise LayoutError(f"{name} is that of {named}.", "It is not used.")
        day = _day(str(cells["historicaldate" if table == LEVELS else "date"]), name)
        if not since <= day <= until:
            raise LayoutError(f"{name} holds {day}, which was not asked for.")
        values = {ours: _number(cells[key], name) for key, ours in wanted.items() if ours != "date"}
        if any(value is not None for value in values.values()):
            rows.append({"index": index, "date": day, **values, "source": SOURCE})
    schema = {key: INDICES[key] for key in ("index", "date", *list(wanted.values())[1:], "source")}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    if table == LEVELS and frame.filter(~(pl.col("close") > 0).fill_null(False)).height:
        raise LayoutError(f"{name} holds a level that is not above zero.")
    return conform("indices", frame.unique(["index", "date"], keep="first").sort("date"))


def gather_histories(
    context: Context, levels: pl.DataFrame, found: list[pl.DataFrame], done: list[str]
) -> None:
    """The histories that are due: whole ones first, later only what came since.

    Adds to `found`, and the jobs to mark as published to `done`.
    """
    jobs, tally = context.jobs(QUEUE), context.tally(SOURCE, NIFTY_HOST)
    keys = {f"{index}|{table}": float(i) for i, index in enumerate(HISTORIES) for table in _COLUMNS}
    jobs.plan(keys)
    for key in jobs.unpublished(PARSER_VERSION):
        # The store answers where the very question was asked today.
        jobs.failed(key, "It was read and not published.", 0.0)
    due = sorted((job.key for job in jobs.due(keys)), key=lambda key: (keys[key], key))
    tally.total = len(due)
    without_levels: set[str] = set()
    for number, key in enumerate(due):
        tally.left = len(due) - number
        index, table = key.split("|")
        if index in without_levels:
            jobs.failed(key, "Its levels could not be had.", _AGAIN)
            continue
        since, until = _gap(levels, index, table, context.today)
        jobs.begin(key)
        try:
            document = _ask(context, index, table, since, until)
            history = parse_history(document.body, table, index, since, until)
            if history.is_empty() and since == FIRST_DAY:
                raise LayoutError(f"The history of {index} came back empty.")
        except HostClosed as err:
            context.leave(tally, err.message)
            return
        except SourceError as err:
            if isinstance(err, NoReply) and err.offline:
                tally.stopped = err.message
                return
            without_levels.add(index)
            jobs.failed(key, err.message, _AGAIN)
            tally.failed.append(Miss(index, err.message))
            context.tell(tally, err.message)
            continue
        context.session.keep(document)
        jobs.done(key, _LIFE)
        found.append(history)
        done.append(key)
        tally.took(document.fresh)
        context.tell(tally, f"{history.height:,} days of {index}")
    tally.left = 0


def with_histories(levels: pl.DataFrame, found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The levels (schema INDICES) and those of histories, which only fill what is not known.

    A valuation of a day without a level is left out.
    """
    frames = [conform("indices", frame) for frame in (levels, *found)]
    values = [name for name in INDICES if name not in ("index", "date", "source")]
    return conform(
        "indices",
        pl.concat(frames)
        .group_by("index", "date", maintain_order=True)
        .agg(
            *(pl.col(name).drop_nulls().first() for name in values),
            pl.col("source").first(),
        )
        .filter(pl.col("close").is_not_null())
        .sort("index", "date"),
    )


def _gap(levels: pl.DataFrame, index: str, table: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days to ask for: from the start, or from the last day such a history told of."""
    column = "close" if table == LEVELS else "pe"
    held = levels.filter(
        pl.col("index") == index, pl.col(column).is_not_null(), pl.col("source") == SOURCE
    )["date"].max()
    return (held if isinstance(held, dt.date) else FIRST_DAY), today


def _ask(context: Context, index: str, table: str, since: dt.date, until: dt.date) -> Document:
    payload = question(index, since, until)
    return context.session.get(history_url(table), Kind.JSON, max_age=_LIFE, payload=payload)


def _number(value: Any, name: str) -> float | None:
    text = str(value).replace(",", "").strip() if value is not None else ""
    if text in ("", "-", "NA", "None"):
        return None
    try:
        number = float(text)
    except ValueError as err:
        raise LayoutError(f"{name}: {text[:20]!r} is no number.") from err
    if not -1e9 < number < 1e9:
        raise LayoutError(f"{name}: {text[:20]!r} is no number.")
    return number


def _day(text: str, name: str) -> dt.date:
    for form in _DATE_FORMATS:
        try:
            return dt.datetime.strptime(text.strip().title(), form).date()
        except ValueError:
            continue
    raise LayoutError(f"{name}: {text[:20]!r} is no date.")
