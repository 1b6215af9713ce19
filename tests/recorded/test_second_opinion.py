"""Some two hundred fields worked out again from the long tables, without panel or fields.

Formulas are those of `tests.fields.test_second_opinion` and the lines read as they are. Prices,
and the count of shares, are taken from the panel: they have tests of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import polars as pl
import pytest

from screener.market.store import Market
from tests.fields.companies_again import (
    Company,
    Number,
    above_zero,
    over,
    share_counts,
    times,
)
from tests.fields.test_second_opinion import SECOND_OPINIONS
from tests.recorded.long_rows import rows
from tests.recorded.market import DAY, ready_market, usable

FLOWS = {
    "sales": "sales", "expenses": "expenses", "operating_profit": "operating_profit",
    "other_income": "other_income", "depreciation": "depreciation", "interest": "interest",
    "profit_before_tax": "pbt", "net_profit": "net_profit",
}  # fmt: skip
SHEET = {
    "equity_capital": "equity_capital", "reserves": "reserves", "net_block": "fixed_assets",
    "cwip": "cwip", "investments": "investments", "other_assets": "other_assets",
    "other_liabilities": "other_liabilities",
}  # fmt: skip
CASH = ("cfo", "cfi", "cff", "net_cash_flow")
OF_THE_DAY = (
    "market_cap", "share_jump", "close", "sessions_since_trade", "zero_volume_60d", "close@1y",
    "close@1m", "close@6m", "high_52w", "low_52w", "sma_200", "is_financial", "template",
    "basic_industry", "listed_on", "shares", "est_", "count@", "step@",
)  # fmt: skip

Opinion = Callable[[Company], Number]


def _lines() -> Iterator[tuple[str, Opinion]]:
    for key, line in FLOWS.items():
        yield key, lambda c, line=line: c.ttm_line(line)
        yield f"{key}_last_year", lambda c, line=line: c.year(line)
        yield f"{key}_preceding_year", lambda c, line=line: c.year(line, 1)
        yield f"{key}_latest_quarter", lambda c, line=line: c.quarter(line)
        yield f"{key}_preceding_quarter", lambda c, line=line: c.quarter(line, 1)
        yield f"{key}_preceding_year_quarter", lambda c, line=line: c.quarter(line, 4)
    for key, line in SHEET.items():
        yield key, lambda c, line=line: c.year(line)
    for line in CASH:
        yield f"{line}_last_year", lambda c, line=line: c.year(line)
        yield f"{line}_preceding_year", lambda c, line=line: c.year(line, 1)
    yield "eps_last_year", lambda c: c.year("eps")
    yield "eps_latest_quarter", lambda c: c.quarter("eps")
    yield (
        "npm_last_year",
        lambda c: times(over(c.year("net_profit"), above_zero(c.year("sales"))), 100),
    )


OPINIONS: dict[str, Opinion] = {**dict(_lines()), **SECOND_OPINIONS}


def compare(market: Market, day: dt.date, isins: Collection[str]) -> tuple[int, list[object]]:
    """How many values were compared, and those that differ: field, ISIN, ours, theirs."""
    seen = market.as_of(day)
    wanted = pl.col("isin").is_in(list(isins))
    counted = seen.panel.filter(wanted).with_columns(share_counts())
    panel = {row["isin"]: row for row in counted.iter_rows(named=True)}
    fields = seen.fields.filter(wanted).select("isin", *OPINIONS)
    found = rows(market.folder, day, panel)
    compared, differing = 0, []
    for ours in fields.iter_rows(named=True):
        row, theirs = panel[ours["isin"]], found.get(ours["isin"])
        if theirs is None or _is_outdated(theirs, day):
            continue
        theirs |= {name: row[name] for name in row if name.startswith(OF_THE_DAY)}
        company = Company(theirs)
        for key, opinion in OPINIONS.items():
            value, other = ours[key], opinion(company)
            compared += 1
            if not _equal(value, other):
                differing.append((key, ours["isin"], value, other))
    return compared, differing


def _equal(ours: Number, theirs: Number) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return ours == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def _is_outdated(row: dict[str, object], day: dt.date) -> bool:
    ends = (row["end@0"], row["end@q0"])
    limits = (640, 231)
    return any(
        isinstance(end, dt.date) and (day - end).days > limit
        for end, limit in zip(ends, limits, strict=True)
    )


def test_two_hundred_fields_of_the_demo_market_from_the_long_tables(demo: Market):
    assert len(OPINIONS) >= 200
    day = demo.date - dt.timedelta(days=200)
    isins = demo.companies["isin"].gather_every(8)
    compared, differing = compare(demo, day, set(isins))
    assert not differing[:5]
    assert compared > 20 * len(OPINIONS)


@pytest.mark.recorded_full
def test_two_hundred_fields_of_the_recorded_companies_from_the_long_tables(recorded: Path):
    compared, differing = compare(ready_market(recorded), DAY, set(usable(recorded)))
    print(f"{len(OPINIONS)} fields, {compared} values, {len(differing)} differ")
    assert not differing[:5]
    assert compared > 1390 * len(OPINIONS)
