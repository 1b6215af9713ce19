"""Random trees of screens: any that can be written, and such as also make sense."""

from __future__ import annotations

import datetime as dt
from random import Random

from screener.fields.base import Unit
from screener.language.syntax import (
    COMPARISONS,
    GROUPS,
    PEERS,
    RANKS,
    SUFFIXES,
    WINDOWS,
    And,
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
    Not,
    Number,
    Or,
    OrUnknown,
    Over,
    Own,
    Period,
    PeriodKind,
    Product,
    Quantity,
    Screen,
    Standing,
    Sum,
    Text,
    Window,
)  # fmt: skip
from tests.language.small import INDICES, LEXICON, WATCHLISTS

NAMES = list(LEXICON.names)
NUMERIC = [n for n in NAMES if n.unit is not None and n.unit.numeric]
FLAGS = [n for n in NAMES if n.unit is Unit.FLAG]
TEXTS = [LEXICON.name(key) for key in ("sector", "industry", "size_class")]
DATES = [n for n in NAMES if n.unit is Unit.DATE]
YEARLY = [LEXICON.name(k) for k in ("roce", "debt", "sales", "sales_last_year")]
QUARTERLY = [LEXICON.name(k) for k in ("sales", "sales_latest_quarter", "promoter_holding")]
WORDS = ["Chemicals", "healthcare", "DYES", "Acids", "small", "no such", 'with " mark']


