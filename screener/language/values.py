"""Values to polars expressions: arithmetic that is never infinite, periods, windows, standings."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from screener.fields.base import Measure, Unit
from screener.fields.groups import peers_of
from screener.fields.peers import YIELD_OF, level_name, robust_z
from screener.language.check import Checker, is_constant, own_column, ratio_tree
from screener.language.diagnosis import Report
from screener.language.format import format
from screener.language.lexicon import Lexicon
from screener.language.periods import Moment, end_of, moment_of, periods_of
from screener.language.syntax import (
    GROUPS,
    RANKS,
    Count,
    Day,
    Length,
    Name,
    Negative,
    Node,
    Number,
    Own,
    Period,
    Product,
    Quantity,
    Standing,
    Sum,
    Text,
    Window,
    is_condition,
)  # fmt: skip

MAX_SIZE: Final = 100_000  # nodes compiled, custom ratios and windows written out

_NOT_FINITE: Final = [math.inf, -math.inf, math.nan]
_BALANCED: Final = 64  # longer chains are built as a tree, so that none is too deep to run
_ABSOLUTE: Final = (Unit.RUPEES, Unit.COUNT)
_CRORE: Final = {"cr": 1.0, "lakh": 0.01, "lakh cr": 1e5}


@dataclass(frozen=True, eq=False)
class Extra:
    """A column a screen needs beyond the fields.

    Stage 1 is computed on the panel; stage 2 on the fields frame of the whole market, in order,
    after those before it. Beside a stage 1 column `name` stands its reason code, `name?`.
    """

    name: str
    stage: int
    expr: pl.Expr
    unit: Unit | None = None


class ValueCompiler:
    """Compiles values of a checked tree; collects the columns used and the extra ones needed."""

    def __init__(self, lexicon: Lexicon, checker: Checker, report: Report) -> None:
        self._lexicon = lexicon
        self._checker = checker
        self._report = report
        self._extra: dict[str, Extra] = {}
        self._used: dict[str, None] = {}
        self._period: Period | None = None  # set while a window is written out
        self._size = 0
        self.verdict: Callable[[Node], pl.Expr]  # set by the compiler of conditions

    # --- what was used ---

    @property
    def extra(self) -> tuple[Extra, ...]:
        """The extra columns, each after those it reads."""
        return tuple(self._extra.values())

    def use(self, column: str) -> None:
        """Note that a column is read."""
        self._used[column] = None

    def used(self) -> tuple[str, ...]:
        """The columns read, extra ones first."""
        return tuple(sorted(self._used, key=lambda name: name not in self._extra))

    def start_use(self) -> dict[str, None]:
        """Begin a fresh list of columns; returns the one before."""
        outside, self._used = self._used, {}
        return outside

    def end_use(self, outside: dict[str, None]) -> tuple[str, ...]:
        """Close the list, join it to the one before; the columns that were read."""
        columns = self.used()
        self._used = {**outside, **self._used}
        return columns

    # --- units ---

    def is_text(self, node: Node) -> bool:
        """Whether the value is text."""
        return self._checker.unit(node) is Unit.TEXT

    def common_unit(self, *nodes: Node) -> Unit | None:
        """The unit the values are compared in."""
        return next((u for n in nodes if (u := self._checker.unit(n)) is not None), None)

    # --- values ---

    def anything(self, node: Node) -> pl.Expr:
        """The expression of a value or of a condition."""
        return self.verdict(node) if is_condition(node) else self.value(node, None)

    def value(self, node: Node, wanted: Unit | None) -> pl.Expr:
        """The expression of a value; amounts are read in the unit wanted."""
        self._size += 1
        if self._size > MAX_SIZE:
            if self._size == MAX_SIZE + 1:
                self._report.error("too-large", "The screen grows too large.", (0, 1),
                                   "Use shorter ratios or windows.")  # fmt: skip
            return pl.lit(None, dtype=pl.Float64)
        match node:
            case Quantity(name, period):
                return self._quantity(name, period or self._period)
            case Number():
                return pl.lit(self.constant(node, wanted))
            case Text(value):
                return pl.lit(" ".join(value.split()))
            case Day(value):
                return pl.lit(value)
            case Negative(operand):
                return -self._float(operand, wanted)
            case Sum(terms):
                return self._sum(terms, wanted)
            case Product(factors):
                return self._product(factors, wanted)
            case Window(function, operand, length):
                return self._window(function, operand, length)
            case Count(condition, length):
                verdicts = self.over(condition, length)
                held = [v.cast(pl.Float64) for v in verdicts]
                return pl.sum_horizontal(held, ignore_nulls=False)
            case Own(operand, length):
                return self._own(operand, length)
            case Standing():
                return self._standing(node)
            case _:
                raise TypeError(type(node).__name__)

    def constant(self, node: Node, wanted: Unit | None) -> float | None:
        """The number a constant stands for; None if it has no finite value."""
        match node:
            case Number(value, suffix):
                crore = _CRORE.get(suffix)
                if crore is None:
                    return value
                return value * crore * (1e7 if wanted in _ABSOLUTE else 1.0)
            case Negative(operand):
                inner = self.constant(operand, wanted)
                return None if inner is None else -inner
            case _:
                return None

    def over(self, condition: Node, length: Length) -> list[pl.Expr]:
        """The condition in each period of a window, the latest first."""
        return self._in_periods(periods_of(length), lambda: self.verdict(condition))

    def count_bounds(self, count: Count) -> tuple[pl.Expr, pl.Expr]:
        """The least and the most a count can be, given its unknown periods."""
        verdicts = self.over(count.condition, count.length)
        least, most = (
            pl.sum_horizontal([v.fill_null(unknown).cast(pl.Float64) for v in verdicts])
            for unknown in (False, True)
        )
        return least, most

    def _in_periods(self, periods: list[Period], build: Callable[[], pl.Expr]) -> list[pl.Expr]:
        exprs = []
        for period in periods:
            self._period = period
            exprs.append(build())
        self._period = None
        return exprs

    def _float(self, node: Node, wanted: Unit | None) -> pl.Expr:
        """A value to reckon with: whole numbers become floats, so that none wraps around."""
        expr = self.value(node, wanted)
        counts = isinstance(node, Quantity) and self._checker.unit(node) is Unit.COUNT
        return expr.cast(pl.Float64) if counts else expr

    def _sum(self, terms: tuple[tuple[str, Node], ...], wanted: Unit | None) -> pl.Expr:
        exprs = [self._float(value, wanted) for _, value in terms]
        if len(exprs) > _BALANCED:
            signed = [e if sign == "+" else -e for e, (sign, _) in zip(exprs, terms, strict=True)]
            return _balanced(signed, lambda a, b: a + b)
        total = exprs[0]
        for expr, (sign, _) in zip(exprs[1:], terms[1:], strict=True):
            total = total + expr if sign == "+" else total - expr
        wild = sum(isinstance(value, Product) for _, value in terms)
        return _finite(total) if wild > 1 else total

    def _product(self, factors: tuple[tuple[str, Node], ...], wanted: Unit | None) -> pl.Expr:
        exprs = [self._factor(sign, value, wanted) for sign, value in factors]
        if len(exprs) > _BALANCED:
            signed = [1 / e if s == "/" else e for e, (s, _) in zip(exprs, factors, strict=True)]
            return _finite(_balanced(signed, lambda a, b: a * b))
        total = exprs[0]
        for expr, (sign, _) in zip(exprs[1:], factors[1:], strict=True):
            total = total * expr if sign == "*" else total / expr
        measured = [sign for sign, value in factors if not isinstance(value, Number)]
        return total if measured == ["*"] else _finite(total)

    def _factor(self, sign: str, node: Node, wanted: Unit | None) -> pl.Expr:
        expr = self._float(node, wanted)
        return _column(expr) if sign == "/" and is_constant(node) else expr

    # --- names and periods ---

    def _quantity(self, name: Name, period: Period | None) -> pl.Expr:
        if name.key in self._lexicon.ratios:
            return self._ratio(name, period)
        self.use(name.key)
        if period is None:
            return pl.col(name.key)
        moment = moment_of(self._lexicon, name, period)
        if not isinstance(moment, Moment):
            raise TypeError("a period that was not checked")
        back = f"-{period.back}" if period.back else ""
        return self._on_panel(f"{name.name}[{period.kind}{back}]", moment.measure, name.unit)

    def _on_panel(self, column: str, measure: Measure, unit: Unit | None) -> pl.Expr:
        if column not in self._extra:
            value = _finite(measure.value.cast(pl.Float64))
            self._extra[column] = Extra(column, 1, value, unit)
            self._extra[f"{column}?"] = Extra(f"{column}?", 1, measure.reason)
        self.use(column)
        return pl.col(column)

    def _ratio(self, name: Name, period: Period | None) -> pl.Expr:
        tree = ratio_tree(self._lexicon, name.key)[1]
        outside, self._period = self._period, period
        expr = self.value(tree, self._checker.unit(tree))
        self._period = outside
        return expr

    # --- windows ---

    def _window(self, function: str, operand: Node, length: Length) -> pl.Expr:
        unit = self._checker.unit(operand)
        if function == "cagr":
            return self._growth(operand, length, unit)
        values = self._in_periods(periods_of(length), lambda: self._float(operand, unit))
        total = pl.sum_horizontal(values, ignore_nulls=False)
        match function:
            case "sum":
                return total
            case "avg":
                return total / _column(len(values))
            case "trend":
                return _slope(values)
            case "min":
                out = pl.min_horizontal(values)
            case "max":
                out = pl.max_horizontal(values)
            case "median":
                out = pl.concat_list(values).list.median()
            case _:
                # Of differences, so that equal values give exactly 0.
                out = pl.concat_list(v - values[0] for v in values).list.std(ddof=1)
        return pl.when(total.is_not_null()).then(out)

    def _growth(self, operand: Node, length: Length, unit: Unit | None) -> pl.Expr:
        ends = [periods_of(length)[0], end_of(length)]
        last, first = self._in_periods(ends, lambda: self._float(operand, unit))
        years = length.count if length.unit == "y" else length.count / 4
        growth = ((last / first) ** (1 / years) - 1) * 100
        return _finite(pl.when((last > 0) & (first > 0)).then(growth))

    def _own(self, operand: Node, length: Length) -> pl.Expr:
        if isinstance(operand, Quantity):
            column = own_column(self._lexicon, operand.name, length)
            if column:
                self.use(column)
                return pl.col(column)
        unit = self._checker.unit(operand)
        values = self._in_periods(periods_of(length), lambda: self._float(operand, unit))
        below = [(v < values[0]).cast(pl.Float64) for v in values]
        equal = [(v == values[0]).cast(pl.Float64) for v in values]
        rank = pl.sum_horizontal(below, ignore_nulls=False)
        rank = rank + 0.5 * pl.sum_horizontal(equal, ignore_nulls=False)
        return rank * 100 / _column(len(values))

    # --- among companies ---

    def _standing(self, node: Standing) -> pl.Expr:
        held = held_standing(self._lexicon, node)
        if held:
            self.use(held)
            return pl.col(held)
        column = format(node)
        unit = self._checker.unit(node.operand)
        value = self._float(node.operand, unit)
        if column not in self._extra:
            if node.function in RANKS:
                self._add(column, self._ranked(node, value))
            else:
                self._add(column, self._against_peers(node, value))
        self.use(column)
        return pl.col(column)

    def _add(self, column: str, expr: pl.Expr) -> None:
        self._extra.setdefault(column, Extra(column, 2, expr))

    def _ranked(self, node: Standing, value: pl.Expr) -> pl.Expr:
        if node.function == "rank":
            place = value.rank("min", descending=True).cast(pl.Float64)
        else:
            place = (value.rank("average") - 0.5) * 100 / _column(value.count())
        group = GROUPS[node.group] if node.group else ""
        if not group:
            return place
        self.use(group)
        return pl.when(pl.col(group).is_not_null()).then(place.over(group))

    def _against_peers(self, node: Standing, value: pl.Expr) -> pl.Expr:
        """The statistic; beside it stand the peers' figures and the level they are of."""
        peers = f"peers of {format(node.operand)}"
        self._add(peers, peers_of(value))
        figures = pl.col(peers).struct
        self._add(f"{format(node)} level", level_name(figures.field("level")))
        median = figures.field("median")
        match node.function:
            case "peer":
                return median
            case "premium":
                return _finite(pl.when(median > 0).then((value / median - 1) * 100))
            case _:
                return _finite(robust_z(value, median, figures.field("mad")))


