"""Who entered a screen and who left it between two markets, which number did it, and what moved it.

The reasons come from `hybrids`: of all that changed for a company, each group of inputs is taken
alone to its later state, and a reason is named only where it makes the condition change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import polars as pl

from screener.causes import Cause, Telling
from screener.fields.base import Unit
from screener.hybrids import (
    OWN,
    Groups,
    Hybrids,
    Kind,
    Reading,
    Readings,
    held,
    places,
    readings,
)
from screener.language import Condition
from screener.market.store import Market
from screener.past import Past
from screener.paths import app_version
from screener.runs import columns_read
from screener.screening import Result, run
from screener.screens import Screen

Standing = Literal["pass", "fail", "unknown", "outside", "absent"]

#: Which group is tried first to do without, where several are needed together.
_LEAST_TELLING: Final = (
    Kind.CALENDAR, Kind.MEMBERSHIP, Kind.PEERS, Kind.SNAPSHOT, Kind.LATE, Kind.RESTATEMENT,
    Kind.ESTIMATE, Kind.FILING, Kind.PRICE,
)  # fmt: skip


@dataclass(frozen=True)
class Flip:
    """A condition that changed, its number before and after, and why.

    `limit_before` and `limit_after` are its right side. Where the screen's text changed,
    `text_before` is the condition that stood there.
    """

    text: str
    text_before: str
    before: Standing
    after: Standing
    left_text: str
    unit: str
    value_before: Any
    value_after: Any
    limit_before: Any
    limit_after: Any
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Change:
    """A company whose standing changed."""

    isin: str
    symbol: str
    name: str
    before: Standing
    after: Standing
    flips: tuple[Flip, ...]


@dataclass(frozen=True)
class Side:
    """One of the two markets compared. `basis` says how the earlier one is known."""

    date: dt.date
    generation: str
    version: str
    basis: str
    members: int


@dataclass(frozen=True)
class Changes:
    """All that changed for a screen. `moved` are members whose data became known or unknown."""

    screen: str
    title: str
    before: Side
    after: Side
    entered: tuple[Change, ...]
    left: tuple[Change, ...]
    moved: tuple[Change, ...]
    text_changed: bool

    def __bool__(self) -> bool:
        return bool(self.entered or self.left or self.moved)


def changes(
    past: Past,
    new: Market,
    screen: Screen,
    *,
    ratios: Mapping[str, str] | None = None,
    watchlists: Mapping[str, Iterable[str]] | None = None,
) -> Changes:
    """What changed for a screen between the earlier side and a market.

    Raises LanguageError where the screen's text is at fault.
    """
    return _Comparison(past, new, screen, ratios or {}, watchlists or {}).changes()


class _Comparison:
    def __init__(
        self,
        past: Past,
        new: Market,
        screen: Screen,
        ratios: Mapping[str, str],
        watchlists: Mapping[str, Iterable[str]],
    ) -> None:
        self.past, self.screen = past, screen
        self._settings: dict[str, Any] = {"ratios": ratios, "watchlists": watchlists}
        then = past.screen or screen
        then_ratios = ratios if past.ratios is None else past.ratios
        self.text_changed = _asks(then, then_ratios) != _asks(screen, ratios)
        self.after = run(new, screen, **self._settings)
        self.middle = run(past.market, screen, **self._settings)
        # A screen that names a day itself asks about markets of that day.
        self.old, self.new = self.middle.market, self.after.market
        self.before = self._first(then, then_ratios)

    def _first(self, screen: Screen, ratios: Mapping[str, str]) -> Result:
        """The earlier text on the figures of then, as that version computed them."""
        settings = self._settings | {"ratios": ratios}
        plain = run(self.past.market, screen, **settings) if self.text_changed else self.middle
        figures = self.past.figures
        if figures is None or not set(columns_read(plain)) <= set(figures.columns):
            return plain
        if "indices" not in figures.columns:
            figures = figures.with_columns(indices=pl.lit(None, pl.List(pl.String)))
        early = [e.expr for part in plain.parts for e in part.extra if e.stage == 1]
        read = dict.fromkeys(("isin", *(name for e in early for name in e.meta.root_names())))
        market = self.past.market
        return run(held(market, market.panel_of(read), figures), screen, **settings)

    def changes(self) -> Changes:
        before, after = _standings(self.before), _standings(self.after)
        both = before.join(after, on="isin", how="full", coalesce=True, suffix="_after")
        changed = both.filter(
            pl.col("member").fill_null(False).ne_missing(pl.col("member_after").fill_null(False))
            | (pl.col("member") & pl.col("member_after") & (
                pl.col("standing") != pl.col("standing_after")))
        )  # fmt: skip
        known = set(before["isin"]) & set(after["isin"])
        isins = [isin for isin in changed["isin"].to_list() if isin in known]
        self._explain(isins)
        found: dict[str, list[Change]] = {"entered": [], "left": [], "moved": []}
        for row in changed.sort("isin").iter_rows(named=True):
            was, now = bool(row["member"]), bool(row["member_after"])
            where = "moved" if was and now else "entered" if now else "left"
            found[where].append(self._change(row, entering=now and not was))
        order = {where: tuple(sorted(items, key=lambda c: (c.symbol, c.isin)))
                 for where, items in found.items()}  # fmt: skip
        return Changes(
            screen=self.screen.name,
            title=self.screen.title,
            before=self._side(self.old, self.past.version, self.past.basis, before),
            after=self._side(self.new, app_version(), "now", after),
            text_changed=self.text_changed,
            **order,
        )

    def _side(self, market: Market, version: str, basis: str, standings: pl.DataFrame) -> Side:
        members = int(standings["member"].sum())
        return Side(market.date, market.generation, version, basis, members)

    def _explain(self, isins: Collection[str]) -> None:
        wanted = pl.col("isin").is_in(list(isins))
        self.hybrids = Hybrids(self.old, self.new, self.screen, isins, **self._settings)
        self._conditions = self.hybrids.conditions
        self._then = _conditions(self.before)

        def of(result: Result, conditions: Mapping[str, Condition]) -> dict[str, Readings]:
            return readings(result.read.filter(wanted), conditions)

        self._first_readings = of(self.before, self._then)
        self._middle_readings = of(self.middle, self._conditions)
        self._last_readings = of(self.after, self._conditions)
        self._explained = set(isins)

    def _change(self, row: Mapping[str, Any], *, entering: bool) -> Change:
        isin = row["isin"]
        flips: tuple[Flip, ...] = ()
        if isin in self._explained:
            flips = (*self._text_flips(isin, entering), *self._flips(isin))
        elif entering:
            flips = (_presence(Kind.LISTED, self.new.date),)
        else:
            flips = (_presence(Kind.GONE, self.new.date),)
        return Change(
            isin=isin,
            symbol=row["symbol_after"] or row["symbol"] or "",
            name=row["name_after"] or row["name"] or "",
            before=row["standing"] or "absent",
            after=row["standing_after"] or "absent",
            flips=flips,
        )

    # --- flips of the data -------------------------------------------------------------------

    def _flips(self, isin: str) -> tuple[Flip, ...]:
        """Conditions of the present text whose verdict differs from the earlier market's."""
        first, last = self._starting(isin), self._last_readings[isin]
        top = [place for place in self._conditions if "." not in place]
        return tuple(
            self._flip(isin, place, first)
            for place in top
            if _passes(first[place], place) != _passes(last[place], place)
            or (first[place].verdict is None) != (last[place].verdict is None)
        )

    def _starting(self, isin: str) -> Readings:
        """What the present text said of the earlier market, as it was computed then."""
        return self._middle_readings[isin] if self.text_changed else self._first_readings[isin]

    def _flip(self, isin: str, place: str, first: Readings) -> Flip:
        last = self._last_readings[isin]
        shown = self._deepest(place, first, last)
        condition = self._conditions[shown]
        was, now = first[shown], last[shown]
        return Flip(
            text=condition.text,
            text_before=condition.text,
            before=_standing(first[place], place),
            after=_standing(last[place], place),
            left_text=condition.left_text,
            unit=_unit(condition),
            value_before=was.left,
            value_after=now.left,
            limit_before=was.right,
            limit_after=now.right,
            causes=tuple(self._causes(isin, shown)),
        )

    def _deepest(self, place: str, first: Readings, last: Readings) -> str:
        """The part of a condition that changed, as far down as there is one.

        Of several, one that now says what the whole says.
        """
        parts = [f"{place}.{child.index}" for child in self._conditions[place].children]
        moved = [at for at in parts if first[at].verdict != last[at].verdict]
        telling = [at for at in moved if last[at].verdict == last[place].verdict]
        return self._deepest((telling or moved)[0], first, last) if moved else place

    def _causes(self, isin: str, place: str) -> Iterable[Cause]:
        start = self._starting(isin)[place]
        middle, end = self._middle_readings[isin][place], self._last_readings[isin][place]
        kinds: list[Kind] = []
        if start.verdict != middle.verdict:
            other = self.past.version != app_version()
            kinds.append(Kind.FORMULA if other else Kind.LATE)
        if middle.verdict != end.verdict:
            kinds += self._moved_by(isin, place, end.verdict)
        telling = Telling(self.hybrids, self.past.version, isin, place)
        for kind in kinds:
            yield telling.cause(kind)

    def _moved_by(self, isin: str, place: str, end: bool | None) -> list[Kind]:
        """The groups of inputs that change the verdict to what it is now.

        Each that does so alone; where none does, the fewest together, found by leaving out what
        can be left out.
        """
        compares = self.hybrids.compares(place)
        moved = self.hybrids.moving(isin)
        groups = [kind for kind in OWN if kind in moved] + ([Kind.PEERS] if compares else [])

        def ends(kinds: Iterable[Kind]) -> bool:
            wanted = frozenset(kinds)
            return self._judged(isin, wanted, place, compares).verdict == end

        alone = [kind for kind in groups if ends([kind])]
        if alone:
            return alone
        if not ends(groups):
            return [Kind.UNEXPLAINED]
        kept = list(groups)
        for kind in _LEAST_TELLING:
            rest = [one for one in kept if one != kind]
            if kind in kept and ends(rest):
                kept = rest
        return kept

    def _judged(self, isin: str, groups: Groups, place: str, compares: bool) -> Reading:
        # All of them at once: the companies that need the same groups are built together.
        batch = [isin] if compares else sorted(self._explained)
        self.hybrids.judge(batch, groups, among_all=compares)
        return self.hybrids.reading(isin, groups, place, among_all=compares)

    # --- flips of the text -------------------------------------------------------------------

    def _text_flips(self, isin: str, entering: bool) -> Iterable[Flip]:
        """Conditions of the screen's text that came, went or changed and so decided."""
        if not self.text_changed:
            return
        first, middle = self._first_readings[isin], self._middle_readings[isin]
        if entering:
            asked, other, said = self._then, self._conditions, first
        else:
            asked, other, said = self._conditions, self._then, middle
        kept = {c.text for place, c in other.items() if "." not in place}
        for place, condition in asked.items():
            if "." in place or condition.text in kept or _passes(said[place], place):
                continue
            match = _counterpart(condition, other)
            text = other[match].text if match else ""
            reading, beside = said[place], (middle if entering else first).get(match or "")
            now = beside if entering else reading
            was = reading if entering else beside
            yield Flip(
                text=text if entering else condition.text,
                text_before=condition.text if entering else text,
                before=_standing(was, place) if was else "pass",
                after=_standing(now, place) if now else "pass",
                left_text=condition.left_text,
                unit=_unit(condition),
                value_before=reading.left,
                value_after=reading.left,
                limit_before=was.right if was else None,
                limit_after=now.right if now else None,
                causes=(Cause(Kind.TEXT),),
            )


