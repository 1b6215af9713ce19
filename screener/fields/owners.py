"""What of a profit belongs to the owners where a source states only the whole (METHOD 0.4).

Most sources print a consolidated profit with the part of minorities inside, and EPS without it.
EPS × shares then tells the owners' profit where it is far from the whole, or printed more finely.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from screener.fields import terms
from screener.fields.base import At, Flow, Measure, shared

FAR: Final = 0.15  # of the whole profit; a smaller gap may be shares issued during the year
UNCHANGED: Final = 0.01  # by which share capital may differ and be the same
USUAL_ISSUE: Final = (0.8, 1.25)  # shares over those a year before; beyond, their mean is no year's
OTHER_SHARES: Final = 1.8  # EPS × shares over profit, two years alike: EPS is of other shares
ALIKE: Final = 0.1
CRORE_ROUNDING: Final = (0.5, 0.005)  # of a profit printed in whole crores, and of a finer one
EPS_ROUNDING: Final = 0.005


@shared
def trailing_core(at: At) -> Measure:
    """Trailing core profit of the owners, in crore."""
    return _today(terms.core_profit, terms.core_eps, 4, at)


@shared
def trailing_reported(at: At) -> Measure:
    """Trailing profit of the owners with one-off items, in crore."""
    return _today(terms.owners_profit, "eps", 4, at)


@shared
def quarter_core(at: At) -> Measure:
    """Core profit of the owners in the latest quarter, in crore."""
    return _today(terms.core_profit, terms.core_eps, 1, at)


@shared
def year_profit(at: At) -> Measure:
    """Profit of the owners of a financial year, in crore.

    Its EPS is of the shares between those at both ends of the year.
    """
    step = terms.share_step(at).value
    count = terms.shares_of_year(at).value * (1 + pl.when(step > 0).then(1 / step)) / 2
    whole, eps = at.annual(terms.owners_profit), at.annual("eps")
    told = eps.value * count
    gap, noise = (told - whole.value).abs(), _noise(at.annual("net_profit").value, count, 1)
    far = (gap > FAR * whole.value.abs() + noise) & step.is_between(*USUAL_ISSUE)
    return _either(far & _is_of_these_shares(at), told, whole, at.annual("owners_profit"))


def _today(flow: Flow, per_share: str | Flow, quarters: int, at: At) -> Measure:
    """A profit of the last quarters by today's shares."""
    read = at.ttm if quarters == 4 else partial(at.quarter, back=0)
    whole, net, eps = read(flow), read("net_profit").value, read(per_share).value
    count = terms.shares(at).value
    told = eps * count
    gap, noise = told - whole.value, _noise(net, count, quarters)
    # Shares issued since make EPS × shares too large; then only capital that did not change tells.
    smaller = told.abs() < whole.value.abs()
    far = (gap.abs() > FAR * whole.value.abs() + noise) & (smaller | _is_steady(at))
    finer = EPS_ROUNDING * net.abs() < _half(net) * eps.abs()
    sure = eps.abs() > 2 * quarters * EPS_ROUNDING
    near = finer & sure & (gap.abs() <= quarters * _half(net))
    return _either((far | near) & _is_of_these_shares(at), told, whole, read("owners_profit"))


def _either(by_eps: pl.Expr, told: pl.Expr, whole: Measure, stated: Measure) -> Measure:
    """What EPS tells where it is to be used and owners' profit is not stated, else the whole."""
    use = (by_eps & stated.value.is_null() & told.is_not_null()).fill_null(False)
    return whole.map(lambda value: pl.when(use).then(told).otherwise(value))


def _half(profit: pl.Expr) -> pl.Expr:
    """The most that rounding takes from a printed profit."""
    coarse, fine = CRORE_ROUNDING
    return pl.when(profit == profit.round()).then(coarse).otherwise(fine)


def _noise(profit: pl.Expr, count: pl.Expr, periods: int) -> pl.Expr:
    """By how much rounding alone may part a profit from EPS × shares."""
    return periods * (_half(profit) + EPS_ROUNDING * count)


def _is_steady(at: At) -> pl.Expr:
    """Whether share capital is what it was before the last financial year."""
    change = at.balance("equity_capital").value / at.annual("equity_capital", 1).value - 1
    return at.once("steady capital", lambda: Measure(change.abs() <= UNCHANGED)).value


def _is_of_these_shares(at: At) -> pl.Expr:
    """Whether EPS is of the shares counted: not of those before a split or bonus."""
    return at.once("eps of these shares", lambda: Measure(_is_not_of_others())).value


def _is_not_of_others() -> pl.Expr:
    times = [pl.col(f"eps@{k}") * pl.col("shares") / pl.col(f"net_profit@{k}") for k in range(2)]
    larger = (times[0] > OTHER_SHARES) & (times[1] > OTHER_SHARES)
    alike = (times[0] / times[1] - 1).abs() <= ALIKE
    return ~(larger & alike).fill_null(False) & ~pl.col("share_jump").fill_null(False)
