"""Where a number comes from: the figures behind it, their period, basis, source and day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import polars as pl

from screener.fields.base import Field, Unit
from screener.fields.catalogue import by_key, values_of
from screener.market.schema import LINES
from screener.market.store import Market

_SLOT: Final = re.compile(r"^(?P<line>\w+)@(?P<slot>[qhLs]?\d*)$")
_PRICE_WORDS: Final = {
    "close": ("Close", "rs"),
    "market_cap": ("Market cap", "cr"),
    "shares": ("Shares outstanding", "cr_shares"),
}
_KIND: Final = {"": "annual", "q": "quarter", "h": "holding", "L": "", "s": "snapshot"}


@dataclass(frozen=True)
class Source:
    """One figure behind a value."""

    field: str
    line: str
    value: float | None
    unit: str
    period_end: dt.date | None
    basis: str
    source: str
    known_at: dt.date | None
    known_basis: str


def sources_of(market: Market, isin: str, keys: Iterable[str]) -> tuple[Source, ...]:
    """The statement figures and prices behind those fields of a company."""
    fields = by_key()
    found: list[Source] = []
    for key in keys:
        if key in fields:
            found += _field_sources(market, isin, fields[key], set())
    return tuple(dict.fromkeys(found))


def sources_of_field(market: Market, isin: str, field: Field) -> tuple[Source, ...]:
    """The same for one field, which need not be of the catalogue: one of an earlier year, say."""
    return tuple(dict.fromkeys(_field_sources(market, isin, field, set())))


def _field_sources(market: Market, isin: str, field: Field, seen: set[str]) -> list[Source]:
    if field.key in seen:
        return []
    seen.add(field.key)
    if field.stage != 1:
        fields = by_key()
        return [
            source
            for key in field.inputs
            if key in fields
            for source in _field_sources(market, isin, fields[key], seen)
        ]
    row = _panel_row(market, isin)
    found = []
    for column in _used(field, panel_of(market, isin)):
        match = _SLOT.match(column)
        if match and match["line"] in LINES:
            found.append(_statement_source(market, row, field, match["line"], match["slot"]))
        elif column in _PRICE_WORDS:
            found.append(_price_source(row, field, column))
    return found


def _used(field: Field, row: pl.DataFrame) -> list[str]:
    """The numbers of a company's panel row that the field's value really depends on.

    A definition names every figure it may fall back on; those that were not needed do not belong
    in an explanation. Each number in turn is changed a little (for counts and flags: taken away),
    and those that move the value are kept. Where the value is unknown, every number there is.
    """
    row = row.select(field.inputs)
    numbers = [
        name
        for name in field.inputs
        if row.schema[name].is_float() and row[name].item() is not None
    ]
    frame = pl.concat([row] * (len(numbers) + 1))
    changed = pl.int_range(pl.len()) - 1
    stepwise = field.unit in (Unit.FLAG, Unit.TEXT, Unit.COUNT)
    frame = frame.with_columns(
        pl.when(changed == i)
        .then(None if stepwise else pl.col(name) * 1.01 + 0.01)
        .otherwise(pl.col(name))
        .alias(name)
        for i, name in enumerate(numbers)
    )
    values = values_of(field, frame).to_list()
    if values[0] is None:
        return numbers
    return [name for name, value in zip(numbers, values[1:], strict=True) if value != values[0]]


def _statement_source(
    market: Market, row: dict[str, object], field: Field, line: str, slot: str
) -> Source:
    value = row.get(f"{line}@{slot}")
    end_slot = "s0" if slot == "s" else slot
    end = row.get(f"end@{end_slot}")
    facts = facts_of(market, str(row["isin"]))
    hits = facts.filter(
        (pl.col("line") == line) & (pl.lit(end is None) | (pl.col("period_end") == end))
    )
    if slot[:1] in _KIND and _KIND[slot[:1]]:
        hits = hits.filter(pl.col("kind") == _KIND[slot[:1]])
    hits = hits.filter(pl.col("value") == value).sort("known_at", "seen_at")
    fact = hits.row(-1, named=True) if hits.height else {}
    label, unit, _ = LINES[line]
    return Source(
        field=field.name,
        line=label,
        value=value if isinstance(value, float) else None,
        unit=unit,
        period_end=fact.get("period_end", end),
        basis=fact.get("basis", str(row.get("basis") or "")),
        source=fact.get("source", ""),
        known_at=fact.get("known_at"),
        known_basis=fact.get("known_basis", ""),
    )


def _price_source(row: dict[str, object], field: Field, column: str) -> Source:
    value = row[column]
    day = row.get("price_date")
    label, unit = _PRICE_WORDS[column]
    return Source(
        field=field.name,
        line=label,
        value=value if isinstance(value, float) else None,
        unit=unit,
        period_end=day if isinstance(day, dt.date) else None,
        basis="",
        source="prices",
        known_at=day if isinstance(day, dt.date) else None,
        known_basis="seen",
    )


@lru_cache(maxsize=64)
def panel_of(market: Market, isin: str) -> pl.DataFrame:
    """The row of the panel that is this company's."""
    return market.panel.filter(pl.col("isin") == isin)


@lru_cache(maxsize=64)
def _panel_row(market: Market, isin: str) -> dict[str, object]:
    return panel_of(market, isin).row(0, named=True)


@lru_cache(maxsize=64)
def facts_of(market: Market, isin: str) -> pl.DataFrame:
    """Every fact on record of a company, each of its restatements a row of its own."""
    return market.table("facts").filter(pl.col("isin") == isin).collect()
