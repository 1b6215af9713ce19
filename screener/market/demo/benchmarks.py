"""Demo indices: the size segments computed from the demo companies, new listings, gold, silver."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import DEMO_DATE, Flags, Floats, Ints, quarter_ends, sessions
from screener.market.demo.ledger import Books
from screener.market.demo.roster import RECENT_SESSIONS, Roster
from screener.market.demo.tape import Tape, chain, equal_at_listing
from screener.market.demo.trading import Bars
from screener.market.demo.traits import LAKH

#: Size indices: name → first and last size rank.
SIZE_INDICES: Final = {
    "Demo 100": (1, 100),
    "Demo Midcap 150": (101, 250),
    "Demo Smallcap 250": (251, 500),
    "Demo Microcap 250": (501, 750),
    "Demo 500": (1, 500),
}
NEW_LISTINGS: Final = "Demo New Listings"
GOLD: Final = "Demo Gold"
SILVER: Final = "Demo Silver"
_START: Final = 10000.0
_SEASONING: Final = 5  # sessions after its debut at which a listing enters the index
_RESULT_LAG: Final = 45  # days after a quarter's end at which everybody has reported it

# Levels that the metals pass through.
_METALS: Final = {
    "2021-01-01": (50300, 68500), "2022-03-08": (53600, 70300), "2022-09-28": (49600, 55400),
    "2023-05-04": (61500, 76500), "2023-12-29": (63300, 74400), "2024-10-30": (79700, 98000),
    "2024-12-31": (76200, 86100), "2025-04-22": (97500, 96200), "2025-08-20": (99200, 113000),
    "2025-10-17": (128000, 163000), "2025-12-31": (136000, 229000), "2026-01-27": (156000, 318000),
}  # fmt: skip


@dataclass(frozen=True)
class _Ratios:
    """P/E, P/B and dividend yield of an index on every session; NaN where there is none."""

    pe: Floats
    pb: Floats
    div_yield: Floats


def memberships(rank: Ints, roster: Roster) -> dict[str, Flags]:
    """Today's members of each index made of companies."""
    out = {name: (rank >= a) & (rank <= b) for name, (a, b) in SIZE_INDICES.items()}
    out[NEW_LISTINGS] = newly_listed(roster, DEMO_DATE)
    return out


def newly_listed(roster: Roster, day: dt.date) -> Flags:
    """Members of the index of new listings on a day: listed for some days and about two years."""
    count = int(np.searchsorted(sessions(), np.datetime64(day), side="right"))
    newest = roster.listing_session + _SEASONING
    recent = roster.listing_session > count - 1 - RECENT_SESSIONS
    return (newest < count) & recent & (roster.listing_session >= 0)


def index_table(
    rng: np.random.Generator,
    roster: Roster,
    capital: Capital,
    books: Books,
    tape: Tape,
    bars: Bars,
    members: dict[str, Flags],
) -> pl.DataFrame:
    """The indices table, of the members of each day: (sessions, companies) by index.

    Size indices are weighted by market cap. So those that fell out since count while they were in.
    """
    frames = []
    members = members | {NEW_LISTINGS: _young(roster)}
    ratios = _ratios(capital, books, tape, members)
    for name, who in members.items():
        level = tape.chained(capital.shares[-1], who)
        if name == NEW_LISTINGS:
            level = chain(tape.close, who, equal_at_listing(tape.close, tape.alive))
        frames.append(_frame(rng, name, level, bars.volume_of(who), ratios[name]))
    days = np.array(list(_METALS), dtype="datetime64[D]")
    at = np.searchsorted(sessions(), days, side="right") - 1
    for column, (name, sd) in enumerate(((GOLD, 0.006), (SILVER, 0.011))):
        path = np.log([levels[column] for levels in _METALS.values()])
        noise = np.cumsum(rng.standard_normal(len(sessions())) * sd)
        bridge = noise - np.interp(np.arange(len(noise)), at, noise[at])
        level = np.exp(np.interp(np.arange(len(noise)), at, path) + bridge)
        frames.append(_frame(rng, name, level, None, None, start=level[0]))
    return pl.concat(frames)


def _young(roster: Roster) -> Flags:
    """On each session the listings of about the last two years, from their first days on."""
    age = np.arange(len(sessions()))[:, None] - roster.listing_session
    return (roster.listing_session >= 0) & (age >= _SEASONING) & (age < RECENT_SESSIONS)


def _ratios(
    capital: Capital, books: Books, tape: Tape, members: dict[str, Flags]
) -> dict[str, _Ratios]:
    """Of each index, its listed members of the day together, losses included, as then on file."""
    n = tape.close.shape[1]
    quarter = np.searchsorted(quarter_ends(), sessions() - _RESULT_LAG, side="right") - 1
    earned, paid = (_trailing_year(books.lines[k][:, :n]) for k in ("owners_profit", "dividends"))
    equity = books.lines["equity"][:, :n]
    sums = np.zeros((4, len(quarter), len(members)))
    for q in np.unique(quarter):
        now = np.flatnonzero(quarter == q)
        worth = np.nan_to_num(tape.close[now]) * capital.shares_today_terms[q]
        for i, who in enumerate(members.values()):
            present = tape.alive[now] & who[now]
            sums[0, now, i] = (worth * present).sum(axis=1)
            for row, table in enumerate((earned, equity, paid), start=1):
                sums[row, now, i] = present @ (table[q] / LAKH)
    cap, earnings, net_worth, dividends = sums
    pe, pb, div_yield = _over(cap, earnings), _over(cap, net_worth), _over(100 * dividends, cap)
    return {name: _Ratios(pe[:, i], pb[:, i], div_yield[:, i]) for i, name in enumerate(members)}


def _trailing_year(flow: Floats) -> Floats:
    """Sum of the four quarters up to each."""
    total = np.cumsum(flow, axis=0)
    out: Floats = total.copy()
    out[4:] -= total[:-4]
    return out


def _over(a: Floats, b: Floats) -> Floats:
    """a / b, NaN where it would have no meaning."""
    return np.divide(a, b, out=np.full_like(a, np.nan), where=(b > 0) & (a > 0))


def _frame(
    rng: np.random.Generator,
    name: str,
    level: Floats,
    volume: Floats | None,
    ratios: _Ratios | None,
    start: float = _START,
) -> pl.DataFrame:
    close = level * start / level[0]
    before = np.concatenate([close[:1], close[:-1]])
    opening = before * (close / before) ** 0.3 * np.exp(rng.normal(0, 0.002, len(close)))
    high = np.maximum(opening, close) * np.exp(np.abs(rng.normal(0, 0.003, len(close))))
    low = np.minimum(opening, close) / np.exp(np.abs(rng.normal(0, 0.003, len(close))))
    bars = {"open": opening, "high": high, "low": low, "close": close}
    columns = {key: np.round(value, 2) for key, value in bars.items()}
    if volume is not None:
        columns["volume"] = volume
    if ratios is not None:
        columns |= {"pe": ratios.pe, "pb": ratios.pb, "div_yield": ratios.div_yield}
    for key in ("volume", "pe", "pb", "div_yield"):
        columns.setdefault(key, np.full(len(close), np.nan))
    return pl.DataFrame(
        {
            "index": pl.repeat(name, len(close), eager=True),
            "date": pl.Series(sessions().astype(np.int32)).cast(pl.Date),
            **{key: np.round(value, 2) for key, value in columns.items()},
            "source": pl.repeat("demo", len(close), eager=True),
        }
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
