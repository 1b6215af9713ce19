"""The demo market: fictional companies of every kind, generated from a seed, never gathered.

What a new user sees before the first refresh, and what the tests run on. Statements obey the
accounting identities, quarters add up to years, and the last year shows a small-cap distribution
phase. The same seed gives the same market.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo import (
    benchmarks,
    capital,
    consensus,
    filings,
    lists,
    names,
    owners,
    roster,
    trading,
    traits,
)
from screener.market.demo import ledger as ledgers
from screener.market.demo import tape as tapes
from screener.market.demo.days import DEMO_DATE, Flags, Floats, Ints
from screener.market.demo.filings import SOURCE
from screener.market.schema import SIZE_CLASSES, TABLES, conform, empty

__all__ = ["COMPANIES", "DEMO_DATE", "SEED", "generate"]

SEED: Final = 2026
COMPANIES: Final = roster.FULL_MARKET


def generate(seed: int = SEED, companies: int = COMPANIES) -> dict[str, pl.DataFrame]:
    """Every table of the schema for a market of that many companies on DEMO_DATE.

    A market of fewer than COMPANIES is a thinned one: size ranks are spread over those of a full
    market, so that every size and kind still occurs. Raises ValueError below 50 companies.
    """
    if companies < 50:
        raise ValueError(f"a demo market needs at least 50 companies, not {companies}")
    rngs = (np.random.default_rng([seed, part]) for part in range(20))
    who = roster.assemble(next(rngs), companies)
    business = traits.draw_traits(next(rngs), who)
    shares = capital.draw_capital(next(rngs), who, business)
    books = ledgers.keep_books(next(rngs), who, business, shares)
    known = filings.draw_known(next(rngs), who, books)
    tape = tapes.draw_tape(next(rngs), who, business, shares, books)
    bars = trading.draw_bars(next(rngs), who, shares, tape)

    isins = names.isins(companies)
    size = tapes.average_cap(tape.close, shares.shares[-1])
    rank = tapes.full_market_rank(size)
    classes = _size_classes(rank)
    members = benchmarks.memberships(rank, who)
    main = filings.FactWriter(isins, np.arange(companies), who.standalone.astype(np.int64))
    facts = [
        *filings.statement_facts(next(rngs), who, shares, books, known, isins),
        owners.holding_facts(next(rngs), who, main),
        owners.snapshot_facts(who, shares, books, known, bars.last_close(), main),
    ]
    every_fact = pl.concat(facts)
    sizes = lists.size_table(tape, shares.shares[-1], isins)
    shuffled = lists.reshuffles(tape, shares.shares[-1], who, members)
    tables = {
        "companies": _company_table(next(rngs), who, shares, isins, size, rank, classes, members),
        "facts": every_fact,
        "prices": bars.table(isins),
        "actions": trading.action_table(next(rngs), who, shares, books, isins),
        "indices": benchmarks.index_table(
            next(rngs), who, shares, books, tape, bars, lists.members_by_session(shuffled)
        ),
        "estimates": consensus.estimate_table(next(rngs), who, shares, books, classes, isins),
        "sizes": sizes,
        "members": lists.member_table(shuffled, isins),
        "events": lists.event_table(every_fact),
    }
    return {name: conform(name, tables.get(name, empty(name))) for name in TABLES}


def _size_classes(rank: Ints) -> list[str]:
    """large to rank 100, mid to 250, small to 500, micro beyond."""
    return [SIZE_CLASSES[i] for i in np.searchsorted([100, 250, 500], rank, side="left")]


def _company_table(
    rng: np.random.Generator,
    who: roster.Roster,
    shares: capital.Capital,
    isins: Sequence[str],
    size: Floats,
    rank: Ints,
    classes: Sequence[str],
    members: dict[str, Flags],
) -> pl.DataFrame:
    n = who.count
    words = names.roots(rng, n)
    trades = [
        t.words[i % len(t.words)] for t, i in zip(who.trades, rng.integers(0, 60, n), strict=True)
    ]
    restricted = roster.choose(rng, rank > 800, 0.03 * n)
    series = np.select(
        [who.suspended, who.sme & (rank % 3 == 0), who.sme, restricted],
        ["BZ", "ST", "SM", "BE"],
        "EQ",
    )
    codes = names.bse_codes(n)
    on_one_exchange = who.sme | roster.choose(rng, rank > 400, 0.04 * n)
    return pl.DataFrame(
        {
            "isin": isins,
            "symbol": names.symbols(words),
            "bse_code": [None if one else c for one, c in zip(on_one_exchange, codes, strict=True)],
            "name": names.names(words, trades),
            "series": series,
            "listed_on": pl.Series(who.listed_on.astype("datetime64[D]").astype(np.int32)).cast(
                pl.Date
            ),
            "face_value": shares.face[-1],
            "macro_sector": [leaf.macro_sector for leaf in who.leaves],
            "sector": [leaf.sector for leaf in who.leaves],
            "industry": [leaf.industry for leaf in who.leaves],
            "basic_industry": [leaf.name for leaf in who.leaves],
            "template": who.template,
            "is_financial": who.is_financial,
            "is_sme": who.sme,
            "size_class": list(classes),
            "size_rank": rank,
            "size_mcap": size,
            "indices": [[name for name, m in members.items() if m[i]] for i in range(n)],
            "status": np.where(who.suspended, "suspended", "active"),
            "source": pl.repeat(SOURCE, n, eager=True),
        }
    )
