"""Demo lists over time: half-yearly size lists, index members, and when results were told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.benchmarks import NEW_LISTINGS, SIZE_INDICES, newly_listed
from screener.market.demo.days import DEMO_DATE, Flags, Floats, sessions
from screener.market.demo.filings import SOURCE
from screener.market.demo.roster import Roster
from screener.market.demo.tape import Tape, full_market_rank
from screener.market.lists import merged_members
from screener.market.schema import empty
from screener.market.standing import size_class

_HALF_YEARS: Final = tuple(
    dt.date(year, month, day) for year in range(2021, 2026) for month, day in ((6, 30), (12, 31))
)
_RESHUFFLE_DAYS: Final = 88  # from the end of a half-year to the change of index members
_FIRST_RESHUFFLE: Final = dt.date(2023, 6, 30)
_TODAY_SINCE: Final = dt.date(2026, 1, 1)  # from which the members are those of today
_EVENTS_SINCE: Final = dt.date(2024, 1, 1)
_TOLD_AT: Final = "7h45m"  # UTC, a quarter past one in Mumbai


def size_table(tape: Tape, shares: Floats, isins: Sequence[str]) -> pl.DataFrame:
    """The size lists (schema SIZES) of every half-year of the price history."""
    lists = []
    for end in _HALF_YEARS:
        caps = _half_year_caps(tape, shares, end)
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


def _half_year_caps(tape: Tape, shares: Floats, end: dt.date) -> Floats:
    """Average market cap of the half-year; NaN for companies not listed in it."""
    begin = dt.date(end.year, 1 if end.month == 6 else 7, 1)
    first, last = np.searchsorted(sessions(), np.array([begin, end], dtype="datetime64[D]"))
    window = tape.close[first : last + 1]
    traded = np.isfinite(window).any(axis=0)
    caps = np.full(window.shape[1], np.nan)
    caps[traded] = np.nanmean(window[:, traded], axis=0) * shares[traded]
    return caps


def member_table(
    sizes: pl.DataFrame, roster: Roster, isins: Sequence[str], today: Mapping[str, Flags]
) -> pl.DataFrame:
    """Index members (schema MEMBERS): reshuffled after each half-year, today's at the end."""
    members = empty("members")
    for end in _HALF_YEARS:
        if end < _FIRST_RESHUFFLE:
            continue
        day = end + dt.timedelta(days=_RESHUFFLE_DAYS)
        if day >= _TODAY_SINCE:
            continue
        ranked = sizes.filter(pl.col("period_end") == end)
        found = {
            name: ranked.filter(pl.col("size_rank").is_between(a, b))["isin"].to_list()
            for name, (a, b) in SIZE_INDICES.items()
        }
        found[NEW_LISTINGS] = _of(isins, newly_listed(roster, day))
        members = merged_members(members, found, day, SOURCE)
    final = {name: _of(isins, flags) for name, flags in today.items()}
    return merged_members(members, final, _TODAY_SINCE, SOURCE)


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
