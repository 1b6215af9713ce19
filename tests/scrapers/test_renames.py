"""The exchange's list of changed symbols: a company is found under those it had before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from scrapers.hosts import NSE_HOST
from scrapers.imports.run import import_files
from scrapers.renames import CHANGES_URL, changes_as_events, parse_changes
from screener.errors import LayoutError, UnknownName
from screener.market.schema import conform
from screener.screening import isin_of
from tests.scrapers.made_market import ISIN, TODAY, Machine

ROWS = (
    "Alpha Industries Limited,FIRST,SECOND,01-JAN-2010",
    "Alpha Industries Limited,SECOND,ALPHA,15-MAR-2018",
    '"Beta, Sons & Co Limited",M&B,BETA,02-Feb-2021',
    "Gone Limited,GONE,ELSEWHERE,02-FEB-2021",
)
LISTED = ("ALPHA", "BETA", "GAMMA")


def body(*rows: str) -> bytes:
    return "\r\n".join(rows).encode()


def companies() -> pl.DataFrame:
    frame = {"isin": list(ISIN.values()), "symbol": list(ISIN), "status": ["active"] * 3}
    return conform("companies", pl.DataFrame(frame).with_columns(pl.lit("nse").alias("source")))


def events(*rows: str) -> list[tuple[object, ...]]:
    found = changes_as_events(parse_changes(body(*rows), LISTED), companies())
    return sorted(found.select("date", "text", "isin").rows())


def test_a_change_leads_to_the_company_of_today_by_way_of_others():
    assert events(*ROWS) == [
        (dt.date(2010, 1, 1), "FIRST", ISIN["ALPHA"]),
        (dt.date(2018, 3, 15), "SECOND", ISIN["ALPHA"]),
        (dt.date(2021, 2, 2), "M&B", ISIN["BETA"]),
    ]


def test_a_symbol_that_another_company_took_later_is_told_apart_by_its_day():
    rows = ("A,BETA,ALPHA,01-JAN-2015", "B,OLDBETA,BETA,01-JAN-2020", "A,START,BETA,01-JAN-2010")
    assert events(*rows) == [
        (dt.date(2010, 1, 1), "START", ISIN["ALPHA"]),
        (dt.date(2015, 1, 1), "BETA", ISIN["ALPHA"]),
        (dt.date(2020, 1, 1), "OLDBETA", ISIN["BETA"]),
    ]


@pytest.mark.parametrize(
    "given",
    [
        b"<html>busy</html>",
        b"",
        body("a,b,c"),
        body("Alpha,ALPHA,OLD,01-JAN-2010", "Beta,BETA,OLDER,01-JAN-2011"),
        body(*ROWS[:2], "Alpha,OLD,ALPHA,soon"),
        body("x,A\x1b[31m,ALPHA,01-JAN-2010"),
    ],
    ids=["page", "empty", "columns", "other way round", "day", "symbol"],
)
def test_a_list_that_is_none_is_refused(given: bytes):
    with pytest.raises(LayoutError):
        parse_changes(given, LISTED)


@pytest.fixture
def made(made: Machine) -> Machine:
    made.site.pages[NSE_HOST, CHANGES_URL.partition(NSE_HOST)[2]] = body(*ROWS)
    return made


def test_a_company_is_found_by_a_symbol_it_gave_up(made, tmp_path: Path):
    made.refresh(sources=("nse",))
    assert made.market.table("events").collect().select("kind", "text").rows() == [
        ("symbol_change", "FIRST"),
        ("symbol_change", "SECOND"),
        ("symbol_change", "M&B"),
    ]
    assert isin_of(made.market, "second") == ISIN["ALPHA"]
    with pytest.raises(UnknownName):
        isin_of(made.market, "GONE")
    made.refresh(only=["first", "M&B"])
    assert made.pages_asked == ["/company/ALPHA/consolidated/", "/company/BETA/consolidated/"]
    file = tmp_path / "prices.csv"
    file.write_text(f"symbol,date,close\nM&B,{TODAY - dt.timedelta(days=5)},9\n")
    (done,) = import_files(made.paths, [file], clock=made.clock).files
    assert (done.added, done.error) == (1, "")
    made.site.session(TODAY - dt.timedelta(days=5))
    made.refresh(sources=("nse",), sessions=3)  # a file of one's own makes no session held
    assert set(made.market.table("prices").filter(pl.col("close") == 100).collect()["date"]) == {
        TODAY, TODAY - dt.timedelta(days=1), TODAY - dt.timedelta(days=5)
    }  # fmt: skip


def test_the_list_is_asked_for_once_a_week_and_a_bad_one_changes_nothing(made):
    def asked() -> int:
        return made.server.paths(NSE_HOST).count(CHANGES_URL.partition(NSE_HOST)[2])

    made.refresh(sources=("nse",))
    assert asked() == 1
    made.clock.pass_time(days=3)
    made.refresh(sources=("nse",))
    assert asked() == 0
    before = made.market.table("events").collect()
    made.site.pages[NSE_HOST, CHANGES_URL.partition(NSE_HOST)[2]] = body("a,b,c,d")
    made.clock.pass_time(days=5)
    summary = made.refresh(sources=("nse",))
    assert asked() == 1
    assert "symbolchange.csv" in [miss.key for miss in summary.sources["nse"].failed]
    assert made.market.table("events").collect().equals(before)
