"""Every field there is: found by name, and computed for all companies at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import polars as pl

from screener.errors import UnknownName
from screener.fields import (
    cash,
    company,
    cycle,
    factors,
    growth,
    levels,
    notes,
    ownership,
    peers,
    price,
    priced_in,
    quality,
    revisions,
    scorecards,
    scores,
    solvency,
    valuation,
    visibility,
)
from screener.fields.base import NOW, Family, Field, Reason, because, is_outdated
from screener.fields.plan import SharedColumns

if TYPE_CHECKING:
    from screener.language import Lexicon

FAMILIES: Final[tuple[Family, ...]] = (
    company.FAMILY,
    valuation.FAMILY,
    priced_in.FAMILY,
    peers.FAMILY,
    quality.FAMILY,
    cash.FAMILY,
    solvency.FAMILY,
    growth.FAMILY,
    visibility.FAMILY,
    revisions.FAMILY,
    price.FAMILY,
    ownership.FAMILY,
    cycle.FAMILY,
    scorecards.FAMILY,
    factors.FAMILY,
    scores.FAMILY,
    notes.FAMILY,
    levels.FAMILY,
)

_YEARLY: Final = re.compile(r".+@(\d+|L)")
_QUARTERLY: Final = re.compile(r".+@q\d+")
_DATES: Final = ("end", "months", "known")
#: Columns that say whether a report is out of date.
_DATED: Final = ("as_of", "end@0", "end@q0", "market_cap_printed@s")

#: Columns of the panel that `compute` hands on beside the fields.
PASSED_ON: Final = (
    "isin", "symbol", "bse_code", "name", "series", "listed_on", "macro_sector", "sector",
    "industry", "basic_industry", "template", "is_financial", "is_sme", "size_class", "size_rank",
    "size_mcap", "indices", "status", "basis", "as_of", "price_date",
)  # fmt: skip


class DuplicateNameError(ValueError):
    """Two fields share a key, a name or an alias."""


@cache
def all_fields() -> tuple[Field, ...]:
    """Every field, family by family. Raises DuplicateNameError if a name stands for two of them."""
    fields = tuple(
        replace(field, family=family.title) for family in FAMILIES for field in family.fields
    )
    names_of(fields)
    return fields


def names_of(fields: Iterable[Field]) -> dict[str, Field]:
    """Keys, names and aliases in plain spelling → field. Raises DuplicateNameError."""
    names: dict[str, Field] = {}
    for field in fields:
        for name in {plain(name) for name in (field.key, field.name, *field.aliases)}:
            if name in names:
                raise DuplicateNameError(f"“{name}” is both {names[name].key} and {field.key}")
            names[name] = field
    return names


def plain(name: str) -> str:
    """A name without regard to case and to the width of its white space."""
    return " ".join(name.casefold().split())


@cache
def by_key() -> Mapping[str, Field]:
    """Field key → field, in the order of `all_fields`."""
    return MappingProxyType({field.key: field for field in all_fields()})


@cache
def _by_name() -> Mapping[str, Field]:
    return names_of(all_fields())


def find(name: str) -> Field:
    """The field with that key, name or alias, in any case. Raises UnknownName."""
    field = _by_name().get(plain(name))
    if field is None:
        known = [label for f in all_fields() for label in (f.name, *f.aliases)]
        raise UnknownName.among("field", name, known)
    return field


@cache
def lexicon() -> Lexicon:
    """The words of the screen language."""
    from screener.language import Lexicon

    return Lexicon.of(all_fields())


def compute(panel: pl.DataFrame, keys: Collection[str] | None = None) -> pl.DataFrame:
    """Every field, or those of `keys` with what they build on, of every company of the panel.

    Columns: those of PASSED_ON, one a field (its key), and beside each the reason code of its
    nulls (`key?`), null where the value is known. Numbers are finite or null.
    """
    return compare(compute_alone(panel, keys), keys)


def panel_columns(keys: Collection[str]) -> tuple[str, ...]:
    """The panel columns from which `compute` gives those fields."""
    return tuple(dict.fromkeys((*_DATED, *PASSED_ON, *_query(frozenset(keys))[0].reads)))


def compute_alone(panel: pl.DataFrame, keys: Collection[str] | None = None) -> pl.DataFrame:
    """The fields that need no other company: any part of the panel gives the rows it holds."""
    step = _query(None if keys is None else frozenset(keys))[0]
    return _run(
        _of_today(panel), step, [pl.col(name) for name in PASSED_ON if name not in step.keys]
    )


def values_of(field: Field, panel: pl.DataFrame) -> pl.Series:
    """The values of one field that needs no other company; it need not be of the catalogue.

    `panel` has the columns the field reads. Nothing is kept out for its age.
    """
    shared, value = _planned(field)
    for stage in shared:
        panel = _collected(panel.lazy().with_columns(stage))
    return _collected(panel.lazy().select(value.alias(field.key))).to_series()


@lru_cache(maxsize=1024)
def _planned(field: Field) -> tuple[tuple[tuple[pl.Expr, ...], ...], pl.Expr]:
    """The shared columns of a field, stage by stage, and its value made of them."""
    plan = SharedColumns()
    value = field.define(replace(NOW, plan=plan)).value
    return _used(plan.stages, [value]), value


class Values:
    """The values of some fields, without reasons for the nulls, from no more than they need.

    For many days at once: `alone` takes panels of any number of days below each other, `together`
    what that gave for the companies of one day. `kept` are columns of PASSED_ON to hand on.
    """

    def __init__(self, keys: Collection[str], kept: Collection[str] = ()) -> None:
        self._steps = _query(frozenset(keys), reasons=False)
        later = {name for step in self._steps[1:] for name in step.reads}
        self.kept = tuple(name for name in PASSED_ON if name in later or name in kept)

    @property
    def columns(self) -> tuple[str, ...]:
        """The panel columns needed."""
        return tuple(dict.fromkeys((*_DATED, *self.kept, *self._steps[0].reads)))

    @property
    def compares(self) -> bool:
        """Whether any of the fields looks at other companies."""
        return len(self._steps) > 1

    def alone(self, panel: pl.DataFrame) -> pl.DataFrame:
        """The fields that need no other company, beside the columns kept."""
        step = self._steps[0]
        kept = [pl.col(name) for name in self.kept if name not in step.keys]
        return _run(_of_today(panel), step, kept)

    def together(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What `alone` gave for a day, with peers, percentiles and scores added."""
        for step in self._steps[1:]:
            frame = _run(frame, step, [pl.all()])
        return frame


