"""What was expected of the years reported: the last estimate before the result, and none later."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.fields.catalogue import compute
from screener.market.panel import Panels, build
from tests.markets import bars, company, day, fact, tables

ISIN = "XX0000000001"
LAST, BEFORE = "2025-03-31", "2024-03-31"


def results(*, known: str = "2025-05-20", eps: float = 12.0, eps_before: float = 8.0):
    years = ((LAST, eps, known), (BEFORE, eps_before, "2024-05-20"))
    return [
        fact(line, end, figure, known=out, seen=out)
        for end, value, out in years
        for line, figure in (("eps", value), ("net_profit", 10 * value), ("sales", 500.0))
    ]  # fmt: skip


def said(as_of: str, mean: float, fy: str = LAST, **more: object) -> dict[str, object]:
    return {"isin": ISIN, "fy_end": day(fy), "metric": "eps", "mean": mean, "analysts": 5,
            "as_of": day(as_of), "source": "test"} | more  # fmt: skip


def row(*estimates, when: str = "2025-08-01", **result):
    made = tables([company(ISIN)], results(**result), prices=bars({when: 200.0}),
                  estimates=list(estimates))  # fmt: skip
    return compute(build(made, day(when))).row(0, named=True)


def test_the_last_estimate_before_the_result_is_what_was_expected():
    found = row(said("2025-03-01", 9.0), said("2025-05-19", 10.0), said("2025-05-20", 12.0))
    assert found["eps_surprise"] == pytest.approx(100 * (12 - 10) / 200)


def test_the_result_itself_is_no_estimate_of_it():
    found = row(said("2025-05-20", 12.0), said("2025-06-20", 12.0))
    assert found["eps_surprise?"] == "NO_COVERAGE"


def test_a_figure_restated_later_lets_no_later_estimate_in():
    found = row(said("2025-05-25", 10.0), said("2025-06-20", 12.0), known="2025-07-15")
    assert found["eps_surprise"] == pytest.approx(1.0)


def test_an_estimate_of_half_a_year_before_is_too_old():
    assert row(said("2025-01-10", 9.0))["eps_surprise?"] == "NO_COVERAGE"


def test_sales_and_other_years_are_not_taken_for_it():
    found = row(said("2025-05-01", 900.0, metric="revenue"), said("2025-05-01", 11.0, "2026-03-31"))
    assert found["eps_surprise?"] == "NO_COVERAGE"


def test_of_two_sources_of_one_day_the_one_with_more_analysts_counts():
    found = row(
        said("2025-05-01", 10.0, analysts=9, source="b"),
        said("2025-05-01", 20.0, analysts=2, source="c"),
        said("2025-05-01", 30.0, analysts=None, source="a"),
    )
    assert found["eps_surprise"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("before", "last", "same"), [(9.0, 13.0, True), (7.0, 10.0, True), (7.0, 13.0, False),
                                 (8.0, 10.0, False)]
)  # fmt: skip
def test_a_streak_is_two_years_on_one_side(before, last, same):
    found = row(said("2025-05-01", last), said("2024-05-01", before, BEFORE))
    assert found["eps_surprise_streak"] is same
    assert row(said("2025-05-01", last))["eps_surprise_streak?"] == "NO_COVERAGE"


def test_until_the_year_is_reported_the_one_before_it_is_the_last():
    found = row(said("2025-05-01", 10.0), said("2024-05-01", 6.0, BEFORE), when="2025-05-12")
    assert found["eps_surprise"] == pytest.approx(100 * (8 - 6) / 200)


def test_a_loss_less_deep_than_feared_is_above_what_was_expected():
    assert row(said("2025-05-01", -20.0), eps=-15.0)["eps_surprise"] == pytest.approx(2.5)


readings = st.lists(
    st.tuples(st.integers(-200, 130), st.sampled_from([LAST, BEFORE]), st.integers(1, 20)),
    max_size=15, unique_by=lambda one: one[:2],
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(readings, st.sampled_from(["2025-04-20", "2025-05-30", "2025-09-10"]))
def test_the_long_way_gives_the_same_on_many_days_at_once(given_readings, when):
    out = {LAST: day("2025-05-20"), BEFORE: day("2024-05-20")}
    made = tables([company(ISIN)], results(), estimates=[
        said((out[fy] + dt.timedelta(days=ago)).isoformat(), float(mean), fy)
        for ago, fy, mean in given_readings
    ])  # fmt: skip
    days = [day("2024-12-31"), day(when)]
    found = Panels(made, days, past=True).frame(["as_of", "est_eps_0y", "est_end_0y"])
    for as_of, mean, end in found.iter_rows():
        last = LAST if as_of >= out[LAST] else BEFORE
        before = [(ago, m) for ago, fy, m in given_readings if fy == last and -120 <= ago < 0]
        assert mean == (max(before)[1] if before else None)
        assert end == (day(last) if before else None)
