"""The panel: a row for a company on a day, made of what was known on that day.

Columns: the company's attributes; `{line}@{k}` years back, `{line}@q{k}` quarters back,
`{line}@L` at the latest balance sheet, `{line}@h{k}` shareholding, `{line}@s` as a source shows it
today; `end@…`, `months@…` and `known@…` of each slot; then prices, estimates, and what needs both.
Fields read the panel and nothing else. A column is worked out when it is asked for, for all days
at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
import polars as pl

from screener.market import estimates, multiples, prices, sharebasis, standing, trading
from screener.market.bars import Bars, Floats, Ints, Read
from screener.market.multiples import Earnings, MonthEnds, Multiples
from screener.market.reports import Positions, Reports
from screener.market.schema import BASES, COMPANIES, LINES, conform
from screener.market.sharegrowth import ShareGrowth
from screener.market.slots import SLOTS
from screener.market.trading import Looks

_ATTRIBUTES: Final = tuple(name for name in COMPANIES if name != "source")
#: The tables panels are made of, and the columns of the largest that are read.
TABLES_READ: Final = (
    "companies", "facts", "prices", "actions", "estimates", "members", "sizes"
)  # fmt: skip
READS: Final = {
    "facts": (
        "isin", "basis", "kind", "period_end", "months", "line", "value", "known_at", "seen_at",
    ),
}  # fmt: skip
#: Attributes that the companies table tells of its own day, and a past panel of each day.
_OF_THE_DAY: Final = (*standing.SIZE_COLUMNS, "indices", "status", "face_value")
_ACTION_COLUMNS: Final = ("_bonus", "_splits_after")
_SLOT: Final = re.compile(r"(?P<line>\w+)@(?P<letter>[qhsiL]?)(?P<number>\d*)")
_KIND_OF: Final = {slots.letter: kind for kind, slots in SLOTS.items()}
_WHENS: Final = ("end", "months", "known")


def lines_of(*statements: str) -> list[str]:
    """The keys of the lines of those statements."""
    return [key for key, (_, _, statement) in LINES.items() if statement in statements]


def build(
    tables: Mapping[str, pl.DataFrame], as_of: dt.date, columns: Collection[str] | None = None
) -> pl.DataFrame:
    """The panel as it was known on `as_of`, or some of its columns.

    One row for each row of `companies`, in its order; what it says of them stays as it is.
    """
    panels = Panels(tables, [as_of])
    return panels.frame(columns)


@cache
def all_columns() -> tuple[str, ...]:
    """Every column of a panel, in order."""
    statements: list[str] = []
    for kind, slots in SLOTS.items():
        lines = lines_of(*slots.statements)
        if kind in ("annual", "quarter", "holding"):
            names = [*lines, *_WHENS]
            statements += [f"{n}@{slots.letter}{k}" for n in names for k in range(slots.count)]
    statements += [f"{line}@s" for line in lines_of("snapshot")]
    statements += [f"{name}@L" for name in (*lines_of("balance_sheet"), "end", "known")]
    traded = [name for name in trading.COLUMNS if name != "_size_price"]
    return (
        *_ATTRIBUTES, "as_of", "basis", *statements, *traded, *multiples.COLUMNS,
        *_ACTION_COLUMNS, *estimates.COLUMNS, *_derived(),
    )  # fmt: skip


@cache
def _derived() -> dict[str, pl.Expr]:
    return {expr.meta.output_name(): expr for expr in prices.derived()}


def _with_inputs(columns: Iterable[str]) -> dict[str, None]:
    """The columns, after those they are derived from."""
    out: dict[str, None] = {}
    for name in columns:
        if name in _derived():
            out.update(dict.fromkeys(_derived()[name].meta.root_names()))
        if name in estimates.COLUMNS:
            out.update(dict.fromkeys(estimates.REPORTED_FROM))
        out[name] = None
    return out


@dataclass(frozen=True)
class _Rows:
    """Some rows of the panels: companies (positions) on days (positions in the dates)."""

    company: Ints
    of_date: Ints
    part: slice  # of all rows
    days: tuple[int, ...]  # positions of the dates


class Panels:
    """The panels of the companies on some days (ascending), day by day.

    `rows` holds the positions of the companies wanted on each day; all of them if not given. With
    `past`, what the companies table says of status, indices and size is that of each day.
    `read_prices` reads columns of the prices, which then need not be among the tables.
    """

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        dates: Sequence[dt.date],
        rows: Sequence[Ints] | None = None,
        *,
        past: bool = False,
        read_prices: Read | None = None,
    ) -> None:
        self._read_prices = read_prices
        self.dates = list(dates)
        self.companies = conform("companies", tables["companies"]).drop("source")
        everybody = np.arange(self.companies.height)
        self.rows = [everybody] * len(self.dates) if rows is None else list(rows)
        self._bounds = np.concatenate([[0], np.cumsum([len(r) for r in self.rows])])
        self._tables = tables
        self.past = past
        self._values: dict[str, Floats] = {}

    def frame(
        self, columns: Collection[str] | None = None, days: slice | None = None
    ) -> pl.DataFrame:
        """Those columns (all of them if not given) on all days, or on some of them."""
        wanted = tuple(all_columns()) if columns is None else tuple(dict.fromkeys(columns))
        return _Frame(self, self._rows(days or slice(0, len(self.dates)))).of(wanted)

    def place(self, columns: Collection[str]) -> None:
        """Say beforehand which columns `frame` will be asked for, day by day or at once."""
        ranked = self.past and any(name in standing.SIZE_COLUMNS for name in columns)
        self._placed = self._place(_with_inputs([*columns, *(("shares",) if ranked else ())]))

    def _rows(self, days: slice) -> _Rows:
        numbers = range(*days.indices(len(self.dates)))
        company = [self.rows[i] for i in numbers]
        of_date = np.repeat(np.array(list(numbers)), [len(rows) for rows in company])
        begin, end = self._bounds[numbers[0]], self._bounds[numbers[-1] + 1]
        part = slice(int(begin), int(end))
        return _Rows(np.concatenate(company), of_date, part, tuple(numbers))

    # --- what all days share, made when first needed ---

    @cached_property
    def bars(self) -> Bars:
        """Every price bar."""
        return Bars(self._read_prices or self._tables["prices"], self._tables["actions"])

    @cached_property
    def bar_codes(self) -> Ints:
        """The number of each company among those with bars."""
        return self.bars.codes(self.companies["isin"])

    @cached_property
    def reports(self) -> Reports:
        """Every report."""
        growth = self.growth(sharebasis.SHARE_CHANGES)
        return Reports(self._tables["facts"], self.companies["isin"], self.dates, growth)

    def growth(self, kinds: Collection[str]) -> ShareGrowth:
        """How each company's shares grew by actions of those kinds."""
        return ShareGrowth(self._tables["actions"], self.companies["isin"], kinds)

    def table(self, name: str) -> pl.DataFrame:
        """A table of the market."""
        return self._tables[name]

    @cached_property
    def earnings(self) -> Earnings:
        """The trailing EPS of every company."""
        return Earnings(self.reports)

    @cached_property
    def earnings_series(self) -> Ints:
        """The series of trailing EPS that holds for each row."""
        of_date = np.repeat(np.arange(len(self.dates)), np.diff(self._bounds))
        return self.earnings.of(np.concatenate(self.rows), self.basis, of_date)

    @cached_property
    def month_ends(self) -> MonthEnds:
        """The P/E of month-ends by those series."""
        return MonthEnds(self.bars, self.earnings, self.bar_codes, self.earnings_series)

    def values(self, line: str) -> Floats:
        """The figures of a line, one a version, and NaN at the end."""
        if line not in self._values:
            self._values[line] = self.reports.values(line)
        return self._values[line]

    @cached_property
    def _placed(self) -> tuple[Positions, Ints]:
        return self._place(all_columns())

    def _place(self, columns: Collection[str]) -> tuple[Positions, Ints]:
        """Which version of which report stands in the slots those columns read."""
        wanted: dict[str, set[int]] = {}
        for name in columns:
            match = _SLOT.fullmatch(name)
            if match and match["letter"] == "L":
                wanted.setdefault("annual", set()).add(0)
                wanted.setdefault("interim", set()).add(0)
            elif match and match["line"] in (*LINES, *_WHENS) and match["letter"] != "i":
                slot = int(match["number"] or 0)
                wanted.setdefault(_KIND_OF[match["letter"]], set()).add(slot)
        return self.reports.place(self.rows, wanted)

    @property
    def positions(self) -> Positions:
        """The version of the report in each slot, of every row."""
        return self._placed[0]

    @property
    def basis(self) -> Ints:
        """1 for consolidated, 0 for standalone, −1 for neither, of every row."""
        return self._placed[1]

    @cached_property
    def capital_ends(self) -> Ints:
        """The latest period end of which each row's share capital is known; −1 for none."""
        reports = self.reports
        at = reports.facts_of("equity_capital")
        frame = (
            pl.DataFrame(
                {"row": reports.row[at], "epoch": reports.epoch[at], "end": reports.period[at]}
            )
            .sort("row", "epoch")
            .with_columns(pl.col("end").cum_max().over("row"))
        )
        days = len(self.dates)
        keys = frame["row"].to_numpy() * days + frame["epoch"].to_numpy()
        company = np.concatenate(self.rows)
        of_date = np.repeat(np.arange(days), np.diff(self._bounds))
        found = np.searchsorted(keys, company * days + of_date, side="right") - 1
        if not len(keys):
            return np.full(len(company), -1)
        mine = (found >= 0) & (frame["row"].to_numpy()[np.maximum(found, 0)] == company)
        return np.where(mine, frame["end"].to_numpy()[np.maximum(found, 0)], -1)


