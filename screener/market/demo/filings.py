"""Facts out of the ledger: what each company files, what it leaves out, and when it is known.

Identities that hold in every annual and half-year balance sheet:
total_assets = fixed_assets + cwip + investments + other_assets
             = total_liabilities = equity_capital + reserves + borrowings + deposits
               + other_liabilities.
Sub-lines: inventories, receivables and cash are in other_assets; current_investments in
investments; long- and short-term borrowings and lease_liabilities make up borrowings;
minority_interest and trade_payables are in other_liabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import (
    DEMO_DATE,
    QUARTERS,
    YEARS,
    Days,
    Flags,
    Floats,
    Ints,
    quarter_ends,
    session_on_or_after,
)
from screener.market.demo.ledger import PAID_AFTER, Books
from screener.market.demo.roster import Roster, choose
from screener.market.demo.traits import LAKH
from screener.market.schema import LINES

SOURCE: Final = "demo"
TODAY: Final = np.datetime64(DEMO_DATE)
FIRST_QUARTERLY: Final = 42  # quarters before this one are not on file
_PROSPECTUS_YEARS: Final = 1240  # days before the listing that a prospectus covers
_PROSPECTUS_QUARTERS: Final = 420
_GROUP_STOPPED: Final = 34  # consolidated accounts that ended, ended before this quarter
_PROFIT_AND_LOSS: Final = (
    "sales", "expenses", "operating_profit", "other_income", "exceptional", "interest",
    "depreciation", "pbt", "tax", "net_profit", "owners_profit", "material_cost", "employee_cost",
)  # fmt: skip
_BALANCE_SHEET: Final = (
    "equity_capital", "reserves", "borrowings", "long_term_borrowings", "short_term_borrowings",
    "lease_liabilities", "deposits", "minority_interest", "other_liabilities", "total_liabilities",
    "trade_payables", "current_liabilities", "fixed_assets", "gross_block", "cwip", "investments",
    "current_investments", "inventories", "receivables", "cash", "current_assets", "other_assets",
    "total_assets", "contingent_liabilities",
)  # fmt: skip
_CASH_FLOW: Final = ("cfo", "cfi", "cff", "net_cash_flow", "capex", "fcf")
_BAD_LOANS: Final = ("gross_npa", "net_npa")
_NOT_HALF_YEARLY: Final = ("gross_block", "contingent_liabilities")
#: How often a company leaves a group of lines out of everything it files.
_LEFT_OUT: Final = (
    (0.07, ("current_assets", "current_liabilities", "current_investments")),
    (0.07, ("long_term_borrowings", "short_term_borrowings", "lease_liabilities")),
    (0.22, ("contingent_liabilities",)),
    (0.06, ("gross_block",)),
    (0.03, ("trade_payables",)),
    (0.04, ("capex", "fcf")),
    (0.03, ("material_cost", "employee_cost")),
    (0.04, ("exceptional",)),
)


#: Lines without which a ratio row is not printed.
_RATIOS_OF: Final = {
    "inventory_days": ("inventories",),
    "payable_days": ("trade_payables",),
    "cash_conversion_cycle": ("inventories", "trade_payables"),
    "working_capital_days": ("current_assets",),
}


@dataclass(frozen=True)
class Known:
    """When reports become known, (companies, years) and (companies, QUARTERS)."""

    annual: Days
    quarter: Days
    annual_by_rule: Flags
    quarter_by_rule: Flags


def draw_known(rng: np.random.Generator, roster: Roster, books: Books) -> Known:
    """Publication days: 25 to 45 days after a quarter and 35 to 60 after a year, or by rule.

    A last quarter is published with its year. Periods before the listing become known with it.
    """
    n = roster.count
    ends, ends_of_years = quarter_ends(), quarter_ends()[books.year_ends[:n]]
    by_rule = rng.random(n) < 0.22
    small = roster.rank > 500
    year_delay = np.clip(
        rng.integers(36, 58, n)[:, None] + rng.integers(-2, 3, (n, YEARS)) + 2 * small[:, None],
        35,
        60,
    )
    quarter_delay = np.clip(
        rng.integers(25, 44, n)[:, None] + rng.integers(-2, 3, (n, QUARTERS)), 25, 45
    )
    annual_by_rule = np.broadcast_to(by_rule[:, None], (n, YEARS)).copy()
    annual_by_rule[:, 7:] = True
    quarter_by_rule = np.broadcast_to(by_rule[:, None], (n, QUARTERS)).copy()
    annual = ends_of_years + np.where(annual_by_rule, 60, year_delay)
    quarter = ends[None, :] + np.where(quarter_by_rule, 45, quarter_delay)
    rows = np.arange(n)[:, None]
    quarter[rows, books.year_ends[:n]] = annual
    quarter_by_rule[rows, books.year_ends[:n]] = annual_by_rule
    listed = roster.listed_on[:, None]
    return Known(
        np.maximum(session_on_or_after(annual), listed),
        np.maximum(session_on_or_after(quarter), listed),
        annual_by_rule,
        quarter_by_rule,
    )


def statement_facts(
    rng: np.random.Generator,
    roster: Roster,
    capital: Capital,
    books: Books,
    known: Known,
    isins: Sequence[str],
) -> list[pl.DataFrame]:
    """Annual, quarterly and half-year facts of every set of accounts, restatements included."""
    writer = FactWriter(isins, books.owner, np.where(books.standalone, 1, 0))
    desk = _Desk(roster, capital, books, known, _filed(rng, roster, books), writer)
    return [*_annual(rng, desk), _quarterly(rng, desk), _interim(desk)]


class FactWriter:
    """Turns (accounts, periods, lines) blocks of values into fact rows; NaN is no fact."""

    def __init__(self, isins: Sequence[str], owner: Ints, basis: Ints) -> None:
        self._isin = pl.Series("isin", isins).gather(owner)
        self._basis = pl.Series("basis", ["consolidated", "standalone"]).gather(basis)

    def write(
        self,
        kind: str,
        lines: dict[str, Floats],
        period_end: Days,
        months: Ints,
        known_at: Days,
        by_rule: Flags,
        *,
        known_later: dict[str, Days] | None = None,
        seen_at_known: bool = False,
    ) -> pl.DataFrame:
        """One row a value, company by company; every array is (accounts, periods).

        `known_later` replaces `known_at` for single lines; `seen_at_known` says Kasauti read the
        facts when they came out rather than today.
        """
        keys = list(lines)
        values = np.stack([lines[k] for k in keys], axis=-1)
        row, period, line = np.nonzero(np.isfinite(values))
        cell = row * period_end.shape[1] + period
        known = known_at.ravel()[cell]
        for key, later in (known_later or {}).items():
            here = line == keys.index(key)
            known[here] = later.ravel()[cell[here]]
        frame = pl.DataFrame(
            {
                "isin": self._isin.gather(row),
                "basis": self._basis.gather(row),
                "kind": pl.repeat(kind, len(row), eager=True),
                "period_end": _dates(period_end.ravel()[cell]),
                "months": months.ravel()[cell].astype(np.int16),
                "line": pl.Series(keys).gather(line),
                "value": values[row, period, line],
                "unit": pl.Series([LINES[k][1] for k in keys]).gather(line),
                "known_at": _dates(known),
                "known_basis": pl.Series(["broadcast", "rule"]).gather(
                    by_rule.ravel()[cell].astype(np.int64)
                ),
            }
        )
        seen = pl.col("known_at") if seen_at_known else pl.lit(DEMO_DATE)
        return frame.with_columns(
            seen.cast(pl.Datetime("ms")).alias("seen_at"), pl.lit(SOURCE).alias("source")
        )


def _dates(days: Days) -> pl.Series:
    return pl.Series(days.astype("datetime64[D]").astype(np.int32)).cast(pl.Date)


def crore(lakh: Floats) -> Floats:
    """Whole lakh as ₹ crore, to two places."""
    return lakh / LAKH


def percent(part: Floats, whole: Floats) -> Floats:
    """`part` in percent of `whole` to the nearest percent, as printed; NaN if there is no whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.abs(whole) > 0, np.rint(part / whole * 100), np.nan) + 0.0


