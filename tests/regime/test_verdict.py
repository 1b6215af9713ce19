"""The sentence on top and the rule behind it; the reasons beside the decliners."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.regime import market_state
from screener.regime.breadth import Breadth, Share
from screener.regime.verdict import verdict


def breadth(above_200: int | None, above_50: int = 0, deep: int = 0, fallers: int = 0) -> Breadth:
    """A segment of a hundred companies with these counts; without averages if None."""
    of = 100 if above_200 is not None else 0
    none = Share(0, 100)
    return Breadth(
        companies=100, priced=100, rare=0, fallers=Share(fallers, 100),
        below_high=(Share(deep, 100), none, none), above_50=Share(above_50, 100),
        above_200=Share(above_200 or 0, of), advances=0, declines=0, unchanged=0,
        median_drawdown=None, histogram=(), drawdowns=(), returns=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("small", "large", "against", "regime"),
    [
        ((39, 20, 50), 54, None, "distribution"),  # 15 points apart
        ((39, 20, 50), 53, None, "mixed"),
        ((39, 20, 50), 40, -0.01, "distribution"),  # small caps lag
        ((39, 20, 50), 40, 0.01, "mixed"),
        ((39, 20, 49), 54, -0.05, "mixed"),  # not deep enough
        ((39, 20, 90), 39, -0.05, "broad decline"),
        ((39, 60, 90), 39, -0.05, "recovery"),
        ((39, 20, 90), None, -0.05, "distribution"),
        ((39, 20, 90), None, None, "mixed"),
        ((60, 20, 0), 60, None, "broad advance"),
        ((45, 20, 0), 60, None, "narrow advance"),
        ((46, 20, 0), 60, None, "mixed"),
        ((None, 0, 0), 60, None, "unknown"),
    ],
)
def test_the_rule(small, large, against, regime):
    found = verdict(breadth(*small), breadth(large), against)
    assert found.regime == regime


def test_the_sentence_holds_the_deciding_figures():
    found = verdict(breadth(23, 20, 79, 46), breadth(71), -0.1233)
    assert found.sentence == (
        "Small caps are being distributed: 23 % of 100 small caps stand above their 200-session "
        "average (large caps 71 %), 79 % are 20 % or more under their 52-week high, 46 % have lost "
        "10 % or more this year, and they lost 11.6 % against large caps in 13 weeks."
    )


counts = st.integers(0, 100)


@given(counts, counts, counts, counts, counts | st.none(), st.floats(-1, 1) | st.none())
def test_every_market_has_a_regime_and_more_strength_is_never_a_decline(a, b, c, d, large, against):
    found = verdict(breadth(a, b, c, d), breadth(large), against)
    assert found.sentence.endswith(".")
    assert f"{a} %" in found.sentence
    if a >= 40:
        assert found.regime not in ("distribution", "broad decline", "recovery")
    if large is not None and large >= 40:
        assert found.regime != "broad decline"


@pytest.fixture(scope="module")
def small(demo):
    return market_state(demo).segment("small")


def test_decliners_are_the_worst_and_their_reasons_are_their_fields(demo, small):
    fields = {row["symbol"]: row for row in demo.fields.iter_rows(named=True)}
    losses = [one.this_year for one in small.worst]
    assert len(losses) == 10
    assert losses == sorted(losses)
    rules = {
        "earnings": lambda r: r["profit_growth"] < 0 <= r["core_profit"],
        "loss": lambda r: r["core_profit"] < 0,
        "expensive": lambda r: r["peer_pe_premium"] > max(25, r["peer_pe_error"] or 0),
        "pledge": lambda r: r["pledged_pct_of_promoter"] >= 20,
        "cash": lambda r: r["cfo_to_pat_3y"] < 0.5,
        "estimates": lambda r: r["eps_fy1_revision_90d"] <= -5,
    }
    columns = {
        "earnings": "profit_growth", "loss": "core_profit", "expensive": "peer_pe_premium",
        "pledge": "pledged_pct_of_promoter", "cash": "cfo_to_pat_3y",
        "estimates": "eps_fy1_revision_90d",
    }  # fmt: skip
    assert any(one.causes for one in small.worst)
    for one in small.worst:
        row = fields[one.symbol]
        found = {c.key: c.value for c in one.causes}
        for key, rule in rules.items():
            known = row[columns[key]] is not None
            assert (key in found) == (known and rule(row)), (one, key)
            if key in found:
                assert found[key] == row[columns[key]]


def test_weaknesses_are_counted_over_those_that_could_be_judged(small):
    assert {c.key for c in small.causes} >= {"earnings", "loss", "expensive", "pledge", "cash"}
    for cause in small.causes:
        assert cause.fallers.of <= small.breadth.fallers.count
        assert cause.fallers.of + cause.others.of <= small.breadth.fallers.of
        assert cause.fallers.count <= cause.fallers.of
