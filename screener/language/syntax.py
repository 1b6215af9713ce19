"""The tree of a screen: frozen nodes that remember where they stood in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from screener.fields.base import History, Unit
from screener.language.diagnosis import NOWHERE, Span


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True)
class Name:
    """One thing a screen can name: a field, a column of the company, or a custom ratio.

    `unit` is None for a custom ratio; its own expression has one.
    """

    key: str
    name: str
    unit: Unit | None
    history: History | None = None


# --- values ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Number:
    """A number not below zero, with the suffix it was written with (see SUFFIXES)."""

    value: float
    suffix: str = ""
    span: Span = _span()


@dataclass(frozen=True)
class Text:
    """Text in quotation marks."""

    value: str
    span: Span = _span()


@dataclass(frozen=True)
class Day:
    """A date."""

    value: date
    span: Span = _span()


class PeriodKind(StrEnum):
    """What a period in brackets counts."""

    YEAR = "FY"
    QUARTER = "Q"
    TRAILING = "TTM"


@dataclass(frozen=True)
class Period:
    """`FY-3`, `Q-1`, `TTM`: so many periods before the latest one."""

    kind: PeriodKind
    back: int = 0


@dataclass(frozen=True)
class Quantity:
    """A name, at its latest or at a given period."""

    name: Name
    period: Period | None = None
    span: Span = _span()


@dataclass(frozen=True)
class Negative:
    """Unary minus."""

    operand: Node
    span: Span = _span()


@dataclass(frozen=True)
class Sum:
    """Terms with `+` or `-` before each; the first has `+`."""

    terms: tuple[tuple[str, Node], ...]
    span: Span = _span()


@dataclass(frozen=True)
class Product:
    """Factors with `*` or `/` before each; the first has `*`."""

    factors: tuple[tuple[str, Node], ...]
    span: Span = _span()


@dataclass(frozen=True)
class Length:
    """A number of years (`y`) or quarters (`q`)."""

    count: int
    unit: str


@dataclass(frozen=True)
class Window:
    """avg, median, min, max, stdev, sum, cagr or trend of a value over a length of time."""

    function: str
    operand: Node
    length: Length
    span: Span = _span()


@dataclass(frozen=True)
class Count:
    """In how many periods of a length of time a condition holds."""

    condition: Node
    length: Length
    span: Span = _span()


@dataclass(frozen=True)
class Standing:
    """pct or rank within a group; peer, premium or z against the peer group."""

    function: str
    operand: Node
    group: str = ""
    span: Span = _span()


@dataclass(frozen=True)
class Own:
    """The percentile of a value within the company's own history."""

    operand: Node
    length: Length
    span: Span = _span()


# --- conditions -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Compare:
    """`first op value`, or a chain `first op value op value`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    span: Span = _span()


@dataclass(frozen=True)
class Between:
    """`operand between low and high`, ends included."""

    operand: Node
    low: Node
    high: Node
    span: Span = _span()


@dataclass(frozen=True)
class In:
    """`operand in (choices)`."""

    operand: Node
    choices: tuple[Node, ...]
    span: Span = _span()


@dataclass(frozen=True)
class Member:
    """Membership of an index or of a watchlist; `kind` says of which."""

    kind: str
    name: str
    span: Span = _span()


@dataclass(frozen=True)
class Known:
    """`known(x)` or, with `known` false, `unknown(x)`."""

    operand: Node
    known: bool
    span: Span = _span()


@dataclass(frozen=True)
class OrUnknown:
    """A condition that also holds where it cannot be judged."""

    condition: Node
    span: Span = _span()


@dataclass(frozen=True)
class Over:
    """A condition in `every` or `any` period of a length of time."""

    function: str
    condition: Node
    length: Length
    span: Span = _span()


@dataclass(frozen=True)
class Not:
    """The opposite; unknown stays unknown."""

    condition: Node
    span: Span = _span()


@dataclass(frozen=True)
class And:
    """All of the items, none of which is itself an And."""

    items: tuple[Node, ...]
    span: Span = _span()


@dataclass(frozen=True)
class Or:
    """Any of the items, none of which is itself an Or."""

    items: tuple[Node, ...]
    span: Span = _span()


@dataclass(frozen=True)
class Bad:
    """A place that could not be read; it stands in no tree that is handed out."""

    span: Span = _span()


Value = Number | Text | Day | Quantity | Negative | Sum | Product | Window | Count | Standing | Own
Condition = Compare | Between | In | Member | Known | OrUnknown | Over | Not | And | Or
Node = Value | Condition | Bad

CONDITIONS: Final = (Compare, Between, In, Member, Known, OrUnknown, Over, Not, And, Or)


@dataclass(frozen=True)
class Screen:
    """A whole screen: one condition, and the day on which it is asked if it is not today."""

    condition: Node
    as_of: date | None = None


Tree = Screen | Node

SUFFIXES: Final = ("%", "cr", "lakh", "lakh cr", "x")
COMPARISONS: Final = (">", "<", ">=", "<=", "=", "!=")
WINDOWS: Final = ("avg", "median", "min", "max", "stdev", "sum", "cagr", "trend")
OVER: Final = ("every", "any")
RANKS: Final = ("pct", "rank")
PEERS: Final = ("peer", "premium", "z")
#: Groups a percentile or a rank is taken in → column of the company, "" for the whole market.
GROUPS: Final = {
    "market": "",
    "macro sector": "macro_sector",
    "sector": "sector",
    "industry": "industry",
    "basic industry": "basic_industry",
    "size class": "size_class",
}


def is_condition(node: Node) -> bool:
    """Whether the node can pass or fail; what could not be read counts as either."""
    if isinstance(node, Quantity):
        return node.name.unit is Unit.FLAG
    return isinstance(node, (*CONDITIONS, Bad))


def is_value(node: Node) -> bool:
    """Whether the node can be compared and reckoned with."""
    return not isinstance(node, CONDITIONS)


def children(node: Tree) -> tuple[Node, ...]:
    """The nodes right below, in text order."""
    match node:
        case Screen(condition) | OrUnknown(condition) | Not(condition):
            return (condition,)
        case Count(condition) | Over(condition=condition):
            return (condition,)
        case Negative(operand) | Window(operand=operand) | Standing(operand=operand):
            return (operand,)
        case Own(operand) | Known(operand):
            return (operand,)
        case Sum(parts) | Product(parts):
            return tuple(part for _, part in parts)
        case Compare(first, rest):
            return (first, *(part for _, part in rest))
        case Between(operand, low, high):
            return (operand, low, high)
        case In(operand, choices):
            return (operand, *choices)
        case And(items) | Or(items):
            return items
        case _:
            return ()


def walk(node: Tree) -> Iterator[Tree]:
    """The node and everything below it, in text order."""
    todo: list[Tree] = [node]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(children(node)))
