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
from screener.market.schema import BASES, COMPANIES, LINES, conform
from screener.market.slots import HOLDINGS, QUARTERS, STALE_BASIS_DAYS, YEARS, slotted

ANNUAL_STATEMENTS: Final = ("profit_loss", "balance_sheet", "cash_flow", "ratios")


def lines_of(*statements: str) -> list[str]:
    """The keys of the lines of those statements."""
    return [key for key, (_, _, statement) in LINES.items() if statement in statements]


def build(tables: Mapping[str, pl.DataFrame], as_of: dt.date) -> pl.DataFrame:
    """The panel as it was known on `as_of`. One row for each row of `companies`, same order."""
    companies = conform("companies", tables["companies"]).drop("source")
    facts = _known(tables["facts"], as_of)
    facts, basis = _one_basis(facts)
    blocks = [
        companies.with_columns(pl.lit(as_of).alias("as_of")).join(
            basis, on="isin", how="left", maintain_order="left"
        ),
        _block(companies, facts, "annual", "", YEARS, lines_of(*ANNUAL_STATEMENTS)),
        _block(companies, facts, "quarter", "q", QUARTERS, lines_of("profit_loss")),
        _block(companies, facts, "holding", "h", HOLDINGS, lines_of("shareholding")),
        _snapshot(companies, facts),
    ]
    panel = pl.concat(blocks, how="horizontal")
    panel = panel.with_columns(_latest_balance(companies, facts, panel))
    for part in (
        prices.columns(tables["prices"], tables["actions"], facts, as_of),
        estimates.columns(tables["estimates"], as_of),
    ):
        panel = panel.join(part, on="isin", how="left", maintain_order="left")
    return panel.with_columns(*prices.derived(), *estimates.defaults())


def _known(facts: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Facts the market knew on that day; of restated ones the last known comes last."""
    return (
        facts.lazy()
        .filter(pl.col("known_at") <= as_of)
        .sort("period_end", "known_at", "seen_at")
        .collect()
    )


def _one_basis(facts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep one basis a company: consolidated, unless its last report is long behind standalone.

    Ownership and snapshot facts are about the company, not about a basis, and all stay.
    """
    latest = (
        facts.lazy()
        .filter(pl.col("kind").is_in(["annual", "quarter"]))
        .group_by("isin", "basis")
        .agg(pl.col("period_end").max())
        .collect()
    )
    ends = {
        name: latest.filter(pl.col("basis") == name).select(
            "isin", pl.col("period_end").alias(name)
        )
        for name in BASES
    }
    behind = pl.col("standalone") - pl.col("consolidated") > pl.duration(days=STALE_BASIS_DAYS)
    basis = (
        ends["consolidated"]
        .join(ends["standalone"], on="isin", how="full", coalesce=True)
        .select(
            "isin",
            pl.when(pl.col("consolidated").is_null() | behind.fill_null(False))
            .then(pl.lit("standalone"))
            .otherwise(pl.lit("consolidated"))
            .alias("basis"),
        )
    )
    about_company = pl.col("kind").is_in(["holding", "snapshot"])
    kept = (
        facts.lazy()
        .join(
            basis.lazy().rename({"basis": "chosen"}), on="isin", how="left", maintain_order="left"
        )
        .filter(about_company | (pl.col("basis") == pl.col("chosen")))
        .drop("chosen")
        .collect()
    )
    return kept, basis


def _block(
    companies: pl.DataFrame,
    facts: pl.DataFrame,
    kind: str,
    letter: str,
    slots: int,
    lines: list[str],
) -> pl.DataFrame:
    """Scatter the facts of a kind into a frame of `{line}@{letter}{slot}` columns.

    Facts come oldest first, so the last one known of a cell is the one that stays.
    """
    placed = slotted(facts.filter(pl.col("kind") == kind), kind, slots)
    rows, index = _row_numbers(companies, placed)
    slot = placed["slot"].to_numpy()[index]
    codes = (
        placed["line"]
        .replace_strict(lines, list(range(len(lines))), default=-1, return_dtype=pl.Int32)
        .to_numpy()[index]
    )
    use = codes >= 0
    values = np.full((companies.height, len(lines) * slots), np.nan)
    values[rows[use], codes[use] * slots + slot[use]] = placed["value"].to_numpy()[index][use]
    columns = {
        f"{line}@{letter}{k}": values[:, i * slots + k]
        for i, line in enumerate(lines)
        for k in range(slots)
    }
    frame = pl.DataFrame(columns, nan_to_null=True)
    whens = {
        name: _scatter_ints(
            companies.height, slots, rows, slot, placed[source].to_physical(), index
        )
        for name, source in (("end", "period_end"), ("months", "span"), ("known", "known_at"))
    }
    dtypes = {"end": pl.Date, "months": pl.Int16, "known": pl.Date}
    return frame.with_columns(
        pl.Series(f"{name}@{letter}{k}", whens[name][:, k], nan_to_null=True)
        .cast(pl.Int32)
        .cast(dtypes[name])
        for name in whens
        for k in range(slots)
    )


def _row_numbers(companies: pl.DataFrame, placed: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Row number of each fact's company, and the positions of the facts whose company is listed."""
    numbers = placed.select("isin").join(
        companies.select("isin").with_row_index("row"), on="isin", how="left", maintain_order="left"
    )["row"]
    index = numbers.is_not_null().arg_true().to_numpy()
    return numbers.drop_nulls().to_numpy().astype(np.int64), index


def _scatter_ints(
    height: int,
    slots: int,
    rows: np.ndarray,
    slot: np.ndarray,
    values: pl.Series,
    index: np.ndarray,
) -> np.ndarray:
    out = np.full((height, slots), np.nan)
    out[rows, slot] = values.cast(pl.Float64).to_numpy()[index]
    return out


def _snapshot(companies: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    lines = lines_of("snapshot")
    return _block(
        companies,
        facts.with_columns(pl.lit(0, pl.Int16).alias("months")),
        "snapshot",
        "s",
        1,
        lines,
    ).select(pl.col(f"{line}@s0").alias(f"{line}@s") for line in lines)


def _latest_balance(
    companies: pl.DataFrame, facts: pl.DataFrame, panel: pl.DataFrame
) -> list[pl.Series]:
    """The latest balance sheet: the half-year one where it is later than the annual one.

    All its lines are of one date; a line the half-year sheet does not carry is null.
    """
    lines = lines_of("balance_sheet")
    interim = _block(companies, facts, "interim", "i", 1, lines)
    later = (interim["end@i0"] > panel["end@0"]).fill_null(False) | (
        panel["end@0"].is_null() & interim["end@i0"].is_not_null()
    )
    names = [*lines, "end", "known"]
    return [
        interim[f"{name}@i0"].zip_with(later, panel[f"{name}@0"]).alias(f"{name}@L")
        for name in names
    ]


def company_columns() -> list[str]:
    """The panel's columns that describe the company itself."""
    return [name for name in COMPANIES if name != "source"]
