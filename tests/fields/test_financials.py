"""Financial companies told apart: those that live on fees, and holding companies."""

from __future__ import annotations

import pytest

from tests.fields.panels import field

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
