"""Statements of long ago are not shown as those of today."""

from __future__ import annotations

import datetime as dt

import pytest

from screener.fields.catalogue import compute
from tests.fields.panels import field, panel

SHEET = {
    "net_profit": [10.0, 9.0], "equity_capital": [10.0, 10.0], "reserves": [90.0, 80.0],
    "equity_capital_L": 10.0, "reserves_L": 90.0, "borrowings_L": 20.0,
}  # fmt: skip
YEARS_AGO = {"end": [dt.date(2015, 3, 31), dt.date(2014, 3, 31)]}
RARELY = {"end": [dt.date(2023, 12, 31), dt.date(2022, 12, 31)]}


@pytest.mark.parametrize("key", ["roe", "debt_to_equity", "net_profit_last_year", "book_value"])
def test_a_report_of_years_ago_is_stale(key):
    priced = {"shares": 1.0, "market_cap": 100.0}
    assert isinstance(field(key, **SHEET, **priced), float)
    assert field(key, **SHEET, **priced, **YEARS_AGO) == "STALE"
    assert isinstance(field(key, **SHEET, **priced, **RARELY), float)


def test_its_date_stays_and_its_shares_value_nothing():
    facts = {**SHEET, **YEARS_AGO, "shares": 1.0, "market_cap": 100.0, "close": 100.0}
    frame = compute(panel(**facts), ["year_end", "market_cap", "shares"])
    assert frame["year_end"].item() == dt.date(2015, 3, 31)
    assert frame["market_cap"].item() is None
    printed = compute(panel(**facts, **{"market_cap_printed@s": 100.0}), ["market_cap"])
    assert printed["market_cap"].item() == 100


def test_a_quarter_of_last_year_is_not_the_latest():
    ends = {"end_q": [dt.date(2024, 6, 30)]}
    assert field("sales_latest_quarter", sales_q=[5.0]) == 5
    assert field("sales_latest_quarter", sales_q=[5.0], **ends) == "STALE"
