"""The peers of one company: which group, how large, who is in it, and how sure its middle is.

Groups and statistics are those of `fields.groups` and `fields.peers`; nothing is decided here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from screener.fields import peers
from screener.fields.base import NOW, Reason
from screener.fields.catalogue import by_key
from screener.fields.company import is_holding
from screener.fields.grouping import Groups
from screener.fields.groups import LEVELS, level_codes, peers_of
from screener.market.store import Market
from screener.screening import isin_of

#: Measures compared with the peers: the field shown → the field whose median is taken.
COMPARED: Final = {key: of for key, (of, _) in peers.YIELD_OF.items()} | {"roce": "roce"}
GROUPED_BY: Final = COMPARED["pe"]  # whose group the members are
MEMBER_COLUMNS: Final = ("symbol", "name", "market_cap", *COMPARED)
_BIG: Final = ("large", "mid")


@dataclass(frozen=True)
class Comparison:
    """One measure of the company against the middle of its peers.

    The group may be wider than that of the P/E where fewer peers have this measure. `error` is the
    standard error of the median in percent of it. `premium` is in percent, for multiples only.
    """

    field: str
    name: str
    unit: str
    value: float | None
    reason: Reason | None
    median: float | None
    premium: float | None
    error: float | None
    level: str
    group: str
    count: int

    @property
    def within_error(self) -> bool:
        """Whether the premium is no larger than the standard error of what it is measured by."""
        return (
            self.premium is not None and self.error is not None and abs(self.premium) <= self.error
        )


@dataclass(frozen=True)
class PeerReport:
    """The group of the P/E, the comparisons, and the members with the company itself.

    `members` has the columns MEMBER_COLUMNS and `self`, the cheapest by earnings first.
    """

    isin: str
    symbol: str
    name: str
    market: str  # its label
    market_date: dt.date
    demo: bool
    level: str
    group: str
    count: int
    comparisons: tuple[Comparison, ...]
    members: pl.DataFrame
    is_holding: bool = False

    @property
    def none_because(self) -> str:
        """Why the company has no peers; empty if it has."""
        if self.level:
            return ""
        if self.is_holding:
            return "A holding company is worth the sum of its parts: it is compared with no peers."
        return "No group has eight other companies with a P/E or a loss."


def peer_report(market: Market, symbol: str) -> PeerReport:
    """The peers of the company of that symbol, code, name or ISIN. Raises UnknownName."""
    isin = isin_of(market, symbol)
    fields = market.fields
    index = fields["isin"].index_of(isin)
    assert index is not None, "every company of a market has its fields"
    row = fields.slice(index, 1)
    comparisons = tuple(_comparison(fields, index, key, of) for key, of in COMPARED.items())
    own = comparisons[0]
    return PeerReport(
        isin=isin,
        symbol=row["symbol"].item(),
        name=row["name"].item(),
        market=market.label,
        market_date=market.date,
        demo=market.is_demo,
        level=own.level,
        group=own.group,
        count=own.count,
        comparisons=comparisons,
        members=_members(fields, index),
        is_holding=row.select(is_holding()).item(),
    )


def _comparison(fields: pl.DataFrame, index: int, key: str, of: str) -> Comparison:
    row = fields.row(index, named=True)
    found = fields.select(
        peers_of(pl.col(of)).struct.field("median").alias("median"),
        peers.level(of, NOW).value.alias("level"),
        peers.count(of, NOW).value.alias("count"),
        peers.centre_error(of, NOW).value.alias("error"),
    ).row(index, named=True)
    is_multiple = key in peers.YIELD_OF
    field, value, code = by_key()[key], row[key], row[f"{key}?"]
    return Comparison(
        field=key,
        name=field.name,
        unit=field.unit.value,
        value=value,
        reason=None if value is not None else Reason(code) if code else Reason.MISSING,
        median=row[f"peer_{key}"] if is_multiple else found["median"],
        premium=row[f"peer_{key}_premium"] if is_multiple else None,
        error=found["error"],
        level=found["level"] or "",
        group=_group_name(row, found["level"]),
        count=int(found["count"] or 0),
    )


def _group_name(row: dict[str, Any], level: str | None) -> str:
    """What the group of that level is called, e.g. the company's industry."""
    if level is None:
        return ""
    if level in LEVELS[:3]:
        return str(row[level.replace(" ", "_")])
    if level == "market":
        return "all companies"
    return "large and mid caps" if row["size_class"] in _BIG else "small and micro caps"


def _members(fields: pl.DataFrame, index: int) -> pl.DataFrame:
    """The companies with a value in the group of the P/E, and the company itself."""
    values = fields[GROUPED_BY].cast(pl.Float64).fill_null(np.nan).to_numpy()
    codes = [column.to_numpy() for column in fields.select(level_codes())]
    groups = Groups(values, codes)
    level = groups.level[index]
    inside = np.zeros(len(values), dtype=bool)
    if level >= 0:
        inside = groups.has_value & (codes[level] == codes[level][index])
    inside[index] = True
    rows = pl.int_range(pl.len()) == index
    return (
        fields.select(*MEMBER_COLUMNS, GROUPED_BY, rows.alias("self"))
        .filter(pl.Series(inside))
        .sort(GROUPED_BY, descending=True, nulls_last=True)
        .drop(GROUPED_BY)
    )
