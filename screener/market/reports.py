"""Statements as they stood on any number of days at once.

A report is what one company filed for one period. Each day on which one of its figures became
known or changed begins a version of it. A panel row is then a set of positions: which version of
which report stands in which slot on that day. Slots are worked out anew only for the companies of
which something became known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl

from screener.market.bars import Floats, Ints, month_number
from screener.market.schema import KINDS, LINES
from screener.market.sharegrowth import ShareGrowth
from screener.market.slots import STALE_BASIS_DAYS, slots_of

_ABOUT_COMPANY: Final = ("holding", "snapshot")  # such facts belong to no basis
_DECIDE_BASIS: Final = ("annual", "quarter")
_LINES: Final = tuple(LINES)
_NEVER: Final = -(1 << 40)
_PERIODS: Final = 1 << 16  # days since 1970 that a period can end on
_NOTHING: Final = -1
_EPOCH: Final = dt.date(1970, 1, 1)

Positions = Mapping[str, Mapping[int, Ints]]  # kind → slot → version of each row, −1 for none


class Reports:
    """The reports of those companies, and their versions on `dates` (ascending).

    A version is numbered; each line's values come as an array over the versions, with a NaN at
    the end for "no report", which position −1 finds. EPS is in shares of the beginning.
    """

    def __init__(
        self,
        facts: pl.DataFrame,
        isins: pl.Series,
        dates: Sequence[dt.date],
        growth: ShareGrowth,
    ) -> None:
        self.dates = dates
        self.companies = len(isins)
        lean = _lean(facts, isins, dates)
        self.row: Ints = lean["row"].to_numpy()
        self.kind: Ints = lean["kind"].to_numpy()
        self.consolidated: Ints = lean["consolidated"].to_numpy()
        self.period: Ints = lean["period_end"].to_numpy()
        self.months: Ints = lean["months"].to_numpy()
        self.known_at: Ints = lean["known_at"].to_numpy()
        self.seen_at: Ints = lean["seen_at"].to_physical().fill_null(0).to_numpy()
        days = pl.Series(dates, dtype=pl.Date).to_physical().to_numpy()
        #: The first of `dates` on which each fact is known.
        self.epoch: Ints = np.searchsorted(days, self.known_at, side="left")
        self.value = _eps_of_the_beginning(lean, growth)
        self._lines = lean["line"]
        self._version, self._key = _numbered(self._keys(), self.epoch, len(dates))
        self.report: Ints = np.cumsum(np.append(True, np.diff(self._key[0]) != 0)) - 1
        if not len(self._key[0]):
            self.report = np.zeros(0, np.int64)

    def _keys(self) -> Ints:
        """A number for each fact's report, in order of kind, unit and period."""
        by_basis = np.array([kind not in _ABOUT_COMPANY for kind in KINDS], np.int64)
        first = np.arange(len(KINDS)) * 2 * self.companies
        unit = first[self.kind] + 2 * self.row + by_basis[self.kind] * self.consolidated
        return unit * _PERIODS + self.period

    # --- versions ---

    @cached_property
    def _first_versions(self) -> Ints:
        """The first version of each report."""
        return np.flatnonzero(np.append(True, np.diff(self.report) != 0)[: len(self.report)])

    @cached_property
    def version_epoch(self) -> Ints:
        """The position in `dates` at which each version begins."""
        return self._key[1]

    @cached_property
    def ends(self) -> Ints:
        """The period end of each version's report."""
        return self._key[0] % _PERIODS

    @cached_property
    def spans(self) -> Ints:
        """The length of each version's period in months."""
        return self._largest(self.months)

    @cached_property
    def known(self) -> Ints:
        """The day on which each version's newest figure became known."""
        return self._largest(self.known_at)

    def _largest(self, values: Ints) -> Ints:
        out = np.full(len(self.report), _NEVER)
        np.maximum.at(out, self._version, values)
        for later in self._later:
            out[later] = np.maximum(out[later], out[later - 1])
        return out

    @cached_property
    def _later(self) -> list[Ints]:
        """The second versions, the third ones, and so on."""
        first = self._first_versions
        order = np.arange(len(self.report)) - np.repeat(
            first, np.diff(np.append(first, len(self.report)))
        )
        return [np.flatnonzero(order == n) for n in range(1, int(order.max(initial=0)) + 1)]

    def values(self, line: str) -> Floats:
        """The figures of a line, one a version; NaN at the end."""
        out = np.full(len(self.report) + 1, np.nan)
        facts = self.facts_of(line)
        cells = self._version[facts]
        out[cells] = self.value[facts]
        last = np.zeros(len(out), np.int64)
        last[cells] = np.arange(len(cells))
        if (last[cells] != np.arange(len(cells))).any():
            facts = self._oldest_first(facts)
            out[self._version[facts]] = self.value[facts]  # the last one known stays
        for later in self._later:
            out[later] = np.where(np.isnan(out[later]), out[later - 1], out[later])
        return out

    @cached_property
    def _by_line(self) -> tuple[Ints, Ints]:
        """Facts by line, and where each line begins."""
        codes = self._lines.to_physical().to_numpy().astype(np.int16)
        order = np.argsort(codes, kind="stable")
        return order, np.searchsorted(codes[order], np.arange(len(_LINES) + 1))

    def facts_of(self, line: str) -> Ints:
        """Positions of the facts of a line."""
        order, ends = self._by_line
        code = _LINES.index(line)
        return order[ends[code] : ends[code + 1]]

    def _oldest_first(self, facts: Ints) -> Ints:
        """The facts by the day known, then by the moment seen, whatever their order was."""
        order = (self.value, self.months, self.period, self.seen_at, self.known_at)
        return facts[np.lexsort([part[facts] for part in order])]

    def history_of(self, line: str) -> Ints:
        """Positions of the facts of a line, those known first coming first."""
        return self._oldest_first(self.facts_of(line))

    # --- what stands where on which day ---

    def place(
        self, rows: Sequence[Ints], wanted: Mapping[str, Collection[int]]
    ) -> tuple[Positions, Ints]:
        """The version in each wanted slot, and each row's basis.

        `rows` holds the companies of each date. The basis is 1 for consolidated, 0 for standalone,
        −1 where nothing was reported: consolidated, unless its last report is long behind the
        standalone one.
        """
        per_date = [len(companies) for companies in rows]
        bounds = np.concatenate([[0], np.cumsum(per_date)])
        total = int(bounds[-1])
        held = {kind: _Held(self, kind, max(slots) + 1) for kind, slots in wanted.items()}
        out = {
            kind: {slot: np.full(total, _NOTHING, np.int64) for slot in slots}
            for kind, slots in wanted.items()
        }
        basis = np.full(total, _NOTHING)
        ends = np.full((2, self.companies), _NEVER)
        order = np.argsort(self.version_epoch, kind="stable")
        splits = np.searchsorted(self.version_epoch[order], np.arange(len(self.dates) + 1))
        for i, companies in enumerate(rows):
            new = order[splits[i] : splits[i + 1]]
            self._lengthen(ends, new)
            used = _basis(ends[:, companies])
            here = slice(int(bounds[i]), int(bounds[i + 1]))
            basis[here] = used
            for kind, state in held.items():
                state.learn(new)
                unit = 2 * companies + (0 if kind in _ABOUT_COMPANY else np.maximum(used, 0))
                unreported = (used < 0) & (kind not in _ABOUT_COMPANY)
                for slot, positions in out[kind].items():
                    positions[here] = np.where(unreported, _NOTHING, state.versions[slot][unit])
        return out, basis

    def _lengthen(self, ends: Ints, new: Ints) -> None:
        """Note the latest period of each company and basis among new versions."""
        kind, unit = self.kind_of[new], self.unit_of[new]
        decide = np.isin(kind, [KINDS.index(name) for name in _DECIDE_BASIS])
        chosen = new[decide]
        np.maximum.at(ends, (unit[decide] % 2, unit[decide] // 2), self.ends[chosen])

    @cached_property
    def kind_of(self) -> Ints:
        """The kind of each version's report."""
        return self._key[0] // (_PERIODS * 2 * max(self.companies, 1))

    @cached_property
    def unit_of(self) -> Ints:
        """Company × 2 + basis of each version's report."""
        return self._key[0] // _PERIODS % (2 * max(self.companies, 1))


class _Held:
    """What stands in the slots of one kind, day by day."""

    def __init__(self, reports: Reports, kind: str, slots: int) -> None:
        self._reports = reports
        self._kind = kind
        self.versions = np.full((slots, 2 * reports.companies), _NOTHING)
        mine = reports.kind_of[reports._first_versions] == KINDS.index(kind)
        numbers = np.flatnonzero(mine)
        self._first = int(numbers[0]) if len(numbers) else 0
        first = reports._first_versions[numbers]
        self._unit = reports.unit_of[first]
        self._month = month_number(reports.ends[first])
        self._now = np.full(len(numbers), _NOTHING)

    def learn(self, new: Ints) -> None:
        """Take in versions that became known, and place anew the reports of their companies."""
        reports = self._reports
        mine = new[reports.kind_of[new] == KINDS.index(self._kind)]
        if not len(mine):
            return
        self._now[reports.report[mine] - self._first] = mine
        touched = np.zeros(self.versions.shape[1], bool)
        touched[reports.unit_of[mine]] = True
        placed = np.flatnonzero(touched[self._unit] & (self._now >= 0))
        unit, now = self._unit[placed], self._now[placed]
        slot = slots_of(self._kind, unit, self._month[placed], reports.spans[now])
        self.versions[:, touched] = _NOTHING
        near = slot < len(self.versions)
        self.versions[slot[near], unit[near]] = now[near]


def _basis(ends: Ints) -> Ints:
    standalone, consolidated = ends
    stale = (standalone > _NEVER) & (standalone - consolidated > STALE_BASIS_DAYS)
    used = ((consolidated > _NEVER) & ~stale).astype(np.int64)
    return np.where((standalone > _NEVER) | (consolidated > _NEVER), used, _NOTHING)


def _lean(facts: pl.DataFrame, isins: pl.Series, dates: Sequence[dt.date]) -> pl.DataFrame:
    """The facts known by the last day, numbers for names."""
    known = pl.col("known_at")
    return (
        facts.lazy()
        .with_columns(_rows_of(facts["isin"], isins))
        .filter(
            pl.col("row") >= 0,
            known <= dates[-1],
            pl.col("value").is_finite(),
            pl.col("period_end") > _EPOCH,
        )
        .select(
            "row",
            pl.col("kind").cast(pl.Enum(KINDS)).to_physical().cast(pl.Int64),
            (pl.col("basis") == "consolidated").cast(pl.Int64).alias("consolidated"),
            pl.col("period_end").to_physical().cast(pl.Int64),
            pl.col("months").fill_null(0).cast(pl.Int64),
            pl.col("line").cast(pl.Enum(_LINES)),
            "value",
            known.to_physical().cast(pl.Int64).alias("known_at"),
            "seen_at",
        )
        .collect()
    )


def _rows_of(isins: pl.Series, companies: pl.Series) -> pl.Series:
    """The row of each fact's company, −1 for others; the facts of one mostly stand together."""
    rows = {isin: row for row, isin in enumerate(companies)}
    runs = isins.rle().struct.unnest()
    row = runs["value"].replace_strict(rows, default=-1, return_dtype=pl.Int64).to_numpy()
    return pl.Series("row", np.repeat(row, runs["len"].to_numpy()))


def _eps_of_the_beginning(lean: pl.DataFrame, growth: ShareGrowth) -> Floats:
    """The values; EPS, which a source shows in the shares of the day it was read, in the first."""
    values: Floats = lean["value"].to_numpy()
    if growth.is_flat:
        return values
    eps = np.flatnonzero((lean["line"] == "eps").to_numpy())
    seen = lean["seen_at"].dt.date().to_physical().fill_null(0).to_numpy()[eps].astype(np.int64)
    values = values.copy()
    values[eps] *= growth.by(lean["row"].to_numpy()[eps], seen)
    return values


def _numbered(keys: Ints, epochs_of: Ints, epochs: int) -> tuple[Ints, tuple[Ints, Ints]]:
    """The number of each (key, epoch) pair in order, and the pairs."""
    together = keys * epochs + epochs_of
    # Facts of one report mostly stand together: few runs need to be sorted.
    begins = np.append(True, together[1:] != together[:-1])[: len(together)]
    pairs, number = np.unique(together[begins], return_inverse=True)
    return number[np.cumsum(begins) - 1], (pairs // epochs, pairs % epochs)
