"""Figures that cannot be right: kept out of the market, or let in and told, each with its reason.

Nothing is ever corrected. A figure that breaks a bound, a balance sheet that does not balance, and
figures that slipped by a power of ten are kept out; what is only odd is let in and told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

import polars as pl

from scrapers.filed import SOURCE as FILED
from scrapers.screener_in import SOURCE as SCREENER
from screener.market.schema import LINES

#: Sales over market value between these: outside, one of the two is in another unit.
SALES_TO_VALUE: Final = (1e-4, 1e3)
#: Figures of the same periods that all changed by more than this factor changed their unit.
SLIP: Final = 5.0
SLIP_CELLS: Final = 8
_ALIKE: Final = 1.5  # the factors of most figures are within this of each other
LARGEST_AMOUNT: Final = 1e8  # ₹ crore; more than ten times the largest balance sheet there is
_ROUNDING: Final = 0.01  # share of the total that printed figures may be off by
_LAST_PERIOD_AHEAD: Final = dt.timedelta(days=7)

Bounds = tuple[float, float]
_SHARE: Final[Bounds] = (0.0, 100.5)
_AMOUNT: Final[Bounds] = (-LARGEST_AMOUNT, LARGEST_AMOUNT)
_POSITIVE_AMOUNT: Final[Bounds] = (0.0, LARGEST_AMOUNT)
#: What a line can be at all; other amounts in ₹ crore have the bounds of any amount.
BOUNDS: Final[Mapping[str, Bounds]] = {
    **dict.fromkeys(
        ("promoters", "fiis", "diis", "government", "public", "others", "pledged",
         "gross_npa", "net_npa"),
        _SHARE,
    ),
    **dict.fromkeys(
        ("total_assets", "total_liabilities", "equity_capital", "deposits", "fixed_assets",
         "gross_block", "cwip", "investments", "market_cap_printed"),
        _POSITIVE_AMOUNT,
    ),
    "shareholders": (0.0, 1e9),
    "shares": (1e-6, 1e6),  # crore
    "face_value": (0.01, 1e4),
    "price_printed": (0.001, 1e7),
    "pe_printed": (0.0, 1e7),
    "dividend_yield_printed": (0.0, 1000.0),
    "book_value_printed": (-1e7, 1e7),
    "eps": (-1e8, 1e8),
}  # fmt: skip
#: Seldom below zero: a refund, a write-back. Told, and let in.
SELDOM_NEGATIVE: Final = (
    "borrowings", "other_liabilities", "other_assets", "interest", "depreciation", "inventories",
    "receivables", "cash", "long_term_borrowings", "short_term_borrowings", "lease_liabilities",
    "trade_payables", "current_assets", "current_liabilities",
)  # fmt: skip

#: Two filings about one period differ in when they were broadcast.
_SHEET: Final = ["isin", "basis", "source", "kind", "period_end", "known_at"]
_COMPANY: Final = ["isin", "basis", "source"]
_CELL: Final = ["isin", "basis", "kind", "period_end", "months", "line"]
_BALANCE_LINES: Final = [k for k, (_, _, s) in LINES.items() if s == "balance_sheet"]
_MONEY_LINES: Final = [k for k, (_, unit, _) in LINES.items() if unit == "cr"]


@dataclass(frozen=True)
class Doubt:
    """What is wrong with a line of a company, and its latest figure with that fault.

    `line` is empty where it is about a whole statement.
    """

    isin: str
    line: str
    period_end: dt.date
    value: float
    reason: str
    kept_out: bool


@dataclass(frozen=True)
class Judged:
    """The figures that may be published, and every doubt about those that were given."""

    facts: pl.DataFrame
    doubts: tuple[Doubt, ...] = ()


def judged(new: pl.DataFrame, known: pl.DataFrame, companies: pl.DataFrame) -> Judged:
    """The new facts without those that cannot be right (all frames as of the schema).

    known: what was published before. companies: size_mcap is used where no market value is printed.
    """
    if new.is_empty():
        return Judged(new)
    rows = new.with_row_index("row")
    checks = (
        _slipped(rows, known),
        _unlike_its_value(rows, companies),
        _unbalanced(rows),
        _out_of_bounds(rows),
        _not_over(rows),
        _odd_signs(rows),
        _odd_sums(rows),
    )
    found = pl.concat(checks).unique("row", keep="first", maintain_order=True)
    out = found.filter("kept_out")
    facts = rows.join(out, on="row", how="anti", maintain_order="left").drop("row")
    return Judged(facts, tuple(_doubts(found, rows)))


_FOUND: Final = {
    "row": pl.get_index_type(),
    "reason": pl.String,
    "kept_out": pl.Boolean,
    "whole": pl.Boolean,
}


def _found(
    rows: pl.DataFrame, reason: str | pl.Expr, *, kept_out: bool, whole: bool = False
) -> pl.DataFrame:
    """What was found of those rows. whole: they are one statement, told of once."""
    words = pl.lit(reason) if isinstance(reason, str) else reason
    columns = {
        "row": pl.col("row"),
        "reason": words,
        "kept_out": pl.lit(kept_out),
        "whole": pl.lit(whole),
    }
    return rows.select(columns[name].cast(dtype).alias(name) for name, dtype in _FOUND.items())


def _out_of_bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Figures outside what their line can be."""
    bounds = {line: BOUNDS.get(line, _AMOUNT) for line in {*BOUNDS, *_MONEY_LINES}}
    low = pl.col("line").replace_strict(
        {line: b[0] for line, b in bounds.items()}, default=None, return_dtype=pl.Float64
    )
    high = pl.col("line").replace_strict(
        {line: b[1] for line, b in bounds.items()}, default=None, return_dtype=pl.Float64
    )
    value = pl.col("value")
    wrong = rows.filter(~value.is_finite() | (value < low) | (value > high))
    return _found(wrong, "outside what this line can be", kept_out=True)


