"""Peer groups: which group a company is compared with, and the statistics of that group."""

from __future__ import annotations

import statistics

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.fields.catalogue import compute
from screener.fields.grouping import MIN_PEERS
from screener.fields.groups import peers_of, totals_of
from screener.fields.peers import group_level, robust_z
from tests.fields.panels import rows, spread

LEVELS = ("basic_industry", "industry", "sector")


def company(value, basic="b", industry="i", sector="s", size="small"):
    return {"value": value, "basic_industry": basic, "industry": industry, "sector": sector,
            "size_class": size}  # fmt: skip


SCHEMA = {"value": pl.Float64, **dict.fromkeys((*LEVELS, "size_class"), pl.String)}

COMPANIES = st.lists(
    st.builds(
        company,
        st.one_of(st.none(), st.integers(-3, 9).map(float), st.floats(-1e6, 1e6)),
        st.sampled_from(["b1", "b2", "b3", None]),
        st.sampled_from(["i1", "i2", None]),
        st.sampled_from(["s1", None]),
        st.sampled_from(["large", "mid", "small", "micro", None]),
    ),
    max_size=60,
)


def naive(frame: list[dict], me: int) -> tuple[str | None, list[float]]:
    """The level and the values of the group of one company, found the long way."""
    mine = frame[me]
    sides = {"large": 0, "mid": 0, "small": 1, "micro": 1, None: None}
    tests = [
        *(
            (name.replace("_", " "), lambda c, n=name: mine[n] is not None and c[n] == mine[n])
            for name in LEVELS
        ),
        ("size segment", lambda c: mine["size_class"] is not None
         and sides[c["size_class"]] == sides[mine["size_class"]]),
        ("market", lambda c: True),
    ]  # fmt: skip
    for name, belongs in tests:
        values = [c["value"] for c in frame if belongs(c) and c["value"] is not None]
        others = len(values) - (mine["value"] is not None)
        if others >= MIN_PEERS:
            return name, values
    return None, []


@settings(max_examples=60, deadline=None)
@given(COMPANIES)
def test_groups_are_those_found_the_long_way(companies):
    frame = pl.DataFrame(companies, schema=SCHEMA)
    found = group_level(frame, "value")
    for me, ours in enumerate(found.iter_rows(named=True)):
        name, values = naive(companies, me)
        assert ours["level"] == name
        if name is None:
            assert ours["median"] is None
            continue
        middle = statistics.median(values)
        assert ours["count"] == len(values) - (companies[me]["value"] is not None)
        assert ours["median"] == pytest.approx(middle)
        assert ours["mad"] == pytest.approx(statistics.median(abs(v - middle) for v in values))


@settings(max_examples=40, deadline=None)
@given(COMPANIES)
def test_percentiles_and_totals_are_those_of_the_group(companies):
    frame = pl.DataFrame(companies, schema=SCHEMA)
    both = frame.select(
        peers_of(pl.col("value")).alias("peers"),
        totals_of(pl.col("value"), [pl.col("value")]).alias("sums"),
    ).unnest("peers", "sums")  # fmt: skip
    for me, ours in enumerate(both.iter_rows(named=True)):
        name, values = naive(companies, me)
        if name is None:
            continue
        assert ours["0"] == pytest.approx(sum(values), abs=1e-6)
        assert ours["mean"] == pytest.approx(statistics.fmean(values), abs=1e-6)
        value = companies[me]["value"]
        if value is None:
            assert ours["percentile"] is None
        else:
            below, equal = sum(v < value for v in values), sum(v == value for v in values)
            assert ours["percentile"] == pytest.approx((below + equal / 2) / len(values) * 100)


def test_a_company_counts_its_peers_without_itself():
    nine = pl.DataFrame([company(float(k)) for k in range(9)], schema=SCHEMA)
    assert group_level(nine, "value")["count"].to_list() == [8] * 9
    eight = nine.head(8).with_columns(industry=pl.lit("i"))
    assert group_level(eight, "value")["level"].to_list() == [None] * 8


def test_an_outsider_without_a_value_still_has_peers():
    frame = pl.DataFrame([company(None), *(company(float(k)) for k in range(8))], schema=SCHEMA)
    mine = group_level(frame, "value").row(0, named=True)
    assert mine == {"level": "basic industry", "count": 8, "median": 3.5, "mad": 2.0}


