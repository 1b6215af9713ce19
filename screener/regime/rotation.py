"""Where money goes instead: small caps against large caps, gold, silver and new listings."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from screener.market.bars import FALL_BREAK, RISE_BREAK
from screener.market.prices import adjusted

WEEKS: Final = 52
CHANGE_WEEKS: Final = 13
MIN_WEEKS: Final = 40  # fewer make no z

#: What an index stands for, by the names exchanges and funds use; the first match counts.
ROLES: Final = {
    "small": re.compile(r"small ?cap ?250", re.IGNORECASE),
    "mid": re.compile(r"mid ?cap ?150", re.IGNORECASE),
    "large": re.compile(r"^(nifty|demo|bse) ?100$", re.IGNORECASE),
    "gold": re.compile(r"gold", re.IGNORECASE),
    "silver": re.compile(r"silver", re.IGNORECASE),
    "new": re.compile(r"\bipo\b|new listings", re.IGNORECASE),
}
TITLES: Final = {
    "large": "large caps",
    "gold": "gold",
    "silver": "silver",
    "new": "new listings",
}
OWN_NEW_LISTINGS: Final = "listed in two years, equal weight"

_GAP_DAYS: Final = 10
_NEW_DAYS: Final = 730
_SETTLED_DAYS: Final = 7  # the first days of a listing have no price band
_MIN_NEW: Final = 5

Series = tuple[list[dt.date], list[float]]


@dataclass(frozen=True)
class Rotation:
    """ln(small caps / the other): its change over 13 weeks and its place in 52 weeks.

    `z` is how many standard deviations of 52 weekly values the ratio stands off their mean; below
    zero the small caps are weak against the other. `missing` says why there are no figures.
    """

    key: str
    title: str
    small: str
    other: str
    change: float | None = None
    z: float | None = None
    missing: str = ""
    weekly: tuple[float | None, ...] = ()  # the log ratio now, a week ago, two … back to a year


def roles(names: list[str]) -> dict[str, str]:
    """Role → the index that plays it, of those there are."""
    found: dict[str, str] = {}
    for role, pattern in ROLES.items():
        fits = sorted((name for name in names if pattern.search(name)), key=lambda n: (len(n), n))
        if fits:
            found[role] = fits[0]
    return found


def rotations(
    series: Mapping[str, Series], played: Mapping[str, str], day: dt.date
) -> tuple[Rotation, ...]:
    """Small caps against each other role; `series` holds an index's days and closes by its name."""
    small = played.get("small", "")
    out = []
    for key, title in TITLES.items():
        other = played.get(key, "")
        if not small or not other:
            lacks = title if small else "a small-cap index"
            out.append(Rotation(key, title, small, other, missing=f"no prices of {lacks}"))
            continue
        weekly = _weekly_log_ratio(series[small], series[other], day)
        change, z = _change(weekly), _z(weekly)
        lack = "" if change is not None else f"the prices do not reach back {CHANGE_WEEKS} weeks"
        out.append(Rotation(key, title, small, other, change, z, lack, tuple(weekly)))
    return tuple(out)


def _weekly_log_ratio(small: Series, other: Series, day: dt.date) -> list[float | None]:
    """Now, a week ago, two … each at the last day on which both have a close."""
    closes = dict(zip(*other, strict=True))
    common = [(d, math.log(c / closes[d])) for d, c in zip(*small, strict=True) if d in closes]
    days = np.array([d.toordinal() for d, _ in common])
    out: list[float | None] = []
    for week in range(WEEKS + 1):
        asked = day.toordinal() - 7 * week
        at = int(np.searchsorted(days, asked, side="right")) - 1
        out.append(common[at][1] if at >= 0 and days[at] > asked - _GAP_DAYS else None)
    return out


def _change(weekly: list[float | None]) -> float | None:
    now, then = weekly[0], weekly[CHANGE_WEEKS]
    return None if now is None or then is None else now - then


def _z(weekly: list[float | None]) -> float | None:
    known = [value for value in weekly[:WEEKS] if value is not None]
    if weekly[0] is None or len(known) < MIN_WEEKS:
        return None
    sd = float(np.std(known, ddof=1))
    return (weekly[0] - float(np.mean(known))) / sd if sd > 0 else None


def new_listings(
    raw: pl.DataFrame, actions: pl.DataFrame, companies: pl.DataFrame, day: dt.date
) -> Series:
    """An index of the companies listed within two years, the same money in each every day.

    From bars as traded and the splits in force; used where no index of new listings was gathered.
    Its first week after listing is left out, and it starts anew after a day with fewer than five
    companies.
    """
    start = day - dt.timedelta(days=7 * (WEEKS + 2) + _GAP_DAYS)
    listed = companies.select("isin", "listed_on").filter(
        pl.col("listed_on") > start - dt.timedelta(days=_NEW_DAYS)
    )
    recent = raw.filter((pl.col("date") > start) & pl.col("isin").is_in(listed["isin"].implode()))
    age = (pl.col("date") - pl.col("listed_on")).dt.total_days()
    daily = (
        adjusted(recent, actions)
        .lazy()
        .join(listed.lazy(), on="isin")
        .with_columns(
            (pl.col("adj") / pl.col("adj").shift(1)).over("isin", order_by="date").alias("step")
        )
        .filter(
            age.is_between(_SETTLED_DAYS, _NEW_DAYS)
            & pl.col("step").is_between(FALL_BREAK, RISE_BREAK)
        )
        .group_by("date")
        .agg(pl.col("step").mean(), pl.len())
        .sort("date")
        .collect()
    )
    thin = daily.filter(pl.col("len") < _MIN_NEW)["date"]
    if not thin.is_empty():
        daily = daily.filter(pl.col("date") > thin[-1])
    return daily["date"].to_list(), (100 * daily["step"].cum_prod()).to_list()
