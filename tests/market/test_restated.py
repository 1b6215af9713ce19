"""What a source changed since it was first read is told with what it was, and no more than that."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.market.restated import COLUMNS, changes, restatements
from screener.market.schema import empty
from screener.market.store import publish
from tests.markets import company, fact, tables

END = "2025-03-31"
NO_ACTIONS = empty("actions")


def told(*facts: dict, actions: tuple = ()) -> pl.DataFrame:
    made = tables(facts=facts, actions=actions)
    return changes(made["facts"], made["actions"])


def test_a_changed_figure_is_told_once_with_what_it_was():
    frame = told(
        fact("total_assets", END, 715.0, seen="2025-06-01"),
        fact("total_assets", END, 713.0, seen="2025-07-01", known="2025-07-01"),
        fact("sales", END, 5.0, seen="2025-06-01"),
        fact("total_assets", "2024-03-31", 5.0, seen="2025-06-01"),
    )
    assert frame.columns == list(COLUMNS)
    (row,) = frame.rows(named=True)
    assert (row["line"], row["before"], row["value"]) == ("total_assets", 715, 713)
    assert row["change_pct"] == pytest.approx(-200 / 715)
    assert (row["before_seen_at"], row["seen_at"]) == (
        dt.datetime(2025, 6, 1), dt.datetime(2025, 7, 1),
    )  # fmt: skip
    assert row["known_at"] == dt.date(2025, 7, 1)
    assert row["adjusted"] is False


def test_other_bases_sources_and_companies_are_not_compared():
    frame = told(
        fact("sales", END, 5.0, seen="2025-06-01"),
        fact("sales", END, 6.0, seen="2025-07-01", basis="standalone"),
        fact("sales", END, 7.0, seen="2025-07-01", isin="XX0000000002"),
        fact("sales", END, 8.0, seen="2025-07-01", months=9),
        {**fact("sales", END, 9.0, seen="2025-07-01"), "source": "elsewhere"},
    )
    assert frame.is_empty()


def test_a_change_from_zero_has_no_percentage_and_a_loss_turned_profit_is_a_rise():
    frame = told(
        fact("sales", END, 0.0, seen="2025-06-01"), fact("sales", END, 4.0, seen="2025-07-01"),
        fact("pbt", END, -10.0, seen="2025-06-01"), fact("pbt", END, 5.0, seen="2025-07-01"),
    )  # fmt: skip
    by_line = dict(frame.select("line", "change_pct").iter_rows())
    assert by_line == {"sales": None, "pbt": 150.0}


@pytest.mark.parametrize(
    ("kind", "ex_date", "line", "adjusted"),
    [
        ("split", "2025-06-15", "eps", True),
        ("bonus", "2025-07-01", "eps", True),
        ("split", "2025-05-15", "eps", False),
        ("split", "2025-07-15", "eps", False),
        ("dividend", "2025-06-15", "eps", False),
        ("split", "2025-06-15", "sales", False),
    ],
)
def test_a_split_between_the_readings_explains_earnings_per_share(kind, ex_date, line, adjusted):
    action = {
        "isin": "XX0000000001", "ex_date": dt.date.fromisoformat(ex_date), "kind": kind,
        "factor": 2.0,
    }  # fmt: skip
    (row,) = told(
        fact(line, END, 10.0, seen="2025-06-01"), fact(line, END, 5.0, seen="2025-07-01"),
        actions=(action,),
    ).rows(named=True)  # fmt: skip
    assert row["adjusted"] is adjusted


def test_of_a_market_of_an_earlier_day_only_what_was_seen_by_then(tmp_path):
    one, other = "XX0000000001", "XX0000000002"
    made = tables(
        [company(one), company(other)],
        [
            fact("sales", END, 5.0, seen="2025-06-01", known="2025-05-30"),
            fact("sales", END, 6.0, seen="2025-07-01", known="2025-07-01"),
            fact("sales", END, 7.0, seen="2025-08-01", known="2025-08-01"),
            fact("sales", END, 5.0, seen="2025-06-01", isin=other, known="2025-05-30"),
            fact("sales", END, 5.5, seen="2025-08-02", isin=other, known="2025-08-02"),
        ],
        prices=[
            {"isin": isin, "date": dt.date(2025, 5, 1) + dt.timedelta(days=i), "close": 10.0,
             "volume": 1.0}
            for isin in (one, other) for i in range(120)
        ],
    )  # fmt: skip
    market = publish(tmp_path, made, date=dt.date(2025, 8, 10), sources={"test": "x"})
    assert restatements(market, one)["value"].to_list() == [7.0, 6.0]
    assert restatements(market)["value"].to_list() == [5.5, 7.0, 6.0]
    assert restatements(market.as_of(dt.date(2025, 7, 15)), one)["value"].to_list() == [6.0]
    assert restatements(market.as_of(dt.date(2025, 6, 15))).is_empty()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=1, max_size=8))
def test_walking_back_over_the_changes_gives_the_first_figure(values):
    rows = [
        fact("sales", END, value, seen=f"2025-06-{day + 1:02d}") for day, value in enumerate(values)
    ]
    frame = told(*rows)
    figure = values[-1]
    for row in frame.iter_rows(named=True):
        assert row["value"] == figure
        figure = row["before"]
    assert figure == values[0]
    assert frame.height == sum(a != b for a, b in pairwise(values))
