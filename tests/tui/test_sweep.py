"""Numbers of a query: which can be moved, in which steps, and that only they change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sweep import begun, condition_of, step_of, thresholds

QUERY = (
    "Is not financial\nAND ROCE > 15\nAND Debt to equity <= 0.6 AND PE between 5 and 20\n"
    "AND (Price to Earning < 20 OR Return over 3years > -5) AND Sales growth 3Years > 8\n"
    "AND High price > 2 * Book value AND Sales > 1,000 cr AND 15 < ROE # 7 > 5"
)


def test_only_numbers_that_something_is_compared_with_are_thresholds() -> None:
    found = [t.text for t in thresholds(QUERY)]
    assert found == ["15", "0.6", "5", "20", "20", "-5", "8", "1,000", "15"]
    assert all(QUERY[t.start : t.end] == t.text for t in thresholds(QUERY))


@pytest.mark.parametrize(
    ("value", "step"),
    [(15, 1), (20, 1), (0.6, 0.05), (100, 5), (1000, 50), (0, 1), (-5, 0.2), (0.3, 0.02), (25, 1)],
)
def test_a_step_is_round_and_a_small_part_of_the_number(value: float, step: float) -> None:
    assert step_of(value) == pytest.approx(step)


@given(st.floats(0.001, 1e7), st.integers(-30, 30))
def test_steps_back_undo_steps_forward_from_a_round_value(value: float, steps: int) -> None:
    query = f"ROCE > {value:.6f}".rstrip("0").rstrip(".")
    sweep = begun(query, 0, frozenset())
    assert sweep is not None
    on_grid = sweep.moved(query, 1)
    there = sweep.moved(on_grid, steps) if steps else on_grid
    assert sweep.moved(there, -steps) == on_grid if steps else True
    before, after = thresholds(query)[0].value, thresholds(on_grid)[0].value
    assert before < after <= before + sweep.step * (1 + 1e-9)


def test_moving_a_number_changes_nothing_else_and_passes_zero() -> None:
    sweep = begun(QUERY, 5, frozenset())
    assert sweep is not None
    query = QUERY
    for _ in range(30):
        query = sweep.moved(query, 1)
    assert query == QUERY.replace("> -5)", "> 1)")


def test_a_threshold_is_found_in_its_condition() -> None:
    spans = [(0, 16), (21, 30), (35, 55)]
    assert condition_of(spans, thresholds(QUERY)[0]) == 1
    assert condition_of(spans, thresholds(QUERY)[-1]) is None
    assert begun(QUERY, 99, frozenset()) is None
