"""CSV files a reader brings: estimates, prices, and screens exported elsewhere.

What a file holds is told by its headers. Companies are named by symbol, BSE code, ISIN or name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from scrapers.cells import number
from screener.errors import LayoutError

Kind = Literal["estimates", "prices", "screen"]
MAX_BYTES: Final = 256 * 1024 * 1024
_MAX_CELL: Final = 10_000
_DATE_FORMS: Final = ("%Y-%m-%d", "%d-%b-%Y", "%d-%m-%Y", "%d/%m/%Y", "%d %b %Y", "%Y%m%d")
_MONTH_FORMS: Final = ("%b %Y", "%b-%Y", "%b-%y", "%Y-%m")
_GROUPED: Final = re.compile(r"[^,]*(?:,[0-9]{2,3})*(?:,[0-9]{3})(?:\.[0-9]*)?%?")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")

#: header → our name, in each kind of file; headers are compared without case and signs.
_COMPANY: Final = {
    "isin": "isin", "isin code": "isin",
    "symbol": "symbol", "nse code": "symbol", "nse symbol": "symbol", "ticker": "symbol",
    "bse code": "bse_code", "scrip code": "bse_code",
    "name": "name", "company": "name", "company name": "name",
}  # fmt: skip
_ESTIMATES: Final = {
    "fy end": "fy_end", "period end": "fy_end", "fiscal year end": "fy_end",
    "eps": "eps", "revenue": "revenue", "sales": "revenue",
    "analysts": "analysts", "as of": "as_of",
    "high": "high", "low": "low", "stdev": "stdev",
    "up 30d": "up_30d", "down 30d": "down_30d",
}  # fmt: skip
_PRICES: Final = {
    "date": "date", "open": "open", "high": "high", "low": "low",
    "close": "close", "volume": "volume", "turnover": "turnover",
}  # fmt: skip
_EXAMPLES: Final = (
    "Estimates need the columns symbol, fy_end, eps, as_of (analysts, revenue if known); prices "
    "need symbol, date, close (open, high, low, volume if known); a screen's export needs NSE Code "
    "or BSE Code."
)


@dataclass(frozen=True)
class Row:
    """A line of a file: who it is about, and its cells by our names. `line` counts from 1."""

    line: int
    company: dict[str, str]
    cells: dict[str, float | dt.date | None] = field(default_factory=dict)


@dataclass(frozen=True)
class CsvFile:
    """A file read: what it holds, its rows, and the lines that could not be read."""

    kind: Kind
    rows: tuple[Row, ...]
    faults: tuple[str, ...]


def parse_csv(body: bytes, name: str) -> CsvFile:
    """Read a CSV file of any of the kinds. Raises LayoutError."""
    lines = _lines(body, name)
    headers = [_folded(cell) for cell in lines[0]]
    kind = _kind(headers, name)
    wanted = {"estimates": _ESTIMATES, "prices": _PRICES, "screen": {}}[kind]
    who = {i: _COMPANY[h] for i, h in enumerate(headers) if h in _COMPANY}
    what = {i: wanted[h] for i, h in enumerate(headers) if h in wanted}
    rows: list[Row] = []
    faults: list[str] = []
    for at, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            rows.append(_row(at, cells, who, what))
        except ValueError as err:
            faults.append(f"line {at}: {err}")
    return CsvFile(kind, tuple(rows), tuple(faults))


def _lines(body: bytes, name: str) -> list[list[str]]:
    if len(body) > MAX_BYTES:
        raise LayoutError(f"{name} is larger than {MAX_BYTES // 2**20} MB; it was not read.")
    text = _decoded(body)
    if not text.strip() or "\0" in text:
        raise LayoutError(f"{name} is empty or not a text file.", _EXAMPLES)
    first = text.lstrip().splitlines()[0]
    delimiter = max(",;\t|", key=first.count)
    csv.field_size_limit(_MAX_CELL)
    try:
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error as err:
        raise LayoutError(f"{name} cannot be read as CSV: {err}") from err


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", errors="replace")


def _folded(header: str) -> str:
    return _NOT_WORD.sub(" ", header.casefold()).strip()


def _kind(headers: Sequence[str], name: str) -> Kind:
    have = set(headers)
    if {"fy end", "period end", "fiscal year end"} & have and {"eps", "revenue", "sales"} & have:
        return "estimates"
    if {"date", "close"} <= have:
        return "prices"
    if have & set(_COMPANY):
        return "screen"
    raise LayoutError(
        f"{name}: its columns ({', '.join(headers[:8])}) are none that can be imported.", _EXAMPLES
    )


def _row(at: int, cells: Sequence[str], who: dict[int, str], what: dict[int, str]) -> Row:
    company = {
        ours: cells[i].strip() for i, ours in who.items() if i < len(cells) and cells[i].strip()
    }
    found: dict[str, float | dt.date | None] = {}
    for i, ours in what.items():
        cell = cells[i].strip() if i < len(cells) else ""
        found[ours] = day(cell) if ours in ("date", "fy_end", "as_of") else _number(cell)
    return Row(at, company, found)


def _number(cell: str) -> float | None:
    """The number in a cell. A comma groups digits; as a decimal sign it is refused."""
    if "," in cell and not _GROUPED.fullmatch(cell):
        raise ValueError(f"{cell[:40]!r} is not a number; decimals are written with a point")
    return number(cell)


def day(text: str) -> dt.date | None:
    """A date as files write it, day before month; of a month its last day. None where blank.

    Raises ValueError for anything else.
    """
    if not text:
        return None
    for form in _DATE_FORMS:
        try:
            return dt.datetime.strptime(text[:11].strip(), form).date()
        except ValueError:
            continue
    for form in _MONTH_FORMS:
        try:
            first = dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
        following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        return following - dt.timedelta(days=1)
    raise ValueError(f"{text[:40]!r} is not a date")
