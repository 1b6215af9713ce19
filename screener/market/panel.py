"""The panel: one row a company, built once from the facts known on a day.

Columns: the company's attributes; `{line}@{k}` years back, `{line}@q{k}` quarters back,
`{line}@L` at the latest balance sheet, `{line}@h{k}` shareholding, `{line}@s` as a source shows it
today; `end@…`, `months@…` and `known@…` of each slot; then the columns of `prices` and `estimates`.
Fields read the panel and nothing else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from screener.market import estimates, prices
from screener.market.schema import BASES, KINDS, LINES, conform
from screener.market.sharebasis import eps_of_the_day
from screener.market.slots import HOLDINGS, QUARTERS, STALE_BASIS_DAYS, YEARS, slotted

ANNUAL_STATEMENTS: Final = ("profit_loss", "balance_sheet", "cash_flow", "ratios")


def lines_of(*statements: str) -> list[str]:
    """The keys of the lines of those statements."""
    return [key for key, (_, _, statement) in LINES.items() if statement in statements]


def build(tables: Mapping[str, pl.DataFrame], as_of: dt.date) -> pl.DataFrame:
    """The panel as it was known on `as_of`. One row for each row of `companies`, same order."""
    companies = conform("companies", tables["companies"]).drop("source")
    known = tables["facts"].filter(pl.col("known_at") <= as_of)
    known = eps_of_the_day(known, tables["actions"], as_of)
    facts, basis = _one_basis(_lean(companies, known))
    height = companies.height
    blocks = [
        companies.with_columns(pl.lit(as_of).alias("as_of"), basis),
        _block(height, facts, "annual", "", YEARS, lines_of(*ANNUAL_STATEMENTS)),
        _block(height, facts, "quarter", "q", QUARTERS, lines_of("profit_loss")),
        _block(height, facts, "holding", "h", HOLDINGS, lines_of("shareholding")),
        _snapshot(height, facts),
    ]
    panel = pl.concat(blocks, how="horizontal")
    panel = panel.with_columns(_latest_balance(height, facts, panel))
    for part in (
        prices.columns(tables["prices"], tables["actions"], known, as_of),
        estimates.columns(tables["estimates"], as_of),
    ):
        panel = panel.join(part, on="isin", how="left", maintain_order="left")
    return panel.with_columns(*prices.derived(), *estimates.defaults())


def _lean(companies: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """The facts with numbers for names: `row` of the company, `code` of the line."""
    rows = companies.lazy().select("isin").with_row_index("row")
    codes = {line: code for code, line in enumerate(LINES)}
    return (
        facts.lazy()
        .join(rows, on="isin", how="inner")
        .select(
            pl.col("row").cast(pl.Int32),
            pl.col("line").replace_strict(codes, default=-1, return_dtype=pl.Int32).alias("code"),
            pl.col("kind").cast(pl.Enum(KINDS)),
            (pl.col("basis") == "consolidated").alias("consolidated"),
            "period_end",
            "months",
            "value",
            "known_at",
            "seen_at",
        )
        .collect()
    )


def _one_basis(facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """Keep one basis a company: consolidated, unless its last report is long behind standalone.

    Ownership and snapshot facts are about the company, not about a basis, and all stay.
    """
    reports = pl.col("kind").is_in(["annual", "quarter"])
    latest = (
        facts.lazy()
        .filter(reports)
        .group_by("row")
        .agg(
            pl.col("period_end").filter("consolidated").max().alias("consolidated_end"),
            pl.col("period_end").filter(~pl.col("consolidated")).max().alias("standalone_end"),
        )
        .with_columns(
            (
                pl.col("consolidated_end").is_not_null()
                & ~(
                    pl.col("standalone_end") - pl.col("consolidated_end")
                    > pl.duration(days=STALE_BASIS_DAYS)
                ).fill_null(False)
            ).alias("chosen")
        )
        .collect()
    )
    about_company = pl.col("kind").is_in(["holding", "snapshot"])
    kept = (
        facts.lazy()
        .join(latest.lazy().select("row", "chosen"), on="row", how="left")
        .filter(about_company | (pl.col("consolidated") == pl.col("chosen")))
        .collect()
    )
    words = dict(
        latest.select(
            "row",
            pl.when("chosen").then(pl.lit(BASES[0])).otherwise(pl.lit(BASES[1])),
        ).iter_rows()
    )
    basis = pl.int_range(pl.len()).replace_strict(words, default=None, return_dtype=pl.String)
    return kept, basis.alias("basis")


def _block(
    height: int, facts: pl.DataFrame, kind: str, letter: str, slots: int, lines: list[str]
) -> pl.DataFrame:
    """Scatter the facts of a kind into a frame of `{line}@{letter}{slot}` columns.

    They are written oldest first, so the last one known of a cell is the one that stays.
    """
    placed = slotted(facts.filter(pl.col("kind") == kind), kind, slots)
    order = _oldest_first(placed)
    row, slot = placed["row"].to_numpy()[order], placed["slot"].to_numpy()[order]
    ours_at = {line: i for i, line in enumerate(lines)}
    position = np.array([ours_at.get(line, -1) for line in LINES])
    line = position[placed["code"].to_numpy()[order]]
    ours = line >= 0
    values = np.full((height, len(lines) * slots), np.nan)
    values[row[ours], line[ours] * slots + slot[ours]] = placed["value"].to_numpy()[order][ours]
    whens: dict[str, tuple[str, pl.DataType | type[pl.DataType]]] = {
        "end": ("period_end", pl.Date),
        "months": ("span", pl.Int16),
        "known": ("known_at", pl.Date),
    }
    columns = {
        f"{name}@{letter}{k}": values[:, i * slots + k]
        for i, name in enumerate(lines)
        for k in range(slots)
    }
    frame = pl.DataFrame(columns, nan_to_null=True)
    for name, (source, dtype) in whens.items():
        grid = np.full((height, slots), np.nan)
        grid[row, slot] = placed[source].to_physical().to_numpy()[order]
        frame = frame.with_columns(
            pl.Series(f"{name}@{letter}{k}", grid[:, k], nan_to_null=True)
            .cast(pl.Int32)
            .cast(dtype)
            for k in range(slots)
        )
    return frame


def _oldest_first(facts: pl.DataFrame) -> np.ndarray:
    """Positions by period, then by the day known, then by the moment seen."""
    period, known = (facts[name].to_physical().to_numpy() for name in ("period_end", "known_at"))
    seen = facts["seen_at"].to_physical().fill_null(0).to_numpy()
    return np.lexsort((seen, (period.astype(np.int64) << 20) | known.astype(np.int64)))


def _snapshot(height: int, facts: pl.DataFrame) -> pl.DataFrame:
    lines = lines_of("snapshot")
    return _block(height, facts, "snapshot", "s", 1, lines).select(
        pl.col(f"{line}@s0").alias(f"{line}@s") for line in lines
    )


def _latest_balance(height: int, facts: pl.DataFrame, panel: pl.DataFrame) -> list[pl.Series]:
    """The latest balance sheet: the half-year one where it is later than the annual one.

    All its lines are of one date; a line the half-year sheet does not carry is null.
    """
    lines = lines_of("balance_sheet")
    interim = _block(height, facts, "interim", "i", 1, lines)
    later = (interim["end@i0"] > panel["end@0"]).fill_null(False) | (
        panel["end@0"].is_null() & interim["end@i0"].is_not_null()
    )
    names = [*lines, "end", "known"]
    return [
        interim[f"{name}@i0"].zip_with(later, panel[f"{name}@0"]).alias(f"{name}@L")
        for name in names
    ]
