"""Rows a grid can draw: which columns, how wide, and their text, formatted a chunk at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Protocol

from rich.cells import cell_len, set_cell_size

from tui.format import UNIT_SIGNS, UNKNOWN, Headed, formatter, plain
from tui.headings import short

if TYPE_CHECKING:
    import polars as pl

CHUNK: Final = 64  # rows formatted at once
SHORT_WORD: Final = 9  # a longer single word has its unit under it
LEAST_SHADED: Final = 8  # rows; a percentile among fewer says nothing
HEADER_LINE: Final = 16  # a header line may be this wide even over narrower values
SHORT_TITLE: Final = 14  # a longer title is written with the usual short words
NUMERIC: Final = frozenset(("cr", "rs", "pct", "ratio", "days", "count", "cr_shares"))

#: A value just under the limit at which a unit drops its decimals is its widest for its size.
_WIDEST_BELOW: Final = {"cr": 99.9, "rs": 999.99, "cr_shares": 99.99}

VERDICT_SIGNS: Final = {"pass": "✓", "fail": "✗", "unknown": "?"}
_SIGN_TONES: Final = {"✓": "pass", "✗": "fail", "?": "unknown"}


@dataclass(frozen=True)
class Column:
    """One column of a grid. `write` turns a value into text; `tone` names the style of a text.

    A `drawn` column is for the eye only, a sign or a small drawing, and is not exported.
    """

    key: str
    header: tuple[str, str]
    width: int
    right: bool = False
    title: str = ""
    write: Callable[[object], str] = str
    tone: Callable[[str], str] = lambda text: "missing" if text == UNKNOWN else ""
    drawn: bool = False

    def fit(self, text: str) -> str:
        """`text` cut or padded to the column's width; a number is never cut."""
        if self.right:
            return text.rjust(self.width)
        if text.isascii():
            return plain(text, self.width).ljust(self.width)
        if cell_len(text) > self.width:
            text = set_cell_size(text, self.width - 1).rstrip() + "…"
        return set_cell_size(text, self.width)


class Rows(Protocol):
    """What a grid draws. Keys name rows, so that a cursor can stay on one through a sort."""

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def height(self) -> int: ...

    def texts(self, chunk: int, column: int) -> Sequence[str]:
        """The fitted texts of a column in rows `chunk * CHUNK` up to the next chunk."""
        ...

    def key(self, row: int) -> str: ...

    def find(self, key: str) -> int | None: ...

    def tone(self, row: int) -> str:
        """The name of a style for the whole row, or an empty text."""
        ...

    def heat(self, chunk: int, column: int) -> Sequence[int]:
        """How far each cell stands out in its column, -2 … 2; empty where none is shaded."""
        ...


class FrameRows:
    """The rows of a polars frame, named by its first column, which is not shown."""

    def __init__(
        self, frame: pl.DataFrame, columns: Sequence[Column], *, shaded: bool = False
    ) -> None:
        self.frame = frame
        self.columns = tuple(columns)
        self._shaded = shaded and frame.height >= LEAST_SHADED
        self._heat: dict[str, list[int]] = {}
        self.height = frame.height
        self._keys = frame.to_series(0) if frame.width else None

    def texts(self, chunk: int, column: int) -> Sequence[str]:
        """The fitted texts of a column in one chunk of rows."""
        its = self.columns[column]
        values = self.frame[its.key].slice(chunk * CHUNK, CHUNK).to_list()
        if its.right:
            return [its.write(value).rjust(its.width) for value in values]
        return [its.fit(its.write(value)) for value in values]

    def key(self, row: int) -> str:
        """The name of a row."""
        return "" if self._keys is None else str(self._keys[row])

    def find(self, key: str) -> int | None:
        """Where the row of that name is now."""
        return None if self._keys is None or not self.height else self._keys.index_of(key)

    def tone(self, row: int) -> str:
        """No row differs as a whole."""
        return ""

    def heat(self, chunk: int, column: int) -> Sequence[int]:
        """2 in the highest tenth of the column's numbers, 1 in the highest three, -1 and -2 below.

        Percentiles are those of the rows here; equal numbers are shaded alike.
        """
        its = self.columns[column]
        if not (self._shaded and its.right):
            return ()
        if its.key not in self._heat:
            self._heat[its.key] = _heat(self.frame[its.key])
        return self._heat[its.key][chunk * CHUNK : (chunk + 1) * CHUNK]


