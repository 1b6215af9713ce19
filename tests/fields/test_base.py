"""Measures: arithmetic that carries reasons along, moments, and shared columns."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.fields.base import NOW, At, Measure, Reason, because, mean, missing, shared
from screener.fields.plan import SharedColumns
from screener.market.slots import HOLDINGS, QUARTERS, YEARS

FRAME = pl.DataFrame({"a": [6.0, 6.0, None, 6.0], "b": [2.0, 0.0, 2.0, None]})
A = Measure(pl.col("a"), (because(Reason.SHORT_HISTORY, pl.col("a").is_null()),))
B = Measure(pl.col("b"))


def told(measure: Measure) -> list[object]:
    """The values, and where there is none the reason."""
    frame = FRAME.select(measure.value.alias("value"), measure.reason.alias("reason"))
    return [reason if value is None else value for value, reason in frame.iter_rows()]


def test_a_quotient_says_why_it_is_null():
    assert told(A / B) == [3.0, "ZERO_DENOM", "SHORT_HISTORY", "MISSING"]


def test_numbers_mix_with_measures():
    assert told(2 * A - 1)[0] == 11.0
    assert told(12 / B)[:2] == [6.0, "ZERO_DENOM"]
    assert told(10 - B)[0] == 8.0
    assert told(-(A + 1))[0] == -7.0


def test_a_guard_is_told_before_what_it_guards():
    guarded = (A / B).only_if(pl.col("b") > 1, Reason.NEG_BASE)
    assert told(guarded) == [3.0, "NEG_BASE", "SHORT_HISTORY", "MISSING"]


def test_a_second_choice_stands_in():
    assert told(A.otherwise(B)) == [6.0, 6.0, 2.0, 6.0]
    assert told(missing(Reason.NO_COVERAGE)) == ["NO_COVERAGE"]


def test_a_mean_needs_every_value():
    assert told(mean([A, B])) == [4.0, 3.0, "SHORT_HISTORY", "MISSING"]


def test_the_same_measure_used_often_gives_its_reasons_once():
    assert len((A + A + A * A).codes) == len(A.codes)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_moments_add_up(a, b, c):
    assert At(years=a).back(years=b, quarters=c) == At(a + b, c)


@pytest.mark.parametrize(
    "beyond",
    [
        At(years=YEARS).annual("sales"),
        At(quarters=QUARTERS).quarter("sales"),
        At(quarters=HOLDINGS).holding("promoters"),
        At(years=YEARS).ttm("sales"),
    ],
)
def test_beyond_the_record_is_short_history(beyond):
    assert told(beyond) == ["SHORT_HISTORY"]


def test_a_line_must_exist_and_a_flow_must_have_a_name():
    with pytest.raises(KeyError, match="saels"):
        NOW.annual("saels")
    with pytest.raises(ValueError, match="name of its own"):
        NOW.ttm(lambda line: line("sales"))


def test_every_reason_has_words():
    assert all(reason.sentence for reason in Reason)


def test_shared_measures_are_built_once_and_in_order():
    built: list[At] = []

    def double(at: At) -> Measure:
        built.append(at)
        return A * 2

    once = shared(double)
    plan = SharedColumns()
    at = At(plan=plan)
    total = at.once("total", lambda: once(at) + once(at) + B)
    assert len(built) == 1
    assert [len(stage) for stage in plan.stages] == [2, 2]
    frame = FRAME
    for stage in plan.stages:
        frame = frame.with_columns(stage)
    assert frame.select(total.value)["·total"].to_list() == [26.0, 24.0, None, None]
    assert frame.select(total.reason).to_series().to_list()[2:] == ["SHORT_HISTORY", "MISSING"]
