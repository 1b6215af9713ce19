"""Statements of companies that make or sell something, quarter by quarter, in whole lakh.

Every quarter is booked in full: a line is rounded when it is drawn, and every total is the sum of
its parts, so years, half-years and any run of quarters obey the accounting identities exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from screener.market.demo.days import QUARTERS, Flags, Floats, Ints
from screener.market.demo.roster import Roster
from screener.market.demo.traits import Traits

Ledger = dict[str, Floats]  # line → (quarters, accounts), whole lakh

_LEASES_FROM: Final = 29  # leases are on the balance sheet from the quarter to June 2019
_YEAR: Final = 4
_TAX_CUT: Final = 30
_DISTRESS: Final = 2.5  # debt / equity beyond which a company stops investing


@dataclass(frozen=True)
class Accounts:
    """Which sets of accounts to keep: a company's own, and some parents' standalone ones."""

    owner: Ints  # row of the roster
    scale: Floats  # size against the company's main accounts
    nominal: Floats  # (quarters + 1, accounts) equity capital
    issued: Floats
    pays: Flags  # (quarters, accounts) whether it is the quarter in which dividends are paid
    has_minority: Flags


@dataclass
class _State:
    """Balances carried from one quarter to the next."""

    fixed: Floats
    gross: Floats
    cwip: Floats
    holdings: Floats
    cash: Floats
    debt: Floats
    lease: Floats
    minority: Floats
    equity: Floats


@dataclass(frozen=True)
class _Plan:
    """What does not depend on the balances: (accounts,) or (quarters, accounts)."""

    run: Floats
    sales: Floats
    expenses: Floats
    working: Ledger  # balances with one more row, the opening one, first
    tax_rate: Floats
    one_off: Floats
    capex_chance: Floats
    lease: Floats
    fixed: Floats
    wear: Floats
    gearing: Floats
    holdings: Floats
    rate: Floats
    payout: Floats
    minority: Floats
    credits_losses: Flags
    cwip_share: Floats


def total(book: Ledger, lines: Iterable[str]) -> Floats:
    """The sum of those lines."""
    return reduce(np.add, (book[line] for line in lines))


def keep_books(rng: np.random.Generator, roster: Roster, traits: Traits, acc: Accounts) -> Ledger:
    """The ledger of those accounts: P&L, balance sheet and cash flow of every quarter."""
    plan = _plan(rng, roster, traits, acc)
    state = _opening(plan)
    rows: dict[str, list[Floats]] = {}
    past: list[Floats] = [np.zeros(len(acc.owner))] * (_YEAR + 1)
    for t in range(QUARTERS):
        year = reduce(np.add, past[:_YEAR])  # ended a quarter before the last one
        for line, value in _quarter(t, plan, acc, state, year).items():
            rows.setdefault(line, []).append(value)
        past = [*past[1:], rows["owners_profit"][-1]]
    out = {line: np.array(values) for line, values in rows.items()}
    return out | _details(rng, roster, acc, plan, out)


def _plan(rng: np.random.Generator, roster: Roster, traits: Traits, acc: Accounts) -> _Plan:
    own, m = acc.owner, len(acc.owner)
    run = traits.run_rate[:, own] * acc.scale
    season = traits.season[:, own]
    noise = np.where(acc.scale < 1, rng.normal(0, 0.01, m), 0.0)
    sales = np.rint(traits.sales[:, own] * acc.scale)
    expenses = np.rint(sales * (1 - traits.margin[:, own] - noise))
    tax_rate = np.where(np.arange(QUARTERS)[:, None] < _TAX_CUT, 0.325, 0.252)
    tax_rate = tax_rate + rng.normal(0, 0.018, (QUARTERS, m)) - 0.05 * (rng.random(m) < 0.12)
    happens = rng.random((QUARTERS, m)) < 0.02
    one_off = np.where(happens, rng.normal(0.0, 0.10, (QUARTERS, m)), 0.0)
    share = np.clip(0.10 + rng.normal(0, 0.06, m), 0.0, 0.3)
    cwip = np.clip(share + rng.normal(0, 0.03, (QUARTERS, m)), 0.0, 0.5)
    leases = rng.random(m) < np.where(roster.debt_free[own], 0.25, 0.6)
    lease = np.where(leases, rng.uniform(0.01, 0.08, m), 0.0) * traits.fixed[own] * run
    lease[:_LEASES_FROM] = 0.0
    return _Plan(
        run=run,
        sales=sales,
        expenses=expenses,
        working=_working_balances(rng, traits, acc, run, season),
        tax_rate=np.clip(tax_rate, 0.05, 0.40),
        one_off=np.rint(one_off * run / 4),
        capex_chance=np.exp(rng.normal(0, 0.35, (QUARTERS, m))),
        lease=np.rint(lease),
        fixed=traits.fixed[own],
        wear=traits.wear[own],
        gearing=traits.gearing[own],
        holdings=traits.holdings[own],
        rate=traits.interest_rate[own],
        payout=traits.payout[own],
        minority=np.where(acc.has_minority, rng.uniform(0.01, 0.15, m), 0.0),
        credits_losses=rng.random(m) < 0.5,
        cwip_share=np.where(share < 0.03, 0.0, cwip),
    )


def _working_balances(
    rng: np.random.Generator, traits: Traits, acc: Accounts, run: Floats, season: Floats
) -> Ledger:
    """Receivables, stock, payables and other short balances, with the opening row first."""
    own, m = acc.owner, len(acc.owner)
    busy = run * (0.6 + 0.4 * season)

    def days(table: Floats) -> Floats:
        chance = np.exp(rng.normal(0, 0.05, (QUARTERS, m)))
        return busy * table[:, own] * chance / 365

    def part(low: float, high: float, of: Floats) -> Floats:
        return of * rng.uniform(low, high, m) * np.exp(rng.normal(0, 0.04, (QUARTERS, m)))

    balances = {
        "receivables": days(traits.debtor_days),
        "inventories": days(traits.stock_days),
        "trade_payables": days(traits.creditor_days),
        "other_current_assets": part(0.03, 0.14, run),
        "other_long_assets": part(0.01, 0.12, run),
        "other_current_liabilities": part(0.05, 0.16, run),
        "other_long_liabilities": part(0.005, 0.03, run),
    }
    return {k: np.rint(np.concatenate([v[:1] * 0.97, v])) for k, v in balances.items()}


_ASSETS: Final = ("receivables", "inventories", "other_current_assets", "other_long_assets")
_LIABILITIES: Final = (
    "trade_payables", "other_current_liabilities", "other_long_liabilities"
)  # fmt: skip


def _net_working(working: Ledger) -> Floats:
    """Working assets less liabilities, opening row first."""
    return total(working, _ASSETS) - total(working, _LIABILITIES)


def _opening(plan: _Plan) -> _State:
    """Balances before the first quarter: assets as usual, funded by debt and equity as usual."""
    run = plan.run[0]
    fixed = np.rint(plan.fixed * run)
    cash, holdings = np.rint(0.06 * run), np.rint(plan.holdings * run)
    capital = np.maximum(fixed + cash + holdings + _net_working(plan.working)[0], 0.1 * run)
    debt = np.rint(capital * plan.gearing / (1 + plan.gearing))
    # Accounts must balance: whatever the working balances leave over is cash.
    cash = cash + np.maximum(0.0, np.rint(0.1 * run - (capital - debt)))
    zero = np.zeros_like(run)
    equity = fixed + cash + holdings + _net_working(plan.working)[0] - debt
    return _State(fixed, np.rint(1.5 * fixed), zero, holdings, cash, debt, zero, zero, equity)


def _quarter(t: int, plan: _Plan, acc: Accounts, s: _State, year: Floats) -> Ledger:
    """Book one quarter and carry the balances forward."""
    run, sales, expenses = plan.run[t], plan.sales[t], plan.expenses[t]
    profit = sales - expenses
    wear = np.rint(s.fixed * plan.wear / 4)
    interest = np.rint((s.debt + s.lease) * plan.rate / 4)
    income = np.rint((np.maximum(s.cash, 0) * 0.05 + s.holdings * 0.068) / 4 + 0.001 * sales)
    one_off = plan.one_off[t]
    pbt = profit + income + one_off - interest - wear
    rate = np.where(pbt > 0, plan.tax_rate[t], 0.18 * plan.credits_losses)
    tax = np.rint(pbt * rate)
    net = pbt - tax
    minority_profit = np.rint(net * plan.minority)
    owners = net - minority_profit

    distressed = s.debt > _DISTRESS * np.maximum(s.equity, 1)
    wanted = wear + 0.2 * (plan.fixed * run - s.fixed - s.cwip) * plan.capex_chance[t]
    capex = np.rint(np.maximum(np.where(distressed, 0.3 * wear, wanted), 0))
    cwip = np.minimum(np.rint(plan.cwip_share[t] * (s.fixed + s.cwip)), s.cwip + capex)
    added = capex - (cwip - s.cwip)
    working = {k: v[t + 1] for k, v in plan.working.items()}
    sold_asset = np.maximum(one_off, 0)
    cfo = net + wear + interest - income - sold_asset - _tied_up(plan.working, t)

    pays = acc.pays[t] & (s.equity > 0)
    dividend = np.where(pays, _dividend(plan, s, np.maximum(year, 0), run), 0.0)
    price = np.maximum(1.0, 1.5 * s.equity / acc.nominal[t])
    proceeds = np.rint(acc.issued[t] * price)
    equity = s.equity + owners - dividend + proceeds

    lease = plan.lease[t]
    spent = cfo - capex + income + sold_asset - interest - dividend + proceeds + lease - s.lease
    debt, holdings, cash = _fund(plan, s, spent, equity, run)
    cff = (debt - s.debt) + (lease - s.lease) - interest - dividend + proceeds
    cfi = income + sold_asset - capex - (holdings - s.holdings)
    row = {
        "sales": sales, "expenses": expenses, "operating_profit": profit, "other_income": income,
        "exceptional": one_off, "interest": interest, "depreciation": wear, "pbt": pbt, "tax": tax,
        "net_profit": net, "owners_profit": owners, "cfo": cfo, "cfi": cfi, "cff": cff,
        "net_cash_flow": cash - s.cash, "capex": capex, "fcf": cfo - capex, "dividends": dividend,
        "fixed_assets": s.fixed + added - wear, "gross_block": s.gross + added, "cwip": cwip,
        "investments": holdings, "cash": cash, "debt": debt, "lease_liabilities": lease,
        "minority_interest": s.minority + minority_profit, "equity": equity,
    } | working  # fmt: skip
    s.fixed, s.gross, s.cwip = row["fixed_assets"], row["gross_block"], cwip
    s.holdings, s.cash, s.debt, s.lease = holdings, cash, debt, lease
    s.minority, s.equity = row["minority_interest"], equity
    return row


def _dividend(plan: _Plan, s: _State, year: Floats, run: Floats) -> Floats:
    """The usual share of the year's profit, and part of idle money, never more than the profit."""
    idle = np.maximum(s.cash + s.holdings - (0.2 + plan.holdings) * run, 0)
    special = np.where(plan.payout > 0, 0.5 * idle, 0.0)
    return np.rint(np.minimum(plan.payout * year + special, year))


