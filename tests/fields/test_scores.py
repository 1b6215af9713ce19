"""The selectivity score: points by goalposts, missing figures, gates."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.fields.catalogue import by_key, compute
from screener.fields.goalposts import between_posts
from screener.fields.goalposts import built_in as parts
from tests.fields.panels import random_panel, rows, spread

DEBT_POSTS = ((0.0, 100.0), (0.25, 80.0), (0.5, 60.0), (1.0, 35.0), (2.0, 0.0))


def points(value: float, posts=DEBT_POSTS) -> float:
    return pl.select(between_posts(pl.lit(value), posts)).item()


def test_a_debt_of_035_earns_72_points():
    assert points(0.35) == pytest.approx(72.0)


@pytest.mark.parametrize(("value", "expected"), [(-1, 100), (0, 100), (0.5, 60), (2, 0), (9, 0)])
def test_points_are_level_beyond_the_posts(value, expected):
    assert points(float(value)) == pytest.approx(expected)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_less_debt_never_earns_less(a, b):
    low, high = sorted((a, b))
    assert points(low) >= points(high) - 1e-9


def test_every_goalpost_is_of_a_field_and_in_order():
    for part in parts():
        for given_ in part.inputs:
            assert given_.field in by_key()
            xs = [x for x, _ in given_.posts]
            ys = [y for _, y in given_.posts]
            assert xs == sorted(set(xs))
            assert ys in (sorted(ys), sorted(ys, reverse=True))
            assert {min(ys), max(ys)} == {0.0, 100.0}
    assert sum(part.weight for part in parts()) == 100


@pytest.mark.parametrize("kind", ["owner", "lease_heavy", "bank", "lender", "insurer", "fee"])
def test_the_weights_of_a_part_add_up_for_each_kind(kind):
    broad = "other" if kind in ("owner", "lease_heavy") else "financial"
    for part in parts():
        weights = [
            g.weight
            for g in part.inputs
            if not g.stands_in_for and (not g.only or {kind, broad} & set(g.only))
        ]
        expected = {"quality": 100 if broad == "other" else 70}
        if kind == "insurer":  # bad loans are none of theirs
            expected["balance_sheet"] = 60
        assert sum(weights) == expected.get(part.key, 100), part.key


SOUND = {
    "equity_capital_L": 0.0, "reserves_L": 100.0, "borrowings_L": 25.0, "total_assets_L": 200.0,
    "pbt_q": [7.0] * 16, "interest_q": [1.0] * 16, "current_assets_L": 133.0,
    "current_liabilities_L": 100.0, "pledged_h": [5.0], "promoters_h": [50.0],
}  # fmt: skip


def balance_score(**columns):
    frame = compute(rows([spread(SOUND | columns)]), ["balance_sheet_score", "selectivity_gate"])
    return frame["balance_sheet_score"].item(), frame["selectivity_gate"].item()


def test_the_balance_sheet_score_can_be_checked_by_hand():
    score, gate = balance_score()
    assert score == pytest.approx((40 * 80 + 35 * 80 + 15 * 60 + 10 * 75) / 100)
    assert gate == ""


def test_missing_figures_draw_the_score_to_fifty():
    score, _ = balance_score(current_assets_L=None)
    mean = (40 * 80 + 35 * 80 + 10 * 75) / 85
    assert score == pytest.approx(50 + (mean - 50) * 0.85)
    unknown, _ = balance_score(borrowings_L=None, current_assets_L=None)
    assert unknown is None


def test_no_debt_is_full_marks_and_negative_equity_none():
    free, _ = balance_score(borrowings_L=0.0, interest_q=[0.0] * 16)
    assert free == pytest.approx((40 * 100 + 35 * 100 + 15 * 60 + 10 * 75) / 100)
    broken, gate = balance_score(reserves_L=-10.0)
    assert broken == pytest.approx((35 * 80 + 15 * 60 + 10 * 75) / 100)
    assert gate == "negative net worth"


def test_gates_are_told_together():
    _, gate = balance_score(pledged_h=[60.0], pbt_q=[0.1] * 16)
    assert gate == "interest hardly covered, half of promoters' shares pledged"


def test_a_red_gate_caps_the_score():
    panel = random_panel(21, 300)
    frame = compute(panel, ["selectivity_score", "selectivity_gate"])
    gated = frame.filter(pl.col("selectivity_gate") != "")["selectivity_score"].drop_nulls()
    free = frame.filter(pl.col("selectivity_gate") == "")["selectivity_score"].drop_nulls()
    assert gated.len() > 5
    assert gated.max() <= 40
    assert free.max() > 40


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_scores_lie_between_0_and_100(seed):
    keys = ["selectivity_score", *(f"{part.key}_score" for part in parts()), "selectivity_coverage"]
    frame = compute(random_panel(seed, 60), keys)
    for key in keys:
        values = frame[key].drop_nulls()
        assert values.is_between(-1e-9, 100 + 1e-9).all(), key


def test_companies_without_analysts_are_not_held_back():
    rising = [float(30 - k) for k in range(16)]
    covered = {"eps_q": rising, "sales_q": rising, "net_profit_q": rising}
    plain = compute(rows([spread({**covered, "analysts": 0})]), ["growth_score"])
    assert plain["growth_score"].item() is not None
    praised = compute(
        rows([spread({**covered, "analysts": 4, "est_up_30d": 4, "est_down_30d": 0,
                      "est_eps2": 12.0, "est_eps2_90d": 10.0, "close": 100.0})]),
        ["growth_score"],
    )  # fmt: skip
    assert praised["growth_score"].item() > plain["growth_score"].item()
