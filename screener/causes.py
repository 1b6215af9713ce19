"""What moved a number, in figures: the report, the price, the estimate, before and after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from screener.fields.catalogue import by_key
from screener.hybrids import OWN, Hybrids, Kind
from screener.market.schema import LINES
from screener.market.store import Market
from screener.paths import app_version

_ATTRIBUTES: Final = ("size_class", "size_rank", "sector", "industry", "basic_industry", "status",
                      "series", "face_value", "symbol", "name")  # fmt: skip


_TELLING_LINES: Final = ("net_profit", "sales", "eps", "cfo", "borrowings", "pledged", "promoters")


@dataclass(frozen=True)
class Cause:
    """What moved a number: a figure before and after, with what is known of it.

    `alone` is what the condition's left side would be with this change and no other; `also` tells
    how many more figures of the kind changed.
    """

    kind: Kind
    what: str = ""
    unit: str = ""
    before: Any = None
    after: Any = None
    before_date: dt.date | None = None
    after_date: dt.date | None = None
    period: str = ""  # annual, quarter, holding … for reports
    period_end: dt.date | None = None
    known_at: dt.date | None = None
    known_basis: str = ""
    alone: Any = None
    also: int = 0


class Telling:
    """Puts figures to the reasons of one condition of one company."""

    def __init__(self, hybrids: Hybrids, version_then: str, isin: str, place: str) -> None:
        self._hybrids, self._isin, self._place = hybrids, isin, place
        self._version_then = version_then
        self._condition = hybrids.conditions[place]

    def cause(self, kind: Kind) -> Cause:
        """The reason with its figures before and after."""
        match kind:
            case Kind.FILING | Kind.RESTATEMENT | Kind.LATE | Kind.SNAPSHOT:
                cause = self._report(kind)
            case Kind.PRICE:
                cause = self._of_panel(kind, "close", "Close", "rs", "price_date")
            case Kind.ESTIMATE:
                cause = self._of_panel(kind, "est_eps1", "Mean EPS estimate", "rs", "est_as_of")
            case Kind.MEMBERSHIP:
                cause = self._membership()
            case Kind.PEERS:
                cause = self._peers()
            case Kind.FORMULA:
                cause = Cause(kind, before=self._version_then, after=app_version())
            case _:
                cause = Cause(
                    kind, before_date=self._hybrids.old.date, after_date=self._hybrids.new.date
                )
        return replace(cause, alone=self._alone(kind))

    def _alone(self, kind: Kind) -> Any:
        compares = self._hybrids.compares(self._place)
        if kind not in (*OWN, Kind.PEERS) or self._condition.left is None:
            return None
        try:
            found = self._hybrids.reading(
                self._isin, frozenset([kind]), self._place, among_all=compares
            )
        except KeyError:
            return None
        return found.left

    def _report(self, kind: Kind) -> Cause:
        """The figure of a report that the condition reads, else the latest of the group."""
        added = self._hybrids.added(self._isin, kind)
        if added.is_empty():
            return Cause(kind)
        used = self._hybrids.figures_behind(self._place)[self._isin]
        order = [*_TELLING_LINES, *(line for line in LINES if line not in _TELLING_LINES)]
        rows = sorted(
            added.to_dicts(),
            key=lambda r: (-r["period_end"].toordinal(), order.index(r["line"])),
        )
        mine = [r for r in rows if used & {(r["line"], r["period_end"]), (r["line"], None)}]
        row = (mine or rows)[0]
        label, unit, _ = LINES.get(row["line"], (row["line"], "", ""))
        return Cause(
            kind,
            what=label,
            unit=unit,
            before=self._hybrids.earlier_value(row) if kind is not Kind.FILING else None,
            after=row["value"],
            period=row["kind"],
            period_end=row["period_end"],
            known_at=row["known_at"],
            known_basis=row["known_basis"],
            also=len({(r["line"], r["period_end"]) for r in mine or rows}) - 1,
        )

    def _row(self, market: Market) -> Mapping[str, Any]:
        rows = self._hybrids.rows(market)
        return rows.filter(pl.col("isin") == self._isin).row(0, named=True)

    def _of_panel(self, kind: Kind, column: str, what: str, unit: str, day: str) -> Cause:
        was, now = self._row(self._hybrids.old), self._row(self._hybrids.new)
        return Cause(kind, what, unit, was[column], now[column], was[day], now[day])

    def _membership(self) -> Cause:
        was, now = self._row(self._hybrids.old), self._row(self._hybrids.new)
        moved = [name for name in _ATTRIBUTES if was.get(name) != now.get(name)]
        read = [name for name in moved if name in self._condition.fields]
        if not moved:
            before, after = (set(row.get("indices") or ()) for row in (was, now))
            left, joined = ", ".join(sorted(before - after)), ", ".join(sorted(after - before))
            return Cause(Kind.MEMBERSHIP, "index membership", "text", left, joined)
        name = (read or moved)[0]
        words = name.replace("_", " ")
        return Cause(Kind.MEMBERSHIP, words, "text", was.get(name), now.get(name))

    def _peers(self) -> Cause:
        """The middle of the peers before and after, where the condition compares with one."""
        fields = by_key()
        for key in self._condition.fields:
            middle = key.removesuffix("_premium")
            if middle == key or middle not in fields:
                continue
            was, now = (
                market.fields_of([middle]).filter(pl.col("isin") == self._isin)[middle].item()
                for market in (self._hybrids.old, self._hybrids.new)
            )
            field = fields[middle]
            return Cause(Kind.PEERS, field.name, field.unit.value, was, now)
        return Cause(Kind.PEERS)
