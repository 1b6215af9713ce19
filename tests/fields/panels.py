"""Panels made by hand: every column null unless a test says otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
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
    return _month_end(2025 * 12 + 2 - 3 * back)  # March 2025 is quarter 0


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


def random_panel(seed: int, height: int = 40) -> pl.DataFrame:
    """A panel of anything: nulls, zeros, tiny, huge and negative figures, odd periods.

    A third of the companies is tidy, so that measures of many figures have values too.
    """
    rng = np.random.default_rng(seed)
    oddness = rng.choice([0.0, 0.02, 0.2], height)
    columns = [_random_column(rng, name, dtype, oddness) for name, dtype in _schema().items()]
    return pl.DataFrame(columns).with_columns(
        isin=pl.Series([f"IN{i:010d}" for i in range(height)])
    )


def _random_column(
    rng: np.random.Generator, name: str, dtype: pl.DataType, oddness: np.ndarray
) -> pl.Series:
    height = len(oddness)
    odd = rng.random(height) < oddness
    gap = rng.random(height) < oddness
    line, _, slot = name.partition("@")
    drawn: list[Any]
    if name == "as_of":
        return pl.Series(name, [AS_OF] * height)
    if name in ("sessions_since_trade", "zero_volume_60d"):
        return pl.Series(name, np.where(odd, 9, 0), dtype=dtype)
    if dtype == pl.Float64:
        size = 0.02 if line == "exceptional" else 1.0
        figures = np.where(gap, np.nan, _figures(rng, odd) * size)
        return pl.Series(name, figures, nan_to_null=True)
    if line == "months":
        usual = 3 if slot.startswith("q") else 12
        drawn = list(np.where(odd, rng.choice([6, 9, 15, 0], height), usual))
    elif line == "end":
        back = int(slot.strip("qhL") or 0) * (3 if slot[:1] in ("q", "h") else 12)
        late = np.where(odd, rng.choice([1, 3], height), 0)
        drawn = [_month_end(2025 * 12 + 2 - back - int(months)) for months in late]
    elif dtype == pl.Date:
        drawn = [AS_OF - dt.timedelta(days=int(d)) for d in rng.integers(-400, 4000, height)]
    elif dtype == pl.Boolean:
        drawn = [bool(b) for b in rng.random(height) < 0.2]
    elif dtype.is_integer():
        drawn = [int(i) for i in rng.integers(0, 9, height)]
    elif dtype == pl.String:
        words = ["large", "mid", "small", "micro"] if name == "size_class" else ["a", "b", "c"]
        drawn = list(rng.choice(words, height))
    else:
        drawn = [None] * height
    return pl.Series(name, [None if g else v for v, g in zip(drawn, gap, strict=True)], dtype=dtype)


def _figures(rng: np.random.Generator, odd: np.ndarray) -> np.ndarray:
    """Plausible amounts; where odd zero, tiny, huge, equal or negative."""
    height = len(odd)
    plain = np.round(rng.lognormal(3, 1, height), 2) + 0.01
    strange = [0.0, 1.0, -1.0, 1e-9, -1e-9, 1e7, -1e7, 0.005, -20.0, -3.0]
    return np.where(odd, rng.choice(strange, height), plain)


def _month_end(month: int) -> dt.date:
    return dt.date((month + 1) // 12, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)
