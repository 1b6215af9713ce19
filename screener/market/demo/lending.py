"""Statements of banks, lenders and insurers, quarter by quarter, in whole lakh.

Loans (or premiums) grow as the business does; what equity does not fund, deposits, borrowings or
policy liabilities do. `interest` is the cost of funds and, as everywhere, comes after operating
profit: operating profit = revenue less operating and credit costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.market.demo.corporate import Accounts, Ledger
from screener.market.demo.days import QUARTERS, Flags, Floats
from screener.market.demo.economics import LENDING
from screener.market.demo.roster import Roster
from screener.market.demo.traits import Traits

NOT_FILED: Final = (
    "gross_block", "inventories", "receivables", "current_investments", "current_assets",
    "current_liabilities", "trade_payables", "material_cost", "long_term_borrowings",
    "short_term_borrowings", "lease_liabilities",
)  # fmt: skip
_HELD: Final = ("loans", "holdings", "cash", "fixed", "other")
_BAD_LOAN_PEAKS: Final = ((24, 8, 0.7), (35, 3, 0.35), (53, 4, 0.25))  # quarter, width, height


@dataclass(frozen=True)
class _Plan:
    """What does not depend on the funding: (accounts,) or (quarters, accounts)."""

    bank: Flags
    insurer: Flags
    loans: Floats
    holdings: Floats
    cash: Floats
    fixed: Floats
    other: Floats
    owed: Floats  # liabilities other than funds
    premium: Floats
    earning: Floats  # yield on loans, for insurers on investments
    fees: Floats
    costs: Floats  # a year, of loans; for insurers of premium
    funding: Floats
    leverage: Floats
    payout: Floats
    bad_loans: Floats  # gross NPA in % of loans
    covered: Floats  # share of it provided for

    @property
    def assets(self) -> Floats:
        """Everything the funds are wanted for."""
        total: Floats = sum(getattr(self, name) for name in _HELD)
        return total


def keep_books(rng: np.random.Generator, roster: Roster, traits: Traits, acc: Accounts) -> Ledger:
    """The ledger of those accounts: P&L, balance sheet and cash flow of every quarter."""
    plan = _plan(rng, roster, traits, acc)
    m = len(acc.owner)
    wanted = plan.assets
    equity = np.rint(np.maximum(wanted[0] / plan.leverage, 1.1 * acc.nominal[0]))
    held = {name: getattr(plan, name)[0] for name in (*_HELD, "owed")}
    funds = wanted[0] - held["owed"] - equity
    rows: dict[str, list[Floats]] = {}
    past: list[Floats] = [np.zeros(m)] * 5
    for t in range(QUARTERS):
        # Business is cut back where equity no longer carries it.
        carried = np.clip(1.25 * plan.leverage * equity / wanted[t], 0.15, 1.0)
        row = _profit(plan, held, np.rint(plan.premium[t] * carried), t, funds)
        held = {name: np.rint(getattr(plan, name)[t] * carried) for name in held}
        pays = acc.pays[t] & (equity > 0)
        year = sum(past[:4])  # the financial year ended a quarter before the last one
        dividend = np.where(pays, np.rint(plan.payout * np.maximum(year, 0)), 0.0)
        price = np.maximum(1.0, 1.4 * equity / acc.nominal[t])
        proceeds = np.rint(acc.issued[t] * price)
        equity = equity + row["net_profit"] - dividend + proceeds
        funds = sum(held[name] for name in _HELD) - held["owed"] - equity
        row |= {"dividends": dividend, "proceeds": proceeds, "equity": equity, "funds": funds}
        for line, value in (row | held).items():
            rows.setdefault(line, []).append(value)
        past = [*past[1:], row["net_profit"]]
    book = {line: np.array(values) for line, values in rows.items()}
    return _balance_sheet(rng, acc, plan, book)


def _plan(rng: np.random.Generator, roster: Roster, traits: Traits, acc: Accounts) -> _Plan:
    own, m = acc.owner, len(acc.owner)
    kinds = [LENDING[roster.trades[i].key] for i in own]

    def usual(name: str) -> Floats:
        return np.array([getattr(k, name) for k in kinds])

    template = np.array([roster.template[i] for i in own])
    bank, insurer = template == "bank", template == "insurer"
    quality = roster.quality[own]
    volume = traits.run_rate[:, own] * acc.scale
    stress = _stress()
    losses = usual("losses") / 100 * np.exp(rng.normal(-0.25 * quality, 0.5)) * stress
    running = usual("running") / 100 * np.exp(rng.normal(-0.08 * quality, 0.10))
    ratio = usual("running") / 100 * (1 + rng.normal(-0.012 * quality, 0.015))
    drift = np.cumsum(rng.normal(0, 0.05, (QUARTERS, m)), axis=0)
    bad = usual("bad_loans") * np.exp(rng.normal(-0.35 * quality, 0.35) + drift) * stress
    loans = np.where(insurer, 0.0, volume)

    def per(of_premium: float, of_bank_loans: float, of_loans: float) -> Floats:
        share = np.where(bank, of_bank_loans, of_loans) * loans
        return np.rint(np.where(insurer, of_premium * volume, share))

    return _Plan(
        bank=bank,
        insurer=insurer,
        loans=np.rint(loans),
        holdings=np.rint(np.where(insurer, usual("assets") * volume, per(0, 0.34, 0.06))),
        cash=per(0.04, 0.09, 0.05),
        fixed=per(0.03, 0.012, 0.012),
        other=per(0.15, 0.035, 0.03),
        owed=per(0.05, 0.05, 0.04),
        premium=np.rint(np.where(insurer, traits.sales[:, own] * acc.scale, 0.0)),
        earning=usual("earning") / 100 + rng.normal(0.001 * quality, 0.002),
        fees=usual("other") / 100 * np.ones((QUARTERS, 1)),
        costs=np.where(insurer, ratio, running + losses),
        funding=usual("funding") / 100 - 0.001 * quality,
        leverage=usual("leverage") * np.exp(rng.normal(0, 0.12, m)),
        payout=np.minimum(traits.payout[own], 0.3),
        bad_loans=np.clip(bad, 0.05, 28.0),
        covered=np.clip(0.62 + 0.08 * quality + rng.normal(0, 0.06, m), 0.2, 0.92),
    )


def _stress() -> Floats:
    """How credit costs rise and fall over the quarters, 1 is usual."""
    quarter = np.arange(QUARTERS)[:, None]
    out = np.full((QUARTERS, 1), 0.9)
    for peak, width, height in _BAD_LOAN_PEAKS:
        out += height * np.exp(-(((quarter - peak) / width) ** 2))
    return out


def _profit(plan: _Plan, held: Ledger, premium: Floats, t: int, funds: Floats) -> Ledger:
    """The P&L of a quarter, earned on the balances `held` when it began."""
    loans, holdings = held["loans"], held["holdings"]
    on_loans = loans * plan.earning + holdings * 0.066
    revenue = np.where(plan.insurer, premium, np.rint(on_loans / 4))
    earned = np.where(plan.insurer, holdings * plan.earning, loans * plan.fees[t])
    income = np.rint(earned / 4)
    expenses = np.rint(np.where(plan.insurer, revenue * plan.costs[t], loans * plan.costs[t] / 4))
    wear = np.rint(held["fixed"] * 0.025)
    interest = np.rint(np.where(plan.insurer, 0.0, np.maximum(funds, 0) * plan.funding / 4))
    pbt = revenue - expenses + income - interest - wear
    tax = np.rint(np.where(pbt > 0, 0.252 * pbt, 0.0))
    return {
        "sales": revenue,
        "expenses": expenses,
        "operating_profit": revenue - expenses,
        "other_income": income,
        "exceptional": np.zeros_like(revenue),
        "interest": interest,
        "depreciation": wear,
        "pbt": pbt,
        "tax": tax,
        "net_profit": pbt - tax,
        "owners_profit": pbt - tax,
    }


def _balance_sheet(rng: np.random.Generator, acc: Accounts, plan: _Plan, book: Ledger) -> Ledger:
    """Fund the assets, and find the cash flow that leads from one balance sheet to the next."""
    m = len(acc.owner)
    # Equity beyond what is needed is placed with others and counts as an investment.
    spare = np.maximum(-book["funds"], 0)
    funds = np.maximum(book["funds"], 0)
    borrowings = np.rint(funds * np.where(plan.insurer, 0.0, np.where(plan.bank, 0.09, 1.0)))
    deposits = np.where(plan.bank, funds - borrowings, np.nan)
    others = book["owed"] + np.where(plan.insurer, funds, 0.0)
    other_assets = book["loans"] + book["cash"] + book["other"]
    holdings = book["holdings"] + spare
    capital = acc.nominal[:QUARTERS]

    def step(balance: Floats) -> Floats:
        return np.diff(balance, axis=0, prepend=balance[:1])

    capex = step(book["fixed"]) + book["depreciation"]
    cash_flow, cff = step(book["cash"]), step(borrowings) - book["dividends"] + book["proceeds"]
    cfo = cash_flow + capex - cff
    total = other_assets + holdings + book["fixed"]
    npa = np.where(plan.insurer, np.nan, plan.bad_loans)
    staff = rng.uniform(0.2, 0.4, m) * np.where(plan.insurer, 0.2, 1.0)
    return book | {
        "employee_cost": np.rint(book["expenses"] * staff),
        "cfo": cfo, "cfi": -capex, "cff": cff, "net_cash_flow": cash_flow, "capex": capex,
        "fcf": cfo - capex, "fixed_assets": book["fixed"], "cwip": np.zeros_like(total),
        "investments": holdings, "minority_interest": np.zeros_like(total),
        "equity_capital": capital, "reserves": book["equity"] - capital,
        "borrowings": borrowings, "deposits": deposits, "other_liabilities": others,
        "total_liabilities": book["equity"] + borrowings + np.nan_to_num(deposits) + others,
        "other_assets": other_assets, "total_assets": total,
        "contingent_liabilities": np.rint(rng.uniform(0.0, 0.08, m) * book["equity"].clip(0)),
        "gross_npa": npa, "net_npa": npa * (1 - plan.covered),
    } | {line: np.full_like(total, np.nan) for line in NOT_FILED}  # fmt: skip