def _not_over(rows: pl.DataFrame) -> pl.DataFrame:
    """Figures of a period that had not ended when they were read."""
    ahead = rows.filter(pl.col("period_end") > pl.col("seen_at").dt.date() + _LAST_PERIOD_AHEAD)
    return _found(ahead, "its period had not ended when it was read", kept_out=True)


def _odd_signs(rows: pl.DataFrame) -> pl.DataFrame:
    odd = rows.filter(pl.col("line").is_in(SELDOM_NEGATIVE), pl.col("value") < -1)
    return _found(odd, "seldom below zero", kept_out=False)


def _unbalanced(rows: pl.DataFrame) -> pl.DataFrame:
    """Every line of balance sheets whose assets are not equity and liabilities."""
    sides = _wide(rows, ["total_assets", "total_liabilities"])
    gap = (pl.col("total_assets") - pl.col("total_liabilities")).abs()
    wrong = sides.filter(gap > _allowed("total_assets", 2)).select(
        *_SHEET,
        pl.format(
            "the sheet does not balance: assets {}, equity and liabilities {}",
            "total_assets", "total_liabilities",
        ).alias("reason"),
    )  # fmt: skip
    lines = rows.filter(pl.col("line").is_in(_BALANCE_LINES))
    return _found(
        lines.join(wrong, on=_SHEET, how="inner"), pl.col("reason"), kept_out=True, whole=True
    )


def _odd_sums(rows: pl.DataFrame) -> pl.DataFrame:
    """Totals that are not the sum of their printed parts; of financials the layouts differ."""
    c = pl.col
    parts = _wide(
        rows,
        ["equity_capital", "reserves", "borrowings", "deposits", "other_liabilities",
         "total_liabilities", "fixed_assets", "cwip", "investments", "other_assets",
         "total_assets", "cfo", "cfi", "cff", "net_cash_flow"],
    ).with_columns(c("borrowings", "deposits", "cwip", "investments").fill_null(0))  # fmt: skip
    sums = {
        "total_liabilities": c("equity_capital")
        + c("reserves") + c("borrowings") + c("deposits") + c("other_liabilities"),
        "total_assets": c("fixed_assets") + c("cwip") + c("investments") + c("other_assets"),
        "net_cash_flow": c("cfo") + c("cfi") + c("cff"),
    }  # fmt: skip
    found = [_found(rows.clear(), "", kept_out=False)]
    for total, parts_of_it in sums.items():
        wrong = parts.filter((parts_of_it - c(total)).abs() > _allowed(total, 5)).select(
            *_SHEET, pl.format("its parts add up to {}", parts_of_it.round(2)).alias("reason")
        )
        # Filings in XBRL name further parts; only the six tables of a page are summed here.
        lines = rows.filter(c("line") == total, c("source") == SCREENER)
        found.append(_found(lines.join(wrong, on=_SHEET, how="inner"), c("reason"), kept_out=False))
    return pl.concat(found)


