"""Text to tree: a Pratt parser that goes on after a fault, so that all faults are found at once."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from screener.fields.base import Unit
from screener.language.calls import FUNCTIONS, call
from screener.language.cursor import Cursor, Fault
from screener.language.diagnosis import Report, quoted
from screener.language.format import format
from screener.language.lexicon import Lexicon
from screener.language.names import NameReader
from screener.language.syntax import (
    COMPARISONS,
    And,
    Bad,
    Between,
    Compare,
    Day,
    In,
    Member,
    Negative,
    Node,
    Not,
    Number,
    Or,
    OrUnknown,
    Product,
    Quantity,
    Screen,
    Sum,
    Text,
    is_condition,
    is_value,
)
from screener.language.tokens import DATE, END, NUMBER, TEXT, WORD, Token, tokenise

MAX_CHARACTERS: Final = 200_000
MAX_DEPTH: Final = 100  # brackets, NOT, unary minus and right-hand sides inside one another

# What binds tighter has the larger number.
OR, AND, NOT, COMPARE, ADD, MULTIPLY, NEGATE = range(1, 8)

_SUFFIX: Final = {
    "%": "%", "percent": "%", "pct": "%", "cr": "cr", "crore": "cr", "lakh": "lakh",
    "lac": "lakh", "x": "x", "time": "x",
}  # fmt: skip


def parse(text: str, lexicon: Lexicon) -> Screen:
    """The tree of a screen. Raises LanguageError that carries every fault of the text."""
    report = Report(text)
    tree = read_screen(text, lexicon, report)
    report.raise_errors()
    return tree


def read_screen(text: str, lexicon: Lexicon, report: Report) -> Screen:
    """The tree as far as it can be read; faults and warnings go to the report."""
    if _too_long(text, report):
        return Screen(Bad())
    return Parser(text, lexicon, report).screen()


def read_value(text: str, lexicon: Lexicon, report: Report) -> Node:
    """The tree of a single value, such as a custom ratio; faults go to the report."""
    if _too_long(text, report):
        return Bad()
    return Parser(text, lexicon, report).single_value()


def _too_long(text: str, report: Report) -> bool:
    if len(text) <= MAX_CHARACTERS:
        return False
    report.error(
        "too-long",
        f"The text has {len(text):,} characters; {MAX_CHARACTERS:,} are read at most.",
        (0, 1),
        "Split it into several screens.",
    )
    return True


class Parser(Cursor):
    """Reads one text; the methods of lower binding power call those of higher."""

    COMPARE: Final = COMPARE

    def __init__(self, text: str, lexicon: Lexicon, report: Report) -> None:
        super().__init__(tokenise(text, report), report)
        self.names = NameReader(self.tokens, text, lexicon, report)
        self.depth = 0
        self.bracketed: dict[int, Node] = {}  # by id; holding the node keeps its id its own

    # --- the whole ---

    def screen(self) -> Screen:
        if self.token.kind == END:
            self.report.error("empty", "The screen is empty.", (0, 1), "Write ROCE > 15.")
            return Screen(Bad())
        tree = self.condition(self.expression(0))
        as_of: date | None = None
        while self.token.kind != END:
            if self.names.at_as_of(self.index):
                as_of = self.as_of()
                continue
            self.stray()
            if self.key in ("and", "or"):
                self.advance()
            if self.token.kind != END and not self.names.at_as_of(self.index):
                self.condition(self.expression(0))
        return Screen(tree, as_of)

    def single_value(self) -> Node:
        try:
            node = self.value(self.expression(COMPARE))
        except Fault:
            return Bad()
        if self.token.kind != END:
            self.fault("not-a-value", f"{quoted(self.token.text)} does not belong to a value.",
                       hint="A ratio is one value, without a comparison.")  # fmt: skip
        return node

    def as_of(self) -> date | None:
        start = self.token.start
        self.advance()
        self.advance()
        day = self.token
        if day.kind != DATE:
            self.fault("as-of", "A date is missing after “as of”.", (start, day.end),
                       "Write it as in: as of 2025-03-31.")  # fmt: skip
            return None
        self.advance()
        if self.token.kind != END:
            self.fault("as-of", "“as of” and its date come last.", (start, day.end),
                       "Move it behind the last condition.")  # fmt: skip
            self.go_to(len(self.tokens) - 1)
        return self.day(day).value

    def stray(self) -> None:
        if self.key == ")":
            self.fault("bracket", "This bracket closes nothing.", hint="Remove it.")
        elif self.key == ",":
            self.fault("comma", "A comma does not join conditions.",
                       hint="Write AND; thousands are written 1,000 or 1,00,000.")  # fmt: skip
        else:
            self.fault("unexpected", f"{quoted(self.token.text)} cannot stand here.",
                       hint="Conditions are joined by AND or OR.")  # fmt: skip
        self.advance()

    # --- operators ---

    def expression(self, power: int) -> Node:
        """Everything here that binds tighter than `power`."""
        self.deeper()
        if power >= NOT:
            left = self.tighter(self.prefix(), power)
        else:
            left = self.operand()
            if power < AND:
                left = self.joined(left, "and")
            if power < OR and self.key == "or":
                left = self.joined(left, "or")
        self.depth -= 1
        return left

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault("too-deep", f"More than {MAX_DEPTH} levels lie inside one another.",
                             hint="Take brackets away.")  # fmt: skip

    def tighter(self, left: Node, power: int) -> Node:
        if power < MULTIPLY and self.key in ("*", "/"):
            left = self.chain(left, ("*", "/"), MULTIPLY)
        if power < ADD and self.key in ("+", "-"):
            left = self.chain(left, ("+", "-"), ADD)
        if power < COMPARE and self.key:
            left = self.comparison(left)
        return left

    def operand(self) -> Node:
        """One condition of an AND or OR; after a fault, reading goes on behind it."""
        depth, brackets, start = self.depth, len(self.open), self.token.start
        try:
            left = self.tighter(self.prefix(), NOT)
        except Fault:
            self.depth = depth
            self.skip(len(self.open) - brackets)
            del self.open[brackets:]
            return Bad(self.since(start))
        while self.key == "or" and self.ahead(1).key == "unknown" and self.ahead(2).key != "(":
            self.advance()
            self.advance()
            left = OrUnknown(self.condition(left), self.since(start))
        return left

    def joined(self, left: Node, word: str) -> Node:
        start, items = left.span[0], [left]
        while True:
            if self.take(word):
                items.append(self.operand() if word == "and" else self.expression(OR))
            elif word == "and" and self.begins_operand():
                self.side_by_side(items)
            else:
                break
        if len(items) == 1:
            return left
        kind = And if word == "and" else Or
        flat: list[Node] = []
        for item in map(self.condition, items):
            flat += item.items if isinstance(item, kind) else (item,)
        node = kind(tuple(flat), self.since(start))
        if kind is Or and any(isinstance(i, And) and id(i) not in self.bracketed for i in items):
            self.report.warning(
                "mixed", "AND and OR are mixed without brackets; AND binds tighter.",
                node.span, f"Read as: {format(node)}",
            )  # fmt: skip
        return node

    def begins_operand(self) -> bool:
        if self.token.kind == WORD:
            return self.key != "or" and not self.names.at_as_of(self.index)
        return self.token.kind in (NUMBER, TEXT, DATE) or self.key == "("

    def side_by_side(self, items: list[Node]) -> None:
        """Tell that nothing joins the last operand and the one that begins here; read that too."""
        left, start = items[-1], self.token.start
        self.tell_of_gap(left)
        self.deeper()
        right = self.operand()
        self.depth -= 1
        items[-1] = left if is_condition(left) else Bad(left.span)
        items.append(right if is_condition(right) else Bad(self.since(start)))

    def tell_of_gap(self, left: Node) -> None:
        if isinstance(left, Bad):
            return
        here = quoted(self.names.run_text(self.index) or self.token.text)
        if is_condition(left) and self.token.kind in (NUMBER, TEXT, DATE):
            message, hint = f"{here} stands behind a finished condition.", "Join with AND or OR."
        elif is_condition(left):
            message, hint = f"AND or OR is missing before {here}.", f"Write AND {here[1:-1]} …"
        else:
            message = f"A comparison is missing between {quoted(format(left))} and {here}."
            hint = f"Write {format(left)} > {here[1:-1]}."
        self.report.error("side-by-side", message, self.token.span, hint)

    def chain(self, left: Node, signs: tuple[str, str], power: int) -> Node:
        parts = [(signs[0], self.value(left))]
        start = left.span[0]
        while (sign := self.key) in signs:
            self.advance()
            parts.append((sign, self.value(self.expression(power))))
        kind = Sum if power == ADD else Product
        return kind(tuple(parts), self.since(start))

    def comparison(self, left: Node) -> Node:
        start = left.span[0]
        if self.key in COMPARISONS:
            self.value(left)
            rest: list[tuple[str, Node]] = []
            while (sign := self.key) in COMPARISONS:
                self.advance()
                rest.append((sign, self.unquoted(left) or self.value(self.expression(COMPARE))))
            return Compare(left, tuple(rest), self.since(start))
        negated = self.key == "not" and self.ahead(1).key in ("between", "in")
        if negated:
            self.advance()
        node: Node
        if self.key == "between":
            node = self.between(self.value(left))
        elif self.key == "in" and self.names.at_in(self.index):
            node = self.inside(self.value(left))
        else:
            return left
        return Not(node, self.since(start)) if negated else node

    def unquoted(self, left: Node) -> Node | None:
        """What stands for a text that lacks its quotation marks; None if nothing does."""
        if not (isinstance(left, Quantity) and left.name.unit is Unit.TEXT):
            return None
        found = self.names.unquoted(self.index)
        if found is None:
            return None
        self.go_to(found[1])
        return found[0]

    def between(self, operand: Node) -> Node:
        self.advance()
        low = self.value(self.expression(COMPARE))
        if not self.take("and"):
            raise self.fault("between", "“between” needs two values joined by AND.",
                             hint="Write PE between 10 and 20.")  # fmt: skip
        high = self.value(self.expression(COMPARE))
        return Between(operand, low, high, self.since(operand.span[0]))

    def inside(self, operand: Node) -> Node:
        start = operand.span[0]
        self.advance()
        if self.key in ("watchlist", "index"):
            if not (isinstance(operand, Quantity) and operand.name.key in ("symbol", "isin")):
                self.fault("member", "Only a symbol can be in a watchlist or an index.",
                           operand.span, 'Write Symbol in watchlist "core".')  # fmt: skip
            return self.member(start)
        if self.token.kind == TEXT:
            choice = Text(self.token.key, self.token.span)
            self.advance()
            return In(operand, (choice,), self.since(start))
        self.enter()
        choices = [self.value(self.expression(COMPARE))]
        while self.take(","):
            choices.append(self.value(self.expression(COMPARE)))
        self.leave("a comma or the closing bracket")
        return In(operand, tuple(choices), self.since(start))

    def member(self, start: int) -> Node:
        kind = self.key
        self.advance()
        if self.token.kind != TEXT:
            raise self.fault("member", f"The name of the {kind} is missing.",
                             hint=f'It stands in quotation marks: in {kind} "core".')  # fmt: skip
        name = self.token.key
        self.advance()
        return Member(kind, name, self.since(start))

    # --- operands ---

    def prefix(self) -> Node:
        while self.key == "₹":
            self.advance()
        token = self.token
        if token.kind == WORD:
            return self.word()
        if token.kind == NUMBER:
            found = self.names.number_name(self.index)
            return self.named(found) if found else self.number()
        if self.key == "(":
            return self.bracket()
        if self.key in ("-", "+"):
            self.advance()
            operand = self.value(self.expression(NEGATE))
            return Negative(operand, self.since(token.start)) if token.key == "-" else operand
        if token.kind == TEXT:
            self.advance()
            return Text(token.key, token.span)
        if token.kind == DATE:
            self.advance()
            return self.day(token)
        raise self.nothing_here()

    def word(self) -> Node:
        start, key = self.token.start, self.key
        function = FUNCTIONS.get(key)
        found = self.names.known(self.index)
        if function and self.ahead(1).key == "(" and (not found or found[1] == self.index + 1):
            return call(self, function)
        if found:
            return self.named(found)
        if key == "not":
            self.advance()
            return Not(self.condition(self.expression(NOT)), self.since(start))
        if key in ("and", "or"):
            raise self.nothing_here()
        if key == "in" and self.ahead(1).key in ("watchlist", "index"):
            self.advance()
            return self.member(start)
        if key in ("rs", "inr") and self.ahead(1).kind == NUMBER:
            self.advance()
            return self.number()
        if key in ("unknown", "known") and self.names.alone(self.index):
            raise self.fault("unknown", f"“{key}” needs something to be {key}.",
                             hint=f"Write {key}(PE), or “PE < 15 or unknown”.")  # fmt: skip
        return self.named(self.names.stranger(self.index))

    def named(self, found: tuple[Node, int]) -> Node:
        """The name that was found, with its period if one follows."""
        node, behind = found
        self.go_to(behind)
        self.take("%")
        if self.key != "[":
            return node
        period = self.names.period(self.index)
        if period is None:
            raise Fault
        self.go_to(period[1])
        if isinstance(node, Quantity):
            return Quantity(node.name, period[0], self.since(node.span[0]))
        if not isinstance(node, Bad):
            raise self.fault("period", "A flag has no periods.", node.span, "Remove them.")
        return node

    def number(self) -> Node:
        token = self.token
        value = float(token.key)
        self.advance()
        suffix = _SUFFIX.get(self.key, "")
        if suffix == "x" and self.names.begins_value(self.index + 1):
            suffix = ""
        if suffix:
            self.advance()
            if suffix == "lakh" and self.key in ("cr", "crore"):
                suffix = "lakh cr"
                self.advance()
        if not math.isfinite(value):
            self.report.error("too-large", "This number is too large.", token.span,
                              "Write it in crore.")  # fmt: skip
            value = 0.0
        return Number(value, suffix, self.since(token.start))

    def day(self, token: Token) -> Day:
        try:
            return Day(date.fromisoformat(token.text), token.span)
        except ValueError:
            self.report.error("date", f"There is no day {token.text}.", token.span,
                              "Dates are written year-month-day.")  # fmt: skip
            return Day(date.min, token.span)

    def bracket(self) -> Node:
        self.enter()
        inner = self.expression(0)
        self.leave("an operator or a closing bracket")
        if isinstance(inner, (And, Or)):
            self.bracketed[id(inner)] = inner
        return inner

    # --- kinds ---

    def condition(self, node: Node) -> Node:
        """The node, after telling if it is a value where a condition must stand."""
        if not is_condition(node):
            text = isinstance(node, Quantity) and node.name.unit is Unit.TEXT
            example = f'{format(node)} = "…"' if text else f"{format(node)} > 10"
            message = f"{quoted(format(node))} is a value, not a condition."
            self.report.error("no-comparison", message, node.span, f"Compare it: {example}.")
        return node

    def value(self, node: Node) -> Node:
        """The node, after telling if it is a condition where a value must stand."""
        if not is_value(node):
            self.report.error("not-a-value", f"{quoted(format(node))} is a condition, not a value.",
                              node.span, "Join conditions by AND or OR.")  # fmt: skip
        return node
