"""Prices of the demo companies: what each share is worth, and how the market swings around it.

The last year is a small-cap distribution phase: the largest companies rise, the smaller the
company the further it falls, and January 2026 brings a sharp break.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from screener.market.demo.capital import Capital
from screener.market.demo.days import (
    QUARTERS,
    Flags,
    Floats,
    Ints,
    quarter_ends,
    sessions,
)
from screener.market.demo.ledger import Books
from screener.market.demo.roster import FULL_MARKET, RECENT_SESSIONS, Roster
from screener.market.demo.traits import LAKH, Traits

SEGMENTS: Final = ("large", "mid", "small", "micro", "new")
_REVERSION: Final = 1 / 250  # pull towards fair value a session
SIX_MONTHS: Final = ("2025-07-01", "2026-01-01")  # over which size is averaged
HALF_YEARS: Final = tuple(
    dt.date(year, month, day) for year in range(2021, 2026) for month, day in ((6, 30), (12, 31))
)
RESHUFFLE_DAYS: Final = 88  # from the end of a half-year to the change of index members
TODAY_SINCE: Final = dt.date(2026, 1, 1)  # from which the members are those of today
_PASSES: Final = 3  # corrections move companies between segments until they settle
_RESULT_LAG: Final = 35  # days after a quarter's end at which prices reflect it
_BREAK_SESSIONS: Final = 18  # length of the January break

# Index levels the segments pass through: large, mid, small, micro, new listings.
_PATH: Final = {
    "2021-01-01": (105, 118, 122, 132, 100),
    "2021-10-18": (138, 168, 192, 215, 150),
    "2022-06-17": (115, 136, 148, 168, 105),
    "2022-12-30": (136, 158, 164, 190, 118),
    "2023-03-28": (125, 146, 148, 174, 112),
    "2023-12-29": (160, 210, 218, 276, 160),
    "2024-09-26": (196, 270, 278, 345, 228),
    "2024-12-31": (178, 254, 264, 332, 222),
    "2025-03-03": (165, 210, 206, 250, 182),
    "2025-06-30": (193, 262, 262, 322, 226),
    "2025-09-30": (187, 250, 250, 297, 233),
    "2025-12-31": (196, 261, 245.5, 269, 239),
    "2026-01-27": (189, 245, 223, 242, 231),
}


@dataclass(frozen=True)
class Tape:
    """Closes in today's shares, (sessions, companies); NaN before the listing."""

    close: Floats
    alive: Flags  # listed on that session
    volatility: Floats  # of a session's log return

    def chained(self, weights: Floats, members: Flags) -> Floats:
        """Index level of the members weighted by `weights` shares each, 100 on the first session.

        `members` is (companies,) or (sessions, companies); a session's change is taken over those
        that were members and listed on both ends of it.
        """
        return chain(self.close, self.alive & members, weights)


def chain(close: Floats, present: Flags, weights: Floats) -> Floats:
    """Level of a chained index, 100 on the first session; flat where it has no members."""
    value = np.where(present, close, 0.0) * weights
    stay = present[1:] & present[:-1]
    now, before = (value[1:] * stay).sum(axis=1), (value[:-1] * stay).sum(axis=1)
    step = np.divide(now, before, out=np.ones_like(now), where=before > 0)
    return 100 * np.concatenate([[1.0], np.cumprod(step)])


def equal_at_listing(price: Floats, alive: Flags) -> Floats:
    """Shares that put the same money into each listing, so that no large debut sets the pace."""
    first = alive.argmax(axis=0)
    out: Floats = 1 / price[first, np.arange(price.shape[1])]
    return out


