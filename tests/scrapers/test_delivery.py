"""Delivery files: their date, their series, and whose they are."""

from __future__ import annotations

import datetime as dt

import pytest

from scrapers.delivery import delivery_url, parse_delivery
from screener.errors import LayoutError
from tests.scrapers.made_files import bhavcopy
from tests.scrapers.made_filings import delivery_file
from tests.scrapers.made_market import ISIN, TODAY, Machine

DAY = dt.date(2026, 6, 30)
HERE = ("nse", "nse delivery")


def serve(made: Machine, day: dt.date, *rows: tuple[str, str, str]) -> None:
    made.site._file(delivery_url(day), delivery_file(day, *rows))


def delivered(made: Machine) -> dict[tuple[str, dt.date], float | None]:
    prices = made.market.table("prices").collect()
    return {(i, d): v for i, d, v in prices.select("isin", "date", "delivery").iter_rows()}


def test_the_more_liquid_series_counts_and_a_dash_is_no_value():
    body = delivery_file(
        DAY, ("A", "BE", "100.00"), ("A", "EQ", "55.12"), ("B", "GS", "1"), ("C", "SM", "-"),
        ("D", "EQ", "100.0001"),
    )  # fmt: skip
    assert parse_delivery(body, DAY).rows() == [("A", DAY, 55.12), ("C", DAY, None),
                                                ("D", DAY, 100.0)]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        delivery_file(DAY - dt.timedelta(days=1), ("A", "EQ", "5")),
        delivery_file(DAY, ("A", "EQ", "501")),
        delivery_file(DAY, ("A", "EQ", "many")),
        delivery_file(DAY, ("A", "GS", "5")),
        delivery_file(DAY),
        b"SYMBOL,SERIES\nA,EQ\n",
        b"<html>holiday</html>",
    ],
    ids=["the session before", "too much", "words", "no shares", "empty", "columns", "page"],
)
def test_unusable_files_are_refused(body):
    with pytest.raises(LayoutError):
        parse_delivery(body, DAY)


def test_a_renamed_share_is_found_by_the_prices_of_its_day(made):
    made.site.session(TODAY, {"OLDNAME": ISIN["ALPHA"], "BETA": ISIN["BETA"]})
    serve(made, TODAY, ("OLDNAME", "EQ", "61.5"), ("ALPHA", "EQ", "1"), ("BETA", "EQ", "20"))
    made.refresh(sources=HERE)
    assert delivered(made)[ISIN["ALPHA"], TODAY] == 61.5
    assert delivered(made)[ISIN["BETA"], TODAY] == 20


def test_prices_read_again_keep_their_delivery(made):
    for symbol in ("ALPHA", "BETA", "GAMMA"):
        assert symbol in ISIN
    serve(made, TODAY, ("ALPHA", "EQ", "61.5"))
    made.refresh(sources=HERE)
    made.clock.pass_time(days=8)
    # With the first list of the SME platform stored prices are read anew.
    made.site.sme(("TINY", "INE007001010"))
    made.refresh(sources=HERE, date=TODAY)
    assert delivered(made)[ISIN["ALPHA"], TODAY] == 61.5


def test_only_the_last_sessions_are_asked_for(made, monkeypatch):
    monkeypatch.setattr("scrapers.delivery.SESSIONS", 1)
    shares = [(symbol, isin, 1.0) for symbol, isin in ISIN.items()]
    made.site._file(
        "https://nsearchives.nseindia.com/content/cm/"
        f"BhavCopy_NSE_CM_0_0_0_{TODAY:%Y%m%d}_F_0000.csv.zip",
        bhavcopy(TODAY, shares),
    )
    tally = made.refresh(sources=HERE).sources["nse delivery"]
    assert tally.absent + tally.fetched == 1
