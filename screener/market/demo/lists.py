"""Demo lists over time: half-yearly size lists, index members, and when results were told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.benchmarks import NEW_LISTINGS, SIZE_INDICES, newly_listed
from screener.market.demo.days import DEMO_DATE, Flags, Floats
from screener.market.demo.filings import SOURCE
from screener.market.demo.roster import Roster
from screener.market.demo.tape import (
    HALF_YEARS,
    TODAY_SINCE,
    Tape,
    by_session,
    full_market_rank,
    half_year_cap,
    ranks_over_time,
)
from screener.market.lists import merged_members
from screener.market.schema import empty
from screener.market.standing import size_class

_FIRST_RECORDED: Final = dt.date(2023, 7, 1)  # no list of members from before is on file
_EVENTS_SINCE: Final = dt.date(2024, 1, 1)
_TOLD_AT: Final = "7h45m"  # UTC, a quarter past one in Mumbai


def size_table(tape: Tape, shares: Floats, isins: Sequence[str]) -> pl.DataFrame:
    """The size lists (schema SIZES) of every half-year of the price history."""
    lists = []
    for end in HALF_YEARS:
        caps = half_year_cap(tape.close, shares, end)
        listed = np.flatnonzero(np.isfinite(caps))
        lists.append(
            pl.DataFrame(
                {
                    "isin": np.array(isins)[listed],
                    "period_end": pl.repeat(end, len(listed), eager=True),
                    "size_rank": full_market_rank(caps[listed]),
                    "size_mcap": np.round(caps[listed], 2),
                    "source": pl.repeat(SOURCE, len(listed), eager=True),
                }
            )
        )
    return pl.concat(lists).with_columns(size_class(pl.col("size_rank")).alias("size_class"))


def reshuffles(
    tape: Tape, shares: Floats, roster: Roster, today: Mapping[str, Flags]
) -> dict[dt.date, dict[str, Flags]]:
    """The members of each index from each day on: after each half-year, today's at the end."""
    found = {}
    for day, rank in ranks_over_time(tape.close, shares).items():
        found[day] = {n: (rank >= a) & (rank <= b) for n, (a, b) in SIZE_INDICES.items()}
        found[day][NEW_LISTINGS] = newly_listed(roster, day)
    return found | {TODAY_SINCE: dict(today)}


def members_by_session(shuffled: Mapping[dt.date, Mapping[str, Flags]]) -> dict[str, Flags]:
    """Index → who belonged to it (sessions, companies)."""
    names = next(iter(shuffled.values()))
    return {n: by_session({day: one[n] for day, one in shuffled.items()}) for n in names}


def member_table(
    shuffled: Mapping[dt.date, Mapping[str, Flags]], isins: Sequence[str]
) -> pl.DataFrame:
    """Index members (schema MEMBERS); those of the first years are on no record."""
    members = empty("members")
    for day, lists in shuffled.items():
        if day >= _FIRST_RECORDED:
            found = {name: _of(isins, flags) for name, flags in lists.items()}
            members = merged_members(members, found, day, SOURCE)
    return members


def _of(isins: Sequence[str], flags: Flags) -> list[str]:
    return [isins[int(i)] for i in np.flatnonzero(flags)]


def event_table(facts: pl.DataFrame) -> pl.DataFrame:
    """When results of the last two years were told (schema EVENTS)."""
    results = (
        facts.filter(
            pl.col("kind").is_in(["annual", "quarter"]), pl.col("known_at") > _EVENTS_SINCE
        )
        .group_by("isin", "kind", "period_end")
        .agg(pl.col("known_at").min().alias("date"))
        .filter(pl.col("date") <= DEMO_DATE)
        .sort("date", "isin", "kind", "period_end")
    )
    words = pl.when(pl.col("kind") == "annual").then(pl.lit("year")).otherwise(pl.lit("quarter"))
    return results.select(
        "isin",
        "date",
        pl.lit("result").alias("kind"),
        "period_end",
        pl.col("date").cast(pl.Datetime("ms")).dt.offset_by(_TOLD_AT).alias("broadcast_at"),
        pl.format(
            "Results of the {} ended {}", words, pl.col("period_end").dt.strftime("%d %b %Y")
        ).alias("text"),
        pl.lit(SOURCE).alias("source"),
    )
