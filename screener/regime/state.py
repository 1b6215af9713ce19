"""The whole state of the market as of a day, put together from its tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from screener.fields.catalogue import Values
from screener.market.schema import COMPANIES, conform
from screener.market.store import Market
from screener.regime import quotes as quoted
from screener.regime.breadth import Breadth, Share, breadth, members
from screener.regime.channel import (
    Channel,
    above_average,
    channel,
    distribution_days,
    max_drawdown,
)
from screener.regime.decliners import CauseShare, Decliner, common_causes, decliners
from screener.regime.fundamentals import (
    FIELDS,
    Earnings,
    Premium,
    Valuation,
    earnings,
    premium,
    valuation,
)
from screener.regime.history import PremiumHistory, premium_history
from screener.regime.rotation import (
    OWN_NEW_LISTINGS,
    Rotation,
    Series,
    new_listings,
    roles,
    rotations,
)
from screener.regime.segments import EVERYTHING, SIZE_SEGMENTS, Kind, Segment, index_segments
from screener.regime.verdict import Verdict, verdict

_LAPSED_DAYS: Final = 15  # an index whose last close is older is left out
_YEAR: Final = 250


@dataclass(frozen=True)
class SegmentState:
    """Everything about a segment; without statements there is no earnings or valuation."""

    key: str
    title: str
    kind: Kind
    breadth: Breadth
    earnings: Earnings | None
    valuation: Valuation | None
    worst: tuple[Decliner, ...]
    causes: tuple[CauseShare, ...]


@dataclass(frozen=True)
class IndexState:
    """An index: returns by span as fractions, where it stands, and its channel.

    `distribution_days` is None where its volumes are not known; it is context, not a signal.
    """

    name: str
    role: str  # small, mid, large, gold, silver, new; empty for others
    date: dt.date
    close: float
    returns: Mapping[str, float | None]
    from_high: float | None  # of 250 sessions' closes
    above_50: bool | None
    above_200: bool | None
    max_drawdown: float | None  # within 250 sessions
    pe: float | None
    pb: float | None
    distribution_days: int | None
    channel: Channel | None


@dataclass(frozen=True)
class MarketState:
    """The state of the market on `day`; `session` is the last day with prices."""

    day: dt.date
    session: dt.date
    verdict: Verdict
    sizes: tuple[SegmentState, ...]  # large, mid, small, its two parts, all
    memberships: tuple[SegmentState, ...]  # by index
    indices: tuple[IndexState, ...]
    rotation: tuple[Rotation, ...]
    premium: Premium | None
    premium_history: PremiumHistory | None

    def segment(self, key: str) -> SegmentState:
        """A segment by its key: large, mid, small, upper_small, micro, all or index:<name>."""
        return next(one for one in (*self.sizes, *self.memberships) if one.key == key)

    def index(self, name: str) -> IndexState | None:
        """An index by its name or its role."""
        return next((one for one in self.indices if name in (one.name, one.role)), None)


def market_state(market: Market, day: dt.date | None = None) -> MarketState:
    """The state of that market, today or as it was known on an earlier day.

    A day after the market's date is that date. Raises NoMarket where no price is that old.
    """
    day = min(day or market.date, market.date)
    quoted.require_prices(market.table("prices"), day)
    companies, fields = _known_on(market, day)
    return state_of(
        companies,
        market.table("prices"),
        market.table("actions"),
        market.table("indices"),
        fields,
        day,
    )


def _known_on(market: Market, day: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The companies and the fields the state reads, as known on the day; no more is computed."""
    if day >= market.date:
        return market.companies, market.fields
    values = Values(FIELDS, ("isin",))
    attributes = (name for name in COMPANIES if name != "source")
    panel = market.panels([day]).frame((*attributes, *values.columns))
    return conform("companies", panel), values.together(values.alone(panel))


