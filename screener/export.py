"""Write a table to a file by its ending, led by what it shows, market date and source."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl

from screener.errors import ScreenError, StorageError
from screener.fields.base import Unit
from screener.fields.catalogue import by_key
from screener.market.files import replace_file
from screener.market.store import Market
from screener.screening import Result

#: A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Characters that Markdown or the HTML inside it would read as more than themselves.
_MARKDOWN_SIGNS: Final = frozenset("\\`*_[]<>|#~")


@dataclass(frozen=True)
class Table:
    """What is written: typed columns, led by what they are of.

    `caption` says view, screen or company, market date and source, and “demo” where so; `lines`
    say more and stand under it. `titles` are the headings of columns that have another than their
    name, `about` what readers of JSON and Parquet get besides. `keys` is how many columns name a
    row and stay in place.
    """

    frame: pl.DataFrame
    caption: str
    lines: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    date: dt.date | None = None
    keys: int = 1

    def title(self, name: str) -> str:
        """A column's heading."""
        return clean(self.titles.get(name, name))


def caption(result: Result) -> str:
    """Screen, market date and source in one line; says so when the market is fictional."""
    return f"Kasauti · {result.screen.title} · {result.market.label}"


def about_market(market: Market) -> dict[str, Any]:
    """What an export says of the market its numbers are of."""
    return {
        "market": market.label,
        "market_date": market.date.isoformat(),
        "generation": market.generation,
        "demo": market.is_demo,
        "sources": market.manifest.sources,
    }


def table_of(frame: pl.DataFrame, result: Result) -> Table:
    """Rows of a result as a table: the screen and its query on top, fields with their units."""
    counts, screen = result.counts, result.screen
    query = " ".join(screen.query.split())
    return Table(
        frame,
        caption(result),
        (query,) if query else (),
        {name: header(name) for name in frame.columns},
        {
            "screen": screen.name or None,
            "title": screen.title,
            "query": screen.query,
            **about_market(result.market),
            "counts": {
                "pass": counts.passed,
                "fail": counts.failed,
                "needs_data": counts.unknown,
                "outside_universe": counts.outside,
            },
        },
        result.market.date,
        keys=3,
    )


def write(path: Path, table: Table) -> int:
    """Write the table in one step, as the file's ending asks. Returns the number of rows.

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
    _replace(path, make(table))
    return table.frame.height


def write_csv(path: Path, table: Table) -> int:
    """Write the table as CSV whatever the file is called. Returns the number of rows."""
    _replace(path, csv_text(table).encode("utf-8"))
    return table.frame.height


def _replace(path: Path, body: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, body)
    except OSError as err:
        raise StorageError(
            f"Cannot write {path}: {err.strerror or err}", "Choose another folder."
        ) from err


def csv_text(table: Table) -> str:
    """The table as CSV: comment lines, a line of titles, then the rows."""
    out = io.StringIO()
    for line in (table.caption, *table.lines):
        out.write(f"# {clean(line)}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(csv_cell(table.title(name)) for name in table.frame.columns)
    writer.writerows([csv_cell(value) for value in row] for row in table.frame.iter_rows())
    return out.getvalue()


def json_text(table: Table) -> str:
    """The table as JSON with what is known about it; unknown is null."""
    rows = [_plain(row) for row in table.frame.iter_rows(named=True)]
    return json.dumps({**table.about, "rows": rows}, ensure_ascii=False, indent=1)


def markdown_text(table: Table) -> str:
    """The table as Markdown under its caption and lines; unknown is an empty cell."""
    frame = table.frame
    numeric = [frame.schema[name].is_numeric() for name in frame.columns]
    rows = [[table.title(n) for n in frame.columns], ["--:" if n else "---" for n in numeric]]
    rows += [[_markdown_cell(value) for value in row] for row in frame.iter_rows()]
    lines = [_escaped(table.caption), ""]
    if table.lines:
        fence = "```"
        lines += [fence, *(clean(line).replace("`", "'") for line in table.lines), fence, ""]
    escaped = ([_escaped(text) if i != 1 else text for text in row] for i, row in enumerate(rows))
    lines += [f"| {' | '.join(row)} |" for row in escaped]
    return "\n".join(lines) + "\n"


def parquet_bytes(table: Table) -> bytes:
    """The table as Parquet; caption, titles and what is known about it are its metadata."""
    out = io.BytesIO()
    titles = {name: table.title(name) for name in table.frame.columns}
    about = {"kasauti": table.caption, "kasauti_columns": json.dumps(titles, ensure_ascii=False)}
    for name, value in table.about.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        about[f"kasauti_{name}"] = text
    table.frame.write_parquet(out, metadata=about)
    return out.getvalue()


def excel_bytes(table: Table) -> bytes:
    """The table as an Excel book: caption, lines, frozen titles, typed numbers, no formulas."""
    import xlsxwriter

    out, frame = io.BytesIO(), table.frame
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "default_date_format": "yyyy-mm-dd",
    }
    book = xlsxwriter.Workbook(out, options)
    # The time is the market's, so that equal tables make equal files.
    made = dt.datetime.combine(table.date or dt.date(2000, 1, 1), dt.time())
    book.set_properties({"title": clean(table.caption), "created": made})
    sheet = book.add_worksheet("Kasauti")
    sheet.write_string(0, 0, clean(table.caption), book.add_format({"bold": True}))
    for y, line in enumerate(table.lines, 1):
        sheet.write_string(y, 0, clean(line))
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    top = max(len(table.lines), 1) + 2
    for x, name in enumerate(frame.columns):
        sheet.write_string(top, x, table.title(name), head)
        column = book.add_format({"num_format": _number_format(name, frame.schema[name])})
        sheet.set_column(x, x, _excel_width(frame[name]), column)
    for y, row in enumerate(frame.iter_rows(), top + 1):
        for x, value in enumerate(row):
            _write_cell(sheet, y, x, value)
    sheet.freeze_panes(top + 1, min(table.keys, frame.width))
    sheet.autofilter(top, 0, top + max(frame.height, 1), max(frame.width - 1, 0))
    book.close()
    return out.getvalue()


def _excel_width(values: pl.Series) -> int:
    """Characters a column is wide: room for a number, or for most of its texts."""
    if values.dtype != pl.String:
        return 12
    longest = values.str.len_chars().max()
    return min(max(longest + 1, 12), 40) if isinstance(longest, int) else 12


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


def _number_format(key: str, dtype: pl.DataType) -> str:
    """How a spreadsheet shows a column's numbers: a field's with the decimals the app shows."""
    known = by_key().get(key)
    unit = known.unit if known else None
    if unit is None and dtype.is_integer():
        return "0"
    if unit is None and dtype == pl.Date:
        return "yyyy-mm-dd"
    if unit in (Unit.DAYS, Unit.COUNT):
        return "0"
    if unit is Unit.DATE:
        return "yyyy-mm-dd"
    return "#,##0.0" if unit in (Unit.PERCENT, Unit.CRORE) else "#,##0.00"


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
    known = by_key().get(key)
    if known is None:
        return key
    return f"{known.name} ({known.unit.label})" if known.unit.label else known.name


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


_MAKERS: Final[Mapping[str, Callable[[Table], bytes]]] = {
    ".csv": lambda table: csv_text(table).encode("utf-8"),
    ".xlsx": excel_bytes,
    ".parquet": parquet_bytes,
    ".json": lambda table: json_text(table).encode("utf-8"),
    ".md": lambda table: markdown_text(table).encode("utf-8"),
}
#: What a file may end with.
ENDINGS: Final = tuple(_MAKERS)
ENDINGS_IN_WORDS: Final = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
