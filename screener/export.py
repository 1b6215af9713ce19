"""Write a list of companies to a file by its ending, led by screen, market date and source."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenError, StorageError
from screener.fields.base import Unit
from screener.fields.catalogue import by_key
from screener.market.files import replace_file
from screener.screening import Result

#: A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Characters that Markdown or the HTML inside it would read as more than themselves.
_MARKDOWN_SIGNS: Final = frozenset("\\`*_[]<>|#~")


def caption(result: Result) -> str:
    """Screen, market date and source in one line; says so when the market is fictional."""
    return f"Kasauti · {result.screen.title} · {result.market.label}"


def write(path: Path, frame: pl.DataFrame, *, result: Result) -> int:
    """Write the frame in one step, as the file's ending asks. Returns the number of companies.

    `.csv`, `.xlsx`, `.parquet`, `.json` or `.md`. Raises ScreenError for any other ending and
    StorageError where the disk refuses.
    """
    make = _MAKERS.get(path.suffix.casefold())
    if make is None:
        ending = f"“{clean(path.suffix)}”" if path.suffix else "no ending"
        raise ScreenError(
            f"{clean(str(path))} has {ending}, so its format is not known.",
            f"End the name with {ENDINGS_IN_WORDS}.",
        )
    _replace(path, make(frame, result))
    return frame.height


def write_csv(path: Path, frame: pl.DataFrame, *, result: Result) -> int:
    """Write the frame as CSV whatever the file is called. Returns the number of companies."""
    _replace(path, csv_text(frame, result=result).encode("utf-8"))
    return frame.height


def _replace(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, body)
    except OSError as err:
        raise StorageError(
            f"Cannot write {path}: {err.strerror or err}", "Choose another folder."
        ) from err


def csv_text(frame: pl.DataFrame, *, result: Result) -> str:
    """The frame as CSV: a comment line, a header of field names with units, one row a company."""
    out = io.StringIO()
    out.write(f"# {clean(caption(result))}\n")
    if result.screen.query:
        out.write(f"# {clean(' '.join(result.screen.query.split()))}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(name) for name in frame.columns)
    writer.writerows([csv_cell(value) for value in row] for row in frame.iter_rows())
    return out.getvalue()


def json_text(frame: pl.DataFrame, *, result: Result) -> str:
    """The frame as JSON with the counts; unknown is null."""
    counts = result.counts
    return json.dumps(
        {
            "screen": result.screen.name or None,
            "title": result.screen.title,
            "query": result.screen.query,
            "market": result.market.label,
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


def markdown_text(frame: pl.DataFrame, *, result: Result) -> str:
    """The frame as a Markdown table under its caption and query; unknown is an empty cell."""
    numeric = [_is_number_column(frame, name) for name in frame.columns]
    rows = [[header(name) for name in frame.columns], ["--:" if n else "---" for n in numeric]]
    rows += [[_markdown_cell(value) for value in row] for row in frame.iter_rows()]
    lines = [_escaped(caption(result)), ""]
    if result.screen.query:
        fence = "```"
        lines += [fence, clean(" ".join(result.screen.query.split())).replace("`", "'"), fence, ""]
    escaped = ([_escaped(text) if i != 1 else text for text in row] for i, row in enumerate(rows))
    lines += [f"| {' | '.join(row)} |" for row in escaped]
    return "\n".join(lines) + "\n"


def parquet_bytes(frame: pl.DataFrame, *, result: Result) -> bytes:
    """The frame as Parquet; caption, query and headings are in the file's metadata."""
    out = io.BytesIO()
    headings = json.dumps({name: header(name) for name in frame.columns}, ensure_ascii=False)
    about = {
        "kasauti": caption(result),
        "kasauti_query": result.screen.query,
        "kasauti_demo": str(result.market.is_demo).lower(),
        "kasauti_columns": headings,
    }
    frame.write_parquet(out, metadata=about)
    return out.getvalue()


def excel_bytes(frame: pl.DataFrame, *, result: Result) -> bytes:
    """The frame as an Excel book: caption, query, frozen headings, typed numbers, no formulas."""
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(out, options)
    # The time is the market's, so that equal lists make equal files.
    made = dt.datetime.combine(result.market.date, dt.time())
    book.set_properties({"title": clean(caption(result)), "created": made})
    sheet = book.add_worksheet("Kasauti")
    sheet.write_string(0, 0, clean(caption(result)), book.add_format({"bold": True}))
    sheet.write_string(1, 0, clean(" ".join(result.screen.query.split())))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    top = 3
    for x, name in enumerate(frame.columns):
        sheet.write_string(top, x, header(name), head)
        column = book.add_format({"num_format": _number_format(name)})
        width = 30 if name == "name" else 12 if _is_number_column(frame, name) else 16
        sheet.set_column(x, x, width, column)
    for y, row in enumerate(frame.iter_rows(), top + 1):
        for x, value in enumerate(row):
            _write_cell(sheet, y, x, value)
    sheet.freeze_panes(top + 1, min(3, frame.width))
    sheet.autofilter(top, 0, top + max(frame.height, 1), max(frame.width - 1, 0))
    book.close()
    return out.getvalue()


def _write_cell(sheet: Any, y: int, x: int, value: Any) -> None:
    """A cell by the value's type; text is text whatever it begins with, unknown stays empty."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(y, x, value)
        case int() | float():
            sheet.write_number(y, x, value)
        case dt.date():
            sheet.write_datetime(y, x, dt.datetime(value.year, value.month, value.day))
        case str():
            sheet.write_string(y, x, clean(value))
        case _:
            sheet.write_string(y, x, clean("; ".join(str(item) for item in value)))


def _number_format(key: str) -> str:
    """How a spreadsheet shows a field's numbers: as many decimals as the app shows."""
    field = by_key().get(key)
    unit = field.unit if field else None
    if unit in (Unit.DAYS, Unit.COUNT):
        return "0"
    if unit is Unit.DATE:
        return "yyyy-mm-dd"
    return "#,##0.0" if unit in (Unit.PERCENT, Unit.CRORE) else "#,##0.00"


def _is_number_column(frame: pl.DataFrame, name: str) -> bool:
    return frame.schema[name].is_numeric()


def _markdown_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return clean(value)
    return str(csv_cell(value))


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{c}" if c in _MARKDOWN_SIGNS else c for c in clean(text))


def header(key: str) -> str:
    """A column's heading: the field's name and unit."""
    field = by_key().get(key)
    if field is None:
        return key
    return f"{field.name} ({field.unit.label})" if field.unit.label else field.name


def clean(text: str) -> str:
    """Text without control characters, on one line."""
    return "".join(c if c.isprintable() else " " for c in text)


def csv_cell(value: Any) -> Any:
    """A value as a cell of a CSV file: no formula, no control characters."""
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


_MAKERS: Final[Mapping[str, Callable[[pl.DataFrame, Result], bytes]]] = {
    ".csv": lambda frame, result: csv_text(frame, result=result).encode("utf-8"),
    ".xlsx": lambda frame, result: excel_bytes(frame, result=result),
    ".parquet": lambda frame, result: parquet_bytes(frame, result=result),
    ".json": lambda frame, result: json_text(frame, result=result).encode("utf-8"),
    ".md": lambda frame, result: markdown_text(frame, result=result).encode("utf-8"),
}
#: What a file may end with.
ENDINGS: Final = tuple(_MAKERS)
ENDINGS_IN_WORDS: Final = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
