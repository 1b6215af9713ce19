"""The most used fields worked out again in plain Python, from what companies_again holds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

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
    owners_core,
    owners_year,
    scaled,
    times,
)

# --- the fields -----------------------------------------------------------------------------


def debt_to_equity(c: Company) -> Number:
    own = equity(c, "L")
    return None if c.is_financial or own is None or own <= 0 else over(debt(c, "L"), own)


def net_debt_to_ebitda(c: Company) -> Number:
    earned = c.ttm_line("operating_profit")
    if c.is_financial or earned is None or earned <= 0 or c["cash@L"] is None:
        return None
    liquid = c["cash@L"] + or_zero(c["current_investments@L"])
    return over(add(debt(c, "L"), -liquid), earned)


def interest_cover(c: Company) -> Number:
    interest = c.ttm_line("interest")
    ebit = c.ttm(
        lambda k: add(c.quarter("pbt", k), c.quarter("interest", k)),
        lambda k: add(c.year("pbt", k), c.year("interest", k)),
        0,
    )
    return None if c.is_financial or interest is None or interest <= 0 else over(ebit, interest)


def current_ratio(c: Company) -> Number:
    return None if c.is_financial else over(c["current_assets@L"], c["current_liabilities@L"])


def altman_z2(c: Company) -> Number:
    total, own = assets(c, "0"), equity(c, "0")
    liabilities = add(total, negative(own), -or_zero(c.year("minority_interest")))
    working = add(c.year("current_assets"), negative(c.year("current_liabilities")))
    ebit = scaled(c, add(c.year("pbt"), c.year("interest")))
    parts = (
        over(working, total),
        over(c.year("reserves"), total),
        over(ebit, total),
        over(own, liabilities),
    )
    if c.is_financial or None in parts:
        return None
    return sum(w * x for w, x in zip((6.56, 3.26, 6.72, 1.05), parts, strict=True))


def roe(c: Company, back: int = 0) -> Number:
    now, before = equity(c, str(back)), equity(c, str(back + 1))
    if now is None or now <= 0 or (before is not None and before <= 0):
        return None
    profit = owners_year(c, back)
    average = now if before is None else (now + before) / 2
    if not is_enough(c, average, back, 0.01 if c.is_financial else 0.05):
        return None
    return times(over(scaled(c, profit, back), average), 100)


def roce(c: Company, back: int = 0) -> Number:
    def capital(slot: str) -> Number:
        return add(equity(c, slot), or_zero(c[f"minority_interest@{slot}"]), borrowings(c, slot))

    base = mean_of_ends(capital, back)
    earned = add(
        c.year("pbt", back), -or_zero(c.year("exceptional", back)), c.year("interest", back)
    )
    ends = capital(str(back)), capital(str(back + 1))
    if c.is_financial and not lives_on_fees(c):
        return None
    if base is None or min(end for end in ends if end is not None) <= 0:
        return None
    if ends[0] is None or not is_enough(c, base, back, 0.05):
        return None
    return times(over(scaled(c, earned, back), base), 100)


def lives_on_fees(c: Company) -> bool:
    lends = c["template"] in ("bank", "lender", "insurer")
    return not lends and (c["basic_industry"] or "").removesuffix(" Companies") in (
        "Asset Management Company", "Depositories, Clearing Houses and Other Intermediaries",
        "Exchange and Data Platform", "Financial Products Distributor", "Insurance Distributors",
        "Other Capital Market related Services", "Ratings", "Stockbroking & Allied",
    )  # fmt: skip


def is_enough(c: Company, base: float, back: int, share: float) -> bool:
    total = assets(c, str(back))
    return base >= 0.1 and (total is None or base > share * total)


def mean(values: list[Number]) -> Number:
    return None if None in values else sum(values) / len(values)


def sum_ratio(c: Company, top: str, base: str, years: int) -> Number:
    under = add(*(c.year(base, k) for k in range(years)))
    if under is None or under <= 0:
        return None
    return over(add(*(c.year(top, k) for k in range(years))), under)


def accruals(c: Company, back: int = 0) -> Number:
    if c.is_financial:
        return None
    profit, cash = (scaled(c, c.year(line, back), back) for line in ("net_profit", "cfo"))
    return over(add(profit, negative(cash)), mean_of_ends(lambda slot: assets(c, slot), back))


def opm(c: Company, back: int) -> Number:
    sales = c.year("sales", back)
    if sales is None or sales <= 0:
        return None
    return times(over(c.year("operating_profit", back), sales), 100)


def eps_growth_sd(c: Company) -> Number:
    eps = [core_eps_year(c, k) for k in range(6)]
    if None in eps or min(eps) <= 0 or any(c[f"months@{k}"] != 12 for k in range(6)):
        return None
    return statistics.stdev(eps[k] / eps[k + 1] - 1 for k in range(5))


def eps_trend(c: Company) -> Number:
    eps = [scaled(c, core_eps_year(c, k), k) for k in reversed(range(8))]
    if None in eps or min(eps) <= 0:
        return None
    logs = [math.log(e) for e in eps]
    if statistics.pvariance(logs) < 1e-9:
        return None
    return statistics.correlation(range(8), logs) ** 2


def quarters_up(c: Company, value: Callable[[int], Number], count: int) -> Number:
    pairs = [(value(k), value(k + 4)) for k in range(count)]
    return None if any(None in pair for pair in pairs) else sum(a > b for a, b in pairs)


def loss_years(c: Company, years: int = 5) -> Number:
    profits = [core_year(c, k) for k in range(years)]
    return None if None in profits else sum(profit < 0 for profit in profits)


def opm_sd(c: Company) -> Number:
    margins = [opm(c, k) for k in range(5)]
    return None if None in margins else statistics.stdev(margins)


def pe(c: Company) -> Number:
    earned = owners_core(c)
    return None if earned is None or earned <= 0 else over(market_cap(c), earned)


def ev_ebitda(c: Company) -> Number:
    earned, owed = c.ttm_line("operating_profit"), borrowings(c, "L")
    if c.is_financial or earned is None or earned <= 0 or c["cash@L"] is None:
        return None
    liquid = c["cash@L"] + or_zero(c["current_investments@L"])
    return over(add(market_cap(c), owed, or_zero(c["minority_interest@L"]), -liquid), earned)


def peg(c: Company) -> Number:
    rate = cagr(c, lambda k: core_eps_year(c, k), 3)
    return None if rate is None or rate <= 0 else over(pe(c), rate)


def price_change(c: Company, since: str) -> Number:
    ratio = None if c.is_stale else over(c["close"], c[since])
    return None if ratio is None else 100 * (ratio - 1)


def debtor_days(c: Company) -> Number:
    average = mean_of_ends(lambda slot: c[f"receivables@{slot}"])
    sales, printed = scaled(c, c.year("sales")), c.year("debtor_days")
    counts = printed is not None and printed >= 0 and or_zero(sales) >= 0
    return first(over(times(average, 365), above_zero(sales)), printed if counts else None)


def fcf(c: Company, back: int) -> Number:
    own = add(c.year("cfo", back), negative(c.year("capex", back)))
    return None if c.is_financial else first(c.year("fcf", back), own)


def revision(c: Company, year: int, days: int) -> Number:
    now, then, close = c[f"est_eps{year}"], c[f"est_eps{year}_{days}d"], c["close"]
    if now is None or then is None:
        return None
    base = close if close is not None and abs(then) < 0.005 * close else abs(then)
    return times(over(now - then, base), 100)


FIRST: dict[str, Callable[[Company], Number]] = {
    "sales": lambda c: c.ttm_line("sales"),
    "net_profit_preceding_12_months": lambda c: c.ttm_line("net_profit", 1),
    "core_profit": core_ttm,
    "opm_last_year": lambda c: opm(c, 0) if above_zero(c.year("sales")) else None,
    "cfo_5_years": lambda c: add(*(c.year("cfo", k) for k in range(5))),
    "fcf_3_years": lambda c: add(*(fcf(c, k) for k in range(3))),
    "working_capital_3_years_back": lambda c: add(
        c.year("current_assets", 3), negative(c.year("current_liabilities", 3))
    ),
    "sales_growth": lambda c: growth(c.ttm_line("sales"), c.ttm_line("sales", 1)),
    "profit_growth": lambda c: growth(core_ttm(c), core_ttm(c, 1)),
    "sales_growth_5_years": lambda c: cagr(c, lambda k: c.year("sales", k), 5),
    "eps_growth_3_years": lambda c: cagr(c, lambda k: core_eps_year(c, k), 3),
    "sales_growth_last_year": lambda c: growth(
        scaled(c, c.year("sales")), scaled(c, c.year("sales", 1), 1)
    ),
    "debt_to_equity": debt_to_equity,
    "net_debt_to_ebitda": net_debt_to_ebitda,
    "interest_cover": interest_cover,
    "current_ratio": current_ratio,
    "altman_z2": altman_z2,
    "debtor_days": debtor_days,
    "roe": roe,
    "roe_3y_avg": lambda c: mean([roe(c, k) for k in range(3)]),
    "roce": roce,
    "roce_3y_avg": lambda c: mean([roce(c, k) for k in range(3)]),
    "cfo_to_pat_3y": lambda c: None if c.is_financial else sum_ratio(c, "cfo", "net_profit", 3),
    "accruals_to_assets": accruals,
    "eps_growth_sd_5y": eps_growth_sd,
    "log_eps_trend_r2_8y": eps_trend,
    "loss_years_5y": loss_years,
    "eps_yoy_up_quarters_8": lambda c: quarters_up(c, lambda k: core_quarter(c, k), 8),
    "sales_yoy_up_quarters_12": lambda c: quarters_up(c, lambda k: c.quarter("sales", k), 12),
    "pe": pe,
    "pb": lambda c: over(market_cap(c), own) if (own := equity(c, "L")) and own > 0 else None,
    "earnings_yield": lambda c: times(over(owners_core(c), market_cap(c)), 100),
    "ev_ebitda": ev_ebitda,
    "peg": peg,
    "return_1y": lambda c: price_change(c, "close@1y"),
    "drawdown_52w": lambda c: negative(price_change(c, "high_52w")),
    "eps_fy1_revision_90d": lambda c: revision(c, 1, 90),
    "eps_fy2_revision_30d": lambda c: revision(c, 2, 30),
    "opm_sd_5y": opm_sd,
}  # fmt: skip
