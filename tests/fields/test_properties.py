"""What holds of every field on any panel."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from screener.fields.base import At, History
from screener.fields.catalogue import all_fields, compute
from screener.fields.plan import SharedColumns
from tests.fields.panels import random_panel

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_a_figure_is_finite_or_null_and_null_exactly_where_a_reason_is_given(seed):
    frame = compute(random_panel(seed))
    numbers = frame.select(pl.col(pl.Float64))
    finite = numbers.select(pl.all().is_finite().all())
    assert all(finite.row(0)), [
        n for n, ok in zip(finite.columns, finite.row(0), strict=True) if not ok
    ]
    for field in all_fields():
        null, reasoned = frame[field.key].is_null(), frame[f"{field.key}?"].is_not_null()
        assert (null == reasoned).all(), field.key


@settings(max_examples=3, deadline=None)
@given(SEEDS, st.integers(0, 4))
def test_every_field_with_a_history_can_be_taken_earlier(seed, back):
    plan = SharedColumns()  # what many fields build on, worked out once
    moments = {
        History.ANNUAL: At(years=back, plan=plan),
        History.TTM: At(years=back, plan=plan),
        History.QUARTER: At(quarters=back, plan=plan),
        History.HOLDING: At(quarters=back, plan=plan),
    }
    measures = {
        field.key: field.define(moments[field.history])
        for field in all_fields()
        if field.history is not None
    }
    panel = shared = random_panel(seed, 8)
    for stage in plan.stages:
        shared = shared.with_columns(stage)
    frame = shared.select(m.value.alias(key) for key, m in measures.items())
    assert frame.width == len(measures)
    assert frame.height in (1, panel.height)


@settings(max_examples=3, deadline=None)
@given(SEEDS)
def test_a_company_counts_for_itself_alone_before_peers_are_compared(seed):
    panel = random_panel(seed, 12)
    keys = [field.key for field in all_fields() if field.stage == 1]
    whole, one = compute(panel, keys), compute(panel[5:6], keys)
    assert_frame_equal(one, whole[5:6], rel_tol=1e-9)
