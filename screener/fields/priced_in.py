"""What the price needs to come true: PEG, Graham's number, implied growth (METHOD 4)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.fields import growth, owners, ownership, terms
from screener.fields.base import At, Family, Field, Measure, Reason, Unit, all_known, shared
from screener.fields.levels import unsourced
from screener.fields.terms import market_cap, percent
from screener.fields.valuation import pe, price_field

if TYPE_CHECKING:
    from screener.fields.terms import Floats

DISCOUNT_RATE: Final = 0.125
TERMINAL_GROWTH: Final = 0.05
DCF_YEARS: Final = 10
PAYOUT_BOUNDS: Final = (0.3, 1.0)  # of free cash flow in profit
_NEWTON_STEPS: Final = 60  # many more than it takes
_CLOSE_ENOUGH: Final = 1e-13


def peg(years: int, at: At) -> Measure:
    """P/E over EPS growth in percent; both must be above zero."""
    rate = growth.cagr(terms.core_eps, years, at)
    return (pe(at) / rate).only_if(rate.value > 0, Reason.NEG_BASE)


def graham_number(at: At) -> Measure:
    """Square root of 22.5 × EPS × book value a share."""
    eps, book = at.ttm("eps"), ownership.book_value(at)
    product = (22.5 * eps * book).only_if(eps.value > 0, Reason.NEG_EARNINGS)
    return product.only_if(book.value > 0, Reason.NEG_EQUITY).map(pl.Expr.sqrt)


def net_current_assets_a_share(at: At) -> Measure:
    """Current assets less all liabilities, a share."""
    left = at.balance("current_assets") - at.balance(terms.outside_liabilities)
    return (left / terms.shares(at)).non_financial()


def payout(at: At) -> Measure:
    """Free cash flow over profit of three years, from 0.3 to 1; 1 where not known."""
    profit = all_known(terms.years_of(at, terms.owners_profit, 3))
    share = all_known(terms.years_of(at, terms.free_cash_flow, 3)) / profit
    low, high = PAYOUT_BOUNDS
    positive = pl.when(profit.value > 0).then(share.value.clip(low, high))
    return Measure(positive.fill_null(1.0))


@shared
def implied_growth(at: At) -> Measure:
    """Yearly growth of earnings over ten years that the price needs, in percent."""
    return growth_needed(DISCOUNT_RATE, TERMINAL_GROWTH, DCF_YEARS, at)


def growth_needed(discount: float, terminal: float, years: int, at: At) -> Measure:
    """The same with another discount rate, later growth (fractions) and number of years."""

    def solved(multiples: pl.Series) -> pl.Series:
        asked = multiples.cast(pl.Float64).to_numpy()
        found = growth_for_multiple(asked, discount, terminal, years)
        return pl.Series(multiples.name, found, nan_to_null=True)

    earnings = owners.trailing_core(at)
    asked = (market_cap(at) / earnings).only_if(earnings.value > 0, Reason.NEG_EARNINGS)
    rate = (asked / payout(at)).map(lambda e: e.map_batches(solved, return_dtype=pl.Float64))
    return percent(rate)


def growth_for_multiple(
    multiples: Floats,
    rate: float = DISCOUNT_RATE,
    terminal: float = TERMINAL_GROWTH,
    years: int = DCF_YEARS,
) -> Floats:
    """The growth g at which a company is worth so many times its free earnings; NaN for no answer.

    Solves M = x + x² + … + xⁿ + c xⁿ for x = (1 + g) / (1 + rate), where
    c = (1 + terminal) / (rate − terminal). The sum rises and bends upwards in x > 0, so Newton's
    steps end at the only root.
    """
    import numpy as np

    target = np.where(multiples > 0, multiples, np.nan)
    end = (1 + terminal) / (rate - terminal)
    with np.errstate(all="ignore"):
        x = np.maximum(1.0, target / (years + end)) ** (1 / years)
        for _ in range(_NEWTON_STEPS):
            value, slope = _worth(x, years, end)
            step = (value - target) / slope
            x = x - step
            if not (np.abs(step) > _CLOSE_ENOUGH * x).any():
                break
    solved: Floats = x * (1 + rate) - 1
    return solved


def _worth(x: Floats, years: int, end: float) -> tuple[Floats, Floats]:
    """x + … + xⁿ + end × xⁿ and its slope, by Horner's rule."""
    slope = 0.0 * x
    value = slope + 1.0 + end
    for _ in range(years - 1):
        slope = slope * x + value
        value = value * x + 1.0
    return value * x, slope * x + value


def delivery_gap(at: At) -> Measure:
    """EPS growth of three years less the growth that the price needs, in percent points."""
    return growth.cagr(terms.core_eps, 3, at) - implied_growth(at)


def _fields() -> Iterator[Field]:
    for years, key, name, aliases in (
        (3, "peg", "PEG Ratio", ("PEG", "PEG 3Years")),
        (5, "peg_5y", "PEG 5Years", ()),
    ):
        yield price_field(
            key, name, f"P/E over EPS growth of {years} years; null unless both are above zero.",
            f"core P/E / EPS growth {years}Years", partial(peg, years), aliases=aliases,
            note="Two negatives make no PEG.",
        )  # fmt: skip
    yield price_field(
        "graham_number", "Graham Number", "Square root of 22.5 × EPS × book value.",
        "√(22.5 × TTM EPS × book value a share)", graham_number, unit=Unit.RUPEES,
    )  # fmt: skip
    yield price_field(
        "ncavps", "NCAVPS", "Current assets less all liabilities, a share.",
        "(current assets − liabilities) / shares", net_current_assets_a_share, unit=Unit.RUPEES,
    )  # fmt: skip
    yield price_field(
        "implied_growth", "Implied growth", "Yearly earnings growth of ten years the price needs.",
        "g with market cap = value of growing free earnings at 12.5 %, 5 % after ten years",
        implied_growth, unit=Unit.PERCENT, aliases=("Implied growth 10Years",),
        note="Free earnings are core profit × FCF/profit of three years (0.3 to 1; 1 if unknown).",
    )  # fmt: skip
    yield price_field(
        "delivery_gap", "Delivery gap", "EPS growth delivered less the growth the price needs.",
        "EPS growth 3Years − implied growth", delivery_gap, unit=Unit.PERCENT,
    )  # fmt: skip
    author = "Its author on another site defines it; write yours under [ratios] in screens.toml."
    yield unsourced("Intrinsic Value", Unit.RUPEES, author)
    yield unsourced("Debt Capacity", Unit.RATIO, author)
    yield unsourced(
        "G Factor", Unit.COUNT, "Screener.in's own growth score; its rules are not public."
    )


FAMILY: Final = Family("Growth priced in", tuple(_fields()))