@dataclass(frozen=True)
class TextRows:
    """Rows of ready text, for statements and other small tables. Names are the row numbers.

    `exact` holds what a cell stands for where its text does not say it all: a figure before it was
    rounded, a name without its sign. It is by row and column key, and what an export writes.
    """

    columns: tuple[Column, ...]
    cells: tuple[tuple[str, ...], ...] = ()
    tones: tuple[str, ...] = ()
    exact: Mapping[tuple[int, str], object] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.cells)

    def texts(self, chunk: int, column: int) -> Sequence[str]:
        """The fitted texts of a column in one chunk of rows."""
        part = self.cells[chunk * CHUNK : (chunk + 1) * CHUNK]
        return [self.columns[column].fit(row[column]) for row in part]

    def key(self, row: int) -> str:
        """The row number as text."""
        return str(row)

    def find(self, key: str) -> int | None:
        """The row of that number."""
        return int(key) if key.isdigit() and int(key) < self.height else None

    def tone(self, row: int) -> str:
        """The style of a row as a whole."""
        return self.tones[row] if row < len(self.tones) else ""

    def heat(self, chunk: int, column: int) -> Sequence[int]:
        """Nothing is shaded."""
        return ()


def _heat(values: pl.Series) -> list[int]:
    share = (values.rank() - 0.5) / max(values.len() - values.null_count(), 1)
    above = (share >= 0.9).cast(int) + (share >= 0.7).cast(int)
    below = (share <= 0.1).cast(int) + (share <= 0.3).cast(int)
    return (above - below).fill_null(0).to_list()


NO_ROWS: Final = TextRows(())


def number_tone(text: str) -> str:
    """How a number is set: unknown dim, negative apart (its sign says so as well)."""
    if text == UNKNOWN:
        return "missing"
    return "negative" if text.startswith("-") else ""


def sign_tone(text: str) -> str:
    """The style of a verdict's sign."""
    return _SIGN_TONES.get(text.strip(), "")


def verdict_column(key: str = "verdict") -> Column:
    """A narrow column that shows a verdict as a sign."""
    write = lambda value: VERDICT_SIGNS.get(str(value), " ")  # noqa: E731
    return Column(key, ("", ""), 1, title="Verdict", write=write, tone=sign_tone)


def columns_of(
    frame: pl.DataFrame, fields: Mapping[str, Headed], *, text_width: int = 28
) -> tuple[Column, ...]:
    """A column for each of the frame's columns named in `fields`, as wide as its widest value.

    The first column names the rows and is not shown. All widths come from one aggregate over the
    frame. Text wider than `text_width` is cut.
    """
    import polars as pl

    named = [(key, fields[key]) for key in frame.columns[1:] if key in fields]
    extremes: list[pl.Expr] = []
    for key, its in named:
        if str(its.unit) in NUMERIC:
            extremes += [pl.col(key).min().alias(f"{key}<"), pl.col(key).max().alias(f"{key}>")]
        elif frame.schema[key] == pl.String:
            extremes.append(pl.col(key).str.len_chars().max().alias(f"{key}>"))
    found = frame.select(extremes).row(0, named=True) if extremes else {}
    return tuple(_column(key, field, found, text_width) for key, field in named)


def _column(key: str, field: Headed, found: Mapping[str, object], text_width: int) -> Column:
    unit = str(field.unit)
    write, right = formatter(unit), unit in NUMERIC
    if right:
        widest = max(len(write(v)) for v in _candidates(unit, found[f"{key}<"], found[f"{key}>"]))
    elif isinstance(longest := found.get(f"{key}>"), int):
        widest = min(longest, text_width)
    else:
        widest = 10 if unit == "date" else 3 if unit == "flag" else text_width
    title = plain(field.header)
    heading = short(title, max(widest, SHORT_TITLE))
    lines = header_lines(heading, UNIT_SIGNS.get(unit, ""), max(widest, HEADER_LINE))
    width = max(widest, *(len(line) for line in lines), 1)
    column = Column(key, lines, width, right, title, write)
    return replace(column, tone=number_tone) if right else column


def _candidates(unit: str, low: object, high: object) -> Iterable[object]:
    """The values among which the widest text of a column is found."""
    yield low
    yield high
    near = _WIDEST_BELOW.get(unit)
    if near and isinstance(low, (int, float)) and isinstance(high, (int, float)):
        if high >= near:
            yield near
        if low <= -near:
            yield -near


def header_lines(title: str, sign: str, width: int) -> tuple[str, str]:
    """A header on at most two lines, as narrow as it can be; the unit's sign ends the second."""
    sign = "" if sign.casefold() in title.casefold() else f" {sign}"
    words = title.split() or [""]
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words))]
    if sign and (len(words) > 1 or len(title) > SHORT_WORD):
        splits.append((title, ""))
    upper, lower = min(splits, key=lambda s: (max(len(s[0]), len(s[1] + sign)), len(s[1])))
    return plain(upper, width), f"{plain(lower, width - len(sign))}{sign}".strip()
