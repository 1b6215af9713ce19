"""Share capital over the quarters, with the splits, bonuses, rights and issues that changed it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from screener.market.demo.days import (
    DEMO_DATE,
    QUARTERS,
    Days,
    Flags,
    Floats,
    Ints,
    quarter_ends,
    quarter_of,
    session_on_or_after,
)
from screener.market.demo.roster import Roster, choose
from screener.market.demo.traits import LAKH, Traits

SPLIT, BONUS, RIGHTS = "split", "bonus", "rights"
_BONUS_FACTORS: Final = np.array([2.0, 2.0, 2.0, 2.0, 1.5, 1.5, 3.0, 1.2, 1.25, 1.1])
_FACES: Final = np.array([10.0, 5.0, 2.0, 1.0])
_OPTIONS: Final = 0.002  # shares given to staff in a year, of those outstanding
_NOW: Final = QUARTERS  # one place past the last quarter: today


@dataclass(frozen=True)
class Events:
    """Share changes: one entry an event in every array, sorted by nothing in particular."""

    company: Ints
    ex_date: Days
    kind: list[str]
    factor: Floats  # older prices are divided by it

    def quarter(self) -> Ints:
        """The quarter of each event; QUARTERS for those after the last quarter end."""
        return quarter_of(self.ex_date)


@dataclass(frozen=True)
class Capital:
    """Share capital. (QUARTERS + 1, companies): quarter ends, then today."""

    nominal: Floats  # equity capital in lakh
    face: Floats  # face value in ₹
    issued: Floats  # nominal sold for cash in the quarter, lakh
    bonus: Floats  # nominal given out of reserves in the quarter, lakh
    adjust: Floats  # what a per-share figure of that day is divided by to compare with today's
    events: Events

    @property
    def shares(self) -> Floats:
        """Shares outstanding in crore, as they were on the day."""
        return self.nominal / LAKH / self.face

    @property
    def shares_today_terms(self) -> Floats:
        """Shares outstanding in crore, counted in today's shares."""
        return self.shares * self.adjust


def draw_capital(rng: np.random.Generator, roster: Roster, traits: Traits) -> Capital:
    """Draw share counts backwards from a plausible price today."""
    n = roster.count
    face, nominal = _today(rng, roster, traits)
    events = _events(rng, roster, face)
    steps = {kind: np.ones((QUARTERS + 1, n)) for kind in (SPLIT, BONUS, RIGHTS)}
    for kind, step in steps.items():
        at = np.array(events.kind) == kind
        np.multiply.at(step, (events.quarter()[at], events.company[at]), events.factor[at])
    sold = _issues(rng, roster, steps[RIGHTS] > 1)
    nominals, given, issued = (np.zeros((QUARTERS + 1, n)) for _ in range(3))
    faces, adjust = np.empty((QUARTERS + 1, n)), np.ones((QUARTERS + 1, n))
    nominals[0] = _round_lot(nominal / (steps[BONUS] * (1 + sold)).prod(axis=0))
    for q in range(1, _NOW + 1):
        given[q] = np.rint(nominals[q - 1] * (steps[BONUS][q] - 1))
        wanted = (nominals[q - 1] + given[q]) * sold[q]
        issued[q] = np.where(sold[q] > _OPTIONS, _round_lot(wanted), np.rint(wanted))
        nominals[q] = nominals[q - 1] + given[q] + issued[q]
    faces[_NOW] = face
    for q in range(_NOW, 0, -1):
        faces[q - 1] = faces[q] * steps[SPLIT][q]
        adjust[q - 1] = adjust[q] * steps[SPLIT][q] * steps[BONUS][q] * steps[RIGHTS][q]
    return Capital(nominals, faces, issued, given, adjust, events)


def _round_lot(nominal: Floats) -> Floats:
    """Rounded so that a bonus of any usual ratio comes out in whole lakh."""
    out: Floats = np.maximum(np.rint(nominal / 20), 1) * 20
    return out


def _today(rng: np.random.Generator, roster: Roster, traits: Traits) -> tuple[Floats, Floats]:
    """Face value and equity capital today: a usual price, and capital well below equity."""
    n = roster.count
    price = np.interp(roster.rank, [1, 500, 2200], [1500, 480, 90]) * np.exp(rng.normal(0, 0.85, n))
    equity = traits.equity_guess
    shares = traits.target_cap / LAKH / np.clip(price, 2.5, 45000)
    book = equity / LAKH / shares
    fits = _FACES[:, None] <= 0.15 * book
    usual = _FACES[np.where(fits.any(axis=0), fits.argmax(axis=0), 3)]
    face = np.where(roster.sme, 10.0, np.where(rng.random(n) < 0.75, usual, np.minimum(usual, 2.0)))
    shares = np.minimum(shares, 0.15 * equity / LAKH / face)
    return face, np.maximum(np.rint(shares * face * LAKH), 300.0)


