"""Screens as SQL, so that another engine can give its opinion. Plain parts of the language only.

No number of the small market is large enough to overflow, so only zero denominators need care.
"""

from __future__ import annotations

from screener.language.syntax import (
    And,
    Between,
    Compare,
    Count,
    Day,
    In,
    Known,
    Negative,
    Not,
    Number,
    Or,
    OrUnknown,
    Over,
    Period,
    PeriodKind,
    Product,
    Quantity,
    Sum,
    Text,
    Window,
)  # fmt: skip
from tests.language.interpreter import SLOTS, is_truth, periods
from tests.language.trees import Maker


class PlainMaker(Maker):
    """Makes screens that `condition` can write."""

    def function(self):
        length = self.length()
        if self.r.random() < 0.3:
            # Within a sum, for a count that is compared by itself may be open and yet decided.
            count = Count(self.inside(length, lambda: self.condition(1)), length)
            return Sum((("+", count), ("+", Number(0.0))))
        operand = self.inside(length, self.anchor)
        return Window(self.r.choice(["avg", "sum", "min", "max"]), operand, length)

    def leaf(self):
        while True:
            made = super().leaf()
            if type(made).__name__ != "Member" and not self._amount(made):
                return made

    def _amount(self, node) -> bool:
        return isinstance(node, Compare) and any(
            isinstance(v, Number) and v.suffix in ("cr", "lakh", "lakh cr") for _, v in node.rest
        )


def condition(node, period=None) -> str:
    match node:
        case And(items):
            return "(" + " AND ".join(condition(i, period) for i in items) + ")"
        case Or(items):
            return "(" + " OR ".join(condition(i, period) for i in items) + ")"
        case Not(inner):
            return f"(NOT {condition(inner, period)})"
        case OrUnknown(inner):
            return f"coalesce({condition(inner, period)}, true)"
        case Compare(first, rest):
            parts, left = [], first
            for sign, right in rest:
                parts.append(f"({value(left, period)} {sign} {value(right, period)})")
                left = right
            return "(" + " AND ".join(parts) + ")"
        case Between(x, low, high):
            low, high = value(low, period), value(high, period)
            return f"({value(x, period)} BETWEEN {low} AND {high})"
        case In(x, choices):
            listed = ", ".join(value(choice, period) for choice in choices)
            return f"({value(x, period)} IN ({listed}))"
        case Known(x, known):
            inner = condition(x, period) if is_truth(x) else value(x, period)
            return f"({inner} IS {'NOT ' if known else ''}NULL)"
        case Over(function, inner, length):
            joint = " AND " if function == "every" else " OR "
            return "(" + joint.join(condition(inner, p) for p in periods(length)) + ")"
        case Quantity():
            return value(node, None)
    raise TypeError(node)


def value(node, period=None) -> str:
    match node:
        case Number(number):
            return f"CAST({number!r} AS DOUBLE)"
        case Text(text):
            return "'" + " ".join(text.lower().split()).replace("'", "''") + "'"
        case Day(day):
            return f"DATE '{day}'"
        case Quantity(name, own):
            return quantity(name, own or period)
        case Negative(x):
            return f"(-{value(x, period)})"
        case Sum(parts):
            return "(" + " ".join(f"{sign} {value(x, period)}" for sign, x in parts) + ")"
        case Product(parts):
            text = value(parts[0][1], period)
            for sign, x in parts[1:]:
                right = value(x, period)
                text = f"({text} * {right})" if sign == "*" else f"({text} / nullif({right}, 0))"
            return text
        case Count(inner, length):
            return "(" + " + ".join(f"{condition(inner, p)}::DOUBLE" for p in periods(length)) + ")"
        case Window(function, x, length):
            values = [value(x, p) for p in periods(length)]
            total = "(" + " + ".join(values) + ")"
            if function in ("min", "max"):
                picked = f"{'least' if function == 'min' else 'greatest'}({', '.join(values)})"
                return f"(CASE WHEN {total} IS NOT NULL THEN {picked} END)"
            return total if function == "sum" else f"({total} / {len(values)})"
    raise TypeError(node)


def quantity(name, period: Period | None) -> str:
    if period is None:
        column = f'"{name.key}"'
        if name.unit == "text":
            return f"lower({column})"
        return f"CAST({column} AS DOUBLE)" if name.unit.numeric else column
    if name.key == "sales" and period.kind is PeriodKind.TRAILING:
        first = 4 * period.back
        return "(" + " + ".join(f'"sales@q{first + i}"' for i in range(4)) + ")"
    if name.key == "promoter_holding" and period.kind is PeriodKind.YEAR:
        return f'"promoters@h{4 * period.back}"'
    return f'"{SLOTS[name.key, period.kind]}{period.back}"'
