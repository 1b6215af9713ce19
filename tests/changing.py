"""A small market that can be altered in one known way at a time, and published again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path

import polars as pl

from screener.fields.catalogue import compute
from screener.market import panel
from screener.market.store import Manifest, Market, publish
from tests.markets import bars, company, fact, tables

THEN, NOW = dt.date(2026, 1, 20), dt.date(2026, 1, 27)
COUNT = 12
FIRST = "XX0000000000"
QUARTERS = ("2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30")
YEARS = ("2023-03-31", "2024-03-31", "2025-03-31")

Tables = dict[str, pl.DataFrame]


def isin(number: int) -> str:
    return f"XX{number:010d}"


def made() -> Tables:
    """Twelve companies alike: sales 100 a quarter, profit 10, ten crore shares, a price of 60."""
    companies, facts, prices, estimates = [], [], [], []
    for i in range(COUNT):
        one = isin(i)
        companies.append(
            company(one, symbol=f"C{i:02d}", name=f"Company {i}", listed_on=dt.date(2025, 1, 25),
                    macro_sector="Chemicals", sector="Chemicals", industry="Chemicals",
                    basic_industry="Dyes", size_rank=400 + i, face_value=10.0)
        )  # fmt: skip
        for end in QUARTERS:
            facts += [
                fact("sales", end, 100.0, isin=one, kind="quarter"),
                fact("net_profit", end, 10.0 + i / 10, isin=one, kind="quarter"),
                fact("eps", end, 1.0 + i / 100, isin=one, kind="quarter"),
            ]
        for end in YEARS:
            facts += [
                fact("sales", end, 400.0, isin=one),
                fact("net_profit", end, 40.0, isin=one),
                fact("equity_capital", end, 100.0, isin=one),
            ]
        prices += bars(
            {"2025-12-31": 60.0, "2026-01-19": 60.0, "2026-01-20": 60.0, "2026-01-27": 60.0}, one
        )
        estimates.append({"isin": one, "fy_end": dt.date(2026, 3, 31), "metric": "eps",
                          "mean": 5.0, "analysts": 3, "as_of": dt.date(2026, 1, 10),
                          "source": "test"})  # fmt: skip
    return tables(companies, facts, prices=prices, estimates=estimates)


# --- one change each; every one takes the number of a company ------------------------------------


def new_quarter(held: Tables, number: int, sales: float = 180.0) -> Tables:
    """The quarter to December comes out on 25 January."""
    rows = [
        fact(line, "2025-12-31", value, isin=isin(number), kind="quarter", known="2026-01-25")
        for line, value in (("sales", sales), ("net_profit", 10.0), ("eps", 1.0))
    ]
    return _added(held, "facts", tables(facts=rows)["facts"])


def restated(held: Tables, number: int, sales: float = 500.0) -> Tables:
    """Sales of the year to March 2025 are told otherwise on 26 January."""
    row = fact("sales", "2025-03-31", sales, isin=isin(number), known="2026-01-26")
    return _added(held, "facts", tables(facts=[row])["facts"])


def gathered_later(held: Tables, number: int) -> Tables:
    """Borrowings of the year to March 2025, which no source had given before, are found."""
    rows = [
        fact(line, "2025-03-31", value, isin=isin(number), known="2025-05-30", seen="2026-01-27")
        for line, value in (("borrowings", 30.0), ("reserves", 200.0))
    ]
    return _added(held, "facts", tables(facts=rows)["facts"])


def moved_price(held: Tables, number: int, close: float = 40.0) -> Tables:
    """The close of 27 January is another."""
    day = (pl.col("date") == NOW) & (pl.col("isin") == isin(number))
    value = pl.when(day).then(pl.lit(close))
    return held | {
        "prices": held["prices"].with_columns(
            value.otherwise(pl.col(name)).alias(name) for name in ("open", "high", "low", "close")
        )
    }


def moved_peers(held: Tables, number: int, close: float = 90.0) -> Tables:
    """The closes of all others are another."""
    for other in range(COUNT):
        if other != number:
            held = moved_price(held, other, close)
    return held


def new_estimate(held: Tables, number: int, mean: float = 8.0) -> Tables:
    """The analysts think otherwise on 22 January."""
    mine = held["estimates"].filter(pl.col("isin") == isin(number))
    later = mine.with_columns(
        pl.lit(mean).alias("mean"), pl.lit(dt.date(2026, 1, 22)).alias("as_of")
    )
    return _added(held, "estimates", later)


def moved_class(held: Tables, number: int) -> Tables:
    """The company is a micro cap now."""
    mine = pl.col("isin") == isin(number)
    return held | {
        "companies": held["companies"].with_columns(
            pl.when(mine).then(pl.lit("micro")).otherwise("size_class").alias("size_class")
        )
    }


def _added(held: Tables, name: str, rows: pl.DataFrame) -> Tables:
    return held | {name: pl.concat([held[name], rows.select(held[name].columns)])}


Alteration = Callable[[Tables, int], Tables]


def until(held: Tables, day: dt.date) -> Tables:
    """The tables as a generation of that day has them: no bar after it."""
    return held | {"prices": held["prices"].filter(pl.col("date") <= day)}


def put(root: Path, held: Tables, day: dt.date) -> Market:
    """Publish the tables as a generation."""
    return publish(root, until(held, day), date=day, sources={"test": "made"})


class Held(Market):
    """The tables as a market in memory, which computes no more fields than it is asked for."""

    def __init__(self, tables: Tables, day: dt.date) -> None:
        manifest = Manifest(
            "g-000002", 0, day.isoformat(), "", demo=False, sources={"test": "made"}
        )
        super().__init__(Path("in memory"), manifest)
        self._tables = until(tables, day)

    def table(self, name: str) -> pl.LazyFrame:
        return self._tables[name].lazy()

    @cached_property
    def panel(self) -> pl.DataFrame:
        return panel.build(self._tables, self.date)

    @cached_property
    def fields(self) -> pl.DataFrame:
        return compute(self.panel)

    def fields_of(self, keys: Collection[str]) -> pl.DataFrame:
        return compute(self.panel, keys)


def altered(*steps: tuple[Alteration, int]) -> Tables:
    """The made market after those alterations."""
    held = made()
    for alter, number in steps:
        held = alter(held, number)
    return held
