"""What a field is: a named measure of a company, with its unit, its words and its reasons for being null.

A field is defined by a function from a moment (`At`) to a `Measure`. The moment says how many years
and quarters back to look, so one definition serves the latest value and every earlier one.
A measure is a polars expression over panel columns together with the reasons why it may be null;
arithmetic on measures carries the reasons along. No measure is ever NaN or infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, reduce
from typing import Final

import polars as pl

from screener.market.schema import LINES
from screener.market.slots import HOLDINGS, QUARTERS, YEARS

STALE_QUARTER_DAYS: Final = 140  # a last quarter older than this makes no trailing year


class Unit(StrEnum):
    """What a value is measured in. Percent is in percent points: 15 means 15 %."""

    CRORE = "cr"
    RUPEES = "rs"
    PERCENT = "pct"
    RATIO = "ratio"
    DAYS = "days"
    COUNT = "count"
    CRORE_SHARES = "cr_shares"
    DATE = "date"
    TEXT = "text"
    FLAG = "flag"

    @property
    def label(self) -> str:
        """The unit as a column header shows it."""
        return _UNIT_LABELS[self]

    @property
    def numeric(self) -> bool:
        """Whether values can be added and compared by size."""
        return self not in (Unit.TEXT, Unit.FLAG, Unit.DATE)


_UNIT_LABELS: Final = {
    Unit.CRORE: "₹ cr",
    Unit.RUPEES: "₹",
    Unit.PERCENT: "%",
    Unit.RATIO: "×",
    Unit.DAYS: "days",
    Unit.COUNT: "",
    Unit.CRORE_SHARES: "cr shares",
    Unit.DATE: "",
    Unit.TEXT: "",
    Unit.FLAG: "",
}


class Reason(StrEnum):
    """Why a value is null."""

    NEG_EQUITY = "NEG_EQUITY"
    NEG_BASE = "NEG_BASE"
    NEG_EARNINGS = "NEG_EARNINGS"
    ZERO_DENOM = "ZERO_DENOM"
    FINANCIAL = "FINANCIAL"
    SHORT_HISTORY = "SHORT_HISTORY"
    MISSING = "MISSING"
    STALE = "STALE"
    MIXED_BASIS = "MIXED_BASIS"
    NO_COVERAGE = "NO_COVERAGE"
    NO_DEBT = "NO_DEBT"

    @property
    def sentence(self) -> str:
        """The reason in a few plain words."""
        return _REASON_WORDS[self]


_REASON_WORDS: Final = {
    Reason.NEG_EQUITY: "net worth is negative or zero",
    Reason.NEG_BASE: "the earlier value is negative or zero, so growth has no meaning",
    Reason.NEG_EARNINGS: "earnings are negative or zero",
    Reason.ZERO_DENOM: "the value to divide by is zero or too small",
    Reason.FINANCIAL: "not a measure for financial companies",
    Reason.SHORT_HISTORY: "not enough periods on record",
    Reason.MISSING: "no source has given this figure",
    Reason.STALE: "the last figure or trade is too old",
    Reason.MIXED_BASIS: "the periods are not on one basis",
    Reason.NO_COVERAGE: "no analyst covers this company",
    Reason.NO_DEBT: "there is no interest to cover",
}


def _divide(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(b != 0).then(a / b)


@dataclass(frozen=True)
class Measure:
    """An expression and the reasons, tried in order, why it is null where it is null."""

    value: pl.Expr
    reasons: tuple[tuple[Reason, pl.Expr], ...] = ()

    def _with(self, value: pl.Expr, *others: Measure) -> Measure:
        return Measure(value, sum((o.reasons for o in others), self.reasons))

    def __add__(self, other: Measure | float) -> Measure:
        o = as_measure(other)
        return self._with(self.value + o.value, o)

    __radd__ = __add__

    def __sub__(self, other: Measure | float) -> Measure:
        o = as_measure(other)
        return self._with(self.value - o.value, o)

    def __rsub__(self, other: float) -> Measure:
        return as_measure(other) - self

    def __mul__(self, other: Measure | float) -> Measure:
        o = as_measure(other)
        return self._with(self.value * o.value, o)

    __rmul__ = __mul__

    def __truediv__(self, other: Measure | float) -> Measure:
        """Divide; a zero denominator gives null with ZERO_DENOM."""
        o = as_measure(other)
        m = self._with(_divide(self.value, o.value), o)
        return replace(m, reasons=(*m.reasons, (Reason.ZERO_DENOM, o.value == 0)))

    def __rtruediv__(self, other: float) -> Measure:
        return as_measure(other) / self

    def __neg__(self) -> Measure:
        return self._with(-self.value)

    def only_if(self, condition: pl.Expr, reason: Reason) -> Measure:
        """Null with `reason` where `condition` is false; null stays null where it is unknown."""
        return Measure(
            pl.when(condition).then(self.value), ((reason, ~condition), *self.reasons)
        )

    def otherwise(self, other: Measure) -> Measure:
        """This value, or `other` where this is null."""
        return Measure(pl.coalesce(self.value, other.value), other.reasons + self.reasons)

    def map(self, f: Callable[[pl.Expr], pl.Expr]) -> Measure:
        """Transform the expression, keep the reasons."""
        return replace(self, value=f(self.value))

    def non_financial(self) -> Measure:
        """Null with FINANCIAL for banks, lenders, insurers and other financial companies."""
        return self.only_if(~pl.col("is_financial").fill_null(False), Reason.FINANCIAL)

    @property
    def reason(self) -> pl.Expr:
        """The reason code where the value is null, else null."""
        out: pl.Expr = pl.lit(Reason.MISSING.value)
        for code, when in reversed(self.reasons):
            out = pl.when(when.fill_null(False)).then(pl.lit(code.value)).otherwise(out)
        return pl.when(self.value.is_null()).then(out)


def as_measure(x: Measure | float) -> Measure:
    """A number as a measure."""
    return x if isinstance(x, Measure) else Measure(pl.lit(float(x)))


def missing(reason: Reason = Reason.MISSING) -> Measure:
    """A measure that is null everywhere, for that reason."""
    return Measure(pl.lit(None, dtype=pl.Float64), ((reason, pl.lit(True)),))


def all_known(measures: Iterable[Measure]) -> Measure:
    """The sum of the measures, null if any of them is."""
    return reduce(lambda a, b: a + b, measures)


def mean(measures: Iterable[Measure]) -> Measure:
    """The mean of the measures, null if any of them is."""
    items = list(measures)
    return all_known(items) / len(items)


@dataclass(frozen=True)
class At:
    """The moment a field looks from: so many years, quarters or trailing years back."""

    years: int = 0
    quarters: int = 0

    def back(self, years: int = 0, quarters: int = 0) -> At:
        """The moment so much earlier still."""
        return At(self.years + years, self.quarters + quarters)

    def annual(self, line: str, back: int = 0) -> Measure:
        """A line of the annual statements, `back` years before this moment's year."""
        return _slot(line, "", self.years + back, YEARS)

    def quarter(self, line: str, back: int = 0) -> Measure:
        """A line of the quarterly results, `back` quarters before this moment's quarter."""
        return _slot(line, "q", self.quarters + back, QUARTERS)

    def balance(self, line: str) -> Measure:
        """A balance-sheet line at the latest balance sheet (a half-year one if it is later).

        With years back it is the annual one.
        """
        if self.years:
            return self.annual(line)
        return Measure(pl.col(f"{_known_line(line)}@L"))

    def holding(self, line: str, back: int = 0) -> Measure:
        """A line of the shareholding pattern, `back` quarters before the latest one."""
        return _slot(line, "h", self.quarters + back, HOLDINGS)

    def snapshot(self, line: str) -> Measure:
        """A value as its source shows it today."""
        return Measure(pl.col(f"{_known_line(line)}@s"))

    def ttm(self, line: str, years_back: int = 0) -> Measure:
        """The trailing twelve months of a P&L line (METHOD 0.7), `years_back` years earlier.

        Four consecutive quarters of one basis (or two halves), else the last year plus the
        quarters since less the same quarters a year before. Null with STALE when the last
        quarter is older than 140 days.
        """
        _known_line(line)
        first = self.quarters + 4 * (self.years + years_back)
        if first + 4 > QUARTERS:
            return missing(Reason.SHORT_HISTORY)
        q = [pl.col(f"{line}@q{first + i}") for i in range(4)]
        halves = pl.col("months@q0") == 6
        total = pl.when(halves).then(q[0] + q[2]).otherwise(q[0] + q[1] + q[2] + q[3])
        if first == 0:
            total = pl.coalesce(total, _year_and_since(line))
            fresh = (pl.col("as_of") - pl.col("end@q0")).dt.total_days() <= STALE_QUARTER_DAYS
            return Measure(total).only_if(fresh, Reason.STALE)
        return Measure(total, ((Reason.SHORT_HISTORY, pl.col(f"end@q{first + 3}").is_null()),))


