"""Estimates and their revisions from Yahoo Finance, where the user has turned it on.

The bulk screener tells which companies any analyst covers; only those are asked for one by one.
Replies are read by what they hold, not by their labels: periods by their end date, keys without
regard to case, figures only in rupees.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import polars as pl

from scrapers.cache import BodyCache, Kept
from scrapers.circuit import HostClosed, Hosts
from scrapers.context import Context
from scrapers.estimates.optional import YAHOO
from scrapers.jobs import DAY
from scrapers.report import Miss, Tally
from screener.errors import FetchError, LayoutError, RefusedError, SourceError
from screener.market.schema import ESTIMATES, conform, empty

SOURCE: Final = YAHOO.name
HOST: Final = "query2.finance.yahoo.com"
PARSER_VERSION: Final = 1
PAGE: Final = 250  # quotes in a reply of the bulk screener
_PAGES: Final = 60
_DELAY: Final = 2.5
_JITTER: Final = 0.3
_BUDGET: Final = 500
_LIFE: Final = 7 * DAY
_PROBE: Final = "which companies are covered"
_NIGHT: Final = 12 * 3600.0
_CRORE: Final = 1e7
_NOT_FOUND: Final = 404
_YEARS: Final = ("0y", "+1y")
_LOOK_BACKS: Final = {"7daysago": 7, "30daysago": 30, "60daysago": 60, "90daysago": 90}


class TooMany(FetchError):
    """Yahoo wants no more requests for now."""


class Door(Protocol):
    """The two questions that are asked of Yahoo."""

    def covered(self, offset: int) -> Mapping[str, Any]:
        """A page of the bulk screener: `total` and `quotes`. Raises TooMany or FetchError."""

    def trend(self, symbol: str) -> Sequence[Mapping[str, Any]] | None:
        """`earningsTrend.trend` of a company; None where there is none. Raises the same."""


def gather_estimates(
    context: Context, companies: pl.DataFrame, found: list[pl.DataFrame], door: Door | None = None
) -> list[str]:
    """Fetch what is due and add it to `found`; the jobs to mark as published once it is.

    Replies are stored as they come, so a kill loses at most the one under way.
    """
    jobs, tally = context.jobs(SOURCE), context.tally(SOURCE, HOST)
    hosts = Hosts(context.db, context.clock, context.paths.state)
    store = BodyCache(context.paths.cache / "http", context.db)
    names = _symbols(companies)
    taken: list[str] = []
    for isin in jobs.unpublished(PARSER_VERSION):
        reply = _stored(store, isin)
        if isin in names and reply is not None:
            found.append(parse_trend(reply["trend"], isin, dt.date.fromisoformat(reply["as_of"])))
            taken.append(isin)
    try:
        door = door or YfinanceDoor(context.stand_ins)
        covered = _covered(context, hosts, store, door, names)
        jobs.plan(dict.fromkeys(covered, 0.0))
        due = [job.key for job in jobs.due(covered)]
        tally.expect(len(due))
        for isin in due:
            _one(context, hosts, store, door, isin, names[isin], tally, found)
            taken.append(isin)
            tally.left = tally.total - tally.done
    except SourceError as err:
        context.leave(tally, err.message)
        if isinstance(err, TooMany):
            hosts.open(HOST, err.message, _NIGHT)
    return taken


def asked_once(context: Context, name: str, door: Door | None = None) -> str:
    """What the estimates of a company hold, asked now. name: Yahoo's, such as TCS.NS.

    Raises HostClosed, TooMany, FetchError, LayoutError, or RefusedError without yfinance.
    """
    hosts = Hosts(context.db, context.clock, context.paths.state)
    door = door or YfinanceDoor(context.stand_ins)
    _wait_turn(context, hosts)
    try:
        trend = door.trend(name)
    except TooMany as err:
        hosts.open(HOST, err.message, _NIGHT)
        raise
    hosts.answered(HOST)
    return f"{parse_trend(trend or [], '', context.today).height:,} estimates of {name}"


def _one(
    context: Context,
    hosts: Hosts,
    store: BodyCache,
    door: Door,
    isin: str,
    symbol: str,
    tally: Tally,
    found: list[pl.DataFrame],
) -> None:
    jobs = context.jobs(SOURCE)
    jobs.begin(isin)
    try:
        _wait_turn(context, hosts)
        trend = door.trend(symbol)
    except (TooMany, HostClosed):
        raise
    except SourceError as err:
        jobs.failed(isin, err.message, DAY)
        tally.failed.append(Miss(symbol, err.message))
        context.tell(tally, f"{symbol}: {err.message}", what="trouble")
        return
    hosts.answered(HOST)
    try:
        rows = parse_trend(trend or [], isin, context.today)
    except LayoutError as err:
        jobs.failed(isin, err.message, DAY)
        tally.refused.append(Miss(symbol, err.message))
        context.tell(tally, f"{symbol}: {err.message}", what="trouble")
        return
    _store(context, store, isin, {"as_of": context.today.isoformat(), "trend": trend or []})
    jobs.done(isin, _LIFE)
    found.append(rows)
    tally.fetched += 1
    context.tell(tally, f"{symbol}: {rows.height} estimates")


def parse_trend(trend: Sequence[Mapping[str, Any]], isin: str, as_of: dt.date) -> pl.DataFrame:
    """The estimates of this and the next financial year (schema ESTIMATES).

    A figure that is empty, or zero analysts', is no estimate. What the source says of earlier days
    becomes rows of those days. Raises LayoutError for another currency or another shape.
    """
    try:
        rows = [row for item in trend for row in _rows(_folded(item), isin, as_of)]
    except (AttributeError, TypeError, ValueError, KeyError) as err:
        raise LayoutError(f"Yahoo's estimates have another shape than before ({err!r}).") from err
    return (
        conform("estimates", pl.DataFrame(rows, schema_overrides=ESTIMATES))
        if rows
        else empty("estimates")
    )


def _rows(item: Mapping[str, Any], isin: str, as_of: dt.date) -> Iterator[dict[str, object]]:
    if item.get("period") not in _YEARS or not item.get("enddate"):
        return
    common = {
        "isin": isin,
        "fy_end": dt.date.fromisoformat(str(item["enddate"])[:10]),
        "as_of": as_of,
        "source": SOURCE,
    }
    eps = _folded(item.get("earningsestimate") or {})
    moves = _folded(item.get("epsrevisions") or {})
    analysts = _count(eps.get("numberofanalysts"))
    if _number(eps.get("avg")) is not None and analysts:
        _refuse_other_currency(eps.get("earningscurrency"), isin)
        yield {
            **common,
            "metric": "eps",
            "mean": _number(eps.get("avg")),
            "high": _number(eps.get("high")),
            "low": _number(eps.get("low")),
            "analysts": analysts,
            "up_30d": _count(moves.get("uplast30days")),
            "down_30d": _count(moves.get("downlast30days")),
        }
        for key, value in _folded(item.get("epstrend") or {}).items():
            days, mean = _LOOK_BACKS.get(key), _number(value)
            if days and mean is not None:
                earlier = as_of - dt.timedelta(days=days)
                yield {**common, "metric": "eps", "mean": mean, "as_of": earlier}
    revenue = _folded(item.get("revenueestimate") or {})
    analysts = _count(revenue.get("numberofanalysts"))
    mean = _number(revenue.get("avg"))
    if mean is not None and analysts:
        _refuse_other_currency(revenue.get("revenuecurrency"), isin)
        high, low = _number(revenue.get("high")), _number(revenue.get("low"))
        yield {
            **common,
            "metric": "revenue",
            "mean": mean / _CRORE,
            "high": None if high is None else high / _CRORE,
            "low": None if low is None else low / _CRORE,
            "analysts": analysts,
        }


def _refuse_other_currency(currency: object, isin: str) -> None:
    if currency not in (None, "INR"):
        raise LayoutError(f"Yahoo's estimates of {isin} are in {currency}, not in rupees.")


def _folded(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Keys without case: Yahoo has changed it before."""
    return {key.casefold(): value for key, value in mapping.items()}