def _filed(rng: np.random.Generator, roster: Roster, books: Books) -> dict[str, Flags]:
    """Which accounts carry which line; lines not named are carried by all."""
    out = {line: np.ones(len(books.owner), dtype=bool) for line in LINES}
    for share, lines in _LEFT_OUT:
        leaves_out = choose(rng, np.ones(roster.count, dtype=bool), share * roster.count)
        for line in lines:
            out[line] &= ~leaves_out[books.owner]
    out["minority_interest"] &= ~books.standalone
    out["inventories"] &= (roster.trade_values("stock_days") > 2)[books.owner]
    out["material_cost"] &= (roster.trade_values("material") > 0.03)[books.owner]
    for ratio, needed in _RATIOS_OF.items():
        for line in needed:
            out[ratio] = out[ratio] & out[line]
    out["lease_liabilities"] &= np.nanmax(books.lines["lease_liabilities"], axis=0, initial=0) > 0
    return out


def _profit_rows(values: dict[str, Floats], shares: Floats) -> dict[str, Floats]:
    """P&L lines in ₹ crore with the margins and per-share figures that are printed beside them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        eps = np.round(values["owners_profit"] / LAKH / shares, 2)
    return {line: crore(value) for line, value in values.items()} | {
        "opm": percent(values["operating_profit"], values["sales"]),
        "tax_rate": percent(values["tax"], values["pbt"]),
        "eps": eps,
    }


@dataclass(frozen=True)
class _Desk:
    """What is needed to file a report."""

    roster: Roster
    capital: Capital
    books: Books
    known: Known
    filed: dict[str, Flags]
    writer: FactWriter

    @property
    def own(self) -> Ints:
        """The company of each set of accounts."""
        return self.books.owner

    def within(self, days: int, ends: Days) -> Flags:
        """Whether a period ended no more than so many days before the listing."""
        listed = self.roster.listed_on[self.own][:, None]
        out: Flags = ends > listed - np.timedelta64(days)
        return out

    @property
    def stopped(self) -> Flags:
        """Accounts that are no longer kept, as a column."""
        out: Flags = self.roster.group_stopped[self.own] & ~self.books.standalone
        return out[:, None]

    def carried(self, lines: dict[str, Floats], periods: Flags) -> dict[str, Floats]:
        """NaN where the accounts do not carry the line or do not report the period."""
        return {
            line: np.where(periods & self.filed[line][:, None], value, np.nan)
            for line, value in lines.items()
        }

    def balances(self, quarters: Ints) -> dict[str, Floats]:
        """Balance-sheet lines in ₹ crore at those quarters, (accounts, any)."""
        out = {line: crore(self.books.at(line, quarters)) for line in _BALANCE_SHEET}
        shares = self.capital.shares[quarters, self.own[:, None]]
        return out | {"shares": np.round(shares, 6)}


def _annual(rng: np.random.Generator, desk: _Desk) -> list[pl.DataFrame]:
    """Financial years as they stand, and as they first stood where they were restated."""
    books, known, own, ends = desk.books, desk.known, desk.own, desk.books.year_ends
    end_days, known_at = quarter_ends()[ends], known.annual[own]
    flows = {line: books.annual(line) for line in (*_PROFIT_AND_LOSS, *_CASH_FLOW)}
    shares = desk.capital.shares_today_terms[ends, own[:, None]]
    lines = _profit_rows({k: flows[k] for k in _PROFIT_AND_LOSS}, shares)
    lines |= {line: crore(flows[line]) for line in _CASH_FLOW}
    lines |= desk.balances(ends)
    lines |= {"cfo_to_op": percent(flows["cfo"], flows["operating_profit"])}
    lines |= _ratio_rows(desk.roster, books, flows)
    for line in _BAD_LOANS:
        lines[line] = np.round(books.at(line, ends), 2)
    reported = desk.within(_PROSPECTUS_YEARS, end_days) & (known_at <= TODAY)
    reported &= ~desk.stopped | (ends < _GROUP_STOPPED)
    lines = desk.carried(lines, reported)
    when = (end_days, 3 * books.year_lengths, known_at, known.annual_by_rule[own])
    before, later = _restated(rng, desk.roster, books, lines, known_at)
    return [
        desk.writer.write("annual", lines, *when, known_later=later),
        desk.writer.write("annual", before, *when, seen_at_known=True),
    ]


def _restated(
    rng: np.random.Generator, roster: Roster, books: Books, lines: dict[str, Floats], known: Days
) -> tuple[dict[str, Floats], dict[str, Days]]:
    """Some years were first reported otherwise: the first version, and when the present one came.

    Sales and expenses were both larger (netted since), and part of what is a borrowing today was
    in other liabilities. Profits and totals are the same in both versions.
    """
    choice = choose(rng, ~roster.lends & (roster.listing_session < 0), 0.03 * roster.count)
    accounts = np.flatnonzero(choice[books.owner])
    year = rng.integers(4, 7, len(accounts))
    netted = np.round(lines["sales"][accounts, year] * rng.uniform(0.01, 0.05, len(accounts)), 2)
    long_term, borrowed = (
        lines[line][accounts, year] for line in ("long_term_borrowings", "borrowings")
    )
    known_part = np.where(np.isnan(long_term), borrowed, long_term)
    moved = np.round(known_part * rng.uniform(0.1, 0.4, len(accounts)), 2)
    changes = {
        "sales": netted,
        "expenses": netted,
        "borrowings": -moved,
        "long_term_borrowings": -moved,
        "other_liabilities": moved,
    }
    before, later = {}, {}
    for line, change in changes.items():
        before[line] = np.full_like(lines[line], np.nan)
        before[line][accounts, year] = np.round(lines[line][accounts, year] + change, 2)
        later[line] = known.copy()
        later[line][accounts, year] = known[accounts, year - 1]
    return before, later


def _ratio_rows(roster: Roster, books: Books, flows: dict[str, Floats]) -> dict[str, Floats]:
    """Ratio rows as a site prints them, from the year's own figures."""
    ends, lends = books.year_ends, roster.lends[books.owner][:, None]
    year = books.year_lengths / 4
    before = ends - books.year_lengths

    def days(balance: str, flow: Floats) -> Floats:
        of_flow = books.at(balance, ends) * year / flow
        return np.where(lends | ~(flow > 0), np.nan, np.rint(of_flow * 365))

    def funds(at: Ints, *balances: str) -> Floats:
        return reduce(np.add, (np.nan_to_num(books.at(line, at)) for line in balances))

    with np.errstate(divide="ignore", invalid="ignore"):
        debtors, stock, creditors = (
            days("receivables", flows["sales"]),
            days("inventories", flows["expenses"]),
            days("trade_payables", flows["expenses"]),
        )
        working = books.at("current_assets", ends) - books.at("current_liabilities", ends)
        tied = (working - books.at("cash", ends)) * year / flows["sales"] * 365
        base = ("equity", "minority_interest", "borrowings")
        capital = (funds(ends, *base) + funds(before, *base)) / 2
        equity = (funds(ends, "equity") + funds(before, "equity")) / 2
        earned = flows["pbt"] - flows["exceptional"] + flows["interest"]
        paid = books.lines["dividends"]
        dividend = paid[
            np.minimum(ends + PAID_AFTER, QUARTERS - 1), np.arange(len(books.owner))[:, None]
        ]
        payout = percent(dividend, flows["owners_profit"])
    known_dividend = (ends + PAID_AFTER < QUARTERS) & (flows["owners_profit"] > 0) & (year == 1)
    return {
        "debtor_days": debtors,
        "inventory_days": stock,
        "payable_days": creditors,
        "cash_conversion_cycle": debtors + stock - creditors,
        "working_capital_days": np.where(flows["sales"] > 0, np.rint(tied), np.nan),
        "roce_printed": np.where(lends | (capital <= 0), np.nan, percent(earned / year, capital)),
        "roe_printed": np.where(
            ~lends | (equity <= 0), np.nan, percent(flows["owners_profit"] / year, equity)
        ),
        "dividend_payout": np.where(known_dividend, payout, np.nan),
    }


