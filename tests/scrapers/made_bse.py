"""What BSE, its filings and the delivery files hold beside the made market."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from scrapers import bse, extras
from scrapers.delivery import delivery_url
from scrapers.hosts import BSE_HOST
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_filings import (
    bse_list,
    bse_prices,
    calendar,
    delivery_file,
    filing_list,
    filing_row,
    quarter_document,
)
from tests.scrapers.made_market import ISIN, TODAY, Machine

DAY = dt.timedelta(days=1)
ALONE = made_isin(55)
HERE = ("nse", *extras.SOURCES)
SHELL = b"<!DOCTYPE html><html><head></head><body><app-root></app-root></body></html>"
QUARTER_END = dt.date(2026, 6, 30)
SMALL = "Nifty Smallcap 250"


class Bse:
    """What the made market serves beside NSE."""

    def __init__(self, made: Machine) -> None:
        self.pages = made.site.pages
        self.shares(("500111", ISIN["ALPHA"]), ("500222", ALONE))
        for day in (TODAY, TODAY - DAY):
            self.prices(day, ("500111", ISIN["ALPHA"], 99.0), ("500222", ALONE, 50.0))
            rows = [(symbol, "EQ", f"{40 + i}.5") for i, symbol in enumerate(ISIN)]
            self._put(delivery_url(day), delivery_file(day, *rows))
        self._put(bse.CALENDAR_URL, calendar(("500111", "21 Jul 2026"), ("999999", "21 Jul 2026")))
        self.filings(
            filing_row("500111", "MQ2025-2026", "2026-06-29T18:05:11", "F/alone.html", "F/a.html")
        )
        self.document("F/a.html", quarter_document())

    def shares(self, *shares: tuple[str, ...]) -> None:
        self._put(bse.list_url("Active"), bse_list(*shares))
        self._put(bse.list_url("Suspended"), bse_list(("501999", made_isin(98))))

    def prices(self, day: dt.date, *shares: tuple[str, str, float]) -> None:
        self._put(bse.prices_url(day), bse_prices(day, shares))

    def filings(self, *rows: dict[str, Any], code: str = "") -> None:
        self._put(bse.filings_url(code, 7 if code else 4), filing_list(*rows))

    def document(self, name: str, body: bytes) -> None:
        self.pages[BSE_HOST, f"/XBRLFILES/{name}"] = body

    def _put(self, url: str, body: bytes) -> None:
        host, _, path = url.removeprefix("https://").partition("/")
        self.pages[host, f"/{path}"] = body


def rows(made: Machine, table: str, *columns: str, **where: Any) -> list[tuple[Any, ...]]:
    """Columns of a published table, where others have these values."""
    frame = made.market.table(table).collect().filter(*(pl.col(k) == v for k, v in where.items()))
    return frame.select(columns).rows()
