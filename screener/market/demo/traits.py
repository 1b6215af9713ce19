"""What each company's business is like, and how its sales and margins move over the quarters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from screener.market.demo.days import QUARTERS, Flags, Floats, Ints
from screener.market.demo.economics import LENDING
from screener.market.demo.roster import Roster, choose

LAKH: Final = 100.0  # lakh in a crore; statements are kept in whole lakh so that sums are exact
_DOWNTURN: Final = 33  # the quarter to June 2020
_SLOWDOWN: Final = 51  # from here on smaller companies grow and earn less

# Yearly growth above or below the long-run one in a business of average cycle: (year, points).
_CYCLE: Final = (
    (2012.0, 1), (2013.5, -2), (2016.0, 0), (2018.0, 2), (2019.6, -5), (2020.6, -3), (2021.6, 8),
    (2022.6, 5), (2023.5, 0), (2024.6, -2), (2025.9, -4),
)  # fmt: skip
_CAP_AT_RANK: Final = (
    (1, 1.7e6), (10, 6.2e5), (30, 3.1e5), (100, 1.03e5), (250, 34500), (500, 11600), (750, 5400),
    (1000, 2700), (1500, 800), (2000, 230), (2200, 45),
)  # fmt: skip


@dataclass(frozen=True)
class Traits:
    """Figures of each company. Arrays are (companies,) or (quarters, companies).

    Money is in lakh, ratios are fractions, days are of yearly sales.
    """

    run_rate: Floats  # yearly sales, premium or loans, without season or chance
    sales: Floats  # of the quarter, whole lakh
    margin: Floats
    season: Floats
    fixed: Floats  # net fixed assets / yearly sales
    wear: Floats  # depreciation a year / net fixed assets
    stock_days: Floats
    debtor_days: Floats
    creditor_days: Floats
    gearing: Floats
    holdings: Floats
    interest_rate: Floats
    payout: Floats
    multiple: Floats  # fair price / normal yearly earnings
    sales_multiple: Floats  # least price / yearly sales
    book_multiple: Floats  # fair price / equity, of those that lend or insure
    target_cap: Floats
    equity_guess: Floats  # rough equity today, to choose face values


def draw_traits(rng: np.random.Generator, roster: Roster) -> Traits:
    """Draw the business of every company."""
    n = roster.count
    z = rng.standard_normal((12, n))
    quality = roster.quality
    value = roster.trade_values
    gearing = _gearing(roster, z[0])
    fixed = 1.12 * value("fixed") * np.exp(0.3 * z[1] - 0.06 * quality)
    wear = np.clip(0.14 - 0.05 * fixed, 0.045, 0.14)
    margin = _margins(rng, roster, z[2])
    growth = _growth(rng, roster, z[3])
    level = np.cumsum(growth / 4, axis=0)
    level -= level[-1]
    season = _season(value("season") / 100, value("peak").astype(np.int64))
    interest_rate = np.clip(0.088 - 0.006 * quality + 0.008 * (gearing > 1), 0.07, 0.13)
    interest_rate = np.where(roster.broken, 0.03, interest_rate)
    days = [
        value(name) * np.exp(0.28 * z[k] - 0.12 * quality)
        for k, name in ((4, "stock_days"), (5, "debtor_days"), (6, "creditor_days"))
    ]
    multiple = value("earnings_multiple") * np.exp(
        0.22 * quality + 0.10 * roster.ambition + 0.30 * z[7]
    )
    multiple *= np.interp(
        roster.rank, [1, 100, 250, 500, 1000, 2200], [0.92, 1.0, 0.96, 0.9, 0.72, 0.55]
    )
    multiple = np.clip(multiple, 3.0, 130.0)
    lending = [LENDING.get(t.key) for t in roster.trades]
    book_multiple = np.array([x.book_multiple if x else 1.0 for x in lending])
    book_multiple *= np.exp(0.30 * quality + 0.22 * z[8])
    target_cap = LAKH * np.exp(
        np.interp(np.log(roster.rank), *np.log(np.array(_CAP_AT_RANK).T)) + 0.06 * z[9]
    )

    capital = fixed + (days[0] + days[1] - days[2]) / 365 + value("holdings") + 0.10
    capital = np.maximum(capital, 0.12)
    debt = capital * gearing / (1 + gearing)
    usual = margin[-24:].mean(axis=0)
    net = 0.75 * (usual - wear * fixed - interest_rate * debt + 0.06 * value("holdings"))
    price_to_sales = np.maximum(multiple * net, 0.5 * capital / (1 + gearing))
    price_to_sales = np.where(roster.broken, 0.5, np.maximum(price_to_sales, 0.2))
    # Who loses money is priced on sales: dear where growth is hoped for, cheap elsewhere.
    hoped = np.exp(0.5 * z[11]) * np.interp(roster.rank, [250, 1000, 2200], [3.0, 1.4, 0.6])
    price_to_sales = np.where(roster.loss_maker, hoped, price_to_sales)
    yearly_sales = target_cap / price_to_sales
    equity = np.where(roster.lends, target_cap / book_multiple, yearly_sales * (capital - debt))
    yearly_sales = np.where(roster.lends, _lending_volume(roster, equity), yearly_sales)

    run_rate = yearly_sales * np.exp(level)
    chance = np.exp(rng.normal(0, 0.03 + 0.012 * (roster.rank > 500), (QUARTERS, n)))
    return Traits(
        run_rate=run_rate,
        sales=np.rint(run_rate / 4 * season * chance * _downturn(value("cycle"))),
        margin=margin,
        season=season,
        fixed=fixed,
        wear=wear,
        stock_days=days[0] * _creep(rng, roster, 0.10),
        debtor_days=days[1] * _creep(rng, roster, 0.25),
        creditor_days=days[2] * np.ones((QUARTERS, 1)),
        gearing=gearing,
        holdings=value("holdings") * np.exp(0.4 * z[10]),
        interest_rate=interest_rate,
        payout=_payout(rng, roster),
        multiple=multiple,
        sales_multiple=np.where(roster.loss_maker, 0.9 * hoped, 0.18),
        book_multiple=book_multiple,
        target_cap=target_cap,
        equity_guess=equity,
    )


def _gearing(roster: Roster, z: Floats) -> Floats:
    usual = 1.15 * roster.trade_values("gearing") * np.exp(0.55 * z - 0.30 * roster.quality)
    usual = np.where(roster.indebted, 3 * usual + 0.8, usual)
    usual = np.where(roster.loss_maker, 0.5 * usual, usual)
    out: Floats = np.where(roster.debt_free, 0.0, np.clip(usual, 0.0, 3.5))
    return out


def _persistent(rng: np.random.Generator, count: int, sd: float, rho: float) -> Floats:
    """A first-order autoregression around zero for each company, (quarters, count)."""
    shocks = rng.standard_normal((QUARTERS, count)) * sd * np.sqrt(1 - rho * rho)
    out: Floats = np.empty_like(shocks)
    state = rng.standard_normal(count) * sd
    for t in range(QUARTERS):
        state = rho * state + shocks[t]
        out[t] = state
    return out


def _growth(rng: np.random.Generator, roster: Roster, z: Floats) -> Floats:
    """Yearly growth rate in each quarter."""
    when = 2012.25 + np.arange(QUARTERS) / 4
    cycle = np.interp(when, *np.array(_CYCLE).T)[:, None] / 100
    base = roster.trade_values("growth") / 100 - 0.012 + 0.03 * roster.ambition + 0.02 * z
    base = np.where(roster.broken | roster.loss_maker, base - 0.11, base)
    base = np.where(roster.listing_session >= 0, base + 0.05, base)
    out = base + cycle * roster.trade_values("cycle")
    out += _persistent(rng, roster.count, 0.125, 0.82)
    slow = (roster.rank > 250) & (rng.random(roster.count) < 0.6)
    out[_SLOWDOWN:] -= np.where(slow, 0.05, 0.0)
    limited: Floats = np.clip(out, -0.45, 0.80)
    return limited


def _margins(rng: np.random.Generator, roster: Roster, z: Floats) -> Floats:
    """Operating margin in each quarter, as a fraction of sales."""
    usual, spread = roster.trade_values("margin") / 100, roster.trade_values("spread") / 100
    base = usual + spread * (0.55 * roster.quality + 0.75 * z)
    base = np.maximum(base, 0.35 * usual)
    steadiness = np.clip(1 - 0.25 * roster.quality, 0.35, 1.8)
    out = base + _persistent(rng, roster.count, 1.0, 0.78) * spread * 0.74 * steadiness
    out += rng.normal(0, 0.14, out.shape) * spread
    slow = (roster.rank > 250) & (rng.random(roster.count) < 0.45)
    out[_SLOWDOWN:] -= np.where(slow, 0.09 * np.abs(base), 0.0)
    out[_DOWNTURN] -= 0.035 * roster.trade_values("cycle")
    out = _with_losses(rng, roster, out)
    return np.clip(out, -0.60, 0.92)


def _with_losses(rng: np.random.Generator, roster: Roster, margin: Floats) -> Floats:
    """Loss makers slide into loss at some quarter; a fifth of them and of the broken recover."""
    n = roster.count
    quarter = np.arange(QUARTERS)[:, None]
    onset = np.where(roster.broken, 4, rng.integers(36, 52, n))
    depth = np.where(roster.broken, 0.02, 0.0) + rng.uniform(0.04, 0.18, n)
    sliding = (roster.loss_maker | roster.broken) & (quarter >= onset)
    out = np.where(sliding, margin - depth - 0.6 * np.maximum(margin, 0), margin)
    turned = choose(rng, roster.loss_maker | roster.broken, 0.02 * n) & (quarter >= 45)
    return np.where(turned, np.maximum(margin, 0.05), out)


def _season(extra: Floats, peak: Ints) -> Floats:
    """The quarter's share of an even year, (quarters, companies); four of them average 1."""
    quarter = np.arange(QUARTERS)[:, None] % 4
    return np.where(quarter == peak, 1 + extra, 1 - extra / 3)


