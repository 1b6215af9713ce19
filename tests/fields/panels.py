"""Panels made by hand: every column null unless a test says otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from screener.fields.catalogue import compute
from screener.market import panel as market_panel
from screener.market.schema import TABLES, empty
from screener.market.slots import QUARTERS, YEARS

AS_OF = dt.date(2025, 6, 30)


@cache
def _schema() -> Mapping[str, pl.DataType]:
    tables = {name: empty(name) for name in TABLES}
    return dict(market_panel.build(tables, AS_OF).schema)


def year_end(back: int) -> dt.date:
    return dt.date(2025 - back, 3, 31)


def quarter_end(back: int) -> dt.date:
    month = 2025 * 12 + 2 - 3 * back  # March 2025 is quarter 0
    first_of_next = dt.date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first_of_next - dt.timedelta(days=1)


def columns() -> list[str]:
    """Every column a panel has."""
    return list(_schema())


def rows(companies: Sequence[Mapping[str, Any]], *, bare: bool = False) -> pl.DataFrame:
    """A panel with a row a company. Unless `bare`, all periods exist and are of full length."""
    data = [{**({} if bare else _periods()), **_company(i), **c} for i, c in enumerate(companies)]
    unknown = {key for row in data for key in row} - set(_schema())
    assert not unknown, f"no such panel columns: {unknown}"
    filled = pl.DataFrame(data, schema_overrides={k: _schema()[k] for row in data for k in row})
    return pl.DataFrame(
        [
            filled[name].cast(dtype) if name in filled.columns
            else pl.Series(name, [None] * len(data), dtype=dtype)
            for name, dtype in _schema().items()
        ]
    )  # fmt: skip


def panel(**columns: Any) -> pl.DataFrame:
    """A panel of one company. `sales=[3, 2, 1]` fills sales@0…; `_q`, `_h`: `sales_q=[…]`."""
    return rows([spread(columns)])


def spread(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `line=[…]`, `line_q=[…]`, `line_h=[…]` and `line_L=x` into slot columns."""
    out: dict[str, Any] = {}
    for name, value in columns.items():
        line, _, letter = name.rpartition("_")
        if letter in ("q", "h") and isinstance(value, list):
            out |= {f"{line}@{letter}{k}": v for k, v in enumerate(value)}
        elif letter in ("L", "s") and f"{line}@{letter}" in _schema():
            out[f"{line}@{letter}"] = value
        elif isinstance(value, list) and f"{name}@0" in _schema():
            out |= {f"{name}@{k}": v for k, v in enumerate(value)}
        else:
            out[name] = value
    return out


def field(key: str, **columns: Any) -> Any:
    """The value of a field for one company of those columns, or its reason code if it is null."""
    row = compute(panel(**columns), [key]).row(0, named=True)
    return row[key] if row[key] is not None else row[f"{key}?"]


def _company(i: int) -> dict[str, Any]:
    return {
        "isin": f"IN{i:010d}", "symbol": f"C{i}", "name": f"Company {i}", "as_of": AS_OF,
        "is_financial": False, "is_sme": False, "template": "corporate",
    }  # fmt: skip


def _periods() -> dict[str, Any]:
    out: dict[str, Any] = {}
    for k in range(YEARS):
        out |= {f"end@{k}": year_end(k), f"months@{k}": 12}
    for k in range(QUARTERS):
        out |= {f"end@q{k}": quarter_end(k), f"months@q{k}": 3}
    return out | {"end@L": year_end(0)} | {f"end@h{k}": quarter_end(k) for k in range(13)}
