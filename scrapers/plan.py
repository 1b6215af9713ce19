"""Which companies a run asks about, in what order, and whose stored pages a filing made old.

Shortlisted companies come first, then those that filed since their page was read, then the rest;
within each, those never read, small caps before large, then those read longest ago.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import polars as pl

from scrapers.cells import month_end
from scrapers.clock import IST
from screener.errors import UnknownName
from screener.market.knowledge import QUARTER_DAYS, YEAR_DAYS
from screener.market.renames import old_symbols
from screener.shortlists import Shortlist

#: A filing longer ago than this no longer puts a company before the others.
RECENT_DAYS: Final = 30
SMALL_CAPS_FROM: Final = 251  # rank by size of the first small cap
_LARGE_COME_LAST: Final = 100_000.0
_UNRANKED: Final = 50_000.0
_FINANCIAL_YEAR_ENDS_IN: Final = 3
_MEETING_ABOUT_RESULTS: Final = r"(?i)result|financial"


class Tier(IntEnum):
    """What makes a company wanted, the most urgent first."""

    SHORTLIST = 0
    FILED = 1
    REST = 2


@dataclass(frozen=True)
class Plan:
    """The companies a run asks about.

    places: ISIN → order among equals. shortlisted: on a saved shortlist. old_before: ISIN → a page
    read before that moment lacks a filing. asked_for: named by the user, so read whether due or
    not.
    """

    places: Mapping[str, float]
    shortlisted: Collection[str] = ()
    old_before: Mapping[str, dt.datetime] = field(default_factory=dict)
    asked_for: bool = False

    def tier(self, isin: str, read_at: float) -> Tier:
        """How wanted a company is whose page was read then (seconds since 1970; 0: never)."""
        if isin in self.shortlisted:
            return Tier.SHORTLIST
        old_before = self.old_before.get(isin)
        if old_before is not None and read_at < old_before.timestamp():
            return Tier.FILED
        return Tier.REST


def plan_of(
    companies: pl.DataFrame,
    facts: pl.DataFrame,
    events: pl.DataFrame,
    lists: Iterable[Shortlist],
    now: dt.datetime,
    only: Sequence[str] | None = None,
) -> Plan:
    """What a run asks about: every listed company, or those `only` names, see `chosen`."""
    active = companies.filter(pl.col("status") == "active")
    lists = [shortlist for shortlist in lists if not shortlist.demo]
    if only:
        isins = chosen(only, active, lists, old_symbols(events))
        places = {isin: float(place) for place, isin in enumerate(isins)}
    else:
        places = _by_size(active)
    return Plan(
        places,
        frozenset(entry.isin for shortlist in lists for entry in shortlist.entries),
        filed_since(facts, events, now),
        asked_for=bool(only),
    )


def chosen(
    only: Sequence[str],
    companies: pl.DataFrame,
    lists: Iterable[Shortlist] = (),
    former: Mapping[str, str] | None = None,
) -> list[str]:
    """The ISINs that names stand for, in the order given, each once.

    A name is a symbol, BSE code or ISIN of one of the companies, the name of a saved shortlist,
    that of an index, or a symbol a company had before (former: without case → ISIN); the first of
    these that fits counts, and capitals do not matter. Raises UnknownName.
    """
    one = {
        name.casefold(): isin
        for code, isin, symbol in companies.select("bse_code", "isin", "symbol").iter_rows()
        for name in (code, isin, symbol)
        if name
    }
    listed = set(companies["isin"])
    renamed = {name: isin for name, isin in (former or {}).items() if isin in listed}
    many: dict[str, list[str]] = {}
    shown: list[str] = companies["symbol"].to_list()
    for name, isins in _indices(companies).items():
        many[name.casefold()] = isins
        shown.append(name)
    for shortlist in lists:
        many[shortlist.name.casefold()] = [
            entry.isin for entry in shortlist.entries if entry.isin in listed
        ]
        shown.append(shortlist.name)
    found: dict[str, None] = {}
    for name in only:
        key = name.strip().casefold()
        if key not in one and key not in many and key not in renamed:
            raise UnknownName.among("listed company, shortlist or index", name, shown)
        isins = [one[key]] if key in one else many[key] if key in many else [renamed[key]]
        if not isins:
            raise UnknownName(
                f"The shortlist “{name}” holds no company that is listed here.",
                "It may have been saved from the demo market.",
            )
        found.update(dict.fromkeys(isins))
    return list(found)


def filed_since(
    facts: pl.DataFrame, events: pl.DataFrame, now: dt.datetime
) -> dict[str, dt.datetime]:
    """ISIN → the moment before which a page that was read lacks something that is out by now.

    From filings and board meetings on record, and where the last quarter known is followed by one
    that the listing rules make due by now. A site takes hours to show a filing, so what was
    filed on a day counts from the next one on.
    """
    known = _by_the_rules(facts, now)
    for isin, moment in _by_events(events, now).items():
        known[isin] = max(moment, known.get(isin, moment))
    return known


def _by_events(events: pl.DataFrame, now: dt.datetime) -> dict[str, dt.datetime]:
    """The day after the last filing or results meeting of each company."""
    today = now.astimezone(IST).date()
    told = (
        pl.col("broadcast_at")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("Asia/Kolkata")
        .dt.date()
    )
    about = pl.col("kind").is_in(["result", "shareholding"]) | (
        (pl.col("kind") == "board_meeting")
        & pl.col("text").str.contains(_MEETING_ABOUT_RESULTS).fill_null(False)
    )
    days = (
        events.filter(about)
        .with_columns(pl.coalesce(told, "date").alias("day"))
        .filter(pl.col("day") < today, pl.col("day") >= today - dt.timedelta(days=RECENT_DAYS))
        .group_by("isin")
        .agg(pl.col("day").max())
    )
    return {isin: _morning_after(day) for isin, day in days.iter_rows()}


def _by_the_rules(facts: pl.DataFrame, now: dt.datetime) -> dict[str, dt.datetime]:
    """Companies whose next quarter or half-year is due by now, and the day after it was due."""
    end, due = last_due_quarter(now.astimezone(IST).date())
    behind = (
        facts.lazy()
        .filter(pl.col("kind") == "quarter")
        .group_by("isin")
        .agg(pl.col("period_end").max(), pl.col("months").sort_by("period_end").last())
        .filter(
            pl.col("period_end")
            .dt.offset_by(pl.format("{}mo", pl.col("months").clip(3, 6)))
            .dt.month_end()
            <= end
        )
        .select("isin")
        .collect()
    )
    return dict.fromkeys(behind["isin"], _morning_after(due))


def last_due_quarter(today: dt.date) -> tuple[dt.date, dt.date]:
    """The end of the newest quarter whose results the listing rules make due by today, and when.

    Results of the last quarter of a financial year come with the audited year.
    """
    quarters = (month_end(today.year - back, month) for back in range(3) for month in (12, 9, 6, 3))
    for end in quarters:
        days = YEAR_DAYS if end.month == _FINANCIAL_YEAR_ENDS_IN else QUARTER_DAYS
        due = end + dt.timedelta(days=days)
        if due < today:
            return end, due
    raise AssertionError("within three years some quarter is due")


def _morning_after(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0), IST)


def _by_size(active: pl.DataFrame) -> dict[str, float]:
    """Small caps by size first, those without a size then, large ones last."""
    rank = pl.col("size_rank")
    order = active.select(
        "isin",
        pl.when(rank >= SMALL_CAPS_FROM)
        .then(rank)
        .when(rank.is_not_null())
        .then(rank + _LARGE_COME_LAST)
        .otherwise(_UNRANKED),
    )
    return {isin: float(place) for isin, place in order.iter_rows()}


def _indices(companies: pl.DataFrame) -> dict[str, list[str]]:
    """The members of each index, the largest first."""
    members = (
        companies.sort("size_rank", nulls_last=True)
        .select("isin", pl.col("indices").alias("index"))
        .explode("index")
        .drop_nulls()
        .group_by("index", maintain_order=True)
        .agg("isin")
    )
    return dict(members.iter_rows())
