"""CSV files of the exchange read as text by their headers, refused when they are something else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import polars as pl

from screener.errors import LayoutError

#: Columns of the daily price file that both exchanges write alike (UDiFF), and our names.
UDIFF_PRICES: Final = {
    "TradDt": "date",
    "FinInstrmTp": "instrument",
    "ISIN": "isin",
    "SctySrs": "series",
    "OpnPric": "open",
    "HghPric": "high",
    "LwPric": "low",
    "ClsPric": "close",
    "TtlTradgVol": "volume",
    "TtlTrfVal": "turnover",
}


def read_csv(body: bytes, name: str) -> pl.DataFrame:
    """All cells as text, headers and cells stripped. Raises LayoutError."""
    if body[:64].lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        raise LayoutError(
            f"{name} came as a web page instead of a table.",
            "The host may be blocking, or down. What was fetched before is kept.",
        )
    try:
        frame = pl.read_csv(body, infer_schema=False, encoding="utf8-lossy")
    except (pl.exceptions.PolarsError, ValueError) as err:
        raise LayoutError(f"{name} cannot be read as CSV: {err}") from err
    frame = frame.rename({column: column.strip("\ufeff ") for column in frame.columns})
    return frame.with_columns(pl.all().str.strip_chars())


def columns(frame: pl.DataFrame, wanted: dict[str, str], name: str) -> pl.DataFrame:
    """The wanted columns under our names, a blank where a cell is missing. Raises LayoutError."""
    missing = [column for column in wanted if column not in frame.columns]
    if missing:
        raise LayoutError(
            f"{name} lacks {', '.join(missing)}; it has {', '.join(frame.columns[:8])} …",
            "The exchange may have changed the file.",
        )
    return frame.select(pl.col(column).fill_null("").alias(ours) for column, ours in wanted.items())


def refuse_other_day(found: Collection[str], right: str, name: str) -> None:
    """Raise LayoutError unless that day, as the file writes it, is the only one in the file."""
    days = sorted(set(found))
    if days != [right]:
        raise LayoutError(
            f"{name} is of {', '.join(days[:3]) or 'no day'}.",
            "It is not used; it is fetched again in a later run.",
        )


def number(column: str) -> pl.Expr:
    """The column as finite numbers; an empty or unreadable cell is null."""
    value = pl.col(column).str.replace_all(",", "").cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value).alias(column)
