"""Rows like those of a panel, made in plain Python from the long tables; nothing of the panel.

Only what is known on the day counts: the last reading of each cell, one basis a company, years by
reports and quarters by the calendar.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import duckdb

YEARS, QUARTERS, HOLDINGS = 12, 16, 13
BEHIND = 200  # days by which consolidated reports may lag standalone ones

Cells = dict[str, dict[dt.date, dict[str, float]]]  # kind → period → line → value
Spans = dict[str, dict[dt.date, int]]  # kind → period → months

LAST_READINGS = """
    select isin, basis = 'consolidated' as whole, kind, period_end, line, months,
           arg_max(value, (known_at, seen_at)) as value, arg_max(seen_at, (known_at, seen_at))
    from read_parquet($path) where known_at <= $day and isin in (select unnest($isins))
    group by all
"""
SHARE_CHANGES = """
    select isin, ex_date, factor from read_parquet($path)
    where kind in ('split', 'bonus') and factor > 0
"""


def rows(folder: Path, day: dt.date, isins: Collection[str]) -> dict[str, dict[str, Any]]:
    """ISIN → the row of a company of a generation, with every slot of its statement lines."""
    facts = {"path": str(folder / "facts.parquet"), "day": day, "isins": list(isins)}
    with duckdb.connect(config={"threads": 1}) as db:
        found = db.execute(LAST_READINGS, facts).fetchall()
        changes = db.execute(SHARE_CHANGES, {"path": str(folder / "actions.parquet")}).fetchall()
    grown = _share_changes(changes)
    by_company: dict[str, list[Any]] = defaultdict(list)
    for isin, *cell in found:
        by_company[isin].append(cell)
    return {isin: _row(cells, grown.get(isin, []), day) for isin, cells in by_company.items()}


def _share_changes(actions: Iterable[Any]) -> dict[str, list[tuple[dt.date, float]]]:
    changes: dict[str, list[tuple[dt.date, float]]] = defaultdict(list)
    for isin, ex, factor in actions:
        changes[isin].append((ex, factor))
    return changes


def _row(cells: list[Any], changes: list[tuple[dt.date, float]], day: dt.date) -> dict[str, Any]:
    whole = _is_whole(cells)
    values: Cells = defaultdict(lambda: defaultdict(dict))
    spans: Spans = defaultdict(dict)
    for consolidated, kind, period, line, months, value, seen in cells:
        if kind not in ("holding", "snapshot") and consolidated != whole:
            continue
        if line == "eps":
            value = _eps_of(value, seen.date(), day, changes)
        values[kind][period][line] = value
        spans[kind][period] = max(months or 0, spans[kind].get(period, 0))
    row: dict[str, Any] = defaultdict(lambda: None, {"as_of": day})
    _fill(row, values["annual"], _by_reports(spans["annual"]), "", YEARS)
    _fill(row, values["quarter"], _by_calendar(values["quarter"], spans["quarter"]), "q", QUARTERS)
    _fill(row, values["holding"], _by_calendar(values["holding"], spans["holding"]), "h", HOLDINGS)
    _latest_sheet(row, values)
    return row


def _is_whole(cells: list[Any]) -> bool:
    """Whether consolidated figures are used: where they are not long behind the others."""
    ends = {True: dt.date.min, False: dt.date.min}
    for consolidated, kind, period, *_ in cells:
        if kind in ("annual", "quarter"):
            ends[consolidated] = max(ends[consolidated], period)
    return ends[True] > dt.date.min and not (ends[False] - ends[True]).days > BEHIND


def _eps_of(eps: float, seen: dt.date, day: dt.date, changes: list[tuple[dt.date, float]]) -> float:
    for ex, factor in changes:
        if day < ex <= seen:
            eps *= factor
        elif seen < ex <= day:
            eps /= factor
    return eps


def _month(day: dt.date) -> int:
    return 12 * day.year + day.month


def _by_reports(spans: dict[dt.date, int]) -> dict[dt.date, tuple[int, int]]:
    """Period → (slot, months): each report is a step, and so is each missing year."""
    placed: dict[dt.date, tuple[int, int]] = {}
    slot, later = 0, None
    for period in sorted(spans, reverse=True):
        if later is not None:
            gap = _month(later) - _month(period) - placed[later][1]
            slot += 1 + max(0, round(gap / 12))
        placed[period] = slot, spans[period] or 12
        later = period
    return placed


def _by_calendar(values: Collection[dt.date], spans: Spans | Any) -> dict[dt.date, tuple[int, int]]:
    latest = max(values, default=None)
    if latest is None:
        return {}
    return {p: (round((_month(latest) - _month(p)) / 3), spans[p]) for p in values}


def _fill(
    row: dict[str, Any],
    values: dict[dt.date, dict[str, float]],
    placed: dict[dt.date, tuple[int, int]],
    letter: str,
    limit: int,
) -> None:
    for period in sorted(placed):
        slot, months = placed[period]
        if slot < limit:
            name = f"{letter}{slot}"
            row[f"end@{name}"], row[f"months@{name}"] = period, months
            for line, value in values[period].items():
                row[f"{line}@{name}"] = value


def _latest_sheet(row: dict[str, Any], values: Cells) -> None:
    """The lines @L: of the half-year sheet where it is later than the annual one."""
    interim, annual = max(values["interim"], default=None), row["end@0"]
    if interim and (annual is None or interim > annual):
        sheet = values["interim"][interim]
    else:
        sheet = values["annual"].get(annual, {})
    for line, value in sheet.items():
        row[f"{line}@L"] = value
