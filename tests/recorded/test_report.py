"""The report over all recorded companies: nothing wild that is not known, no sum that is off."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from screener.market.store import Market
from tests.recorded.identities import identities
from tests.recorded.market import DAY, ready_market, usable
from tests.recorded.report import Report, lines, made_of

pytestmark = pytest.mark.recorded_full

FEW = 5  # values of one field that may be beyond plausible bounds
#: Share of companies for which a sum may be off, by the words it begins with. Years are restated
#: after mergers and demergers, quarters are not; fee earners file revenue differently by quarter.
MAY_BREAK = {
    "assets = liabilities": 0.0,
    "market cap": 0.0,
    "parts of PBT": 0.01,
    "four quarters = year, net_profit": 0.02,
    "four quarters = year, sales": 0.06,
}
OTHERWISE = 0.005


@pytest.fixture(scope="module")
def market(recorded: Path) -> Market:
    return ready_market(recorded).as_of(DAY)


@pytest.fixture(scope="module")
def report(market: Market, recorded: Path) -> Report:
    made = made_of(market, usable(recorded))
    print("\n".join(lines(made)))
    return made


def test_every_usable_company_is_there(report):
    assert report.companies == 1405


def test_every_value_is_known_or_says_why(report):
    assert all(tally.total == report.companies for tally in report.tallies)
    known = sum(tally.known for tally in report.tallies)
    assert known > 0.6 * report.companies * len(report.tallies)


def test_few_values_are_beyond_plausible_bounds(report):
    many = {key: found for key, found in report.beyond.items() if len(found) > FEW}
    assert not many
    assert sum(len(found) for found in report.beyond.values()) <= 100


def test_sums_come_out(report):
    for check in report.checks:
        allowed = next(
            (s for start, s in MAY_BREAK.items() if check.identity.name.startswith(start)),
            OTHERWISE,
        )
        assert len(check.broken) <= allowed * check.asked, (check.identity.name, check.broken)
    assert sum(check.asked > 1000 for check in report.checks) >= 20


def test_an_identity_notices_what_is_off(market):
    off = market.panel.with_columns(pl.col("total_assets@0") * 1.02)
    first = next(identities())
    assert off.select(first.broken.sum()).item() > 1000


def test_market_caps_are_near_the_half_year_average_of_the_size_list(market, recorded):
    """Share counts that a split or a listing makes wrong would be off several times over."""
    both = market.panel.filter(pl.col("isin").is_in(usable(recorded).implode())).join(
        market.fields.select("isin", pl.col("market_cap").alias("ours")), on="isin"
    )
    ratio = (both["ours"] / both["size_mcap"]).drop_nulls()
    assert len(ratio) > 1300
    assert ((ratio < 0.3) | (ratio > 2.0)).sum() <= 2