def _number(value: object) -> float | None:
    """A finite number, also inside `{"raw": …}`; an empty object is none."""
    if isinstance(value, Mapping):
        value = value.get("raw")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < float("inf") else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _symbols(companies: pl.DataFrame) -> dict[str, str]:
    """Yahoo's name of each listed company: the NSE symbol, else the BSE code."""
    active = companies.filter(pl.col("status") == "active")
    return {
        isin: f"{code}.BO" if code and symbol == code else f"{symbol}.NS"
        for isin, symbol, code in active.select("isin", "symbol", "bse_code").iter_rows()
        if symbol
    }


def _covered(
    context: Context, hosts: Hosts, store: BodyCache, door: Door, names: Mapping[str, str]
) -> list[str]:
    """ISINs of the companies that any analyst covers, asked once a week."""
    jobs = context.jobs(f"{SOURCE} coverage")
    jobs.plan({_PROBE: 0.0})
    held = _stored(store, _PROBE)
    if held is None or jobs.due([_PROBE]):
        jobs.begin(_PROBE)
        symbols: list[str] = []
        for page in range(_PAGES):
            _wait_turn(context, hosts)
            reply = door.covered(page * PAGE)
            quotes = reply.get("quotes") or []
            symbols += [
                str(q.get("symbol"))
                for q in quotes
                if _number(q.get("epsForward", q.get("epsforward"))) is not None
            ]
            if not quotes or (page + 1) * PAGE >= int(reply.get("total") or 0):
                break
        held = {"symbols": symbols}
        _store(context, store, _PROBE, held)
        jobs.done(_PROBE, _LIFE)
    listed = set(held["symbols"])
    return [isin for isin, name in names.items() if name in listed]


