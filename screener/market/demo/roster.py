"""Who the demo companies are: their trade, size, character and filing habits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.market.demo.days import Days, Flags, Floats, Ints, session_on_or_after, sessions
from screener.market.demo.economics import Economics, economics
from screener.market.demo.taxonomy import BasicIndustry, basic_industries

FULL_MARKET: Final = 2200
RECENT_SESSIONS: Final = 500  # about two years

#: Lines of business that tend to be large (+) or small (-), in standard deviations of size.
_SIZE_TILT: Final = {
    "bank": 1.2, "psubank": 1.9, "lifeinsurer": 2.2, "insurer": 1.8, "refinery": 1.5, "auto": 1.2,
    "telecom": 0.8, "brand": 0.6, "fees": 0.6, "power": 0.7, "cement": 0.4, "hospital": 0.4,
    "platform": 0.6, "defence": 0.4, "airline": 0.6, "oil": 0.7, "gas": 0.9, "holding": -0.5,
    "trading": -1.0, "textile": -0.5, "agro": -0.5, "steelproduct": -0.3, "plastic": -0.3,
    "jewellery": -0.3, "media": -0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Roster:
    """One entry a company in every array."""

    leaves: tuple[BasicIndustry, ...]
    trades: tuple[Economics, ...]
    rank: Ints  # intended size rank in a market of FULL_MARKET companies
    quality: Floats  # standard scores
    ambition: Floats
    is_financial: Flags
    template: list[str]
    sme: Flags  # on the SME platform: files half-yearly
    loss_maker: Flags
    broken: Flags  # net worth lost
    debt_free: Flags
    indebted: Flags
    listed_on: Days
    listing_session: Ints  # position in days.sessions(); negative if listed before them
    standalone: Flags  # files standalone accounts only
    both_bases: Flags
    group_stopped: Flags  # consolidated accounts ended years ago
    year_end: Ints  # quarter of the calendar year in which the financial year ends, 0 is March
    changed_at: Ints  # years back at which the year end moved, -1 for never
    changed_length: Ints  # quarters of that year, 3 or 5
    thin: Flags  # sessions without trade
    suspended: Flags
    seldom: Flags  # trades about once a week

    @property
    def count(self) -> int:
        """How many companies there are."""
        return len(self.leaves)

    @property
    def lends(self) -> Flags:
        """Whether it is a bank, a lender or an insurer by its statements."""
        return np.array([t != "corporate" for t in self.template])

    def trade_values(self, name: str) -> Floats:
        """One figure of each company's line of business."""
        return np.array([getattr(t, name) for t in self.trades], dtype=np.float64)


def choose(rng: np.random.Generator, eligible: Flags, count: float) -> Flags:
    """Mark about `count` of the eligible companies, at least one where there is any."""
    where = np.flatnonzero(eligible)
    size = min(len(where), max(1, round(count)))
    out = np.zeros(len(eligible), dtype=bool)
    out[rng.choice(where, size, replace=False)] = True
    return out


