"""A company's figures worked out again in plain Python, and the first of the second opinions.

Nothing of `screener.fields` is used here: a slip in a shared definition would otherwise be in both.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Callable
from typing import Any

Number = float | None


class Company:
    """One row of a panel, read like the method is written."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def __getitem__(self, column: str) -> Any:
        return self.row[column]

    def year(self, line: str, back: int = 0) -> Number:
        return self.figure(line, str(back))

    def quarter(self, line: str, back: int = 0) -> Number:
        return self.figure(line, f"q{back}")

    def figure(self, line: str, slot: str) -> Number:
        known = self.row[f"{line}@{slot}"]
        return None if line == "eps" and self.is_of_founders(slot) else known

    def is_of_founders(self, slot: str) -> bool:
        row, count = self.row, self.count_of_eps(slot)
        listed, end = row["listed_on"], row[f"end@{slot}"]
        if listed is None or end is None or listed <= end or count is None:
            return False
        today = first(row["shares"], self.count_of_eps("q0"))
        return today is not None and count < 0.1 * today

    def count_of_eps(self, slot: str) -> Number:
        row = self.row
        profit = first(row[f"owners_profit@{slot}"], row[f"net_profit@{slot}"])
        eps = row[f"eps@{slot}"]
        return abs(profit / eps) if profit and eps else None

    @property
    def is_financial(self) -> bool:
        return bool(self.row["is_financial"])

    @property
    def is_stale(self) -> bool:
        sessions, share = self.row["sessions_since_trade"], self.row["zero_volume_60d"]
        return (sessions is not None and sessions > 5) or (share is not None and share > 0.2)

    def ttm(
        self, quarter: Callable[[int], Number], year: Callable[[int], Number], back: int
    ) -> Number:
        row, first = self.row, 4 * back
        q = [quarter(first + i) for i in range(4)]
        months = [row[f"months@q{first + i}"] for i in range(4)]
        total = None
        if None not in months and months[0] == 3 and sum(months) == 12:
            total = add(*q)
        elif months[0] == 6 and months[2] == 6:
            total = add(q[0], q[2])
        if back:
            closed = row["end@q0"] is not None and row["end@q0"] == row["end@0"]
            if total is None and closed and row[f"months@{back}"] == 12:
                total = year(back)
            return total
        if row["end@q0"] is None:
            return None
        limit = 231 if months[0] == 6 else 140
        if (row["as_of"] - row["end@q0"]).days > limit:
            return None
        since = quarters_since(row["end@0"], row["end@q0"])
        if total is None and row["months@0"] == 12 and since is not None:
            total = year(0)
            for i in range(since):
                total = add(total, quarter(i), negative(quarter(i + 4)))
        return total

    def ttm_line(self, line: str, back: int = 0) -> Number:
        return self.ttm(lambda k: self.quarter(line, k), lambda k: self.year(line, k), back)


def quarters_since(year_end: dt.date | None, last: dt.date | None) -> int | None:
    if year_end is None or last is None:
        return None
    months = 12 * (last.year - year_end.year) + last.month - year_end.month
    return months // 3 if months % 3 == 0 and 0 <= months <= 9 else None


def add(*values: Number) -> Number:
    return None if None in values else sum(v for v in values if v is not None)


def negative(value: Number) -> Number:
    return None if value is None else -value


def over(top: Number, base: Number) -> Number:
    if top is None or base is None or base == 0:
        return None
    quotient = top / base
    return quotient if math.isfinite(quotient) else None


def times(value: Number, factor: Number) -> Number:
    return None if value is None or factor is None else value * factor


def above_zero(value: Number) -> Number:
    return value if value is not None and value > 0 else None


def first(*values: Number) -> Number:
    return next((v for v in values if v is not None), None)


def or_zero(value: Number) -> float:
    return 0.0 if value is None else value


def core(c: Company, read: Callable[[str], Number]) -> Number:
    profit = first(read("owners_profit"), read("net_profit"))
    rate = read("tax_rate")
    rate = rate / 100 if rate is not None else None
    if rate is None and read("pbt") is not None and read("pbt") > 0 and read("tax") is not None:
        rate = read("tax") / read("pbt")
    rate = 0.25 if rate is None else min(max(rate, 0.0), 0.5)
    return add(profit, -or_zero(read("exceptional")) * (1 - rate))


def core_year(c: Company, back: int = 0) -> Number:
    return core(c, lambda line: c.year(line, back))


def core_quarter(c: Company, back: int = 0) -> Number:
    return core(c, lambda line: c.quarter(line, back))


def core_ttm(c: Company, back: int = 0) -> Number:
    return c.ttm(lambda k: core_quarter(c, k), lambda k: core_year(c, k), back)


def core_eps_year(c: Company, back: int) -> Number:
    eps = c.year("eps", back)
    if or_zero(c.year("exceptional", back)) == 0:
        return eps
    owners = first(c.year("owners_profit", back), c.year("net_profit", back))
    return over(times(eps, core_year(c, back)), owners)


def scaled(c: Company, value: Number, back: int = 0) -> Number:
    months = c[f"months@{back}"]
    return times(value, 12 / months if months else 1.0)


def equity(c: Company, slot: str) -> Number:
    return add(c[f"equity_capital@{slot}"], c[f"reserves@{slot}"])


def borrowings(c: Company, slot: str) -> Number:
    parts = add(c[f"long_term_borrowings@{slot}"], c[f"short_term_borrowings@{slot}"])
    return first(c[f"borrowings@{slot}"], parts)


def debt(c: Company, slot: str) -> Number:
    owed = borrowings(c, slot)
    return None if owed is None else max(owed - or_zero(c[f"lease_liabilities@{slot}"]), 0.0)


def assets(c: Company, slot: str) -> Number:
    return first(c[f"total_assets@{slot}"], c[f"total_liabilities@{slot}"])


def mean_of_ends(value: Callable[[str], Number], back: int = 0) -> Number:
    close, start = value(str(back)), value(str(back + 1))
    return first(times(add(close, start), 0.5), close)


def market_cap(c: Company) -> Number:
    return None if c.is_stale or c["share_jump"] else c["market_cap"]


def growth(now: Number, before: Number) -> Number:
    if before is None or before <= 0:
        return None
    ratio = over(now, before)
    return None if ratio is None else 100 * (ratio - 1)


def cagr(c: Company, value: Callable[[int], Number], years: int) -> Number:
    now, then = value(0), value(years)
    last, early = c["end@0"], c[f"end@{years}"]
    if None in (now, then, last, early) or now <= 0 or then <= 0:
        return None
    if c["months@0"] != 12 or c[f"months@{years}"] != 12:
        return None
    gap = 12 * (last.year - early.year) + last.month - early.month
    return 100 * ((now / then) ** (12 / gap) - 1) if abs(gap - 12 * years) <= 6 else None


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
    profit = first(c.year("owners_profit", back), c.year("net_profit", back))
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
    earned = core_ttm(c)
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
    "earnings_yield": lambda c: times(over(core_ttm(c), market_cap(c)), 100),
    "ev_ebitda": ev_ebitda,
    "peg": peg,
    "return_1y": lambda c: price_change(c, "close@1y"),
    "drawdown_52w": lambda c: negative(price_change(c, "high_52w")),
    "eps_fy1_revision_90d": lambda c: revision(c, 1, 90),
    "eps_fy2_revision_30d": lambda c: revision(c, 2, 30),
    "opm_sd_5y": opm_sd,
}  # fmt: skip
