"""Breadth, earnings and valuation of the demo market once more, in SQL and in plain Python."""

from __future__ import annotations

import datetime as dt
import statistics

import duckdb
import pytest

from screener.regime import market_state

DAYS = (None, dt.date(2025, 6, 30))

#: Everything about one company's price, written without our code: adjusted closes by the product
#: of later splits, cut at the last jump, then the figures of the last session.
QUOTES = """
with factors as (
  select p.isin, p.date, p.close, p.high, p.volume, coalesce(product(a.factor), 1) as factor
  from prices p left join actions a
    on a.isin = p.isin and a.ex_date > p.date and a.ex_date <= $day
   and a.kind in ('split', 'bonus', 'rights') and a.factor > 0
  where p.date <= $day group by all
), bars as (
  select *, close / factor as adj,
    dense_rank() over (order by date) as session,
    adj / lag(adj) over (partition by isin order by date) as step
  from factors
), pieces as (
  select *, sum(case when step < 0.7 or step > 1.8 then 1 else 0 end)
    over (partition by isin order by date) as piece,
    max(session) over () as last_session
  from bars
), kept as (
  select *, row_number() over (partition by isin order by date desc) as back,
    max(piece) over (partition by isin) as last_piece
  from pieces qualify piece = last_piece
), one as (
  select isin,
    max(adj) filter (back = 1) as close,
    max(adj) filter (back = 2) as prev,
    max(session) filter (back = 1) = any_value(last_session) as on_day,
    max(session) filter (volume > 0) >= any_value(last_session) - 5 as fresh,
    arg_max(adj, date) filter (date <= $year_end and date > $year_end - 15) as base,
    max(greatest(high, close) / factor) filter (date > $year_ago) as high,
    case when count(*) >= 50 then avg(adj) filter (back <= 50) end as m50,
    case when count(*) >= 200 then avg(adj) filter (back <= 200) end as m200
  from kept group by isin
)
select c.size_rank, o.* from one o join companies c using (isin)
where o.fresh and (c.listed_on is null or c.listed_on <= $day)
"""
SEGMENTS = {"large": (1, 100), "mid": (101, 250), "small": (251, 10**6), "micro": (501, 10**6)}


@pytest.fixture(scope="module", params=DAYS, ids=str)
def both(request, demo):
    """Our state, and the rows of the query, on a day."""
    day = request.param or demo.date
    state = market_state(demo, request.param)
    with duckdb.connect() as db:
        for name in ("prices", "actions", "companies"):
            path = demo.folder / f"{name}.parquet"
            db.execute(f"create view {name} as from read_parquet('{path}')")
        year_end = dt.date(day.year - 1, 12, 31)
        year_ago = day.replace(year=day.year - 1)
        asked = {"day": day, "year_end": year_end, "year_ago": year_ago}
        found = db.execute(QUOTES, asked)
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    ranks = dict(demo.as_of(day).companies.select("isin", "size_rank").iter_rows())
    rows = [row | {"size_rank": ranks[row["isin"]]} for row in rows]
    return state, rows


@pytest.mark.parametrize("key", SEGMENTS)
def test_breadth_in_sql(both, key):
    state, rows = both
    first, last = SEGMENTS[key]
    part = [r for r in rows if r["size_rank"] and first <= r["size_rank"] <= last]
    ours = state.segment(key).breadth
    assert ours.priced == len(part) > 5
    year = [r["close"] / r["base"] - 1 for r in part if r["base"]]
    assert (ours.fallers.count, ours.fallers.of) == (sum(x <= -0.1 + 1e-9 for x in year), len(year))
    assert ours.over("ytd").median == pytest.approx(statistics.median(year), abs=1e-8)
    off = [r["close"] / r["high"] - 1 for r in part]
    assert [s.count for s in ours.below_high] == [
        sum(x <= -limit + 1e-9 for x in off) for limit in (0.2, 0.3, 0.5)
    ]
    assert ours.median_drawdown == pytest.approx(statistics.median(off), abs=1e-8)
    for found, name in ((ours.above_50, "m50"), (ours.above_200, "m200")):
        known = [r for r in part if r[name] is not None]
        above = sum(r["close"] / r[name] - 1 > 1e-9 for r in known)
        assert (found.count, found.of) == (above, len(known))
    moved = [r["close"] - r["prev"] for r in part if r["on_day"] and r["prev"] is not None]
    assert ours.advances == sum(x > 0 for x in moved)
    assert ours.declines == sum(x < 0 for x in moved)
    assert ours.unchanged == sum(x == 0 for x in moved)


@pytest.fixture(scope="module")
def today(demo):
    return market_state(demo)


@pytest.mark.parametrize("key", SEGMENTS)
def test_earnings_and_valuation_in_plain_python(demo, today, key):
    state = today.segment(key)
    first, last = SEGMENTS[key]
    part = [r for r in demo.fields.iter_rows(named=True)
            if r["size_rank"] and first <= r["size_rank"] <= last]  # fmt: skip
    both = [(r["core_profit"], r["core_profit_preceding_12_months"]) for r in part]
    both = [(a, b) for a, b in both if a is not None and b is not None]
    assert state.earnings.growing.count == sum(a > b for a, b in both)
    assert state.earnings.growing.of == len(both)
    growth = sum(a for a, _ in both) / sum(b for _, b in both) - 1
    assert state.earnings.growth == pytest.approx(growth)
    revised = [r["eps_fy1_revision_90d"] for r in part
               if (r["analysts"] or 0) > 0 and r["eps_fy1_revision_90d"] is not None]  # fmt: skip
    assert state.earnings.raised == sum(x > 5e-7 for x in revised)
    assert state.earnings.lowered == sum(x < -5e-7 for x in revised)
    sized = [r for r in part if (r["market_cap"] or 0) > 0]
    priced = [r for r in sized if r["earnings_yield"] is not None]
    profit = sum(r["core_profit"] for r in priced)
    assert state.valuation.trailing == pytest.approx(sum(r["market_cap"] for r in priced) / profit)
    assert state.valuation.loss_makers.count == sum(r["core_profit"] <= 0 for r in priced)
    ahead = [r for r in sized if (r["analysts"] or 0) > 0 and r["forward_eps"] is not None]
    earned = sum(r["forward_eps"] * r["market_cap"] / r["current_price"] for r in ahead)
    cap = sum(r["market_cap"] for r in ahead)
    assert state.valuation.forward == pytest.approx(cap / earned)
    assert state.valuation.coverage == pytest.approx(cap / sum(r["market_cap"] for r in sized))
