"""AMFI's half-yearly list: companies by six-month average market value, and so their size class."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any, Final

import polars as pl

from scrapers.archives import checked_zip
from scrapers.hosts import AMFI_HOST
from screener.errors import LayoutError

SOURCE: Final = "amfi"
LARGE: Final = 100  # ranks, as SEBI's circular of October 2017 draws the lines
MID: Final = 250
SMALL: Final = 500  # our own line between small and micro
_ROWS: Final = 20_000
_COLUMNS: Final = 40
_HEADER_WITHIN: Final = 20

_ENDED: Final = re.compile(r"\bended\s+(\d{1,2} [A-Z][a-z]+ \d{4})\b")

_SCHEMA: Final = {"isin": pl.String, "size_rank": pl.Int32, "size_mcap": pl.Float64}


def list_urls(today: dt.date) -> list[str]:
    """Addresses of the last two half-years' lists, the newest first."""
    ends = [
        end
        for year in (today.year, today.year - 1)
        for end in (dt.date(year, 12, 31), dt.date(year, 6, 30))
        if end < today
    ]
    return [
        f"https://{AMFI_HOST}/spages/AverageMarketCapitalization{end:%d%b%Y}.xlsx"
        for end in ends[:2]
    ]


def parse_list(body: bytes, name: str = "the AMFI list") -> pl.DataFrame:
    """isin, size_rank, size_mcap (₹ crore) and size_class of each company. Raises LayoutError."""
    rank, isin, value = -1, -1, -1
    found: list[tuple[str, int, float | None]] = []
    for number, row in enumerate(_rows(body, name)):
        if isin < 0:
            rank, isin, value = _positions(row)
            if number > _HEADER_WITHIN:
                break
        elif isinstance(row[rank], int) and isinstance(row[isin], str) and row[isin].strip():
            mcap = row[value]
            found.append(
                (
                    row[isin].strip(),
                    row[rank],
                    float(mcap) if isinstance(mcap, int | float) else None,
                )
            )
    if not found:
        raise LayoutError(
            f"{name} has no table of ranks and ISINs.", "AMFI may have changed the file."
        )
    frame = pl.DataFrame(found, schema=_SCHEMA, orient="row").unique(
        "isin", keep="first", maintain_order=True
    )
    if frame["size_rank"].is_duplicated().any() or frame["size_rank"].min() != 1:
        raise LayoutError(f"{name}: its ranks do not run from 1 without repetition.")
    return frame.with_columns(size_class(pl.col("size_rank")).alias("size_class"))


def period_end(body: bytes, name: str = "the AMFI list") -> dt.date | None:
    """The end of the half-year that the list's title names; None where it names none."""
    for row in _rows(body, name, _HEADER_WITHIN):
        found = _ENDED.search(" ".join(str(cell) for cell in row if cell is not None))
        if found:
            try:
                return dt.datetime.strptime(found[1], "%d %B %Y").date()
            except ValueError:
                return None
    return None


def size_class(rank: pl.Expr) -> pl.Expr:
    """The size class of a rank (schema SIZE_CLASSES)."""
    return (
        pl.when(rank <= LARGE)
        .then(pl.lit("large"))
        .when(rank <= MID)
        .then(pl.lit("mid"))
        .when(rank <= SMALL)
        .then(pl.lit("small"))
        .when(rank.is_not_null())
        .then(pl.lit("micro"))
    )


def _rows(body: bytes, name: str, most: int = _ROWS) -> list[tuple[Any, ...]]:
    """The first rows of the first sheet, at most so many."""
    import openpyxl

    checked_zip(body, name).close()
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            return list(sheet.iter_rows(max_row=most, max_col=_COLUMNS, values_only=True))
        finally:
            book.close()
    except Exception as err:
        # openpyxl raises whatever its XML and zip layers meet; all of it means an unusable file.
        raise LayoutError(f"{name} cannot be read as a workbook ({err}).") from err


def _positions(row: tuple[Any, ...]) -> tuple[int, int, int]:
    """Where the rank, the ISIN and the average value are, if this is the row of headers."""
    titles = [str(cell or "").casefold() for cell in row]
    rank = next((i for i, t in enumerate(titles) if t.startswith("sr")), -1)
    isin = next((i for i, t in enumerate(titles) if t.strip() == "isin"), -1)
    value = next((i for i, t in enumerate(titles) if t.startswith("average of all")), -1)
    return (rank, isin, value) if min(rank, isin, value) >= 0 else (-1, -1, -1)
