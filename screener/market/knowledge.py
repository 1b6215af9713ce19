"""When the market could first have known a figure whose broadcast time is not on record.

Listing rules give a company 45 days after a quarter, 60 after a financial year and 21 for its
shareholding pattern. Counting to the end of that time is late for most companies and early for
none that keep the rules, so a replay sees nothing too soon.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

QUARTER_DAYS: Final = 45  # SEBI LODR regulation 33, quarterly results
YEAR_DAYS: Final = 60  # the same, audited annual results
MARKET_OPENS: Final = dt.time(9, 15)  # in India
HOLDING_DAYS: Final = 21  # regulation 31, shareholding pattern

_DAYS_BY_KIND: Final = {
    "annual": YEAR_DAYS,
    "quarter": QUARTER_DAYS,
    "interim": QUARTER_DAYS,
    "holding": HOLDING_DAYS,
}


@lru_cache(maxsize=4096)
def known_by_rule(kind: str, period_end: dt.date) -> dt.date | None:
    """The first weekday on which the rules make a figure of that kind and period known.

    None for a snapshot, which no rule dates. Exchange holidays are not taken into account.
    """
    due = due_by_rule(kind, period_end)
    return None if due is None else next_weekday(due)


def due_by_rule(kind: str, period_end: dt.date) -> dt.date | None:
    """The last day the rules leave a company to publish a figure of that kind."""
    days = _DAYS_BY_KIND.get(kind)
    return None if days is None else period_end + dt.timedelta(days=days)


def known_at(kind: str, period_end: dt.date, seen: dt.date) -> tuple[dt.date, str]:
    """The day a figure counts as known, and how that was found (`rule` or `seen`).

    A figure that was read before its rule date was plainly out by then: the day it was seen counts.
    """
    rule = known_by_rule(kind, period_end)
    if rule is None or rule > seen:
        return seen, "seen"
    return rule, "rule"


def known_by_broadcast(moment: dt.datetime) -> dt.date:
    """The first weekday on which the market could act on what was broadcast at that moment.

    moment: as clocks in India show it. What is out before the market opens counts that day.
    """
    before_open = moment.time() < MARKET_OPENS
    return next_weekday(moment.date() + dt.timedelta(days=not before_open))


def next_weekday(day: dt.date) -> dt.date:
    """That day, or the Monday after it where it is a Saturday or Sunday."""
    return day + dt.timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0)