def held_standing(lexicon: Lexicon, node: Standing) -> str | None:
    """The field that already holds a standing among peers, if one does.

    Multiples have one: they are compared by their yields, so that losses stay ordered.
    """
    operand = node.operand
    if not isinstance(operand, Quantity) or operand.period is not None:
        return None
    ending = {"peer": "", "premium": "_premium"}.get(node.function)
    if ending is None or operand.name.key not in YIELD_OF:
        return None
    key = f"peer_{operand.name.key}{ending}"
    return key if lexicon.field(key) else None


def _finite(expr: pl.Expr) -> pl.Expr:
    """Null where the value is infinite or not a number."""
    return expr.replace(_NOT_FINITE, None)


def _column(number: pl.Expr | int) -> pl.Expr:
    """The number in every row. By a lone number polars does not divide: it multiplies by the
    inverse, and 49 / 49 comes out below 1.
    """
    return pl.int_range(pl.len()) * 0.0 + number


def _slope(values: list[pl.Expr]) -> pl.Expr:
    """The least-squares slope a period; the latest value comes first.

    Reckoned from differences to the latest value, so that equal values give exactly 0.
    """
    count = len(values)
    middle = (count - 1) / 2
    spread = sum((k - middle) ** 2 for k in range(count))
    parts = [(v - values[0]) * ((middle - k) / spread) for k, v in enumerate(values)]
    return pl.sum_horizontal(parts, ignore_nulls=False)


def _balanced(exprs: list[pl.Expr], join: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    while len(exprs) > 1:
        pairs = zip(exprs[::2], exprs[1::2], strict=False)
        odd = exprs[-1:] if len(exprs) % 2 else []
        exprs = [join(a, b) for a, b in pairs] + odd
    return exprs[0]
