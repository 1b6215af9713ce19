"""Breadth by hand on a few companies, and what must hold of it on the demo market."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.errors import NoMarket
from screener.regime import as_json, market_state, state_of
from screener.regime.breadth import Bin, histogram
from screener.regime.segments import index_segments
from tests.markets import bars, company, tables

DAY = dt.date(2026, 1, 27)


def state(companies, closes, actions=(), day=DAY, fields=None, indices=()):
    made = tables(
        companies,
        prices=[bar for isin, path in closes.items() for bar in bars(path, isin)],
        actions=actions,
        indices=indices,
    )
    lazy = {name: frame.lazy() for name, frame in made.items()}
    return state_of(
        made["companies"], lazy["prices"], lazy["actions"], lazy["indices"], fields, day
    )


def small(isin, **values):
    return company(isin, size_rank=300, **values)


def test_returns_are_adjusted_and_a_loss_of_exactly_ten_percent_counts():
    found = state(
        [small("A"), small("B"), small("C"), small("D")],
        {
            "A": {"2025-12-31": 100, "2026-01-26": 91, "2026-01-27": 90},  # −10 %
            "B": {"2025-12-31": 100, "2026-01-26": 100, "2026-01-27": 50},  # split 2 for 1: 0 %
            "C": {"2025-06-30": 250, "2025-12-31": 200, "2026-01-27": 150},  # −25 %, 40 % off
            "D": {"2025-12-31": 100, "2026-01-26": 101, "2026-01-27": 102},
        },
        actions=[
            {"isin": "B", "ex_date": DAY, "kind": "split", "factor": 2.0},
            {"isin": "D", "ex_date": dt.date(2026, 2, 2), "kind": "split", "factor": 5.0},
        ],
    )
    b = found.segment("small").breadth
    assert (b.priced, b.fallers.count, b.fallers.of) == (4, 2, 4)
    assert [s.count for s in b.below_high] == [1, 1, 0]
    assert (b.advances, b.declines, b.unchanged) == (1, 2, 1)
    assert b.over("ytd").median == pytest.approx(-0.05)
    assert b.over("ytd").rising.count == 1
    assert b.median_drawdown == pytest.approx(-0.05)
    assert [bin.count for bin in b.histogram if bin.count] == [1, 1, 1, 1]
    assert found.verdict.regime == "unknown"
    assert "too few" in found.verdict.sentence


def test_a_price_before_a_jump_that_no_action_explains_is_unknown():
    found = state(
        [small("A"), small("B")],
        {
            "A": {"2025-12-31": 1000, "2026-01-26": 100, "2026-01-27": 99},
            "B": {"2025-12-31": 100, "2026-01-26": 100, "2026-01-27": 101},
        },
    )
    b = found.segment("small").breadth
    assert (b.priced, b.fallers.of, b.fallers.count) == (2, 1, 0)


def test_an_old_last_trade_is_no_price_and_rare_trading_is_told():
    sessions = [DAY - dt.timedelta(days=i) for i in range(100)]
    daily = {d.isoformat(): 100.0 for d in sessions}
    weekly = {d.isoformat(): 100.0 for d in sessions[::4]}
    gone = {d.isoformat(): 100.0 for d in sessions[6:]}
    lately = {d.isoformat(): 100.0 for d in sessions[:10]}
    found = state([small(x) for x in "ABCD"], {"A": daily, "B": weekly, "C": gone, "D": lately})
    b = found.segment("small").breadth
    assert (b.companies, b.priced, b.rare) == (4, 3, 1)  # a new listing does not trade rarely
    assert b.above_50.of == 1
    kept = {**gone, sessions[5].isoformat(): 100.0}
    assert (
        state([small("A"), small("C")], {"A": daily, "C": kept}).segment("all").breadth.priced == 2
    )


def test_calendar_years_run_from_year_end_to_year_end():
    closes = {"2023-12-29": 100, "2024-12-31": 130, "2025-12-31": 104, "2026-01-27": 104}
    one = state([small("A")], {"A": closes}).segment("small").breadth
    assert one.over("2024").median == pytest.approx(0.30)
    assert one.over("2025").median == pytest.approx(-0.20)
    assert one.over("2023").median is None
    # The close of 31 December is the end of that year and the base of the next.
    end = state([small("A")], {"A": closes}, day=dt.date(2025, 12, 31)).segment("small").breadth
    assert end.over("ytd").median == pytest.approx(-0.20)


def test_segments_follow_rank_then_class():
    rows = [
        company("A", size_rank=100), company("B", size_rank=101), company("C", size_rank=250),
        company("D", size_rank=251), company("E", size_rank=500), company("F", size_rank=501),
        company("G", size_rank=None, size_class="large"), company("H", size_class="micro"),
        company("I", size_class=None), company("J", size_rank=90, size_class="small"),
    ]  # fmt: skip
    closes = {row["isin"]: {"2026-01-26": 10, "2026-01-27": 11} for row in rows}
    found = state(rows, closes)
    counts = {one.key: one.breadth.priced for one in found.sizes}
    assert counts == {
        "large": 3, "mid": 2, "small": 4, "upper_small": 2, "micro": 2, "all": 10
    }  # fmt: skip


def test_an_index_with_few_known_members_is_no_segment():
    many = [company(f"X{i:02}", indices=["Big", "Odd 'name'"] if i else ["Big"]) for i in range(10)]
    frame = tables(many)["companies"]
    assert [s.title for s in index_segments(frame)] == ["Big"]


def test_a_bin_holds_its_upper_edge():
    found = histogram(pl.Series([-1.0, -0.5, -0.1, -0.0999, 0.0, 0.5, 9.0]))
    assert [(b.low, b.count) for b in found if b.count] == [
        (-1.0, 2), (-0.2, 1), (-0.1, 2), (0.3, 1), (0.5, 1)
    ]  # fmt: skip
    assert found[-1] == Bin(0.5, None, 1)


@pytest.mark.parametrize("day", [None, dt.date(2024, 6, 28)], ids=str)
def test_what_must_hold_on_any_market(demo, day):
    found = market_state(demo, day)
    for one in (*found.sizes, *found.memberships):
        b = one.breadth
        assert b.companies >= b.priced >= b.fallers.of >= b.fallers.count >= 0
        counts = [s.count for s in b.below_high]
        assert counts == sorted(counts, reverse=True)
        assert sum(bin.count for bin in b.histogram) == b.fallers.of
        lower = [bin.count for bin in b.histogram if bin.high is not None and bin.high <= -0.1]
        assert sum(lower) == b.fallers.count
        assert b.advances + b.declines + b.unchanged <= b.priced
        if b.median_drawdown is not None:
            assert -1 <= b.median_drawdown <= 0
    sizes = {one.key: one.breadth for one in found.sizes}
    assert sizes["upper_small"].priced + sizes["micro"].priced == sizes["small"].priced
    parts = ("large", "mid", "small")
    # Before the first list of sizes that names it, a company is of no size.
    sized = (demo.as_of(day) if day else demo).companies["size_class"].count()
    unsized = sizes["all"].companies - sum(sizes[p].companies for p in parts)
    assert 0 <= unsized <= demo.companies.height - sized
    for count in ("priced", "advances", "declines"):
        within = sum(getattr(sizes[p], count) for p in parts)
        assert within <= getattr(sizes["all"], count) <= within + unsized
    fallers = sum(sizes[p].fallers.count for p in parts)
    assert fallers <= sizes["all"].fallers.count <= fallers + unsized


def test_nothing_of_the_future_is_read(demo):
    day = dt.date(2025, 3, 31)
    names = ("prices", "actions", "indices")
    full = {name: demo.table(name) for name in names}
    cut = {
        name: frame.filter(pl.col("ex_date" if name == "actions" else "date") <= day)
        for name, frame in full.items()
    }
    both = [state_of(demo.companies, *t.values(), None, day) for t in (full, cut)]
    assert as_json(both[0]) == as_json(both[1])


def test_splits_do_not_move_breadth(demo):
    """The same market with every price of a company halved before a made-up split."""
    day, ex = demo.date, dt.date(2025, 11, 10)
    prices, actions = demo.table("prices").collect(), demo.table("actions").collect()
    half = demo.companies["isin"].to_list()[::2]
    late = pl.col("isin").is_in(half) & (pl.col("date") >= ex)
    split = prices.with_columns(
        pl.when(late).then(pl.col(name) / 2).otherwise(name).alias(name)
        for name in ("open", "high", "low", "close")
    )
    made = pl.DataFrame({"isin": half, "ex_date": ex, "kind": "split", "factor": 2.0})
    more = pl.concat([actions, made], how="diagonal")
    plain, after = (
        state_of(demo.companies, p.lazy(), a.lazy(), demo.table("indices"), None, day)
        for p, a in ((prices, actions), (split, more))
    )
    for one, other in zip(plain.sizes, after.sizes, strict=True):
        a, b = one.breadth, other.breadth
        assert (a.fallers, a.below_high, a.above_200) == (b.fallers, b.below_high, b.above_200)
        assert a.median_drawdown == pytest.approx(b.median_drawdown)


def test_a_day_before_the_first_price_says_when_they_begin(demo):
    with pytest.raises(NoMarket, match="begin on 2021-01-01"):
        market_state(demo, dt.date(1, 1, 1))


def test_a_day_after_the_last_is_the_last(demo):
    assert market_state(demo, dt.date(2040, 1, 1)).day == demo.date


def test_each_count_of_the_way_down_is_whole_bins_of_its_histogram(demo):
    for one in market_state(demo).sizes:
        b = one.breadth
        assert sum(bin.count for bin in b.drawdowns) == b.below_high[0].of
        for limit, counted in zip((0.2, 0.3, 0.5), b.below_high, strict=True):
            assert sum(bin.count for bin in b.drawdowns if bin.high <= -limit) == counted.count


def test_the_premium_is_set_against_all_sessions_with_both_indices():
    days = [DAY - dt.timedelta(days=i) for i in range(300)][::-1]

    def index(name, level, last):
        return [
            {"index": name, "date": d, "close": 100.0, "pe": last if d == DAY else level}
            for d in days
        ]

    rows = [*index("Smallcap 250", 30.0, 24.0), *index("Nifty 100", 20.0, 20.0)]
    found = state([small("A")], {"A": {DAY.isoformat(): 1.0}}, indices=rows).premium_history
    assert (found.now, found.median, found.low, found.high) == pytest.approx((1.2, 1.5, 1.2, 1.5))
    assert (found.below, found.sessions, found.last) == (0.0, 300, DAY)
    without = [row | {"pe": None} for row in rows]
    few = [row for row in rows if row["date"] > days[60]]
    for given in (without, few, rows[:300]):
        made = state([small("A")], {"A": {DAY.isoformat(): 1.0}}, indices=given)
        assert made.premium_history is None


def test_an_earlier_day_reads_no_more_than_it_needs_and_says_the_same(demo):
    day = dt.date(2025, 9, 30)
    past = demo.as_of(day)
    tables = [past.table(name) for name in ("prices", "actions", "indices")]
    whole = state_of(past.companies, *tables, past.fields, day)
    assert as_json(market_state(demo, day)) == as_json(whole)
