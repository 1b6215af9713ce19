"""Run a screen over a market: verdicts, counts, margins, funnel, near misses and the why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import polars as pl

from screener.errors import UnknownName
from screener.fields.base import Reason, Unit
from screener.fields.catalogue import by_key
from screener.language import Condition, Program
from screener.market.renames import old_symbols
from screener.market.store import Market
from screener.programs import compiled, keys_read, lists_since, texts_of
from screener.provenance import Source, sources_of
from screener.screens import Screen

Show = Literal["pass", "unknown", "near", "fail", "all"]
IDENTITY: Final = ("isin", "symbol", "name", "verdict")
_TINY: Final = 1e-9
_EXTRA_KEPT: Final = 200  # extra columns remembered for a market


class Verdict(StrEnum):
    """What a screen or a condition says of a company."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool | None) -> Verdict:
        """The verdict of a nullable truth value."""
        return cls.UNKNOWN if value is None else cls.PASS if value else cls.FAIL


@dataclass(frozen=True)
class Counts:
    """How many companies of the universe pass, fail and need data; how many lie outside it."""

    passed: int
    failed: int
    unknown: int
    outside: int = 0


@dataclass(frozen=True)
class FunnelStep:
    """One condition's part in the narrowing.

    `left` companies pass this and all conditions before it, `unknown` of the others may still;
    `fails_alone` fail this condition and no other.
    """

    text: str
    left: int
    unknown: int
    failed: int
    fails_alone: int


@dataclass(frozen=True)
class ConditionWhy:
    """What one condition says of one company.

    `margin` is the room to the threshold in `unit`, positive where it passes; `margin_relative`
    is the same as a fraction of the threshold. Groups (or, not) have `children`.
    """

    text: str
    verdict: Verdict
    left_text: str
    left_value: Any
    right_text: str
    right_value: Any
    unit: Unit | None
    margin: float | None
    margin_relative: float | None
    reason: Reason | None
    missing_field: str
    sources: tuple[Source, ...]
    children: tuple[ConditionWhy, ...] = ()


@dataclass(frozen=True)
class Why:
    """The whole explanation of one company against one screen."""

    isin: str
    symbol: str
    name: str
    verdict: Verdict
    in_universe: bool
    conditions: tuple[ConditionWhy, ...]


