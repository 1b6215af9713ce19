"""The demo market's prices, indices and estimates, and the story they tell."""

from __future__ import annotations

import datetime as dt
import math

import polars as pl
import pytest

from screener.market.demo import COMPANIES, DEMO_DATE
from screener.market.prices import adjusted
from screener.paths import default_paths
from screener.screening import run
from screener.screens import Library
from tests.market.reports import consecutive_years

# Prices -----------------------------------------------------------------------------------------


def test_bars_are_well_formed(market):
    prices = market["prices"]
    low, high = pl.col("low"), pl.col("high")
    inside = (low > 0) & (low <= pl.min_horizontal("open", "close"))
    inside &= high >= pl.max_horizontal("open", "close")
    assert prices.select(inside.all()).item()
    assert prices.select((pl.col("volume") >= 0).all()).item()
    assert prices["date"].max() == DEMO_DATE
    assert (prices["date"].unique().dt.weekday() <= 5).all()
    assert prices.group_by("isin").len().height == COMPANIES
    listed = (
        prices.group_by("isin")
        .agg(pl.col("date").min())
        .join(market["companies"].select("isin", "listed_on"), on="isin")
    )
    recent = listed.filter(pl.col("listed_on") > prices["date"].min())
    assert recent.height > 200
    assert (recent["date"] == recent["listed_on"]).all()


def test_a_session_without_trade_keeps_the_last_close(market):
    bars = adjusted(market["prices"], market["actions"]).with_columns(
        pl.col("adj").shift(1).over("isin").alias("before")
    )
    idle = bars.filter(pl.col("volume") == 0)
    assert idle.height > 1_000
    assert idle.filter(
        (pl.col("open") != pl.col("close")) | (pl.col("high") != pl.col("low"))
    ).is_empty()
    tick = 0.05 / pl.col("factor")
    assert idle.select(((pl.col("adj") - pl.col("before")).abs() <= tick + 1e-9).all()).item()


def test_prices_jump_by_the_factor_of_a_split_or_bonus(market):
    prices = (
        market["prices"]
        .sort("isin", "date")
        .with_columns(pl.col("close").shift(1).over("isin").alias("before"))
    )
    jumps = (
        market["actions"]
        .filter(pl.col("kind").is_in(["split", "bonus"]))
        .join(prices, left_on=["isin", "ex_date"], right_on=["isin", "date"])
    )
    off = (jumps["before"] / jumps["close"] / jumps["factor"]).log().abs().drop_nulls()
    assert off.len() > 200
    assert off.median() < 0.04
    assert off.max() < 0.35


def test_adjusted_prices_do_not_jump(market):
    bars = adjusted(market["prices"], market["actions"]).filter(pl.col("close") > 5)
    move = (pl.col("adj") / pl.col("adj").shift(1).over("isin")).log().abs()
    assert bars.select(move.max()).item() < 0.5


def test_share_counts_change_by_the_actions(market, wide, sql):
    """Over a year with a split or bonus shares grow by its factor, and by nothing but issues."""
    rows = sql(
        """
        select y.shares / y.shares_before / product(a.factor)
        from years y join actions a on a.isin = y.isin and a.ex_date <= y.period_end
          and a.ex_date > last_day((y.period_end - to_months(12))::date)
        group by y.isin, y.basis, y.period_end, y.shares, y.shares_before
        """,
        years=consecutive_years(wide).select(
            "isin", "basis", "period_end", "shares", "shares_before"
        ),
        actions=market["actions"].filter(pl.col("kind").is_in(["split", "bonus"])),
    )
    ratio = pl.Series([row[0] for row in rows])
    assert ratio.len() > 200
    assert ratio.min() > 0.998
    assert ((ratio - 1).abs() < 0.005).mean() > 0.8
    assert ratio.max() < 2.0


