"""Owners' profit told by EPS where a source prints only the profit with minorities inside."""

from __future__ import annotations

import pytest

from screener.market.slots import QUARTERS, YEARS
from tests.fields.panels import field

APPROX = pytest.approx

#: Half of a profit of 100 crore belongs to others: EPS is 5 on 10 crore shares.
HALF = {
    "net_profit_q": [25.0] * QUARTERS, "eps_q": [1.25] * QUARTERS, "net_profit": [100.0] * YEARS,
    "eps": [5.0] * YEARS, "equity_capital": [10.0] * YEARS, "reserves": [190.0] * YEARS,
    "equity_capital_L": 10.0, "shares": 10.0, "close": 100.0, "market_cap": 1000.0,
    "sessions_since_trade": 0, "zero_volume_60d": 0.0,
}  # fmt: skip


def test_price_and_return_are_set_against_what_belongs_to_the_owners():
    assert field("pe", **HALF) == APPROX(20.0)
    assert field("pe_reported", **HALF) == APPROX(20.0)
    assert field("pe_quarter", **HALF) == APPROX(20.0)
    assert field("earnings_yield", **HALF) == APPROX(5.0)
    assert field("roe", **HALF) == APPROX(25.0)
    assert field("net_profit", **HALF) == APPROX(100.0)


def test_a_stated_part_of_the_owners_is_believed():
    stated = HALF | {"owners_profit": [40.0] * YEARS, "owners_profit_q": [10.0] * QUARTERS}
    assert field("pe", **stated) == APPROX(25.0)
    assert field("roe", **stated) == APPROX(20.0)


def test_a_loss_that_minorities_bear_is_not_the_owners():
    borne = HALF | {"eps_q": [3.75] * QUARTERS}
    assert field("pe", **borne) == APPROX(1000 / 150)
    # With capital issued since, EPS is of fewer shares than there are today.
    assert field("pe", **borne | {"equity_capital_L": 16.0}) == APPROX(10.0)
    loss = HALF | {"net_profit_q": [-25.0] * QUARTERS, "eps_q": [-3.75] * QUARTERS}
    assert field("earnings_yield", **loss) == APPROX(-15.0)
    assert field("earnings_yield", **loss | {"equity_capital_L": 16.0}) == APPROX(-10.0)


def test_a_small_gap_is_rounding_or_an_issue_during_the_year():
    near = HALF | {"eps_q": [2.4] * QUARTERS, "eps": [9.6] * YEARS}
    assert field("pe", **near) == APPROX(10.0)
    assert field("roe", **near) == APPROX(50.0)


def test_of_whole_crores_and_paise_the_finer_figure_counts():
    """Quarters of 0.6 crore are printed as 1, and EPS of 6 paise on 10 crore shares as 0.06."""
    coarse = HALF | {"net_profit_q": [1.0] * QUARTERS, "eps_q": [0.06] * QUARTERS}
    assert field("pe", **coarse) == APPROX(1000 / 2.4)
    assert field("pe", **coarse | {"net_profit_q": [0.62] * QUARTERS}) == APPROX(1000 / 2.48)
    # Gains and losses that come to nothing: what is left of EPS is rounding.
    even = HALF | {"net_profit_q": [9.0, -9.0] * (QUARTERS // 2),
                   "eps_q": [0.91, -0.9] * (QUARTERS // 2)}  # fmt: skip
    assert field("pe", **even) == "NEG_EARNINGS"


def test_eps_of_other_shares_tells_nothing():
    """Five times the profit in both years: a bonus that the count of shares does not know yet."""
    before = HALF | {"eps_q": [12.5] * QUARTERS, "eps": [50.0] * YEARS}
    assert field("pe", **before) == APPROX(10.0)
    assert field("roe", **before) == APPROX(50.0)
    halved = HALF | {"share_jump": True}
    assert field("roe", **halved) == APPROX(50.0)


def test_a_year_of_a_large_issue_keeps_the_whole_profit():
    """Shares of both its ends do not tell on how many the EPS of the year is."""
    issued = HALF | {"equity_capital": [10.0, *[6.2] * (YEARS - 1)],
                     "reserves": [290.0, *[93.8] * (YEARS - 1)],
                     "eps": [6.2, *[8.1] * (YEARS - 1)]}  # fmt: skip
    assert field("roe", **issued) == APPROX(100 * 100 / 200)
    assert field("roe_preceding_year", **issued) == APPROX(8.1 * 6.2)
