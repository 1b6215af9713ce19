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
        self._known: dict[str, tuple[int, Measure]] = {}
        self._needed: list[int] = []  # for each measure being built, the first stage it can be in

    def once(self, key: str, build: Callable[[], Measure]) -> Measure:
        """The column that stands for `key`; `build` makes its measure when first asked for."""
        if key not in self._known:
            self._needed.append(0)
            measure = build()
            self._known[key] = self._place(key, measure, self._needed.pop())
        stage, column = self._known[key]
        if self._needed:
            self._needed[-1] = max(self._needed[-1], stage + 1)
        return column

    def _place(self, key: str, measure: Measure, stage: int) -> tuple[int, Measure]:
        while len(self.stages) <= stage:
            self.stages.append([])
        name = _MARK + key
        self.stages[stage].append(measure.value.alias(name))
        if not measure.codes:
            return stage, Measure(pl.col(name))
        self.stages[stage].append(pl.coalesce(*measure.codes).alias(f"{name}?"))
        return stage, Measure(pl.col(name), (pl.col(f"{name}?"),))