def draw_tape(
    rng: np.random.Generator, roster: Roster, traits: Traits, capital: Capital, books: Books
) -> Tape:
    """Draw five years of adjusted closes."""
    days, n = sessions(), roster.count
    worth = _worth(roster, traits, capital, books)
    place = (days - quarter_ends()[0]).astype(np.float64) - _RESULT_LAG
    place = np.clip(place / 91.3106, 0, QUARTERS - 1.001)
    low = place.astype(np.int64)
    part = (place - low)[:, None]
    log_price = worth[low] * (1 - part) + worth[low + 1] * part

    volatility = np.interp(roster.rank, [1, 250, 1000, 2200], [0.012, 0.017, 0.022, 0.028])
    volatility = volatility * np.clip(1 - 0.08 * roster.quality, 0.75, 1.3)
    log_price += _own_swings(rng, len(days), volatility)
    alive = np.arange(len(days))[:, None] >= roster.listing_session
    log_price += _shared_swings(rng, len(days), roster)
    log_price += _break(rng, len(days), n)
    shares = capital.shares[-1]
    for _ in range(_PASSES):
        close = np.where(alive, np.exp(log_price), np.nan)
        log_price += _corrections(close, alive, shares, _segments(roster, close, shares))
    return Tape(np.where(alive, np.exp(log_price), np.nan), alive, volatility)


def average_cap(close: Floats, shares: Floats) -> Floats:
    """Average market cap of the last half-year in ₹ crore, or since a later listing."""
    first, last = np.searchsorted(sessions(), np.array(SIX_MONTHS, dtype="datetime64[D]"))
    window = close[first:last]
    traded = np.isfinite(window).any(axis=0)
    price = close[-1].copy()
    price[traded] = np.nanmean(window[:, traded], axis=0)
    out: Floats = np.round(price * shares, 2)
    return out


def _corrections(close: Floats, alive: Flags, shares: Floats, segment: Ints) -> Floats:
    """What to add to log prices so that each segment, of the members of each day, passes through
    its path."""
    out = np.zeros((len(close), len(SEGMENTS)))
    for number in np.unique(segment):
        present = alive & (segment == number)
        weight = shares
        if number == SEGMENTS.index("new"):
            weight = equal_at_listing(close, alive)
        out[:, number] = _correction(chain(close, present, weight), number)
    # A company takes each session's step with the segment it is in then; today's price stays.
    steps = np.take_along_axis(np.diff(out, axis=0), segment[1:], axis=1)
    back = np.zeros_like(close)
    back[:-1] = -np.cumsum(steps[::-1], axis=0)[::-1]
    return back


def _worth(roster: Roster, traits: Traits, capital: Capital, books: Books) -> Floats:
    """Log of the fair price per share of today, (quarters, companies)."""
    n = roster.count
    core = books.lines["owners_profit"][:, :n] - 0.75 * books.lines["exceptional"][:, :n]
    year, two_years = _trailing(core, 4), _trailing(core, 8) / 2
    normal = 0.5 * (year + two_years)
    equity = books.lines["equity"][:, :n]
    floor = np.maximum(
        0.45 * equity, traits.sales_multiple * _trailing(books.lines["sales"][:, :n], 4)
    )
    earning = np.maximum(traits.multiple * normal, np.maximum(floor, 800.0))
    return_on_equity = np.clip(_trailing(core, 8) / 2 / np.maximum(equity, 1), 0.03, 0.25)
    lending = traits.book_multiple * np.maximum(equity, 100.0) * (return_on_equity / 0.12) ** 0.8
    fair = np.where(roster.lends, lending, earning)
    out: Floats = np.log(fair / LAKH / capital.shares_today_terms[:QUARTERS])
    return out


def _trailing(flow: Floats, quarters: int) -> Floats:
    """Sum over so many quarters up to each; over fewer at the start, scaled up."""
    total = np.cumsum(flow, axis=0)
    out = total.copy()
    out[quarters:] -= total[:-quarters]
    count = np.minimum(np.arange(len(flow)) + 1, quarters)[:, None]
    return out * quarters / count


