"""Facts are only ever added; what was known before stays known as it was."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.merge import merged_facts, merged_prices
from screener.market.schema import FACTS, empty

END, KNOWN = dt.date(2026, 3, 31), dt.date(2026, 6, 1)


def fact(value: float, seen: dt.datetime, line: str = "sales", isin: str = "INE000101010"):
    return {
        "isin": isin,
        "basis": "consolidated",
        "kind": "annual",
        "period_end": END,
        "months": 12,
        "line": line,
        "value": value,
        "unit": "cr",
        "known_at": KNOWN,
        "known_basis": "rule",
        "seen_at": seen,
        "source": "screener.in",
    }


def frame(*rows) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FACTS)


FIRST = dt.datetime(2026, 6, 10, 8)
LATER = dt.datetime(2026, 7, 10, 20)  # the 11th in India


def test_the_same_figure_seen_again_is_not_added():
    before = frame(fact(715, FIRST), fact(20, FIRST, "eps"))
    assert merged_facts(before, frame(fact(715, LATER), fact(20, LATER, "eps"))).equals(before)
    assert merged_facts(before, empty("facts")).equals(before)


def test_a_restatement_is_one_more_row_known_when_it_was_seen():
    before = frame(fact(715, FIRST), fact(20, FIRST, "eps"))
    after = merged_facts(before, frame(fact(713, LATER), fact(20, LATER, "eps")))
    assert after.head(2).equals(before)
    (row,) = after.tail(1).rows(named=True)
    assert after.height == 3
    assert (row["value"], row["known_at"], row["known_basis"]) == (
        713,
        dt.date(2026, 7, 11),
        "seen",
    )


def test_going_back_to_the_first_figure_is_a_restatement_too():
    facts = frame(fact(715, FIRST))
    for days, value in enumerate((713, 715, 715), 1):
        facts = merged_facts(facts, frame(fact(value, LATER + dt.timedelta(days=days))))
    assert facts["value"].to_list() == [715, 713, 715]


def test_another_sources_figure_restates_nothing():
    before = frame(fact(715, FIRST))
    other = {**fact(715.4, LATER), "source": "import"}
    after = merged_facts(before, frame(other))
    assert after.rows(named=True) == [*before.rows(named=True), other]
    assert merged_facts(after, frame(fact(715, LATER))).equals(after)


def test_first_figures_keep_their_rule_date():
    after = merged_facts(empty("facts"), frame(fact(715, FIRST)))
    assert after.equals(frame(fact(715, FIRST)))


values = st.lists(
    st.tuples(st.sampled_from(["sales", "eps"]), st.sampled_from([1.0, 2.0]), st.booleans()),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(values, max_size=5))
def test_merging_never_drops_or_changes_a_row_and_repeats_nothing(rounds):
    facts = empty("facts")
    for number, cells in enumerate(rounds):
        seen = FIRST + dt.timedelta(days=number)
        given_now = {(line, other): value for line, value, other in cells}
        new = frame(
            *(
                fact(value, seen, line, "INE000201010" if other else "INE000101010")
                for (line, other), value in given_now.items()
            )
        )
        after = merged_facts(facts, new)
        assert after.head(facts.height).equals(facts)
        assert merged_facts(after, new).equals(after)
        for (isin, line), history in after.group_by("isin", "line"):
            series = history.sort("seen_at")["value"].to_list()
            assert all(a != b for a, b in pairwise(series)), (isin, line)
        facts = after


def test_prices_of_a_day_are_held_once_and_in_order():
    def price(isin: str, day: int, close: float) -> pl.DataFrame:
        return pl.DataFrame({"isin": [isin], "date": [dt.date(2026, 6, day)], "close": [close]})

    before = merged_prices(empty("prices"), [price("B", 2, 1), price("A", 2, 1)])
    after = merged_prices(before, [price("A", 1, 5), price("A", 2, 7)])
    assert after.select("isin", "date", "close").rows() == [
        ("A", dt.date(2026, 6, 1), 5),
        ("A", dt.date(2026, 6, 2), 7),
        ("B", dt.date(2026, 6, 2), 1),
    ]
