"""What the fields say of the recorded companies: `python -m tests.recorded.report [FILE]`.

For the companies usable in January 2026, as known on the 27th: how many values of each field are
known, unknown by which reason, beyond plausible bounds; which sums do not come out; the ten most
extreme values of each ratio. KASAUTI_RECORDED_MARKET names a market already gathered.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from screener.fields.base import Field, Unit
from screener.fields.catalogue import all_fields
from screener.market.store import Market
from tests.recorded.bounds import bounds_of
from tests.recorded.identities import Identity, identities
from tests.recorded.market import DAY, ready_market, recorded_folder, usable

EXTREMES = 10
NAMES = 8
RATIOS = (Unit.RATIO, Unit.PERCENT, Unit.DAYS)


@dataclass(frozen=True)
class Tally:
    """What became of a field over all companies."""

    field: Field
    known: int
    unknown: Counter[str]
    beyond: list[tuple[str, float]]  # symbol, value

    @property
    def total(self) -> int:
        return self.known + self.unknown.total()


@dataclass(frozen=True)
class Check:
    """What became of an identity."""

    identity: Identity
    asked: int
    broken: list[str]


@dataclass(frozen=True)
class Report:
    """The figures of the report."""

    companies: int
    tallies: list[Tally]
    checks: list[Check]
    extremes: dict[str, tuple[list[tuple[str, float]], list[tuple[str, float]]]]

    @property
    def beyond(self) -> dict[str, list[tuple[str, float]]]:
        return {tally.field.key: tally.beyond for tally in self.tallies if tally.beyond}


def made_of(market: Market, isins: pl.Series) -> Report:
    """The report of those companies of a market as it stands."""
    fields = market.fields.filter(pl.col("isin").is_in(isins.implode()))
    panel = market.panel.filter(pl.col("isin").is_in(isins.implode()))
    known = all_fields()
    return Report(
        fields.height,
        [_tally(fields, field) for field in known],
        [_check(panel, identity) for identity in identities()],
        {field.key: _ends(fields, field.key) for field in known if field.unit in RATIOS},
    )


def _tally(frame: pl.DataFrame, field: Field) -> Tally:
    reasons = frame[f"{field.key}?"].drop_nulls().cast(pl.String).to_list()
    beyond: list[tuple[str, float]] = []
    if field.unit.numeric:
        low, high = bounds_of(field)
        value = pl.col(field.key)
        found = frame.filter((value < low) | (value > high)).select("symbol", value)
        beyond = [(symbol, float(v)) for symbol, v in found.iter_rows()]
    return Tally(field, frame[field.key].count(), Counter(reasons), beyond)


def _check(panel: pl.DataFrame, identity: Identity) -> Check:
    asked = panel.select(identity.known.fill_null(False).sum()).item()
    broken = panel.filter(identity.broken)["symbol"].to_list()
    return Check(identity, asked, broken)


def _ends(frame: pl.DataFrame, key: str) -> tuple[list[tuple[str, float]], ...]:
    ordered = frame.select("symbol", key).drop_nulls(key).sort(key)
    rows = [(symbol, float(value)) for symbol, value in ordered.iter_rows()]
    return rows[:EXTREMES], rows[::-1][:EXTREMES]


def lines(report: Report) -> Iterator[str]:
    """The report as text."""
    values = sum(t.total for t in report.tallies)
    known = sum(t.known for t in report.tallies)
    reasons = sum((t.unknown for t in report.tallies), Counter[str]())
    beyond = sum(len(t.beyond) for t in report.tallies)
    yield f"{report.companies} companies as known on {DAY}, {len(report.tallies)} fields"
    yield f"{values} values: {known} known ({known / values:.1%}), {beyond} beyond bounds"
    yield "unknown: " + _counted(reasons)
    yield ""
    yield "FIELDS: known, unknown by reason, beyond plausible bounds"
    for tally in report.tallies:
        text = f"{tally.field.key}: {tally.known}; {_counted(tally.unknown) or '-'}"
        named = ", ".join(f"{symbol} {value:,.4g}" for symbol, value in tally.beyond[:NAMES])
        yield text + (f"; BEYOND {len(tally.beyond)}: {named}" if tally.beyond else "")
    yield ""
    yield "SUMS: asked, broken, by whom"
    for check in report.checks:
        some = ", ".join(check.broken[:NAMES])
        yield f"{check.identity.name}: {check.asked} asked, {len(check.broken)} broken {some}"
    yield ""
    yield f"EXTREMES: the {EXTREMES} lowest and highest of each ratio"
    for key, ends in report.extremes.items():
        for word, end in zip(("low", "high"), ends, strict=True):
            if end:
                yield f"{key} {word}: " + ", ".join(f"{s} {v:,.4g}" for s, v in end)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common())


def main(arguments: list[str]) -> int:
    recorded = recorded_folder()
    if not recorded.is_dir():
        print(f"There is no recorded material in {recorded}; set KASAUTI_RECORDED.")
        return 1
    market = ready_market(recorded).as_of(DAY)
    text = "\n".join(lines(made_of(market, usable(recorded))))
    if arguments:
        Path(arguments[0]).write_text(text + "\n", encoding="utf-8")
        text = "\n".join(text.splitlines()[:3])
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