def _quarterly(rng: np.random.Generator, desk: _Desk) -> pl.DataFrame:
    """Quarters, or half-years where the company files half-yearly."""
    books, known, own = desk.books, desk.known, desk.own
    on_file = QUARTERS - FIRST_QUARTERLY
    quarters = np.broadcast_to(np.arange(FIRST_QUARTERLY, QUARTERS), (len(own), on_file))
    half = desk.roster.sme[own][:, None]
    flows = {
        line: books.at(line, quarters) + np.where(half, books.at(line, quarters - 1), 0.0)
        for line in _PROFIT_AND_LOSS
    }
    lines = _profit_rows(flows, desk.capital.shares_today_terms[quarters, own[:, None]])
    for line in _BAD_LOANS:
        lines[line] = np.round(books.at(line, quarters), 2)
    ends, known_at = quarter_ends()[quarters], known.quarter[own][:, FIRST_QUARTERLY:]
    reported = (known_at <= TODAY) & desk.within(_PROSPECTUS_QUARTERS, ends)
    # The latest thirteen are on file: the oldest goes when the newest is out.
    reported[:, 0] &= ~reported[:, -1]
    reported &= ~half | ((quarters - desk.roster.year_end[own][:, None]) % 2 == 0)
    gap = choose(rng, ~desk.roster.sme, 0.02 * desk.roster.count)[own]
    reported[np.flatnonzero(gap), rng.integers(2, 11, gap.sum())] = False
    return desk.writer.write(
        "quarter",
        desk.carried(lines, reported & ~desk.stopped),
        ends,
        np.where(half, 6, 3) * np.ones_like(quarters),
        known_at,
        known.quarter_by_rule[own][:, FIRST_QUARTERLY:],
    )


def _interim(desk: _Desk) -> pl.DataFrame:
    """The half-year balance sheet, where one is out since the last annual report."""
    own, rows = desk.own, desk.own[:, None]
    at = desk.books.year_ends[:, :1] + 2
    quarters = np.minimum(at, QUARTERS - 1)
    known_at = desk.known.quarter[rows, quarters]
    reported = (at < QUARTERS) & (known_at <= TODAY) & ~desk.stopped
    lines = desk.balances(quarters)
    for line in _NOT_HALF_YEARLY:
        del lines[line]
    return desk.writer.write(
        "interim",
        desk.carried(lines, reported),
        quarter_ends()[quarters],
        np.zeros((len(own), 1), dtype=np.int64),
        known_at,
        desk.known.quarter_by_rule[rows, quarters],
    )