def _slipped(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Statements whose amounts all changed since they were read before, as a wrong unit does.

    Before is the last reading of that source, else of another; sources may differ in what they
    group together, so against another the amounts must have changed by about one factor. A page is
    one statement in this, for all of it is in one unit; of filings each is.
    """
    statement = [*_COMPANY, "document"]
    document = pl.when(pl.col("source") == FILED).then(pl.struct("period_end", "known_at"))
    rows = rows.with_columns(document.alias("document"))
    money = pl.col("line").is_in(_MONEY_LINES) & (pl.col("kind") != "snapshot")
    before = (
        known.lazy()
        .filter(money, pl.col("isin").is_in(rows["isin"].unique().implode()))
        .sort("seen_at")
        .group_by(*_CELL, pl.col("source").alias("told_by"))
        .agg(pl.col("value").last().alias("before"), pl.col("seen_at").last().alias("at"))
    )
    ratio = (pl.col("value") / pl.col("before")).abs()
    factors = (
        rows.lazy()
        .filter(money)
        .join(before, on=_CELL, how="inner")
        .with_columns((pl.col("told_by") == pl.col("source")).alias("own"))
        .sort("own", "at")
        .unique("row", keep="last", maintain_order=True)
        .filter(pl.col("value").abs() >= 1, pl.col("before").abs() >= 1)
        .group_by(statement)
        .agg(
            ratio.median().alias("factor"),
            pl.len().alias("cells"),
            (pl.col("own").all() | (ratio.quantile(0.75) < _ALIKE * ratio.quantile(0.25))).alias(
                "alike"
            ),
        )
        .filter(
            pl.col("alike"),
            pl.col("cells") >= SLIP_CELLS,
            (pl.col("factor") > SLIP) | (pl.col("factor") < 1 / SLIP),
        )
        .collect()
    )
    wrong = rows.filter(money).join(factors, on=statement, how="inner", nulls_equal=True)
    words = pl.format("amounts are {} times those read before", pl.col("factor").round(6))
    return _found(wrong, words, kept_out=True, whole=True)


def _unlike_its_value(rows: pl.DataFrame, companies: pl.DataFrame) -> pl.DataFrame:
    """Sales far above the market value, kept out with their statements; far below it, told."""
    printed = (
        rows.filter(pl.col("line") == "market_cap_printed")
        .sort("seen_at")
        .group_by("isin")
        .agg(pl.col("value").last().alias("printed"))
    )
    sales = (
        rows.filter(pl.col("line") == "sales", pl.col("kind") == "annual", pl.col("value") > 0)
        .sort("period_end")
        .group_by(_COMPANY, maintain_order=True)
        .last()
        .join(printed, on="isin", how="left")
        .join(companies.select("isin", "size_mcap").unique("isin"), on="isin", how="left")
        .with_columns(
            (pl.col("value") / pl.coalesce("printed", "size_mcap")).alias("times"),
            pl.coalesce("printed", "size_mcap").alias("worth"),
        )
        .filter(pl.col("worth") > 0)
    )
    low, high = SALES_TO_VALUE
    above = sales.filter(pl.col("times") > high).select(*_COMPANY, "times")
    below = sales.filter(pl.col("times") < low)
    statements = rows.filter(
        pl.col("line").is_in(_MONEY_LINES), ~pl.col("kind").is_in(["snapshot", "holding"])
    )
    return pl.concat(
        [
            _found(
                statements.join(above, on=_COMPANY, how="inner"),
                pl.format("sales are {} times the market value", pl.col("times").round(0)),
                kept_out=True,
                whole=True,
            ),
            _found(below, "sales are next to nothing beside the market value", kept_out=False),
        ]
    )


def _allowed(total: str, least: float) -> pl.Expr:
    """How far printed figures may be off: rounding of each part, or a share of the total."""
    return pl.max_horizontal(pl.lit(float(least)), pl.col(total).abs() * _ROUNDING)


def _wide(rows: pl.DataFrame, lines: list[str]) -> pl.DataFrame:
    """A row a balance sheet or year, a column a line."""
    wanted = reduce(or_, (pl.col("line") == line for line in lines))
    return (
        rows.lazy()
        .filter(wanted, pl.col("kind").is_in(["annual", "interim"]))
        .group_by(_SHEET)
        .agg(pl.col("value").filter(pl.col("line") == line).last().alias(line) for line in lines)
        .collect()
    )


def _doubts(found: pl.DataFrame, rows: pl.DataFrame) -> Iterator[Doubt]:
    """One for each line and reason of a company; where a statement is at fault, one for it."""
    told = (
        found.join(rows, on="row", how="left", maintain_order="left")
        .with_columns(pl.when(~pl.col("whole")).then("line").alias("apart"))
        .group_by("isin", "reason", "kept_out", "apart", maintain_order=True)
        .agg(
            pl.col("line").n_unique().alias("lines"),
            pl.col("line").first(),
            pl.col("period_end").max(),
            pl.col("value").sort_by("period_end").last(),
        )
    )
    for isin, reason, kept_out, _, lines, line, end, value in told.iter_rows():
        yield Doubt(isin, line if lines == 1 else "", end, value, reason, kept_out)
