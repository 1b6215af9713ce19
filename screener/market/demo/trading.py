"""Daily bars as traded: unadjusted open, high, low, close, volume, with all that trading lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import Days, Flags, Floats, Ints, quarter_ends, sessions
from screener.market.demo.ledger import Books
from screener.market.demo.roster import Roster
from screener.market.demo.tape import Tape
from screener.market.demo.traits import LAKH

_TICKS_A_RUPEE: Final = 20
_CRORE: Final = 1e7
_GOLDEN: Final = 0.6180339887
_SESSIONS_A_YEAR: Final = 250
_COMPANIES_AT_A_TIME: Final = 200


@dataclass(frozen=True)
class Bars:
    """Every bar of the price history, company by company."""

    company: Ints  # row of the roster
    session: Ints  # position in days.sessions()
    prices: dict[str, Floats]  # open, high, low, close in ₹
    volume: Floats

    def table(self, isins: Sequence[str]) -> pl.DataFrame:
        """The prices table."""
        days = pl.Series(sessions().astype(np.int32)).cast(pl.Date)
        return pl.DataFrame(
            {
                "isin": pl.Series(isins).gather(self.company),
                "date": days.gather(self.session),
                **self.prices,
                "volume": self.volume,
                "turnover": np.round(self.volume * self.prices["close"] / _CRORE, 4),
                "delivery": pl.Series(self._delivery()).fill_nan(None),
                "source": pl.repeat("demo", len(self.company), eager=True),
            }
        )

    def _delivery(self) -> Floats:
        """Percent of the volume that was delivered, in the last year; NaN before and without trade.

        Each company has a level of its own, and its days lie around it.
        """
        level = 30 + 45 * (self.company * _GOLDEN % 1)
        around = (self.company * 31 + self.session * 17) % 23 - 11
        told = (self.volume > 0) & (self.session >= len(sessions()) - _SESSIONS_A_YEAR)
        return np.where(told, np.round(level + around, 2), np.nan)

    def last_close(self) -> Floats:
        """The last close of each company as traded; every company has at least one bar."""
        is_last = np.diff(self.company, append=-1) != 0
        out: Floats = self.prices["close"][is_last]
        return out

    def volume_of(self, members: Flags) -> Floats:
        """Shares traded in each session of its members (sessions, companies)."""
        weights = self.volume * members[self.session, self.company]
        return np.bincount(self.session, weights, len(sessions())).astype(np.float64)


def draw_bars(rng: np.random.Generator, roster: Roster, capital: Capital, tape: Tape) -> Bars:
    """Draw the bars around the closes of the tape.

    A session on which a thin stock did not trade has volume 0 at the last close; suspended and
    seldom traded ones have no bar at all.
    """
    # A few hundred companies at a time stay in the processor's cache.
    starts = range(0, roster.count, _COMPANIES_AT_A_TIME)
    rows = [np.arange(s, min(s + _COMPANIES_AT_A_TIME, roster.count)) for s in starts]
    parts = [_bars_of(rng, roster, capital, tape, some) for some in rows]
    prices = {name: np.concatenate([p.prices[name] for p in parts]) for name in parts[0].prices}
    return Bars(
        np.concatenate([p.company for p in parts]),
        np.concatenate([p.session for p in parts]),
        prices,
        np.concatenate([p.volume for p in parts]),
    )


def _bars_of(
    rng: np.random.Generator, roster: Roster, capital: Capital, tape: Tape, rows: Ints
) -> Bars:
    """The bars of those companies."""
    listed, volatility = tape.close[:, rows], tape.volatility[rows].astype(np.float32)
    alive = tape.alive[:, rows]
    untraded = _untraded(rng, roster.thin[rows], alive)
    adjusted = _carried_forward(listed, untraded)
    log_close = np.log(adjusted)
    change = np.nan_to_num(np.diff(log_close, axis=0, prepend=log_close[:1]))
    factor = _factors(capital, len(listed), rows)
    close = adjusted * factor
    opening = close * np.exp(-change * rng.uniform(0.2, 1.1, len(rows)))
    above, below = (
        np.exp(np.abs(_normals(rng, close.shape)) * volatility * np.float32(0.45)) for _ in range(2)
    )
    raw = {
        "open": opening,
        "high": np.maximum(opening, close) * above,
        "low": np.minimum(opening, close) / below,
        "close": close,
    }
    usual = _usual_volume(rng, roster.rank[rows], capital.shares[-1, rows])
    excited = np.exp(0.45 * _normals(rng, close.shape)) * (0.6 + 14 * np.abs(change))
    # Shares were fewer and dearer before a split: the money traded is what is usual.
    volume = np.maximum(np.rint(np.nan_to_num(usual * excited / factor)), 1.0)
    keep = np.flatnonzero(_kept(rng, roster, rows, alive).T)
    company, session = np.divmod(keep, len(close))
    prices = {
        name: _ticks(_company_major(np.where(untraded, close, value), keep))
        for name, value in raw.items()
    }
    traded = _company_major(np.where(untraded, 0.0, volume), keep)
    return Bars(rows[company], session, prices, traded)


def _ticks(price: Floats) -> Floats:
    """To the nearest tick, one at least."""
    out: Floats = np.maximum(np.round(price * _TICKS_A_RUPEE), 1) / _TICKS_A_RUPEE
    return out


def _company_major(table: Floats, keep: Ints) -> Floats:
    """The kept cells of a (sessions, companies) table, one company after the other."""
    out: Floats = np.ascontiguousarray(table.T).reshape(-1)[keep]
    return out


def _normals(rng: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    return rng.standard_normal(shape, dtype=np.float32)


def _untraded(rng: np.random.Generator, thin: Flags, alive: Flags) -> Flags:
    """Sessions on which a thin stock did not trade; never the first one."""
    out = np.zeros(alive.shape, dtype=bool)
    columns = np.flatnonzero(thin)
    share = rng.uniform(0.04, 0.5, len(columns))
    out[1:, columns] = rng.random((len(out) - 1, len(columns))) < share
    out[1:] &= alive[:-1]
    return out


def _carried_forward(close: Floats, untraded: Flags) -> Floats:
    """Closes with the last traded one where there was no trade."""
    out = close.copy()
    columns = np.flatnonzero(untraded.any(axis=0))
    session = np.arange(len(close))[:, None]
    last = np.maximum.accumulate(np.where(untraded[:, columns], 0, session), axis=0)
    out[:, columns] = close[last, columns]
    return out


def _factors(capital: Capital, count: int, rows: Ints) -> Floats:
    """What turns a price in today's shares into the price as traded, (sessions, rows)."""
    out = np.ones((count, len(rows)))
    events = capital.events
    here = np.flatnonzero((events.company >= rows[0]) & (events.company <= rows[-1]))
    before = np.searchsorted(sessions(), events.ex_date)
    for event in here:
        out[: before[event], events.company[event] - rows[0]] *= events.factor[event]
    return out


