"""The line through an index: regression channel, distribution days, averages, worst fall."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

MIN_SESSIONS: Final = 60
MAX_SESSIONS: Final = 250
MIN_R2: Final = 0.5
BANDS: Final = 2.0  # residual standard deviations on either side
TREND_T: Final = 3.0

DISTRIBUTION_FALL: Final = -0.002
DISTRIBUTION_WINDOW: Final = 25
DISTRIBUTION_VOID: Final = 1.05

_SWING: Final = 10  # a swing low is the lowest close of so many sessions before and after it

Direction = Literal["falling", "rising", "flat"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A least-squares line through values at 0, 1, 2 … `sd` has n − 2 degrees of freedom."""

    slope: float
    start: float
    end: float
    sd: float
    r2: float
    t: float  # slope over its standard error
    above: float  # largest residual
    below: float  # smallest residual


@dataclass(frozen=True)
class Channel:
    """A regression channel of the log close; levels are in points of the index.

    Below an R² of 0.5 the closes make no channel: `refusal` says so and the levels are None.
    """

    first: dt.date
    last: dt.date
    sessions: int
    close: float
    r2: float
    t: float
    direction: Direction
    slope: float  # per session, as a fraction
    middle: float | None = None  # at the last session, as are all levels
    upper: float | None = None
    lower: float | None = None
    highest: float | None = None  # parallel through the highest and the lowest residual
    lowest: float | None = None
    place: float | None = None  # of the close: 0 on the lower band, 1 on the upper
    base: float | None = None  # the lower band
    target: float | None = None  # one channel height below the base
    swing_low: float | None = None
    swing_day: dt.date | None = None
    refusal: str = ""


def regression(values: ArrayLike) -> Line | None:
    """The line through the values; None for fewer than three."""
    y = np.asarray(values, dtype=np.float64)
    n = len(y)
    if n < 3:
        return None
    x = np.arange(n, dtype=np.float64) - (n - 1) / 2
    spread = float(x @ x)
    slope = float(x @ y) / spread
    residual = y - y.mean() - slope * x
    left = float(residual @ residual)
    whole = float(((y - y.mean()) ** 2).sum())
    # A still series leaves only rounding; it has no direction that a line could explain.
    still = whole <= 1e-24 * max(float(y @ y), 1e-300)
    sd = math.sqrt(left / (n - 2))
    half = slope * (n - 1) / 2
    error = sd / math.sqrt(spread)
    return Line(
        slope=slope,
        start=float(y.mean()) - half,
        end=float(y.mean()) + half,
        sd=sd,
        r2=0.0 if still else max(0.0, 1 - left / whole),
        t=0.0 if still else slope / error if error > 0 else math.copysign(math.inf, slope),
        above=float(residual.max()),
        below=float(residual.min()),
    )


def channel(
    closes: Sequence[float], days: Sequence[dt.date], sessions: int | None = None
) -> Channel | None:
    """The channel of an index over its last sessions, 60 to 250; None where there are fewer.

    Without `sessions` it starts at the last turn: the high or the low of 250 sessions, whichever
    came later with 60 sessions since. A fall is measured from its top and a rise from its bottom.
    """
    y = np.log(np.asarray(closes, dtype=np.float64)[-MAX_SESSIONS:])
    if len(y) < MIN_SESSIONS:
        return None
    count = _sessions_since_turn(y) if sessions is None else sessions
    count = min(max(count, MIN_SESSIONS), len(y))
    y, dates = y[-count:], days[-count:]
    line = regression(y)
    assert line is not None
    found = Channel(
        first=dates[0],
        last=dates[-1],
        sessions=count,
        close=float(closes[-1]),
        r2=line.r2,
        t=line.t,
        direction=_direction(line.t),
        slope=math.expm1(line.slope),
    )
    if line.r2 < MIN_R2:
        reason = f"no channel: a line explains only {100 * line.r2:.0f} % of the movement"
        return replace(found, refusal=reason)
    half = BANDS * line.sd
    low, low_day = swing_low(closes[-count:], dates) or (None, None)
    return replace(
        found,
        middle=math.exp(line.end),
        upper=math.exp(line.end + half),
        lower=math.exp(line.end - half),
        highest=math.exp(line.end + line.above),
        lowest=math.exp(line.end + line.below),
        place=(float(y[-1]) - line.end + half) / (2 * half) if half > 0 else None,
        base=math.exp(line.end - half),
        target=math.exp(line.end - 3 * half),
        swing_low=low,
        swing_day=low_day,
    )


def _sessions_since_turn(y: Floats) -> int:
    """Sessions from the later of high and low that leaves enough of them; else from the earlier."""
    since = sorted(len(y) - int(at) for at in (y.argmax(), y.argmin()))
    return since[0] if since[0] >= MIN_SESSIONS else since[1]


def _direction(t: float) -> Direction:
    return "falling" if t < -TREND_T else "rising" if t > TREND_T else "flat"


def swing_low(closes: Sequence[float], days: Sequence[dt.date]) -> tuple[float, dt.date] | None:
    """The latest close that is the lowest of ten sessions before it and ten after it."""
    for i in range(len(closes) - 1 - _SWING, _SWING - 1, -1):
        if closes[i] == min(closes[i - _SWING : i + _SWING + 1]):
            return float(closes[i]), days[i]
    return None


def distribution_days(closes: Sequence[float], volumes: Sequence[float | None]) -> int | None:
    """Sessions of the last 25 with a close down 0.2 % or more on a larger volume.

    One is void once a later close stands 5 % or more above its close. None where a volume that
    is needed is missing.
    """
    count = 0
    for i in range(max(1, len(closes) - DISTRIBUTION_WINDOW), len(closes)):
        volume, before = volumes[i], volumes[i - 1]
        if not volume or not before:
            return None
        fell = closes[i] / closes[i - 1] - 1 <= DISTRIBUTION_FALL
        void = max(closes[i:]) >= DISTRIBUTION_VOID * closes[i]
        count += fell and volume > before and not void
    return count


def above_average(closes: Sequence[float], sessions: int = 200) -> bool | None:
    """Whether the last close is above the mean of so many sessions; None where they are fewer."""
    if len(closes) < sessions:
        return None
    return bool(closes[-1] > np.mean(np.asarray(closes[-sessions:], dtype=np.float64)))


def max_drawdown(closes: Sequence[float]) -> float | None:
    """The worst fall from a high to a later low as a fraction, zero or below; None of nothing."""
    if not len(closes):
        return None
    values = np.asarray(closes, dtype=np.float64)
    return float((values / np.maximum.accumulate(values)).min() - 1)
