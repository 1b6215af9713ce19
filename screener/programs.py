"""What a screen's text becomes: its programs, the fields they read, and the words they may use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

import polars as pl

from screener.fields.base import Unit
from screener.fields.catalogue import all_fields, by_key
from screener.language import Condition, Lexicon, Program, compile_screen
from screener.language.syntax import Member, walk
from screener.market.store import Market
from screener.screens import Screen


def compiled(
    screen: Screen,
    *,
    ratios: Mapping[str, str] | None = None,
    watchlists: Mapping[str, Iterable[str]] | None = None,
    values: Mapping[str, Collection[str]] | None = None,
) -> tuple[Program, Program | None]:
    """The programs of a screen and of its universe. Raises LanguageError with every fault."""
    lexicon = lexicon_with(tuple((ratios or {}).items()))
    lists = {name: frozenset(members) for name, members in (watchlists or {}).items()}
    program = compile_screen(screen.query, lexicon, watchlists=lists, values=values)
    return program, compile_screen(screen.universe, lexicon) if screen.universe else None


@lru_cache(maxsize=8)
def lexicon_with(ratios: tuple[tuple[str, str], ...] = ()) -> Lexicon:
    """Every name of the catalogue and these custom ratios."""
    return Lexicon.of(all_fields(), dict(ratios))


def keys_read(parts: Iterable[Program], shown: Iterable[str] = ()) -> list[str]:
    """The fields that a screen's programs read, and those of `shown`."""
    exprs: list[pl.Expr] = []
    names = list(shown)
    for part in parts:
        exprs += [part.verdict, *(e.expr for e in part.extra)]
        names += part.fields
        for c in _all_conditions(part.conditions):
            exprs += [e for e in (c.verdict, c.left, c.right) if e is not None]
    names += [name for expr in exprs for name in expr.meta.root_names()]
    keys = dict.fromkeys(name.removesuffix("?") for name in names)
    return [key for key in keys if key in by_key()]


def _all_conditions(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        yield condition
        yield from _all_conditions(condition.children)


def lists_since(market: Market, parts: Iterable[Program]) -> dt.date | None:
    """The day from which a list of every index the programs name is on record.

    None where they name none. Before that day a question after them has no answer.
    """
    names = {
        node.name.casefold()
        for part in parts
        for node in walk(part.tree)
        if isinstance(node, Member) and node.kind == "index"
    }
    if not names:
        return None
    from screener.market import standing

    first = standing.first_lists(market.table("members").collect())
    return max(first.get(name, dt.date.max) for name in names)


@lru_cache(maxsize=4)
def texts_of(market: Market) -> Mapping[str, frozenset[str]]:
    """The texts that occur in the market's text columns, so that a misspelt one can be named."""
    return _Texts(market)


class _Texts(Mapping[str, frozenset[str]]):
    """Key of a text field → the texts that occur in it; looked up only for a screen that asks."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._keys = ("indices", *(f.key for f in all_fields() if f.unit is Unit.TEXT))
        self._known: dict[str, frozenset[str]] = {}

    def __getitem__(self, key: str) -> frozenset[str]:
        if key not in self._keys:
            raise KeyError(key)
        if key not in self._known:
            column = self._market.fields_of([key] if key in by_key() else [])[key]
            texts = column.explode() if column.dtype == pl.List else column
            self._known[key] = frozenset(texts.unique().drop_nulls())
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
