"""Tables of the app's views as files: what a view shows, typed and named. No terminal here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from tui.format import UNKNOWN, plain

if TYPE_CHECKING:
    import polars as pl

    from screener.export import Table
    from screener.market.store import Market
    from screener.screening import Result, Why
    from tui.rows import Column, TextRows

SECTION: Final = "Section"
_MARKS: Final = "*\u00a0 "  # after a figure: restated, and what keeps a column straight
_NUMBER: Final = re.compile(r"[+\-−]?[\d,]*\.?\d+")
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{10}")


def shown_table(
    rows: TextRows,
    market: Market,
    view: str,
    lines: Sequence[str] = (),
    opens: Sequence[str] = (),
) -> Table:
    """What a view shows: figures as numbers, headings among the rows as a column of sections.

    `view` says which view of what, `lines` what stands above the table, `opens` what each row
    opens, of which ISINs become a column.
    """
    import polars as pl

    from screener.export import Table, about_market

    kept = [at for at in range(rows.height) if not _is_heading(rows, at)]
    series: list[pl.Series] = []
    sections = _sections(rows)
    if sections:
        series.append(pl.Series(SECTION, [sections.get(at, "") for at in kept], pl.String))
    isins = [opens[at] if at < len(opens) else "" for at in kept]
    if any(isins) and all(not isin or _ISIN.fullmatch(isin) for isin in isins):
        series.append(pl.Series("ISIN", isins, pl.String))
    taken = {one.name for one in series}
    for at, column in enumerate(rows.columns):
        if not column.drawn:
            name = _name(column, taken)
            taken.add(name)
            series.append(_typed(name, column, [(row, rows.cells[row][at]) for row in kept], rows))
    notes = tuple(plain(line).strip() for line in lines if line.strip())
    about = {"view": view, **about_market(market), "notes": list(notes)}
    keys = len(series) and 1 + bool(sections) + ("ISIN" in taken)
    caption = f"Kasauti · {view} · {market.label}"
    return Table(pl.DataFrame(series), caption, notes, {}, about, market.date, keys)


def _is_heading(rows: TextRows, at: int) -> bool:
    """Whether a row is a title over others: text in its first cell and nowhere else."""
    cells = rows.cells[at]
    return rows.tone(at) == "heading" and bool(cells[0].strip()) and not any(cells[1:])


def _sections(rows: TextRows) -> dict[int, str]:
    """The title each row stands under; empty where the table has none."""
    found: dict[int, str] = {}
    title = ""
    for at in range(rows.height):
        if _is_heading(rows, at):
            title = str(rows.exact.get((at, rows.columns[0].key)) or plain(rows.cells[at][0]))
        elif title:
            found[at] = title.strip()
    return found


def _name(column: Column, taken: Iterable[str]) -> str:
    """The column's title, another than those before it."""
    title = plain(column.title or " ".join(column.header)).strip() or column.key.capitalize()
    names = (title, *(f"{title} {number}" for number in range(2, 1000)))
    return next(name for name in names if name not in taken)


def _typed(
    name: str, column: Column, cells: Sequence[tuple[int, str]], rows: TextRows
) -> pl.Series:
    """A column of numbers where its cells are, else of dates or of text; unknown is null."""
    import polars as pl

    values, shares = [], set()
    for row, text in cells:
        exact = (row, column.key) in rows.exact
        value = rows.exact[(row, column.key)] if exact else _value(text, column)
        values.append(value)
        if value is not None:
            shares.add(not exact and text.rstrip(_MARKS).endswith("%"))
    known = [value for value in values if value is not None]
    if known and len(shares) == 1 and all(isinstance(value, (int, float)) for value in known):
        title = f"{name} %" if True in shares and "%" not in name else name
        whole = all(isinstance(value, int) for value in known)
        return pl.Series(title, values, pl.Int64 if whole else pl.Float64, strict=False)
    texts = [_text(value, text) for value, (_, text) in zip(values, cells, strict=True)]
    if known and all(_is_date(text) for text in texts if text):
        return pl.Series(name, [dt.date.fromisoformat(t) if t else None for t in texts], pl.Date)
    return pl.Series(name, texts, pl.String)


def _text(value: object, shown: str) -> str | None:
    """A value among texts: a number as it is shown, with its unit."""
    if value is None:
        return None
    return shown.strip() if isinstance(value, (int, float)) else str(value)


def _value(text: str, column: Column) -> object:
    """What a cell says: a number in a column of numbers, else its text."""
    text = text.rstrip(_MARKS).strip()
    if text in ("", UNKNOWN):
        return None
    bare = text.removesuffix("%").rstrip(_MARKS)
    if not column.right or not _NUMBER.fullmatch(bare):
        return text
    digits = bare.replace(",", "").replace("−", "-")
    return float(digits) if "." in digits or text.endswith("%") else int(digits)


def _is_date(text: str) -> bool:
    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False


def funnel_table(result: Result) -> Table:
    """A row a condition of the screen: how many it leaves, and how many it alone keeps out."""
    import polars as pl

    from screener.export import Table, about_market

    names = ("Condition", "Left", "No data", "Fail it", "Only it")
    rows = [(s.text, s.left, s.unknown, s.failed, s.fails_alone) for s in result.funnel]
    types = dict.fromkeys(names[1:], pl.Int64)
    frame = pl.DataFrame(rows, {"Condition": pl.String, **types}, orient="row")
    counts = result.counts
    total = counts.passed + counts.failed + counts.unknown
    view = f"Funnel of {result.screen.title}"
    lines = (" ".join(result.screen.query.split()), f"{total} in the universe")
    about = {"view": view, "query": result.screen.query, **about_market(result.market)}
    caption = f"Kasauti · {view} · {result.market.label}"
    return Table(frame, caption, lines, {}, {**about, "universe": total}, result.market.date)


def why_table(result: Result, why: Why) -> Table:
    """A row a condition: what it says of the company, by which figures, and by how much."""
    import polars as pl

    from screener.export import Table, about_market
    from tui.explain import source_lines
    from tui.widgets.why import flattened

    rows = [
        {
            "Condition": f"{'  ' * depth}{c.text}",
            "Verdict": str(c.verdict),
            "Found": _number(c.left_value),
            "Threshold": _number(c.right_value),
            "Margin": c.margin,
            "Unit": c.unit.label if c.unit is not None else None,
            "Missing": c.reason.sentence if c.reason is not None else None,
            "Sources": "; ".join(source_lines(c.sources)) or None,
        }
        for depth, c in flattened(why.conditions)
    ]
    texts, numbers = ("Condition", "Verdict"), ("Found", "Threshold", "Margin")
    schema = {
        **dict.fromkeys(texts, pl.String),
        **dict.fromkeys(numbers, pl.Float64),
        **dict.fromkeys(("Unit", "Missing", "Sources"), pl.String),
    }
    view = f"Why {why.symbol} {why.name} · {result.screen.title} · {why.verdict}"
    about = {"view": view, "query": result.screen.query, **about_market(result.market)}
    where = () if why.in_universe else ("It is outside the screen's universe.",)
    lines = (" ".join(result.screen.query.split()), *where)
    caption = f"Kasauti · {view} · {result.market.label}"
    frame = pl.DataFrame(rows, schema, orient="row")
    return Table(frame, caption, lines, {}, about, result.market.date)


def _number(value: object) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None
