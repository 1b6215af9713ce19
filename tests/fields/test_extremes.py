"""Figures that the most extreme values of recorded companies gave away as meaning nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from screener.market.slots import QUARTERS
from tests.fields.panels import field

APPROX = pytest.approx


def test_right_after_a_listing_the_latest_quarter_tells_the_founders_eps():
    """No count of shares yet: a quarter on today's shares must not be added to three on a few."""
    facts = {"listed_on": dt.date(2025, 5, 20), "net_profit": [90.0, 60.0],
             "net_profit_q": [30.0] * QUARTERS, "eps": [45000.0, 30000.0],
             "eps_q": [0.5, *[15000.0] * (QUARTERS - 1)]}  # fmt: skip
    for key in ("eps", "eps_last_year", "eps_preceding_year", "eps_preceding_quarter"):
        assert field(key, **facts) == "SHORT_HISTORY", key
    assert field("eps_latest_quarter", **facts) == 0.5
    assert field("eps_last_year", **facts | {"listed_on": dt.date(2000, 5, 20)}) == 45000.0
    even_so = facts | {"net_profit": [90.0, 0.0]}  # printed as none: half a crore at most
    assert field("eps_preceding_year", **even_so) == "SHORT_HISTORY"
    evenly = {"eps": [1.5, 1.0], "eps_q": [0.5] * QUARTERS}
    assert field("eps_last_year", **facts | evenly) == 1.5


def test_owners_that_file_no_line_hold_what_the_others_leave():
    others = {"fiis_h": [36.0, 30.0], "public_h": [64.2, 60.0]}
    assert field("promoter_holding", **others) == 0.0
    assert field("government_holding", **others) == 0.0
    assert field("promoter_holding_change", **others) == "MISSING"  # 10 % are not told of then
    told = others | {"promoters_h": [None, 10.0]}
    assert field("promoter_holding_change", **told) == APPROX(-10.0)
    assert field("promoter_holding", **others | {"public_h": [50.0]}) == "MISSING"


def test_a_dividend_paid_on_a_loss_is_no_low_payout():
    assert field("dividend_payout", dividend_payout=[-178.0]) == "NEG_EARNINGS"
    assert field("dividend_payout", dividend_payout=[0.0], net_profit=[-5.0]) == 0.0
    assert field("dividend_last_year", dividend_payout=[-50.0], net_profit=[-8.0]) == APPROX(4.0)


def test_a_shell_has_no_return_on_its_capital():
    shell = {"equity_capital": [0.05, 0.05], "reserves": [-0.04, -0.04], "pbt": [-0.04],
             "interest": [0.0], "net_profit": [-0.04], "borrowings": [0.0, 0.0]}  # fmt: skip
    for key in ("roe", "roce", "roce_screener"):
        assert field(key, **shell) == "ZERO_DENOM", key
    small = {**shell, "equity_capital": [0.5, 0.5]}
    assert field("roe", **small) == APPROX(100 * -0.04 / 0.46)


def test_margins_around_nothing_have_no_steadiness():
    wild = {"sales": [100.0] * 5, "operating_profit": [20.0, -20.0, 20.0, -20.0, 1.0]}
    assert field("opm_min_to_mean_5y", **wild) == "ZERO_DENOM"
    even = {**wild, "operating_profit": [20.0, 16.0, 20.0, 24.0, 20.0]}
    assert field("opm_min_to_mean_5y", **even) == APPROX(0.8)


def test_no_debtors_of_negative_sales_are_no_quick_payers():
    printed = {"debtor_days": [0.0], "sales": [-6.0]}
    assert field("debtor_days", **printed) == "ZERO_DENOM"
    assert field("debtor_days", **printed | {"sales": [6.0]}) == 0.0


@pytest.mark.parametrize("key", ["cfo_to_pat_1y", "cfo_to_pat_3y", "cfo_to_ebitda_3y", "pcf"])
def test_what_a_lender_lends_is_no_want_of_cash(key):
    facts = {"cfo": [-90.0] * 3, "net_profit": [10.0] * 3, "operating_profit": [15.0] * 3}
    assert field(key, **facts, is_financial=True) == "FINANCIAL"
    assert field("cfo_to_pat_3y", **facts) == APPROX(-9.0)


def test_a_one_off_charge_inside_other_income_is_told():
    usual = {"pbt_q": [50.0] * QUARTERS, "other_income_q": [5.0] * QUARTERS}
    assert field("one_off_income", **usual) is False
    charged = {**usual, "pbt_q": [50.0, -80.0, *[50.0] * (QUARTERS - 2)],
               "other_income_q": [5.0, -125.0, *[5.0] * (QUARTERS - 2)]}  # fmt: skip
    assert field("one_off_income", **charged) is True
    assert "ONE_OFF_INCOME" in field("data_notes", **charged)


def test_a_profit_above_that_before_tax_is_told():
    usual = {"pbt_q": [100.0] * QUARTERS, "net_profit_q": [75.0] * QUARTERS}
    assert "TAX_CREDIT" not in field("data_notes", **usual)
    assert "TAX_CREDIT" in field("data_notes", **usual | {"net_profit_q": [200.0] * QUARTERS})
    loss = {"pbt_q": [-100.0] * QUARTERS, "net_profit_q": [-75.0] * QUARTERS}
    assert "TAX_CREDIT" not in field("data_notes", **loss)
