"""No figure counts as known before the rules would have made it public, or after it was seen."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.market.knowledge import known_at, next_weekday
from screener.market.schema import KINDS, KNOWN_BASES

days = st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1))


@pytest.mark.parametrize(
    ("kind", "end", "known"),
    [
        ("quarter", "2025-06-30", "2025-08-14"),
        ("interim", "2025-09-30", "2025-11-14"),
        ("annual", "2025-03-31", "2025-05-30"),
        ("annual", "2026-03-31", "2026-06-01"),  # 30 May 2026 is a Saturday
        ("holding", "2025-12-31", "2026-01-21"),
    ],
)
def test_the_time_the_rules_give(kind, end, known):
    long_after = dt.date(2030, 1, 1)
    found = known_at(kind, dt.date.fromisoformat(end), long_after)
    assert found == (dt.date.fromisoformat(known), "rule")


@given(st.sampled_from(KINDS), days, st.integers(0, 400))
def test_never_later_than_seen(kind, end, later):
    seen = end + dt.timedelta(days=later)
    known, basis = known_at(kind, end, seen)
    assert known <= seen
    assert basis in KNOWN_BASES
    assert known >= end
    if kind == "snapshot":
        assert known == seen


@given(days)
def test_the_next_weekday_is_near_and_a_weekday(day):
    found = next_weekday(day)
    assert found.weekday() < 5
    assert 0 <= (found - day).days <= 2
    assert found == day or day.weekday() >= 5