class Maker:
    """Builds trees from a source of chance. `sensible` ones can be compiled and judged."""

    def __init__(self, r: Random, sensible: bool) -> None:
        self.r, self.sensible = r, sensible
        self.window: str = ""  # y or q while inside a window

    def screen(self) -> Screen:
        day = dt.date(2025, 3, 31) if self.r.random() < 0.1 else None
        return Screen(self.condition(3), day)

    # --- conditions ---

    def condition(self, depth: int):
        if depth <= 0 or self.r.random() < 0.35:
            return self.leaf()
        kind = self.r.choice(["and", "or", "not", "unknown", "leaf"])
        if kind in ("and", "or"):
            made = And if kind == "and" else Or
            flat = []
            for _ in range(self.r.randint(2, 4)):
                item = self.condition(depth - 1)
                flat += item.items if isinstance(item, made) else (item,)
            return made(tuple(flat))
        if kind == "not":
            return Not(self.condition(depth - 1))
        if kind == "unknown":
            return OrUnknown(self.condition(depth - 1))
        return self.leaf()

    def leaf(self):
        kinds = ["compare"] * 6 + ["amount", "chain", "between", "in", "text", "known", "date"]
        if not self.window:
            kinds += ["flag", "member", "over"]
        kind = self.r.choice(kinds)
        if kind in ("text", "date", "flag") and self.window:
            kind = "compare"
        match kind:
            case "amount":
                return self.amount()
            case "compare" | "chain":
                rest = [
                    (self.r.choice(COMPARISONS), self.value(2))
                    for _ in range(1 + (kind == "chain"))
                ]
                return Compare(self.anchor(), tuple(rest))
            case "between":
                return Between(self.anchor(), self.value(1), self.value(1))
            case "in":
                choices = [self.value(1) for _ in range(self.r.randint(1, 3))]
                return In(self.anchor(), tuple(choices))
            case "known":
                return Known(self.anchor(), self.r.random() < 0.5)
            case "text":
                name = Quantity(self.r.choice(TEXTS))
                if self.r.random() < 0.5:
                    return Compare(name, ((self.r.choice(["=", "!="]), self.text()),))
                return In(name, tuple(self.text() for _ in range(self.r.randint(1, 3))))
            case "date":
                day = Day(dt.date(2025, 1, 1) + dt.timedelta(days=self.r.randrange(300)))
                return Compare(Quantity(self.r.choice(DATES)), ((self.r.choice(COMPARISONS), day),))
            case "flag":
                return Quantity(self.r.choice(FLAGS))
            case "member":
                if self.r.random() < 0.5:
                    return Member("index", self.r.choice([*INDICES, "nifty 50", "none"]))
                return Member("watchlist", self.r.choice(list(WATCHLISTS)))
            case _:
                function, length = self.r.choice(["every", "any"]), self.length()
                return Over(function, self.inside(length, lambda: self.condition(1)), length)

    def text(self) -> Text:
        return Text(self.r.choice(WORDS))

    # --- values ---

    def anchor(self):
        """A value that names a field, so that companies decide."""
        name = self.name()
        return name if self.r.random() < 0.6 else Sum((("+", name), ("-", self.value(1))))

    def name(self) -> Quantity:
        if self.window:
            return Quantity(self.r.choice(YEARLY if self.window == "y" else QUARTERLY))
        if self.r.random() < 0.15:
            return self.dated()
        return Quantity(self.r.choice(NUMERIC))

    def dated(self) -> Quantity:
        kind = self.r.choice(["y", "q", "t"])
        if kind == "y":
            period = Period(PeriodKind.YEAR, self.r.randint(0, 11))
            return Quantity(self.r.choice(YEARLY), period)
        if kind == "q":
            period = Period(PeriodKind.QUARTER, self.r.randint(0, 12))
            return Quantity(self.r.choice(QUARTERLY), period)
        return Quantity(LEXICON.name("sales"), Period(PeriodKind.TRAILING, self.r.randint(0, 2)))

    def number(self) -> Number:
        value = self.r.choice([0.0, 0.5, 1.0, 10.0, 15.0, 100.0, 500.0, self.r.uniform(0, 2000)])
        if not self.sensible:
            value = self.r.choice([value, 10 ** self.r.uniform(-9, 18)])
        # Which unit an amount is read in is plain only beside a single field; see amount().
        return Number(value, self.r.choice(["", "", "%", "x"] if self.sensible else SUFFIXES))

    def amount(self):
        sign, suffix = self.r.choice(COMPARISONS), self.r.choice(SUFFIXES)
        return Compare(self.name(), ((sign, Number(self.r.uniform(0, 900), suffix)),))

    def value(self, depth: int):
        kind = self.r.random()
        if depth <= 0 or kind < 0.45:
            return self.number() if self.r.random() < 0.5 else self.name()
        if kind < 0.6:
            return Sum(self.parts("+-", depth))
        if kind < 0.75:
            return Product(self.parts("*/", depth))
        if kind < 0.82:
            return Negative(self.value(depth - 1))
        return self.name() if self.window else self.function()

    def parts(self, signs: str, depth: int):
        parts = [(signs[0], self.value(depth - 1))]
        for _ in range(self.r.randint(1, 2)):
            sign, value = self.r.choice(signs), self.value(depth - 1)
            if self.sensible and sign == "/" and isinstance(value, Number):
                value = Number(value.value + 1, value.suffix)
            parts.append((sign, value))
        return tuple(parts)

    def length(self) -> Length:
        return Length(self.r.randint(3, 11), self.r.choice("yq"))

    def inside(self, length: Length, build):
        self.window = length.unit
        made = build()
        self.window = ""
        return made

    def function(self):
        length = self.length()
        kind = self.r.choice(["window", "window", "count", "standing", "own"])
        if kind == "window":
            operand = self.inside(length, lambda: self.anchor())
            return Window(self.r.choice(WINDOWS), operand, length)
        if kind == "count":
            return Count(self.inside(length, lambda: self.condition(1)), length)
        if kind == "own":
            if self.r.random() < 0.3:
                return Own(Quantity(LEXICON.name("pe")), Length(5, "y"))
            return Own(self.inside(length, lambda: self.anchor()), length)
        operand = Quantity(self.r.choice(NUMERIC))
        if self.r.random() < 0.3:
            operand = Product((("*", operand), ("/", Quantity(self.r.choice(NUMERIC)))))
        if self.r.random() < 0.4:
            return Standing(self.r.choice(PEERS), operand)
        group = self.r.choice(["", "", *(g for g in GROUPS if g != "market")])
        return Standing(self.r.choice(RANKS), operand, group)


def named(name: str) -> Name:
    found = LEXICON.find(name)
    assert found is not None, name
    return found
