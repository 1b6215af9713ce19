"""Where a plain ratio would mislead, the field is null and says why."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from screener.fields.catalogue import compute
from screener.market.slots import QUARTERS
from tests.fields.panels import field, panel, quarter_end, rows, spread, year_end

APPROX = pytest.approx


def quarters(value, count=QUARTERS):
    return [value] * count


PRICED = {"close": 100.0, "market_cap": 1000.0, "shares": 10.0, "sessions_since_trade": 0,
          "zero_volume_60d": 0.0}  # fmt: skip
SHEET = {"equity_capital_L": 10.0, "reserves_L": 90.0, "borrowings_L": 50.0}


# --- equity and debt ------------------------------------------------------------------------


def test_negative_equity_is_no_low_debt():
    sheet = {**SHEET, "reserves_L": -60.0}
    assert field("debt_to_equity", **sheet) == "NEG_EQUITY"
    assert field("pb", **PRICED, **sheet) == "NEG_EQUITY"
    verdict = compute(panel(**sheet)).select(pl.col("debt_to_equity") < 1).item()
    assert verdict is None


def test_zero_equity_is_no_base_either():
    assert field("debt_to_equity", **{**SHEET, "reserves_L": -10.0}) == "NEG_EQUITY"


def test_return_on_equity_needs_equity_above_zero_at_both_ends():
    ends = {"owners_profit": [5.0], "equity_capital": [10.0, 10.0], "reserves": [20.0, -11.0]}
    assert field("roe", **ends) == "NEG_EQUITY"
    assert field("roe", **{**ends, "reserves": [20.0, 10.0]}) == APPROX(20.0)
    assert field("roe", **{**ends, "reserves": [20.0, None]}) == APPROX(5 / 30 * 100)


def test_years_back_a_ratio_takes_both_parts_of_one_year():
    from screener.fields.base import At
    from screener.fields.catalogue import find

    facts = {"operating_profit": [9.0, 10.0], "operating_profit_q": quarters(5.0),
             "borrowings": [30.0, 40.0], "cash": [10.0, 10.0]}  # fmt: skip
    measure = find("Net debt to EBITDA").define(At(years=1))
    assert panel(**facts).select(measure.value).item() == APPROX(3.0)


def test_leases_are_not_debt_where_they_are_stated():
    assert field("debt_to_equity", **SHEET) == APPROX(0.5)
    assert field("debt_to_equity", **SHEET, lease_liabilities_L=30.0) == APPROX(0.2)
    assert field("debt_to_equity_incl_lease", **SHEET, lease_liabilities_L=30.0) == APPROX(0.5)


def test_a_company_without_interest_has_no_cover_but_is_debt_free():
    p_and_l = {"pbt_q": quarters(5.0), "interest_q": quarters(0.0)}
    sheet = {**SHEET, "borrowings_L": 0.0, "total_assets_L": 200.0}
    assert field("interest_cover", **p_and_l, **sheet) == "NO_DEBT"
    assert field("debt_free", **p_and_l, **sheet) is True
    assert field("debt_free", **{**p_and_l, "interest_q": quarters(1.0)}, **sheet) is False
    assert field("debt_free", **p_and_l, **{**sheet, "borrowings_L": 50.0}) is False


def test_a_loss_keeps_its_negative_cover():
    p_and_l = {"pbt_q": quarters(-5.0), "interest_q": quarters(1.0)}
    assert field("interest_cover", **p_and_l) == APPROX(-4.0)


def test_net_cash_is_negative_and_unknown_cash_is_unknown():
    p_and_l = {"operating_profit_q": quarters(10.0)}
    assert field("net_debt_to_ebitda", **p_and_l, **SHEET) == "MISSING"
    assert field("net_debt_to_ebitda", **p_and_l, **SHEET, cash_L=90.0) == APPROX(-1.0)
    loss = {"operating_profit_q": quarters(-10.0)}
    assert field("net_debt_to_ebitda", **loss, **SHEET, cash_L=90.0) == "NEG_EARNINGS"


def test_enterprise_value_is_not_guessed_without_cash():
    both = {**PRICED, **SHEET}
    assert field("ev", **both) == "MISSING"
    assert field("ev_gross", **both) == APPROX(1050.0)
    assert field("ev", **both, cash_L=20.0, minority_interest_L=5.0) == APPROX(1035.0)


def test_liquidity_is_never_approximated():
    assert field("current_ratio", other_assets_L=100.0, other_liabilities_L=50.0) == "MISSING"
    assert field("current_ratio", current_assets_L=100.0, current_liabilities_L=50.0) == APPROX(2.0)
    assert field("current_ratio", current_assets_L=100.0, current_liabilities_L=0.0) == "ZERO_DENOM"


@pytest.mark.parametrize(
    "key",
    ["debt_to_equity", "net_debt_to_ebitda", "interest_cover", "core_interest_cover", "roce",
     "roic", "current_ratio", "quick_ratio", "altman_z2", "altman_z", "beneish_m8",
     "accruals_to_assets",
     "fcf_last_year", "fcf_yield", "ev", "ev_ebitda", "debt_free"],
)  # fmt: skip
def test_measures_that_mean_nothing_for_financials(key):
    everything = {name: [10.0 + k for k in range(12)] for name in (
        "pbt", "interest", "equity_capital", "reserves", "borrowings", "total_assets", "cfo",
        "capex", "current_assets", "current_liabilities", "net_profit", "tax", "sales",
    )}  # fmt: skip
    assert field(key, **everything, **SHEET, **PRICED, is_financial=True) == "FINANCIAL"


def test_financials_keep_the_measures_that_suit_them():
    facts = {"net_profit": [12.0], "total_assets": [1000.0, 1000.0]}
    assert field("roa", **facts, is_financial=True) == APPROX(1.2)


# --- earnings -------------------------------------------------------------------------------


def test_loss_makers_have_no_pe_but_stay_ordered():
    loss = {**PRICED, "net_profit_q": quarters(-5.0)}
    assert field("pe", **loss) == "NEG_EARNINGS"
    assert field("earnings_yield", **loss) == APPROX(-2.0)


def test_one_offs_are_taken_out_after_tax():
    year = {**PRICED, "net_profit_q": quarters(10.0), "exceptional_q": [8.0, 0.0, 0.0, 0.0],
            "tax_rate_q": quarters(25.0)}  # fmt: skip
    assert field("core_profit", **year) == APPROX(34.0)
    assert field("pe", **year) == APPROX(1000 / 34)
    assert field("pe_reported", **year) == APPROX(25.0)


def test_two_negatives_make_no_peg():
    falling = {"eps": [1.0, 2.0, 3.0, 4.0]}
    rising = {"eps": [8.0, 4.0, 2.0, 1.0]}
    loss = {**PRICED, "net_profit_q": quarters(-5.0)}
    profit = {**PRICED, "net_profit_q": quarters(5.0)}
    assert field("peg", **loss, **falling) in ("NEG_EARNINGS", "NEG_BASE")
    assert field("peg", **loss, **rising) == "NEG_EARNINGS"
    assert field("peg", **profit, **falling) == "NEG_BASE"
    assert field("peg", **profit, **rising) == APPROX(50 / 100)


def test_growth_from_a_loss_has_no_percentage():
    turned = {"net_profit_q": [5.0, 5.0, 5.0, 5.0, -1.0, -1.0, -1.0, -1.0]}
    assert field("profit_growth", **turned) == "NEG_BASE"
    assert field("symmetric_profit_growth", **turned) == APPROX(24 / 12)
    assert field("profit_growth_yoy_quarter", **turned) == "NEG_BASE"


def test_compound_growth_needs_profit_at_both_ends():
    assert field("profit_growth_3_years", net_profit=[8.0, 0.0, 0.0, 1.0]) == APPROX(100.0)
    assert field("profit_growth_3_years", net_profit=[8.0, 0.0, 0.0, -1.0]) == "NEG_BASE"
    assert field("profit_growth_3_years", net_profit=[-8.0, 0.0, 0.0, 1.0]) == "NEG_EARNINGS"


def test_other_income_of_a_loss_maker_is_no_share():
    facts = {"other_income_q": quarters(5.0), "pbt_q": quarters(-1.0)}
    assert field("other_income_to_pbt", **facts) == "NEG_EARNINGS"


# --- periods --------------------------------------------------------------------------------


def test_a_nine_month_year_is_scaled_for_growth_and_ends_no_cagr():
    odd = {"sales": [13435.0, 17153.0], "months": [9, 12]}
    assert field("sales_growth_last_year", **odd) == APPROX((13435 / 9 * 12 / 17153 - 1) * 100)
    three = {"sales": [80.0, 40.0, 20.0, 10.0]}
    assert field("sales_growth_3_years", **three, months=[9, 12, 12, 12]) == "SHORT_HISTORY"
    assert field("sales_growth_3_years", **three, months=[12, 9, 12, 12]) == APPROX(100.0)


def test_a_changed_year_end_within_the_span_counts_by_months():
    ends = [year_end(0), year_end(1), dt.date(2023, 6, 30), dt.date(2022, 6, 30)]
    grown = field("sales_growth_3_years", sales=[80.0, 40.0, 20.0, 10.0], end=ends)
    assert grown == APPROX((8 ** (12 / 33) - 1) * 100)


def test_a_missing_year_is_short_history():
    young = rows([{**spread({"sales": [8.0, 4.0]}), **{f"end@{k}": None for k in range(2, 12)}}])
    frame = compute(young, ["sales_growth_3_years", "sales_growth_last_year"])
    assert frame["sales_growth_3_years?"].item() == "SHORT_HISTORY"
    assert frame["sales_growth_last_year"].item() == APPROX(100.0)


def test_trailing_year_is_four_quarters_and_no_fewer():
    assert field("sales", sales_q=[4.0, 3.0, 2.0, 1.0]) == APPROX(10.0)
    assert field("sales", sales_q=[4.0, None, 2.0, 1.0]) == "MISSING"
    long = {"sales_q": [4.0, 3.0, 2.0, 5.0], "months_q": [3, 3, 3, 6]}
    assert field("sales", **long) == "MISSING"


def test_two_halves_make_a_trailing_year():
    halves = {"sales_q": [4.0, None, 3.0, None], "months_q": [6, None, 6, None]}
    assert field("sales", **halves) == APPROX(7.0)


def test_a_gap_is_filled_from_the_year_and_the_quarters_since():
    year = {"sales": [100.0], "end": [dt.date(2024, 9, 30)]}
    filled = {"sales_q": [30.0, 29.0, None, None, 20.0, 19.0]}
    assert field("sales", **year, **filled) == APPROX(100 + 59 - 39)
    assert field("sales", sales=[100.0], sales_q=[30.0]) == APPROX(100.0)


def test_an_old_last_quarter_makes_no_trailing_year():
    ends = [quarter_end(k + 1) for k in range(QUARTERS)]
    facts = {"sales_q": quarters(5.0), "end_q": ends}
    assert field("sales", **facts) == "STALE"
    half = {**facts, "months_q": [6] * QUARTERS}
    assert field("sales", **half) == APPROX(10.0)


def test_quarters_of_unequal_length_are_not_compared():
    facts = {"sales_q": quarters(5.0), "months_q": [3, 3, 3, 3, 6]}
    assert field("sales_growth_yoy_quarter", **facts) == "SHORT_HISTORY"


# --- visibility -----------------------------------------------------------------------------


def test_steadiness_needs_six_profits():
    assert field("eps_growth_sd_5y", eps=[6.0, 5.0, 4.0, -1.0, 2.0, 1.0]) == "NEG_EARNINGS"
    assert field("eps_growth_sd_5y", eps=[32.0, 16.0, 8.0, 4.0, 2.0, 1.0]) == APPROX(0.0)
    assert field("eps_growth_sd_5y", eps=[6.0, 5.0, 4.0]) == "MISSING"


def test_losses_are_counted_in_rupees():
    losses = [-9.0, -8.0, -7.0, -6.0, -10.0, -10.0, -10.0, -10.0, *quarters(-20.0, 4)]
    assert field("eps_yoy_up_quarters_8", net_profit_q=losses) == 8
    assert field("loss_years_5y", net_profit=[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]) == 2


def test_a_constant_has_no_trend():
    assert field("log_eps_trend_r2_8y", eps=[5.0] * 12) == "ZERO_DENOM"
    assert field("log_eps_trend_growth_8y", eps=[5.0] * 12) == APPROX(0.0)


# --- price ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stale", [{"sessions_since_trade": 6}, {"zero_volume_60d": 0.25}], ids=["late", "rare"]
)
@pytest.mark.parametrize("key", ["market_cap", "pe", "return_1y", "rsi", "drawdown_52w", "ps"])
def test_a_stale_price_counts_for_nothing(key, stale):
    facts = {**PRICED, "net_profit_q": quarters(5.0), "sales_q": quarters(50.0), "rsi_14": 50.0,
             "close@1y": 80.0, "high_52w": 120.0}  # fmt: skip
    assert not isinstance(field(key, **facts), str)
    assert field(key, **{**facts, **stale}) == "STALE"
    assert field("current_price", **{**facts, **stale}) == 100.0


def test_own_percentile_without_enough_months_is_short_history():
    assert field("own_pe_percentile_5y", **PRICED) == "SHORT_HISTORY"
    assert field("own_pe_percentile_5y", **PRICED, pe_pctile_5y=12.5) == 12.5


def test_returns_beyond_two_years_are_compound():
    facts = {**PRICED, "close@1y": 50.0, "close@3y": 12.5}
    assert field("return_1y", **facts) == APPROX(100.0)
    assert field("return_3y", **facts) == APPROX(100.0)
    assert field("return_5y", **facts) == "SHORT_HISTORY"


# --- scores ---------------------------------------------------------------------------------


def test_unknown_signals_are_not_counted_as_held():
    facts = {
        "net_profit": [14.0, 13.0], "cfo": [16.0, 10.0], "sales": [150.0, 120.0],
        "total_assets": [140.0, 130.0, 125.0], "borrowings": [30.0, 40.0, 45.0],
        "shares": [2.0, 2.0],
    }  # fmt: skip
    assert field("piotroski_signals_known", **facts) == 7
    assert field("piotroski_f", **facts) == 7
    assert field("piotroski_f", **{**facts, "sales": [None], "cfo": [None]}) == "MISSING"


SHARES = {"reserves": [290.0, 200.0], "equity_capital": [20.0, 10.0], "shares": [2.0, 1.0]}


@pytest.mark.parametrize(
    ("changed", "growth"),
    [
        ({"eps": [50.0, 40.0]}, 0.0),  # EPS of the year before is restated: a bonus of one for one
        ({"eps": [50.0, 80.0]}, 100.0),  # it is not: the shares were sold
        ({"eps": [45.45, 40.0], "equity_capital": [22.0, 10.0], "shares": [2.2, 1.0]}, 10.0),
        ({"eps": [None, None]}, 0.0),  # a doubled count without money
        ({"eps": [None, None], "reserves": [900.0, 200.0]}, 100.0),  # and with money
        ({"shares": [None, None], "eps": [50.0, 40.0]}, 0.0),  # told by the capital
        ({"shares": [None, None], "eps": [98.0, 80.0], "equity_capital": [10.2, 10.0]}, 2.0),
        ({"shares": [1.0, 1.0]}, 0.0),
    ],
)
def test_a_bonus_is_no_issue_of_shares(changed, growth):
    facts = {"net_profit": [100.0, 80.0], **SHARES, **changed}
    assert field("share_count_growth_1y", **facts) == APPROX(growth)
    assert field("piotroski_no_issue", **facts) is (growth == 0)


def test_capital_in_whole_crores_tells_no_small_issue():
    coarse = {"equity_capital": [5.0, 4.0], "reserves": [90.0, 80.0]}
    assert field("share_count_growth_1y", **coarse) == "ZERO_DENOM"
    assert field("share_count_growth_1y", **{**coarse, "equity_capital": [4.0, 4.0]}) == 0
    assert field("share_count_growth_1y", **{**coarse, "equity_capital": [4.4, 4.0]}) == APPROX(10)


def test_a_count_of_before_the_listing_is_not_compared():
    facts = {"equity_capital": [20.0, 20.0, 20.0, 10.0], "reserves": [50.0] * 4}
    listed = {"listed_on": dt.date(2023, 9, 1)}
    assert field("share_count_growth_3y", **facts, **listed) == "SHORT_HISTORY"
    assert field("share_count_growth_1y", **facts, **listed) == 0


def test_accruals_of_the_balance_sheet():
    facts = {"current_assets": [60.0, 50.0], "cash": [10.0, 12.0],
             "current_liabilities": [30.0, 25.0],
             "short_term_borrowings": [5.0, 4.0], "depreciation": [3.0],
             "total_assets": [110.0, 90.0], "equity_capital": [10.0, 10.0],
             "reserves": [40.0, 30.0], "borrowings": [20.0, 20.0]}  # fmt: skip
    assert field("accruals_sloan", **facts) == APPROX(((50 - 38) - (25 - 21) - 3) / 100)
    now, before = 110 - 10 - (60 - 20), 90 - 12 - (50 - 20)
    assert field("accruals_noa", **facts) == APPROX((now - before) / ((now + before) / 2))


def test_too_many_indices_without_a_base_make_no_beneish_score():
    base = {
        "sales": [100.0, 90.0], "receivables": [10.0, 9.0], "material_cost": [50.0, 45.0],
        "expenses": [80.0, 70.0], "current_assets": [40.0, 35.0], "fixed_assets": [30.0, 30.0],
        "total_assets": [100.0, 90.0], "depreciation": [3.0, 3.0], "net_profit": [8.0, 7.0],
        "cfo": [5.0, 6.0], "current_liabilities": [20.0, 18.0], "long_term_borrowings": [10.0, 9.0],
    }  # fmt: skip
    whole = field("beneish_m8", **base)
    assert whole == APPROX(-2.2, abs=0.5)
    no_base = {**base, "receivables": [10.0, 0.0]}
    assert field("beneish_dsri", **no_base) == 1.0
    worse = {**no_base, "depreciation": [0.0, 3.0], "material_cost": [100.0, 45.0]}
    assert field("beneish_m8", **worse) == "ZERO_DENOM"


# --- estimates ------------------------------------------------------------------------------


def test_no_analyst_is_a_count_of_zero_and_no_revision():
    assert field("analysts", analysts=0) == 0
    assert field("eps_fy1_revision_90d", analysts=0) == "NO_COVERAGE"
    assert field("revision_breadth_30d", analysts=0) == "NO_COVERAGE"
    assert field("forward_pe", **PRICED, analysts=0) == "NO_COVERAGE"


def test_a_revision_of_a_tiny_estimate_is_measured_by_price():
    moved = {**PRICED, "analysts": 3, "est_eps1": 2.0, "est_eps1_90d": 1.0}
    assert field("eps_fy1_revision_90d", **moved) == APPROX(100.0)
    tiny = {**moved, "est_eps1_90d": -0.1}
    assert field("eps_fy1_revision_90d", **tiny) == APPROX(2.1)


def test_disagreement_needs_three_analysts():
    facts = {**PRICED, "est_eps1": 10.0, "est_sd1": 1.0}
    assert field("forecast_dispersion", **facts, analysts=2) == "NO_COVERAGE"
    assert field("forecast_dispersion", **facts, analysts=3) == APPROX(0.1)
    assert field("forecast_dispersion", **{**facts, "est_eps1": 0.1}, analysts=3) == "ZERO_DENOM"


def test_forward_earnings_blend_two_fiscal_years():
    facts = {**PRICED, "analysts": 3, "est_eps1": 10.0, "est_eps2": 20.0,
             "est_fy1": dt.date(2026, 3, 31)}  # fmt: skip
    left = (dt.date(2026, 3, 31) - dt.date(2025, 6, 30)).days / 365
    assert field("forward_eps", **facts) == APPROX(10 * left + 20 * (1 - left))
    assert field("forward_pe", **facts) == APPROX(100 / (10 * left + 20 * (1 - left)))


# --- earnings a share of before the listing --------------------------------------------------


def test_an_eps_on_the_founders_few_shares_is_not_compared():
    facts = {"listed_on": dt.date(2024, 6, 1), "shares": 20.0, "net_profit": [30.0, 27.0, 20.0],
             "eps": [1.5, 11250.0, 1.0], "net_profit_q": quarters(8.0),
             "eps_q": [0.4] * 4 + [3300.0] + [0.4] * (QUARTERS - 5)}  # fmt: skip
    for key in ("eps_preceding_year", "core_eps_preceding_year", "eps_growth_last_year",
                "eps_preceding_year_quarter", "eps_growth_yoy_quarter",
                "eps_preceding_12_months"):  # fmt: skip
        assert field(key, **facts) == "SHORT_HISTORY", key
        assert field(key, **facts | {"listed_on": dt.date(2000, 6, 1)}) != "SHORT_HISTORY", key
    assert field("eps_growth_2_years", **facts) == APPROX(100 * (1.5**0.5 - 1))
    assert field("eps_last_year", **facts) == 1.5
    # Of a company listed this year only the EPS of its quarter tells how many shares there are.
    unknown = facts | {"shares": None}
    assert field("eps_preceding_year", **unknown) == "SHORT_HISTORY"
    assert field("eps_preceding_year", **unknown | {"eps_q": quarters(None)}) == 11250.0


# --- negative sales, as traders in securities file them for a loss ---------------------------


def test_two_negatives_make_no_margin():
    loss = {"sales": [-6.0], "operating_profit": [-8.0], "net_profit": [-9.0], "fcf": [-3.0]}
    for key in ("opm_last_year", "npm_last_year", "fcf_to_sales"):
        assert field(key, **loss) == "ZERO_DENOM"
    quarter = {"sales_q": quarters(-6.0), "operating_profit_q": quarters(-8.0)}
    assert field("opm_latest_quarter", **quarter) == "ZERO_DENOM"
    assert field("opm", **quarter) == "ZERO_DENOM"
    assert field("opm_last_year", **{**loss, "sales": [4.0]}) == APPROX(-200.0)


def test_negative_sales_or_cost_make_no_days():
    balances = {"receivables": [4.0] * 2, "inventories": [4.0] * 2, "trade_payables": [4.0] * 2}
    facts = {**balances, "sales": [-6.0], "material_cost": [-5.0]}
    for key in ("debtor_days", "inventory_days", "payable_days", "cash_conversion_cycle",
                "inventory_days_sales_basis", "inventory_turnover"):  # fmt: skip
        assert field(key, **facts) == "ZERO_DENOM", key
    working = {"current_assets": [9.0], "current_liabilities": [4.0], "sales": [-6.0]}
    assert field("working_capital_days", **working) == "ZERO_DENOM"
    assert field("working_capital_to_sales", **working) == "ZERO_DENOM"


def test_days_printed_of_negative_sales_or_cost_are_not_believed():
    printed = {
        "sales": [0.0], "inventory_days": [-547235.0], "debtor_days": [0.0],
        "cash_conversion_cycle": [-547235.0], "working_capital_days": [510635.0],
    }  # fmt: skip
    for key in ("inventory_days", "cash_conversion_cycle", "working_capital_days",
                "inventory_turnover"):  # fmt: skip
        assert field(key, **printed) == "ZERO_DENOM", key
    assert field("debtor_days", **printed) == 0
    sound = {**printed, "inventory_days": [20.0], "cash_conversion_cycle": [-5.0]}
    assert field("cash_conversion_cycle", **sound) == -5.0
    assert field("working_capital_days", **{**sound, "sales": [-6.0]}) == "ZERO_DENOM"


# --- what the price needs -------------------------------------------------------------------


def test_implied_growth_gives_back_the_price():
    earnings, growth = 40.0, 0.15
    worth = sum(earnings * 1.15**t / 1.125**t for t in range(1, 11))
    worth += earnings * 1.15**10 * 1.05 / (0.125 - 0.05) / 1.125**10
    facts = {**PRICED, "market_cap": worth, "net_profit_q": quarters(10.0)}
    assert field("implied_growth", **facts) == APPROX(100 * growth, rel=1e-9)
    half = {"net_profit": [10.0] * 3, "cfo": [6.0] * 3, "capex": [1.0] * 3}
    assert field("implied_growth", **{**facts, "market_cap": worth / 2}, **half) == APPROX(15.0)
    assert field("implied_growth", **{**PRICED, "net_profit_q": quarters(-1.0)}) == "NEG_EARNINGS"
