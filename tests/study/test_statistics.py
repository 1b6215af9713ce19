"""The statistics of the study against definitions written out, and their plain properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.statistics import auc, overlap, ranks, spearman, tenths

numbers = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=40)


@given(numbers)
def test_ranks_are_the_mean_place_among_equals(values):
    column = np.array(values)
    expected = [(column < v).sum() + ((column == v).sum() + 1) / 2 for v in column]
    assert ranks(column).tolist() == expected


@given(numbers, st.data())
def test_auc_is_the_share_of_pairs_in_order(values, data):
    member = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    )
    column = np.array(values)
    inside, outside = column[member], column[~member]
    if not len(inside) or not len(outside):
        assert np.isnan(auc(column, member))
        return
    pairs = [(a > b) + 0.5 * (a == b) for a in inside for b in outside]
    assert auc(column, member) == pytest.approx(np.mean(pairs))
    assert auc(-column, member) == pytest.approx(1 - np.mean(pairs))


def test_auc_leaves_unknown_scores_out():
    score = np.array([1.0, np.nan, 3.0, 2.0])
    assert auc(score, np.array([False, True, True, False])) == 1.0


@given(numbers)
def test_spearman_knows_only_the_order(values):
    column = np.array(values)
    if np.ptp(column) == 0:
        assert np.isnan(spearman(column, column))
    else:
        assert spearman(column, column**3 + column) == pytest.approx(1.0)
        assert spearman(column, -np.exp(column)) == pytest.approx(-1.0)


@given(st.lists(st.floats(-9, 9), min_size=10, max_size=200))
def test_tenths_are_in_order_and_as_equal_as_can_be(values):
    column = np.array(values)
    group = tenths(column)
    sizes = np.bincount(group, minlength=11)[1:]
    assert sizes.sum() == len(column)
    assert sizes.max() - sizes.min() <= 1
    for n in range(1, 10):
        if sizes[n - 1] and sizes[n]:
            assert column[group == n].max() <= column[group == n + 1].min()


def test_overlap_is_the_share_that_stays():
    assert overlap({"a", "b", "c", "d"}, {"a", "x"}) == 0.25
    assert np.isnan(overlap(set(), {"a"}))