def _year_and_since(line: str) -> pl.Expr:
    """Last financial year + quarters since it − the same quarters a year before."""
    year_end, out = pl.col("end@0"), pl.lit(None, dtype=pl.Float64)
    full = pl.col("months@0") == 12
    for n in range(4):
        since = [pl.col(f"{line}@q{i}") for i in range(n)]
        before = [pl.col(f"{line}@q{i + 4}") for i in range(n)]
        total = reduce(lambda a, b: a + b, since, pl.col(f"{line}@0"))
        total = reduce(lambda a, b: a - b, before, total)
        matches = full & (year_end.dt.offset_by(f"{3 * n}mo").dt.month_end() == pl.col("end@q0"))
        out = pl.when(matches).then(total).otherwise(out)
    return out


def _known_line(line: str) -> str:
    if line not in LINES:
        raise KeyError(f"no statement line {line!r}")
    return line


def _slot(line: str, letter: str, index: int, limit: int) -> Measure:
    _known_line(line)
    if not 0 <= index < limit:
        return missing(Reason.SHORT_HISTORY)
    slot = pl.col(f"{line}@{letter}{index}")
    if index == 0:
        return Measure(slot)
    return Measure(slot, ((Reason.SHORT_HISTORY, pl.col(f"end@{letter}{index}").is_null()),))


