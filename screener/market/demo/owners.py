"""Who owns the demo companies, and what a site would print beside their names today."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import QUARTERS, Floats, quarter_ends, session_on_or_after
from screener.market.demo.filings import TODAY, FactWriter, Known
from screener.market.demo.ledger import Books
from screener.market.demo.roster import Roster, choose
from screener.market.demo.traits import LAKH

_PATTERNS: Final = 13
_WHOLE: Final = 10000  # holdings are drawn in hundredths of a percent so that they add up to 100
_PUBLISHED_AFTER: Final = 21  # days
_LEAST_PUBLIC: Final = 300


def holding_facts(rng: np.random.Generator, roster: Roster, writer: FactWriter) -> pl.DataFrame:
    """Thirteen quarterly shareholding patterns, from the first one after the listing."""
    n = roster.count
    quarters = np.broadcast_to(np.arange(QUARTERS - _PATTERNS, QUARTERS), (n, _PATTERNS))
    ends = quarter_ends()[quarters]
    shares = _shares(rng, roster)
    pledged = _pledged(rng, roster)
    lines = {name: value / 100 for name, value in shares.items()}
    lines["shareholders"] = _shareholders(rng, roster)
    lines["pledged"] = np.where(shares["promoters"] > 0, pledged, np.nan)
    on_file = ends > roster.listed_on[:, None]
    return writer.write(
        "holding",
        {name: np.where(on_file, value, np.nan) for name, value in lines.items()},
        ends,
        np.zeros_like(quarters),
        session_on_or_after(ends + _PUBLISHED_AFTER),
        np.zeros_like(on_file),
    )


def _drift(rng: np.random.Generator, n: int, sd: float, often: float) -> Floats:
    """Steps of a slow walk that ends at 0 in the latest pattern, (companies, patterns)."""
    moves = rng.normal(0, sd, (n, _PATTERNS)) * (rng.random((n, _PATTERNS)) < often)
    path: Floats = np.cumsum(moves, axis=1)
    path -= path[:, -1:]
    return path


def _shares(rng: np.random.Generator, roster: Roster) -> dict[str, Floats]:
    """Hundredths of a percent by owner; `public` is the rest, so each pattern adds up to 10,000."""
    n, rank = roster.count, roster.rank
    promoters = np.clip(rng.normal(5400, 1400, n), 800, 7490)
    promoters[choose(rng, rank > 0, 0.05 * n)] = 0
    foreign = np.interp(rank, [1, 250, 1000, 2200], [1800, 1100, 300, 30])
    foreign = foreign * rng.gamma(1.6, 0.6, n) * np.exp(0.2 * roster.quality)
    domestic = np.interp(rank, [1, 250, 1000, 2200], [1900, 1500, 400, 20])
    domestic = domestic * rng.gamma(1.6, 0.6, n) * np.exp(0.25 * roster.quality)
    state = np.where(rng.random(n) < 0.12, rng.uniform(1, 60, n), 0.0)
    usual = {"promoters": promoters, "fiis": foreign, "diis": domestic, "government": state}
    often = {"promoters": 0.25, "fiis": 0.9, "diis": 0.9, "government": 0.05}
    paths = {
        name: np.maximum(level[:, None] * np.exp(_drift(rng, n, 0.045, often[name])), 0)
        for name, level in usual.items()
    }
    room = (_WHOLE - _LEAST_PUBLIC) / np.maximum(sum(paths.values()), 1)
    paths = {name: np.floor(path * np.minimum(room, 1)) for name, path in paths.items()}
    return paths | {"public": _WHOLE - sum(paths.values())}


def _shareholders(rng: np.random.Generator, roster: Roster) -> Floats:
    today = np.interp(np.log(roster.rank), [0, np.log(250), np.log(2200)], [14.2, 12.2, 9.2])
    growth = rng.normal(0.02, 0.03, roster.count)[:, None] * np.arange(1 - _PATTERNS, 1)
    holders = np.exp(today + rng.normal(0, 0.8, roster.count))[:, None] * np.exp(growth)
    out: Floats = np.rint(np.maximum(holders, 220))
    return out


def _pledged(rng: np.random.Generator, roster: Roster) -> Floats:
    """Pledged share of the promoters' holding in percent; a few companies do not say."""
    n = roster.count
    pledging = choose(rng, roster.quality < 0.7, 0.10 * n)
    level = np.where(pledging, 100 * rng.beta(1.1, 2.6, n), 0.0)
    path = level[:, None] * np.exp(_drift(rng, n, 0.18, 0.4))
    silent = choose(rng, ~pledging, 0.03 * n)[:, None]
    return np.where(silent, np.nan, np.round(np.minimum(path, 100), 2))


def snapshot_facts(
    roster: Roster,
    capital: Capital,
    books: Books,
    known: Known,
    close: Floats,
    writer: FactWriter,
) -> pl.DataFrame:
    """What a site prints today: price, market cap, P/E, book value, yield, face value."""
    n = roster.count
    shares = capital.shares[-1]
    last = np.where(known.quarter[:, -1] <= TODAY, QUARTERS - 1, QUARTERS - 2)
    rows = np.arange(n)
    core = books.lines["owners_profit"][:, :n] - 0.75 * books.lines["exceptional"][:, :n]
    total = np.concatenate([np.zeros((1, n)), core]).cumsum(axis=0)
    earned = (total[last + 1, rows] - total[last - 3, rows]) / LAKH
    paid = books.lines["dividends"][-4:, :n].sum(axis=0) / LAKH
    equity = books.lines["equity"][QUARTERS - 2, :n] / LAKH
    cap = close * shares
    with np.errstate(divide="ignore", invalid="ignore"):
        lines = {
            "market_cap_printed": np.round(cap, 2),
            "price_printed": close,
            "pe_printed": np.where(earned > 0, np.round(cap / earned, 2), np.nan),
            "book_value_printed": np.round(equity / shares, 2),
            "dividend_yield_printed": np.round(paid / cap * 100, 2),
            "face_value": capital.face[-1],
        }
    today = np.full((n, 1), TODAY)
    return writer.write(
        "snapshot",
        {name: value[:, None] for name, value in lines.items()},
        today,
        np.zeros((n, 1), dtype=np.int64),
        today,
        np.zeros((n, 1), dtype=bool),
    )
