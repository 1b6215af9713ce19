"""The revision rank: a mean of percentiles among the companies that analysts cover."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.fields.catalogue import compute
from tests.fields.panels import rows, spread, year_end

APPROX = pytest.approx
KEYS = ("revision_rank", "revision_breadth_30d", "eps_fy1_revision_60d", "eps_fy2_revision_60d",
        "eps_surprise")  # fmt: skip


def covered(up: int | None, now: float | None, beat: float | None, now2: float | None = None):
    """Of ten analysts `up` raised; estimates were 10 (20 next year) 60 days ago; EPS of 5 was
    `beat` more than expected."""
    expected = None if beat is None else 5.0 - beat
    return spread({
        "analysts": 10, "est_up_30d": up, "est_down_30d": 0, "est_eps1": now, "est_eps1_60d": 10.0,
        "est_eps2": now2, "est_eps2_60d": 20.0, "eps": [5.0], "exceptional": [0.0],
        "net_profit": [5.0], "owners_profit": [5.0], "close": 100.0, "sessions_since_trade": 0,
        "zero_volume_60d": 0.0, "est_eps_0y": expected,
        "est_end_0y": None if beat is None else year_end(0),
    })  # fmt: skip


def test_a_rank_can_be_checked_by_hand():
    frame = compute(
        rows([
            covered(2, 11.0, 1.0, 24.0),  # breadth 0.2; +10 % and +20 %: 15 %; 1 % above
            covered(4, 12.0, None),  # 0.4; +20 %
            covered(4, 9.0, -1.0, 20.0),  # 0.4; −10 % and 0 %: −5 %; 1 % below
            covered(1, None, None),
            {"analysts": 0},
        ]), KEYS,
    )  # fmt: skip
    # Breadth 0.1, 0.2, 0.4, 0.4 stand at 12.5, 37.5, 75, 75; the others in threes and twos.
    assert frame["revision_rank"].to_list()[:3] == [
        APPROX((37.5 + 50 + 75) / 3), APPROX((75 + 250 / 3) / 2), APPROX((75 + 50 / 3 + 25) / 3),
    ]  # fmt: skip
    assert frame["revision_rank?"].to_list() == [None] * 3 + ["NO_COVERAGE"] * 2


numbers = st.integers(-8, 8).map(float)
companies = st.lists(
    st.builds(
        covered, st.one_of(st.none(), st.integers(0, 10)), st.one_of(st.none(), numbers),
        st.one_of(st.none(), numbers), st.one_of(st.none(), numbers),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(companies)
def test_the_long_way_gives_the_same(given_companies):
    market = list(compute(rows(given_companies), KEYS).iter_rows(named=True))

    def magnitude(one):
        changes = [one[f"eps_fy{y}_revision_60d"] for y in (1, 2)]
        known = [c for c in changes if c is not None]
        return statistics.mean(known) if known else None

    def place(of, one):
        mine, values = of(one), [v for o in market if (v := of(o)) is not None]
        if mine is None:
            return None
        ties, below = sum(v == mine for v in values), sum(v < mine for v in values)
        return (below + ties / 2) / len(values) * 100

    inputs = (lambda o: o["revision_breadth_30d"], magnitude, lambda o: o["eps_surprise"])
    for one in market:
        places = [p for of in inputs if (p := place(of, one)) is not None]
        expected = statistics.mean(places) if len(places) >= 2 else None
        assert one["revision_rank"] == (None if expected is None else APPROX(expected))
