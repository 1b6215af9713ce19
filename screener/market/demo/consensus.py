"""Analyst estimates of the demo companies and how they were revised month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from screener.market.demo.capital import Capital
from screener.market.demo.days import (
    DEMO_DATE,
    QUARTERS,
    Days,
    Flags,
    Floats,
    Ints,
    quarter_ends,
)
from screener.market.demo.ledger import Books
from screener.market.demo.roster import Roster, choose
from screener.market.demo.traits import LAKH
from screener.market.schema import SIZE_CLASSES

#: Share of each size class that somebody covers, most analysts, and the usual cut over a year.
COVERAGE: Final = {"large": 0.90, "mid": 0.75, "small": 0.45, "micro": 0.06}
_MOST: Final = {"large": 36, "mid": 24, "small": 11, "micro": 3}
_YEARLY_CUT: Final = {"large": 0.015, "mid": 0.05, "small": 0.11, "micro": 0.13}
_MONTHS: Final = 15
_FISCAL_YEARS: Final = 3
_INITIATION: Final = 60  # days from a listing to the first estimate
_RESULT_DELAY: Final = 50  # days after which a year is reported and no longer estimated
_LAST_REPORTED: Final = QUARTERS - 2  # the latest quarter everybody has reported


def estimate_table(
    rng: np.random.Generator,
    roster: Roster,
    capital: Capital,
    books: Books,
    size_class: Sequence[str],
    isins: Sequence[str],
) -> pl.DataFrame:
    """The estimates table: EPS (in today's shares) and revenue of three years, month by month."""
    sizes = np.array(size_class)
    covered = np.zeros(roster.count, dtype=bool)
    followed = roster.listed_on <= np.datetime64(DEMO_DATE) - _INITIATION
    for name in SIZE_CLASSES:
        eligible = (sizes == name) & ~roster.broken & ~roster.suspended & followed
        if eligible.any():
            covered |= choose(rng, eligible, COVERAGE[name] * (sizes == name).sum())
    who = np.flatnonzero(covered)
    as_of = _snapshot_days()
    years = _fiscal_years(roster.year_end[who], as_of)
    panel = _Coverage.draw(rng, [size_class[int(i)] for i in who], as_of)
    outlook = _Outlook.of(rng, roster, capital, books, who)
    shown = np.broadcast_to(
        (as_of >= roster.listed_on[who][:, None] + _INITIATION)[:, :, None], years.shape
    )
    frames = [
        panel.frame(rng, metric, mean, years, as_of, shown, who, isins)
        for metric, mean in (
            ("eps", outlook.value(outlook.eps, outlook.eps_growth, years, 1.0, panel)),
            ("revenue", outlook.value(outlook.sales, outlook.sales_growth, years, 0.35, panel)),
        )
    ]
    return pl.concat(frames).sort("isin", "metric", "fy_end", "as_of")


def _snapshot_days() -> Days:
    """The market date and the same day of the months before, latest first."""
    months = np.datetime64(DEMO_DATE, "M") - np.arange(_MONTHS)
    return months.astype("datetime64[D]") + (DEMO_DATE.day - 1)


def _fiscal_years(year_end: Ints, as_of: Days) -> Days:
    """The years still to be reported on each day, (companies, months, years)."""
    first = quarter_ends()[year_end].astype("datetime64[M]")  # a year end long ago
    unreported = (as_of - _RESULT_DELAY).astype("datetime64[M]")
    passed = (unreported - first[:, None]).astype(np.int64)
    number = np.ceil(passed / 12).astype(np.int64)[:, :, None] + np.arange(_FISCAL_YEARS)
    months = first[:, None, None] + 12 * number
    out: Days = (months + 1).astype("datetime64[D]") - 1
    return out


@dataclass(frozen=True)
class _Coverage:
    """How many analysts follow a company, how far they differ, how they changed their minds."""

    analysts: Ints  # (companies,)
    dispersion: Floats  # (companies,) standard deviation / mean
    to_today: Floats  # (companies, months) log revision from that month until today
    revision: Floats  # (companies, months) log revision of the month before

    @classmethod
    def draw(cls, rng: np.random.Generator, sizes: Sequence[str], as_of: Days) -> _Coverage:
        """Draw the coverage of companies of those sizes."""
        n = len(sizes)
        most = np.array([_MOST[s] for s in sizes])
        cut = np.array([_YEARLY_CUT[s] for s in sizes]) + rng.normal(0, 0.15, n)
        monthly = -cut[:, None] / 12 + rng.normal(0, 0.012, (n, len(as_of)))
        monthly *= rng.random((n, len(as_of))) < 0.7
        to_today = np.cumsum(monthly, axis=1) - monthly
        usual = np.where(most < 20, 0.09, 0.05)
        return cls(
            np.maximum(1, np.rint(most * rng.beta(1.6, 1.4, n))).astype(np.int64),
            usual * np.exp(rng.normal(0, 0.4, n)),
            to_today,
            monthly,
        )

    def frame(
        self,
        rng: np.random.Generator,
        metric: str,
        mean: Floats,
        years: Days,
        as_of: Days,
        shown: Flags,
        who: Ints,
        isins: Sequence[str],
    ) -> pl.DataFrame:
        """Rows of the estimates table for one metric; arrays are (companies, months, years)."""
        company, month, year = np.nonzero(shown)
        count = self.analysts[company]
        value = mean[company, month, year]
        deviation = self.dispersion[company] * np.abs(value) * (1 + 0.25 * year)
        if metric == "revenue":
            deviation *= 0.4
        alone = count == 1
        reach = np.minimum(0.6 + 0.45 * np.sqrt(count), 2.6) * deviation
        change = self.revision[company, month]
        rising = 0.6 / (1 + np.exp(-change / 0.006))
        up = rng.binomial(count, np.where(change == 0, 0.05, rising))
        down = rng.binomial(count - up, np.where(change == 0, 0.05, 0.6 - rising))
        digits = 2 if metric == "eps" else 1
        dates = (years[company, month, year], as_of[month])
        fy_end, day = (pl.Series(d.astype(np.int32)).cast(pl.Date) for d in dates)
        return pl.DataFrame(
            {
                "isin": pl.Series(isins).gather(who[company]),
                "fy_end": fy_end,
                "metric": pl.repeat(metric, len(company), eager=True),
                "mean": np.round(value, digits),
                "high": np.round(np.where(alone, value, value + reach), digits),
                "low": np.round(np.where(alone, value, value - reach), digits),
                "stdev": pl.Series(np.where(alone, np.nan, np.round(deviation, 4))).fill_nan(None),
                "analysts": count,
                "up_30d": up,
                "down_30d": down,
                "as_of": day,
                "source": pl.repeat("demo", len(company), eager=True),
            }
        )


@dataclass(frozen=True)
class _Outlook:
    """Where earnings and sales stand and how fast analysts see them grow; (companies,)."""

    eps: Floats
    sales: Floats
    eps_growth: Floats
    sales_growth: Floats

    @classmethod
    def of(
        cls, rng: np.random.Generator, roster: Roster, capital: Capital, books: Books, who: Ints
    ) -> _Outlook:
        """From the trailing year and the year before it."""
        year = slice(_LAST_REPORTED - 3, _LAST_REPORTED + 1)
        core = books.lines["owners_profit"] - 0.75 * books.lines["exceptional"]
        shares = capital.shares_today_terms[_LAST_REPORTED, who]
        growth = 0.13 + 0.03 * roster.ambition[who] + rng.normal(0, 0.05, len(who))
        return cls(
            core[year][:, who].sum(axis=0) / LAKH / shares,
            books.lines["sales"][year][:, who].sum(axis=0) / LAKH,
            np.clip(growth, -0.1, 0.45),
            np.clip(0.7 * growth + 0.03, -0.05, 0.35),
        )

    def value(
        self, base: Floats, growth: Floats, years: Days, swing: float, panel: _Coverage
    ) -> Floats:
        """The mean estimate on each day; a loss is seen to shrink rather than to grow."""
        since = (years - quarter_ends()[_LAST_REPORTED]).astype(np.float64) / 365.25
        step = np.where(base > 0, 1 + growth, 0.7)[:, None, None]
        now = base[:, None, None] * step**since
        # What was revised since was once so much higher (or lower).
        earlier = np.exp(-swing * panel.to_today)[:, :, None] - 1
        out: Floats = now + np.abs(now) * earlier
        return out
