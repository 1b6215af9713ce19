"""Estimates of two years from Moneycontrol, where the user has turned it on.

It has no history: revisions appear from Kasauti's own dated readings. A company is found by its
symbol or ISIN in the search reply, never by the nearest name.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import polars as pl

from scrapers.circuit import HostClosed
from scrapers.clock import in_india
from scrapers.context import Context
from scrapers.estimates.optional import MONEYCONTROL
from scrapers.hosts import MONEYCONTROL_API_HOST, MONEYCONTROL_HOST
from scrapers.jobs import DAY
from scrapers.probes import Probe
from scrapers.session import Kind, NotThere, PoliteSession
from screener.errors import LayoutError, SourceError
from screener.market.schema import ESTIMATES, conform, empty

SOURCE: Final = MONEYCONTROL.name
PARSER_VERSION: Final = 1
_LIFE: Final = 7 * DAY
_FOREVER: Final = 3650 * DAY
_FAULTS_IN_A_ROW: Final = 5
_YEAR: Final = re.compile(r"(?:FY|Mar(?:ch)?)?\D*((?:20)?\d{2})(?:E|P)?", re.IGNORECASE)
_METRICS: Final = {"eps": "eps", "revenue": "revenue"}
_LABELS: Final = ("heading", "year", "period", "name")
_BASES: Final = ("C", "S")  # consolidated first


def gather_estimates(
    context: Context, companies: pl.DataFrame, found: list[pl.DataFrame]
) -> list[str]:
    """Fetch what is due and add it to `found`; the jobs to mark as published once it is."""
    jobs, tally = context.jobs(SOURCE), context.tally(SOURCE, MONEYCONTROL_API_HOST)
    active = companies.filter(pl.col("status") == "active", ~pl.col("is_sme"))
    symbols = dict(active.sort("size_rank").select("isin", "symbol").iter_rows())
    jobs.plan({isin: float(i) for i, isin in enumerate(symbols)})
    taken = [isin for isin in jobs.unpublished(PARSER_VERSION) if isin in symbols]
    found.extend(_read(context, isin, symbols[isin], _FOREVER) for isin in taken)
    due = [job.key for job in jobs.due(symbols) if job.key not in taken]
    tally.expect(len(due))
    faults = 0
    for isin in due:
        jobs.begin(isin)
        symbol = symbols[isin]
        try:
            rows = _read(context, isin, symbol, _LIFE)
        except HostClosed as err:
            context.leave(tally, err.message)
            break
        except NotThere as err:
            jobs.absent(isin, err.message, 30 * DAY)
            tally.absent += 1
            continue
        except SourceError as err:
            jobs.failed(isin, err.message, DAY)
            tally.missed(symbol, err)
            context.tell(tally, f"{symbol}: {err.message}", what="trouble")
            faults += 1
            if faults == _FAULTS_IN_A_ROW:
                tally.stopped = f"{faults} replies in a row could not be used"
                break
            continue
        faults = 0
        jobs.done(isin, _LIFE)
        found.append(rows)
        taken.append(isin)
        tally.fetched += 1
        context.tell(tally, f"{symbol}: {rows.height} estimates")
    tally.left = max(0, len(due) - tally.done)
    return taken


def _read(context: Context, isin: str, symbol: str, max_age: float) -> pl.DataFrame:
    session = context.session
    search = session.get(search_url(symbol), Kind.JSON, max_age=_FOREVER)
    code = company_code(search.body, symbol, isin)
    for basis in _BASES:
        document = session.get(forecast_url(code, basis), Kind.JSON, max_age=max_age)
        as_of = in_india(dt.datetime.fromtimestamp(document.fetched_at, dt.UTC)).date()
        rows = parse_forecast(document.body, isin, as_of)
        if rows.height:
            return rows
    return empty("estimates")


def probe(session: PoliteSession, symbol: str, isin: str, today: dt.date) -> Probe:
    """One request that tells whether it works: the forecast where the code is on file."""
    known = session.stored(search_url(symbol))
    if known is None:
        return Probe(
            SOURCE, MONEYCONTROL_HOST, f"search for {symbol}", search_url(symbol), Kind.JSON,
            lambda body, _: f"its code is {company_code(body, symbol, isin)}",
        )  # fmt: skip
    code = company_code(known.body, symbol, isin)
    return Probe(
        SOURCE, MONEYCONTROL_API_HOST, f"forecast of {symbol}", forecast_url(code, _BASES[0]),
        Kind.JSON, lambda body, _: f"{parse_forecast(body, isin, today).height:,} estimates",
    )  # fmt: skip


def search_url(symbol: str) -> str:
    """Where a company's code is found by its symbol."""
    return (
        f"https://{MONEYCONTROL_HOST}/mccode/common/autosuggestion_solr.php"
        f"?classic=true&query={quote(symbol, safe='')}&type=1&format=json"
    )


