"""A replay gives what a loop over the days gives, and what a person reckons by hand."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.errors import ScreenError
from screener.fields import goalposts
from screener.market.demo import DEMO_DATE, generate
from screener.market.store import publish
from screener.replay import JUMP, NO_PRICE, replay, turn_dates
from screener.screening import run
from screener.screens import Screen
from screener.timeline import verdicts
from tests.markets import bars, company, day, fact, tables

A, B, C, D = ("XX0000000001", "XX0000000002", "XX0000000003", "XX0000000004")
_DAYS = (dt.date(2022, 3, 31), dt.date(2024, 7, 31), dt.date(2026, 1, 23))
_QUERIES = (
    "ROCE > 15 and Debt to equity < 0.5 and Market Capitalization > 500",
    "Sales growth 3Years > 10 and Return over 1year > 0 and Pledged percentage < 5",
    "Peer PE premium < -10 and PE < 25",
    "Net profit[FY] > Net profit[FY-1] and avg(ROCE, 3y) > 12",
    "percentile(ROE) > 80 and DMA 50 > DMA 200",
    'in index "Demo Smallcap 250" and Price to Earning < 30',
    'Size class = "small" and Selectivity score > 50',
    "EPS revision 90days > 0 or not ROE > 10",
)  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("market")
    return publish(folder, generate(11, 260), date=DEMO_DATE, sources={"demo": "t"}, demo=True)


@pytest.fixture(scope="module")
def past(demo):
    """The market of each day of _DAYS, one at a time."""
    return {one: demo.as_of(one) for one in _DAYS}


def screen(query, **more):
    return Screen(name="", title="Test", query=query, **more)


@pytest.fixture
def held(tmp_path):
    def publish_tables(*args, **others):
        made = tables(*args, **others)
        return publish(tmp_path, made, date=day("2026-01-27"), sources={"test": "t"})

    return publish_tables


# --- against a loop over the days ------------------------------------------------------------


@pytest.mark.parametrize("query", _QUERIES)
def test_verdicts_are_those_of_a_loop_over_the_days(demo, past, query):
    asked = screen(query, universe="Market Capitalization > 100")
    together = verdicts(demo, asked, _DAYS)
    for one in _DAYS:
        alone = run(past[one], asked)
        expected = alone.rows("all").sort("isin")
        words = pl.col("verdict").replace_strict(
            {True: "pass", False: "fail", None: "unknown"}, return_dtype=pl.String
        )
        found = together.filter(pl.col("date") == one, "inside").with_columns(words).sort("isin")
        assert found["isin"].to_list() == expected["isin"].to_list()
        assert found["verdict"].to_list() == expected["verdict"].to_list()


def test_before_an_index_has_a_list_its_membership_is_unknown_on_both_ways(held):
    companies = [company(A), company(B)]
    facts = [fact("sales", "2022-03-31", 100, isin=isin) for isin in (A, B)]
    members = [
        {"index": "Old", "isin": A, "since": day("2023-01-01"), "source": "t"},
        {"index": "New", "isin": A, "since": day("2025-01-01"), "source": "t"},
    ]
    market = held(companies, facts, members=members)
    for name, expected in (("New", "unknown"), ("Old", "pass")):
        asked = screen(f'in index "{name}"')
        found = run(market.as_of(day("2024-06-28")), asked)
        assert found.rows("all")["verdict"][0] == expected
        together = verdicts(market, asked, [day("2024-06-28")])
        assert together["verdict"][0] is (True if expected == "pass" else None)
    unknown = run(market.as_of(day("2024-06-28")), screen('in index "New"')).why(A)
    assert unknown.conditions[0].reason is not None


def test_a_users_own_goalposts_count_in_a_replay_too(demo, tmp_path, monkeypatch):
    posts = goalposts.Goalposts(goalposts.built_in()[:1], tmp_path)
    monkeypatch.setattr(goalposts, "in_use", lambda paths=None: posts)
    asked = screen("Selectivity score > 60")
    alone = run(demo.as_of(_DAYS[1]), asked).rows("all").sort("isin")
    together = verdicts(demo, asked, _DAYS[1:2]).sort("isin")
    expected = alone["verdict"].replace_strict({"pass": True, "fail": False, "unknown": None})
    assert together["verdict"].to_list() == expected.to_list()


def test_a_past_result_widens_to_what_it_is_asked_for(demo, past):
    found = run(demo.as_of(_DAYS[2]), screen("ROCE > 15"))
    whole = past[_DAYS[2]].fields
    shown = found.rows("all", ["pe", "peer_pe_premium"], [("market_cap", True)])
    expected = whole.sort("market_cap", descending=True, nulls_last=True, maintain_order=True)
    for name in ("isin", "pe", "peer_pe_premium"):
        assert shown[name].to_list() == expected[name].to_list()
    assert set(whole.columns) <= set(found.frame.columns)
    assert found.frame.select(whole.columns).equals(whole, null_equal=True)


def test_a_replay_is_that_of_a_loop_over_the_days(demo):
    asked = screen("ROE > 12 and Market Capitalization > 300")
    found = replay(demo, asked, dt.date(2025, 3, 1), DEMO_DATE, "quarter", 1.0)
    prices = demo.table("prices").collect()
    before: dict[str, float] = {}
    for turn in found.turns:
        past, later = demo.as_of(turn.date), demo.as_of(turn.until)
        passes = run(past, asked).rows()["isin"].to_list()
        returns = {}
        for isin in passes:
            change = _change(prices, past, later, isin)
            if change is not None:
                returns[isin] = change
        assert turn.members == len(passes)
        assert turn.held == len(returns)
        gross = sum(returns.values()) / len(returns)
        assert turn.gross == pytest.approx(gross)
        weight = 1 / len(returns)
        traded = sum(
            abs((weight if i in returns else 0) - before.get(i, 0)) for i in {*returns, *before}
        )
        assert turn.net == pytest.approx((1 - 0.01 * traded) * (1 + gross) - 1)
        before = {i: weight * (1 + r) / (1 + gross) for i, r in returns.items()}


def _change(prices, past, later, isin):
    """The return of one company, from its bars and the actions between the days."""
    bars_of = prices.filter(pl.col("isin") == isin).sort("date")
    own = bars_of.filter(pl.col("date") <= past.date)
    if own.is_empty() or (past.date - own["date"][-1]).days >= 15:
        return None
    last = bars_of.filter(pl.col("date") <= later.date)
    actions = past.table("actions").filter(
        (pl.col("isin") == isin) & pl.col("kind").is_in(["split", "bonus", "rights"])
        & (pl.col("ex_date") > own["date"][-1]) & (pl.col("ex_date") <= last["date"][-1])
    )  # fmt: skip
    factor = actions.collect()["factor"].product()
    return last["close"][-1] * factor / own["close"][-1] - 1


# --- by hand ---------------------------------------------------------------------------------


def _small(held):
    """A passes and splits; B passes and dies; C fails; D jumps without a reason."""
    companies = [company(isin, listed_on=day("2020-01-01")) for isin in (A, B, C, D)]
    sales = {A: 100, B: 100, C: 1, D: 100}
    facts = [fact("sales", "2024-03-31", value, isin=isin) for isin, value in sales.items()]
    closes = {
        A: {"2025-01-31": 100, "2025-02-28": 60, "2025-03-31": 66, "2025-04-30": 66},
        B: {"2025-01-31": 50, "2025-02-05": 36, "2025-02-07": 27, "2025-02-10": 20},
        C: {"2025-01-31": 10, "2025-02-28": 11, "2025-03-31": 11, "2025-04-30": 12},
        D: {"2025-01-31": 10, "2025-02-28": 10, "2025-03-31": 100, "2025-04-30": 100},
    }
    split = {"isin": A, "ex_date": day("2025-02-15"), "kind": "split", "factor": 2.0}
    index = [
        {"index": "Nifty Smallcap 250", "date": day(when), "close": level}
        for when, level in (("2025-01-31", 100.0), ("2025-02-28", 90.0), ("2025-03-31", 99.0),
                            ("2025-04-30", 99.0))
    ]  # fmt: skip
    sizes = [
        {"isin": isin, "period_end": day("2024-12-31"), "size_rank": 300 + i, "size_class": "small"}
        for i, isin in enumerate((A, B, C, D))
    ]
    prices = [bar for isin, days in closes.items() for bar in bars(days, isin)]
    return held(companies, facts, prices=prices, actions=[split], indices=index, sizes=sizes)


def test_a_small_market_by_hand(held):
    found = replay(
        _small(held), screen("Sales[FY] > 50"), day("2025-01-01"), day("2025-04-30"), cost=1.0
    )
    first, second, third = found.turns
    # A: 60 × 2 / 100 = +20 %. B: 20 / 50 = −60 %, dead since 10 February. D: 0 %.
    assert (first.members, first.held, first.stopped) == (3, 3, 1)
    assert first.gross == pytest.approx((0.2 - 0.6 + 0.0) / 3)
    assert first.turnover == pytest.approx(1)
    assert first.net == pytest.approx(0.99 * (1 + first.gross) - 1)
    assert (first.deep_losses, first.gains) == (1, 1)
    assert first.index == pytest.approx(-0.1)
    # C rose by 10 %: the universe is all four.
    assert first.universe == pytest.approx((0.2 - 0.6 + 0.0 + 0.1) / 4)
    # In March B has no price for weeks and D jumps tenfold: only A is left, +10 %.
    assert (second.members, second.held) == (3, 1)
    assert second.left_out == {NO_PRICE: 1, JUMP: 1}
    assert second.gross == pytest.approx(0.1)
    # Worth before: A 1.2, B 0.4, D 1.0 of 2.6. All goes into A: 1.4 / 2.6 bought and sold.
    assert second.turnover == pytest.approx(1.4 / 2.6)
    assert second.cost == pytest.approx(0.01 * 2 * 1.4 / 2.6)
    assert third.gross == pytest.approx(0)
    assert found.index == "Nifty Smallcap 250"
    assert found.benchmark.total == pytest.approx(-0.01)
    assert found.benchmark.drawdown == pytest.approx(-0.1)
    nets = [turn.net for turn in found.turns]
    assert found.strategy.total == pytest.approx((1 + nets[0]) * (1 + nets[1]) * (1 + nets[2]) - 1)
    assert found.left_out == {NO_PRICE: 2, JUMP: 1}


def test_what_is_unknown_is_not_held_unless_the_screen_says_so(held):
    market = _small(held)
    asked = "Sales[FY] > 50 and Net profit[FY] > 0"
    strict = replay(market, screen(asked), day("2025-01-01"), day("2025-03-31"))
    lenient = replay(market, screen(asked, unknown="include"), day("2025-01-01"), day("2025-03-31"))
    assert [(t.members, t.unknown) for t in strict.turns] == [(0, 3), (0, 3)]
    assert strict.turns[0].gross == 0
    assert [t.members for t in lenient.turns] == [3, 3]


def test_a_company_that_is_delisted_today_was_there(held):
    companies = [company(A, status="delisted"), company(B)]
    facts = [fact("sales", "2024-03-31", 100, isin=isin) for isin in (A, B)]
    closes = {"2025-01-31": 100, "2025-02-28": 90}
    prices = [*bars(closes, A), *bars({**closes, "2026-01-27": 100}, B)]
    market = held(companies, facts, prices=prices)
    assert market.as_of(day("2025-02-28")).companies["status"].to_list() == ["active", "active"]
    assert market.as_of(day("2025-12-31")).companies["status"].to_list() == ["delisted", "active"]
    found = replay(market, screen("Sales[FY] > 50"), day("2025-01-01"), day("2025-02-28"))
    assert sorted(found.members["isin"]) == [A, B]


def test_turn_dates_are_the_last_sessions_of_months():
    days = pl.date_range(dt.date(2024, 1, 1), dt.date(2024, 12, 16), eager=True)
    weekdays = days.filter(days.dt.weekday() < 6).to_list()
    months = turn_dates(weekdays, dt.date(2024, 1, 10), dt.date(2024, 4, 30), "month")
    assert months == [dt.date(2024, 1, 31), dt.date(2024, 2, 29), dt.date(2024, 3, 29),
                      dt.date(2024, 4, 30)]  # fmt: skip
    quarters = turn_dates(weekdays, dt.date(2024, 3, 1), dt.date(2025, 6, 30), "quarter")
    assert quarters == [dt.date(2024, 3, 29), dt.date(2024, 6, 28), dt.date(2024, 9, 30),
                        dt.date(2024, 12, 16)]  # fmt: skip


def test_what_cannot_be_replayed_is_said(demo):
    with pytest.raises(ScreenError, match="fewer than two dates"):
        replay(demo, screen("ROE > 10"), dt.date(2025, 1, 1), dt.date(2025, 1, 20))
    with pytest.raises(ScreenError, match="as of"):
        replay(demo, screen("ROE > 10 as of 2024-03-31"), dt.date(2025, 1, 1), DEMO_DATE)
    with pytest.raises(ScreenError, match="zero or more"):
        replay(demo, screen("ROE > 10"), dt.date(2025, 1, 1), DEMO_DATE, cost=-1)
