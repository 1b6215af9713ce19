"""Companies as they would be if only some of what is known of them had changed.

Between two markets a company's numbers move for several reasons at once. Here each reason (a group
of inputs) can be taken from the later market alone, everything else left as it was, and the screen
judged on that; so the reason named for a change is the one that really makes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any, Final

import polars as pl

from screener import provenance
from screener.fields import goalposts
from screener.fields.catalogue import by_key, compare, compute_alone, panel_columns
from screener.fields.scores import SCORES, by_own_goalposts, figures_scored
from screener.language import Condition, Program
from screener.market import estimates, panel
from screener.market.schema import COMPANIES, LINES, TABLES
from screener.market.store import Market
from screener.programs import compiled, keys_read
from screener.screens import Screen


class Kind(StrEnum):
    """What can move a number or a verdict."""

    FILING = "filing"  # a report of a period that was not out before
    RESTATEMENT = "restatement"  # another value for a figure that was out
    LATE = "gathered later"  # a figure of an old period that was not on file then
    SNAPSHOT = "as shown today"  # what a source shows as of now: pledge, face value
    ESTIMATE = "estimate"
    PRICE = "price"
    MEMBERSHIP = "membership"  # size class, sector, index membership
    CALENDAR = "time"  # nothing but the date: figures grew old, a listing grew up
    PEERS = "peers"  # other companies
    FORMULA = "formula"  # another version of Kasauti
    TEXT = "screen"  # the screen's own text
    LISTED = "listed"
    GONE = "gone"
    UNEXPLAINED = "unexplained"


#: Groups of a company's own inputs, in the order in which they are named where several are needed.
OWN: Final = (
    Kind.FILING, Kind.RESTATEMENT, Kind.LATE, Kind.SNAPSHOT, Kind.ESTIMATE, Kind.PRICE,
    Kind.MEMBERSHIP, Kind.CALENDAR,
)  # fmt: skip
_FACTS: Final = (Kind.FILING, Kind.RESTATEMENT, Kind.LATE, Kind.SNAPSHOT)
#: Columns by which a cause is told, whether the screen reads them or not.
_TOLD: Final = ("close", "price_date", "est_eps1", "est_as_of", "face_value")
_KEY: Final = ("isin", "basis", "kind", "period_end", "line")
_CALENDAR_COMPANIES: Final = 3  # whose sessions stand for those of the market

Groups = frozenset[Kind]


@dataclass(frozen=True)
class Reading:
    """What a condition, or a part of one, says of a company."""

    verdict: bool | None
    left: Any
    right: Any


#: Place of a condition in its screen ("0", "2.1") → what it says; "u…" for those of the universe.
Readings = dict[str, Reading]


def places(program: Program, prefix: str = "") -> dict[str, Condition]:
    """Every condition of a program with its parts, by place."""
    found: dict[str, Condition] = {}

    def add(condition: Condition, place: str) -> None:
        found[place] = condition
        for child in condition.children:
            add(child, f"{place}.{child.index}")

    for condition in program.conditions:
        add(condition, f"{prefix}{condition.index}")
    return found


def readings(frame: pl.DataFrame, conditions: Mapping[str, Condition]) -> dict[str, Readings]:
    """ISIN → what each condition says; `frame` has the columns they read."""
    columns = [pl.col("isin")]
    for place, c in conditions.items():
        columns += [
            c.verdict.alias(f"v{place}"),
            (pl.lit(None) if c.left is None else c.left).alias(f"l{place}"),
            (pl.lit(None) if c.right is None else c.right).alias(f"r{place}"),
        ]
    return {
        row["isin"]: {
            place: Reading(row[f"v{place}"], row[f"l{place}"], row[f"r{place}"])
            for place in conditions
        }
        for row in frame.select(columns).iter_rows(named=True)
    }


class Hybrids:
    """Some companies between an earlier and a later market, judged by one screen."""

    def __init__(
        self,
        old: Market,
        new: Market,
        screen: Screen,
        isins: Collection[str],
        *,
        ratios: Mapping[str, str] | None = None,
        watchlists: Mapping[str, Iterable[str]] | None = None,
        columns: Collection[str] = (),
    ) -> None:
        self.old, self.new = old, new
        self._isins = sorted(isins)
        program, universe = compiled(screen, ratios=ratios, watchlists=watchlists)
        self.conditions = places(program)
        if universe is not None:
            self.conditions |= places(universe, "u")
        programs = [p for p in (program, universe) if p is not None]
        extras = {extra.name: extra for program in programs for extra in program.extra}
        self._extras = list(extras.values())
        self._keys, posts = frozenset(keys_read(programs)), goalposts.in_use()
        self._own_goalposts = bool(self._keys & set(SCORES)) and posts.own is not None
        if self._own_goalposts:
            self._keys |= figures_scored(posts.parts) & by_key().keys()
        self._columns = self._needed(columns)
        self._stored: dict[bool, pl.DataFrame] = {}
        self._behind: dict[str, dict[str, set[tuple[str, dt.date | None]]]] = {}
        self._plain: dict[Groups, pl.DataFrame] = {}
        self._panels: dict[Groups, pl.DataFrame] = {}
        self._builds: dict[Groups, pl.DataFrame] = {}
        self._tables: dict[tuple[bool, str], pl.DataFrame] = {}
        self._judged: dict[tuple[Groups, bool, str], Readings] = {}
        self._moved: dict[Kind, frozenset[str]] = {}

    def _needed(self, more: Collection[str]) -> tuple[str, ...]:
        """The columns of the panel that the screen reads, those a cause is told by, and `more`."""
        early = [extra.expr.meta.root_names() for extra in self._extras if extra.stage == 1]
        read = [*panel_columns(self._keys), *chain.from_iterable(early)]
        slots = dict.fromkeys(name.partition("@")[2] for name in read if "@" in name)
        ends = [f"end@{slot}" for slot in slots if f"end@{slot}" in panel.all_columns()]
        wanted = {*read, *ends, *_TOLD, *more}
        return tuple(name for name in panel.all_columns() if name in wanted)

    def moving(self, isin: str) -> Groups:
        """Which groups of its own inputs, taken alone, move any figure the screen reads."""
        return frozenset(kind for kind in self.changed(isin) if isin in self._moved_by(kind))

    def _moved_by(self, kind: Kind) -> frozenset[str]:
        if kind not in self._moved:
            isins = [isin for isin, kinds in self._changed.items() if kind in kinds]
            mine = pl.col("isin").is_in(isins)
            was, now = (
                self._figures(groups).filter(mine)
                for groups in (frozenset[Kind](), frozenset({kind}))
            )
            names = [name for name in was.columns if name != "isin"]
            self._moved[kind] = frozenset(_differing(was, now, names) if isins else ())
        return self._moved[kind]

    def _figures(self, groups: Groups) -> pl.DataFrame:
        """What the screen reads of the companies themselves, their attributes among it."""
        extras = [e.expr.alias(e.name) for e in self._extras if e.stage == 1]
        figures = self._alone(groups).drop("as_of", "price_date")
        names = [extra.meta.output_name() for extra in extras]
        return figures.drop(names, strict=False).hstack(self._panel(groups).select(extras))

    def _alone(self, groups: Groups) -> pl.DataFrame:
        """The fields of the companies themselves, with those groups as they are later."""
        if groups not in self._plain:
            self._plain[groups] = compute_alone(self._panel(groups), self._keys)
        return self._plain[groups]

    def compares(self, place: str) -> bool:
        """Whether a condition reads a field that looks at other companies."""
        fields, beyond = by_key(), {e.name for e in self._extras if e.stage != 1}
        return any(
            key in beyond or (key in fields and fields[key].stage != 1)
            for key in self.conditions[place].fields
        )

    def changed(self, isin: str) -> Groups:
        """Which groups of its own inputs differ at all between the markets."""
        return self._changed.get(isin, frozenset())

    def judge(self, isins: Collection[str], groups: Groups, *, among_all: bool) -> None:
        """Judge those companies with `groups` as they are later; ask `reading` for the answers.

        `among_all` puts each into the whole market first, one at a time: the other companies are
        those of the earlier market, or of the later one where PEERS is in `groups`.
        """
        todo = [i for i in isins if (groups, among_all, i) not in self._judged]
        if not todo:
            return
        if not among_all:
            own = groups - {Kind.PEERS}
            mine = pl.col("isin").is_in(todo)
            rows, alone = self._panel(own).filter(mine), self._alone(own).filter(mine)
            found = self._readings(rows, compare(alone, self._keys), mine)
            self._judged |= {(groups, False, isin): found[isin] for isin in todo}
            return
        for isin in todo:
            self._judged[groups, True, isin] = self._among_all(isin, groups)

    def reading(self, isin: str, groups: Groups, place: str, *, among_all: bool) -> Reading:
        """What a condition says of a company that was judged with those groups."""
        return self._judged[groups, among_all, isin][place]

    def _among_all(self, isin: str, groups: Groups) -> Readings:
        panel_rows, alone = self._later if Kind.PEERS in groups else self._earlier
        mine, others = pl.col("isin") == isin, pl.col("isin") != isin
        row, own = (f(groups - {Kind.PEERS}).filter(mine) for f in (self._panel, self._alone))
        frame = pl.concat([alone.filter(others), own.select(alone.columns)], how="vertical_relaxed")
        rows = pl.concat([panel_rows.filter(others), row], how="diagonal_relaxed")
        return self._readings(rows, compare(frame, self._keys), mine)[isin]

    @cached_property
    def _earlier(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return self._among(self.old)

    @cached_property
    def _later(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        return self._among(self.new)

    def _among(self, market: Market) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All companies of a market: of their panel what extra columns read, and their fields."""
        rows = self._whole(market)
        early = [e.expr.meta.root_names() for e in self._extras if e.stage == 1]
        read = list(dict.fromkeys(("isin", *chain.from_iterable(early))))
        return rows.select(read), compute_alone(rows, self._keys)

    def _readings(
        self, rows: pl.DataFrame, fields: pl.DataFrame, mine: pl.Expr
    ) -> dict[str, Readings]:
        """What the conditions say of some of the companies of those panel rows and fields."""
        frame = by_own_goalposts(fields) if self._own_goalposts else fields
        early = [e.expr.alias(e.name) for e in self._extras if e.stage == 1]
        frame = frame.with_columns(rows.select(early).get_columns())
        for extra in self._extras:
            if extra.stage != 1:
                frame = frame.with_columns(extra.expr.alias(extra.name))
        return readings(frame.filter(mine), self.conditions)

    # --- panel rows with some groups as they are later --------------------------------------

    def _panel(self, groups: Groups) -> pl.DataFrame:
        if groups not in self._panels:
            self._panels[groups] = self._mixed(groups)
        return self._panels[groups]

    def _mixed(self, groups: Groups) -> pl.DataFrame:
        """The earlier panel rows with every cell that those groups move as it then becomes."""
        stored = self.rows(self.old).sort("isin")
        if not groups:
            return stored
        base, built = self._built(frozenset()), self._built(groups)
        cells = []
        for column in stored.get_columns():
            if column.name not in built.columns:
                cells.append(column)
                continue
            moved = built[column.name].ne_missing(base[column.name])
            new = built[column.name].cast(column.dtype)
            cells.append(new.zip_with(moved, column) if moved.any() else column)
        return pl.DataFrame(cells)

    def _built(self, groups: Groups) -> pl.DataFrame:
        """The panel rows built anew from tables that are mixed the same way, by ISIN."""
        if groups in self._builds:
            return self._builds[groups]
        side = {kind: self.new if kind in groups else self.old for kind in OWN}
        price, member = side[Kind.PRICE], side[Kind.MEMBERSHIP]
        added = self._added.filter(pl.col("group").is_in(list(groups))).drop("group")
        # A report counts as known in the mixture, whatever day its prices are of.
        known = pl.min_horizontal("known_at", pl.lit(price.date))
        tables = {name: pl.DataFrame(schema=schema) for name, schema in TABLES.items()} | {
            "companies": member.companies.filter(pl.col("isin").is_in(self._isins)),
            "facts": pl.concat([self._old_facts, added]).with_columns(known.alias("known_at")),
            "prices": self._of_some(price, "prices", [*self._isins, *self._busiest]),
            # Later splits too: they tell on which basis a source shows earlier EPS.
            "actions": self._of_some(price, "actions", self._isins),
        }
        estimated = [name for name in self._columns if name in estimates.COLUMNS]
        others = [name for name in self._columns if name not in estimates.COLUMNS]
        expected = self.rows(side[Kind.ESTIMATE]).select("isin", *estimated)
        self._builds[groups] = (
            panel.build(tables, price.date, others)
            .join(expected, on="isin", how="left", maintain_order="left")
            .with_columns(pl.lit(side[Kind.CALENDAR].date).alias("as_of"))
            .sort("isin")
        )
        return self._builds[groups]

    def rows(self, market: Market) -> pl.DataFrame:
        """The panel rows of the companies in one of the two markets."""
        return self._whole(market).filter(pl.col("isin").is_in(self._isins))

    def _whole(self, market: Market) -> pl.DataFrame:
        later = market is self.new
        if later not in self._stored:
            self._stored[later] = market.panel_of(self._columns).select(self._columns)
        return self._stored[later]

    def figures_behind(self, place: str) -> dict[str, set[tuple[str, dt.date | None]]]:
        """ISIN → the statement figures of the later market behind a condition."""
        if place not in self._behind:
            fields = self.conditions[place].fields
            self._behind[place] = provenance.figures_behind(self.rows(self.new), fields)
        return self._behind[place]

    def _of_some(self, market: Market, table: str, isins: list[str]) -> pl.DataFrame:
        """The rows of those companies; no price after the market's date."""
        key = (market is self.new, table)
        if key not in self._tables:
            wanted = pl.col("isin").is_in(isins)
            if table == "prices":
                wanted = wanted & (pl.col("date") <= market.date)
            self._tables[key] = market.table(table).filter(wanted).collect()
        return self._tables[key]

    @cached_property
    def _busiest(self) -> list[str]:
        """A few companies whose sessions stand for those of the market."""
        bars = self.new.table("prices").group_by("isin").len().sort("len", "isin", descending=True)
        return bars.head(_CALENDAR_COMPANIES).collect()["isin"].to_list()

    # --- what differs -----------------------------------------------------------------------

    @cached_property
    def _old_facts(self) -> pl.DataFrame:
        return self._facts(self.old)

    def _facts(self, market: Market) -> pl.DataFrame:
        known = pl.col("isin").is_in(self._isins) & (pl.col("known_at") <= market.date)
        return market.table("facts").filter(known).collect()

    @cached_property
    def _added(self) -> pl.DataFrame:
        """Facts of the later market that the earlier one had not, with the `group` of each."""
        old, key = self._old_facts, list(_KEY)
        exact = [*key, "value", "known_at", "seen_at"]
        new = self._facts(self.new).join(old, on=exact, how="anti", nulls_equal=True)
        latest = old.group_by("isin", "kind").agg(pl.col("period_end").max().alias("_latest"))
        had = old.select(key).unique().with_columns(pl.lit(True).alias("_had"))
        later = (pl.col("period_end") > pl.col("_latest")).fill_null(True)
        group = (
            pl.when(pl.col("kind") == "snapshot").then(pl.lit(Kind.SNAPSHOT.value))
            .when(pl.col("_had")).then(pl.lit(Kind.RESTATEMENT.value))
            .when(later).then(pl.lit(Kind.FILING.value))
            .otherwise(pl.lit(Kind.LATE.value))
        )  # fmt: skip
        return (
            new.join(had, on=key, how="left", maintain_order="left")
            .join(latest, on=["isin", "kind"], how="left", maintain_order="left")
            .with_columns(group.alias("group"))
            .drop("_had", "_latest")
        )

    def added(self, isin: str, kind: Kind) -> pl.DataFrame:
        """The facts of a group that are new for a company, the latest period first."""
        mine = (pl.col("isin") == isin) & (pl.col("group") == kind.value)
        return self._added.filter(mine).sort("period_end", "known_at", descending=True)

    def earlier_value(self, fact: Mapping[str, Any]) -> float | None:
        """What a restated figure was before."""
        same = pl.all_horizontal(pl.col(name) == fact[name] for name in _KEY)
        found = self._old_facts.filter(same).sort("known_at", "seen_at")["value"]
        return None if found.is_empty() else found[-1]

    @cached_property
    def _changed(self) -> dict[str, Groups]:
        before, after = self.rows(self.old), self.rows(self.new)
        blocks = {
            Kind.ESTIMATE: list(estimates.COLUMNS),
            Kind.MEMBERSHIP: [name for name in COMPANIES if name in before.columns],
            Kind.PRICE: [name for name in before.columns if _is_price(name)],
        }
        found: dict[str, set[Kind]] = {isin: set() for isin in self._isins}
        for kind, block in blocks.items():
            names = [n for n in block if n in before.columns and n in after.columns and n != "isin"]
            for isin in _differing(before, after, names):
                found[isin].add(kind)
        for isin, group in self._added.select("isin", "group").unique().iter_rows():
            found[isin].add(Kind(group))
        if self.old.date != self.new.date:
            for kinds in found.values():
                kinds.add(Kind.CALENDAR)
        return {isin: frozenset(kinds) for isin, kinds in found.items()}


def _is_price(column: str) -> bool:
    """Whether a panel column comes from prices: neither a statement's nor a company's."""
    line = column.partition("@")[0]
    of_statement = "@" in column and (line in LINES or line in ("end", "months", "known"))
    beside = column in COMPANIES or column in estimates.COLUMNS
    return not (of_statement or beside or column in ("as_of", "basis", "last_result"))


def _differing(before: pl.DataFrame, after: pl.DataFrame, names: list[str]) -> list[str]:
    """ISINs whose values differ in any of the columns."""
    both = before.select("isin", *names).join(
        after.select("isin", *names), on="isin", suffix="»", maintain_order="left"
    )
    moved = [pl.col(name).ne_missing(pl.col(f"{name}»")) for name in names]
    return both.filter(pl.any_horizontal(moved))["isin"].to_list() if names else []


def held(like: Market, rows: pl.DataFrame, fields: pl.DataFrame) -> Market:
    """A market in memory with those panel rows and fields."""
    market = Market(like.folder, like.manifest)
    market.__dict__.update(panel=rows, fields=fields, companies=like.companies)
    return market
