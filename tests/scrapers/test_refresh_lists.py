"""The list of companies and the price files in a refresh: what is believed, kept, asked again."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.errors import (
    FetchError,
    NoMarket,
)
from tests.replay.server import Answer
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import ISIN, SYMBOLS, TODAY

DAY = dt.timedelta(days=1)


def test_without_a_list_there_is_no_first_market(made):
    made.server.faults.append(lambda asked, answer: Answer(b"<html>Access Denied</html>"))
    with pytest.raises(FetchError):
        made.refresh()
    with pytest.raises(NoMarket):
        _ = made.market


@pytest.mark.parametrize(
    "body",
    [b"<html>Access Denied</html>", b"SYMBOL,NAME OF COMPANY\nA,B\n", b"A" * 100],
    ids=["html", "columns", "rubbish"],
)
def test_a_bad_list_leaves_the_good_one(made, body):
    made.refresh()
    made.clock.pass_time(days=1)
    made.server.faults.append(
        lambda asked, answer: Answer(body) if "EQUITY_L" in asked.path else answer
    )
    summary = made.refresh()
    assert len(summary.sources["nse"].failed) >= 1
    assert made.market.companies["symbol"].to_list() == list(SYMBOLS)


def test_a_list_cut_short_is_not_believed(made):
    made.refresh()
    made.site.list(("ALPHA", ISIN["ALPHA"]), ("BETA", ISIN["BETA"]))
    made.clock.pass_time(days=1)
    summary = made.refresh()
    assert "looks cut off" not in summary.sources["nse"].failed[0].reason
    assert "lists 2 companies, 3 were listed before" in summary.sources["nse"].failed[0].reason
    assert made.market.companies["status"].to_list() == ["active"] * 3


def test_a_company_that_left_the_list_is_kept_as_delisted(made):
    more = [(f"CO{i}", made_isin(60 + i)) for i in range(4)]
    made.site.list(*ISIN.items(), *more)
    made.refresh(sources=("nse", "screener.in"), only=["ALPHA"])
    made.site.list(*list(ISIN.items())[1:], *more)
    made.clock.pass_time(days=1)
    made.refresh(sources=("nse",))
    assert made.company("ALPHA")["status"] == "delisted"
    assert made.company("BETA")["status"] == "active"
    assert made.facts("ALPHA").height > 0
    assert made.company("ALPHA")["sector"] == "Capital Goods"


def test_a_new_isin_carries_the_history_on(made):
    made.refresh()
    before = made.facts("ALPHA")
    heir = made_isin(1, issue=2)
    made.site.list(("ALPHA", heir), *list(ISIN.items())[1:])
    made.site.session(TODAY + DAY, {**ISIN, "ALPHA": heir})
    made.site.session(TODAY - 2 * DAY)  # an older file, under the earlier ISIN
    made.clock.pass_time(days=1)
    made.refresh(sessions=4, sources=("nse",))
    facts = made.market.table("facts").filter(pl.col("isin") == heir).collect()
    assert facts.drop("isin").equals(before.drop("isin"))
    assert made.facts("ALPHA").is_empty()
    assert made.market.companies["isin"].to_list() == [heir, ISIN["BETA"], ISIN["GAMMA"]]
    assert made.company("ALPHA")["sector"] == "Capital Goods"
    prices = made.market.table("prices").collect()
    assert prices.filter(pl.col("isin") == heir)["date"].to_list() == [
        TODAY - 2 * DAY, TODAY - DAY, TODAY, TODAY + DAY,
    ]  # fmt: skip


def test_price_files_are_fetched_once_and_holidays_remembered(made):
    made.site.session(TODAY - 5 * DAY)
    made.refresh(sources=("nse",), sessions=3)
    assert made.prices_asked == [f"202606{d}" for d in (30, 29, 28, 27, 26, 25)]
    made.clock.pass_time(days=1)
    made.site.session(TODAY + DAY)
    made.refresh(sources=("nse",), sessions=4)
    # Of the days without a file only the last ones may still get one.
    assert made.prices_asked == ["20260701", "20260628", "20260627"]
    made.clock.pass_time(days=1)
    made.refresh(sources=("nse",), sessions=4)
    assert made.prices_asked == ["20260702", "20260628"]
    assert made.market.date == TODAY + DAY
    assert made.market.table("prices").collect()["date"].n_unique() == 4


def test_before_the_evening_the_day_before_is_the_newest(made):
    made.clock.pass_time(hours=-6)
    made.refresh(sources=("nse",), sessions=1)
    assert made.prices_asked == ["20260629"]
    made.refresh(sources=("nse",), sessions=1, date=TODAY)
    assert made.prices_asked == ["20260630"]


def test_a_price_file_of_another_day_is_not_used(made):
    made.site.session(TODAY, of=TODAY - DAY)
    summary = made.refresh(sources=("nse",), sessions=1)
    (miss,) = summary.sources["nse"].failed
    assert "is of 2026-06-29" in miss.reason
    assert made.market.date == TODAY - DAY
    made.site.session(TODAY)
    made.clock.pass_time(hours=7)
    made.refresh(sources=("nse",), sessions=1, date=TODAY)
    assert made.market.date == TODAY


def test_a_torn_price_file_is_fetched_again_later(made):
    made.server.faults.append(
        lambda asked, answer: Answer(answer.body[:-100]) if "20260630" in asked.path else answer
    )
    summary = made.refresh(sources=("nse",), sessions=1)
    assert "not a whole zip file" in summary.sources["nse"].failed[0].reason
    made.server.faults.clear()
    made.clock.pass_time(hours=7)
    made.refresh(sources=("nse",), sessions=1, date=TODAY)
    assert made.market.date == TODAY
