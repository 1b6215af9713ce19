"""What a field is: a named measure of a company, its unit, its words, its reasons for being null.

A field is defined by a function from a moment (`At`) to a `Measure`. The moment says how many years
and quarters back to look, so one definition serves the latest value and every earlier one.
A measure is a polars expression over panel columns together with the reasons why it may be null;
arithmetic on measures carries the reasons along. No measure is ever NaN or infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache, cached_property, reduce, wraps
from typing import Final, Protocol

import polars as pl

from screener.market.schema import LINES
from screener.market.slots import HOLDINGS, QUARTERS, YEARS

STALE_QUARTER_DAYS: Final = 140  # a last quarter older than this makes no trailing year
STALE_HALF_DAYS: Final = 231  # the same for half-yearly filers: half a year and 49 days
FOUNDERS_SHARE: Final = 0.1  # of today's count of shares; fewer, before the listing, are founders'
ROUNDED_AWAY: Final = 0.5  # ₹ crore; the largest profit that whole crores print as none
STALE_YEAR_DAYS: Final = 640  # an older last year says nothing of today: a year of 18 months and
# 90 days to file it


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
    UNEXPLAINED_SHARE_JUMP = "UNEXPLAINED_SHARE_JUMP"

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
    Reason.UNEXPLAINED_SHARE_JUMP: "two ways to count the shares differ as after a split",
}


REASONS: Final = pl.Enum([reason.value for reason in Reason])


def because(reason: Reason, when: pl.Expr) -> pl.Expr:
    """The reason code where `when` is true, else null."""
    return pl.when(when).then(pl.lit(reason.value, dtype=REASONS))


@dataclass(frozen=True)
class Measure:
    """An expression, and codes that say why it is null where it is null.

    Each of `codes` is a reason code or null; the first that is not null is the reason.
    """

    value: pl.Expr
    codes: tuple[pl.Expr, ...] = ()

    def _with(self, value: pl.Expr, *others: Measure) -> Measure:
        return Measure(value, _distinct(self, *others))

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
        if not isinstance(other, Measure):
            return self.map(lambda value: value / other)
        quotient = self._with(pl.when(other.value != 0).then(self.value / other.value), other)
        return quotient.explained(Reason.ZERO_DENOM, other.value == 0)

    def __rtruediv__(self, other: float) -> Measure:
        return as_measure(other) / self

    def __neg__(self) -> Measure:
        return self._with(-self.value)

    def only_if(self, condition: pl.Expr, reason: Reason) -> Measure:
        """Null with `reason` where `condition` is false; null without it where it is unknown."""
        return Measure(
            pl.when(condition).then(self.value), (because(reason, ~condition), *self.codes)
        )

    def explained(self, reason: Reason, when: pl.Expr) -> Measure:
        """The same value; `reason` is given for a null where no earlier reason applies."""
        return replace(self, codes=(*self.codes, because(reason, when)))

    def otherwise(self, other: Measure) -> Measure:
        """This value, or `other` where this is null."""
        return Measure(pl.coalesce(self.value, other.value), _distinct(other, self))

    def map(self, f: Callable[[pl.Expr], pl.Expr]) -> Measure:
        """Transform the expression, keep the reasons."""
        return replace(self, value=f(self.value))

    def non_financial(self) -> Measure:
        """Null with FINANCIAL for banks, lenders, insurers and other financial companies."""
        financial = pl.col("is_financial")
        value = pl.when(financial.ne_missing(True)).then(self.value)
        return Measure(value, (because(Reason.FINANCIAL, financial), *self.codes))

    @property
    def code(self) -> pl.Expr:
        """The reason code that applies whether or not the value is null; MISSING if none does."""
        return pl.coalesce(*self.codes, pl.lit(Reason.MISSING.value, dtype=REASONS))

    @property
    def reason(self) -> pl.Expr:
        """The reason code where the value is null, else null."""
        return pl.when(self.value.is_null()).then(self.code)


def _distinct(*measures: Measure) -> tuple[pl.Expr, ...]:
    """The codes of the measures in order, each once; the same measure is often used twice."""
    return tuple({id(code): code for m in measures for code in m.codes}.values())


def as_measure(x: Measure | float) -> Measure:
    """A number as a measure."""
    return x if isinstance(x, Measure) else Measure(pl.lit(float(x)))


def missing(reason: Reason = Reason.MISSING) -> Measure:
    """A measure that is null everywhere, for that reason."""
    return Measure(pl.lit(None, dtype=pl.Float64), (pl.lit(reason.value, dtype=REASONS),))


def all_known(measures: Iterable[Measure]) -> Measure:
    """The sum of the measures, null if any of them is."""
    return reduce(lambda a, b: a + b, measures)


def mean(measures: Iterable[Measure]) -> Measure:
    """The mean of the measures, null if any of them is."""
    items = list(measures)
    return all_known(items) / len(items)


#: A quantity made from lines of one period: given a reader of that period's lines it returns the
#: quantity. It can be taken of a year, a quarter, a trailing year or a balance sheet.
Flow = Callable[[Callable[[str], Measure]], Measure]


class Plan(Protocol):
    """Something that computes a measure used by many fields once, as a column."""

    def once(self, key: str, build: Callable[[], Measure]) -> Measure:
        """The measure that stands for `key`; `build` makes it when it is first asked for."""


@dataclass(frozen=True)
class At:
    """The moment a field looks from: so many years, quarters or trailing years back."""

    years: int = 0
    quarters: int = 0
    plan: Plan | None = field(default=None, compare=False, repr=False)

    def back(self, years: int = 0, quarters: int = 0) -> At:
        """The moment so much earlier still."""
        return replace(self, years=self.years + years, quarters=self.quarters + quarters)

    def once(self, key: str, build: Callable[[], Measure]) -> Measure:
        """`build()`, or the column that a plan computes it in."""
        return build() if self.plan is None else self.plan.once(key, build)

    def annual(self, line: str | Flow, back: int = 0) -> Measure:
        """A line or flow of the annual statements, `back` years before this moment's year."""
        index = self.years + back
        if isinstance(line, str):
            return self._slot(line, "", index, YEARS)
        if index >= YEARS:
            return missing(Reason.SHORT_HISTORY)
        return self.once(f"{flow_name(line)}@{index}", lambda: line(lambda x: self.annual(x, back)))

    def quarter(self, line: str | Flow, back: int = 0) -> Measure:
        """A line or flow of the quarterly results, `back` quarters before this moment's quarter."""
        index = self.quarters + back
        if isinstance(line, str):
            return self._slot(line, "q", index, QUARTERS)
        if index >= QUARTERS:
            return missing(Reason.SHORT_HISTORY)
        return self.once(
            f"{flow_name(line)}@q{index}", lambda: line(lambda x: self.quarter(x, back))
        )

    def _slot(self, line: str, letter: str, index: int, limit: int) -> Measure:
        if not 0 <= index < limit:
            return missing(Reason.SHORT_HISTORY)
        slot = f"{letter}{index}"
        if line == "eps":
            eps = self.once(f"eps of today's owners@{slot}", lambda: _eps_of_owners(slot))
            return replace(eps, codes=(*eps.codes, *self._too_short(slot)))
        if self.plan is None:
            return _slot(line, slot)
        codes = self._too_short(slot)
        return Measure(_slot(line, slot).value, codes)

    def _too_short(self, slot: str) -> tuple[pl.Expr, ...]:
        return self.once(f"too short@{slot}", lambda: _too_short(slot)).codes

    def balance(self, line: str | Flow) -> Measure:
        """A balance-sheet quantity at the latest balance sheet (a half-year one if it is later).

        With years back it is the annual one.
        """
        if self.years:
            return self.annual(line)
        if isinstance(line, str):
            codes = self.once("too short@0", lambda: _too_short("0")).codes
            return Measure(pl.col(f"{_known_line(line)}@L"), codes)
        return self.once(f"{flow_name(line)}@L", lambda: line(self.balance))

    def holding(self, line: str, back: int = 0) -> Measure:
        """A line of the shareholding pattern, `back` quarters before the latest one."""
        return self._slot(line, "h", self.quarters + 4 * self.years + back, HOLDINGS)

    def snapshot(self, line: str) -> Measure:
        """A value as its source shows it today."""
        return Measure(pl.col(f"{_known_line(line)}@s"))

    def ttm(self, line: str | Flow, years_back: int = 0) -> Measure:
        """The trailing twelve months of a P&L line or flow (METHOD 0.7), `years_back` earlier.

        Four consecutive quarters of one basis (or two halves), else the last year plus the
        quarters since less the same quarters a year before. Null with STALE when the last
        quarter is older than 140 days (231 for half-yearly filers).
        """
        first = self.quarters + 4 * (self.years + years_back)
        if first + 4 > QUARTERS:
            return missing(Reason.SHORT_HISTORY)
        today = At(plan=self.plan)
        return self.once(f"{flow_name(line)}@t{first}", lambda: _trailing(today, line, first))