def _events(rng: np.random.Generator, roster: Roster, face: Floats) -> Events:
    n = roster.count
    sound = ~(roster.broken | roster.loss_maker)
    first = choose(rng, sound, 0.30 * n)
    second = choose(rng, first, 0.05 * n)
    rights = choose(rng, ~first & (roster.rank > 200), 0.012 * n)
    today = choose(rng, sound & ~first & ~rights & (roster.rank > 250), 4)
    parts = [
        _share_changes(rng, first, face, late=True),
        _share_changes(rng, second, face, late=False),
        _share_changes(rng, today, face, late=True, now=True),
        _rights(rng, rights),
    ]
    events = Events(
        np.concatenate([p.company for p in parts]),
        np.concatenate([p.ex_date for p in parts]),
        [kind for p in parts for kind in p.kind],
        np.concatenate([p.factor for p in parts]),
    )
    listed = np.maximum(roster.listed_on[events.company], np.datetime64("2012-04-01"))
    keep = events.ex_date > listed + 200
    return replace(
        events,
        company=events.company[keep],
        ex_date=events.ex_date[keep],
        kind=[k for k, kept in zip(events.kind, keep, strict=True) if kept],
        factor=events.factor[keep],
    )


def _share_changes(
    rng: np.random.Generator, who: Flags, face: Floats, *, late: bool, now: bool = False
) -> Events:
    """One split or bonus each; an earlier one (`late=False`) is always a bonus."""
    company = np.flatnonzero(who)
    size = len(company)
    can_split = (face[company] < 10) & late & (rng.random(size) < 0.55)
    higher = rng.random(size) < 0.5
    split = np.select(
        [face[company] == 1, face[company] == 2], [np.where(higher, 10.0, 2.0), 5.0], 2.0
    )
    bonus = rng.choice(_BONUS_FACTORS, size)
    quarter = rng.integers(36, 56, size) if late else rng.integers(4, 36, size)
    days = _late_in_quarter(rng, quarter) if not now else _this_month(rng, size)
    return Events(
        company,
        session_on_or_after(days),
        [SPLIT if s else BONUS for s in can_split],
        np.where(can_split, split, bonus),
    )


def _rights(rng: np.random.Generator, who: Flags) -> Events:
    company = np.flatnonzero(who)
    days = _late_in_quarter(rng, rng.integers(37, 55, len(company)))
    factor = np.round(rng.uniform(1.02, 1.12, len(company)), 4)
    return Events(company, session_on_or_after(days), [RIGHTS] * len(company), factor)


def _late_in_quarter(rng: np.random.Generator, quarter: Ints) -> Days:
    """Days in the second half of the quarter: dividends go ex in the first half."""
    return quarter_ends()[quarter] - rng.integers(8, 40, len(quarter))


def _this_month(rng: np.random.Generator, size: int) -> Days:
    return np.datetime64(DEMO_DATE) - rng.integers(4, 20, size)


def _issues(rng: np.random.Generator, roster: Roster, rights: Flags) -> Floats:
    """Nominal sold for cash in each quarter, as a share of the nominal before."""
    n = roster.count
    shape = (QUARTERS + 1, n)
    need = np.clip(0.013 - 0.006 * roster.quality + 0.02 * roster.lends, 0.002, 0.05)
    sold = np.where(rng.random(shape) < need, np.round(rng.uniform(0.02, 0.22, shape), 3), 0.0)
    options = choose(rng, roster.rank < 1500, 0.3 * n)
    march = np.arange(QUARTERS + 1)[:, None] % 4 == 0
    sold = np.where(march & options & (sold == 0), _OPTIONS, sold)
    sold = np.where(rights, np.round(rng.uniform(0.10, 0.25, shape), 3), sold)
    new = np.flatnonzero(roster.listing_session >= 0)
    at = quarter_of(roster.listed_on[new])
    sold[at, new] = np.round(rng.uniform(0.12, 0.30, len(new)), 3)
    sold[0] = sold[_NOW] = 0.0
    return sold
