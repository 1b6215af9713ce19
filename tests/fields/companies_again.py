"""A company's figures worked out again in plain Python, and the first of the second opinions.

Nothing of `screener.fields` is used here, as a slip in a shared definition would else be in both;
only the counts of shares of earlier years are its own, which have tests of theirs.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import polars as pl

from screener.fields import terms
from screener.fields.base import At

Number = float | None
COUNTED = 12  # years back to which shares are counted


def share_counts() -> list[pl.Expr]:
    """Panel columns: shares of each year, count@k, and those over the year before's, step@k."""
    return [
        define(At(years=k)).value.alias(f"{name}@{k}")
        for k in range(COUNTED)
        for name, define in (("count", terms.shares_of_year), ("step", terms.share_step))
    ]


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
        row, count = self.row, self.count_of_eps(slot, 0.5)
        listed, end = row["listed_on"], row[f"end@{slot}"]
        if listed is None or end is None or listed <= end or count is None:
            return False
        today = first(row["shares"], self.count_of_eps("q0"))
        return today is not None and count < 0.1 * today

    def count_of_eps(self, slot: str, instead_of_none: float = 0.0) -> Number:
        row = self.row
        profit = first(row[f"owners_profit@{slot}"], row[f"net_profit@{slot}"])
        profit = instead_of_none if profit == 0 else profit
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
    return core_eps(c, lambda line: c.year(line, back))


def scaled(c: Company, value: Number, back: int = 0) -> Number:
    months = c[f"months@{back}"]
    return times(value, 12 / months if months else 1.0)


# --- the owners' part -----------------------------------------------------------------------


def half(profit: float) -> float:
    return 0.5 if profit == round(profit) else 0.005


def of_these_shares(c: Company) -> bool:
    ratios = [over(times(c[f"eps@{k}"], c["shares"]), c[f"net_profit@{k}"]) for k in range(2)]
    if c["share_jump"]:
        return False
    if None in ratios or ratios[1] == 0 or min(ratios) <= 1.8:
        return True
    return abs(ratios[0] / ratios[1] - 1) > 0.1


def core_eps(c: Company, read: Callable[[str], Number]) -> Number:
    eps = read("eps")
    if or_zero(read("exceptional")) == 0:
        return eps
    owners = first(read("owners_profit"), read("net_profit"))
    return over(times(eps, core(c, read)), owners)


def by_todays_shares(
    c: Company, whole: Number, eps: Number, net: Number, stated: Number, periods: int
) -> Number:
    """The whole profit, or what EPS × today's shares tells of it."""
    count = first(c["shares"], c["count@0"])
    told = times(eps, count)
    if stated is not None or None in (told, whole, net) or not of_these_shares(c):
        return whole
    gap, rounding = told - whole, periods * half(net)
    capital = over(c["equity_capital@L"], c["equity_capital@1"])
    steady = capital is not None and abs(capital - 1) <= 0.01
    apart = abs(gap) > 0.15 * abs(whole) + rounding + periods * 0.005 * count
    finer = 0.005 * abs(net) < half(net) * abs(eps) and abs(eps) > 2 * periods * 0.005
    use = (apart and (abs(told) < abs(whole) or steady)) or (finer and abs(gap) <= rounding)
    return told if use else whole


def owners_ttm(c: Company, whole: Number, eps: Callable[..., Number]) -> Number:
    per_share = c.ttm(
        lambda k: eps(lambda line: c.quarter(line, k)),
        lambda k: eps(lambda line: c.year(line, k)),
        0,
    )
    return by_todays_shares(
        c, whole, per_share, c.ttm_line("net_profit"), c.ttm_line("owners_profit"), 4
    )


def owners_core(c: Company) -> Number:
    return owners_ttm(c, core_ttm(c), lambda read: core_eps(c, read))


def owners_quarter(c: Company) -> Number:
    return by_todays_shares(
        c, core_quarter(c), core_eps(c, c.quarter), c.quarter("net_profit"),
        c.quarter("owners_profit"), 1,
    )  # fmt: skip


def owners_year(c: Company, back: int = 0) -> Number:
    net, stated = c.year("net_profit", back), c.year("owners_profit", back)
    whole, step = first(stated, net), c[f"step@{back}"]
    count = c[f"count@{back}"]
    if stated is not None or None in (net, step, count) or not 0.8 <= step <= 1.25:
        return whole
    shares = count * (1 + 1 / step) / 2
    told = times(c.year("eps", back), shares)
    if told is None or not of_these_shares(c):
        return whole
    noise = half(net) + 0.005 * shares
    return told if abs(told - whole) > 0.15 * abs(whole) + noise else whole


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
