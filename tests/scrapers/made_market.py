"""A small market made by hand, served in the hosts' own shapes, and a machine that refreshes it."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scrapers.hosts import AMFI_HOST, NSE_HOST, SCREENER_HOST
from scrapers.nse import EQUITY_LIST_URL, SME_LIST_URL, bhavcopy_url
from scrapers.nse_actions import bundle_url
from scrapers.nse_indices import levels_url
from scrapers.refresh import Summary, refresh
from scrapers.report import Event
from screener.fields import catalogue
from screener.market import panel
from screener.market.panel import build as build_panel
from screener.market.schema import TABLES
from screener.market.store import Market
from screener.paths import Paths
from tests.replay.clock import FakeClock
from tests.replay.server import Answer, FixedSite, ReplayServer, serving
from tests.scrapers.made_files import (
    amfi_book,
    bhavcopy,
    equity_list,
    index_levels,
    made_isin,
    member_list,
    pr_bundle,
    sme_list,
)
from tests.scrapers.made_pages import Tables, made_page, tables

EVENING = dt.datetime(2026, 6, 30, 15, 0, tzinfo=dt.UTC)  # half past eight in India, a Tuesday
AMFI_PATH = "/spages/AverageMarketCapitalization31Dec2025.xlsx"
TODAY = dt.date(2026, 6, 30)
SYMBOLS = ("ALPHA", "BETA", "GAMMA")
ISIN = {symbol: made_isin(i) for i, symbol in enumerate(SYMBOLS, 1)}


class MadeMarket(FixedSite):
    """Three companies, two sessions, one AMFI list; tests change what they are about."""

    def __init__(self) -> None:
        super().__init__({})
        self.list(*((symbol, isin) for symbol, isin in ISIN.items()))
        for symbol in SYMBOLS:
            self.page(symbol)
        self.session(TODAY)
        self.session(TODAY - dt.timedelta(days=1))
        ranks = [(i, "x", isin, 1e4 / i) for i, isin in enumerate(ISIN.values(), 1)]
        self.pages[AMFI_HOST, "/spages/AverageMarketCapitalization31Dec2025.xlsx"] = amfi_book(
            ranks
        )

    def list(self, *companies: tuple[str, ...]) -> None:
        """Set EQUITY_L."""
        self.pages[NSE_HOST, EQUITY_LIST_URL.partition(NSE_HOST)[2]] = equity_list(*companies)

    def session(
        self, day: dt.date, isins: dict[str, str] = ISIN, of: dt.date | None = None
    ) -> None:
        """Add a session; `of`: the day the file is really of."""
        shares = [(symbol, isin, 100.0) for symbol, isin in isins.items()]
        self._file(bhavcopy_url(day), bhavcopy(of or day, shares))

    def prices(self, day: dt.date, **closes: float) -> None:
        """Add a session with these closes."""
        shares = [(symbol, ISIN[symbol], close) for symbol, close in closes.items()]
        self._file(bhavcopy_url(day), bhavcopy(day, shares))

    def bundle(self, day: dt.date, *rows: tuple[str, ...]) -> None:
        """Set the corporate actions (symbol, ex-date, purpose) a day's bundle lists."""
        self._file(bundle_url(day), pr_bundle(day, rows))

    def levels(self, day: dt.date, *rows: str, of: dt.date | None = None) -> None:
        """Set the index levels of a day; `of`: the day they are really of."""
        self._file(levels_url(day), index_levels(of or day, *rows))

    def members(self, file: str, *isins: str) -> None:
        """Set the members of an index."""
        listed = [(f"M{i}", isin) for i, isin in enumerate(isins)]
        self.pages[NSE_HOST, f"/content/indices/ind_{file}.csv"] = member_list(*listed)

    def sme(self, *companies: tuple[str, ...]) -> None:
        """Set the list of the SME platform."""
        self._file(SME_LIST_URL, sme_list(*companies))

    def _file(self, url: str, body: bytes) -> None:
        self.pages[NSE_HOST, url.partition(NSE_HOST)[2]] = body

    def page(
        self, slug: str, given: Tables | None = None, basis: str = "consolidated", **header: Any
    ) -> None:
        """Set a company's page on a basis."""
        about = {"name": f"{slug.title()} Industries Ltd", "symbol": slug, "bse_code": ""}
        self.put(
            slug,
            made_page(given, consolidated=basis == "consolidated", **{**about, **header}),
            basis,
        )

    def put(self, symbol: str, answer: bytes | Answer, basis: str = "consolidated") -> None:
        """Set what a company's page answers."""
        tail = "consolidated/" if basis == "consolidated" else ""
        self.pages[SCREENER_HOST, f"/company/{symbol}/{tail}"] = answer

    def restate(self, symbol: str, **lines: tuple[str, ...]) -> None:
        """Change rows of a company's P&L."""
        years, rows = tables()["profit-loss"]
        self.page(symbol, tables(profit_loss=(years, {**rows, **lines})))


class Machine:
    """Folders of one user, a clock and the served market."""

    def __init__(self, root: Path, server: ReplayServer, site: MadeMarket) -> None:
        self.paths = Paths(root / "data", root / "config", root / "cache", root / "state")
        self.server = server
        self.site = site
        self.clock = FakeClock(EVENING)
        self.events: list[Event] = []

    def refresh(self, **how: Any) -> Summary:
        """Refresh two sessions and pages, with terms accepted, unless told otherwise."""
        self.server.asked.clear()
        return refresh(
            self.paths,
            **{
                "hosts": self.server.hosts,
                "sessions": 2,
                "sources": ("nse", "screener.in"),
                "clock": self.clock,
                "on_event": self.events.append,
                "accept_terms": True,
                **how,
            },
        )

    @property
    def market(self) -> Market:
        return Market.open(self.paths.real_market)

    @property
    def panel(self) -> pl.DataFrame:
        """The panel of the published tables, also where none was published."""
        market = self.market
        tables = {name: market.table(name).collect() for name in TABLES}
        return build_panel(tables, market.date)

    def facts(self, symbol: str, **where: Any) -> pl.DataFrame:
        """A company's published facts."""
        frame = self.market.table("facts").filter(pl.col("isin") == ISIN[symbol]).collect()
        return frame.filter(*(pl.col(k) == v for k, v in where.items()))

    def company(self, symbol: str) -> dict[str, Any]:
        """A company's published row."""
        return self.market.companies.row(by_predicate=pl.col("symbol") == symbol, named=True)

    @property
    def pages_asked(self) -> list[str]:
        return [path for path in self.server.paths(SCREENER_HOST) if path != "/robots.txt"]

    @property
    def prices_asked(self) -> list[str]:
        return [p[34:42] for p in self.server.paths(NSE_HOST) if "BhavCopy" in p]


@contextmanager
def machine(root: Path) -> Iterator[Machine]:
    """A machine on which nothing was ever refreshed."""
    site = MadeMarket()
    with serving(site) as server:
        yield Machine(root, server, site)


def publish_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out panel and fields, which follow from the tables, and do not wait for the disk.

    They take most of a refresh's time. No test cuts the power.
    """
    monkeypatch.setattr(panel, "build", lambda tables, date: tables["companies"].select("isin"))
    monkeypatch.setattr(catalogue, "compute", lambda panel: panel.select("isin"))
    monkeypatch.setattr(os, "fsync", lambda file: None)
