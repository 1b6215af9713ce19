"""Functions of the language, as they are written: windows, conditions over time, standings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from screener.language.diagnosis import either
from screener.language.syntax import (
    GROUPS,
    OVER,
    PEERS,
    RANKS,
    WINDOWS,
    Count,
    Known,
    Length,
    Node,
    Over,
    Own,
    Standing,
    Window,
)
from screener.language.tokens import NUMBER, WORD

if TYPE_CHECKING:
    from screener.language.parser import Parser

#: Plain word before a bracket → function.
FUNCTIONS: Final = {
    **{name: name for name in (*WINDOWS, *OVER, *RANKS, *PEERS, "count", "own", "known")},
    "unknown": "unknown", "average": "avg", "mean": "avg", "minimum": "min", "maximum": "max",
    "percentile": "pct",
}  # fmt: skip
_LENGTHS: Final = {"y": "y", "year": "y", "q": "q", "quarter": "q"}


def call(parser: Parser, function: str) -> Node:
    """The function whose name the parser stands at."""
    start = parser.token.start
    parser.deeper()
    parser.advance()
    parser.enter()
    if function in ("known", "unknown", "count", *OVER):
        operand = parser.expression(0)
    else:
        operand = parser.value(parser.expression(parser.COMPARE))
    group, length = "", Length(0, "y")
    if function in RANKS:
        group = _group(parser)
    elif function not in ("known", "unknown", *PEERS):
        length = _length(parser, function)
    if function in ("count", *OVER):
        parser.condition(operand)
    parser.leave("the closing bracket")
    parser.depth -= 1
    span = parser.since(start)
    match function:
        case "known" | "unknown":
            return Known(operand, function == "known", span)
        case "count":
            return Count(operand, length, span)
        case "own":
            return Own(operand, length, span)
        case _ if function in OVER:
            return Over(function, operand, length, span)
        case _ if function in WINDOWS:
            return Window(function, operand, length, span)
        case _:
            return Standing(function, operand, group, span)


def _length(parser: Parser, function: str) -> Length:
    """The `, 5y` at the end of a window."""
    hint = f"Write {function}(…, 5y) for years or {function}(…, 8q) for quarters."
    if not parser.take(","):
        raise parser.fault("window", f"{function} needs a length of time.", hint=hint)
    count, unit = parser.token, parser.ahead(1)
    if count.kind != NUMBER or unit.key not in _LENGTHS or not count.key.isdecimal():
        raise parser.fault("window", "This is not a length of time.", hint=hint)
    parser.advance()
    parser.advance()
    return Length(int(count.key[:6]), _LENGTHS[unit.key])


def _group(parser: Parser) -> str:
    """The `, industry` of a percentile or a rank; empty for the whole market."""
    if not parser.take(","):
        return ""
    start, words = parser.token.start, []
    while parser.token.kind == WORD:
        words.append(parser.key)
        parser.advance()
    group = "size class" if words == ["size"] else " ".join(words)
    if group not in GROUPS:
        hint = f"Write {either(GROUPS)}."
        raise parser.fault("group", "This is not a group of companies.", parser.since(start), hint)
    return "" if group == "market" else group