def test_the_printed_market_cap_is_price_times_shares(market, opened):
    facts = market["facts"].filter(pl.col("kind") == "snapshot")
    printed = facts.pivot("line", index="isin", values="value")
    last = market["prices"].sort("date").group_by("isin").agg(pl.col("close").last())
    joined = printed.join(last, on="isin")
    assert joined.height == COMPANIES
    assert (joined["price_printed"] == joined["close"]).all()
    panel = opened.panel.join(printed.select("isin", "market_cap_printed"), on="isin")
    off = (panel["market_cap"] / panel["market_cap_printed"] - 1).abs()
    assert off.max() < 1e-6


# Indices and the story --------------------------------------------------------------------------


def change(market, index: str, start: dt.date, end: dt.date) -> float:
    """Change of an index between two days, in percent."""
    closes = market["indices"].filter(pl.col("index") == index).sort("date")
    first, last = (closes.filter(pl.col("date") <= day)["close"].last() for day in (start, end))
    return 100 * (last / first - 1)


YEAR = (dt.date(2024, 12, 31), dt.date(2025, 12, 31))
BREAK = (dt.date(2025, 12, 31), DEMO_DATE)


@pytest.mark.parametrize(
    ("index", "year", "january"),
    [
        ("Demo 100", (6, 14), (-8, 0)),
        ("Demo Smallcap 250", (-12, 0), (-14, -5)),
        ("Demo Microcap 250", (-24, -12), (-16, -6)),
        ("Demo Gold", (50, 110), (5, 30)),
        ("Demo Silver", (90, 220), (15, 70)),
    ],
)
def test_small_caps_are_distributed_while_gold_rises(market, small, index, year, january):
    for tables, slack in ((market, 0), (small, 9)):
        assert year[0] - slack <= change(tables, index, *YEAR) <= year[1] + slack
        assert january[0] - slack <= change(tables, index, *BREAK) <= january[1] + slack


def test_over_six_hundred_small_companies_fell_by_a_tenth_within_weeks(market):
    small = market["companies"].filter(pl.col("size_class").is_in(["small", "micro"]))
    bars = adjusted(market["prices"], market["actions"]).join(small, on="isin", how="semi")
    moves = bars.group_by("isin").agg(
        pl.col("adj").filter(pl.col("date") <= BREAK[0]).last().alias("before"),
        pl.col("adj").last().alias("now"),
    )
    assert 600 < moves.filter(pl.col("now") <= 0.9 * pl.col("before")).height < 1_400


def test_an_index_is_the_market_cap_of_its_members(market):
    """Recomputed from prices, actions and printed share counts of the members of each day."""
    name = "Demo Smallcap 250"
    assert market["companies"]["indices"].list.contains(name).sum() == 250
    spells = market["members"].filter(pl.col("index") == name)
    first, later = spells["since"].min(), pl.col("until").fill_null(dt.date.max)
    assert 200 <= spells.filter(pl.col("since") == first).height <= 250
    assert spells["isin"].n_unique() > 300
    shares = (
        market["facts"]
        .filter(pl.col("kind") == "snapshot")
        .pivot("line", index="isin", values="value")
        .select("isin", (pl.col("market_cap_printed") / pl.col("price_printed")).alias("shares"))
    )
    worth = (
        adjusted(market["prices"], market["actions"])
        .join(shares, on="isin")
        .sort("isin", "date")
        .with_columns((pl.col("adj") * pl.col("shares")).alias("cap"))
        .with_columns(
            pl.col("cap").shift(1).over("isin").alias("before"),
            pl.col("date").shift(1).over("isin").alias("day_before"),
        )
        .join(spells.select("isin", "since", "until"), on="isin")
        .filter(pl.col("day_before") >= pl.col("since"), pl.col("date") < later)
        .group_by("date")
        .agg(pl.col("cap", "before").sum())
        .with_columns((pl.col("cap") / pl.col("before")).log().alias("step"))
    )
    index = market["indices"].filter(pl.col("index") == name).sort("date")
    steps = index.select("date", pl.col("close").log().diff().alias("index_step")).join(
        worth, on="date"
    )
    off = (steps["step"] - steps["index_step"]).abs()
    assert steps.height > 550
    assert off.median() < 1e-5
    assert off.max() < 2e-3


