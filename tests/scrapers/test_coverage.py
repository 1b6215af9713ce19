"""A poorer market never takes the place of a better one, and a first one is never held back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.coverage import A_FEW, LEAST_KEPT, coverage, shortfalls
from screener.market.schema import TABLES, conform, empty
from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import ISIN, TODAY, Machine

DAY = dt.timedelta(days=1)


def market(listed: int, facts: int = 0, priced: int = 0, sized: int = 0) -> dict[str, pl.DataFrame]:
    isins = [made_isin(i) for i in range(listed)]
    ranks = [i + 1 if i < sized else None for i in range(listed)]
    tables = {name: empty(name) for name in TABLES}
    tables["companies"] = conform(
        "companies",
        pl.DataFrame(
            {"isin": isins, "status": ["active"] * listed, "size_rank": ranks},
            schema_overrides={"isin": pl.String, "size_rank": pl.Int32, "status": pl.String},
        ),
    )
    tables["facts"] = conform(
        "facts", pl.DataFrame({"isin": isins[:facts], "kind": ["annual"] * facts},
                              schema={"isin": pl.String, "kind": pl.String}),
    )  # fmt: skip
    tables["prices"] = conform(
        "prices", pl.DataFrame({"isin": isins[:priced], "date": [TODAY] * priced},
                               schema={"isin": pl.String, "date": pl.Date}),
    )  # fmt: skip
    return tables


def test_coverage_is_of_the_listed_companies():
    assert coverage(market(200, 100, 50, 20)) == {"statements": 0.5, "prices": 0.25, "sizes": 0.1}
    assert coverage(market(0)) == {}


counts = st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))


@given(counts, st.integers(1, 300))
def test_a_first_market_is_never_held_back(parts, listed):
    facts, priced, sized = (min(part, listed) for part in parts)
    assert list(shortfalls(market(listed, facts, priced, sized), market(0))) == []


@given(st.integers(0, 400), st.integers(0, 400))
def test_it_is_held_back_only_for_losing_much(before, after):
    told = list(shortfalls(market(400, priced=after), market(400, priced=before)))
    least = LEAST_KEPT["companies with a price of the last session"]
    assert bool(told) == (before - after > A_FEW and after < least * before)
    if told:
        assert f"{after:,} companies with a price" in told[0]
        assert f"instead of {before:,}" in told[0]


def test_new_listings_hold_nothing_back():
    assert list(shortfalls(market(3000, 100, 100, 100), market(200, 100, 100, 100))) == []


# -- in a refresh ---------------------------------------------------------------------------------

MANY = {f"CO{i:02d}": made_isin(50 + i) for i in range(30)}


@pytest.fixture
def made(made: Machine) -> Machine:
    made.site.list(*MANY.items())
    for day in (TODAY, TODAY - DAY):
        made.site.session(day, MANY)
    return made


def refresh(made: Machine, **how: Any):
    return made.refresh(sources=("nse",), **how)


def test_a_session_with_few_companies_leaves_the_market_until_a_better_one_comes(made):
    first = refresh(made)
    assert (first.first, first.published, first.held_back, first.age_days) == (True, True, (), 0)
    some = dict(list(MANY.items())[:18])
    made.site.session(TODAY + DAY, some)
    made.clock.pass_time(days=1)
    second = refresh(made)
    assert (second.published, second.generation, second.date) == (False, first.generation, TODAY)
    assert second.held_back == (
        "18 companies with a price of the last session instead of 30",
    )  # fmt: skip
    assert second.age_days == 1
    made.clock.pass_time(hours=1)
    third = refresh(made)  # the same again, from the store
    assert made.prices_asked == []
    assert third.held_back == second.held_back
    made.site.session(TODAY + 2 * DAY, MANY)
    made.clock.pass_time(days=1)
    fourth = refresh(made, sessions=3)
    assert (fourth.published, fourth.date) == (True, TODAY + 2 * DAY)
    assert made.prices_asked == ["20260702"]
    days = made.market.table("prices").collect().group_by("date").len().sort("date")
    assert days["len"].to_list() == [30, 30, 18, 30]


def test_it_can_be_published_all_the_same(made):
    refresh(made)
    made.site.session(TODAY + DAY, dict(list(MANY.items())[:18]))
    made.clock.pass_time(days=1)
    summary = refresh(made, publish_anyway=True)
    assert (summary.published, summary.held_back) == (True, ())
    assert made.market.date == TODAY + DAY


def test_a_first_refresh_of_a_few_pages_is_published_and_says_so(made):
    for name in MANY:
        made.site.page(name)
    summary = made.refresh(limit=2)
    assert (summary.published, summary.first, summary.listed) == (True, True, 30)
    assert summary.coverage["statements"] == pytest.approx(2 / 30)


def test_a_restatement_is_told_with_what_it_was(made):
    made.site.list(*ISIN.items())
    made.refresh()
    made.site.restate("BETA", Interest=("10", "20", "31"))
    made.clock.pass_time(days=31)
    summary = made.refresh()
    assert summary.restated == 1
    assert summary.restated_examples == ("BETA interest Mar 2026: 30 → 31 (consolidated)",)
    made.clock.pass_time(days=31)
    assert made.refresh().restated == 0


def test_what_cannot_be_right_stays_out_of_the_market_and_is_told(made):
    made.site.list(*ISIN.items())
    made.site.restate("BETA", **{"Expenses\xa0+": ("80,000", "95,000", "9,99,99,99,99,999")})
    summary = made.refresh()
    (doubt,) = [d for d in summary.doubts if d.kept_out]
    assert (doubt.isin, doubt.line) == (ISIN["BETA"], "expenses")
    assert summary.symbols[doubt.isin] == "BETA"
    years = made.facts("BETA", line="expenses", kind="annual")["value"].to_list()
    assert years == [80000, 95000]
    assert made.facts("ALPHA", line="expenses", kind="annual").height == 3
