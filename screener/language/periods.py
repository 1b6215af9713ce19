"""Which field, at which moment, a period or a window of the language asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from screener.fields.base import At, Field, History, Measure
from screener.language.lexicon import Lexicon
from screener.language.syntax import Length, Name, Period, PeriodKind
from screener.market.slots import QUARTERS, YEARS

_KIND_OF: Final = {"y": PeriodKind.YEAR, "q": PeriodKind.QUARTER}
_REACH: Final = {
    PeriodKind.YEAR: YEARS,
    PeriodKind.QUARTER: QUARTERS,
    PeriodKind.TRAILING: (QUARTERS - 4) // 4 + 1,
}
_SAID: Final = {
    PeriodKind.YEAR: "years",
    PeriodKind.QUARTER: "quarters",
    PeriodKind.TRAILING: "trailing years",
}


@dataclass(frozen=True)
class Moment:
    """A field and the moment it is to be taken at."""

    field: Field
    at: At

    @cached_property
    def measure(self) -> Measure:
        """The field's measure at that moment."""
        return self.field.define(self.at)


@dataclass(frozen=True)
class Unreachable:
    """Why a period cannot be had, and what can be written instead."""

    message: str
    hint: str = ""


def moment_of(lexicon: Lexicon, name: Name, period: Period) -> Moment | Unreachable:
    """The field and moment for `name[period]`; worked out once for a lexicon."""
    found = lexicon.moments.get((name.key, period))
    if found is None:
        found = _moment(lexicon, name, period)
        lexicon.moments[name.key, period] = found
    return found


def _moment(lexicon: Lexicon, name: Name, period: Period) -> Moment | Unreachable:
    reach = _REACH[period.kind]
    if period.back >= reach:
        return Unreachable(
            f"{period.back} {_SAID[period.kind]} back is further than the market goes.",
            f"It holds {reach} {_SAID[period.kind]}: the furthest is [{period.kind}-{reach - 1}].",
        )
    field = lexicon.field(name.key)
    if field is None or field.history is None or field.stage != 1:
        return Unreachable(
            f"“{name.name}” is known for today only.", "Earlier periods need figures of statements."
        )
    found = _shifted(lexicon, field, period)
    if isinstance(found, Moment) and not found.measure.value.meta.root_names():
        return Unreachable(f"“{name.name}” does not go that far back.", "Ask for fewer periods.")
    return found


def _shifted(lexicon: Lexicon, field: Field, period: Period) -> Moment | Unreachable:
    years, quarters = At(years=period.back), At(quarters=period.back)
    match period.kind, field.history:
        case PeriodKind.YEAR, History.ANNUAL | History.HOLDING:
            return Moment(field, years)
        case PeriodKind.YEAR, History.TTM:
            return Moment(lexicon.field(field.yearly) or field, years)
        case PeriodKind.TRAILING, History.TTM:
            return Moment(field, years)
        case PeriodKind.QUARTER, History.QUARTER | History.HOLDING:
            return Moment(field, quarters)
        case PeriodKind.QUARTER, _ if sibling := lexicon.field(field.quarterly):
            return Moment(sibling, quarters)
        case PeriodKind.QUARTER, _:
            return Unreachable(f"“{field.name}” has no quarterly values.", "Ask for years: [FY-1].")
        case _, History.QUARTER:
            hint = f"Count quarters: [Q-{4 * period.back}]."
            return Unreachable(f"“{field.name}” is a value of quarters.", hint)
        case _, _:
            hint = f"Write [FY-{period.back}]." if period.back else "Write [FY]."
            return Unreachable(f"“{field.name}” has no trailing years.", hint)


def periods_of(length: Length) -> list[Period]:
    """The periods of a window, the latest first."""
    return [Period(_KIND_OF[length.unit], back) for back in range(length.count)]


def end_of(length: Length) -> Period:
    """The period that lies the whole length back: where a growth rate starts."""
    return Period(_KIND_OF[length.unit], length.count)


def longest(length: Length) -> int:
    """How many periods of that unit the market holds."""
    return _REACH[_KIND_OF[length.unit]]