def _tied_up(working: Ledger, t: int) -> Floats:
    """Cash tied up in working balances during the quarter."""
    now, before = ({k: v[i] for k, v in working.items()} for i in (t + 1, t))
    return _net_working(now) - _net_working(before)


def _fund(
    plan: _Plan, s: _State, spent: Floats, equity: Floats, run: Floats
) -> tuple[Floats, Floats, Floats]:
    """Debt, investments and cash at the end of the quarter.

    Debt drifts to what is usual for the company; cash stays within a band, the rest is invested,
    and a shortage is met by selling investments, then by borrowing.
    """
    target = plan.gearing * np.maximum(equity, 0)
    speed = np.where(plan.gearing == 0, 0.5, 0.12)
    debt = np.rint(np.maximum(s.debt + speed * (target - s.debt), 0))
    cash = s.cash + spent + debt - s.debt
    least, most = np.rint(0.03 * run), np.rint(0.09 * run)
    sold = np.clip(least - cash, 0, s.holdings)
    cash, holdings = cash + sold, s.holdings - sold
    borrowed = np.maximum(least - cash, 0)
    cash, debt = cash + borrowed, debt + borrowed
    idle = np.maximum(cash - most, 0)
    repaid = np.minimum(np.rint(0.3 * idle), debt)
    invested = np.rint(0.5 * (idle - repaid))
    return debt - repaid, holdings + invested, cash - repaid - invested