class _Frame:
    """Columns of some rows of the panels."""

    def __init__(self, panels: Panels, rows: _Rows) -> None:
        self._panels = panels
        self._rows = rows

    def of(self, wanted: Sequence[str]) -> pl.DataFrame:
        """The columns asked for, in that order."""
        sized = self._needs_ranking(wanted)
        needed = _with_inputs([*wanted, *(("_size_price", "shares") if sized else ())])
        base = [self._column(name) for name in needed if self._is_base(name)]
        frame = pl.DataFrame(base)
        if any(name in estimates.COLUMNS for name in needed):
            frame = self._with_estimates(frame)
        frame = frame.with_columns(expr for name, expr in _derived().items() if name in needed)
        if sized:
            frame = self._ranked(frame)
        return frame.select(wanted)

    def _is_base(self, name: str) -> bool:
        return name not in _derived() and name not in estimates.COLUMNS

    def _column(self, name: str) -> pl.Series:
        if name in _ATTRIBUTES:
            return self._attribute(name)
        if name == "as_of":
            return self._days.alias(name)
        if name == "basis":
            words = pl.Series(["", *BASES[::-1]])
            basis = self._panels.basis[self._rows.part]
            return words.gather(basis + 1).replace("", None).alias(name)
        if name in trading.COLUMNS:
            return trading.column(self._looks, name)
        if name in multiples.COLUMNS:
            return self._multiples.column(name)
        if name in _ACTION_COLUMNS:
            return pl.Series(name, self._shares_changed(name))
        return self._slot(name)

    @cached_property
    def _days(self) -> pl.Series:
        dates = pl.Series(self._panels.dates, dtype=pl.Date)
        return dates.gather(self._rows.of_date)

    @cached_property
    def _day_numbers(self) -> Ints:
        return self._days.to_physical().to_numpy().astype(np.int64)

    @cached_property
    def _looks(self) -> Looks:
        codes = self._panels.bar_codes[self._rows.company]
        return Looks(self._panels.bars, codes, self._rows.of_date, self._panels.dates)

    @cached_property
    def _multiples(self) -> Multiples:
        panels, part = self._panels, self._rows.part
        scale = self._eps_growth / self._looks.grown
        return Multiples(self._looks, panels.month_ends, panels.earnings_series[part], scale)

    @cached_property
    def _eps_growth(self) -> Floats:
        growth = self._panels.growth(sharebasis.SHARE_CHANGES)
        return growth.by(self._rows.company, self._day_numbers)

    def _shares_changed(self, name: str) -> Floats:
        company, day = self._rows.company, self._day_numbers
        if name == "_splits_after":
            # A past panel's face value is of the day already.
            return np.ones(len(company)) if self._panels.past else self._later_splits()
        growth = self._panels.growth(("bonus",))
        end = self._panels.capital_ends[self._rows.part]
        return np.where(end < 0, 1.0, growth.by(company, day) / growth.by(company, end))

    def _later_splits(self) -> Floats:
        """How many times larger the face value was on the day than it is today."""
        growth = self._panels.growth(("split",))
        return growth.ever(self._rows.company) / growth.by(self._rows.company, self._day_numbers)

    # --- statements ---

    def _slot(self, name: str) -> pl.Series:
        line, _, slot = name.partition("@")
        if slot == "L":
            return self._figures(name, line, self._latest_balance)
        letter, number = (slot[0], slot[1:]) if slot[0].isalpha() else ("", slot)
        positions = self._panels.positions[_KIND_OF[letter]][int(number or 0)]
        return self._figures(name, line, positions[self._rows.part])

    @cached_property
    def _latest_balance(self) -> Ints:
        """The latest balance sheet: the half-year one where it is later than the annual one.

        All its lines are of one date; a line the half-year sheet does not carry is null.
        """
        annual, interim = (
            self._panels.positions[kind][0][self._rows.part] for kind in ("annual", "interim")
        )
        ends = np.append(self._panels.reports.ends, -1)
        return np.where((interim >= 0) & (ends[interim] > ends[annual]), interim, annual)

    def _figures(self, name: str, line: str, positions: Ints) -> pl.Series:
        reports = self._panels.reports
        if line in _WHENS:
            held = {"end": reports.ends, "months": reports.spans, "known": reports.known}[line]
            values = np.append(held, -1)[positions]
            numbers = pl.Series(name, values).set(pl.Series(positions < 0), None).cast(pl.Int32)
            return numbers.cast(pl.Int16 if line == "months" else pl.Date)
        figures = self._panels.values(line)[positions]
        if line == "eps":
            figures = figures / self._eps_growth
        return pl.Series(name, figures, nan_to_null=True)

    # --- estimates, and what the day said of a company ---

    def _with_estimates(self, frame: pl.DataFrame) -> pl.DataFrame:
        days = [self._panels.dates[i] for i in self._rows.days]
        known = estimates.columns(self._panels.table("estimates"), days)
        keys = self._panels.companies["isin"].gather(self._rows.company).to_frame("isin")
        keys = keys.with_columns(self._days.alias("as_of"))
        found = keys.join(known, on=["isin", "as_of"], how="left", maintain_order="left")
        reported = frame.select(keys["isin"], *estimates.REPORTED_FROM)
        expected = estimates.of_reported_years(self._panels.table("estimates"), reported)
        found = found.hstack(expected).select(estimates.COLUMNS)
        return frame.hstack(found.with_columns(estimates.defaults()))

    def _attribute(self, name: str) -> pl.Series:
        panels, rows = self._panels, self._rows
        if not panels.past or name not in _OF_THE_DAY:
            return panels.companies[name].gather(rows.company)
        if name == "face_value":
            now = panels.companies[name].gather(rows.company)
            return (now * pl.Series(self._later_splits())).alias(name)
        if name == "status":
            now = panels.companies["status"].gather(rows.company)
            return standing.status_on(now, self._looks.session(), self._day_numbers)
        parts = [self._on_day(name, i)[panels.rows[i]] for i in self._rows.days]
        return pl.concat(parts).alias(name)

    def _on_day(self, name: str, of_date: int) -> pl.Series:
        """The indices, or a column of the size list in force, of every company on a day."""
        panels = self._panels
        isins, day = panels.companies["isin"], panels.dates[of_date]
        if name == "indices":
            return standing.indices_on(panels.table("members"), isins, day)
        sizes = standing.sizes_on(panels.table("sizes"), isins, day)
        if sizes is None:
            return pl.Series(name, [None] * len(isins), dtype=COMPANIES[name])
        return sizes[name].cast(COMPANIES[name])

    def _needs_ranking(self, wanted: Sequence[str]) -> bool:
        return (
            self._panels.past
            and any(name in standing.SIZE_COLUMNS for name in wanted)
            and (len(self._unlisted_days) > 0)
        )

    @cached_property
    def _unlisted_days(self) -> list[dt.date]:
        """The days without a size list in force."""
        panels, sizes = self._panels, self._panels.table("sizes")
        days = [panels.dates[i] for i in self._rows.days]
        return [d for d in days if standing.sizes_on(sizes, panels.companies["isin"], d) is None]

    def _ranked(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Sizes by our own ranking on the days without a list."""
        cap = pl.when(self._days.is_in(self._unlisted_days)).then(
            pl.col("_size_price") * pl.col("shares")
        )
        own = frame.select(cap.alias("cap")).with_columns(self._days.alias("day"))
        rank = pl.col("cap").rank("ordinal", descending=True).over("day").cast(pl.Int32)
        ranked = own.select(rank.alias("size_rank"), pl.col("cap").alias("size_mcap"))
        ranked = ranked.with_columns(standing.size_class(pl.col("size_rank")).alias("size_class"))
        held = [name for name in standing.SIZE_COLUMNS if name in frame.columns]
        return frame.with_columns(pl.coalesce(frame[name], ranked[name]) for name in held)
