"""Write a list of companies to CSV or JSON, with a first line that says screen, date and source."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import StorageError
from screener.fields.catalogue import by_key
from screener.market.store import replace_file
from screener.screening import Result

#: A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def caption(result: Result) -> str:
    """Screen, market date and source in one line; says so when the market is fictional."""
    return f"Kasauti · {result.screen.title} · {result.market.label}"


def write_csv(path: Path, frame: pl.DataFrame, *, result: Result) -> int:
    """Write the frame, in one step. Returns the number of companies. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, csv_text(frame, result=result).encode("utf-8"))
    except OSError as err:
        raise StorageError(
            f"Cannot write {path}: {err.strerror or err}", "Choose another folder."
        ) from err
    return frame.height


def csv_text(frame: pl.DataFrame, *, result: Result) -> str:
    """The frame as CSV: a comment line, a header of field names with units, one row a company."""
    out = io.StringIO()
    out.write(f"# {clean(caption(result))}\n")
    if result.screen.query:
        out.write(f"# {clean(' '.join(result.screen.query.split()))}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(name) for name in frame.columns)
    writer.writerows([_cell(value) for value in row] for row in frame.iter_rows())
    return out.getvalue()


def json_text(frame: pl.DataFrame, *, result: Result) -> str:
    """The frame as JSON with the counts; unknown is null."""
    counts = result.counts
    return json.dumps(
        {
            "screen": result.screen.name or None,
            "title": result.screen.title,
            "query": result.screen.query,
            "market_date": result.market.date.isoformat(),
            "generation": result.market.generation,
            "demo": result.market.is_demo,
            "sources": result.market.manifest.sources,
            "counts": {
                "pass": counts.passed,
                "fail": counts.failed,
                "needs_data": counts.unknown,
                "outside_universe": counts.outside,
            },
            "rows": [_plain(row) for row in frame.iter_rows(named=True)],
        },
        ensure_ascii=False,
        indent=1,
    )


def header(key: str) -> str:
    """A column's heading: the field's name and unit."""
    field = by_key().get(key)
    if field is None:
        return key
    return f"{field.name} ({field.unit.label})" if field.unit.label else field.name


def clean(text: str) -> str:
    """Text without control characters, on one line."""
    return "".join(c if c.isprintable() else " " for c in text)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.2f}"
    if isinstance(value, Iterable):
        return clean("; ".join(str(item) for item in value))
    return "" if value is None else value


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, dt.date) else value
        for key, value in row.items()
    }