def assemble(rng: np.random.Generator, count: int) -> Roster:
    """Draw the companies. A smaller market is a thinned one: every size and kind still occurs."""
    leaves = _leaves(rng, count)
    trades = tuple(economics()[leaf.economics] for leaf in leaves)
    template = [t.template for t in trades]
    corporate = np.array([t == "corporate" for t in template])
    quality = rng.standard_normal(count)
    ambition = 0.25 * quality + rng.standard_normal(count)
    tilt = np.array([_SIZE_TILT.get(t.key, 0.0) for t in trades])
    order = np.argsort(-(1.3 * rng.standard_normal(count) + 0.45 * quality + tilt))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.ceil((np.arange(count) + 0.5) * FULL_MARKET / count).astype(np.int64)

    small = rank > 500
    sme = choose(rng, corporate & (rank > 1100), 0.085 * count)
    old = np.arange(count) >= 0
    fresh = (rank > 60) & np.array([t.key != "psubank" for t in trades])
    listing = _listings(rng, count, sme, fresh)
    old &= listing < 0
    weak = quality < 0.3
    broken = choose(rng, corporate & (rank > 700) & weak & ~sme & old, 0.016 * count)
    loss_maker = choose(rng, corporate & (rank > 250) & weak & ~sme & ~broken, 0.085 * count)
    ordinary = ~broken & ~loss_maker
    debt_free = choose(rng, corporate & ordinary & (quality > -0.5), 0.13 * count)
    indebted = choose(rng, corporate & ordinary & ~debt_free & (quality < 0.5), 0.10 * count)
    standalone = choose(rng, (rank > 150) | ~corporate, 0.34 * count)
    group_stopped = choose(rng, corporate & ~standalone & small & old, 0.015 * count)
    both_bases = choose(rng, ~standalone & ~group_stopped & old, 0.11 * count)
    year_end, changed_at, changed_length = _year_ends(rng, old & ~sme & corporate)
    thin = choose(rng, rank > 1000, 0.055 * count)
    suspended = choose(rng, (rank > 1200) & old, 0.007 * count)
    return Roster(
        leaves=leaves,
        trades=trades,
        rank=rank,
        quality=quality,
        ambition=ambition,
        is_financial=np.array([leaf.is_financial for leaf in leaves]),
        template=template,
        sme=sme,
        loss_maker=loss_maker,
        broken=broken,
        debt_free=debt_free,
        indebted=indebted,
        listed_on=_listing_days(rng, listing),
        listing_session=listing,
        standalone=standalone,
        both_bases=both_bases,
        group_stopped=group_stopped,
        year_end=year_end,
        changed_at=changed_at,
        changed_length=changed_length,
        thin=thin & ~suspended,
        suspended=suspended,
        seldom=choose(rng, (rank > 1400) & ~suspended & ~thin, 0.006 * count),
    )


def _leaves(rng: np.random.Generator, count: int) -> tuple[BasicIndustry, ...]:
    """Companies per basic industry by largest remainder, in random order."""
    leaves = basic_industries()
    weight = np.array([leaf.companies for leaf in leaves], dtype=np.float64)
    exact = weight / weight.sum() * count
    number = np.floor(exact).astype(np.int64)
    remainder = np.argsort(-(exact - number), kind="stable")
    number[remainder[: count - number.sum()]] += 1
    positions = rng.permutation(np.repeat(np.arange(len(leaves)), number))
    return tuple(leaves[i] for i in positions)


def _listings(rng: np.random.Generator, count: int, sme: Flags, eligible: Flags) -> Ints:
    """Session of listing for companies listed within the price history, −1 for older ones."""
    last = len(sessions()) - 1
    new = choose(rng, eligible & ~sme, 0.15 * count) | choose(rng, sme, 0.7 * sme.sum())
    young = choose(rng, new, 0.04 * count)
    at = (last * rng.random(count) ** 0.7).astype(np.int64)
    at = np.where(young, last - rng.integers(8, 235, count), at)
    return np.where(new, np.minimum(at, last - 8), -1)


def _listing_days(rng: np.random.Generator, listing: Ints) -> Days:
    """Listing dates; older companies came to the market between 1992 and 2020."""
    start = np.datetime64("1992-01-01")
    older = start + (rng.random(len(listing)) ** 0.8 * 365 * 28.5).astype("timedelta64[D]")
    older = session_on_or_after(older)
    return np.where(listing >= 0, sessions()[np.maximum(listing, 0)], older)


def _year_ends(rng: np.random.Generator, eligible: Flags) -> tuple[Ints, Ints, Ints]:
    """Quarter of the year end, and where it moved: how many years back and how long that year was.

    A moved year end came to March: from June by a 9-month year, from December by a 15-month one.
    """
    count = len(eligible)
    odd = choose(rng, eligible, 0.05 * count)
    phase = np.where(odd, rng.choice([3, 3, 3, 1, 2], count), 0)
    short = choose(rng, eligible & ~odd, 0.009 * count)
    long = choose(rng, eligible & ~odd & ~short, 0.009 * count)
    at = np.where(short | long, rng.integers(1, 9, count), -1)
    return phase, at, np.where(short, 3, 5)