class Result:
    """A screen's answer over one market. Parts that cost more are computed when first asked for."""

    def __init__(
        self,
        market: Market,
        screen: Screen,
        program: Program,
        universe: Program | None,
        frame: pl.DataFrame,
    ) -> None:
        self.market = market
        self.screen = screen
        self.program = program
        self.universe = universe
        #: The programs there are: the screen's, and its universe's.
        self.parts = [part for part in (program, universe) if part is not None]
        self._frame = frame  # the fields, with the screen's extra columns
        conditions = [c.verdict.alias(f"c{c.index}") for c in program.conditions]
        inside = pl.lit(True) if universe is None else universe.verdict.fill_null(True)
        self._verdicts = frame.select(
            program.verdict.alias("verdict"), inside.alias("inside"), *conditions
        )

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The fields with the columns the screen adds, a row a company; conditions read it."""
        return self._with(self.market.fields.columns)

    @property
    def read(self) -> pl.DataFrame:
        """The columns of the frame that the conditions read, and who the companies are."""
        return self._frame

    def _with(self, names: Iterable[str]) -> pl.DataFrame:
        """The frame, with more fields where it lacks some of those."""
        held = set(self._frame.columns)
        missing = [name for name in names if name not in held]
        if missing:
            more = self.market.fields_of([name for name in missing if not name.endswith("?")])
            new = [name for name in more.columns if name not in held]
            self._frame = self._frame.hstack(more.select(new))
        return self._frame

    @property
    def verdicts(self) -> pl.DataFrame:
        """`verdict`, `inside` (the universe) and c0, c1 … of the conditions, in the same rows."""
        return self._verdicts

    @cached_property
    def counts(self) -> Counts:
        """Pass, fail and needs-data over the universe."""
        inside, verdict = self._verdicts["inside"], self._verdicts["verdict"]
        passed = int((verdict & inside).sum())
        unknown = int((verdict.is_null() & inside).sum())
        within = int(inside.sum())
        return Counts(passed, within - passed - unknown, unknown, len(inside) - within)

    def mask(self, show: Show) -> pl.Series:
        """Which rows of the fields frame belong to that list."""
        inside, verdict = self._verdicts["inside"], self._verdicts["verdict"]
        match show:
            case "pass":
                chosen = verdict.fill_null(self.screen.unknown == "include")
            case "unknown":
                chosen = verdict.is_null()
            case "fail":
                chosen = ~verdict.fill_null(True)
            case "near":
                chosen = self._fails == 1
                chosen = chosen & (self._unknowns == 0)
            case "all":
                chosen = pl.Series([True]).new_from_index(0, len(verdict))
        return chosen & inside

    def rows(
        self,
        show: Show = "pass",
        columns: Sequence[str] = (),
        sort: Sequence[tuple[str, bool]] = (),
    ) -> pl.DataFrame:
        """The companies of a list: isin, symbol, name, verdict, then `columns` by field key.

        `sort` holds (column, descending) pairs, the first the strongest; unknowns come last.
        Near misses come nearest first unless sorted otherwise. Raises UnknownName.
        """
        asked = [name for name in (*columns, *(key for key, _ in sort)) if name in by_key()]
        known = set(self._with(asked).columns) | {"verdict"}
        for name in (*columns, *(key for key, _ in sort)):
            if name not in known:
                raise UnknownName.among("column", name, by_key())
        wanted = [c for c in dict.fromkeys(columns) if c not in IDENTITY]
        words = (
            pl.when(pl.col("_v").is_null())
            .then(pl.lit(Verdict.UNKNOWN.value))
            .when(pl.col("_v"))
            .then(pl.lit(Verdict.PASS.value))
            .otherwise(pl.lit(Verdict.FAIL.value))
            .alias("verdict")
        )
        keys = [key for key, _ in sort if key not in IDENTITY]
        frame = self._frame.select(list(dict.fromkeys(("isin", "symbol", "name", *wanted, *keys))))
        frame = frame.with_columns(self._verdicts["verdict"].alias("_v"))
        frame = frame.with_columns(words)
        if show == "near" and not sort:
            frame = frame.with_columns(self._nearness.alias("_near"))
            sort = (("_near", True),)
        frame = frame.filter(self.mask(show))
        if sort:
            frame = frame.sort(
                [key for key, _ in sort],
                descending=[down for _, down in sort],
                nulls_last=True,
                maintain_order=True,
            )
        return frame.select(*IDENTITY, *wanted)

    @cached_property
    def near_misses(self) -> pl.DataFrame:
        """Companies that fail exactly one condition and lack no data, nearest first."""
        return self.rows("near")

    @cached_property
    def funnel(self) -> tuple[FunnelStep, ...]:
        """How each condition, in order, narrows the universe."""
        inside = self._verdicts.filter(pl.col("inside"))
        alone = self._fails.filter(self._verdicts["inside"]) == 1
        steps: list[FunnelStep] = []
        so_far: pl.Series | None = None
        for c in self.program.conditions:
            verdict = inside[f"c{c.index}"]
            so_far = verdict if so_far is None else so_far & verdict
            steps.append(
                FunnelStep(
                    text=c.text,
                    left=int(so_far.sum()),
                    unknown=int(so_far.is_null().sum()),
                    failed=int((~verdict).sum()),
                    fails_alone=int((alone & ~verdict.fill_null(True)).sum()),
                )
            )
        return tuple(steps)

    @property
    def binding(self) -> FunnelStep | None:
        """The condition that alone keeps out the most companies, if any does."""
        step = max(self.funnel, key=lambda s: s.fails_alone, default=None)
        return step if step and step.fails_alone else None

    def isin_of(self, symbol: str) -> str:
        """The ISIN of a symbol, BSE code or ISIN, in any case. Raises UnknownName."""
        return isin_of(self.market, symbol)

    def why(self, isin: str, *, sources: bool = True) -> Why:
        """Each condition's value, verdict, margin, reason and sources for one company.

        Without `sources` it is quick enough to follow a cursor.
        """
        index = self._row_of(isin)
        row = self._frame.slice(index, 1)
        verdicts = self._verdicts.row(index, named=True)
        return Why(
            isin=isin,
            symbol=row["symbol"].item(),
            name=row["name"].item(),
            verdict=Verdict.of(verdicts["verdict"]),
            in_universe=bool(verdicts["inside"]),
            conditions=tuple(
                self._condition_why(c, row, sources=sources) for c in self.program.conditions
            ),
        )

    def _row_of(self, isin: str) -> int:
        found = self._frame["isin"].index_of(isin)
        if found is None:
            raise UnknownName.among("company", isin, [])
        return found

    def _condition_why(self, c: Condition, row: pl.DataFrame, *, sources: bool) -> ConditionWhy:
        values = row.select(
            c.verdict.alias("verdict"),
            (pl.lit(None) if c.left is None else c.left).alias("left"),
            (pl.lit(None) if c.right is None else c.right).alias("right"),
        ).row(0, named=True)
        margin, relative = _margin(c.op, values["left"], values["right"])
        reason, missing = self._reason(c, row) if values["verdict"] is None else (None, "")
        children = tuple(self._condition_why(child, row, sources=sources) for child in c.children)
        return ConditionWhy(
            text=c.text,
            verdict=Verdict.of(values["verdict"]),
            left_text=c.left_text,
            left_value=values["left"],
            right_text=c.right_text,
            right_value=values["right"],
            unit=c.unit,
            margin=margin,
            margin_relative=relative,
            reason=reason,
            missing_field=missing,
            sources=sources_of(self.market, row["isin"].item(), c.fields)
            if sources and not children
            else (),
            children=children,
        )

    def _reason(self, c: Condition, row: pl.DataFrame) -> tuple[Reason, str]:
        """Why a condition is unknown: the first field without a value, and its reason."""
        fields = by_key()
        for key in c.fields:
            if key in row.columns and row[key].item() is None:
                code = row[f"{key}?"].item() if f"{key}?" in row.columns else None
                name = fields[key].name if key in fields else key
                return Reason(code) if code else Reason.MISSING, name
        return Reason.MISSING, ""

    @cached_property
    def _fails(self) -> pl.Series:
        return _count(self._verdicts, [f"c{c.index}" for c in self.program.conditions], False)

    @cached_property
    def _unknowns(self) -> pl.Series:
        return _count(self._verdicts, [f"c{c.index}" for c in self.program.conditions], None)

    @cached_property
    def _nearness(self) -> pl.Series:
        """Relative margin of the failed condition: 0 at the threshold, lower further off."""
        margins = [
            pl.when(~c.verdict).then(_margin_expr(c)).otherwise(0.0).alias(f"m{c.index}")
            for c in self.program.conditions
        ]
        return self._frame.select(pl.sum_horizontal(margins).alias("near"))["near"]


def run(
    market: Market,
    screen: Screen | str,
    *,
    ratios: Mapping[str, str] | None = None,
    watchlists: Mapping[str, Iterable[str]] | None = None,
) -> Result:
    """Judge every company by the screen. Raises LanguageError with every fault of its text."""
    if isinstance(screen, str):
        screen = Screen(name="", title="Query", query=screen)
    program, universe = compiled(
        screen, ratios=ratios, watchlists=watchlists, values=texts_of(market)
    )
    if program.as_of is not None:
        market = market.as_of(program.as_of)
    parts = [part for part in (program, universe) if part is not None]
    shown = [*screen.columns, *(key for key, _ in screen.sort)]
    frame = market.fields_of(keys_read(parts, shown))
    since = lists_since(market, parts) if market.is_past else None
    if since is not None and market.date < since:
        frame = frame.with_columns(pl.lit(None, frame.schema["indices"]).alias("indices"))
    for part in parts:
        if part.extra:
            frame = _with_extra(frame, market, part)
    return Result(market, screen, program, universe, frame)


def isin_of(market: Market, symbol: str) -> str:
    """The ISIN of a symbol, BSE code, name or ISIN, in any case, or of a symbol given up.

    Raises UnknownName.
    """
    kind = f"company known on {market.date:%d %b %Y}" if market.is_past else "company"
    wanted = symbol.strip().casefold()
    companies = market.companies
    for column in ("symbol", "isin", "bse_code", "name"):
        found = companies.filter(pl.col(column).str.to_lowercase() == wanted)
        if found.height:
            isin: str = found["isin"][0]
            return isin
    renamed = old_symbols(market.table("events").collect()).get(wanted)
    if renamed is not None and renamed in companies["isin"]:
        return renamed
    raise UnknownName.among(kind, symbol, companies["symbol"].drop_nulls().to_list())


@lru_cache(maxsize=4)
def _extra_columns(market: Market) -> dict[str, pl.Series]:
    """Extra columns of earlier runs over this market; a changed threshold needs them again."""
    return {}


def _with_extra(frame: pl.DataFrame, market: Market, program: Program) -> pl.DataFrame:
    """Add the columns a screen needs beyond the fields: earlier periods, windows, ranks."""
    new = [e for e in program.extra if e.name not in frame.columns]
    known = _extra_columns(market)
    if len(known) > _EXTRA_KEPT:
        known.clear()
    missing = [e.expr.alias(e.name) for e in new if e.stage == 1 and e.name not in known]
    if missing:
        roots = dict.fromkeys(name for expr in missing for name in expr.meta.root_names())
        panel = market.panel_of(list(roots))
        known.update({column.name: column for column in panel.select(missing)})
    frame = frame.hstack([known[e.name] for e in new if e.stage == 1])
    for e in new:
        if e.stage != 1:
            frame = frame.with_columns(e.expr.alias(e.name))
    return frame


def _count(frame: pl.DataFrame, names: list[str], value: bool | None) -> pl.Series:
    hits = [pl.col(n).is_null() if value is None else pl.col(n) == value for n in names]
    return frame.select(pl.sum_horizontal(h.fill_null(False) for h in hits).alias("n"))["n"]


def _margin(op: str | None, left: Any, right: Any) -> tuple[float | None, float | None]:
    if not _is_number(left) or not _is_number(right):
        return None, None
    match op:
        case ">" | ">=":
            margin = left - right
        case "<" | "<=":
            margin = right - left
        case "=" | "==":
            margin = -abs(left - right)
        case _:
            return None, None
    return margin, margin / abs(right) if abs(right) > _TINY else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _margin_expr(c: Condition) -> pl.Expr:
    """How far a failed condition is from passing, relative to its threshold; −1 where unclear."""
    if c.left is None or c.right is None or c.op not in (">", ">=", "<", "<=", "=", "=="):
        return pl.lit(-1.0)
    left, right = c.left.cast(pl.Float64, strict=False), c.right.cast(pl.Float64, strict=False)
    gap = (left - right).abs()
    scale = pl.max_horizontal(right.abs(), (left - right).abs() * 0.1 + _TINY)
    nearness: pl.Expr = -(gap / scale).fill_null(1.0)
    return nearness
