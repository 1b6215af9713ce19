"""Per-share figures and share counts on the basis of the day a panel is for (METHOD 0.9)."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

SHARE_CHANGES: Final = ("split", "bonus")  # sources restate earlier EPS for these at once
_PRECISE: Final = 0.03  # relative error of a count from profit and EPS that still counts
_SPLIT_RATIOS: Final = (2.0, 2.5, 4.0, 5.0, 10.0)  # by which face values are usually divided
_NEAR: Final = 0.06
_NO_MINORITY: Final = 0.01  # of equity; above it profit over EPS is no share count


def eps_of_the_day(facts: pl.DataFrame, actions: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """The facts, with each EPS on the share basis of `as_of`.

    A source shows EPS on the basis of the day it was read: one read before a split is too large
    for today's price, and one read after it is too small for the price of a day before.
    """
    changes = actions.filter(pl.col("kind").is_in(SHARE_CHANGES) & (pl.col("factor") > 0)).select(
        "isin", "ex_date", "factor"
    )
    if changes.is_empty():
        return facts
    ex, seen = pl.col("ex_date"), pl.col("seen_at").dt.date()
    scales = (
        facts.lazy()
        .select("isin", "line", "seen_at")
        .with_row_index("row")
        .filter(pl.col("line") == "eps")
        .join(changes.lazy(), on="isin")
        .with_columns(
            pl.when((ex > as_of) & (ex <= seen))
            .then("factor")
            .when((ex > seen) & (ex <= as_of))
            .then(1 / pl.col("factor"))
            .otherwise(1.0)
            .alias("step")
        )
        .group_by("row")
        .agg(pl.col("step").product())
        .filter(pl.col("step") != 1)
        .collect()
    )
    if scales.is_empty():
        return facts
    values = facts["value"].to_numpy().copy()
    values[scales["row"].to_numpy()] *= scales["step"].to_numpy()
    return facts.with_columns(pl.Series("value", values, nan_to_null=bool(np.isnan(values).any())))


def count() -> pl.Expr:
    """Shares outstanding in crore, from the columns of a panel.

    As printed today; else equity capital / face value with bonuses since. Capital that is printed
    in whole crores is made exact by profit over EPS where both agree. A company listed after its
    last balance sheet has issued shares since: then only a later quarter's EPS tells.
    """
    printed = pl.when(pl.col("price_printed@s") > 0).then(
        pl.col("market_cap_printed@s") / pl.col("price_printed@s")
    )
    young = (pl.col("listed_on") > pl.col("end@L")).fill_null(False)
    capital, half = _from_capital(), 0.5 / face() * _bonus()
    exact = _from_eps("0")
    refined = pl.when((exact - capital).abs() <= half).then(exact).otherwise(capital)
    began = pl.col("end@q0").dt.offset_by("-3mo")
    quarter = pl.when(began >= pl.col("listed_on")).then(_from_eps("q0"))
    return pl.coalesce(printed, pl.when(young).then(quarter).otherwise(refined))


def jump() -> pl.Expr:
    """Whether capital tells a share count larger than that of EPS by a usual split ratio.

    Then the face value is of a later day than the figures, or the split is not on file, and a
    market cap from it would be several times too large. (The other way round, profit that belongs
    to minorities looks the same.)
    """
    printed = (pl.col("price_printed@s") > 0) & (pl.col("market_cap_printed@s") > 0)
    ratio = _from_capital() / _from_eps("0")
    usual = pl.any_horizontal((ratio / r - 1).abs() <= _NEAR for r in _SPLIT_RATIOS)
    steady = pl.col("equity_capital@L") == pl.col("equity_capital@0")
    return usual.fill_null(False) & ~printed.fill_null(False) & steady.fill_null(False)


def face() -> pl.Expr:
    """The face value of a share on the day, null where it is not known."""
    listed = pl.col("face_value") * pl.col("_splits_after").fill_null(1.0)
    face = pl.coalesce(pl.col("face_value@s"), listed)
    return pl.when(face > 0).then(face)


def _bonus() -> pl.Expr:
    return pl.col("_bonus").fill_null(1.0)


def _from_capital() -> pl.Expr:
    capital = pl.col("equity_capital@L")
    return pl.when(capital > 0).then(capital / face() * _bonus())


def _from_eps(slot: str) -> pl.Expr:
    """Profit over EPS of a period, where minorities have no part and rounding does little."""
    profit = pl.coalesce(pl.col(f"owners_profit@{slot}"), pl.col(f"net_profit@{slot}"))
    eps = pl.col(f"eps@{slot}")
    error = 0.5 / profit.abs() + 0.005 / eps.abs()
    equity = pl.col("equity_capital@L") + pl.col("reserves@L")
    alone = pl.col("minority_interest@L").fill_null(0.0).abs() <= _NO_MINORITY * equity.abs()
    return pl.when((error <= _PRECISE) & alone & (profit * eps > 0)).then(profit / eps)
