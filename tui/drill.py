"""A number taken apart: formula, inputs, source, day known, other definitions of its name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from screener.fields.base import NOW, Field, Reason
from screener.fields.catalogue import by_key
from screener.market.restated import restatements
from screener.market.schema import LINES
from screener.market.store import Market
from screener.provenance import Source, facts_of, panel_of, sources_of_field
from screener.screening import isin_of
from tui.company.history import fields_of
from tui.company.sheet import Asked
from tui.format import day, period, plain, quantity

_SLOT: Final = re.compile(r"^(?P<letter>[qh]?)(?P<back>\d+)$")
_KINDS: Final = {"": "annual", "q": "quarter", "h": "holding"}
_HOW: Final = {
    "broadcast": "by broadcast to the exchange",
    "rule": "by the filing deadline",
    "seen": "when first seen",
}
#: Measures that carry one name elsewhere, each by its own definition.
SAME_NAME: Final = (
    ("roce", "roce_screener", "roce_ta_cl", "roce_printed"),
    ("roe", "roe_printed"),
    ("pe", "pe_reported", "forward_pe", "pe_quarter"),
    ("debt_to_equity", "debt_to_equity_incl_lease"),
    ("debt", "debt_ex_lease", "net_debt"),
    ("ev", "ev_gross"),
    ("ev_ebitda", "ev_ebitda_gross"),
    ("interest_cover", "core_interest_cover", "ebitda_interest_cover"),
    ("net_debt_to_ebitda", "debt_to_ebitda"),
    ("profit_growth", "reported_profit_growth", "eps_growth", "symmetric_profit_growth"),
    ("peg", "peg_5y"),
    ("altman_z2_em", "altman_z2", "altman_z1", "altman_z"),
    ("beneish_m8", "beneish_m5"),
    ("accruals_to_assets", "accruals_to_assets_3y", "accruals_sloan", "accruals_noa"),
    ("cfo_to_pat_1y", "cfo_to_pat_3y", "cfo_to_pat_5y", "cfo_to_op_printed"),
    ("pledged_pct_of_promoter", "pledged_pct_of_capital"),
    ("peer_pe", "peer_aggregate_pe", "peer_harmonic_pe"),
    ("selectivity_score", "nse_quality_score"),
)


@dataclass(frozen=True)
class Input:
    """One figure behind the number."""

    name: str
    value: str
    period: str
    basis: str
    source: str
    known: str


@dataclass(frozen=True)
class Version:
    """What a figure was, as first or later published."""

    value: str
    known: str
    source: str


@dataclass(frozen=True)
class Other:
    """Another definition under the same name, or the figure on the other basis."""

    name: str
    value: str
    formula: str


@dataclass(frozen=True)
class Drill:
    """All that is known of one number of one company. Texts of sources are made safe."""

    company: str
    name: str
    value: str
    at: str
    reason: str = ""
    about: str = ""
    before: str = ""
    formula: str = ""
    note: str = ""
    inputs: tuple[Input, ...] = ()
    versions: tuple[Version, ...] = ()
    others: tuple[Other, ...] = ()


def drill(market: Market, asked: Asked) -> Drill:
    """Take the number apart. Raises UnknownName for a company or a field there is none of."""
    if asked.isin not in market.panel["isin"]:
        asked = replace(asked, isin=isin_of(market, asked.isin))
    return _of_line(market, asked) if asked.line else _of_field(market, asked)


def _of_field(market: Market, asked: Asked) -> Drill:
    field = by_key()[asked.field]
    row = panel_of(market, asked.isin).row(0, named=True)
    values = fields_of(market, asked.isin)
    value, reason = _value(market, asked.isin, field, asked.years)
    end = row.get(f"end@{asked.years}")
    at = f"{period(end)} · {row.get('basis') or ''} figures" if isinstance(end, dt.date) else ""
    if not asked.years and field.history is None:
        at = f"on {day(market.date)}"
    return Drill(
        company=plain(values["name"]),
        name=field.name,
        value=quantity(value, str(field.unit)),
        at=at,
        reason=reason.sentence if reason is not None else "",
        about=field.about,
        formula=field.formula,
        note=field.note,
        inputs=_inputs(sources_of_field(market, asked.isin, _earlier(field, asked.years))),
        others=tuple(_others(market, asked)),
    )


def _earlier(field: Field, years: int) -> Field:
    """The same field so many years back."""
    if not years:
        return field
    return replace(field, define=lambda at: field.define(at.back(years=years)))


def _value(market: Market, isin: str, field: Field, years: int) -> tuple[Any, Reason | None]:
    """The value so many years back, and why there is none."""
    if not years or field.stage != 1:
        values = fields_of(market, isin)
        value, code = values.get(field.key), values.get(f"{field.key}?")
    else:
        measure = field.define(NOW.back(years=years))
        frame = panel_of(market, isin)
        query = frame.lazy().select(measure.value.alias("v"), measure.reason.alias("r"))
        value, code = query.collect(optimizations=pl.QueryOptFlags.none()).row(0)
    if value is not None:
        return value, None
    return None, Reason(code) if code else Reason.MISSING


def _inputs(sources: Iterable[Source]) -> tuple[Input, ...]:
    """The figures, those of one line together and the latest period first."""
    found = list(sources)
    order = {line: i for i, line in enumerate(dict.fromkeys(s.line for s in found))}
    found.sort(key=lambda s: (order[s.line], -(s.period_end or dt.date.min).toordinal()))
    known = dict.fromkeys(
        Input(
            name=s.line,
            value=quantity(s.value, s.unit),
            period="" if s.period_end is None else day(s.period_end),
            basis=plain(s.basis),
            source=plain(s.source),
            known=_known(s.known_at, s.known_basis),
        )
        for s in found
    )
    return tuple(known)


def _known(when: dt.date | None, how: str) -> str:
    if when is None:
        return ""
    words = _HOW.get(how, "")
    return f"{day(when)} {words}".rstrip()


def _others(market: Market, asked: Asked) -> Iterable[Other]:
    """The named variants of a field with their values for the same year."""
    for group in SAME_NAME:
        if asked.field in group:
            for key in group:
                if key != asked.field and key in by_key():
                    other = by_key()[key]
                    years = asked.years if other.history is not None else 0
                    value, _ = _value(market, asked.isin, other, years)
                    yield Other(other.name, quantity(value, str(other.unit)), other.formula)


def _of_line(market: Market, asked: Asked) -> Drill:
    row = panel_of(market, asked.isin).row(0, named=True)
    label, unit, _ = LINES[asked.line]
    match = _SLOT.match(asked.slot)
    letter, back = (match["letter"], int(match["back"])) if match else ("", 0)
    value, end = row.get(f"{asked.line}@{asked.slot}"), row.get(f"end@{asked.slot}")
    months = row.get(f"months@{asked.slot}")
    facts = _figure_facts(market, asked, _KINDS[letter], end)
    mine = (
        facts.filter(pl.col("basis").eq_missing(pl.lit(row.get("basis"), pl.String)))
        if letter != "h"
        else facts
    )
    shown = mine.filter(pl.col("value") == value) if value is not None else mine.clear()
    last = shown.row(-1, named=True) if shown.height else None
    span = f"{months} months to " if months else ""
    formula = "" if last else _derived(asked, value)
    return Drill(
        company=plain(fields_of(market, asked.isin)["name"]),
        name=label,
        value=quantity(value, unit),
        at=f"{span}{day(end)}" if isinstance(end, dt.date) else "",
        reason="" if value is not None else Reason.MISSING.sentence,
        before=_year_before(row, asked.line, letter, back),
        formula=formula,
        inputs=_inputs([_source(last)] if last else []),
        versions=_versions(mine, last),
        others=_other_basis(facts, row, unit),
    )


def _derived(asked: Asked, value: object) -> str:
    return "Derived from other figures of the same statement" if value is not None else ""


def _figure_facts(market: Market, asked: Asked, kind: str, end: object) -> pl.DataFrame:
    """Every fact on record of that line and period, in the order in which they became known."""
    return (
        facts_of(market, asked.isin)
        .filter(
            pl.col("line") == asked.line,
            pl.col("kind") == kind,
            pl.col("period_end") == pl.lit(end, dtype=pl.Date),
            pl.col("known_at") <= market.date,
        )
        .sort("known_at", "seen_at")
    )


def _source(fact: Mapping[str, Any]) -> Source:
    label, unit, _ = LINES[fact["line"]]
    return Source(
        field=label,
        line=label,
        value=fact["value"],
        unit=unit,
        period_end=fact["period_end"],
        basis=fact["basis"],
        source=fact["source"],
        known_at=fact["known_at"],
        known_basis=fact["known_basis"],
    )


def _versions(facts: pl.DataFrame, shown: Mapping[str, Any] | None) -> tuple[Version, ...]:
    """The values its source gave, the first first; none where it was never changed."""
    if shown is not None:
        facts = facts.filter(pl.col("source") == shown["source"])
    found: list[Version] = []
    before: float | None = None
    for fact in facts.iter_rows(named=True):
        if fact["value"] != before:
            text = quantity(fact["value"], LINES[fact["line"]][1])
            known = _known(fact["known_at"], fact["known_basis"])
            found.append(Version(text, known, plain(fact["source"])))
            before = fact["value"]
    return tuple(found) if len(found) > 1 else ()


def _other_basis(facts: pl.DataFrame, row: Mapping[str, Any], unit: str) -> tuple[Other, ...]:
    """The same figure in the accounts of the other basis."""
    others = facts.filter(
        pl.col("basis") != pl.lit(row.get("basis"), pl.String), pl.col("kind") != "holding"
    )
    if not others.height:
        return ()
    last = others.row(-1, named=True)
    basis = f"{plain(last['basis']).capitalize()} figure"
    return (Other(basis, quantity(last["value"], unit), f"from {plain(last['source'])}"),)


def _year_before(row: Mapping[str, Any], line: str, letter: str, back: int) -> str:
    """What it was one year before."""
    step = 4 if letter else 1
    before, end = row.get(f"{line}@{letter}{back + step}"), row.get(f"end@{letter}{back + step}")
    if before is None or not isinstance(end, dt.date):
        return ""
    return f"{quantity(before, LINES[line][1])} a year before, {period(end)}"


def restated_of(market: Market, isin: str) -> frozenset[tuple[str, dt.date, str]]:
    """Kind, period and line of the figures shown whose source has changed them since.

    Earnings per share that only stand on another number of shares are not among them.
    """
    basis = panel_of(market, isin)["basis"].item()
    changed = restatements(market, isin).filter(
        ~pl.col("adjusted"),
        (pl.col("basis") == pl.lit(basis, pl.String)) | (pl.col("kind") == "holding"),
    )
    return frozenset(changed.select("kind", "period_end", "line").iter_rows())
