"""The list on screen: which companies of a result, which columns, in which order. Pure polars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import polars as pl

    from screener.fields.base import Field
    from screener.screening import Result

Show = Literal["pass", "unknown", "near", "fail", "all"]
SHOWS: Final[tuple[Show, ...]] = ("pass", "unknown", "near", "fail", "all")
SHOW_TITLES: Final[Mapping[Show, str]] = {
    "pass": "Pass",
    "unknown": "Needs data",
    "near": "Near misses",
    "fail": "Fail",
    "all": "All",
}
#: Shown after a screen's own columns, so that every list says what a company is worth and does.
USUAL_COLUMNS: Final = ("market_cap", "current_price", "pe", "roce", "industry")
IDENTITY: Final = ("isin", "symbol", "name", "verdict")
#: Text columns that narrowing looks into.
NARROWED: Final = ("symbol", "name", "industry", "sector", "basic_industry")


@dataclass(frozen=True)
class Scope:
    """A part of the market that the list is kept to: a shortlist or an industry, by its name."""

    title: str
    isins: frozenset[str]
    kind: Literal["shortlist", "industry"] = "industry"
    name: str = ""


@dataclass(frozen=True)
class View:
    """How a reader looks at a screen; remembered for each screen.

    Columns of `order` come first and in that order. `frozen` is the last column that stays in
    place when the others scroll sideways; empty is the symbol.
    """

    show: Show = "pass"
    sort: tuple[tuple[str, bool], ...] = ()
    hidden: frozenset[str] = frozenset()
    added: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    frozen: str = ""

    def sorted_by(self, key: str, *, down: bool, further: bool = False) -> View:
        """Sorted by `key`, or by it after the keys there are."""
        before = tuple(pair for pair in self.sort if pair[0] != key) if further else ()
        return replace(self, sort=(*before, (key, down)))

    def next_show(self, steps: int = 1) -> View:
        """The next list: passes, needs data, near misses, fails, all."""
        return replace(self, show=SHOWS[(SHOWS.index(self.show) + steps) % len(SHOWS)])

    def without(self, key: str) -> View:
        """With that column hidden, and not sorted by it."""
        return replace(
            self,
            hidden=self.hidden | {key},
            added=tuple(k for k in self.added if k != key),
            sort=tuple(pair for pair in self.sort if pair[0] != key),
        )

    def with_column(self, key: str) -> View:
        """With that column added or brought back."""
        if key in self.hidden:
            return replace(self, hidden=self.hidden - {key})
        return replace(self, added=tuple(dict.fromkeys((*self.added, key))))

    def with_columns(self, chosen: Sequence[str], usual: Sequence[str]) -> View:
        """With exactly these columns in this order, where `usual` are shown of themselves."""
        sort = tuple(pair for pair in self.sort if pair[0] in chosen or pair[0] not in usual)
        return replace(
            self,
            hidden=frozenset(usual) - frozenset(chosen),
            added=tuple(key for key in chosen if key not in usual),
            order=tuple(chosen),
            sort=sort,
        )


@dataclass(frozen=True)
class Listing:
    """One list of one result, ready to draw."""

    result: Result
    fields: Mapping[str, Field]
    view: View = field(default_factory=View)
    scope: Scope | None = None
    narrow: str = ""

    @cached_property
    def usual(self) -> tuple[str, ...]:
        """Field keys shown of themselves: the screen's, those its conditions use, the usual.

        A flag that a condition uses says the same on every line and is left to the why panel."""
        used = [key for c in self.result.program.conditions for key in c.fields]
        wanted = (*self.result.screen.columns, *used, *USUAL_COLUMNS)
        return tuple(
            key
            for key in dict.fromkeys(wanted)
            if key in self.fields
            and key not in IDENTITY
            and (key not in used or self.fields[key].unit != "flag")
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Field keys of the columns, in order: the usual and the added, without the hidden."""
        shown = [
            key
            for key in dict.fromkeys((*self.usual, *self.view.added))
            if key in self.fields and key not in IDENTITY and key not in self.view.hidden
        ]
        rank = {key: place for place, key in enumerate(self.view.order)}
        return tuple(sorted(shown, key=lambda key: rank.get(key, len(rank))))

    @cached_property
    def sort(self) -> tuple[tuple[str, bool], ...]:
        """What the list is sorted by: the reader's choice, else the screen's."""
        if self.view.sort:
            return tuple(pair for pair in self.view.sort if self.can_sort(pair[0]))
        if self.view.show == "near":
            return ()
        return tuple(pair for pair in self.result.screen.sort if pair[0] in self.fields)

    def can_sort(self, key: str) -> bool:
        """Whether that is a column the list can be sorted by."""
        return key in self.fields or key in ("symbol", "name", "verdict")

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The companies shown: isin, verdict, symbol, name, then the columns."""
        return self._part(self.view.show)

    def _part(self, show: Show) -> pl.DataFrame:
        import polars as pl

        helpers = [k for k in NARROWED if k in self.fields and k not in self.columns]
        frame = self.result.rows(show, (*self.columns, *helpers), self.sort)
        if self.scope is not None:
            frame = frame.filter(pl.col("isin").is_in(list(self.scope.isins)))
        for word in self.narrow.split():
            frame = frame.filter(_holds(word, frame))
        return frame.select("isin", "verdict", "symbol", "name", *self.columns)

    def matches(self, text: str) -> list[int]:
        """The rows whose symbol, name or industry hold every word of the text."""
        import polars as pl

        words = text.split()
        keys = [k for k in NARROWED if k in self.fields and k not in self.columns]
        frame = self.frame
        if keys:
            texts = self.result.market.fields.select("isin", *(k for k in keys if k not in frame))
            frame = frame.join(texts, on="isin", how="left", maintain_order="left")
        if not words:
            return []
        held = pl.all_horizontal([_holds(word, frame) for word in words])
        return frame.select(held.arg_true().alias("row"))["row"].to_list()

    @cached_property
    def totals(self) -> Mapping[Show, int]:
        """How many companies each list holds, within the scope."""
        numbers: tuple[int, ...]
        if self.scope is None:
            counts = self.result.counts
            near = int(self.result.mask("near").sum())
            everyone = counts.passed + counts.failed + counts.unknown
            numbers = (counts.passed, counts.unknown, near, counts.failed, everyone)
        else:
            whole = replace(self, narrow="")
            numbers = tuple(whole._part(show).height for show in SHOWS)
        return dict(zip(SHOWS, numbers, strict=True))

    def only(self, isins: Sequence[str] | set[str]) -> pl.DataFrame:
        """The rows of these companies, in the list's order."""
        import polars as pl

        return self.frame.filter(pl.col("isin").is_in(list(isins)))


def _holds(word: str, frame: pl.DataFrame) -> pl.Expr:
    """Whether one of the narrowed columns holds the word."""
    import polars as pl

    hits = (pl.col(k).str.contains(f"(?i){_literal(word)}") for k in NARROWED if k in frame.columns)
    return pl.any_horizontal(hits).fill_null(False)


def _literal(word: str) -> str:
    """A word as a pattern that matches only itself."""
    import re

    return re.escape(word)