def state_of(
    companies: pl.DataFrame,
    prices: pl.LazyFrame,
    actions: pl.LazyFrame,
    indices: pl.LazyFrame,
    fields: pl.DataFrame | None,
    day: dt.date,
) -> MarketState:
    """The same from the tables of the schema; rows after the day are not read.

    `fields` are the fields as of the day; None where there are no statements.
    """
    raw, splits = quoted.raw_bars(prices, day), quoted.actions_until(actions, day)
    rows = companies.join(quoted.quotes(raw, splits, day), on="isin", how="left")
    with_fields = fields is not None
    if fields is not None:
        rows = rows.join(fields.select("isin", *FIELDS), on="isin", how="left")

    def describe(segment: Segment) -> SegmentState:
        return segment_state(members(rows, segment), segment, with_fields=with_fields)

    series = _series(indices, day)
    played = roles(list(series))
    closes: dict[str, Series] = {
        name: (frame["date"].to_list(), frame["close"].to_list()) for name, frame in series.items()
    }
    if "new" not in played:
        own = new_listings(raw, splits, companies, day)
        if own[0]:
            played, closes = {**played, "new": OWN_NEW_LISTINGS}, {**closes, OWN_NEW_LISTINGS: own}
    sizes = tuple(describe(segment) for segment in (*SIZE_SEGMENTS, EVERYTHING))
    by_key = {one.key: one for one in sizes}
    rotation = rotations(closes, played, day)
    against_large = next(one.change for one in rotation if one.key == "large")
    small, large = by_key["small"], by_key["large"]
    return MarketState(
        day=day,
        session=raw.select(pl.col("date").max()).item(),
        verdict=verdict(small.breadth, large.breadth, against_large),
        sizes=sizes,
        memberships=tuple(describe(segment) for segment in index_segments(companies)),
        indices=index_states(series, day),
        rotation=rotation,
        premium=premium(small.valuation, large.valuation)
        if small.valuation and large.valuation
        else None,
        premium_history=_premium_history(series, played),
    )


def _premium_history(
    series: Mapping[str, pl.DataFrame], played: Mapping[str, str]
) -> PremiumHistory | None:
    small, large = played.get("small", ""), played.get("large", "")
    if small not in series or large not in series:
        return None
    return premium_history(series[small], series[large], (small, large))


def segment_state(rows: pl.DataFrame, segment: Segment, *, with_fields: bool) -> SegmentState:
    """Describe the companies of `rows`: company columns, quotes and, if there are any, fields."""
    return SegmentState(
        key=segment.key,
        title=segment.title,
        kind=segment.kind,
        breadth=breadth(rows),
        earnings=earnings(rows) if with_fields else None,
        valuation=valuation(rows) if with_fields else None,
        worst=decliners(rows) if with_fields else (),
        causes=common_causes(rows) if with_fields else (),
    )


def _series(indices: pl.LazyFrame, day: dt.date) -> dict[str, pl.DataFrame]:
    """Each index up to the day, oldest first; those that lapsed are left out."""
    known = (
        indices.filter((pl.col("date") <= day) & (pl.col("close") > 0))
        .unique(["index", "date"], keep="last")
        .sort("index", "date")
        .collect()
    )
    parts = known.partition_by("index", as_dict=True)
    limit = day - dt.timedelta(days=_LAPSED_DAYS)
    return {str(key[0]): part for key, part in parts.items() if part["date"][-1] > limit}


def index_states(series: Mapping[str, pl.DataFrame], day: dt.date) -> tuple[IndexState, ...]:
    """Describe each index; those with a role come first, small caps at the top."""
    of = {name: role for role, name in roles(list(series)).items()}
    order = {role: at for at, role in enumerate(("small", "mid", "large", "gold", "silver", "new"))}
    names = sorted(series, key=lambda name: (order.get(of.get(name, ""), len(order)), name))
    return tuple(_index_state(name, of.get(name, ""), series[name], day) for name in names)


def _index_state(name: str, role: str, frame: pl.DataFrame, day: dt.date) -> IndexState:
    closes, days = frame["close"].to_list(), frame["date"].to_list()
    year = closes[-_YEAR:]
    return IndexState(
        name=name,
        role=role,
        date=days[-1],
        close=closes[-1],
        returns={
            span: _return(days, closes, *ends) for span, ends in quoted.span_days(day).items()
        },
        from_high=closes[-1] / max(year) - 1,
        above_50=above_average(closes, 50),
        above_200=above_average(closes, 200),
        max_drawdown=max_drawdown(year),
        pe=frame["pe"][-1],
        pb=frame["pb"][-1],
        distribution_days=distribution_days(closes[-30:], frame["volume"].to_list()[-30:]),
        channel=channel(closes, days),
    )


def _return(days: list[dt.date], closes: list[float], start: dt.date, end: dt.date) -> float | None:
    first, last = (quoted.close_at(days, closes, at) for at in (start, end))
    return None if first is None or last is None else last / first - 1


def as_json(state: MarketState) -> dict[str, Any]:
    """The state as plain values: dates as ISO text, shares with their fraction, no infinities."""
    plain: dict[str, Any] = _plain(state)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Share):
        return {"count": value.count, "of": value.of, "share": value.share}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
