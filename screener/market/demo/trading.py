"""Daily bars as traded: unadjusted open, high, low, close, volume, with all that trading lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import Days, Flags, Floats, Ints, quarter_ends, sessions
from screener.market.demo.ledger import Books
from screener.market.demo.roster import Roster
from screener.market.demo.tape import Tape
from screener.market.demo.traits import LAKH

_TICKS_A_RUPEE: Final = 20
_CRORE: Final = 1e7


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
                "source": pl.repeat("demo", len(self.company), eager=True),
            }
        )

    def last_close(self) -> Floats:
        """The last close of each company as traded; every company has at least one bar."""
        last = np.flatnonzero(np.diff(self.company, append=-1))
        out: Floats = self.prices["close"][last]
        return out

    def volume_of(self, members: Flags) -> Floats:
        """Shares of the members traded in each session."""
        weights = self.volume * members[self.company]
        out: Floats = np.bincount(self.session, weights, minlength=len(sessions()))
        return out


def draw_bars(rng: np.random.Generator, roster: Roster, capital: Capital, tape: Tape) -> Bars:
    """Draw the bars around the closes of the tape.

    A session on which a thin stock did not trade has volume 0 at the last close; suspended and
    seldom traded ones have no bar at all.
    """
    count, n = tape.close.shape
    untraded = _untraded(rng, roster, tape)
    adjusted = _carried_forward(tape.close, untraded)
    change = np.nan_to_num(np.diff(np.log(adjusted), axis=0, prepend=np.log(adjusted[:1])))
    close = adjusted * _factors(capital, count, n)
    spread = tape.volatility.astype(np.float32) * 0.45
    opening = close * np.exp(-change * rng.uniform(0.2, 1.1, n))
    above, below = (np.exp(np.abs(_normals(rng, count, n)) * spread) for _ in range(2))
    raw = {
        "open": opening,
        "high": np.maximum(opening, close) * above,
        "low": np.minimum(opening, close) / below,
        "close": close,
    }
    volume = np.where(untraded, 0.0, _volume(rng, roster, tape, capital, close, change))
    keep = np.flatnonzero(_kept(rng, roster, tape).T)
    company, session = np.divmod(keep, count)
    prices = {
        name: _ticks(_company_major(np.where(untraded, close, value), keep))
        for name, value in raw.items()
    }
    return Bars(company, session, prices, _company_major(volume, keep))


def _ticks(price: Floats) -> Floats:
    """To the nearest tick, one at least."""
    out: Floats = np.maximum(np.round(price * _TICKS_A_RUPEE), 1) / _TICKS_A_RUPEE
    return out


def _company_major(table: Floats, keep: Ints) -> Floats:
    """The kept cells of a (sessions, companies) table, one company after the other."""
    out: Floats = np.ascontiguousarray(table.T).reshape(-1)[keep]
    return out


def _normals(rng: np.random.Generator, count: int, n: int) -> Floats:
    out: Floats = rng.standard_normal((count, n), dtype=np.float32)
    return out


def _untraded(rng: np.random.Generator, roster: Roster, tape: Tape) -> Flags:
    """Sessions on which a thin stock did not trade; never the first one."""
    out = np.zeros(tape.close.shape, dtype=bool)
    thin = np.flatnonzero(roster.thin)
    share = rng.uniform(0.04, 0.5, len(thin))
    out[:, thin] = (rng.random((len(out), len(thin))) < share) & tape.alive[:, thin]
    out[1:] &= tape.alive[:-1]
    out[0] = False
    return out


def _carried_forward(close: Floats, untraded: Flags) -> Floats:
    """Closes with the last traded one where there was no trade."""
    out = close.copy()
    columns = np.flatnonzero(untraded.any(axis=0))
    sessions_ = np.arange(len(close))[:, None]
    last = np.maximum.accumulate(np.where(untraded[:, columns], 0, sessions_), axis=0)
    out[:, columns] = close[last, columns]
    return out


def _factors(capital: Capital, count: int, n: int) -> Floats:
    """What turns a price in today's shares into the price as traded."""
    out = np.ones((count, n))
    at = np.searchsorted(sessions(), capital.events.ex_date)
    for company, session, factor in zip(
        capital.events.company, at, capital.events.factor, strict=True
    ):
        out[:session, company] *= factor
    return out


def _volume(
    rng: np.random.Generator,
    roster: Roster,
    tape: Tape,
    capital: Capital,
    close: Floats,
    change: Floats,
) -> Floats:
    """Shares traded: a usual share of the company a year, more on days of large moves."""
    count, n = tape.close.shape
    yearly = np.interp(roster.rank, [1, 250, 1000, 2200], [0.45, 0.8, 0.7, 0.45])
    yearly = yearly * np.exp(rng.normal(0, 0.6, n))
    usual = yearly / 250 * capital.shares[-1] * _CRORE
    excited = 0.6 + 14 * np.abs(change)
    shares = usual * np.exp(0.45 * _normals(rng, count, n)) * excited
    # Shares were fewer and dearer before a split: the money traded is what is usual.
    shares *= tape.close / close
    return np.maximum(np.rint(np.nan_to_num(shares)), 1.0)


def _kept(rng: np.random.Generator, roster: Roster, tape: Tape) -> Flags:
    """The sessions that leave a bar."""
    keep = tape.alive.copy()
    count = len(keep)
    for company in np.flatnonzero(roster.suspended):
        keep[count - rng.integers(12, 230) :, company] = False
    seldom = np.flatnonzero(roster.seldom)
    first = tape.alive[:, seldom].argmax(axis=0)
    keep[:, seldom] &= rng.random((count, len(seldom))) < 0.2
    keep[first, seldom] = True
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
