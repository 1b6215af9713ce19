"""The channel of an index, its distribution days and its falls."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.regime import channel, distribution_days, max_drawdown, regression
from screener.regime.channel import swing_low

FIRST = dt.date(2025, 1, 1)


def days(n: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(days=i) for i in range(n)]


def zigzag(n: int, step: float, swing: float = 0.01) -> list[float]:
    """An exponential path with a swing up and down around it."""
    return [1000 * math.exp(step * i + (swing if i % 2 else -swing)) for i in range(n)]


def test_a_falling_channel_by_hand():
    closes = zigzag(100, -0.002)
    found = channel(closes, days(100))
    assert found is not None
    assert found.direction == "falling"
    assert found.sessions == 99  # from its top, the second session
    assert found.slope == pytest.approx(-0.002, abs=2e-5)
    line = regression(np.log(closes[1:]))
    sd = np.sqrt(
        sum((math.log(c) - line.start - line.slope * i) ** 2 for i, c in enumerate(closes[1:])) / 97
    )
    assert math.log(found.upper / found.lower) == pytest.approx(4 * sd)
    assert found.base == found.lower
    assert found.target == pytest.approx(found.base * found.lower / found.upper)
    assert found.lowest <= found.close <= found.highest
    assert 0 < found.place < 1


def test_a_fall_is_measured_from_its_top_and_a_rise_from_its_bottom():
    up, down = zigzag(120, 0.004), zigzag(120, -0.004)
    fell = channel([*up, *(c * up[-1] / down[0] for c in down)], days(240))
    assert (fell.direction, fell.sessions) == ("falling", pytest.approx(120, abs=2))
    rose = channel([*down, *(c * down[-1] / up[0] for c in up)], days(240))
    assert (rose.direction, rose.sessions) == ("rising", pytest.approx(120, abs=2))


def test_what_no_line_explains_is_refused_with_its_r2():
    found = channel(zigzag(80, 0.0, 0.05), days(80))
    assert found.r2 < 0.5
    assert found.refusal
    assert (found.base, found.target, found.upper) == (None, None, None)
    still = channel([100.0] * 80, days(80))
    assert (still.r2, still.direction) == (0.0, "flat")
    assert still.refusal


def test_too_few_sessions_make_no_channel():
    assert channel(zigzag(59, -0.002), days(59)) is None
    assert channel(zigzag(400, -0.002), days(400), sessions=400).sessions == 250
    assert channel(zigzag(400, -0.002), days(400), sessions=10).sessions == 60


@given(
    st.lists(st.integers(5000, 20000).map(lambda paise: paise / 100), min_size=60, max_size=70),
    st.floats(1e-3, 1e3),
)
def test_a_channel_does_not_depend_on_the_scale(closes, scale):
    one, other = (channel([c * k for c in closes], days(len(closes))) for k in (1.0, scale))
    assert one.r2 == pytest.approx(other.r2, abs=1e-6)
    if abs(one.r2 - 0.5) > 1e-6 and one.base is not None:
        assert other.base == pytest.approx(one.base * scale, rel=1e-6)
        assert other.target == pytest.approx(one.target * scale, rel=1e-6)
        assert one.target <= one.base <= one.middle <= one.upper


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=60))
def test_the_line_is_numpys(values):
    found = regression(values)
    slope, start = np.polyfit(np.arange(len(values)), values, 1)
    scale = 1 + max(abs(v) for v in values)
    assert found.slope == pytest.approx(slope, abs=1e-8 * scale)
    assert found.start == pytest.approx(start, abs=1e-8 * scale)
    assert 0 <= found.r2 <= 1
    assert found.below <= 1e-8 * scale
    assert found.above >= -1e-8 * scale


def test_the_last_confirmed_low():
    closes = [10.0] * 30
    closes[12], closes[25] = 8.0, 7.0  # the second has only four sessions after it
    assert swing_low(closes, days(30)) == (8.0, days(30)[12])
    assert swing_low([10.0] * 15, days(15)) is None


def test_a_distribution_day_needs_fall_and_volume_and_lapses():
    assert distribution_days([100, 99.8], [10, 11]) == 1
    assert distribution_days([100, 99.81], [10, 11]) == 0  # not rounded to −0.2 %
    assert distribution_days([100, 99.0], [10, 10]) == 0
    assert distribution_days([100, 99.0, 99.0 * 1.05], [10, 11, 10]) == 0
    assert distribution_days([100, 99.0, 99.0 * 1.049], [10, 11, 10]) == 1
    falling = [100 * 0.99**i for i in range(40)]
    assert distribution_days(falling, list(range(1, 41))) == 25
    assert distribution_days(falling, [*range(1, 40), None]) is None
    assert distribution_days(falling, [0.0] * 40) is None


@given(st.lists(st.floats(1, 1000), min_size=1, max_size=40))
def test_the_worst_fall_is_the_worst_of_all_pairs(closes):
    worst = min(b / a - 1 for i, a in enumerate(closes) for b in closes[i:])
    assert max_drawdown(closes) == pytest.approx(worst, abs=1e-12)
    assert max_drawdown([]) is None
