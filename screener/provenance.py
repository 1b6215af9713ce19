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
    for column in _used(field, panel_of(market, isin))[0]:
        match = _SLOT.match(column)
        if match and match["line"] in LINES:
            found.append(_statement_source(market, row, field, match["line"], match["slot"]))
        elif column in _PRICE_WORDS:
            found.append(_price_source(row, field, column))
    return found


def figures_behind(
    panel: pl.DataFrame, keys: Iterable[str]
) -> dict[str, set[tuple[str, dt.date | None]]]:
    """ISIN → the statement figures behind those fields: line and period end (None: not dated).

    `panel` has the rows of some companies, with the columns that the fields read.
    """
    fields, todo = by_key(), list(keys)
    found: dict[str, set[tuple[str, dt.date | None]]] = {isin: set() for isin in panel["isin"]}
    rows = panel.to_dicts()
    for key in _first_stage(fields[key] for key in todo if key in fields):
        for row, columns in zip(rows, _used(fields[key], panel), strict=True):
            for column in columns:
                match = _SLOT.match(column)
                if match and match["line"] in LINES:
                    found[row["isin"]].add((match["line"], row.get(f"end@{match['slot']}")))
    return found


def _first_stage(fields: Iterable[Field]) -> list[str]:
    """Those fields that are made of the panel alone, and such ones behind the others."""
    known, todo, found = by_key(), list(fields), dict[str, bool]()
    while todo:
        field = todo.pop()
        if field.key not in found:
            found[field.key] = field.stage == 1
            todo += [known[k] for k in field.inputs if k in known] if field.stage != 1 else []
    return [key for key, first in found.items() if first]


def _used(field: Field, rows: pl.DataFrame) -> list[list[str]]:
    """The numbers of each company's panel row that the field's value really depends on.

    A definition names every figure it may fall back on; those that were not needed do not belong
    in an explanation. Each number in turn is changed a little (for counts and flags: taken away),
    and those that move the value are kept. Where the value is unknown, every number there is.
    """
    schema = rows.schema
    numbers = [name for name in field.inputs if schema[name].is_float()]
    if rows.is_empty() or not numbers:
        return [[] for _ in range(rows.height)]
    rows = rows.select(field.inputs)
    frame = pl.concat([rows] * (len(numbers) + 1))
    changed = pl.int_range(pl.len()) // rows.height - 1
    stepwise = field.unit in (Unit.FLAG, Unit.TEXT, Unit.COUNT)
    frame = frame.with_columns(
        pl.when(changed == i)
        .then(None if stepwise else pl.col(name) * 1.01 + 0.01)
        .otherwise(pl.col(name))
        .alias(name)
        for i, name in enumerate(numbers)
    )
    values = values_of(field, frame).to_list()
    found = []
    for at in range(rows.height):
        value, *others = values[at :: rows.height]
        known = [name for name in numbers if rows[name][at] is not None]
        moved = {name for name, v in zip(numbers, others, strict=True) if v != value}
        found.append(known if value is None else [name for name in known if name in moved])
    return found


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
    """Every fact known of a company, each of its restatements a row of its own."""
    known = (pl.col("isin") == isin) & (pl.col("known_at") <= market.date)
    return market.table("facts").filter(known).collect()