class History(StrEnum):
    """Which periods the language may shift a field over."""

    ANNUAL = "annual"
    QUARTER = "quarter"
    TTM = "ttm"
    HOLDING = "holding"


NOW: Final = At()


@dataclass(frozen=True)
class Field:
    """A name a screen can use.

    `key` is the column; `name` is how people write it; `define` gives its measure at a moment.
    `stage` 1 fields read the panel; stage 2 fields (peers, ranks, scores) read stage 1 columns
    and the company columns, and may look across companies.
    """

    key: str
    name: str
    unit: Unit
    about: str
    formula: str
    define: Callable[[At], Measure]
    family: str = ""
    aliases: tuple[str, ...] = ()
    source: str = "statements"
    history: History | None = None
    stage: int = 1
    note: str = ""  # known oddities, differences to other sites
    column: str = ""  # short header for narrow tables; name if empty

    @cached_property
    def measure(self) -> Measure:
        """The measure at the latest moment."""
        return self.define(NOW)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The panel columns (stage 2: field columns) the value is computed from."""
        return tuple(dict.fromkeys(self.measure.value.meta.root_names()))

    @property
    def header(self) -> str:
        """The column header."""
        return self.column or self.name


@dataclass(frozen=True)
class Family:
    """A module's fields under one heading."""

    title: str
    fields: tuple[Field, ...] = field(default_factory=tuple)
