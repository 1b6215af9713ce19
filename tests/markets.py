"""Tiny markets for tests: a company and its facts in a few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import polars as pl

from screener.market.schema import LINES, TABLES, conform, empty

AS_OF = dt.date(2026, 1, 27)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def company(isin: str = "XX0000000001", **values: object) -> dict[str, object]:
    return {
        "isin": isin,
        "symbol": isin[-4:],
        "name": f"Company {isin[-4:]}",
        "is_financial": False,
        "is_sme": False,
        "size_class": "small",
        "template": "corporate",
        "indices": [],
        "face_value": 10.0,
        "status": "active",
        **values,
    }


def fact(
    line: str,
    end: str,
    value: float,
    *,
    isin: str = "XX0000000001",
    kind: str = "annual",
    months: int | None = None,
    basis: str = "consolidated",
    known: str | None = None,
    seen: str = "2026-01-27",
) -> dict[str, object]:
    length = {"annual": 12, "quarter": 3}.get(kind, 0) if months is None else months
    return {
        "isin": isin,
        "basis": basis,
        "kind": kind,
        "period_end": day(end),
        "months": length,
        "line": line,
        "value": value,
        "unit": LINES[line][1],
        "known_at": day(known) if known else day(end) + dt.timedelta(days=45),
        "known_basis": "rule",
        "seen_at": dt.datetime.fromisoformat(seen),
        "source": "test",
    }


def tables(
    companies: Iterable[Mapping[str, object]] = (),
    facts: Iterable[Mapping[str, object]] = (),
    **others: Iterable[Mapping[str, object]],
) -> dict[str, pl.DataFrame]:
    """Every table of a generation, those not given empty."""
    given = {"companies": list(companies) or [company()], "facts": list(facts), **others}
    out = {name: empty(name) for name in TABLES}
    for name, rows in given.items():
        items = [dict(row) for row in rows]
        if items:
            out[name] = conform(name, pl.DataFrame(items, infer_schema_length=None))
    return out


def bars(
    closes: Mapping[str, float], isin: str = "XX0000000001", volume: float = 1000
) -> list[dict[str, object]]:
    return [
        {
            "isin": isin,
            "date": day(date),
            "open": close,
            "high": close,
            "low": close,
            "close": close,
            "volume": volume,
            "turnover": close * volume / 1e7,
            "source": "test",
        }
        for date, close in closes.items()
    ]
