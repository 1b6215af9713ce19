"""A second opinion: screens judged company by company over dictionaries, slowly and obviously."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

from screener.language.syntax import (
    And,
    Between,
    Compare,
    Count,
    Day,
    In,
    Known,
    Member,
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
from tests.language.small import WATCHLISTS

TRAILING, YEAR, QUARTER = PeriodKind.TRAILING, PeriodKind.YEAR, PeriodKind.QUARTER
#: (field, kind of period) → the line of the panel and the letter of its slots.
SLOTS = {
    ("sales", YEAR): "sales@", ("sales", QUARTER): "sales@q", ("sales_last_year", YEAR): "sales@",
    ("sales_latest_quarter", QUARTER): "sales@q", ("roce", YEAR): "roce_printed@",
    ("debt", YEAR): "borrowings@", ("promoter_holding", QUARTER): "promoters@h",
}  # fmt: skip
ABSOLUTE = {"price", "dma_200", "high_52w", "volume", "volume_1w", "piotroski", "size_rank"}


class Company:
    """One company: today's values by key, the panel's cells, and everybody else."""

    def __init__(self, row, cells, market):
        self.row, self.cells, self.market = row, cells, market

    def value(self, key, period):
        if period is None:
            return self.row[key]
        if key == "sales" and period.kind is TRAILING:
            first = 4 * period.back
            parts = [self.cells[f"sales@q{first + i}"] for i in range(4)]
            return None if None in parts else sum(parts)
        if key == "promoter_holding" and period.kind is YEAR:
            return self.cells[f"promoters@h{4 * period.back}"]
        return self.cells[f"{SLOTS[key, period.kind]}{period.back}"]


def judge(tree: Screen, companies: list[Company]) -> list[bool | None]:
    return [truth(tree.condition, company) for company in companies]


def both(verdicts):
    verdicts = list(verdicts)
    return False if False in verdicts else None if None in verdicts else True


def either(verdicts):
    verdicts = list(verdicts)
    return True if True in verdicts else None if None in verdicts else False


def opposite(verdict):
    return None if verdict is None else not verdict


def truth(node, c, period=None):
    match node:
        case And(items):
            return both(truth(item, c, period) for item in items)
        case Or(items):
            return either(truth(item, c, period) for item in items)
        case Not(inner):
            return opposite(truth(inner, c, period))
        case OrUnknown(inner):
            return truth(inner, c, period) is not False
        case Compare(first, rest):
            values, pairs = [first, *(v for _, v in rest)], []
            for (a, b), (sign, _) in zip(pairwise(values), rest, strict=True):
                pairs.append(compared(sign, a, b, c, period))
            return both(pairs)
        case Between(x, low, high):
            return both([compared(">=", x, low, c, period), compared("<=", x, high, c, period)])
        case In(x, choices):
            return either(compared("=", x, choice, c, period) for choice in choices)
        case Known(x, known):
            found = (truth if is_truth(x) else reckon)(x, c, period)
            return (found is not None) is known
        case Member("watchlist", name):
            members = WATCHLISTS[name]
            return c.row["symbol"] in members or c.row["isin"] in members
        case Member("index", name):
            names = c.row["indices"]
            return None if names is None else name.lower() in [n.lower() for n in names]
        case Over(function, inner, length):
            over = (truth(inner, c, p) for p in periods(length))
            return both(over) if function == "every" else either(over)
        case Quantity(name, _):
            return c.value(name.key, None)
    raise TypeError(node)


def is_truth(node):
    kinds = (And, Or, Not, OrUnknown, Compare, Between, In, Known, Member, Over)
    return isinstance(node, kinds) or (isinstance(node, Quantity) and node.name.unit == "flag")


def periods(length):
    kind = YEAR if length.unit == "y" else QUARTER
    return [Period(kind, back) for back in range(length.count)]


def compared(sign, a, b, c, period):
    if isinstance(a, Count) or isinstance(b, Count):
        return compared_count(sign, a, b, c, period)
    absolute = bool(keys(a) & ABSOLUTE) if keys(a) else bool(keys(b) & ABSOLUTE)
    x, y = reckon(a, c, period, absolute), reckon(b, c, period, absolute)
    if x is None or y is None:
        return None
    if isinstance(x, str):
        x, y = x.lower(), y.lower()
    return {">": x > y, "<": x < y, ">=": x >= y, "<=": x <= y, "=": x == y, "!=": x != y}[sign] \
        if not isinstance(x, str) else (x == y) is (sign == "=")  # fmt: skip


def compared_count(sign, a, b, c, period):
    """A count that unknown periods leave open is compared in every way it can turn out."""
    if not isinstance(a, Count):
        turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
        return compared_count(turned.get(sign, sign), b, a, c, period)
    verdicts = [truth(a.condition, c, p) for p in periods(a.length)]
    limit = reckon(b, c, period)
    if limit is None:
        return None
    held, open_ = verdicts.count(True), verdicts.count(None)
    outcomes = set()
    for n in range(held, held + open_ + 1):
        outcomes.add({">": n > limit, "<": n < limit, ">=": n >= limit, "<=": n <= limit,
                      "=": n == limit, "!=": n != limit}[sign])  # fmt: skip
    return outcomes.pop() if len(outcomes) == 1 else None


def keys(node):
    """Field keys that decide in which unit an amount is read."""
    match node:
        case Quantity(name):
            return {name.key}
        case Negative(x):
            return keys(x)
        case Sum(parts) | Product(parts):
            return set().union(*(keys(x) for _, x in parts))
    return set()


def finite(x):
    return x if x is None or isinstance(x, str) or math.isfinite(x) else None


def reckon(node, c, period=None, absolute=False):
    match node:
        case Number(value, suffix):
            factor = {"cr": 1.0, "lakh": 0.01, "lakh cr": 1e5}.get(suffix)
            if factor is None:
                return value
            return value * factor * (1e7 if absolute else 1.0)
        case Text(value):
            return " ".join(value.split())
        case Day(value):
            return value
        case Quantity(name, own):
            value = c.value(name.key, own or period)
            return float(value) if isinstance(value, int) else value
        case Negative(x):
            inner = reckon(x, c, period, absolute)
            return None if inner is None else -inner
        case Sum(parts) | Product(parts):
            values = [reckon(x, c, period, absolute) for _, x in parts]
            return None if None in values else folded([sign for sign, _ in parts], values)
        case Count(inner, length):
            verdicts = [truth(inner, c, p) for p in periods(length)]
            return None if None in verdicts else float(sum(verdicts))
        case Window(function, x, length):
            return windowed(function, x, length, c)
        case Own(Quantity(name), length) if name.key == "pe":
            return c.row["own_pe_percentile_5y"]
        case Own(x, length):
            values = [reckon(x, c, p) for p in periods(length)]
            return None if None in values else percentile(values[0], values)
        case Standing():
            return standing(node, c)
    raise TypeError(node)


def folded(signs, values):
    total = values[0]
    for sign, value in zip(signs[1:], values[1:], strict=True):
        if sign == "/" and value == 0:
            return None
        match sign:
            case "+":
                total += value
            case "-":
                total -= value
            case "*":
                total *= value
            case "/":
                total /= value
    return finite(total)


def windowed(function, x, length, c):
    if function == "cagr":
        kind = YEAR if length.unit == "y" else QUARTER
        last, first = (reckon(x, c, Period(kind, back)) for back in (0, length.count))
        if last is None or first is None or last <= 0 or first <= 0:
            return None
        years = length.count if length.unit == "y" else length.count / 4
        return finite(((last / first) ** (1 / years) - 1) * 100)
    values = [reckon(x, c, p) for p in periods(length)]
    if None in values:
        return None
    if function == "trend":
        # In the order of the engine: a trend of almost nothing may stand below a fraction line.
        middle = (len(values) - 1) / 2
        spread = sum((k - middle) ** 2 for k in range(len(values)))
        return sum((v - values[0]) * ((middle - k) / spread) for k, v in enumerate(values))
    functions = {
        "avg": lambda v: sum(v) / len(v), "median": statistics.median, "min": min, "max": max,
        "stdev": lambda v: statistics.stdev(x - v[0] for x in v), "sum": sum,
    }  # fmt: skip
    return functions[function](values)


def percentile(value, values):
    below = sum(v < value for v in values)
    equal = sum(v == value for v in values)
    return (below + equal / 2) * 100 / len(values)


def standing(node, c):
    mine = reckon(node.operand, c)
    if node.function in ("peer", "premium", "z"):
        return against_peers(node, mine, c)
    column = node.group.replace(" ", "_")
    if mine is None or (column and c.row[column] is None):
        return None
    group = [o for o in c.market if not column or o.row[column] == c.row[column]]
    values = [v for o in group if (v := reckon(node.operand, o)) is not None]
    if node.function == "rank":
        return float(1 + sum(v > mine for v in values))
    return percentile(mine, values)


def against_peers(node, mine, c):
    def large(o):
        return o.row["size_class"] in ("large", "mid")

    def holding(o):
        return (o.row["basic_industry"] or "").removesuffix(" Companies") == "Holding Company"

    if holding(c):
        return None
    compared = [o for o in c.market if not holding(o)]
    levels = [
        [o for o in compared if c.row[level] is not None and o.row[level] == c.row[level]]
        for level in ("basic_industry", "industry", "sector")
    ]
    if c.row["size_class"] is not None:
        sized = [o for o in compared if o.row["size_class"] is not None]
        levels.append([o for o in sized if large(o) is large(c)])
    levels.append(compared)
    for group in levels:
        values = [v for o in group if (v := reckon(node.operand, o)) is not None]
        if len(values) - (mine is not None) >= 8:
            break
    else:
        return None
    middle = statistics.median(values)
    if node.function == "peer":
        return middle
    if mine is None:
        return None
    if node.function == "premium":
        return finite((mine / middle - 1) * 100) if middle > 0 else None
    spread = statistics.median(abs(v - middle) for v in values)
    return finite(0.6745 * (mine - middle) / spread) if spread > 0 else None


def market(frame, panel):
    """Every company of a frame and its panel."""
    companies: list[Company] = []
    for row, cells in zip(frame.to_dicts(), panel.to_dicts(), strict=True):
        companies.append(Company(row, cells, companies))
    return companies
