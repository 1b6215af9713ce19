"""Earnings and valuation of a segment as one company: growth, revisions, trailing and forward P/E.

Everything is a sum over the companies that have all of its terms, losses included, with the share
of the segment they stand for beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.regime.breadth import Share

#: The fields that this module and `decliners` read.
FIELDS: Final = (
    "core_profit",
    "core_profit_preceding_12_months",
    "profit_growth",
    "market_cap",
    "earnings_yield",
    "current_price",
    "analysts",
    "forward_eps",
    "eps_estimate_fy1",
    "eps_estimate_fy2",
    "eps_fy1_revision_90d",
    "peer_pe_premium",
    "peer_pe_error",
    "pledged_pct_of_promoter",
    "cfo_to_pat_3y",
)


@dataclass(frozen=True)
class Earnings:
    """Trailing profit of a segment's companies against the year before, and their estimates.

    `growth` is of the sums; None where the year before was no profit. Revisions are of the mean
    estimate of this fiscal year over 90 days; `covered` is how many companies have one to compare.
    """

    growth: float | None
    median_growth: float | None
    growing: Share
    covered: Share
    raised: int
    lowered: int
    expected_growth: float | None  # next fiscal year on this one, covered companies


@dataclass(frozen=True)
class Valuation:
    """P/E of a segment's companies. Aggregates are Σ market cap / Σ earnings, losses included.

    Medians are of earnings yields, printed upside down, so that loss makers count as expensive.
    A P/E of a loss is None. `coverage` is the share of the segment's market cap with estimates.
    """

    trailing: float | None
    trailing_of: Share
    median: float | None
    forward: float | None
    forward_median: float | None
    covered: Share
    coverage: float | None
    loss_makers: Share


@dataclass(frozen=True)
class Premium:
    """P/E of small caps over P/E of large caps; above 1 the small ones are dearer."""

    trailing: float | None
    median: float | None
    forward: float | None


def earnings(rows: pl.DataFrame) -> Earnings:
    """Earnings of the companies of `rows`, which has the columns of FIELDS."""
    now, then = pl.col("core_profit"), pl.col("core_profit_preceding_12_months")
    both = rows.drop_nulls(["core_profit", "core_profit_preceding_12_months"])
    base = both.select(then.sum()).item()
    revised = rows.filter(pl.col("analysts") > 0)["eps_fy1_revision_90d"].drop_nulls().round(6)
    return Earnings(
        growth=both.select(now.sum()).item() / base - 1 if base > 0 else None,
        median_growth=_fraction(rows["profit_growth"].median()),
        growing=Share(both.filter(now > then).height, both.height),
        covered=Share(len(revised), rows.height),
        raised=int((revised > 0).sum()),
        lowered=int((revised < 0).sum()),
        expected_growth=_expected_growth(rows),
    )


def valuation(rows: pl.DataFrame) -> Valuation:
    """Valuation of the companies of `rows`, which has the columns of FIELDS."""
    cap = pl.col("market_cap")
    sized = rows.filter(cap > 0)
    trailing = sized.drop_nulls("earnings_yield")
    covered = _covered(sized).drop_nulls("forward_eps")
    forward_yield = covered["forward_eps"] / covered["current_price"]
    whole = _sum(sized, cap)
    own = cap * pl.col("earnings_yield") / 100
    return Valuation(
        trailing=_over(_sum(trailing, cap), _sum(trailing, own)),
        trailing_of=Share(trailing.height, rows.height),
        median=_inverse(trailing["earnings_yield"].median(), 100),
        forward=_over(_sum(covered, cap), _sum(covered, _worth("forward_eps"))),
        forward_median=_inverse(forward_yield.median(), 1),
        covered=Share(covered.height, rows.height),
        coverage=_sum(covered, cap) / whole if whole > 0 else None,
        loss_makers=Share(int((trailing["earnings_yield"] <= 0).sum()), trailing.height),
    )


def premium(small: Valuation, large: Valuation) -> Premium:
    """Small over large; None where either has no P/E."""
    return Premium(
        _ratio(small.trailing, large.trailing),
        _ratio(small.median, large.median),
        _ratio(small.forward, large.forward),
    )


def _covered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(
        (pl.col("analysts") > 0) & (pl.col("current_price") > 0) & (pl.col("market_cap") > 0)
    )


def _worth(per_share: str) -> pl.Expr:
    """An amount a share for the whole company, ₹ crore."""
    return pl.col(per_share) * pl.col("market_cap") / pl.col("current_price")


def _expected_growth(rows: pl.DataFrame) -> float | None:
    both = _covered(rows).drop_nulls(["eps_estimate_fy1", "eps_estimate_fy2"])
    first, second = both.select(
        _worth("eps_estimate_fy1").sum().alias("a"), _worth("eps_estimate_fy2").sum().alias("b")
    ).row(0)
    return second / first - 1 if first > 0 else None


def _sum(rows: pl.DataFrame, value: pl.Expr) -> float:
    return float(rows.select(value.sum()).item())


def _over(cap: float, profit: float) -> float | None:
    return cap / profit if profit > 0 else None


def _inverse(value: object, scale: float) -> float | None:
    return scale / value if isinstance(value, float) and value > 0 else None


def _ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a / b


def _fraction(percent: object) -> float | None:
    return percent / 100 if isinstance(percent, float) else None
