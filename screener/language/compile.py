"""A checked tree to polars expressions, one a condition, with the columns they need beforehand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from operator import eq, ge, gt, le, lt, ne
from typing import Final

import polars as pl

from screener.errors import UnknownName
from screener.fields.base import Unit
from screener.language.check import Checker
from screener.language.diagnosis import Diagnosis, Report, Span
from screener.language.format import format
from screener.language.lexicon import Lexicon
from screener.language.parser import read_screen, read_value
from screener.language.syntax import (
    And,
    Between,
    Compare,
    Count,
    In,
    Known,
    Member,
    Node,
    Not,
    Number,
    Or,
    OrUnknown,
    Over,
    Quantity,
    Screen,
    Text,
    walk,
)  # fmt: skip
from screener.language.values import Extra, ValueCompiler

Watchlists = Mapping[str, Collection[str]]
Values = Mapping[str, Collection[str]]


@dataclass(frozen=True, eq=False)
class Condition:
    """One condition of a screen.

    `verdict` is a nullable Boolean: pass, fail or unknown. A plain comparison has `op`, `left` and
    `right`, in `unit`; a group (and, or, not, between, a chain) has `children`. `fields` holds the
    columns it reads: extra columns first, then field keys.
    """

    index: int
    text: str
    span: Span
    verdict: pl.Expr
    op: str | None
    left: pl.Expr | None
    right: pl.Expr | None
    unit: Unit | None
    fields: tuple[str, ...]
    left_text: str
    right_text: str
    children: tuple[Condition, ...] = ()


@dataclass(frozen=True, eq=False)
class Program:
    """A screen ready to run on the `fields` frame.

    `conditions` are what the screen joins by AND; `verdict` is all of them together. `extra` are
    columns to be computed first, in order. `fields` are the keys of all columns read.
    """

    text: str
    tree: Screen
    conditions: tuple[Condition, ...]
    verdict: pl.Expr
    fields: tuple[str, ...]
    warnings: tuple[Diagnosis, ...]
    extra: tuple[Extra, ...]
    as_of: date | None


@dataclass(frozen=True, eq=False)
class Value:
    """A single value ready to compute, such as a custom ratio shown as a column."""

    text: str
    expr: pl.Expr
    unit: Unit | None
    fields: tuple[str, ...]
    extra: tuple[Extra, ...]


def compile_screen(
    text: str,
    lexicon: Lexicon,
    *,
    watchlists: Watchlists | None = None,
    values: Values | None = None,
) -> Program:
    """Compile a screen. Raises LanguageError with every fault of the text.

    `watchlists` maps the name of each list to its symbols (or ISINs). `values` maps keys of text
    columns, and `indices`, to the texts that occur in the market: any other is a warning.
    """
    report = Report(text)
    tree = read_screen(text, lexicon, report)
    checker = Checker(lexicon, report)
    checker.condition(tree.condition)
    _check_lists(tree, watchlists or {}, report)
    _check_texts(tree, values or {}, report)
    report.raise_errors()
    compiler = _Compiler(ValueCompiler(lexicon, checker, report), watchlists or {})
    items = tree.condition.items if isinstance(tree.condition, And) else (tree.condition,)
    conditions = tuple(compiler.condition(item, index) for index, item in enumerate(items))
    report.raise_errors()
    return Program(
        text=text,
        tree=tree,
        conditions=conditions,
        verdict=_all([c.verdict for c in conditions]),
        fields=tuple(dict.fromkeys(key for c in conditions for key in c.fields)),
        warnings=report.warnings,
        extra=compiler.values.extra,
        as_of=tree.as_of,
    )


def compile_value(text: str, lexicon: Lexicon) -> Value:
    """Compile a single value. Raises LanguageError with every fault of the text."""
    report = Report(text)
    tree = read_value(text, lexicon, report)
    checker = Checker(lexicon, report)
    unit = checker.value(tree)
    report.raise_errors()
    compiler = ValueCompiler(lexicon, checker, report)
    expr = compiler.value(tree, unit)
    report.raise_errors()
    return Value(format(tree), expr, unit, compiler.used(), compiler.extra)


def _check_lists(tree: Screen, lists: Watchlists, report: Report) -> None:
    asked = [n for n in walk(tree) if isinstance(n, Member) and n.kind == "watchlist"]
    for node in asked:
        if _list_named(node.name, lists) is None:
            unknown = UnknownName.among("watchlist", node.name, lists)
            hint = unknown.hint or "There are no watchlists yet."
            report.error("watchlist", unknown.message, node.span, hint)


def _check_texts(tree: Screen, values: Values, report: Report) -> None:
    """Warn of texts that no company has."""
    for node in walk(tree) if values else ():
        match node:
            case Member("index", name):
                _check_text("indices", "index", Text(name, node.span), values, report)
            case Compare(Quantity(name), rest):
                for _, value in rest:
                    _check_text(name.key, name.name, value, values, report)
            case In(Quantity(name), choices):
                for choice in choices:
                    _check_text(name.key, name.name, choice, values, report)


def _check_text(key: str, said: str, node: Node, values: Values, report: Report) -> None:
    if not isinstance(node, Text) or key not in values:
        return
    if _plain(node.value) not in {_plain(value) for value in values[key]}:
        unknown = UnknownName.among(said, node.value, values[key])
        report.warning("no-such-text", unknown.message, node.span, unknown.hint)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _list_named(name: str, watchlists: Watchlists) -> Collection[str] | None:
    if name in watchlists:
        return watchlists[name]
    return next((m for n, m in watchlists.items() if _plain(n) == _plain(name)), None)


_OPERATORS: Final[dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    ">": gt,
    "<": lt,
    ">=": ge,
    "<=": le,
    "=": eq,
    "!=": ne,
}
#: The same comparison with its sides exchanged.
_TURNED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "!=": "!="}


class _Compiler:
    """Builds conditions; values are built by a ValueCompiler."""

    def __init__(self, values: ValueCompiler, watchlists: Watchlists) -> None:
        self.values = values
        self._watchlists = watchlists
        values.verdict = self.verdict

    def condition(self, node: Node, index: int) -> Condition:
        """The condition with its parts, and the columns it reads."""
        outside = self.values.start_use()
        children = tuple(self.condition(part, i) for i, part in enumerate(_parts(node)))
        op = left = right = unit = None
        left_text = right_text = ""
        plain = node.condition if isinstance(node, OrUnknown) else node
        if isinstance(plain, Compare) and len(plain.rest) == 1:
            op, other = plain.rest[0]
            unit = self.values.common_unit(plain.first, other)
            left, right = self.values.value(plain.first, unit), self.values.value(other, unit)
            left_text, right_text = format(plain.first), format(other)
            verdict = self._compared(op, plain.first, left, other, right)
            if plain is not node:
                verdict = verdict.fill_null(True)
        elif children and not isinstance(node, OrUnknown):
            verdict = _joined(node, [child.verdict for child in children])
        else:
            verdict = self.verdict(node)
        fields = self.values.end_use(outside)
        return Condition(
            index, format(node), node.span, verdict, op, left, right, unit, fields, left_text,
            right_text, children,
        )  # fmt: skip

    def verdict(self, node: Node) -> pl.Expr:
        """The nullable Boolean of a condition."""
        parts = _parts(node)
        if parts:
            return _joined(node, [self.verdict(part) for part in parts])
        match node:
            case Compare(first, ((op, other),)):
                unit = self.values.common_unit(first, other)
                left, right = self.values.value(first, unit), self.values.value(other, unit)
                return self._compared(op, first, left, other, right)
            case In(operand, choices):
                return self._inside(operand, choices)
            case Quantity():
                return self.values.value(node, None)
            case Known(operand, known):
                expr = self.values.anything(operand)
                return expr.is_not_null() if known else expr.is_null()
            case Member(kind, name):
                return self._member(kind, name)
            case Over(function, condition, length):
                verdicts = self.values.over(condition, length)
                return _all(verdicts) if function == "every" else pl.any_horizontal(verdicts)
            case _:
                raise TypeError(type(node).__name__)

    def _compared(
        self, op: str, first: Node, left: pl.Expr, other: Node, right: pl.Expr
    ) -> pl.Expr:
        if isinstance(other, Count) and not isinstance(first, Count):
            op, first, left, other, right = _TURNED[op], other, right, first, left
        if isinstance(first, Count):
            return _counted(op, *self.values.count_bounds(first), right)
        if self.values.is_text(first):
            left, right = left.str.to_lowercase(), right.str.to_lowercase()
        return _OPERATORS[op](left, right)

    def _inside(self, operand: Node, choices: tuple[Node, ...]) -> pl.Expr:
        unit = self.values.common_unit(operand, *choices)
        expr = self.values.value(operand, unit)
        if all(isinstance(choice, (Text, Number)) for choice in choices):
            if self.values.is_text(operand):
                texts = [str(c.value).lower() for c in choices if isinstance(c, Text)]
                return expr.str.to_lowercase().is_in(texts)
            numbers = [self.values.constant(choice, unit) for choice in choices]
            return expr.cast(pl.Float64).is_in(numbers)
        others = [self.values.value(choice, unit) for choice in choices]
        compared = [
            self._compared("=", operand, expr, choice, other)
            for choice, other in zip(choices, others, strict=True)
        ]
        return pl.any_horizontal(compared)

    def _member(self, kind: str, name: str) -> pl.Expr:
        if kind == "index":
            wanted = _plain(name)
            self.values.use("indices")
            names = pl.col("indices").list.eval(pl.element().str.to_lowercase())
            return names.list.contains(wanted)
        self.values.use("symbol")
        members = sorted(_list_named(name, self._watchlists) or ())
        listed = pl.col("symbol").is_in(members) | pl.col("isin").is_in(members)
        return listed.fill_null(False)


def _parts(node: Node) -> tuple[Node, ...]:
    """The conditions that a condition is made of; empty if it is judged by itself."""
    match node:
        case And(items) | Or(items):
            return items
        case Not(inner) | OrUnknown(inner):
            return (inner,)
        case Between(operand, low, high):
            return (
                Compare(operand, ((">=", low),), node.span),
                Compare(operand, (("<=", high),), node.span),
            )
        case Compare(first, rest) if len(rest) > 1:
            firsts = (first, *(value for _, value in rest))
            return tuple(
                Compare(a, (pair,), node.span) for a, pair in zip(firsts, rest, strict=False)
            )
        case _:
            return ()


def _joined(node: Node, verdicts: list[pl.Expr]) -> pl.Expr:
    match node:
        case Or():
            return pl.any_horizontal(verdicts)
        case Not():
            return ~verdicts[0]
        case OrUnknown():
            return verdicts[0].fill_null(True)
        case _:
            return _all(verdicts)


def _counted(op: str, least: pl.Expr, most: pl.Expr, limit: pl.Expr) -> pl.Expr:
    """A count compared, where unknown periods leave it between `least` and `most`."""
    match op:
        case ">" | ">=":
            sure, lost = _OPERATORS[op](least, limit), ~_OPERATORS[op](most, limit)
        case "<" | "<=":
            sure, lost = _OPERATORS[op](most, limit), ~_OPERATORS[op](least, limit)
        case _:
            never = (limit < least) | (limit > most) | (limit != limit.floor())
            always = (least == limit) & (most == limit)
            sure, lost = (always, never) if op == "=" else (never, always)
    return pl.when(sure).then(True).when(lost).then(False)


def _all(verdicts: list[pl.Expr]) -> pl.Expr:
    return verdicts[0] if len(verdicts) == 1 else pl.all_horizontal(verdicts)
