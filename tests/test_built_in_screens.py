"""The built-in screens on the demo market: they run, they select, they show their figures."""

from __future__ import annotations

from typing import Final

import polars as pl
import pytest

from screener.fields.catalogue import by_key
from screener.market.store import Market
from screener.paths import default_paths
from screener.screening import Result, Show, run
from screener.screens import Library, Screen

NAMES: Final = (
    "selectivity_core", "fortress_balance_sheet", "deleveraging", "compounders",
    "quality_depressed_valuation", "earnings_visibility", "upward_revisions",
    "delivery_over_promise", "garp_small", "piotroski_value", "cash_machines",
    "quality_financials", "turnaround_watch", "red_flags", "falling_knives",
)  # fmt: skip


def built_in(name: str) -> Screen:
    return Library.load(default_paths()).get(name)


@pytest.fixture(params=NAMES)
def result(request: pytest.FixtureRequest, demo: Market) -> Result:
    return run(demo, built_in(request.param))


def test_these_are_the_built_in_screens_and_the_core_comes_first():
    names = [screen.name for screen in Library.load(default_paths()).screens]
    assert sorted(names) == sorted(NAMES)
    assert names[0] == NAMES[0]


def test_a_screen_reads_without_a_warning_and_shows_fields_that_exist(result):
    screen = result.screen
    assert result.program.warnings == ()
    assert {*screen.columns, *(key for key, _ in screen.sort)} <= by_key().keys()
    assert len(screen.columns) >= 6
    assert screen.sort
    assert {key for key, _ in screen.sort} <= set(screen.columns)


def test_a_screen_selects(result):
    counts = result.counts
    total = counts.passed + counts.failed + counts.unknown
    assert total > 150
    assert counts.passed < total / 2
    assert counts.failed > 0
    assert counts.passed + len(result.near_misses) > 0


def test_every_screen_but_the_analysts_has_passes(result):
    """Few small companies have three analysts, so that screen may be empty in a small market."""
    if result.screen.name != "upward_revisions":
        assert result.counts.passed > 0


def test_one_red_flag_is_enough_however_much_else_is_unknown(demo):
    under_water = members(demo, pl.col("net_worth") <= 0)
    assert under_water
    assert under_water <= listed(demo, "red_flags", "pass")
    assert not under_water & listed(demo, "selectivity_core", "pass")


def test_being_uncovered_by_analysts_is_no_missing_figure(demo):
    growing = pl.col("core_profit") > pl.col("core_profit_preceding_12_months")
    uncovered = members(demo, (pl.col("analysts") == 0) & growing)
    assert uncovered
    assert uncovered <= listed(demo, "falling_knives", "fail")
    assert uncovered <= listed(demo, "upward_revisions", "fail")


def listed(market: Market, name: str, show: Show) -> set[str]:
    return set(run(market, built_in(name)).rows(show)["isin"])


def members(market: Market, condition: pl.Expr) -> set[str]:
    """Companies of the screens' universe for which the condition is true."""
    inside = set(run(market, built_in("selectivity_core")).rows("all")["isin"])
    return inside & set(market.fields.filter(condition)["isin"])
