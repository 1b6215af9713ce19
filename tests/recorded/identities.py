"""Sums that must come out, whatever the company: balance sheets, years, market caps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

CRORE: Final = 2.5  # what rounding to whole crores may leave of a sum of five figures
YEARS: Final = 5


@dataclass(frozen=True)
class Identity:
    """Two ways to one figure: how far they may differ, as a share of it and in crore."""

    name: str
    left: pl.Expr
    right: pl.Expr
    share: float = 0.005
    slack: float = CRORE

    @property
    def known(self) -> pl.Expr:
        return self.left.is_not_null() & self.right.is_not_null()

    @property
    def broken(self) -> pl.Expr:
        size = pl.max_horizontal(self.left.abs(), self.right.abs())
        allowed = pl.max_horizontal(size * self.share, pl.lit(self.slack))
        return self.known & ((self.left - self.right).abs() > allowed)


def _col(line: str, slot: str) -> pl.Expr:
    return pl.col(f"{line}@{slot}")


def _sum(lines: tuple[str, ...], slot: str) -> pl.Expr:
    return pl.sum_horizontal(_col(line, slot).fill_null(0.0) for line in lines)


def identities() -> Iterator[Identity]:
    """Every identity, each over the years or quarters that it is asked of."""
    for k in range(YEARS):
        slot = str(k)
        yield Identity(
            f"assets = liabilities, year −{k}", _col("total_assets", slot),
            _col("total_liabilities", slot), 0.001,
        )  # fmt: skip
        yield Identity(
            f"parts of liabilities = total, year −{k}", _col("total_liabilities", slot),
            _sum(("equity_capital", "reserves", "borrowings", "deposits", "other_liabilities"),
                 slot),
        )  # fmt: skip
        yield Identity(
            f"parts of assets = total, year −{k}", _col("total_assets", slot),
            _sum(("fixed_assets", "cwip", "investments", "other_assets"), slot),
        )  # fmt: skip
        yield Identity(
            f"parts of PBT = PBT, year −{k}", _col("pbt", slot),
            _sum(("operating_profit", "other_income"), slot)
            - pl.when(pl.col("template").is_in(["bank", "lender"]))
            .then(_sum(("depreciation",), slot))  # their operating profit is after interest
            .otherwise(_sum(("interest", "depreciation"), slot)),
        )  # fmt: skip
        yield Identity(
            f"cash flows = net cash flow, year −{k}", _col("net_cash_flow", slot),
            _sum(("cfo", "cfi", "cff"), slot),
        )  # fmt: skip
    for line in ("sales", "net_profit"):
        quarters = [pl.col(f"{line}@q{k}") for k in range(16)]
        for first in range(4):
            closed = (pl.col(f"end@q{first}") == pl.col("end@0")) & (pl.col("months@0") == 12)
            even = pl.all_horizontal(pl.col(f"months@q{first + i}") == 3 for i in range(4))
            four = quarters[first] + quarters[first + 1] + quarters[first + 2] + quarters[first + 3]
            yield Identity(
                f"four quarters = year, {line}, ended {first} quarters ago",
                pl.when(closed & even).then(_col(line, "0")), four, 0.02, 4 * CRORE,
            )  # fmt: skip
    yield Identity(
        "market cap = close × shares", pl.col("market_cap"), pl.col("close") * pl.col("shares"),
        1e-9, 1e-6,
    )  # fmt: skip
    yield Identity(
        "owners add up to 100 %",
        pl.sum_horizontal(
            pl.col(f"{who}@h0").fill_null(0.0)
            for who in ("promoters", "fiis", "diis", "government", "public", "others")
        ).replace(0.0, None),
        pl.lit(100.0), 0.0, 0.5,
    )  # fmt: skip