def test_a_group_without_spread_has_no_z():
    assert pl.select(robust_z(pl.lit(1.0), pl.lit(1.0), pl.lit(0.0))).item() is None
    assert pl.select(robust_z(pl.lit(3.0), pl.lit(1.0), pl.lit(2.0))).item() == pytest.approx(
        0.6745
    )


# --- the fields -----------------------------------------------------------------------------


def peer(cap: float, profit: float, **more):
    quarters = spread({"net_profit_q": [profit / 4] * 4})
    base = {"basic_industry": "b", "close": 10.0, "market_cap": cap, "sessions_since_trade": 0,
            "zero_volume_60d": 0.0}  # fmt: skip
    return base | quarters | more


def test_the_peer_pe_is_the_inverse_of_the_median_yield():
    yields = [0.02, 0.04, 0.05, 0.08, 0.1, 0.1, 0.2, -0.5, -0.1]
    panel = rows([peer(1000.0, 1000.0 * y) for y in yields])
    frame = compute(panel, ["peer_pe", "peer_pe_premium", "pe", "peer_count", "peer_level"])
    assert frame["peer_pe"].to_list() == pytest.approx([20.0] * 9)
    assert frame["peer_pe_premium"][0] == pytest.approx((50 / 20 - 1) * 100)
    assert frame["peer_pe_premium"][7] is None
    assert frame["peer_pe_premium?"][7] == "NEG_EARNINGS"
    assert frame["peer_count"].to_list() == [8.0] * 9
    assert set(frame["peer_level"]) == {"basic industry"}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(50, 1e5), st.floats(1, 1e4)), min_size=9, max_size=9))
def test_the_company_in_the_middle_stands_at_no_premium_at_all(companies):
    panel = rows([peer(cap, profit) for cap, profit in companies])
    frame = compute(panel, ["peer_pe_premium", "earnings_yield"])
    middle = statistics.median(frame["earnings_yield"])
    at_it = frame.filter(pl.col("earnings_yield") == middle)
    assert set(at_it["peer_pe_premium"]) == {0.0}


def test_a_group_of_loss_makers_has_no_pe():
    panel = rows([peer(1000.0, -10.0) for _ in range(9)])
    frame = compute(panel, ["peer_pe", "peer_harmonic_pe", "peer_aggregate_pe"])
    for key in ("peer_pe", "peer_harmonic_pe", "peer_aggregate_pe"):
        assert frame[f"{key}?"].to_list() == ["NEG_EARNINGS"] * 9


def test_small_groups_lean_on_the_market():
    cheap = [peer(1000.0, 100.0 + k) for k in range(9)]
    dear = [peer(1000.0, 1.0 + k / 10, basic_industry="d") for k in range(200)]
    frame = compute(rows([*cheap, *dear]), ["earnings_yield_peer_percentile"])
    percentiles = frame["earnings_yield_peer_percentile"]
    in_group, in_market = 100 * 0.5 / 9, 100 * 200.5 / 209
    assert percentiles[0] == pytest.approx(8 / 18 * in_group + 10 / 18 * in_market)


def test_a_lender_is_judged_by_the_line_of_its_peers():
    def lender(k: int, residual: float = 1.0):
        returns = 6.0 + k
        price = residual * 2.718281828459045 ** (0.1 * returns - 1)
        sheet = {"reserves_L": 100.0, "equity_capital_L": 0.0, "reserves@0": 100.0,
                 "reserves@1": 100.0, "equity_capital@0": 0.0, "equity_capital@1": 0.0}  # fmt: skip
        return peer(100 * price, 1.0, owners_profit=[returns], is_financial=True) | sheet

    panel = rows([spread(lender(k)) for k in range(12)])
    frame = compute(panel, ["pb_vs_roe_residual"])
    assert frame["pb_vs_roe_residual"].to_list() == pytest.approx([0.0] * 12, abs=1e-6)
    cheap = rows([spread(lender(k, 0.5 if k == 5 else 1.0)) for k in range(12)])
    residuals = compute(cheap, ["pb_vs_roe_residual"])["pb_vs_roe_residual"]
    assert residuals[5] == residuals.min()
    assert residuals[5] < -40
