"""Events tell how fast it goes, how long it takes, whom it waits for and what went wrong last."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.report import Miss, Tally, What


def test_rate_and_time_left_come_from_the_last_steps():
    tally = Tally("site", "example.in", total=100)
    for step in range(1, 41):
        tally.fetched = step
        event = tally.event("x", now=step * 6.0)
    assert event.rate == pytest.approx(10)  # a minute
    assert event.eta_s == pytest.approx(60 * 6)
    assert (event.done, event.total, event.what) == (40, 100, What.STEP)
    for step in range(41, 62):  # it slows down: the last steps count
        tally.fetched = step
        event = tally.event("x", now=240 + (step - 40) * 60.0)
    assert event.rate == pytest.approx(1)


def test_nothing_is_said_of_speed_before_it_is_known():
    tally = Tally("site", "example.in", total=3)
    first = tally.event("waiting its turn", 5.0, waiting_s=4)
    assert (first.rate, first.eta_s, first.what) == (None, None, What.WAIT)
    tally.fetched = 1
    assert tally.event("one", 10.0).rate == pytest.approx(12)


def test_without_a_total_there_is_no_time_left():
    tally = Tally("site", "example.in")
    tally.event("x", 0.0)
    tally.fetched = 1
    event = tally.event("x", 5.0)
    assert (event.total, event.eta_s) == (0, None)
    assert event.rate == pytest.approx(12)


def test_waiting_is_no_step():
    tally = Tally("site", "example.in", total=9)
    for now in (0.0, 10.0, 20.0):
        assert tally.event("waiting its turn", now, waiting_s=5).rate is None


def test_trouble_is_told_and_remembered():
    tally = Tally("site", "example.in", total=9)
    tally.failed.append(Miss("A", "it was cut off"))
    event = tally.event("the list stays: it was cut off", 1.0)
    assert (event.what, event.error) == (What.TROUBLE, "the list stays: it was cut off")
    tally.fetched = 1
    event = tally.event("B: 30 figures", 2.0)
    assert (event.what, event.error) == (What.STEP, "the list stays: it was cut off")
    tally.stopped = "the door is closed"
    event = tally.event(tally.stopped, 3.0)
    assert (event.what, event.error) == (What.LEFT, "the door is closed")


def test_an_estimate_that_was_too_low_is_no_more_than_what_was_done():
    tally = Tally("site", "example.in", total=4, fetched=6)
    event = tally.event("x", 1.0)
    assert (event.done, event.total) == (6, 6)
    tally.expect(3)
    assert tally.event("x", 2.0).total == 9


@given(st.lists(st.tuples(st.floats(0.001, 1000), st.integers(0, 2)), min_size=1, max_size=40))
def test_speed_is_never_negative_and_the_end_never_in_the_past(steps):
    tally, now, seen = Tally("site", "h", total=30), 0.0, []
    for seconds, more in steps:
        now += seconds
        tally.fetched += more
        seen.append(tally.event("x", now))
    assert all(event.rate is None or event.rate >= 0 for event in seen)
    assert all(event.eta_s is None or event.eta_s >= 0 for event in seen)
    assert all(a.done <= b.done for a, b in pairwise(seen))