def _own_swings(rng: np.random.Generator, count: int, volatility: Floats) -> Floats:
    """Each company's deviation from fair value: mean-reverting, with now and then a jump."""
    n = len(volatility)
    shocks = rng.standard_normal((count, n), dtype=np.float32)
    jumps = rng.integers(0, count * n, count * n // 60)
    shocks.reshape(-1)[jumps] *= 3
    out = np.empty((count, n))
    state = rng.standard_normal(n) * volatility / np.sqrt(2 * _REVERSION)
    for t in range(count):
        state = (1 - _REVERSION) * state + shocks[t] * volatility
        out[t] = state
    return out


def _segments(roster: Roster, close: Floats, shares: Floats) -> Ints:
    """Segment of each company on each session; small recent listings are one apart."""
    ranks = ranks_over_time(close, shares)
    recent = roster.listing_session > len(sessions()) - RECENT_SESSIONS
    new = recent & (ranks[TODAY_SINCE] > 500)
    place = [np.searchsorted([100, 250, 500], np.where(r > 0, r, r.max())) for r in ranks.values()]
    return np.where(new, SEGMENTS.index("new"), by_session(dict(zip(ranks, place, strict=True))))


def ranks_over_time(close: Floats, shares: Floats) -> dict[dt.date, Ints]:
    """Rank by size from each day on; 0 for companies not listed in the half-year it is of.

    From RESHUFFLE_DAYS after the end of a half-year by its average, at the end as of today.
    """
    found = {}
    for end in HALF_YEARS:
        day = end + dt.timedelta(days=RESHUFFLE_DAYS)
        if day < TODAY_SINCE:
            cap = half_year_cap(close, shares, end)
            found[day] = np.zeros(len(cap), dtype=np.int64)
            listed = np.isfinite(cap)
            found[day][listed] = full_market_rank(cap[listed])
    return found | {TODAY_SINCE: full_market_rank(average_cap(close, shares))}


def half_year_cap(close: Floats, shares: Floats, end: dt.date) -> Floats:
    """Average market cap of the half-year; NaN for companies not listed in it."""
    begin = dt.date(end.year, 1 if end.month == 6 else 7, 1)
    first, last = np.searchsorted(sessions(), np.array([begin, end], dtype="datetime64[D]"))
    window = close[first : last + 1]
    traded = np.isfinite(window).any(axis=0)
    caps = np.full(window.shape[1], np.nan)
    caps[traded] = np.nanmean(window[:, traded], axis=0) * shares[traded]
    return caps


def by_session(lists: Mapping[dt.date, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """The list of each session, of lists that hold from their days on; the first one before it."""
    days = np.array(list(lists), dtype="datetime64[D]")
    at = np.maximum(np.searchsorted(days, sessions(), side="right") - 1, 0)
    return np.array(list(lists.values()))[at]


def full_market_rank(cap: Floats) -> Ints:
    """Rank by size, 1 the largest; in a thinned market spread over the ranks of a full one."""
    order = np.argsort(-cap, kind="stable")
    rank = np.empty(len(cap), dtype=np.int64)
    spread = max(FULL_MARKET, len(cap)) / len(cap)
    rank[order] = np.ceil((np.arange(len(cap)) + 0.5) * spread).astype(np.int64)
    return rank


def _shared_swings(rng: np.random.Generator, count: int, roster: Roster) -> Floats:
    """Moves of the market and of the sector, all ending at zero today."""
    sectors = {name: i for i, name in enumerate(dict.fromkeys(x.sector for x in roster.leaves))}
    sector = np.array([sectors[leaf.sector] for leaf in roster.leaves])

    def walk(columns: int, sd: float) -> Floats:
        path: Floats = np.cumsum(rng.standard_normal((count, columns)) * sd, axis=0)
        path -= path[-1]
        return path

    return walk(1, 0.008) + walk(len(sectors), 0.005)[:, sector]


def _break(rng: np.random.Generator, count: int, n: int) -> Floats:
    """How unevenly the break of the last weeks hits, (sessions, companies)."""
    ramp = np.clip((np.arange(count) - (count - 1 - _BREAK_SESSIONS)) / _BREAK_SESSIONS, 0, 1)
    out: Floats = (ramp[:, None] - 1) * rng.normal(0, 0.065, n)
    return out


def _correction(level: Floats, segment: int) -> Floats:
    """What to add to the members' log prices so that the segment passes through its path."""
    days = np.array(list(_PATH), dtype="datetime64[D]")
    at = np.searchsorted(sessions(), days, side="right") - 1
    wanted = np.log(np.array([levels[segment] for levels in _PATH.values()], dtype=np.float64))
    gap = wanted - np.log(level[at])
    out: Floats = np.interp(np.arange(len(level)), at, gap - gap[-1])
    return out