def _of_today(panel: pl.DataFrame) -> pl.DataFrame:
    """The panel without the statements of companies whose last report is long out of date.

    Their dates stay, so that one sees how old the report is.
    """
    for slot, periods in (("0", _YEARLY), ("q0", _QUARTERLY)):
        old = panel.select(is_outdated(slot)).to_series()
        if old.any():
            names = [name for name in panel.columns if periods.fullmatch(name)]
            panel = _without(panel, old, [n for n in names if n.split("@")[0] not in _DATES])
    capital_old = panel.select(is_outdated("0") & pl.col("market_cap_printed@s").is_null())
    held = [name for name in ("shares", "market_cap") if name in panel.columns]
    return _without(panel, capital_old.to_series(), held)


def _without(panel: pl.DataFrame, rows: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """The panel with those columns null in those rows."""
    return panel.with_columns(pl.when(~rows).then(pl.col(name)).alias(name) for name in columns)


def compare(frame: pl.DataFrame, keys: Collection[str] | None = None) -> pl.DataFrame:
    """What `compute_alone` gave for all companies, with peers, percentiles and scores added."""
    query = _query(None if keys is None else frozenset(keys))
    for step in query[1:]:
        frame = _run(frame, step, [pl.all()])
    every = [key for step in query for key in step.keys]
    return frame.select(
        *PASSED_ON, *(key for key in every if key not in PASSED_ON), *(f"{key}?" for key in every)
    )


@dataclass(frozen=True)
class _Step:
    """The fields of one stage: the columns they share, their values and their codes."""

    keys: tuple[str, ...]
    shared: tuple[tuple[pl.Expr, ...], ...]
    values: tuple[pl.Expr, ...]
    codes: tuple[pl.Expr, ...]
    explained: tuple[str, ...]  # the keys that have a code

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The columns it needs from outside."""
        exprs = [*(expr for stage in self.shared for expr in stage), *self.values, *self.codes]
        own = {expr.meta.output_name() for stage in self.shared for expr in stage}
        roots = dict.fromkeys(name for expr in exprs for name in expr.meta.root_names())
        return tuple(name for name in roots if name not in own)


@cache
def _query(keys: frozenset[str] | None, reasons: bool = True) -> tuple[_Step, ...]:
    """The steps that compute those fields and the fields they build on."""
    wanted = all_fields() if keys is None else _with_inputs(keys)
    stages = sorted({1, *(field.stage for field in wanted)})
    by_stage = [[field for field in wanted if field.stage == n] for n in stages]
    if reasons:
        return tuple(_step(fields, frozenset(field.key for field in fields)) for fields in by_stage)
    explained: frozenset[str] = frozenset()
    while True:
        steps = tuple(_step(fields, explained) for fields in by_stage)
        # Some values depend on why another one is null.
        asked = {name.removesuffix("?") for s in steps for name in s.reads if name.endswith("?")}
        if asked <= explained:
            return steps
        explained |= asked


def _with_inputs(keys: Iterable[str]) -> list[Field]:
    fields, todo, found = by_key(), list(keys), set[str]()
    while todo:
        key = todo.pop()
        if key in found:
            continue
        if key not in fields:
            raise UnknownName.among("field", key, fields)
        found.add(key)
        if fields[key].stage > 1:
            names = {
                name.removesuffix("?")
                for expr in (fields[key].measure.value, *fields[key].measure.codes)
                for name in expr.meta.root_names()
            }
            todo += [
                name for name in names if name in fields and fields[name].stage < fields[key].stage
            ]
    return [field for field in all_fields() if field.key in found]


def _step(fields: list[Field], explained: frozenset[str]) -> _Step:
    """The step that computes those fields, with the codes of some of them."""
    plan = SharedColumns()
    moment = replace(NOW, plan=plan)
    measures = {field.key: field.define(moment) for field in fields}
    told = tuple(key for key in measures if key in explained)
    values = tuple(measure.value.alias(key) for key, measure in measures.items())
    codes = tuple(measures[key].code.alias(f"{key}?") for key in told)
    return _Step(tuple(measures), _used(plan.stages, [*values, *codes]), values, codes, told)


def _used(stages: list[list[pl.Expr]], wanted: list[pl.Expr]) -> tuple[tuple[pl.Expr, ...], ...]:
    """The shared columns without those that nothing wanted is made of."""
    names = {name for expr in wanted for name in expr.meta.root_names()}
    kept: list[tuple[pl.Expr, ...]] = []
    for stage in reversed(stages):
        used = tuple(expr for expr in stage if expr.meta.output_name() in names)
        names |= {name for expr in used for name in expr.meta.root_names()}
        kept.append(used)
    return tuple(reversed(kept))


def _run(frame: pl.DataFrame, step: _Step, kept: list[pl.Expr]) -> pl.DataFrame:
    for stage in step.shared:
        frame = _collected(frame.lazy().with_columns(stage))
    frame = _collected(frame.lazy().select(*kept, *step.values, *step.codes))
    wild = _not_finite(frame, frozenset(step.keys))
    frame = _collected(frame.lazy().with_columns(_told(key, key in wild) for key in step.explained))
    return frame.with_columns(pl.when(pl.col(key).is_finite()).then(key).alias(key) for key in wild)


def _not_finite(frame: pl.DataFrame, keys: Collection[str]) -> set[str]:
    """The columns that may hold a NaN or an infinity; few, so that the rest is left alone."""
    # A sum is finite only if every number in it is, and takes less time than to look at each.
    return {
        column.name
        for column in frame.get_columns()
        if column.dtype.is_float() and column.name in keys and not isfinite(column.sum())
    }


@cache
def _told(key: str, wild: bool) -> pl.Expr:
    """The reason code where the value is null; a number that is not finite is no value either."""
    value, code = pl.col(key), pl.col(f"{key}?")
    told: pl.Expr = pl.when(value.is_null()).then(code)
    if wild:
        told = pl.coalesce(told, because(Reason.ZERO_DENOM, ~value.is_finite()))
    return told.alias(f"{key}?")


def _collected(query: pl.LazyFrame) -> pl.DataFrame:
    # One flat projection at a time: the optimiser costs more here than it can save.
    return query.collect(optimizations=pl.QueryOptFlags.none())
