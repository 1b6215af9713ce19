"""The panel: slots, basis, restatements, latest balance sheet, adjusted prices, estimates."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.market.panel import build
from tests.markets import AS_OF, bars, company, day, fact, tables


def one(facts=(), as_of=AS_OF, **others):
    return build(tables(facts=facts, **others), as_of).row(0, named=True)


def test_years_fall_into_slots_back_from_the_latest():
    row = one([fact("sales", f"{y}-03-31", y) for y in range(2014, 2026)])
    assert [row[f"sales@{k}"] for k in range(12)] == [float(y) for y in range(2025, 2013, -1)]


def test_a_missing_report_leaves_its_slot_empty():
    row = one([fact("sales", "2025-03-31", 5), fact("sales", "2023-03-31", 3)])
    assert (row["sales@0"], row["sales@1"], row["sales@2"]) == (5, None, 3)


def test_a_fifteen_month_year_is_one_step():
    row = one(
        [
            fact("sales", "2025-03-31", 3),
            fact("sales", "2024-03-31", 2, months=15),
            fact("sales", "2022-12-31", 1),
        ]
    )
    assert (row["sales@1"], row["sales@2"], row["months@1"]) == (2, 1, 15)


def test_a_missing_quarter_leaves_its_slot_empty():
    ends = ["2025-12-31", "2025-09-30", "2025-03-31"]
    row = one([fact("sales", e, i, kind="quarter", known="2026-01-20") for i, e in enumerate(ends)])
    assert [row[f"sales@q{k}"] for k in range(4)] == [0, 1, None, 2]


def test_half_yearly_filers_fill_every_second_slot():
    ends = ["2025-09-30", "2025-03-31"]
    row = one([fact("sales", e, 7, kind="quarter", months=6) for e in ends])
    assert [row[f"sales@q{k}"] for k in range(3)] == [7, None, 7]
    assert row["months@q0"] == 6


def test_a_restatement_counts_from_the_day_it_was_known():
    facts = [
        fact("borrowings", "2024-03-31", 458_991, known="2024-05-10"),
        fact("borrowings", "2024-03-31", 350_719, known="2025-05-10"),
    ]
    assert one(facts, as_of=day("2024-12-31"))["borrowings@0"] == 458_991
    assert one(facts)["borrowings@0"] == 350_719
    assert one(list(reversed(facts)))["borrowings@0"] == 350_719


def test_consolidated_is_preferred_and_never_mixed():
    facts = [
        fact("sales", "2025-03-31", 962),
        fact("sales", "2025-03-31", 515, basis="standalone"),
        fact("sales", "2024-03-31", 400, basis="standalone"),
    ]
    row = one(facts)
    assert (row["basis"], row["sales@0"], row["sales@1"]) == ("consolidated", 962, None)


def test_stale_consolidated_gives_way_to_standalone():
    facts = [
        fact("sales", "2016-03-31", 10),
        fact("sales", "2025-03-31", 99, basis="standalone"),
    ]
    row = one(facts)
    assert (row["basis"], row["sales@0"]) == ("standalone", 99)


def test_a_later_half_year_balance_sheet_is_taken_whole():
    facts = [
        fact("borrowings", "2025-03-31", 100),
        fact("cwip", "2025-03-31", 7),
        fact("borrowings", "2025-09-30", 60, kind="interim", months=0),
    ]
    row = one(facts)
    assert (row["borrowings@L"], row["cwip@L"], row["end@L"]) == (60, None, day("2025-09-30"))
    assert row["borrowings@0"] == 100


def test_nothing_known_later_is_seen():
    facts = [fact("sales", "2025-03-31", 5, known="2025-05-20")]
    assert one(facts, as_of=day("2025-05-19"))["sales@0"] is None
    assert one(facts, as_of=day("2025-05-20"))["sales@0"] == 5


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sales", "net_profit", "borrowings"]),
            st.integers(2013, 2025),
            st.floats(-1e6, 1e6),
            st.integers(0, 700),
        ),
        max_size=40,
    ),
    st.integers(0, 4000),
)
@settings(max_examples=20, deadline=None)
def test_no_column_depends_on_what_is_known_later(cells, offset):
    as_of = dt.date(2014, 1, 1) + dt.timedelta(days=offset)
    facts = []
    for line, year, value, delay in cells:
        end = dt.date(year, 3, 31)
        known = (end + dt.timedelta(days=delay)).isoformat()
        facts.append(fact(line, end.isoformat(), value, known=known))
    past = [f for f in facts if f["known_at"] <= as_of]
    assert build(tables(facts=facts), as_of).equals(build(tables(facts=past), as_of))


def test_prices_are_adjusted_for_a_split_and_the_market_cap_is_not():
    closes = {"2025-01-27": 1000.0, "2025-12-31": 1100.0, "2026-01-23": 220.0, "2026-01-27": 210.0}
    actions = [
        {"isin": "XX0000000001", "ex_date": day("2026-01-05"), "kind": "split", "factor": 5.0}
    ]
    row = one([fact("equity_capital", "2025-03-31", 50.0)], prices=bars(closes), actions=actions)
    assert row["close@1y"] == pytest.approx(200)
    assert row["close@ytd"] == pytest.approx(220)
    assert row["high_52w"] == pytest.approx(220)
    assert row["market_cap"] == pytest.approx(210 * 5.0)


def test_a_jump_that_no_action_explains_ends_the_price_history():
    closes = {"2025-01-27": 1000.0, "2025-12-31": 1100.0, "2026-01-23": 220.0, "2026-01-27": 210.0}
    row = one(prices=bars(closes))
    assert (row["close@1y"], row["close@ytd"], row["high_52w"]) == (None, None, 220)
    assert (row["close"], row["prev_close"]) == (210, 220)


def test_a_young_listing_is_not_taken_for_a_rarely_traded_one():
    days = [
        d for d in pl.date_range(dt.date(2025, 10, 1), AS_OF, "1d", eager=True) if d.weekday() < 5
    ]
    old, young, rare = ("XX0000000001", "XX0000000002", "XX0000000003")
    traded = [*bars({d.isoformat(): 100.0 for d in days}, old)]
    traded += bars({d.isoformat(): 100.0 for d in days[-10:]}, young)
    traded += bars({d.isoformat(): 100.0 for d in days[::4]}, rare)
    companies = [company(isin) for isin in (old, young, rare)]
    panel = build(tables(companies, prices=traded), AS_OF)
    shares = panel["zero_volume_60d"].to_list()
    assert shares[:2] == [0, 0]
    assert shares[2] == pytest.approx(0.75, abs=0.05)


def test_a_bonus_after_the_balance_sheet_adds_shares():
    actions = [
        {"isin": "XX0000000001", "ex_date": day("2025-10-01"), "kind": "bonus", "factor": 2.0}
    ]
    row = one(
        [fact("equity_capital", "2025-03-31", 50.0)],
        prices=bars({"2026-01-27": 100.0}),
        actions=actions,
    )
    assert row["shares"] == pytest.approx(10.0)


def test_printed_market_cap_gives_the_share_count():
    facts = [
        fact("market_cap_printed", "2026-01-20", 1000, kind="snapshot", known="2026-01-20"),
        fact("price_printed", "2026-01-20", 50, kind="snapshot", known="2026-01-20"),
    ]
    row = one(facts, prices=bars({"2026-01-27": 60.0}))
    assert (row["shares"], row["market_cap"]) == (20, 1200)


def test_no_prices_at_all_is_unknown_not_zero():
    row = one([fact("sales", "2025-03-31", 5)])
    assert row["close"] is None
    assert row["market_cap"] is None
    assert row["analysts"] == 0


def test_estimates_of_the_same_year_are_compared_over_time():
    def estimate(as_of: str, mean: float, fy: str = "2026-03-31"):
        return {
            "isin": "XX0000000001", "fy_end": day(fy), "metric": "eps", "mean": mean,
            "analysts": 5, "as_of": day(as_of), "source": "test",
        }  # fmt: skip

    row = one(
        estimates=[
            estimate("2026-01-20", 9.0),
            estimate("2025-12-20", 10.0),
            estimate("2025-10-20", 12.0),
            estimate("2026-01-20", 15.0, "2027-03-31"),
        ]
    )
    assert (row["est_eps1"], row["est_eps1_30d"], row["est_eps1_90d"]) == (9.0, 10.0, 12.0)
    assert (row["est_eps2"], row["analysts"]) == (15.0, 5)


def test_an_estimate_older_than_120_days_is_no_coverage():
    row = one(
        estimates=[
            {"isin": "XX0000000001", "fy_end": day("2026-03-31"), "metric": "eps", "mean": 1.0,
             "analysts": 3, "as_of": day("2025-09-01")}
        ]
    )  # fmt: skip
    assert (row["analysts"], row["est_eps1"]) == (0, None)


def test_facts_of_unlisted_companies_are_left_out():
    frame = build(tables([company()], [fact("sales", "2025-03-31", 5, isin="XX0000000099")]), AS_OF)
    assert frame.height == 1
    assert frame["sales@0"][0] is None


def test_pe_percentile_ranks_today_within_five_years():
    months = pl.date_range(dt.date(2022, 1, 31), dt.date(2026, 1, 31), "1mo", eager=True)
    ends = [d for d in months.dt.month_end().to_list() if d <= AS_OF] + [AS_OF]
    closes = {d.isoformat(): 100.0 + i for i, d in enumerate(ends)}
    facts = [fact("eps", f"{y}-03-31", 10.0, known=f"{y}-05-15") for y in range(2021, 2026)]
    row = one(facts, prices=bars(closes))
    assert row["pe_months"] >= 36
    assert row["pe_pctile_5y"] == pytest.approx(100, abs=1.5)
