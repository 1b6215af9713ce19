"""A screen on many days at once, each by what was known on it.

The panels of all days lie below each other, and hold only the columns the screen reads; what
compares companies is worked out day by day. `run` over `Market.as_of` gives the same, one day at a
time and with everything else a day has to tell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

import polars as pl

from screener.errors import ScreenError
from screener.fields import goalposts
from screener.fields.catalogue import PASSED_ON, Values, by_key, compute
from screener.fields.scores import SCORES, by_own_goalposts
from screener.language import Program
from screener.market.panel import Panels, all_columns
from screener.market.store import Market
from screener.programs import compiled, lists_since
from screener.screens import Screen

Progress = Callable[[int, int], None]  # days done, days in all

_ROWS: Final = 60_000  # of the panels held at a time


def verdicts(
    market: Market,
    screen: Screen,
    days: Sequence[dt.date],
    *,
    ratios: Mapping[str, str] | None = None,
    watchlists: Mapping[str, Iterable[str]] | None = None,
    also: Sequence[str] = (),
    progress: Progress | None = None,
    held: Panels | None = None,
) -> pl.DataFrame:
    """What the screen says of every company on each of those days (ascending).

    Columns: date, isin, verdict (null where unknown), inside (of its universe), and the panel
    columns of `also`. One row for each company listed by the day. `held` are the market's panels of
    those days, where the caller has them already. Raises LanguageError, and
    ScreenError where the screen names a day itself.
    """
    program, universe = compiled(screen, ratios=ratios, watchlists=watchlists)
    if program.as_of is not None:
        raise ScreenError(
            "The screen says “as of” a day, and here it is run on many.",
            "Leave “as of” out of it.",
        )
    question = _Question(program, universe, tuple(also))
    held = held or market.panels(days)
    since = lists_since(market, question.parts)
    held.place(question.columns)
    found: list[pl.DataFrame] = []
    for part in _parts([len(rows) for rows in held.rows]):
        found += question.answers(
            held.frame(question.columns, part),
            [len(rows) for rows in held.rows[part]],
            since,
        )
        if progress:
            progress(part.stop, len(days))
    return pl.concat(found)


def _parts(sizes: Sequence[int]) -> Iterator[slice]:
    """Consecutive days of about _ROWS rows together."""
    begin, rows = 0, 0
    for i, size in enumerate(sizes):
        if rows and rows + size > _ROWS:
            yield slice(begin, i)
            begin, rows = i, 0
        rows += size
    yield slice(begin, len(sizes))


class _Question:
    """A compiled screen, and the columns it needs."""

    def __init__(self, program: Program, universe: Program | None, also: tuple[str, ...]) -> None:
        self._program, self._universe, self._also = program, universe, also
        self.parts = parts = [part for part in (program, universe) if part is not None]
        extra = {e.name: e for part in parts for e in part.extra}
        self._early = [e.expr.alias(e.name) for e in extra.values() if e.stage == 1]
        self._late = [e.expr.alias(e.name) for e in extra.values() if e.stage != 1]
        read = _roots([part.verdict for part in parts] + self._late)
        wanted = [name for name in read if not name.endswith("?")]
        reasons = [name for name in read if name.endswith("?") and name not in extra]
        if reasons:
            raise AssertionError(f"a screen reads reasons: {reasons}")
        keys = [name for name in wanted if name in by_key() and name not in extra]
        # Only a user's own goalposts need every figure, with its reason.
        self._scores = [key for key in keys if key in SCORES]
        self._own = bool(self._scores) and goalposts.in_use().own is not None
        self._values = Values(keys, ["isin", "as_of", *(n for n in wanted if n in PASSED_ON)])
        early = [name for name in _roots(self._early) if name in all_columns()]
        needed = all_columns() if self._own else self._values.columns
        self.columns = tuple(dict.fromkeys((*needed, *early, *also)))

    def answers(
        self, panel: pl.DataFrame, heights: Sequence[int], lists_since: dt.date | None
    ) -> Iterator[pl.DataFrame]:
        """The verdicts on the days of a panel, which has so many rows of each."""
        if lists_since is not None and "indices" in panel.columns:
            known = pl.col("as_of") >= lists_since
            panel = panel.with_columns(pl.when(known).then("indices").alias("indices"))
        frame = self._values.alone(panel)
        compares = self._values.compares or self._own
        if self._early:
            frame = frame.hstack(panel.select(self._early))
        frame = frame.hstack(
            panel.select(f"{name}" for name in self._also if name not in frame.columns)
        )
        if not compares and not self._late:
            yield self._judged(frame)
            return
        begins = accumulate(heights, initial=0)
        for begin, height in zip(begins, heights, strict=False):
            whole = self._values.together(frame.slice(begin, height))
            if self._own:
                scored = by_own_goalposts(compute(panel.slice(begin, height)))
                whole = whole.with_columns(scored.select(self._scores))
            for expr in self._late:
                whole = whole.with_columns(expr)
            yield self._judged(whole)

    def _judged(self, frame: pl.DataFrame) -> pl.DataFrame:
        inside = pl.lit(True) if self._universe is None else self._universe.verdict.fill_null(True)
        return frame.select(
            pl.col("as_of").alias("date"),
            "isin",
            self._program.verdict.alias("verdict"),
            inside.alias("inside"),
            *self._also,
        )


def _roots(exprs: Iterable[pl.Expr]) -> list[str]:
    return list(dict.fromkeys(name for expr in exprs for name in expr.meta.root_names()))