def _downturn(cycle: Floats) -> Floats:
    out = np.ones((QUARTERS, len(cycle)))
    for offset, share in enumerate((0.30, 0.10, 0.02)):
        out[_DOWNTURN + offset] -= np.minimum(share * cycle, 0.85)
    return out


def _creep(rng: np.random.Generator, roster: Roster, strength: float) -> Floats:
    """How days drift over the years; in some companies receivables pile up in the last three."""
    n = roster.count
    path = np.linspace(-1, 0, QUARTERS)[:, None]
    out = np.exp(path * rng.normal(-0.08 * roster.quality, strength, n))
    piling: Flags = choose(rng, (roster.quality < 0.8) & ~roster.lends, 0.10 * n)
    late = np.clip((np.arange(QUARTERS)[:, None] - 42) / 12, 0, 1)
    return out * (1 + late * np.where(piling, rng.uniform(0.4, 1.3, n), 0.0) * 4 * strength)


def _payout(rng: np.random.Generator, roster: Roster) -> Floats:
    pays = rng.random(roster.count) < np.where(roster.rank > 1000, 0.55, 0.9)
    pays &= ~(roster.broken | roster.sme)
    return np.where(pays, np.round(rng.beta(2.2, 4.5, roster.count), 2), 0.0)


def _lending_volume(roster: Roster, equity: Floats) -> Floats:
    """Loans of banks and lenders, yearly premium of insurers, from today's rough equity."""
    out = np.ones(roster.count)
    for row in np.flatnonzero(roster.lends):
        kind = LENDING[roster.trades[row].key]
        per_volume = kind.assets + 0.2 if kind.assets else 1.4  # assets a unit of loans or premium
        out[row] = equity[row] * kind.leverage / per_volume
    return out
