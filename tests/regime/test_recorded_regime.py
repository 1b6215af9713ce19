"""What the recorded market did in January 2026, and why our counts are not those of others."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.market.prices import adjusted
from screener.regime import state_of
from tests.regime import recorded_tables as made

pytestmark = pytest.mark.recorded

YEAR_END, TWENTIETH, LAST = dt.date(2025, 12, 31), dt.date(2026, 1, 20), dt.date(2026, 1, 27)


@pytest.fixture(scope="module")
def state(recorded):
    """The state on a day with the splits of `source`; each is made once."""
    done = {}

    def make(day, source="exchange_splits"):
        if (day, source) not in done:
            done[day, source] = state_of(
                made.companies(recorded),
                made.prices(recorded).lazy(),
                getattr(made, source)(recorded).lazy(),
                made.indices(recorded).lazy(),
                None,
                day,
            )
        return done[day, source]

    return make


def on_both_days(recorded, day, splits, *, by_list=False):
    """Returns of the ranked companies that have a close on the year's last session and on `day`."""
    bars = adjusted(
        made.prices(recorded, by_list).filter(pl.col("date").is_in([YEAR_END, day])),
        splits.filter(pl.col("ex_date") <= day),
    )
    ranks = made.companies(recorded).select("isin", "symbol", "size_rank")
    return (
        bars.join(ranks, on="isin")
        .sort("date")
        .group_by("isin", "symbol", "size_rank")
        .agg(pl.len(), (pl.col("adj").last() / pl.col("adj").first() - 1).alias("r"))
        .filter(pl.col("len") == 2)
    )


def fallers(returns):
    """(how many lost 10 % or more, of how many)"""
    return int((returns["r"].round(9) <= -0.1).sum()), returns.height


SMALL = pl.col("size_rank") > 250


@pytest.mark.parametrize(
    ("day", "large", "mid", "small", "median"),
    [
        (TWENTIETH, (11, 100), (28, 148), (760, 1813), -0.0875),
        (LAST, (16, 100), (41, 148), (953, 1809), -0.1050),
    ],
)
def test_the_published_counts_are_met_to_the_company(recorded, day, large, mid, small, median):
    """They count the companies that the list's symbols find and that traded on both days."""
    found = on_both_days(recorded, day, made.yahoo_splits(recorded), by_list=True)
    rank = pl.col("size_rank")
    assert fallers(found.filter(rank <= 100)) == large
    assert fallers(found.filter(rank.is_between(101, 250))) == mid
    assert fallers(found.filter(SMALL)) == small
    assert found.filter(SMALL)["r"].median() == pytest.approx(median, abs=5e-5)


def test_two_of_its_returns_are_wrong_and_cancel_out(recorded, state):
    """The vendor has one split twice and lacks the larger part of another.

    With the exchange's own announcements the first company is a faller and the second is not, so
    the total is the same; with the vendor's we set both aside as unknown.
    """
    vendor, exchange = (
        on_both_days(recorded, TWENTIETH, splits(recorded)).filter(SMALL)
        for splits in (made.yahoo_splits, made.exchange_splits)
    )
    odd = vendor.join(exchange, on="isin", suffix="_x").filter(
        (pl.col("r") - pl.col("r_x")).abs() > 0.3
    )
    assert set(odd["symbol"]) == {"AJMERA", "BESTAGRO"}
    right = {row["symbol"]: (row["r"], row["r_x"]) for row in odd.iter_rows(named=True)}
    assert right["AJMERA"] == pytest.approx((3.189, -0.162), abs=1e-3)
    assert right["BESTAGRO"] == pytest.approx((-0.908, -0.076), abs=1e-3)
    assert fallers(vendor) == fallers(exchange)
    ours = [
        state(TWENTIETH, s).segment("small").breadth for s in ("yahoo_splits", "exchange_splits")
    ]
    assert ours[1].fallers.of - ours[0].fallers.of == 2
    assert ours[1].fallers.count - ours[0].fallers.count == 1


def test_breadth_on_the_twentieth(state):
    found = {k: state(TWENTIETH).segment(k).breadth for k in ("large", "mid", "small")}
    assert (found["large"].fallers.count, found["large"].fallers.of) == (11, 100)
    # The list gives no exchange symbol for two mid caps (MCX, ABBOTINDIA); by ISIN they are found.
    assert (found["mid"].fallers.count, found["mid"].fallers.of) == (28, 150)
    # Three more by ISIN, and two whose last close is of the days before: a fresh price is one of
    # the last five sessions.
    assert (found["small"].fallers.count, found["small"].fallers.of) == (762, 1818)
    assert found["small"].over("ytd").median == pytest.approx(-0.087, abs=5e-4)


def test_breadth_a_week_later(recorded, state):
    strict = on_both_days(recorded, LAST, made.exchange_splits(recorded)).filter(SMALL)
    small = state(LAST).segment("small").breadth
    # By ISIN four more small caps are found, two of them fallers; a third faller is the one whose
    # split the vendor has twice.
    assert fallers(strict) == (956, 1813)
    assert (small.fallers.count, small.fallers.of) == (957, 1817)
    assert state(LAST).verdict.regime == "distribution"


@pytest.mark.parametrize(
    ("name", "of_2025"),
    [("NIFTY SMALLCAP 250", -0.060), ("NIFTY 100", 0.090), ("NIFTY MIDCAP 150", 0.054)],
)
def test_index_returns_of_a_calendar_year(state, name, of_2025):
    assert state(LAST).index(name).returns["2025"] == pytest.approx(of_2025, abs=5e-4)


def test_levels_of_the_small_cap_index_and_of_gold(state):
    assert state(LAST).index("small").close == 15345.5
    gold = state(LAST).index("gold")
    assert gold.close == 131.45
    assert gold.returns["ytd"] == pytest.approx(131.45 / 110.11 - 1, abs=1e-9)
    rotation = {one.key: one for one in state(LAST).rotation}
    assert rotation["gold"].change < rotation["large"].change < 0
    assert rotation["silver"].missing == "no prices of silver"
    assert rotation["new"].change is not None


def test_an_index_without_volume_has_no_distribution_days(state):
    assert state(LAST).index("small").distribution_days is None