def _usual_volume(rng: np.random.Generator, rank: Ints, shares: Floats) -> Floats:
    """Shares traded on an ordinary day: a share of the company a year, by its size."""
    yearly = np.interp(rank, [1, 250, 1000, 2200], [0.45, 0.8, 0.7, 0.45])
    out: Floats = yearly * np.exp(rng.normal(0, 0.6, len(rank))) / 250 * shares * _CRORE
    return out


def _kept(rng: np.random.Generator, roster: Roster, rows: Ints, alive: Flags) -> Flags:
    """The sessions that leave a bar."""
    keep = alive.copy()
    for column in np.flatnonzero(roster.suspended[rows]):
        keep[len(keep) - rng.integers(12, 230) :, column] = False
    seldom = np.flatnonzero(roster.seldom[rows])
    keep[:, seldom] &= rng.random((len(keep), len(seldom))) < 0.2
    keep[alive[:, seldom].argmax(axis=0), seldom] = True
    return keep


def action_table(
    rng: np.random.Generator, roster: Roster, capital: Capital, books: Books, isins: Sequence[str]
) -> pl.DataFrame:
    """The actions table: splits, bonuses and rights, and dividends in ₹ a share as then paid."""
    events = capital.events
    days, amounts, payers = _dividends(rng, roster, capital, books)
    company = np.concatenate([events.company, payers])
    ex_date = np.concatenate([events.ex_date, days]).astype("datetime64[D]").astype(np.int32)
    nothing = np.full(len(events.company), np.nan)
    return pl.DataFrame(
        {
            "isin": pl.Series(isins).gather(company),
            "ex_date": pl.Series(ex_date).cast(pl.Date),
            "kind": [*events.kind, *["dividend"] * len(payers)],
            "factor": np.concatenate([events.factor, np.ones(len(payers))]),
            "amount": pl.Series(np.concatenate([nothing, amounts])).fill_nan(None),
            "source": pl.repeat("demo", len(company), eager=True),
        }
    ).sort("isin", "ex_date")


def _dividends(
    rng: np.random.Generator, roster: Roster, capital: Capital, books: Books
) -> tuple[Days, Floats, Ints]:
    """Ex-dates, amounts and payers since listing; they go ex in the first half of a quarter."""
    n = roster.count
    paid = books.lines["dividends"][:, :n]
    quarter, payer = np.nonzero(paid > 0)
    before = capital.shares[np.maximum(quarter - 1, 0), payer]
    amount = np.round(paid[quarter, payer] / LAKH / before, 2)
    start = quarter_ends()[np.maximum(quarter - 1, 0)]
    days = np.busday_offset(start + rng.integers(15, 38, len(payer)), 0, roll="forward")
    keep = (amount > 0) & (days > roster.listed_on[payer]) & (quarter > 0)
    return days[keep], amount[keep], payer[keep]
