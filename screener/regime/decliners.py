"""The worst decliners of a segment, and what in their own figures goes with the fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.regime.breadth import FALLER, Share

WORST: Final = 10
PREMIUM: Final = 25.0  # % above the peers' P/E, and beyond one standard error of it
PLEDGE: Final = 20.0  # % of the promoters' shares
WEAK_CASH: Final = 0.5  # cash from operations over profit, three years
CUT: Final = -5.0  # % change of the estimate over 90 days


@dataclass(frozen=True)
class Cause:
    """A weakness: key, its figure in the unit of its field, and how it reads."""

    key: str
    value: float
    words: str


@dataclass(frozen=True)
class Decliner:
    """A company that fell; returns are fractions. `judged` counts the weaknesses looked for."""

    symbol: str
    name: str
    this_year: float
    from_high: float | None
    causes: tuple[Cause, ...]
    judged: int


@dataclass(frozen=True)
class CauseShare:
    """How common a weakness is among the fallers and among the others of a segment."""

    key: str
    title: str
    fallers: Share
    others: Share


#: key → title, the column whose figure is shown, how it reads
_TITLES: Final = {
    "earnings": ("falling earnings", "profit_growth", "profit {:+.0f} %"),
    "loss": ("loss over twelve months", "core_profit", "loss of ₹ {:,.0f} cr"),
    "expensive": ("dear against its peers", "peer_pe_premium", "P/E {:.0f} % over its peers"),
    "pledge": ("pledged shares", "pledged_pct_of_promoter", "{:.0f} % of promoters' pledged"),
    "cash": ("weak cash", "cfo_to_pat_3y", "cash {:.2f} × profit over 3 years"),
    "estimates": ("estimates cut", "eps_fy1_revision_90d", "estimates {:+.0f} % in 90 days"),
}  # fmt: skip


def _rules() -> dict[str, pl.Expr]:
    """Whether a company has the weakness; null where that is not known."""
    error = pl.col("peer_pe_error").fill_null(0.0)
    return {
        "earnings": (pl.col("profit_growth") < 0) & ~(pl.col("core_profit") < 0).fill_null(False),
        "loss": pl.col("core_profit") < 0,
        "expensive": pl.col("peer_pe_premium") > pl.max_horizontal(pl.lit(PREMIUM), error),
        "pledge": pl.col("pledged_pct_of_promoter") >= PLEDGE,
        "cash": pl.col("cfo_to_pat_3y") < WEAK_CASH,
        "estimates": pl.col("eps_fy1_revision_90d") <= CUT,
    }


def decliners(rows: pl.DataFrame, count: int = WORST) -> tuple[Decliner, ...]:
    """The companies that lost most this year, the worst first, of `rows` (quotes and fields)."""
    fell = (
        _judged(rows)
        .filter(pl.col("r:ytd") < 0)
        .sort("r:ytd", "symbol", descending=[False, False])
        .head(count)
    )
    return tuple(
        Decliner(
            symbol=row["symbol"] or "",
            name=row["name"] or "",
            this_year=row["r:ytd"],
            from_high=row["from_high"],
            causes=_causes(row),
            judged=sum(row[f"?{key}"] is not None for key in _TITLES),
        )
        for row in fell.iter_rows(named=True)
    )


def common_causes(rows: pl.DataFrame) -> tuple[CauseShare, ...]:
    """Each weakness among the companies down 10 % or more this year and among the others."""
    judged = _judged(rows).with_columns((pl.col("r:ytd").round(9) <= FALLER).alias("faller"))
    out = []
    for key, (title, _, _) in _TITLES.items():
        known = judged.filter(pl.col(f"?{key}").is_not_null())
        shares = [
            Share(int(part[f"?{key}"].sum()), part.height)
            for part in (known.filter("faller"), known.filter(~pl.col("faller")))
        ]
        out.append(CauseShare(key, title, *shares))
    return tuple(out)


def _judged(rows: pl.DataFrame) -> pl.DataFrame:
    fresh = rows.filter(pl.col("fresh").fill_null(False) & pl.col("r:ytd").is_not_null())
    return fresh.with_columns(rule.alias(f"?{key}") for key, rule in _rules().items())


def _causes(row: dict[str, object]) -> tuple[Cause, ...]:
    found = []
    for key, (_, column, words) in _TITLES.items():
        value = row[column]
        if row[f"?{key}"] and isinstance(value, float):
            shown = abs(value) if key == "loss" else value
            found.append(Cause(key, value, words.format(shown).replace("-", "−")))
    return tuple(found)