def _asks(screen: Screen, ratios: Mapping[str, str]) -> tuple[object, ...]:
    """What decides of a screen; titles and columns do not."""
    query, universe = (" ".join(text.split()) for text in (screen.query, screen.universe))
    return query, universe, screen.unknown, tuple(sorted(ratios.items()))


def _conditions(result: Result) -> dict[str, Condition]:
    found = places(result.program)
    return found | (places(result.universe, "u") if result.universe is not None else {})


def _standings(result: Result) -> pl.DataFrame:
    """isin, symbol, name, standing and whether it is a member, for every company."""
    inside, verdict = pl.col("inside"), pl.col("verdict")
    words = (
        pl.when(~inside).then(pl.lit("outside")).when(verdict.is_null()).then(pl.lit("unknown"))
        .when(verdict).then(pl.lit("pass")).otherwise(pl.lit("fail"))
    )  # fmt: skip
    told = result.verdicts.select(words.alias("standing"))
    return result.read.select("isin", "symbol", "name").with_columns(
        told["standing"], result.mask("pass").alias("member")
    )


def _passes(reading: Reading, place: str) -> bool:
    """Whether a condition lets a company in; an unknown one of the universe does."""
    return reading.verdict is True or (place.startswith("u") and reading.verdict is None)


def _standing(reading: Reading, place: str) -> Standing:
    if place.startswith("u"):
        return "pass" if _passes(reading, place) else "outside"
    return "unknown" if reading.verdict is None else "pass" if reading.verdict else "fail"


def _counterpart(condition: Condition, others: Mapping[str, Condition]) -> str | None:
    """The condition on the same quantity in another text."""
    for place, other in others.items():
        if "." not in place and other.left_text and other.left_text == condition.left_text:
            return place
    return None


def _unit(condition: Condition) -> str:
    unit: Unit | None = condition.unit
    return "" if unit is None else unit.value


def _presence(kind: Kind, day: dt.date) -> Flip:
    cause = Cause(kind, after_date=day)
    blank: Standing = "absent"
    before, after = (blank, "pass") if kind is Kind.LISTED else ("pass", blank)
    return Flip("", "", before, after, "", "", None, None, None, None, (cause,))  # type: ignore[arg-type]
