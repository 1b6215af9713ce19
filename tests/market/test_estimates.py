"""Revisions come from our own dated readings, of one source; no coverage is a value."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.estimates.snapshots import merged_estimates
from screener.fields.catalogue import compute
from screener.market import estimates, panel
from screener.market.schema import conform, empty
from screener.market.store import publish
from screener.screening import Verdict, run
from screener.screens import Screen
from tests.markets import AS_OF, bars, company, fact, tables

ISIN, OTHER = "XX0000000001", "XX0000000002"
FY1, FY2 = dt.date(2026, 3, 31), dt.date(2027, 3, 31)


def reading(
    days_ago: int,
    mean: float,
    *,
    fy: dt.date = FY1,
    source: str = "yahoo",
    analysts: int | None = 5,
    metric: str = "eps",
) -> dict[str, object]:
    return {
        "isin": ISIN, "fy_end": fy, "metric": metric, "mean": mean, "analysts": analysts,
        "as_of": AS_OF - dt.timedelta(days=days_ago), "source": source,
    }  # fmt: skip


def table(*rows: dict[str, object]) -> pl.DataFrame:
    return conform("estimates", pl.DataFrame(list(rows), infer_schema_length=None))


def seen(*rows: dict[str, object]) -> dict[str, object]:
    return estimates.columns(table(*rows), [AS_OF]).row(0, named=True)


def test_a_reading_a_month_makes_revisions_where_the_source_has_no_history():
    held = empty("estimates")
    for days_ago, mean in ((95, 8.0), (62, 9.0), (31, 10.0), (0, 12.0)):
        today = AS_OF - dt.timedelta(days=days_ago)
        held = merged_estimates(held, [table(reading(days_ago, mean))], today)
    assert held.height == 4  # each is kept with its date
    made = tables([company(ISIN)], prices=bars({AS_OF.isoformat(): 100.0}))
    row = compute(panel.build({**made, "estimates": held}, AS_OF)).row(0, named=True)
    assert row["eps_fy1_revision_30d"] == pytest.approx(20)
    assert row["eps_fy1_revision_60d"] == pytest.approx(100 * 3 / 9)
    assert row["eps_fy1_revision_90d"] == pytest.approx(50)


def test_two_sources_that_differ_revise_nothing():
    row = seen(
        reading(0, 10.0, source="yahoo"),
        reading(31, 10.0, source="yahoo"),
        reading(30, 14.0, source="moneycontrol"),
    )
    assert (row["est_eps1"], row["est_eps1_30d"]) == (10, 10)


def test_both_years_and_the_counts_come_from_the_source_with_more_analysts():
    row = seen(
        reading(3, 10.0, source="yahoo", analysts=9),
        reading(3, 11.0, fy=FY2, source="yahoo", analysts=8),
        reading(3, 500.0, metric="revenue", source="yahoo"),
        reading(0, 20.0, source="csv", analysts=2),
        reading(0, 22.0, fy=FY2, source="csv", analysts=2),
        reading(0, 900.0, metric="revenue", source="csv"),
    )
    assert (row["est_eps1"], row["est_eps2"], row["est_rev1"]) == (10, 11, 500)
    assert row["analysts"] == 9


def test_a_source_that_is_no_longer_read_gives_way():
    row = seen(
        reading(100, 10.0, source="yahoo", analysts=9),
        reading(1, 20.0, source="csv", analysts=None),
    )
    assert row["est_eps1"] == 20


rows = st.lists(
    st.tuples(
        st.integers(0, 200), st.sampled_from(["a", "b"]), st.sampled_from([FY1, FY2]),
        st.integers(1, 9),
    ),
    min_size=1, max_size=12, unique_by=lambda row: row[:3],
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(rows)
def test_now_and_then_are_always_of_one_source(given_rows):
    values = {"a": 1.0, "b": 1000.0}  # a source never changes its mind
    made = table(
        *(
            reading(ago, values[source], fy=fy, source=source, analysts=count)
            for ago, source, fy, count in given_rows
        )
    )
    for row in estimates.columns(made, [AS_OF]).iter_rows(named=True):
        means = {v for name, v in row.items() if name.startswith("est_eps") and v is not None}
        assert len(means) <= 1


def test_a_reading_from_the_future_is_not_known_yet():
    assert estimates.columns(table(reading(-5, 9.0)), [AS_OF]).is_empty()


def test_no_coverage_is_a_value_and_never_a_fail(tmp_path):
    quarters = ("2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30")
    results = [
        fact(line, end, value, isin=isin, kind="quarter")
        for isin in (ISIN, OTHER)
        for i, end in enumerate(quarters)
        for line, value in (("sales", 100.0), ("operating_profit", 10.0 + i))
    ]
    prices = [row for isin in (ISIN, OTHER) for row in bars({AS_OF.isoformat(): 100.0}, isin)]
    made = tables([company(ISIN), company(OTHER)], results, prices=prices)
    made["estimates"] = table(reading(0, 9.0), reading(31, 10.0))
    market = publish(tmp_path, made, date=AS_OF, sources={"test": "x"})

    def verdict(query: str, isin: str) -> Verdict:
        return run(market, Screen(name="", title="", query=query)).why(isin).verdict

    revision = "EPS revision 30days > 0"
    assert verdict(revision, ISIN) is Verdict.FAIL
    assert verdict(revision, OTHER) is Verdict.UNKNOWN
    (condition,) = run(market, Screen(name="", title="", query=revision)).why(OTHER).conditions
    assert condition.reason == "NO_COVERAGE"
    assert verdict("Analysts = 0", OTHER) is Verdict.PASS
    assert verdict("Analysts < 3", ISIN) is Verdict.FAIL
    # Who has no analyst has results: their signals are fields of their own.
    assert verdict("OPM change > 3.9 and OPM change < 4.1", OTHER) is Verdict.PASS
    assert verdict(f"{revision} or OPM change > 0", OTHER) is Verdict.PASS