def forecast_url(code: str, basis: str) -> str:
    """The yearly consensus of a company."""
    return (
        f"https://{MONEYCONTROL_API_HOST}/mcapi/v1/stock/estimates/earning-forecast"
        f"?scId={quote(code, safe='')}&ex=N&deviceType=W&frequency=12&financialType={basis}"
    )


def company_code(body: bytes, symbol: str, isin: str) -> str:
    """The code of the company whose entry holds exactly that symbol or ISIN. Raises NotThere."""
    reply = _json(body, "Moneycontrol's search")
    if not isinstance(reply, list):
        raise LayoutError("Moneycontrol's search reply is not a list.")
    wanted = {symbol.casefold(), isin.casefold()}
    for entry in reply:
        if not isinstance(entry, dict):
            continue
        shown = re.sub(r"<[^>]*>", " ", str(entry.get("pdt_dis_nm", "")))
        words = {word.casefold() for word in re.split(r"[\s,()]+", shown)}
        if words & wanted and entry.get("sc_id"):
            return str(entry["sc_id"])
    raise NotThere(f"Moneycontrol has no entry for {symbol}.")


def parse_forecast(body: bytes, isin: str, as_of: dt.date) -> pl.DataFrame:
    """EPS (₹) and revenue (₹ crore) of years not reported yet (schema ESTIMATES).

    A zero or an empty list is no estimate. Raises LayoutError for another shape.
    """
    reply = _json(body, "Moneycontrol's forecast")
    if not isinstance(reply, dict) or "success" not in reply:
        raise LayoutError("Moneycontrol's forecast has another shape than before.")
    data = reply.get("data")
    if str(reply.get("success")) != "1" or not isinstance(data, Mapping):
        return empty("estimates")
    rows = [row for name in _METRICS for row in _rows(name, data.get(name) or (), isin, as_of)]
    if not rows:
        return empty("estimates")
    return conform("estimates", pl.DataFrame(rows, schema_overrides=ESTIMATES))


def _rows(
    name: str, items: Sequence[Any], isin: str, as_of: dt.date
) -> Iterator[dict[str, object]]:
    for item in items:
        if not isinstance(item, Mapping):
            raise LayoutError(f"Moneycontrol's {name} forecast has another shape than before.")
        mean, actual = _number(item.get("avg")), _number(item.get("actual"))
        if not mean or actual:
            continue
        end = _year_end(item)
        if end >= as_of:
            yield {
                "isin": isin,
                "fy_end": end,
                "metric": _METRICS[name],
                "mean": mean,
                "high": _number(item.get("high")),
                "low": _number(item.get("low")),
                "analysts": int(_number(item.get("analystCount")) or 0) or None,
                "as_of": as_of,
                "source": SOURCE,
            }


def _year_end(item: Mapping[str, Any]) -> dt.date:
    """31 March of the financial year the item names. Raises LayoutError where it names none."""
    label = next((str(item[key]) for key in _LABELS if item.get(key)), "")
    found = _YEAR.search(label)
    if not found:
        raise LayoutError(
            f"Moneycontrol's forecast does not say its year as before ({', '.join(item)[:80]})."
        )
    year = int(found[1])
    return dt.date(year + 2000 if year < 100 else year, 3, 31)


def _number(value: object) -> float | None:
    try:
        number = float(str(value).replace(",", ""))
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _json(body: bytes, name: str) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig", "replace"))
    except ValueError as err:
        raise LayoutError(f"{name} is not JSON ({err}).") from err
