"""Whether what was gathered may take the place of the market there is, and what it says of itself.

A first market is published whatever it holds, for something beats nothing, and says how much that
is. Any later one must hold at least `LEAST_KEPT` of what the one before held: a day on which a
source lost companies leaves the market as it was. Losses of a few companies never hold one back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from scrapers import amfi, bse, filed, nse
from scrapers.clock import in_india
from scrapers.screener_in import SOURCE as SCREENER

Tables = Mapping[str, pl.DataFrame]

#: The share of the companies of the market before that a new one must hold, part by part.
LEAST_KEPT: Final[Mapping[str, float]] = {
    "listed companies": 0.8,
    "companies with statements": 0.95,
    "companies with a price of the last session": 0.9,
    "companies with a size": 0.8,
}
A_FEW: Final = 10  # companies


def coverage(tables: Tables) -> dict[str, float]:
    """Shares of the listed companies that have statements, a price of the last session, a size."""
    listed, *parts = _counts(tables).values()
    names = ("statements", "prices", "sizes")
    return {name: part / listed for name, part in zip(names, parts, strict=True)} if listed else {}


def shortfalls(tables: Tables, previous: Tables) -> Iterator[str]:
    """What the tables hold too little of to take the place of the previous ones."""
    held, before = _counts(tables), _counts(previous)
    for part, least in LEAST_KEPT.items():
        lost = before[part] - held[part]
        if lost > A_FEW and held[part] < least * before[part]:
            yield f"{held[part]:,} {part} instead of {before[part]:,}"


def market_date(tables: Tables, today: dt.date) -> dt.date:
    """The day up to which the market is known: that of the last prices or of the last page read.

    Figures read after the last session, on a weekend say, belong to the market that is published.
    """
    days = [day for day in (last_session(tables),) if day]
    if tables["facts"].height:
        days.append(in_india(_last_seen(tables["facts"]).replace(tzinfo=dt.UTC)).date())
    return max(days, default=today)


def last_session(tables: Tables) -> dt.date | None:
    """The day of the newest prices."""
    last = tables["prices"]["date"].max()
    return last if isinstance(last, dt.date) else None


def source_notes(tables: Tables) -> dict[str, str]:
    """For each source that gave anything, what and until when."""
    companies, facts = tables["companies"], tables["facts"]
    last = last_session(tables)
    prices = f"prices to {last:%d %b %Y}" if last else "no prices"
    told = [f"{companies.height:,} companies", prices]
    if tables["actions"].height:
        told.append(f"{tables['actions'].height:,} corporate actions")
    if tables["indices"].height:
        told.append(f"levels of {tables['indices']['index'].n_unique():,} indices")
    notes = {nse.SOURCE: ", ".join(told)}
    alone = companies.filter(pl.col("source") == bse.SOURCE).height
    if alone:
        notes[bse.SOURCE] = f"{alone:,} companies listed there alone"
    told_by = facts.filter(pl.col("source") == filed.SOURCE)
    if told_by.height:
        notes[filed.SOURCE] = (
            f"{told_by.height:,} figures of {told_by['isin'].n_unique():,} companies"
        )
    ranked = companies["size_rank"].count()
    if ranked:
        notes[amfi.SOURCE] = f"size of {ranked:,} companies"
    facts = facts.filter(pl.col("source") != filed.SOURCE)
    if facts.height:
        notes[SCREENER] = (
            f"{facts.height:,} figures of {facts['isin'].n_unique():,} companies, "
            f"read until {_last_seen(facts):%d %b %Y}"
        )
    return notes


def _counts(tables: Tables) -> dict[str, int]:
    """How many companies there are of each part, in the order of `LEAST_KEPT`."""
    active = tables["companies"].filter(pl.col("status") == "active")
    with_facts = tables["facts"].filter(pl.col("kind") == "annual")
    # Each exchange has a last session of its own: the file of one may come later.
    priced = tables["prices"].filter(pl.col("date") == pl.col("date").max().over("source"))
    counts = (
        active.height,
        active.join(with_facts, on="isin", how="semi").height,
        active.join(priced, on="isin", how="semi").height,
        active["size_rank"].count(),
    )
    return dict(zip(LEAST_KEPT, counts, strict=True))


def _last_seen(facts: pl.DataFrame) -> dt.datetime:
    last = facts["seen_at"].max()
    assert isinstance(last, dt.datetime)
    return last