def _wait_turn(context: Context, hosts: Hosts) -> None:
    """Wait as long as the host is owed, and count the request. Raises HostClosed."""
    hosts.check(HOST)
    hosts.spend(HOST, _BUDGET)
    delay = _DELAY * (1 + _JITTER * random.random())  # noqa: S311
    context.session.pause(HOST, hosts.seconds_to_wait(HOST, delay))
    hosts.asked(HOST)


def _address(key: str) -> str:
    return f"https://{HOST}/earningsTrend/{key.replace(' ', '-')}"


def _stored(store: BodyCache, key: str) -> dict[str, Any] | None:
    kept = store.find(_address(key))
    body = store.body(kept) if kept else None
    if body is None:
        return None
    reply: dict[str, Any] = json.loads(body)
    return reply


def _store(context: Context, store: BodyCache, key: str, reply: Mapping[str, Any]) -> None:
    now, url = context.clock.now().timestamp(), _address(key)
    body = json.dumps(reply).encode()
    store.store(Kept(url, url, now, now, "", "", "application/json", "", len(body)), body)


class YfinanceDoor:
    """Yahoo through the package yfinance, which is imported only here."""

    def __init__(self, stand_ins: bool = False) -> None:
        """stand_ins: hosts are replaced in this run; the package knows of none, so it is left out.

        Raises RefusedError then, and where the package is missing.
        """
        if stand_ins:
            raise RefusedError(
                "Other addresses stand in for the hosts, and yfinance knows of none.",
                "Yahoo is asked when a refresh runs without --hosts.",
            )
        try:
            import yfinance
            from yfinance.data import YfData
        except ImportError as err:
            raise RefusedError(
                "Estimates from Yahoo need the package yfinance.",
                "Install it with: pip install 'kasauti[yahoo]', or turn the source off with "
                "`kasauti sources off yahoo`.",
            ) from err
        self._yfinance = yfinance
        self._data = YfData()

    def covered(self, offset: int) -> Mapping[str, Any]:
        """A page of Indian shares, the largest first."""
        query = self._yfinance.EquityQuery
        india = query(
            "and",
            [
                query("eq", ["region", "in"]),
                query("or", [query("eq", ["exchange", e]) for e in ("NSI", "BSE")]),
            ],
        )
        with _translated(self._yfinance):
            reply: Mapping[str, Any] = self._yfinance.screen(
                india, offset=offset, size=PAGE, sortField="intradaymarketcap", sortAsc=False
            )
        return reply

    def trend(self, symbol: str) -> Sequence[Mapping[str, Any]] | None:
        """The raw module: yfinance's own tables leave the end dates of the periods out."""
        with _translated(self._yfinance):
            try:
                reply = self._data.get_raw_json(
                    f"https://{HOST}/v10/finance/quoteSummary/{symbol}",
                    params={
                        "modules": "earningsTrend",
                        "corsDomain": "finance.yahoo.com",
                        "formatted": "false",
                        "symbol": symbol,
                    },
                )
            except Exception as err:  # its HTTP error is of one of two packages
                if getattr(getattr(err, "response", None), "status_code", 0) == _NOT_FOUND:
                    return None
                raise
        summary = reply.get("quoteSummary") or {}
        if (summary.get("error") or {}).get("code") == "Not Found" or not summary.get("result"):
            return None
        trend: Sequence[Mapping[str, Any]] = (
            summary["result"][0].get("earningsTrend", {}).get("trend", [])
        )
        return trend


class _translated:  # noqa: N801
    """Turn what yfinance raises into errors of ours."""

    def __init__(self, yfinance: Any) -> None:
        self._limit = yfinance.exceptions.YFRateLimitError

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, err: BaseException | None, __: object) -> None:
        if err is None or not isinstance(err, Exception) or isinstance(err, SourceError):
            return
        if isinstance(err, self._limit):
            raise TooMany("Yahoo wants no more requests tonight.") from err
        raise FetchError(f"Yahoo gave no usable reply ({type(err).__name__}).") from err