@cache
def _slot(line: str, slot: str) -> Measure:
    """A column of the panel; the same object every time, so that its codes are told apart."""
    return Measure(pl.col(f"{_known_line(line)}@{slot}"), _too_short(slot).codes)


@cache
def _too_short(slot: str) -> Measure:
    """The code for a period that is not on record, or that is too old to be the latest."""
    if slot in ("0", "q0"):
        return Measure(pl.lit(None), (because(Reason.STALE, is_outdated(slot)),))
    if slot == "h0":
        return Measure(pl.lit(None))
    return Measure(pl.lit(None), (because(Reason.SHORT_HISTORY, pl.col(f"end@{slot}").is_null()),))


@cache
def _eps_of_owners(slot: str) -> Measure:
    """EPS, null where it is of the few shares that founders had before the listing.

    Such an EPS is thousands of times today's, and growth on it a collapse that never was. Right
    after a listing today's count may not be known; shares only grow towards it, so the latest
    quarter's then stands for it.
    """
    eps, young = pl.col(f"eps@{slot}"), pl.col("listed_on") > pl.col(f"end@{slot}")
    today = pl.coalesce(pl.col("shares"), _count_of_eps("q0"))
    few = (young & (_count_of_eps(slot, ROUNDED_AWAY) < FOUNDERS_SHARE * today)).fill_null(False)
    return Measure(pl.when(~few).then(eps), (because(Reason.SHORT_HISTORY, few),))


