"""A tree as canonical text; parsing that text gives the same tree."""

from __future__ import annotations

from decimal import Decimal

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
    Negative,
    Not,
    Number,
    Or,
    OrUnknown,
    Over,
    Own,
    Period,
    Product,
    Quantity,
    Screen,
    Standing,
    Sum,
    Text,
    Tree,
    Window,
)

# How tightly a piece of text holds together; a looser piece goes into brackets.
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEGATIVE, _ATOM = range(8)


def format(tree: Tree) -> str:
    """Canonical text: names as the fields are called, AND and OR in capitals, one space between.

    Conditions of an AND within an OR stand in brackets, though the language does not need them.
    """
    return _write(tree)[0]


def _within(tree: Tree, tightness: int) -> str:
    """The text, in brackets if it is looser than that."""
    text, own = _write(tree)
    return text if own >= tightness else f"({text})"


def _write(tree: Tree) -> tuple[str, int]:
    match tree:
        case Quantity(name, period):
            return name.name + (_period(period) if period else ""), _ATOM
        case Number(value, suffix):
            return _number(value) + (suffix if suffix in ("%", "x", "") else f" {suffix}"), _ATOM
        case Compare(first, rest):
            parts = (f" {sign} {_within(value, _SUM)}" for sign, value in rest)
            return _within(first, _SUM) + "".join(parts), _COMPARE
        case And(items):
            return " AND ".join(_within(item, _NOT) for item in items), _AND
        case Or(items):
            return " OR ".join(_within(item, _NOT) for item in items), _OR
        case Not(condition):
            return f"NOT {_within(condition, _NOT)}", _NOT
        case Screen(condition, as_of):
            return format(condition) + (f" as of {as_of}" if as_of else ""), _OR
        case Text(value):
            return quote(value), _ATOM
        case Day(value):
            return value.isoformat(), _ATOM
        case Sum(terms):
            return _chain(terms, _PRODUCT), _SUM
        case Product(factors):
            return _chain(factors, _NEGATIVE), _PRODUCT
        case Negative(operand):
            inner = _within(operand, _ATOM)
            return f"-{inner}", _NEGATIVE
        case _:
            return _write_rest(tree)


def _write_rest(tree: Tree) -> tuple[str, int]:
    match tree:
        case Between(operand, low, high):
            ends = f"{_within(low, _SUM)} AND {_within(high, _SUM)}"
            return f"{_within(operand, _SUM)} between {ends}", _COMPARE
        case In(operand, choices):
            listed = ", ".join(_within(choice, _SUM) for choice in choices)
            return f"{_within(operand, _SUM)} in ({listed})", _COMPARE
        case Member("index", name):
            return f"In index {quote(name)}", _COMPARE
        case Member(kind, name):
            return f"Symbol in {kind} {quote(name)}", _COMPARE
        case Known(operand, known):
            return f"{'known' if known else 'unknown'}({format(operand)})", _ATOM
        case OrUnknown(condition):
            return f"{_within(condition, _NOT)} OR unknown", _OR
        case Window(function, operand, length):
            return f"{function}({_within(operand, _SUM)}, {_length(length)})", _ATOM
        case Own(operand, length):
            return f"own({_within(operand, _SUM)}, {_length(length)})", _ATOM
        case Count(condition, length):
            return f"count({format(condition)}, {_length(length)})", _ATOM
        case Over(function, condition, length):
            return f"{function}({format(condition)}, {_length(length)})", _ATOM
        case Standing(function, operand, group):
            extra = f", {group}" if group else ""
            return f"{function}({_within(operand, _SUM)}{extra})", _ATOM
        case Bad():
            return "…", _ATOM
        case _:
            raise TypeError(f"no text for {type(tree).__name__}")


def _chain(parts: tuple[tuple[str, Tree], ...], tightness: int) -> str:
    first, *rest = parts
    return _within(first[1], tightness) + "".join(
        f" {sign} {_within(part, tightness)}" for sign, part in rest
    )


def _number(value: float) -> str:
    if value == int(value) and value < 1e15:
        return str(int(value))
    text = repr(value)
    return f"{Decimal(text):f}" if "e" in text else text


def _period(period: Period) -> str:
    return f"[{period.kind}-{period.back}]" if period.back else f"[{period.kind}]"


def _length(length: Length) -> str:
    return f"{length.count}{length.unit}"


def quote(text: str) -> str:
    """Text in quotation marks; a mark inside it is doubled."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
