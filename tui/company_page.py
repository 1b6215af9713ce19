"""What the page of a company shows, gathered once for text, JSON and picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenError
from screener.fields.base import Reason
from screener.fields.catalogue import by_key
from screener.market.prices import price_line
from screener.market.store import Market
from screener.peer_report import PeerReport, peer_report
from screener.regime.channel import Channel, channel
from screener.screening import isin_of, run
from screener.screens import Library
from screener.shortlists import Shortlists

FIGURES: Final = (
    "market_cap", "current_price", "pe", "pb", "roce", "debt_to_equity", "sales_growth_3_years",
    "dividend_yield", "drawdown_52w",
)  # fmt: skip
YEAR_LINES: Final = (
    "sales", "operating_profit", "net_profit", "eps", "cfo", "net_worth", "borrowings",
)  # fmt: skip
QUARTER_LINES: Final = ("sales", "operating_profit", "net_profit", "eps")
OWNER_LINES: Final = ("promoters", "fiis", "diis", "public", "pledged")
YEARS: Final = 10
QUARTERS: Final = 8
HOLDINGS: Final = 5


@dataclass(frozen=True)
class Figure:
    """A field's value with its unit, and why it is unknown where it is."""

    key: str
    name: str
    unit: str
    value: Any
    reason: str = ""


@dataclass(frozen=True)
class Period:
    """A year, a quarter or a shareholding: its end, its months, its figures by line."""

    end: dt.date
    months: int
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Standing:
    """What a saved screen says of the company: pass, fail, unknown or outside."""

    screen: str
    title: str
    verdict: str


@dataclass(frozen=True)
class CompanyPage:
    """A company as its page shows it. Periods run from the oldest to the latest.

    `days` and `closes` are adjusted; `channel` is of the closes.
    """

    isin: str
    symbol: str
    name: str
    template: str  # corporate, bank, lender, insurer
    identity: tuple[str, ...]
    label: str
    fictional: bool
    market_date: dt.date
    figures: tuple[Figure, ...]
    standings: tuple[Standing, ...]
    years: tuple[Period, ...]
    quarters: tuple[Period, ...]
    owners: tuple[Period, ...]
    peers: PeerReport
    days: tuple[dt.date, ...]
    closes: tuple[float, ...]
    channel: Channel | None


def company_page(
    market: Market, library: Library, symbol: str, *, state: Any = None
) -> CompanyPage:
    """The page of the company of that symbol, code, name or ISIN. Raises UnknownName.

    `state` is the state file, for screens that ask about a watchlist.
    """
    isin = isin_of(market, symbol)
    mine = pl.col("isin") == isin
    company = market.companies.filter(mine).row(0, named=True)
    row = market.panel.filter(mine).row(0, named=True)
    fields = market.fields.filter(mine).row(0, named=True)
    days, closes = _prices(market, isin)
    return CompanyPage(
        isin=isin,
        symbol=company["symbol"] or "",
        name=company["name"] or isin,
        template=company["template"] or "corporate",
        identity=_identity(company, row),
        label=market.label,
        fictional=market.is_demo,
        market_date=market.date,
        figures=tuple(_figure(fields, key) for key in FIGURES if key in by_key()),
        standings=_standings(market, library, isin, state),
        years=_periods(row, "", YEARS, YEAR_LINES),
        quarters=_periods(row, "q", QUARTERS, QUARTER_LINES),
        owners=_periods(row, "h", HOLDINGS, OWNER_LINES),
        peers=peer_report(market, isin),
        days=days,
        closes=closes,
        channel=channel(closes, days),
    )


def _identity(company: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[str, ...]:
    listed = company["listed_on"]
    parts = (
        company["isin"],
        f"BSE {company['bse_code']}" if company["bse_code"] else "",
        company["sector"],
        company["basic_industry"],
        f"{company['size_class']} cap" if company["size_class"] else "",
        f"listed {listed:%b %Y}" if listed else "",
        f"{row['basis']} figures" if row.get("basis") else "",
    )
    return tuple(str(part) for part in parts if part)


def _figure(fields: Mapping[str, Any], key: str) -> Figure:
    field, value = by_key()[key], fields[key]
    code = fields.get(f"{key}?")
    reason = "" if value is not None else (Reason(code) if code else Reason.MISSING).sentence
    return Figure(key, field.name, field.unit.value, value, reason)


def _standings(
    market: Market, library: Library, isin: str, state_file: Path | None
) -> tuple[Standing, ...]:
    queries = [screen.query for screen in library.screens]
    lists = Shortlists(state_file).watchlists(*queries) if state_file else {}
    found = []
    for screen in library.screens:
        try:
            result = run(market, screen, ratios=library.ratios, watchlists=lists)
        except ScreenError:
            continue
        at = result.frame["isin"].index_of(isin)
        if at is None:
            continue
        said = result.verdicts.row(at, named=True)
        verdict = {True: "pass", False: "fail", None: "unknown"}[said["verdict"]]
        found.append(Standing(screen.name, screen.title, verdict if said["inside"] else "outside"))
    return tuple(found)


def _periods(
    row: Mapping[str, Any], letter: str, count: int, lines: Sequence[str]
) -> tuple[Period, ...]:
    found = []
    for k in range(count - 1, -1, -1):
        end = row.get(f"end@{letter}{k}")
        if end is None:
            continue
        slot = f"{letter}{k}"
        figures = {line: _line(row, line, slot) for line in lines}
        found.append(Period(end, row.get(f"months@{slot}") or 0, figures))
    return tuple(found)


def _line(row: Mapping[str, Any], line: str, slot: str) -> float | None:
    if line != "net_worth":
        value: float | None = row.get(f"{line}@{slot}")
        return value
    capital, reserves = row.get(f"equity_capital@{slot}"), row.get(f"reserves@{slot}")
    return None if capital is None or reserves is None else capital + reserves


def _prices(market: Market, isin: str) -> tuple[tuple[dt.date, ...], tuple[float, ...]]:
    """Adjusted closes up to the market's date, since the last jump that no action explains."""
    known = price_line(market, isin)
    return tuple(known["date"]), tuple(known["adj"])


def margins(page: CompanyPage) -> tuple[str, ...]:
    """The lines whose share of sales tells something: a bank has no operating margin."""
    return ("operating_profit", "net_profit") if page.template == "corporate" else ("net_profit",)


def margin(period: Period, line: str) -> float | None:
    """A line in percent of that period's sales; None without sales."""
    sales, value = period.figures.get("sales"), period.figures.get(line)
    return None if value is None or not sales or sales <= 0 else 100 * value / sales
