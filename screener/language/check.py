"""Whether a tree makes sense: kinds of value, units, periods and lengths of time, custom ratios."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from screener.fields.base import Unit
from screener.language.diagnosis import Report, Span, quoted
from screener.language.format import format
from screener.language.lexicon import Lexicon
from screener.language.parser import read_value
from screener.language.periods import Unreachable, end_of, longest, moment_of, periods_of
from screener.language.syntax import (
    And,
    Bad,
    Between,
    Compare,
    Count,
    Day,
    In,
    Known,
    Length,
    Member,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Or,
    OrUnknown,
    Over,
    Own,
    Period,
    Product,
    Quantity,
    Standing,
    Sum,
    Text,
    Window,
    children,
    walk,
)  # fmt: skip

MAX_RATIO_DEPTH: Final = 40  # custom ratios that name one another

#: What a unit is made of: powers of ₹ crore and of crore shares.
_MADE_OF: Final = {
    Unit.CRORE: (1, 0), Unit.CRORE_SHARES: (0, 1), Unit.RUPEES: (1, -1), Unit.PERCENT: (0, 0),
    Unit.RATIO: (0, 0), Unit.COUNT: (0, 0), Unit.DAYS: (0, 0),
}  # fmt: skip
_UNIT_OF: Final = {
    (1, 0): Unit.CRORE, (0, 1): Unit.CRORE_SHARES, (1, -1): Unit.RUPEES, (0, 0): Unit.RATIO
}  # fmt: skip
_SAID: Final = {
    Unit.CRORE: "in ₹ crore", Unit.CRORE_SHARES: "in crore shares", Unit.RUPEES: "in ₹",
    Unit.PERCENT: "in percent", Unit.RATIO: "a ratio", Unit.COUNT: "a count",
    Unit.DAYS: "in days", Unit.TEXT: "text", Unit.DATE: "a date", Unit.FLAG: "a flag",
}  # fmt: skip
_MONEY: Final = ("cr", "lakh", "lakh cr")


class Checker:
    """Walks a tree once; faults and warnings go to the report, units are kept by node."""

    def __init__(self, lexicon: Lexicon, report: Report) -> None:
        self._lexicon = lexicon
        self._report = report
        self._units: dict[int, Unit | None] = {}
        self._ratios: list[str] = []  # names of the custom ratios being looked into
        self._done: dict[tuple[str, Period | None], Node] = {}  # ratios without fault

    def unit(self, node: Node) -> Unit | None:
        """The unit of a value that was checked; None if it has none or cannot be told."""
        return self._units.get(id(node))

    # --- conditions ---

    def condition(self, node: Node) -> None:
        """Check a condition and all below it."""
        match node:
            case And(items) | Or(items):
                for item in items:
                    self.condition(item)
            case Not(inner) | OrUnknown(inner):
                self.condition(inner)
            case Compare(first, rest):
                self._alike([first, *(value for _, value in rest)], node)
                if any(sign not in ("=", "!=") for sign, _ in rest):
                    self._ordered(first)
            case Between(operand, low, high):
                self._alike([operand, low, high], node)
                self._ordered(operand)
            case In(operand, choices):
                self._alike([operand, *choices], node)
            case Known(operand):
                self.condition(operand)
                self._names_something(node)
            case Over(condition=inner, length=length):
                self.condition(inner)
                self._window([inner], length, node.span, least=1)
            case Member():
                pass
            case _:
                self.value(node)  # nothing to pass or fail; the parser has told

    def _alike(self, values: list[Node], node: Node) -> None:
        """Check that values can be compared with one another."""
        units = [self.value(v) for v in values]
        known = [(v, u) for v, u in zip(values, units, strict=True) if u is not None]
        for value, unit in known[1:]:
            self._compare(known[0][0], known[0][1], value, unit)
        for value, unit in known:
            if unit in (Unit.TEXT, Unit.DATE):
                self._against_numbers(values, value, unit)
                break
            if unit is Unit.FLAG:
                self._report.error(
                    "flag", f"{quoted(format(value))} is true or false by itself.", value.span,
                    f"Write {format(value)}, or NOT {format(value)}.",
                )  # fmt: skip
        wanted = next((u for _, u in known), None)
        for value in values:
            self._suffix_fits(value, wanted)
        self._names_something(node)

    def _compare(self, a: Node, unit_a: Unit, b: Node, unit_b: Unit) -> None:
        made = _MADE_OF.get(unit_a), _MADE_OF.get(unit_b)
        if unit_a is unit_b or (made[0] is not None and made[0] == made[1]):
            return
        said = f"{quoted(format(a))} is {_SAID[unit_a]}, {quoted(format(b))} is {_SAID[unit_b]}."
        span = a.span[0], max(a.span[1], b.span[1])
        if Unit.FLAG in (unit_a, unit_b):
            return
        if None in made:
            hint = _text_hint(a, b)
            self._report.error("kinds", f"{said} They cannot be compared.", span, hint)
        else:
            self._report.warning("units", said, span, "Compare values of one unit.")

    def _against_numbers(self, values: list[Node], value: Node, unit: Unit) -> None:
        for other in values:
            if self.unit(other) is None and not isinstance(other, Bad):
                hint = _date_hint(other) if unit is Unit.DATE else "Put the text in quotes."
                message = (
                    f"{quoted(format(value))} is {_SAID[unit]}, {quoted(format(other))} a number."
                )
                self._report.error("kinds", message, other.span, hint)

    def _ordered(self, node: Node) -> None:
        if self.unit(node) is Unit.TEXT:
            message = f"{quoted(format(node))} is text and has no larger or smaller."
            self._report.error("kinds", message, node.span, "Text is compared with = or in (…).")

    def _names_something(self, node: Node) -> None:
        if isinstance(node, Compare) and isinstance(node.first, Quantity):
            return
        if not any(isinstance(n, (Quantity, Bad, Member)) for n in walk(node)):
            self._report.error("no-field", "No company decides this: it names no field.", node.span,
                               "Put a field on one side.")  # fmt: skip

    # --- values ---

    def value(self, node: Node) -> Unit | None:
        """Check a value and all below it; the unit it has."""
        unit = self._value(node)
        self._units[id(node)] = unit
        return unit

    def _value(self, node: Node) -> Unit | None:
        match node:
            case Quantity(name, period):
                return self._quantity(name, period, node.span)
            case Number() | Bad():
                return None
            case Text():
                return Unit.TEXT
            case Day():
                return Unit.DATE
            case Negative(operand):
                return self._number(operand)
            case Sum(terms):
                return self._sum([value for _, value in terms])
            case Product(factors):
                return self._product(factors)
            case Window(function, operand, length):
                return self._windowed(node, function, operand, length)
            case Count(condition, length):
                self.condition(condition)
                self._window([condition], length, node.span, least=1)
                return Unit.COUNT
            case Own(operand, length):
                self._number(operand)
                self._own(operand, length, node.span)
                return Unit.PERCENT
            case Standing(function, operand):
                return self._standing(function, operand)
            case _:
                return None  # a condition where a value should stand; the parser has told

    def _number(self, node: Node) -> Unit | None:
        unit = self.value(node)
        if unit in (Unit.TEXT, Unit.DATE, Unit.FLAG):
            self._report.error("kinds", f"{quoted(format(node))} is {_SAID[unit]}, not a number.",
                               node.span, "Reckon with numbers only.")  # fmt: skip
            return None
        return unit

    def _quantity(self, name: Name, period: Period | None, span: Span) -> Unit | None:
        if name.key in self._lexicon.ratios:
            return self._ratio(name, period, span)
        if period is not None:
            self._reach(name, period, span)
        return name.unit

    def _reach(self, name: Name, period: Period, span: Span) -> None:
        found = moment_of(self._lexicon, name, period)
        if isinstance(found, Unreachable):
            self._report.error("period", found.message, span, found.hint)

    def _sum(self, values: list[Node]) -> Unit | None:
        units = [self._number(v) for v in values]
        known = [(v, u) for v, u in zip(values, units, strict=True) if u is not None]
        for value, unit in known[1:]:
            self._compare(known[0][0], known[0][1], value, unit)
        first = known[0][1] if known else None
        for value in values:
            self._suffix_fits(value, first)
        return first if first and all(u is first for _, u in known) else None

    def _product(self, factors: tuple[tuple[str, Node], ...]) -> Unit | None:
        units = [(sign, value, self._number(value)) for sign, value in factors]
        for sign, value, _ in units:
            if sign == "/" and isinstance(value, Number) and value.value == 0:
                message = "Division by zero has no value."
                self._report.error("zero", message, value.span, "Divide by another number.")
        measured = [(s, v, u) for s, v, u in units if not is_constant(v)]
        if len(measured) == 1 and measured[0][0] == "*":
            unit = measured[0][2]
            return Unit.PERCENT if unit is Unit.RATIO and _times_hundred(factors) else unit
        if not measured or any(u not in _MADE_OF for _, _, u in measured):
            return None
        crore = shares = 0
        for sign, _, unit in measured:
            powers = _MADE_OF[unit] if unit else (0, 0)
            crore += powers[0] if sign == "*" else -powers[0]
            shares += powers[1] if sign == "*" else -powers[1]
        made = _UNIT_OF.get((crore, shares))
        return Unit.PERCENT if made is Unit.RATIO and _times_hundred(factors) else made

    def _windowed(self, node: Node, function: str, operand: Node, length: Length) -> Unit | None:
        unit = self._number(operand)
        least = {"stdev": 2, "trend": 2, "cagr": 1}.get(function, 1)
        self._window([operand], length, node.span, least, ends=function == "cagr")
        return Unit.PERCENT if function == "cagr" else unit

    def _own(self, operand: Node, length: Length, span: Span) -> None:
        if isinstance(operand, Quantity) and own_column(self._lexicon, operand.name, length):
            return
        self._window([operand], length, span, least=3)

    def _standing(self, function: str, operand: Node) -> Unit | None:
        unit = self._number(operand)
        self._names_something(operand)
        if function == "peer":
            return unit
        return {"rank": Unit.COUNT, "z": Unit.RATIO}.get(function, Unit.PERCENT)

    # --- windows, ratios, suffixes ---

    def _window(
        self, below: list[Node], length: Length, span: Span, least: int, ends: bool = False
    ) -> None:
        """Check that everything below can be had in every period of the window."""
        most = longest(length) - ends
        if not least <= length.count <= most:
            word = "years" if length.unit == "y" else "quarters"
            message = f"The length must be {least} to {most} {word} here."
            hint = f"Write {most}{length.unit} for the longest."
            self._report.error("window", message, span, hint)
            return
        for node in (n for top in below for n in walk(top)):
            if isinstance(node, (Window, Count, Over, Own, Standing)):
                message = f"{quoted(format(node))} cannot stand within a window."
                self._report.error("window", message, node.span, "Use a plain field there.")
            elif isinstance(node, Member):
                message = "Lists and indices are known for today only."
                self._report.error("window", message, node.span, "Take it out of the window.")
            elif isinstance(node, Quantity) and node.period is not None:
                self._report.error("window", "A window sets the period itself.", node.span,
                                   f"Write {node.name.name} without brackets.")  # fmt: skip
            elif isinstance(node, Quantity):
                furthest = end_of(length) if ends else periods_of(length)[-1]
                self._within_window(node, furthest)

    def _within_window(self, node: Quantity, furthest: Period) -> None:
        if node.name.key in self._lexicon.ratios:
            self._ratio(node.name, furthest, node.span)
        else:
            self._reach(node.name, furthest, node.span)

    def _ratio(self, name: Name, period: Period | None, span: Span) -> Unit | None:
        """Check a custom ratio where it is used; its faults are told there."""
        done = self._done.get((name.key, period))
        if done is not None:
            return self.unit(done)
        if name.name in self._ratios:
            circle = " → ".join([*self._ratios[self._ratios.index(name.name) :], name.name])
            message = f"The ratio is defined through itself: {circle}."
            self._report.error("cycle", message, span, "Define one of them without the others.")
            return None
        if len(self._ratios) >= MAX_RATIO_DEPTH:
            message = "Too many ratios build on one another."
            self._report.error("cycle", message, span, "Write some of them out.")
            return None
        report, node = ratio_tree(self._lexicon, name.key)
        unit = self._inside(name.name, report)._ratio_value(node, period)
        for fault in report.errors[:1]:
            at_fault = "" if fault.code == "cycle" else f"The ratio “{name.name}” is at fault: "
            self._report.error(fault.code, at_fault + fault.message, span, fault.hint)
        if not report.errors:
            self._done[name.key, period] = node
        return unit

    def _inside(self, ratio: str, report: Report) -> Checker:
        """A checker for the text of a ratio, which shares what is known with this one."""
        inner = Checker(self._lexicon, report)
        inner._units, inner._done = self._units, self._done
        inner._ratios = [*self._ratios, ratio]
        return inner

    def _ratio_value(self, node: Node, period: Period | None) -> Unit | None:
        unit = self.value(node)
        if period is not None:
            self._window([node], Length(1, "y"), node.span, least=1)
            for below in walk(node):
                if isinstance(below, Quantity) and below.period is None:
                    self._within_window(below, period)
        return unit

    def _suffix_fits(self, node: Node, wanted: Unit | None) -> None:
        while isinstance(node, Negative):
            node = node.operand
        if not isinstance(node, Number) or wanted is None:
            return
        pure = wanted in (Unit.PERCENT, Unit.RATIO, Unit.DAYS)
        wrong = ""
        if node.suffix in _MONEY and pure:
            wrong = "an amount"
        elif node.suffix == "%" and not pure and wanted.numeric:
            wrong = "a percentage"
        if wrong:
            message = f"{quoted(format(node))} is {wrong}, but the other side is {_SAID[wanted]}."
            self._report.warning("units", message, node.span)


def ratio_tree(lexicon: Lexicon, key: str) -> tuple[Report, Node]:
    """The tree of a custom ratio, and a fresh report that holds the faults of reading it."""
    text = lexicon.ratios[key]
    report = Report(text)
    tree: Node | None = lexicon.trees.get(key)
    if tree is None:
        tree = read_value(text, lexicon, report)
        if not report.errors:
            lexicon.trees[key] = tree
    return report, tree


def own_column(lexicon: Lexicon, name: Name, length: Length) -> str | None:
    """The field that already holds the percentile within the own history, if one does."""
    key = f"own_{name.key}_percentile_{length.count}{length.unit}"
    return key if lexicon.field(key) else None


def is_constant(node: Node) -> bool:
    """Whether the value is reckoned from numbers alone."""
    return isinstance(node, Number) or (
        isinstance(node, (Negative, Sum, Product)) and all(map(is_constant, children(node)))
    )


def _times_hundred(factors: Iterable[tuple[str, Node]]) -> bool:
    return any(s == "*" and isinstance(v, Number) and v.value == 100 for s, v in factors)


def _text_hint(a: Node, b: Node) -> str:
    for node, other in ((a, b), (b, a)):
        if isinstance(node, Text) and _as_date(node.value):
            return f"Dates stand without quotes: {format(other)} > {node.value}."
    return "Compare text with text, dates with dates."


def _date_hint(node: Node) -> str:
    if isinstance(node, Number) and (day := _as_date(str(int(node.value)))):
        return f"Write {day.isoformat()}."
    return "Dates are written year-month-day, as in 2025-03-31."


def _as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
