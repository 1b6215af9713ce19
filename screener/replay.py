"""A screen replayed over the past: who passed on each date, and what became of them.

On each date the screen runs on what was known that day. Its passes are held in equal amounts, from
that day's close to the close of the next date. Rules that hold throughout:

- A company without a close within RECENT_DAYS up to the date cannot be bought and is left out.
- A share that stops trading keeps its last price until the next date, and counts. After that it
  cannot be bought.
- Where prices jump without a recorded split or bonus, before and after cannot be compared: the
  name is left out for that period.
- Companies of which the screen cannot judge are not held, unless the screen includes unknowns.
- Returns are of prices, adjusted for splits, bonuses and rights; no dividends, no taxes. Costs are
  a share of all that is bought and sold.
- In a period without members the money lies idle.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Final, Literal

import numpy as np
import polars as pl

from screener.errors import NoMarket, ScreenError
from screener.market.bars import Bars, Floats, Ints
from screener.market.panel import Panels
from screener.market.schema import SIZE_CLASSES
from screener.market.store import Market
from screener.regime.rotation import roles
from screener.screens import Screen
from screener.timeline import Progress, verdicts

Every = Literal["month", "quarter", "year"]
STEPS: Final[dict[Every, int]] = {"month": 1, "quarter": 3, "year": 12}
RECENT_DAYS: Final = 15
DEEP_LOSS: Final = -0.30
#: Size class → the role of the index it is measured against.
_ROLES: Final = dict(zip(SIZE_CLASSES, ("large", "mid", "small", "small"), strict=True))

HELD: Final = "held"
NO_PRICE: Final = "no recent price"
JUMP: Final = "a price jump that no action explains"


@dataclass(frozen=True)
class Turn:
    """One date and the time to the next. Returns are fractions; None where there is none.

    `stopped` are names that no longer traded at the end and were kept at their last price;
    `unknown` companies could not be judged; `left_out` counts passes that could not be held.
    """

    date: dt.date
    until: dt.date
    members: int  # passes of the screen
    held: int
    unknown: int
    left_out: Mapping[str, int]
    stopped: int
    turnover: float  # share of the money that was bought anew
    cost: float
    gross: float
    net: float
    universe: float | None
    universe_size: int
    index: float | None
    deep_losses: int  # names held that lost more than 30 %
    gains: int  # names held that rose
    universe_deep: float | None  # share of the universe that lost more than 30 %
    universe_gains: float | None


@dataclass(frozen=True)
class Line:
    """A line of money over the whole time: what one became, a year's rate, and the worst fall.

    `drawdown` is from one date to a later one and does not see the days between.
    """

    total: float
    yearly: float | None  # None where it is less than a year
    drawdown: float
    worst: float  # period


@dataclass(frozen=True)
class Replay:
    """A screen over the past. `members` has a row for each pass on each date.

    Its columns: date, isin, symbol, name, size_class, state (held, or why not), return (null where
    not held), stopped. `now` are the passes on the last date, of which nothing is known yet.
    """

    title: str
    query: str
    market: str
    start: dt.date
    end: dt.date
    every: Every
    cost: float  # percent of what is bought and sold
    turns: tuple[Turn, ...]
    members: pl.DataFrame = field(repr=False)
    now: int
    index: str  # name; empty where none is on file
    strategy: Line
    universe: Line | None
    benchmark: Line | None

    @property
    def names(self) -> int:
        """Names held, counted anew in each period."""
        return sum(turn.held for turn in self.turns)

    @property
    def deep_share(self) -> float | None:
        """Share of the names held that lost more than 30 % in their period."""
        return sum(t.deep_losses for t in self.turns) / self.names if self.names else None

    @property
    def hit_rate(self) -> float | None:
        """Share of the names held that rose in their period."""
        return sum(t.gains for t in self.turns) / self.names if self.names else None

    @property
    def universe_deep_share(self) -> float | None:
        """The same share of the universe, each date weighing as much as the names it held."""
        return self._of_universe([t.universe_deep for t in self.turns])

    @property
    def universe_hit_rate(self) -> float | None:
        """The share of the universe that rose, each date weighing as much as the names it held."""
        return self._of_universe([t.universe_gains for t in self.turns])

    def _of_universe(self, shares: Sequence[float | None]) -> float | None:
        pairs = [(s, t.held) for s, t in zip(shares, self.turns, strict=True) if s is not None]
        weight = sum(held for _, held in pairs)
        return sum(share * held for share, held in pairs) / weight if weight else None

    @property
    def mean_turnover(self) -> float | None:
        """Mean share of the money bought anew at a date, where names were held before it too."""
        pairs = zip(self.turns, self.turns[1:], strict=False)
        later = [turn.turnover for before, turn in pairs if before.held and turn.held]
        return fmean(later) if later else None

    @property
    def left_out(self) -> dict[str, int]:
        """Why passes could not be held → how many, over all dates."""
        total: dict[str, int] = {}
        for turn in self.turns:
            for reason, count in turn.left_out.items():
                total[reason] = total.get(reason, 0) + count
        return total

    @property
    def ahead(self) -> tuple[int, int]:
        """In how many periods it was ahead of the universe, of how many with both."""
        both = [t for t in self.turns if t.universe is not None and t.held]
        return sum(t.net > t.universe for t in both if t.universe is not None), len(both)


def replay(
    market: Market,
    screen: Screen,
    start: dt.date,
    end: dt.date,
    every: Every = "month",
    cost: float = 0.0,
    *,
    ratios: Mapping[str, str] | None = None,
    watchlists: Mapping[str, Iterable[str]] | None = None,
    progress: Progress | None = None,
) -> Replay:
    """The screen at each month's (quarter's, year's) last session from `start` to `end`.

    `cost` is in percent of what is bought and sold. Raises LanguageError, ScreenError for a time
    too short, and NoMarket where there are no prices.
    """
    if cost < 0 or not math.isfinite(cost):
        raise ScreenError("A cost is a percentage of zero or more.")
    end = min(end, market.date)
    dates = turn_dates(sessions(market), start, end, every)
    if len(dates) < 2:
        raise ScreenError(
            f"From {start} to {end} there are fewer than two dates to turn at.",
            "Take a longer time, or a shorter step with --every.",
        )
    panels = market.panels(dates)
    judged = verdicts(
        market, screen, dates, ratios=ratios, watchlists=watchlists,
        also=("symbol", "name", "size_class"), progress=progress, held=panels,
    )  # fmt: skip
    passes = pl.col("verdict").fill_null(screen.unknown == "include") & pl.col("inside")
    judged = judged.with_columns(passes.alias("passes"), *_outcomes(panels))
    index = _index_of(market, judged)
    levels = _levels(market, index, dates)
    turns = _turns(judged, dates, levels, cost)
    columns = ("date", "isin", "symbol", "name", "size_class", "state", "return", "stopped")
    members = judged.filter("passes").select(columns)
    later = members["date"] == dates[-1]
    return Replay(
        title=screen.title, query=screen.query, market=market.label, start=dates[0], end=dates[-1],
        every=every, cost=cost, turns=turns, members=members.filter(~later), now=int(later.sum()),
        index=index, strategy=_line([t.net for t in turns], dates),
        universe=_maybe_line([t.universe for t in turns], dates),
        benchmark=_maybe_line([t.index for t in turns], dates),
    )  # fmt: skip


def sessions(market: Market) -> list[dt.date]:
    """The days on which anything traded. Raises NoMarket where nothing did."""
    days = market.table("prices").select(pl.col("date").unique().sort()).collect()["date"].to_list()
    if not days:
        raise NoMarket("The market has no prices.", "Run `kasauti refresh` to gather some.")
    return days


def turn_dates(
    days: Sequence[dt.date], start: dt.date, end: dt.date, every: Every
) -> list[dt.date]:
    """The last session of every first, third or twelfth month from `start`, up to `end`.

    A month that has not ended by `end` ends the time with its last session.
    """
    last: dict[int, dt.date] = {}
    for day in days:
        if start <= day <= end:
            last[12 * day.year + day.month] = day
    if not last:
        return []
    first = min(last)
    chosen = [last[month] for month in sorted(last) if (month - first) % STEPS[every] == 0]
    return chosen if chosen[-1] == last[max(last)] else [*chosen, last[max(last)]]


def _outcomes(panels: Panels) -> list[pl.Series]:
    """For each row of the panels, up to the next date: state, return, stopped."""
    bars = panels.bars
    state, change, stopped = [], [], []
    for i, rows in enumerate(panels.rows):
        if i + 1 == len(panels.dates):
            state += [None] * len(rows)
            change.append(np.full(len(rows), np.nan))
            stopped.append(np.zeros(len(rows), bool))
            break
        held, priced, moved, dead = _period(
            bars, panels.bar_codes[rows], panels.dates[i], panels.dates[i + 1]
        )
        state += np.where(held, HELD, np.where(priced, JUMP, NO_PRICE)).tolist()
        change.append(np.where(held, moved, np.nan))
        stopped.append(held & dead)
    return [
        pl.Series("state", state, dtype=pl.String),
        pl.Series("return", np.concatenate(change), nan_to_null=True),
        pl.Series("stopped", np.concatenate(stopped)),
    ]


def _period(
    bars: Bars, company: Ints, begin: dt.date, end: dt.date
) -> tuple[np.ndarray, np.ndarray, Floats, np.ndarray]:
    """Of each company: whether it can be held, whether it has a price, its return, whether dead."""
    from_day, to_day = (day.toordinal() - 719163 for day in (begin, end))
    if not len(bars.day):
        nothing = np.zeros(len(company), bool)
        return nothing, nothing, np.full(len(company), np.nan), nothing
    first = bars.last(company, np.full(len(company), from_day))
    last = bars.last(company, np.full(len(company), to_day))
    at, to = np.maximum(first, 0), np.maximum(last, 0)
    priced = (first >= 0) & (bars.day[at] > from_day - RECENT_DAYS) & (bars.close[at] > 0)
    comparable = bars.start(to) <= at
    dead = bars.day[to] <= to_day - RECENT_DAYS
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = bars.begun[to] / bars.begun[at] - 1
    return priced & comparable, priced, moved, dead


def _turns(
    judged: pl.DataFrame, dates: Sequence[dt.date], levels: Sequence[float | None], cost: float
) -> tuple[Turn, ...]:
    weights: dict[str, float] = {}
    turns = []
    parts = judged.partition_by("date", maintain_order=True)
    for i, part in enumerate(parts[:-1]):
        inside = part.filter("inside")
        held = inside.filter(pl.col("passes") & (pl.col("state") == HELD))
        universe = inside.filter(pl.col("state") == HELD)["return"]
        out = inside.filter(pl.col("passes") & (pl.col("state") != HELD))
        returns = dict(zip(held["isin"], held["return"], strict=True))
        target = {isin: 1 / len(returns) for isin in returns}
        bought, sold = _traded(weights, target)
        gross = fmean(returns.values()) if returns else 0.0
        spent = cost / 100 * (bought + sold)
        net = (1 - spent) * (1 + gross) - 1
        weights = {isin: (1 + r) / len(returns) / (1 + gross) for isin, r in returns.items()}
        before, after = levels[i], levels[i + 1]
        turns.append(
            Turn(
                date=dates[i], until=dates[i + 1], members=int(inside["passes"].sum()),
                held=len(returns), unknown=int(inside["verdict"].is_null().sum()),
                left_out=dict(out["state"].value_counts().sort("state").iter_rows()),
                stopped=int(held["stopped"].sum()), turnover=bought, cost=spent, gross=gross,
                net=net, universe=_mean(universe), universe_size=len(universe),
                index=after / before - 1 if before and after else None,
                deep_losses=int((held["return"] < DEEP_LOSS).sum()),
                gains=int((held["return"] > 0).sum()),
                universe_deep=_mean(universe < DEEP_LOSS), universe_gains=_mean(universe > 0),
            )
        )  # fmt: skip
    return tuple(turns)


def _traded(held: Mapping[str, float], target: Mapping[str, float]) -> tuple[float, float]:
    """What is bought and what is sold to come from one set of weights to another."""
    names = held.keys() | target.keys()
    steps = [target.get(name, 0.0) - held.get(name, 0.0) for name in sorted(names)]
    return math.fsum(s for s in steps if s > 0), math.fsum(-s for s in steps if s < 0)


def _mean(values: pl.Series) -> float | None:
    found = values.mean()
    return float(found) if isinstance(found, int | float) else None


def _index_of(market: Market, judged: pl.DataFrame) -> str:
    """The index of the size class that most passes belong to; empty where none is on file."""
    sizes = judged.filter("passes")["size_class"].drop_nulls().replace_strict(_ROLES)
    names = market.table("indices").select(pl.col("index").unique()).collect()["index"].to_list()
    if sizes.is_empty():
        return ""
    return roles(names).get(sizes.mode().sort()[-1], "")


def _levels(market: Market, index: str, dates: Sequence[dt.date]) -> list[float | None]:
    """The level of an index on each date; the last one of RECENT_DAYS."""
    table = market.table("indices").filter((pl.col("index") == index) & (pl.col("close") > 0))
    closes = table.select("date", "close").sort("date").collect()
    found = pl.DataFrame({"on": dates}).join_asof(
        closes, left_on="on", right_on="date", strategy="backward", tolerance=f"{RECENT_DAYS}d"
    )
    return found["close"].to_list()


def _maybe_line(returns: Sequence[float | None], dates: Sequence[dt.date]) -> Line | None:
    known = [r for r in returns if r is not None]
    return _line(known, dates) if known and len(known) == len(returns) else None


def _line(returns: Sequence[float], dates: Sequence[dt.date]) -> Line:
    worth, peak, fall = 1.0, 1.0, 0.0
    for change in returns:
        worth *= 1 + change
        peak = max(peak, worth)
        fall = min(fall, worth / peak - 1)
    years = (dates[-1] - dates[0]).days / 365.25
    yearly = worth ** (1 / years) - 1 if years >= 1 and worth > 0 else None
    return Line(worth - 1, yearly, fall, min(returns))
