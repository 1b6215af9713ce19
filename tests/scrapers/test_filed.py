"""Filed figures beside those of pages: rounding, restatements, and when each was known."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.filed import SOURCE, with_filings
from scrapers.merge import merged_facts
from screener.market.knowledge import known_by_broadcast
from screener.market.schema import FACTS, conform

QUARTER = dt.date(2026, 3, 31)
BROADCAST = dt.date(2026, 4, 28)
RULE = dt.date(2026, 5, 15)
SEEN = dt.datetime(2026, 6, 1, 12)


def fact(
    value: float,
    line: str = "sales",
    *,
    filed: bool = False,
    known: dt.date | None = None,
    basis: str = "consolidated",
    seen: dt.datetime = SEEN,
    end: dt.date = QUARTER,
    known_basis: str = "",
) -> pl.DataFrame:
    row = {
        "isin": "INE000101010",
        "basis": basis,
        "kind": "quarter",
        "period_end": end,
        "months": 3,
        "line": line,
        "value": value,
        "unit": "cr",
        "known_at": known or (BROADCAST if filed else RULE),
        "known_basis": known_basis or ("broadcast" if filed else "rule"),
        "seen_at": seen,
        "source": SOURCE if filed else "screener.in",
    }
    return conform("facts", pl.DataFrame([row]))


def rows(facts: pl.DataFrame) -> list[tuple[object, ...]]:
    return facts.select("line", "value", "known_at", "known_basis", "source").rows()


def test_without_filings_nothing_changes():
    facts = fact(100)
    assert with_filings(facts).equals(facts)


@pytest.mark.parametrize(
    ("printed", "exact"),
    [(100.0, 100.49), (100.0, 99.51), (3.2, 3.24), (3.24, 3.2449), (-7.0, -6.6), (0.0, 0.4)],
)
def test_rounding_is_no_restatement(printed, exact):
    found = with_filings(fact(printed), fact(exact, filed=True))
    assert rows(found) == [("sales", exact, BROADCAST, "broadcast", SOURCE)]


def test_a_restated_figure_is_known_when_it_was_seen():
    found = with_filings(fact(120), fact(100.4, filed=True))
    assert rows(found) == [
        ("sales", 120, SEEN.date(), "seen", "screener.in"),
        ("sales", 100.4, BROADCAST, "broadcast", SOURCE),
    ]


def test_lines_that_sites_group_otherwise_keep_their_date():
    found = with_filings(fact(120, "fixed_assets"), fact(100, "fixed_assets", filed=True))
    assert [row[2] for row in rows(found)] == [RULE, BROADCAST]


def test_further_lines_of_the_same_report_count_from_the_broadcast():
    pages = pl.concat([fact(100), fact(12, "opm"), fact(11, "opm", basis="standalone")])
    found = with_filings(pages, fact(100.2, filed=True))
    assert rows(found) == [
        ("opm", 12, BROADCAST, "broadcast", "screener.in"),
        ("opm", 11, RULE, "rule", "screener.in"),
        ("sales", 100.2, BROADCAST, "broadcast", SOURCE),
    ]


def test_accounts_that_agree_in_nothing_are_not_dated_by_each_other():
    found = with_filings(pl.concat([fact(500), fact(12, "opm")]), fact(100.2, filed=True))
    assert ("opm", 12, RULE, "rule", "screener.in") in rows(found)


def test_a_late_filing_dates_its_figures_later():
    late = dt.date(2026, 5, 29)
    pages = pl.concat([fact(100), fact(12, "opm")])
    found = with_filings(pages, fact(100.2, filed=True, known=late))
    assert {row[2] for row in rows(found)} == {late}


def test_what_a_page_showed_before_a_second_filing_stays_known():
    second = fact(100.3, filed=True, known=dt.date(2026, 9, 1))
    found = with_filings(fact(100), second)
    assert rows(found) == [
        ("sales", 100, RULE, "rule", "screener.in"),
        ("sales", 100.3, dt.date(2026, 9, 1), "broadcast", SOURCE),
    ]


def test_a_revision_is_a_row_of_its_own():
    both = pl.concat([fact(100, filed=True), fact(90, filed=True, known=dt.date(2026, 8, 3))])
    assert rows(with_filings(fact(100), both)) == rows(both)


def test_pages_read_again_add_nothing_to_a_filing():
    held = with_filings(fact(100), fact(100.4, filed=True))
    again = merged_facts(held, fact(100, seen=SEEN + dt.timedelta(days=31)))
    assert with_filings(again).equals(held)


def test_a_page_that_leaves_the_filing_and_returns_says_both():
    held = with_filings(fact(100), fact(100.4, filed=True))
    for days, value in ((31, 120), (62, 120), (93, 100)):
        page = fact(value, seen=SEEN + dt.timedelta(days=days))
        held = with_filings(merged_facts(held, page))
    told = [row[1] for row in rows(held.sort("seen_at", maintain_order=True))]
    assert told == [100.4, 120, 100]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["sales", "net_profit", "opm", "cash"]),
            st.integers(-3, 3),
            st.booleans(),
            st.integers(0, 3),
            st.sampled_from(["consolidated", "standalone"]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_it_may_be_done_again_and_no_figure_is_lost(made):
    frames = [
        fact(
            value + (0.2 if filed else 0),
            line,
            filed=filed and line != "opm",
            basis=basis,
            seen=SEEN + dt.timedelta(days=later),
            known=BROADCAST + dt.timedelta(days=later) if filed and line != "opm" else None,
        )
        for line, value, filed, later, basis in made
    ]
    facts = pl.concat(frames)
    once = with_filings(facts)
    assert once.columns == list(FACTS)
    assert with_filings(once).equals(once)
    kept = {(r["basis"], r["line"]): [] for r in once.iter_rows(named=True)}
    for row in once.iter_rows(named=True):
        kept[row["basis"], row["line"]].append(row["value"])
        assert row["known_at"] <= max(RULE, row["seen_at"].date())
    for row in facts.iter_rows(named=True):
        values = kept[row["basis"], row["line"]]
        assert any(abs(row["value"] - value) <= 1 for value in values)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-07-21T18:05", "2026-07-22"),  # after the close of a Tuesday
        ("2026-07-21T09:14", "2026-07-21"),
        ("2026-07-21T09:15", "2026-07-22"),
        ("2026-07-24T16:00", "2026-07-27"),  # a Friday
        ("2026-07-25T08:00", "2026-07-27"),  # a Saturday
    ],
)
def test_the_session_after_a_broadcast(moment, day):
    found = known_by_broadcast(dt.datetime.fromisoformat(moment))
    assert found == dt.date.fromisoformat(day)
