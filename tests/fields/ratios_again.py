"""More figures worked out again, company by company, in plain Python; see test_second_opinion."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial

from tests.fields.companies_again import (
    Company,
    Number,
    above_zero,
    add,
    assets,
    borrowings,
    cagr,
    core_eps_year,
    core_quarter,
    core_ttm,
    core_year,
    debt,
    equity,
    first,
    growth,
    market_cap,
    mean_of_ends,
    negative,
    or_zero,
    over,
    owners_quarter,
    owners_ttm,
    owners_year,
    scaled,
    times,
)
from tests.fields.opinions_again import (
    accruals,
    fcf,
    is_enough,
    lives_on_fees,
    loss_years,
    mean,
    opm,
    pe,
    price_change,
    quarters_up,
    roce,
    roe,
    sum_ratio,
)

Opinion = Callable[[Company], Number]
OWNERS = ("promoters", "fiis", "diis", "government", "public", "others")


def plain(opinion: Opinion) -> Opinion:
    """None for financial companies."""
    return lambda c: None if c.is_financial else opinion(c)


def percent(value: Number) -> Number:
    return times(value, 100)


def least(values: list[Number]) -> Number:
    return None if None in values else min(v for v in values if v is not None)


def trailing(c: Company, *lines: str, back: int = 0) -> Number:
    """The trailing sum of the lines taken together."""
    return c.ttm(
        lambda k: add(*(c.quarter(line, k) for line in lines)),
        lambda k: add(*(c.year(line, k) for line in lines)),
        back,
    )


def reported(c: Company) -> Number:
    """Trailing profit of the owners, one-off items inside."""
    whole = c.ttm(
        lambda k: first(c.quarter("owners_profit", k), c.quarter("net_profit", k)),
        lambda k: first(c.year("owners_profit", k), c.year("net_profit", k)),
        0,
    )
    return owners_ttm(c, whole, lambda read: read("eps"))


# --- returns --------------------------------------------------------------------------------


def of_assets(c: Company, value: Number, back: int = 0) -> Number:
    return over(value, mean_of_ends(lambda slot: assets(c, slot), back))


def roa(c: Company, back: int = 0) -> Number:
    return percent(of_assets(c, scaled(c, c.year("net_profit", back), back), back))


def roe_naive(c: Company) -> Number:
    return percent(over(scaled(c, owners_year(c)), mean_of_ends(lambda slot: equity(c, slot))))


def roce_screener(c: Company) -> Number:
    ends = [add(equity(c, slot), borrowings(c, slot)) for slot in "01"]
    base = first(times(add(*ends), 0.5), ends[0])
    if (c.is_financial and not lives_on_fees(c)) or base is None:
        return None
    if min(end for end in ends if end is not None) <= 0 or not is_enough(c, base, 0, 0.05):
        return None
    return percent(over(scaled(c, add(c.year("pbt"), c.year("interest"))), base))


def croic(c: Company) -> Number:
    capital = add(equity(c, "0"), or_zero(c.year("minority_interest")), borrowings(c, "0"))
    if capital is None or capital <= 0 or not is_enough(c, capital, 0, 0.05):
        return None
    return percent(over(scaled(c, fcf(c, 0)), capital))


def leverage(c: Company) -> Number:
    return over(assets(c, "0"), above_zero(equity(c, "0")))


def margins(c: Company, years: int) -> list[Number]:
    return [opm(c, k) for k in range(years)]


def least_margin_to_mean(c: Company) -> Number:
    middle = mean(margins(c, 5))
    return None if middle is None or middle < 1 else over(least(margins(c, 5)), middle)


def roe_sd(c: Company) -> Number:
    returns = [roe(c, k) for k in range(5)]
    return None if None in returns else statistics.stdev(returns)


def payout(c: Company) -> Number:
    value = c.year("dividend_payout")
    return value if value is not None and value >= 0 else None


# --- debt, liquidity, distress --------------------------------------------------------------


def cover(c: Company, *lines: str) -> Number:
    return over(trailing(c, *lines), above_zero(c.ttm_line("interest")))


def core_cover(c: Company) -> Number:
    earned = c.ttm(
        lambda k: add(c.quarter("operating_profit", k), negative(c.quarter("depreciation", k))),
        lambda k: add(c.year("operating_profit", k), negative(c.year("depreciation", k))),
        0,
    )
    return over(earned, above_zero(c.ttm_line("interest")))


def year_cover(c: Company, back: int) -> Number:
    ebit = add(c.year("pbt", back), c.year("interest", back))
    return over(ebit, above_zero(c.year("interest", back)))


def change(now: Number, before: Number) -> Number:
    if before is None or before < 1:
        return None
    ratio = over(now, before)
    return None if ratio is None else 100 * (ratio - 1)


def all_owed(c: Company, slot: str) -> Number:
    return add(borrowings(c, slot), c[f"other_liabilities@{slot}"])


def liquid(c: Company) -> Number:
    return add(c["cash@L"], or_zero(c["current_investments@L"]))


def altman(c: Company, weights: tuple[float, ...], worth: Number) -> Number:
    total = assets(c, "0")
    owed = add(total, negative(equity(c, "0")), -or_zero(c.year("minority_interest")))
    working = add(c.year("current_assets"), negative(c.year("current_liabilities")))
    parts = (
        over(working, total),
        over(c.year("reserves"), total),
        over(scaled(c, add(c.year("pbt"), c.year("interest"))), total),
        over(worth, owed),
        over(scaled(c, c.year("sales")), total),
    )
    if None in parts:
        return None
    return sum(w * x for w, x in zip(weights, parts, strict=True) if x is not None)


# --- cash and days --------------------------------------------------------------------------


def days(c: Company, balance: str, flow: str) -> Number:
    average = mean_of_ends(lambda slot: c[f"{balance}@{slot}"])
    return over(times(average, 365), above_zero(scaled(c, c.year(flow))))


def printed(c: Company, line: str) -> Number:
    value = c.year(line)
    return value if value is not None and value >= 0 else None


def has_days(c: Company) -> bool:
    lines = ("sales", "debtor_days", "inventory_days", "payable_days")
    return all(or_zero(c.year(line)) >= 0 for line in lines)


def cycle(c: Company) -> Number:
    own = add(
        days(c, "receivables", "sales"),
        days(c, "inventories", "material_cost"),
        negative(days(c, "trade_payables", "material_cost")),
    )
    return first(own, c.year("cash_conversion_cycle") if has_days(c) else None)


def working_capital(c: Company) -> Number:
    return add(c.year("current_assets"), negative(c.year("current_liabilities")))


def working_capital_days(c: Company) -> Number:
    own = over(times(working_capital(c), 365), above_zero(scaled(c, c.year("sales"))))
    return first(own, c.year("working_capital_days") if has_days(c) else None)


def inventory_turnover(c: Company) -> Number:
    cost = scaled(c, c.year("material_cost"))
    own = None if cost is None or cost < 0 else cost
    average = mean_of_ends(lambda slot: c[f"inventories@{slot}"])
    return first(over(own, average), over(365, printed(c, "inventory_days")))


# --- price ----------------------------------------------------------------------------------


def multiple(c: Company, base: Number) -> Number:
    return over(market_cap(c), above_zero(base))


def gross_ev(c: Company) -> Number:
    return add(market_cap(c), borrowings(c, "L"), or_zero(c["minority_interest@L"]))


def place_in_range(c: Company) -> Number:
    close, low, high = c["close"], c["low_52w"], c["high_52w"]
    if c.is_stale or None in (close, low, high):
        return None
    return percent(over(close - low, high - low))


# --- growth and owners ----------------------------------------------------------------------


def quarter_growth(c: Company, value: Callable[[int], Number], back: int) -> Number:
    if c["months@q0"] is None or c["months@q0"] != c[f"months@q{back}"]:
        return None
    return growth(value(0), value(back))


def symmetric(c: Company) -> Number:
    now, before = core_ttm(c), core_ttm(c, 1)
    if now is None or before is None:
        return None
    return over(now - before, (abs(now) + abs(before)) / 2)


def consistency(c: Company) -> Number:
    eps = [core_eps_year(c, k) for k in range(7)]
    if None in eps or not (min(eps) > 0 or max(eps) < 0):
        return None
    sizes = [abs(e) for e in eps]
    changes = [over(eps[k] - eps[k + 1], (sizes[k + 1] + sizes[k + 2]) / 2) for k in range(5)]
    return mean(changes)


def owned(c: Company, line: str, back: int = 0) -> Number:
    told = sum(or_zero(c[f"{owner}@h{back}"]) for owner in OWNERS)
    return first(c[f"{line}@h{back}"], 0.0 if abs(told - 100) <= 0.5 else None)


def owned_change(c: Company, line: str, back: int) -> Number:
    return add(owned(c, line), negative(owned(c, line, back)))


def shareholders_growth(c: Company) -> Number:
    ratio = over(c["shareholders@h0"], c["shareholders@h4"])
    return None if ratio is None else 100 * (ratio - 1)


RETURNS: dict[str, Opinion] = {
    "asset_turnover": plain(lambda c: of_assets(c, scaled(c, c.year("sales")))),
    "roa": roa,
    "roa_preceding_year": lambda c: roa(c, 1),
    "roa_3y_avg": lambda c: mean([roa(c, k) for k in range(3)]),
    "roa_5y_avg": lambda c: mean([roa(c, k) for k in range(5)]),
    "roe_naive": roe_naive,
    "roe_preceding_year": lambda c: roe(c, 1),
    "roe_5y_avg": lambda c: mean([roe(c, k) for k in range(5)]),
    "roe_5y_min": lambda c: least([roe(c, k) for k in range(5)]),
    "roe_sd_5y": roe_sd,
    "roce_screener": roce_screener,
    "roce_preceding_year": lambda c: roce(c, 1),
    "roce_5y_avg": lambda c: mean([roce(c, k) for k in range(5)]),
    "roce_5y_min": lambda c: least([roce(c, k) for k in range(5)]),
    "financial_leverage": leverage,
    "earning_power": plain(
        lambda c: percent(
            over(scaled(c, add(c.year("pbt"), c.year("interest"))), assets(c, "0"))
        )
    ),
    "gross_profit_to_assets": plain(
        lambda c: over(
            scaled(c, add(c.year("sales"), negative(c.year("material_cost")))), assets(c, "0")
        )
    ),
    "cfo_to_assets": plain(lambda c: percent(over(scaled(c, c.year("cfo")), assets(c, "0")))),
    "croic": plain(croic),
    "opm_5y_avg": lambda c: mean(margins(c, 5)),
    "opm_5y_min": lambda c: least(margins(c, 5)),
    "opm_min_to_mean_5y": least_margin_to_mean,
    "dividend_payout": payout,
}  # fmt: skip

SOLVENCY: dict[str, Opinion] = {
    "net_worth": lambda c: equity(c, "L"),
    "equity_value": lambda c: equity(c, "0"),
    "debt": lambda c: borrowings(c, "0"),
    "balance_sheet_total": lambda c: assets(c, "0"),
    "capital_employed": lambda c: add(
        equity(c, "0"), or_zero(c.year("minority_interest")), borrowings(c, "0")
    ),
    "debt_to_equity_incl_lease": plain(
        lambda c: over(borrowings(c, "L"), above_zero(equity(c, "L")))
    ),
    "debt_to_assets": plain(lambda c: over(debt(c, "L"), assets(c, "L"))),
    "debt_to_ebitda": plain(
        lambda c: over(debt(c, "L"), above_zero(c.ttm_line("operating_profit")))
    ),
    "core_interest_cover": plain(core_cover),
    "ebitda_interest_cover": plain(lambda c: cover(c, "pbt", "interest", "depreciation")),
    "interest_cover_change_2y": plain(lambda c: add(year_cover(c, 0), negative(year_cover(c, 2)))),
    "debt_change_2y": plain(lambda c: change(debt(c, "0"), debt(c, "2"))),
    "debt_change_2y_to_assets": plain(
        lambda c: percent(over(add(debt(c, "0"), negative(debt(c, "2"))), assets(c, "0")))
    ),
    "liabilities_change_2y": plain(lambda c: change(all_owed(c, "0"), all_owed(c, "2"))),
    "quick_ratio": plain(
        lambda c: over(add(liquid(c), c["receivables@L"]), c["current_liabilities@L"])
    ),
    "cash_ratio": plain(lambda c: over(liquid(c), c["current_liabilities@L"])),
    "altman_z": plain(lambda c: altman(c, (1.2, 1.4, 3.3, 0.6, 1.0), market_cap(c))),
    "altman_z1": plain(lambda c: altman(c, (0.717, 0.847, 3.107, 0.42, 0.998), equity(c, "0"))),
}  # fmt: skip

CASH_AND_DAYS: dict[str, Opinion] = {
    "cfo_to_pat_1y": plain(lambda c: sum_ratio(c, "cfo", "net_profit", 1)),
    "cfo_to_pat_5y": plain(lambda c: sum_ratio(c, "cfo", "net_profit", 5)),
    "cfo_to_ebitda_3y": plain(lambda c: sum_ratio(c, "cfo", "operating_profit", 3)),
    "capex_to_depreciation_3y": lambda c: sum_ratio(c, "capex", "depreciation", 3),
    "cfo_3_years": lambda c: add(*(c.year("cfo", k) for k in range(3))),
    "cfi_5_years": lambda c: add(*(c.year("cfi", k) for k in range(5))),
    "average_earnings_5_years": lambda c: mean([c.year("net_profit", k) for k in range(5)]),
    "fcf_last_year": lambda c: fcf(c, 0),
    "fcf_preceding_year": lambda c: fcf(c, 1),
    "fcf_5_years": lambda c: add(*(fcf(c, k) for k in range(5))),
    "fcf_to_cfo": plain(lambda c: over(fcf(c, 0), above_zero(c.year("cfo")))),
    "fcf_to_sales": plain(lambda c: percent(over(fcf(c, 0), above_zero(c.year("sales"))))),
    "cfo_adj": plain(lambda c: add(c.year("cfo"), negative(c.year("interest")))),
    "fcf_adj": plain(lambda c: add(fcf(c, 0), negative(c.year("interest")))),
    "accruals_to_assets_3y": lambda c: mean([accruals(c, k) for k in range(3)]),
    "other_income_to_pbt": lambda c: percent(
        over(c.ttm_line("other_income"), above_zero(c.ttm_line("pbt")))
    ),
    "inventory_days": lambda c: first(
        days(c, "inventories", "material_cost"), printed(c, "inventory_days")
    ),
    "payable_days": lambda c: first(
        days(c, "trade_payables", "material_cost"), printed(c, "payable_days")
    ),
    "cash_conversion_cycle": cycle,
    "working_capital_days": working_capital_days,
    "working_capital_to_sales": lambda c: percent(
        over(working_capital(c), above_zero(scaled(c, c.year("sales"))))
    ),
    "inventory_turnover": inventory_turnover,
}  # fmt: skip

PRICES: dict[str, Opinion] = {
    "pe_reported": lambda c: multiple(c, reported(c)),
    "ps": lambda c: multiple(c, c.ttm_line("sales")),
    "pcf": plain(lambda c: multiple(c, c.year("cfo"))),
    "pfcf": plain(lambda c: multiple(c, fcf(c, 0))),
    "pe_quarter": lambda c: multiple(c, times(owners_quarter(c), 4)),
    "market_cap_to_quarter_profit": lambda c: multiple(c, c.quarter("net_profit")),
    "pb_x_pe": lambda c: times(pe(c), multiple(c, equity(c, "L"))),
    "book_to_price": lambda c: percent(over(equity(c, "L"), market_cap(c))),
    "fcf_yield": plain(lambda c: percent(over(fcf(c, 0), market_cap(c)))),
    "ev_gross": plain(gross_ev),
    "ev_ebitda_gross": plain(
        lambda c: over(gross_ev(c), above_zero(c.ttm_line("operating_profit")))
    ),
    "ev_sales": plain(
        lambda c: over(add(gross_ev(c), negative(liquid(c))), above_zero(c.ttm_line("sales")))
    ),
    "return_1m": lambda c: price_change(c, "close@1m"),
    "return_6m": lambda c: price_change(c, "close@6m"),
    "from_52w_high": lambda c: price_change(c, "high_52w"),
    "up_from_52w_low": lambda c: price_change(c, "low_52w"),
    "index_52w": place_in_range,
    "price_to_dma_200": lambda c: price_change(c, "sma_200"),
}  # fmt: skip

GROWTH: dict[str, Opinion] = {
    "reported_profit_growth": lambda c: growth(
        c.ttm_line("net_profit"), c.ttm_line("net_profit", 1)
    ),
    "operating_profit_growth": lambda c: growth(
        c.ttm_line("operating_profit"), c.ttm_line("operating_profit", 1)
    ),
    "ebit_growth": lambda c: growth(
        trailing(c, "pbt", "interest"), trailing(c, "pbt", "interest", back=1)
    ),
    "symmetric_profit_growth": symmetric,
    "sales_growth_yoy_quarter": lambda c: quarter_growth(c, partial(c.quarter, "sales"), 4),
    "profit_growth_yoy_quarter": lambda c: quarter_growth(c, partial(core_quarter, c), 4),
    "sales_growth_qoq": lambda c: quarter_growth(c, partial(c.quarter, "sales"), 1),
    "profit_growth_last_year": lambda c: growth(
        scaled(c, core_year(c)), scaled(c, core_year(c, 1), 1)
    ),
    "sales_growth_3_years": lambda c: cagr(c, partial(c.year, "sales"), 3),
    "sales_growth_10_years": lambda c: cagr(c, partial(c.year, "sales"), 10),
    "profit_growth_3_years": lambda c: cagr(c, partial(core_year, c), 3),
    "profit_growth_5_years": lambda c: cagr(c, partial(core_year, c), 5),
    "operating_profit_growth_5_years": lambda c: cagr(c, partial(c.year, "operating_profit"), 5),
    "eps_growth_5_years": lambda c: cagr(c, partial(core_eps_year, c), 5),
    "earnings_consistency": consistency,
    "loss_years_3y": partial(loss_years, years=3),
    "loss_years_10y": partial(loss_years, years=10),
    "profit_yoy_up_quarters_12": lambda c: quarters_up(c, partial(core_quarter, c), 12),
    "promoter_holding": partial(owned, line="promoters"),
    "fii_holding": partial(owned, line="fiis"),
    "government_holding": partial(owned, line="government"),
    "public_holding": partial(owned, line="public"),
    "promoter_holding_change": partial(owned_change, line="promoters", back=1),
    "fii_holding_change_1y": partial(owned_change, line="fiis", back=4),
    "promoter_holding_change_3y": partial(owned_change, line="promoters", back=12),
    "shareholders_growth_1y": shareholders_growth,
}  # fmt: skip

RATIOS: dict[str, Opinion] = RETURNS | SOLVENCY | CASH_AND_DAYS | PRICES | GROWTH
