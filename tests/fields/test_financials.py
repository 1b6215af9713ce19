"""Financial companies told apart: those that live on fees, and holding companies."""

from __future__ import annotations

import pytest

from screener.fields.catalogue import compute
from tests.fields.panels import field, rows, spread

APPROX = pytest.approx

#: EBIT of 30 on a capital of 160 and 140 (mean 150), and on assets of 250 less 50.
BROKER = {
    "pbt": [28.0, 20.0], "interest": [2.0, 2.0], "equity_capital": [10.0, 10.0],
    "reserves": [130.0, 110.0], "borrowings": [20.0, 20.0], "total_assets": [250.0, 200.0],
    "current_liabilities": [50.0, 50.0], "minority_interest": [0.0, 0.0], "exceptional": [0.0, 0.0],
    "is_financial": True, "basic_industry": "Stockbroking & Allied",
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "expected"), [("roce", 20.0), ("roce_screener", 20.0), ("roce_ta_cl", 15.0)]
)
@pytest.mark.parametrize(
    "industry",
    ["Stockbroking & Allied", "Stockbroking & Allied Companies", "Ratings Companies",
     "Asset Management Company", "Asset Management Company Companies",
     "Exchange and Data Platform",
     "Depositories, Clearing Houses and Other Intermediaries Companies",
     "Financial Products Distributor"],
)  # fmt: skip
def test_who_lives_on_fees_has_a_return_on_capital(key, expected, industry):
    assert field(key, **BROKER | {"basic_industry": industry}) == APPROX(expected)


@pytest.mark.parametrize(
    "other",
    [{"template": "lender"}, {"template": "insurer"}, {"basic_industry": "Holding Company"},
     {"basic_industry": "Non Banking Financial Company (NBFC) Companies"},
     {"basic_industry": None}],
)  # fmt: skip
def test_who_lends_holds_or_is_not_known_to_live_on_fees_has_none(other):
    for key in ("roce", "roce_screener", "roce_ta_cl"):
        assert field(key, **BROKER | other) == "FINANCIAL"


def test_an_average_is_of_the_yearly_returns_of_a_broker():
    years = BROKER | {
        "pbt": [28.0, 13.0, 8.0, 1.0], "interest": [2.0] * 4, "equity_capital": [10.0] * 4,
        "reserves": [130.0, 110.0, 110.0, 110.0], "borrowings": [20.0] * 4,
        "minority_interest": [0.0] * 4, "exceptional": [0.0] * 4,
        "total_assets": [250.0, 200.0, 200.0, 200.0],
    }  # fmt: skip
    assert field("roce_3y_avg", **years) == APPROX((20 + 1500 / 140 + 1000 / 140) / 3)


@pytest.mark.parametrize(
    "key",
    ["debt_to_equity", "interest_cover", "altman_z2", "accruals_to_assets", "fcf_last_year",
     "roic", "ev_ebitda"],
)  # fmt: skip
def test_the_rest_of_a_brokers_ratios_stay_none(key):
    assert field(key, **BROKER, cfo=[5.0, 5.0], capex=[1.0, 1.0], net_profit=[20.0] * 2) == (
        "FINANCIAL"
    )


# --- holding companies ----------------------------------------------------------------------

OF_PEERS = (
    "peer_pe", "peer_pe_premium", "peer_pb_premium", "peer_z", "peer_level", "peer_count",
    "peer_aggregate_pe", "peer_harmonic_pe", "peer_pe_error", "earnings_yield_peer_percentile",
    "pb_vs_roe_residual",
)  # fmt: skip


def lender(k: int, **more):
    """A company of P/E 10 + k and P/B (10 + k) / 10, at a return of 10 % or a little more."""
    worth = 100.0 * (10 + k)
    return spread({
        "net_profit_q": [25.0] * 4, "owners_profit": [100.0 + k], "close": 10.0,
        "market_cap": worth, "sessions_since_trade": 0, "zero_volume_60d": 0.0,
        "reserves_L": 1000.0, "equity_capital_L": 0.0, "reserves": [1000.0] * 2,
        "equity_capital": [0.0] * 2, "is_financial": True, "sector": "Financial Services",
        "industry": "Finance", "basic_industry": "Non Banking Financial Company (NBFC)",
    } | more)  # fmt: skip


@pytest.mark.parametrize("name", ["Holding Company", "Holding Company Companies"])
def test_a_holding_company_is_compared_with_no_peers_and_is_nobodys_peer(name):
    others = [lender(k) for k in range(9)]
    holding = lender(-8, basic_industry=name)  # at a fifth of the peers' P/E
    keys = [*OF_PEERS, "pe", "pb", "book_to_price_percentile"]
    without = compute(rows(others), keys)
    found = compute(rows([*others, holding, holding, holding]), keys)
    mine = found.row(9, named=True)
    assert {mine[f"{key}?"] for key in OF_PEERS} == {"FINANCIAL"}
    assert {mine[key] for key in OF_PEERS} == {None}
    assert (mine["pe"], mine["pb"]) == (APPROX(2.0), APPROX(0.2))
    assert mine["book_to_price_percentile"] > 75  # the market's own, of which it is a part
    at_market = ("earnings_yield_peer_percentile",)  # leans on the whole market
    for key in (key for key in OF_PEERS if key not in at_market):
        assert found[key][:9].to_list() == without[key].to_list(), key
    assert without["peer_pe"][0] == APPROX(14.0)


def test_holding_companies_alone_do_not_become_a_group():
    holdings = [lender(k, basic_industry="Holding Company") for k in range(12)]
    found = compute(rows(holdings), ["peer_level", "peer_pe_premium"])
    assert found["peer_level?"].to_list() == ["FINANCIAL"] * 12
    assert found["peer_pe_premium"].null_count() == 12
