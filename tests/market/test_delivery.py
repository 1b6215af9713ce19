"""The share of the volume that was delivered: of the last session, and weighed over a month."""

from __future__ import annotations

import pytest

from screener.market.panel import build
from tests.markets import AS_OF, bars, day, tables


def row(*sessions: tuple[str, float, float | None], as_of=AS_OF) -> dict[str, object]:
    """The panel row after sessions of (date, volume, delivery)."""
    prices = [
        {**bar, "volume": volume, "delivery": delivery}
        for date, volume, delivery in sessions
        for bar in bars({date: 100.0})
    ]
    return build(tables(prices=prices), as_of).row(0, named=True)


def test_larger_days_weigh_more():
    found = row(("2026-01-25", 100, 80.0), ("2026-01-26", 300, 40.0))
    assert (found["delivery"], found["delivery_1m"]) == (40, 50)


def test_days_without_it_are_left_out():
    found = row(("2026-01-24", 900, None), ("2026-01-25", 100, 60.0), ("2026-01-26", 100, None))
    assert (found["delivery"], found["delivery_1m"]) == (None, 60)
    assert row(("2026-01-25", 100, None))["delivery_1m"] is None
    assert row(("2026-01-25", 0, 50.0))["delivery_1m"] is None


def test_only_a_month_counts():
    dates = [f"2025-12-{d:02}" for d in range(1, 29)]
    sessions = [(date, 100.0, 90.0 if i < 7 else 30.0) for i, date in enumerate(dates)]
    assert row(*sessions)["delivery_1m"] == pytest.approx(30)
    assert row(*sessions, as_of=day("2025-12-14"))["delivery_1m"] == pytest.approx(60)