def _details(
    rng: np.random.Generator, roster: Roster, acc: Accounts, plan: _Plan, book: Ledger
) -> Ledger:
    """Totals of the balance sheet and the parts of expenses and of debt."""
    m = len(acc.owner)
    trade = roster.trade_values
    chance = np.exp(rng.normal(0, 0.02, (QUARTERS, m)))
    spent = book["expenses"]
    share_long = np.clip(rng.beta(3, 3, m) + rng.normal(0, 0.03, (QUARTERS, m)), 0, 1)
    long_term = np.rint(book["debt"] * share_long)
    ready = np.clip(rng.beta(2, 3, m), 0, 1)
    surety = np.where(rng.random(m) < 0.35, 0.0, rng.gamma(1.1, 0.07, m))
    equity_capital = acc.nominal[:QUARTERS]
    borrowings = book["debt"] + book["lease_liabilities"]
    others = book["minority_interest"] + total(book, _LIABILITIES)
    other_assets = book["cash"] + total(book, _ASSETS)
    current_holdings = np.rint(ready * book["investments"])
    short_term = book["debt"] - long_term
    return {
        "material_cost": np.rint(spent * trade("material")[acc.owner] * chance),
        "employee_cost": np.rint(spent * trade("staff")[acc.owner] * chance),
        "equity_capital": equity_capital,
        "reserves": book["equity"] - equity_capital,
        "borrowings": borrowings,
        "long_term_borrowings": long_term,
        "short_term_borrowings": short_term,
        "deposits": np.full((QUARTERS, m), np.nan),
        "other_liabilities": others,
        "total_liabilities": book["equity"] + borrowings + others,
        "current_liabilities": short_term
        + book["trade_payables"]
        + book["other_current_liabilities"],
        "current_investments": current_holdings,
        "current_assets": other_assets - book["other_long_assets"] + current_holdings,
        "other_assets": other_assets,
        "total_assets": book["fixed_assets"] + book["cwip"] + book["investments"] + other_assets,
        "contingent_liabilities": np.rint(surety * np.maximum(book["equity"], 0.1 * plan.run)),
    }
