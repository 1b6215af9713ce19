"""Every set of accounts in one ledger: each company's own, and some parents' standalone ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.market.demo import corporate, lending
from screener.market.demo.capital import Capital
from screener.market.demo.corporate import Accounts, Ledger
from screener.market.demo.days import QUARTERS, YEARS, Flags, Floats, Ints
from screener.market.demo.roster import Roster
from screener.market.demo.traits import Traits

PAID_AFTER: Final = 2  # quarters from the end of a year to its dividend
_LAST_YEAR_END: Final = (52, 53, 54, 51)  # latest reported year end by its quarter of the year


@dataclass(frozen=True)
class Books:
    """All accounts. The first `roster.count` are the companies' main ones, in roster order."""

    owner: Ints  # row of the roster
    standalone: Flags  # else consolidated
    lines: Ledger  # line → (quarters, accounts), whole lakh
    year_ends: Ints  # (accounts, YEARS): quarter in which each year ends, latest first
    year_lengths: Ints  # quarters of each year

    def annual(self, line: str) -> Floats:
        """A flow summed over each financial year, (accounts, YEARS)."""
        so_far = np.concatenate([np.zeros((1, len(self.owner))), self.lines[line]]).cumsum(axis=0)
        rows = np.arange(len(self.owner))[:, None]
        out: Floats = so_far[self.year_ends + 1, rows]
        out -= so_far[self.year_ends + 1 - self.year_lengths, rows]
        return out

    def at(self, line: str, quarters: Ints) -> Floats:
        """A balance (or a quarter's flow) at those quarters, (accounts, any)."""
        out: Floats = self.lines[line][quarters, np.arange(len(self.owner))[:, None]]
        return out


def keep_books(rng: np.random.Generator, roster: Roster, traits: Traits, capital: Capital) -> Books:
    """Keep the books of all accounts over all quarters."""
    second = np.flatnonzero(roster.both_bases | roster.group_stopped)
    owner = np.concatenate([np.arange(roster.count), second])
    scale = np.concatenate([np.ones(roster.count), rng.uniform(0.55, 0.92, len(second))])
    standalone = np.concatenate([roster.standalone, np.ones(len(second), dtype=bool)])
    lends = roster.lends[owner]
    ends, lengths = _years(roster)
    lines: Ledger = {}
    for part, keep in ((~lends, corporate.keep_books), (lends, lending.keep_books)):
        which = np.flatnonzero(part)
        accounts = _accounts(rng, capital, owner, scale, standalone, ends, which)
        for line, value in keep(rng, roster, traits, accounts).items():
            lines.setdefault(line, np.full((QUARTERS, len(owner)), np.nan))[:, which] = value
    return Books(owner, standalone, lines, ends[owner], lengths[owner])


def _accounts(
    rng: np.random.Generator,
    capital: Capital,
    owner: Ints,
    scale: Floats,
    standalone: Flags,
    year_ends: Ints,
    which: Ints,
) -> Accounts:
    own = owner[which]
    return Accounts(
        owner=own,
        scale=scale[which],
        nominal=capital.nominal[:, own],
        issued=capital.issued[:, own],
        pays=_pay_quarters(year_ends[own]),
        has_minority=~standalone[which] & (rng.random(len(which)) < 0.3),
    )


def _pay_quarters(year_ends: Ints) -> Flags:
    """Two quarters after each year end, those of years before the reported ones included."""
    out = np.zeros((QUARTERS + PAID_AFTER, len(year_ends)), dtype=bool)
    earlier = np.maximum(year_ends[:, -1:] - [4, 8], 0)
    ends = np.concatenate([year_ends, earlier], axis=1)
    out[ends + PAID_AFTER, np.arange(len(year_ends))[:, None]] = True
    return out[:QUARTERS]


def _years(roster: Roster) -> tuple[Ints, Ints]:
    """Quarter in which each reported year ends, latest first, and its length in quarters."""
    lengths = np.full((roster.count, YEARS), 4)
    moved = np.flatnonzero(roster.changed_at >= 0)
    lengths[moved, roster.changed_at[moved]] = roster.changed_length[moved]
    latest = np.array(_LAST_YEAR_END)[roster.year_end]
    before = np.cumsum(lengths, axis=1) - lengths
    return latest[:, None] - before, lengths