def test_index_bars_and_ratios_are_sound(market):
    indices = market["indices"]
    inside = (pl.col("low") <= pl.min_horizontal("open", "close")) & (
        pl.col("high") >= pl.max_horizontal("open", "close")
    )
    assert indices.select(inside.all()).item()
    last = indices.filter(pl.col("date") == DEMO_DATE)
    pe = dict(last.select("index", "pe").iter_rows())
    assert 15 < pe["Demo 100"] < 45
    assert 12 < pe["Demo Smallcap 250"] < 45
    assert pe["Demo Gold"] is None
    listed = set(market["companies"]["indices"].explode().drop_nulls())
    assert listed == {i for i in pe if i not in ("Demo Gold", "Demo Silver")}


def test_quality_is_dearer_but_not_always(opened):
    """ROE and P/E rise together across small companies, and some of the best are cheap."""
    panel = opened.panel.filter((pl.col("template") == "corporate") & (pl.col("size_rank") > 250))
    profit = pl.sum_horizontal(f"owners_profit@q{k}" for k in range(4))
    equity = pl.col("equity_capital@0") + pl.col("reserves@0")
    measured = panel.filter((profit > 0) & (equity > 0)).select(
        (pl.col("market_cap") / profit).alias("pe"), (100 * profit / equity).alias("roe")
    )
    assert measured.height > 1_000
    assert 15 < measured["pe"].median() < 32
    assert 8 < measured["roe"].median() < 20
    rank = measured.select(pl.corr("pe", "roe", method="spearman")).item()
    assert -0.2 < rank < 0.6
    best = measured.filter((pl.col("roe") > 20) & (pl.col("roe") < 60))
    assert best.filter(pl.col("pe") < 15).height > 20
    losses = panel.filter(profit < 0).height / panel.height
    assert 0.05 < losses < 0.25


def test_the_core_screen_leaves_a_short_list(opened):
    core = Library.load(default_paths()).get("selectivity_core")
    counts = run(opened, core).counts
    assert 20 <= counts.passed <= 90
    assert counts.failed > 1_000
    assert counts.unknown > 5


# Estimates --------------------------------------------------------------------------------------


def test_coverage_thins_out_with_size(market):
    covered = market["companies"].join(market["estimates"], on="isin", how="semi")
    for size, share, total in (
        ("large", 0.90, 100),
        ("mid", 0.75, 150),
        ("small", 0.45, 250),
        ("micro", 0.06, COMPANIES - 500),
    ):
        found = covered.filter(pl.col("size_class") == size).height / total
        assert math.isclose(found, share, abs_tol=0.04)


def test_estimates_are_ordered_and_counted(market):
    estimates = market["estimates"]
    assert estimates.select(
        ((pl.col("low") <= pl.col("mean")) & (pl.col("mean") <= pl.col("high"))).all()
    ).item()
    assert estimates["analysts"].min() >= 1
    assert estimates.select(
        (pl.col("up_30d") + pl.col("down_30d") <= pl.col("analysts")).all()
    ).item()
    assert estimates["as_of"].max() == DEMO_DATE
    assert estimates["as_of"].n_unique() >= 13
    now = estimates.filter((pl.col("as_of") == DEMO_DATE) & (pl.col("fy_end") >= DEMO_DATE))
    years = now.group_by("isin", "metric").agg(pl.col("fy_end").n_unique())
    assert (years["fy_end"] >= 2).all()
    assert (estimates["stdev"].is_null() == (estimates["analysts"] == 1)).all()


def test_revisions_of_small_companies_are_mostly_down(market):
    small = market["companies"].filter(pl.col("size_class") == "small")
    eps = (
        market["estimates"]
        .filter((pl.col("metric") == "eps") & (pl.col("fy_end") == dt.date(2027, 3, 31)))
        .join(small, on="isin", how="semi")
    )
    now, then = (
        eps.filter(pl.col("as_of") == day).select("isin", "mean")
        for day in (DEMO_DATE, dt.date(2025, 4, 27))
    )
    both = now.join(then, on="isin", suffix="_then")
    cut = (both["mean"] < both["mean_then"]).mean()
    assert both.height > 80
    assert 0.6 < cut < 0.95
