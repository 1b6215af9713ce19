"""Adjusted prices, and the panel columns that need prices and statements together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from screener.market import sharebasis
from screener.market.bars import Bars

if TYPE_CHECKING:
    from screener.market.store import Market

#: Look-back of `close@…`, as a polars offset.
LOOKBACKS: Final = {
    "1w": "-7d",
    "1m": "-1mo",
    "2m": "-2mo",
    "3m": "-3mo",
    "4m": "-4mo",
    "5m": "-5mo",
    "6m": "-6mo",
    "7m": "-7mo",
    "1y": "-1y",
    "2y": "-2y",
    "3y": "-3y",
    "5y": "-5y",
    "7y": "-7y",
    "10y": "-10y",
}
CAP_YEARS: Final = (3, 5, 7, 10)


def adjusted(prices: pl.DataFrame, actions: pl.DataFrame) -> pl.DataFrame:
    """The bars that have a close, by company and date, with three more columns.

    `factor` is what a price of that day is divided by to compare it with the company's last bar,
    `adj` the close so divided, `comparable` whether nothing unexplained lies between the two.
    """
    mine = actions.filter(pl.col("isin").is_in(prices["isin"].unique().implode()))
    bars = Bars(prices, mine)
    last = bars.last_of_company[bars.company]
    factor = bars.grown[last] / bars.grown
    return bars.frame.with_columns(
        pl.Series("factor", factor),
        pl.Series("adj", bars.close / factor),
        pl.Series("comparable", np.arange(len(last)) >= bars.start(last)),
    )


def price_line(market: Market, isin: str) -> pl.DataFrame:
    """A company's adjusted closes since the last jump that no action explains: date, adj."""
    bars, actions = (
        market.table(name).filter(pl.col("isin") == isin, pl.col(day) <= market.date).collect()
        for name, day in (("prices", "date"), ("actions", "ex_date"))
    )
    known = adjusted(bars, actions).filter("comparable", pl.col("adj") > 0)
    return known.select("date", "adj")


def derived() -> list[pl.Expr]:
    """Columns that need both prices and statements: shares, market cap now and years back."""
    face, shares = sharebasis.face(), sharebasis.count()
    return [
        shares.alias("shares"),
        (pl.col("close") * shares).alias("market_cap"),
        sharebasis.jump().alias("share_jump"),
        *[
            (pl.col(f"_price@{y}y") * pl.col(f"equity_capital@{y}") / face).alias(
                f"market_cap@{y}y"
            )
            for y in CAP_YEARS
        ],
        pl.col("known@q0").alias("last_result"),
    ]