def _count_of_eps(slot: str, instead_of_none: float = 0.0) -> pl.Expr:
    """Profit over EPS of a period, roughly, whatever the sign; null where either is zero.

    `instead_of_none` is a profit to take where zero is printed.
    """
    profit = pl.coalesce(f"owners_profit@{slot}", f"net_profit@{slot}").abs()
    printed = pl.when(profit != 0).then(profit).when(profit == 0).then(instead_of_none)
    eps = pl.col(f"eps@{slot}").abs()
    return pl.when((printed > 0) & (eps > 0)).then(printed / eps)


def is_outdated(slot: str) -> pl.Expr:
    """Whether the latest year (slot 0) or quarter (slot q0) is too old to stand for today."""
    age = (pl.col("as_of") - pl.col(f"end@{slot}")).dt.total_days()
    return (age > (STALE_YEAR_DAYS if slot == "0" else STALE_HALF_DAYS)).fill_null(False)


def shared(define: Callable[[At], Measure]) -> Callable[[At], Measure]:
    """Mark a definition that other definitions build on, so that a plan computes it once."""

    @wraps(define)
    def at_moment(at: At) -> Measure:
        key = f"{define.__module__}.{define.__qualname__}@{at.years},{at.quarters}"
        return at.once(key, lambda: define(at))

    return at_moment


def _trailing(today: At, line: str | Flow, first: int) -> Measure:
    quarters = [today.quarter(line, first + i) for i in range(4)]
    months = [pl.col(f"months@q{first + i}") for i in range(4)]
    four, two = all_known(quarters), quarters[0] + quarters[2]
    is_four = (months[0] == 3) & (reduce(lambda a, b: a + b, months) == 12)
    is_two = (months[0] == 6) & (months[2] == 6)
    whole = today.once(f"four@q{first}", lambda: Measure(is_four)).value
    halves = today.once(f"two@q{first}", lambda: Measure(is_two)).value
    total = pl.when(whole).then(four.value).when(halves).then(two.value)
    if first == 0:
        fresh = today.once("fresh", lambda: Measure(_is_fresh())).value
        measure = Measure(pl.coalesce(total, _year_and_since(today, line)), four.codes)
        return measure.only_if(fresh, Reason.STALE)
    if first % 4 == 0:
        years = first // 4
        closed = (pl.col("end@q0") == pl.col("end@0")) & (pl.col(f"months@{years}") == 12)
        year = pl.when(closed).then(today.annual(line, years).value)
        return Measure(pl.coalesce(total, year), four.codes)
    return Measure(total, four.codes)


def _is_fresh() -> pl.Expr:
    """Whether the last quarter, or half-year, is recent enough for a trailing year."""
    age = (pl.col("as_of") - pl.col("end@q0")).dt.total_days()
    half = pl.col("months@q0") == 6
    return age <= pl.when(half).then(STALE_HALF_DAYS).otherwise(STALE_QUARTER_DAYS)


def _year_and_since(today: At, line: str | Flow) -> pl.Expr:
    """Last financial year + quarters since it − the same quarters a year before."""
    since = today.once("since", lambda: Measure(_quarters_since())).value
    totals = []
    for n in range(4):
        total = today.annual(line)
        for i in range(n):
            total = total + today.quarter(line, i) - today.quarter(line, i + 4)
        totals.append(pl.when(since == n).then(total.value))
    return pl.coalesce(totals)


def _quarters_since() -> pl.Expr:
    """Quarters from the end of the last financial year, if it had 12 months, to the last result."""
    year, last = pl.col("end@0").dt, pl.col("end@q0").dt
    gap = 12 * (last.year() - year.year()) + (last.month().cast(pl.Int32) - year.month())
    return pl.when((pl.col("months@0") == 12) & (gap % 3 == 0)).then(gap // 3)


def flow_name(line: str | Flow) -> str:
    """The name of a line or flow, unique among both."""
    if isinstance(line, str):
        return _known_line(line)
    if "<" in line.__qualname__:
        raise ValueError("a flow needs a name of its own, not a lambda or an inner function")
    return f"{line.__module__}.{line.__qualname__}"


def _known_line(line: str) -> str:
    if line not in LINES:
        raise KeyError(f"no statement line {line!r}")
    return line


class History(StrEnum):
    """Which moments the language may shift a field to.

    ANNUAL and TTM fields take `At(years=…)`, QUARTER and HOLDING fields `At(quarters=…)`.
    """

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
    yearly: str = ""  # key of the same measure for a financial year, if it is another field
    quarterly: str = ""  # key of the same measure for one quarter, if there is one
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
