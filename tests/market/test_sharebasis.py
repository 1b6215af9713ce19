"""Per-share figures and share counts stand on the basis of the day the panel is for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from screener.market import panel
from tests.markets import bars, company, day, fact, tables

ISIN = "XX0000000001"
SPLIT = {"isin": ISIN, "ex_date": day("2026-03-02"), "kind": "split", "factor": 5.0}
SHEET = [
    fact("equity_capital", "2025-03-31", 10.0),
    fact("reserves", "2025-03-31", 90.0),
    fact("net_profit", "2025-03-31", 60.0),
]


def built(as_of: str, seen: str, eps: float, **company_values: Any) -> dict[str, Any]:
    """The panel row of a company whose EPS was read on a day, around a split into five."""
    facts = [*SHEET, fact("eps", "2025-03-31", eps, seen=seen)]
    made = tables(
        [company(face_value=2.0, **company_values)],
        facts,
        actions=[SPLIT],
        prices=bars({"2026-01-27": 500.0, "2026-02-27": 500.0, "2026-03-02": 100.0}),
    )
    return panel.build(made, day(as_of)).row(0, named=True)


@pytest.mark.parametrize(
    ("as_of", "seen", "read", "wanted"),
    [
        ("2026-01-27", "2026-06-30", 12.0, 60.0),  # read after the split, asked before it
        ("2026-06-30", "2026-01-27", 60.0, 12.0),  # read before it, asked after it
        ("2026-06-30", "2026-06-29", 12.0, 12.0),
        ("2026-01-27", "2026-01-20", 60.0, 60.0),
    ],
)
def test_eps_is_on_the_basis_of_the_day(as_of, seen, read, wanted):
    row = built(as_of, seen, read)
    assert row["eps@0"] == pytest.approx(wanted)
    shares = 1.0 if dt.date.fromisoformat(as_of) < SPLIT["ex_date"] else 5.0
    assert row["shares"] == pytest.approx(shares)
    assert row["market_cap"] == pytest.approx(500)
    assert not row["share_jump"]


def test_capital_in_whole_crores_is_made_exact_by_eps():
    row = built("2026-06-30", "2026-06-29", 11.9)
    assert row["shares"] == pytest.approx(60 / 11.9)  # 5.04 × ₹2 is ₹10.08 crore, printed as 10
    far = built("2026-06-30", "2026-06-29", 10.0)  # 6 × ₹2 would be printed as 12
    assert far["shares"] == pytest.approx(5.0)


def test_a_company_listed_after_its_balance_sheet_has_no_count_from_it():
    assert built("2026-06-30", "2026-06-29", 12.0, listed_on=day("2025-09-01"))["shares"] is None
    assert built("2026-06-30", "2026-06-29", 12.0, listed_on=day("2020-09-01"))["shares"] == 5.0


def test_a_face_value_of_another_day_is_noticed():
    """EPS of ₹60 means one crore shares; a face value of ₹2 and ₹10 crore of capital means five."""
    made = tables(
        [company(face_value=2.0)],
        [*SHEET, fact("eps", "2025-03-31", 60.0)],
        prices=bars({"2026-01-27": 500.0}),
    )
    row = panel.build(made, day("2026-01-27")).row(0, named=True)
    assert row["share_jump"]
