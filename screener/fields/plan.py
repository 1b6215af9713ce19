"""Measures that many fields build on are computed once, in columns of their own, stage by stage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import polars as pl

from screener.fields.base import Measure

_MARK: Final = "·"  # opens the name of a shared column; no panel column or field has it


class SharedColumns:
    """The shared columns of one query. Each stage reads the panel and the stages before it."""

    def __init__(self) -> None:
        self.stages: list[list[pl.Expr]] = []
        self._measures: dict[str, Measure] = {}
        self._stage_of: dict[str, int] = {}  # shared column → the stage that computes it

    def once(self, key: str, build: Callable[[], Measure]) -> Measure:
        """The column that stands for `key`; `build` makes its measure when first asked for."""
        if key not in self._measures:
            self._measures[key] = self._place(_MARK + key, build())
        return self._measures[key]

    def _place(self, name: str, measure: Measure) -> Measure:
        value = self._column(name, measure.value)
        if not measure.codes:
            return Measure(value)
        only_one = len(measure.codes) == 1
        code = measure.codes[0] if only_one else pl.coalesce(*measure.codes)
        return Measure(value, (self._column(f"{name}?", code),))

    def _column(self, name: str, expr: pl.Expr) -> pl.Expr:
        known = self._stage_of
        stage = 1 + max(
            (known[root] for root in expr.meta.root_names() if root in known), default=-1
        )
        while len(self.stages) <= stage:
            self.stages.append([])
        self.stages[stage].append(expr.alias(name))
        known[name] = stage
        return pl.col(name)
