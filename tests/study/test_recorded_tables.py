"""Recorded balance sheets put on the share basis of the prices."""

from __future__ import annotations

import datetime as dt

import polars as pl

from study import recorded as study_tables


def test_capital_restated_for_a_bonus_leaves_net_worth_alone():
    facts = pl.DataFrame(
        {
            "isin": ["X"] * 4,
            "period_end": [dt.date(2023, 3, 31)] * 2 + [dt.date(2024, 3, 31)] * 2,
            "line": ["equity_capital", "reserves"] * 2,
            "value": [10.0, 90.0, 20.0, 95.0],
        }
    )
    day = dt.date(2023, 9, 1)
    bonus = study_tables._on_one_basis(facts, _event(day, 2.0))
    assert bonus["value"].to_list() == [20.0, 80.0, 20.0, 95.0]
    split = facts.with_columns(
        pl.when(pl.col("line") == "equity_capital").then(10.0).otherwise("value").alias("value")
    )
    assert study_tables._on_one_basis(split, _event(day, 5.0)).equals(split)


def _event(day: dt.date, ratio: float) -> pl.DataFrame:
    return pl.DataFrame({"isin": ["X"], "event_date": [day], "ratio": [ratio]})
