"""A day shows what was known on it: nothing later, and nothing less."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.merge import merged_facts
from screener.fields.catalogue import compute
from screener.market import standing
from screener.market.demo import DEMO_DATE
from screener.market.lists import merged_members, merged_sizes
from screener.market.panel import Panels, build
from screener.market.schema import TABLES, conform, empty
from screener.market.store import publish
from tests.market.plain_panel import plain_panel
from tests.markets import bars, company, day, fact, tables

A, B = ("XX0000000001", "XX0000000002")
#: The column by which a row of each table counts as known.
KNOWN_BY = {
    "facts": "known_at", "prices": "date", "estimates": "as_of", "members": "since",
    "indices": "date", "events": "date",
}  # fmt: skip


def panel_on(made, when):
    rows = standing.listed_rows(made["companies"], when)
    return Panels(made, [when], [rows], past=True).frame()


# --- the same as the plain way, figure by figure ---------------------------------------------


@pytest.mark.parametrize("when", ["2021-05-03", "2023-08-14", "2025-09-30", "2026-01-27"])
def test_a_panel_is_what_a_plain_reading_of_the_tables_gives(small, when):
    expected = plain_panel(small, day(when))
    found = build(small, day(when), expected.columns)
    for name in expected.columns:
        ours, plain = found[name], expected[name]
        assert ours.is_null().to_list() == plain.is_null().to_list(), name
        if ours.dtype.is_float():
            gap = (ours - plain).abs() > 1e-9 * (1 + plain.abs())
            assert not gap.any(), name
        else:
            assert ours.to_list() == plain.to_list(), name


def test_many_days_at_once_are_the_same_as_each_alone(small):
    days = [dt.date(2021, 2, 26), dt.date(2022, 6, 30), dt.date(2022, 7, 1), dt.date(2025, 11, 14)]
    rows = [standing.listed_rows(small["companies"], one) for one in days]
    panels = Panels(small, days, rows, past=True)
    together = panels.frame()
    for i, one in enumerate(days):
        alone = panel_on(small, one)
        assert together.filter(pl.col("as_of") == one).equals(alone, null_equal=True)
        assert panels.frame(days=slice(i, i + 1)).equals(alone, null_equal=True)


# --- nothing later ---------------------------------------------------------------------------

_ends = st.sampled_from([dt.date(y, m, d) for y in range(2021, 2026)
                         for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))])  # fmt: skip
_facts = st.builds(
    lambda line, end, value, delay, kind, basis, isin: fact(
        line, end.isoformat(), value, kind=kind, basis=basis, isin=isin,
        months=0 if kind in ("holding", "snapshot") else None,
        known=(end + dt.timedelta(days=delay)).isoformat(),
        seen=(end + dt.timedelta(days=delay)).isoformat(),
    ),
    st.sampled_from(["sales", "eps", "equity_capital", "borrowings", "promoters", "face_value"]),
    _ends, st.floats(1, 1e4), st.integers(0, 500),
    st.sampled_from(["annual", "quarter", "interim", "holding", "snapshot"]),
    st.sampled_from(["consolidated", "standalone"]), st.sampled_from([A, B]),
)  # fmt: skip


@given(st.lists(_facts, max_size=60), st.dates(dt.date(2021, 6, 1), dt.date(2026, 1, 20)),
       st.integers(0, 2**32 - 1))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_no_column_depends_on_facts_known_later(facts, when, seed):
    closes = {f"{y}-{m:02}-15": 50 + 7 * ((seed >> m) % 5) for y in range(2021, 2026)
              for m in range(1, 13)}  # fmt: skip
    made = tables([company(A), company(B)], facts, prices=[*bars(closes, A), *bars(closes, B)])
    altered = {**made, "facts": _altered(made["facts"], "known_at", when, seed)}
    assert panel_on(made, when).equals(panel_on(altered, when), null_equal=True)
    # Nor among other days: what those after it know is nothing to it.
    days = [when, when + dt.timedelta(days=90)]
    first, second = (Panels(t, days, past=True).frame() for t in (made, altered))
    assert first.head(2).equals(second.head(2), null_equal=True)


def _altered(table, column, when, seed):
    """The table with its later rows taken away, changed or doubled."""
    later = pl.col(column) > when
    kept, rest = table.filter(~later), table.filter(later)
    numbers = [name for name, dtype in table.schema.items() if dtype == pl.Float64]
    changed = rest.sample(fraction=0.5, seed=seed % 1000).with_columns(
        pl.col(name) * (1.5 + seed % 7) + 1 for name in numbers
    )
    doubled = changed.with_columns(pl.col(column) + pl.duration(days=seed % 50)).select(
        conform_like(table)
    )
    return pl.concat([kept, changed, doubled]).sample(fraction=1, shuffle=True, seed=seed % 997)


def conform_like(table):
    return [pl.col(name).cast(dtype) for name, dtype in table.schema.items()]


@pytest.fixture(scope="module")
def few(sample):
    """A few companies of every kind, with all that is on file of them."""
    isins = sample["companies"]["isin"].gather_every(5).implode()
    return {
        name: table.filter(pl.col("isin").is_in(isins)) if "isin" in table.columns else table
        for name, table in sample.items()
    }


@pytest.fixture(scope="module")
def sample(generated):
    return generated.tables(5, 120)


_moments = (st.dates(dt.date(2021, 3, 1), dt.date(2026, 1, 20)), st.integers(0, 100_000))


@given(*_moments)
@settings(max_examples=20, deadline=None)
def test_no_number_of_a_panel_depends_on_anything_known_later(few, when, seed):
    _check_independent(few, when, seed, lambda panel: panel)


@given(*_moments)
@settings(max_examples=4, deadline=None)
def test_no_field_depends_on_anything_known_later(few, when, seed):
    _check_independent(few, when, seed)


@pytest.mark.slow
@given(*_moments)
@settings(max_examples=60, deadline=None)
def test_no_field_of_a_larger_market_depends_on_anything_known_later(sample, when, seed):
    _check_independent(sample, when, seed)


def _check_independent(sample, when, seed, told=compute):
    altered = {
        name: _altered(table, KNOWN_BY[name], when, seed) if name in KNOWN_BY else table
        for name, table in sample.items()
    }
    altered |= _with_another_future(altered, when)
    before, after = (told(panel_on(made, when)) for made in (sample, altered))
    different = [
        name for name in before.columns if not before[name].equals(after[name], null_equal=True)
    ]
    # A face value of the day is told by dividing out later splits: exact but for rounding.
    different = [name for name in different if not _close(before[name], after[name])]
    assert different == []


def _close(a, b):
    if not a.dtype.is_float() or a.is_null().to_list() != b.is_null().to_list():
        return False
    return not ((a - b).abs() > 1e-9 * (1 + b.abs())).any()


def _with_another_future(made, when):
    """Companies that split, are listed, leave or are ranked otherwise after that day."""
    isins = made["companies"]["isin"]
    split = pl.col("isin") == isins[3]
    action = {"isin": isins[3], "ex_date": when + dt.timedelta(days=1), "kind": "split",
              "factor": 5.0, "source": "t"}  # fmt: skip
    seen_after = pl.col("seen_at").dt.date() > when
    eps = split & seen_after & (pl.col("line") == "eps")
    dividends = made["actions"].filter((pl.col("ex_date") <= when) | (pl.col("kind") != "dividend"))
    newcomer = (
        made["companies"]
        .head(1)
        .with_columns(isin=pl.lit("XX9999999999"), listed_on=pl.lit(when + dt.timedelta(days=2)))
    )
    sizes = made["sizes"]
    known = pl.col("period_end") + pl.duration(days=standing.LIST_DAYS) <= when
    return {
        # Whoever splits shows a smaller face value today, and EPS of smaller shares.
        "companies": pl.concat([made["companies"], newcomer]).with_columns(
            pl.when(split)
            .then(pl.col("face_value") / 5)
            .otherwise("face_value")
            .alias("face_value")
        ),
        "facts": made["facts"].with_columns(
            pl.when(eps).then(pl.col("value") / 5).otherwise("value").alias("value")
        ),
        "actions": pl.concat([dividends, conform("actions", pl.DataFrame([action]))]),
        "sizes": sizes.filter(known),
        "members": made["members"].with_columns(
            pl.when(pl.col("until") > when).then(None).otherwise("until").alias("until")
        ),
    }


# --- restatements ----------------------------------------------------------------------------


@given(st.lists(_facts, max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_no_column_depends_on_the_order_of_the_facts(facts, random):
    closes = {f"{y}-{m:02}-15": 50 + m for y in range(2021, 2026) for m in range(1, 13)}
    companies, prices = [company(A), company(B)], [*bars(closes, A), *bars(closes, B)]
    days = [dt.date(2023, 6, 30), dt.date(2025, 12, 31)]
    shuffled = random.sample(facts, len(facts))
    first, second = (
        Panels(tables(companies, rows, prices=prices), days, past=True).frame()
        for rows in (facts, shuffled)
    )
    assert first.equals(second, null_equal=True)


def test_a_figure_restated_between_two_fetches_is_old_before_and_new_after():
    first = conform("facts", pl.DataFrame([
        fact("total_assets", "2025-03-31", 715.0, known="2025-05-30", seen="2025-09-01"),
        fact("sales", "2025-03-31", 900.0, known="2025-05-30", seen="2025-09-01"),
    ]))  # fmt: skip
    second = conform("facts", pl.DataFrame([
        fact("total_assets", "2025-03-31", 713.0, known="2025-05-30", seen="2026-01-10"),
        fact("sales", "2025-03-31", 900.0, known="2025-05-30", seen="2026-01-10"),
    ]))  # fmt: skip
    made = {**tables(), "facts": merged_facts(merged_facts(empty("facts"), first), second)}
    assert made["facts"].height == 3

    def assets(when):
        return build(made, day(when))["total_assets@0"].item()

    assert [assets(w) for w in ("2025-05-29", "2025-05-30", "2026-01-09")] == [None, 715, 715]
    assert [assets(w) for w in ("2026-01-10", "2026-03-01")] == [713, 713]


def test_a_period_that_turns_out_shorter_is_a_restatement():
    first = conform("facts", pl.DataFrame([fact("sales", "2025-03-31", 900.0, seen="2025-09-01")]))
    again = fact("sales", "2025-03-31", 900.0, months=9, seen="2026-01-10")
    merged = merged_facts(first, conform("facts", pl.DataFrame([again])))
    assert merged["months"].to_list() == [12, 9]
    assert merged["known_at"].to_list()[1] == day("2026-01-10")


def test_a_restated_eps_counts_in_the_history_of_pe_from_its_day_on():
    months = pl.date_range(dt.date(2022, 1, 31), dt.date(2026, 1, 31), "1mo", eager=True)
    ends = [d for d in months.dt.month_end().to_list() if d <= DEMO_DATE]
    facts = [fact("eps", f"{y}-03-31", 10.0, known=f"{y}-05-15") for y in range(2021, 2026)]
    facts.append(fact("eps", "2024-03-31", 5.0, known="2025-12-01", seen="2026-02-01"))
    made = tables(facts=facts, prices=bars({d.isoformat(): 100.0 for d in ends}))
    before, after = (build(made, day(w))["pe_mean_3y"].item() for w in ("2025-11-30", "2025-12-31"))
    assert before == pytest.approx(10)
    # Of 36 months a year, from May 2024 to April 2025, counts at 100 / 5.
    assert after == pytest.approx((24 * 10 + 12 * 20) / 36)


# --- lists of the day ------------------------------------------------------------------------


def test_membership_is_that_of_the_day_and_unknown_before_the_first_list():
    members = empty("members")
    for when, names in (("2024-03-28", [A]), ("2024-09-30", [A, B]), ("2025-03-28", [B])):
        members = merged_members(members, {"Nifty 500": names}, day(when), "t")
    isins = pl.Series("isin", [A, B])

    def on(when):
        return standing.indices_on(members, isins, day(when)).to_list()

    assert on("2024-03-27") == [None, None]
    assert on("2024-03-28") == [["Nifty 500"], []]
    assert on("2024-12-31") == [["Nifty 500"], ["Nifty 500"]]
    assert on("2025-03-28") == [[], ["Nifty 500"]]
    assert standing.first_lists(members) == {"nifty 500": day("2024-03-28")}


@given(st.lists(st.tuples(st.integers(0, 400), st.sets(st.sampled_from("abcde"))), max_size=8))
def test_merged_member_lists_give_each_list_back(lists):
    ordered = sorted(dict(lists).items())
    members = empty("members")
    begin = dt.date(2024, 1, 1)
    for after, names in ordered:
        members = merged_members(members, {"X": sorted(names)}, begin + dt.timedelta(after), "t")
    isins = pl.Series("isin", list("abcde"))
    seen_any = False
    for after, names in ordered:
        seen_any = seen_any or bool(names)
        found = standing.indices_on(members, isins, begin + dt.timedelta(after))
        if seen_any:
            assert {i for i, held in zip(isins, found.to_list(), strict=True) if held} == names


def test_a_size_list_counts_from_its_publication_to_the_next():
    def sizes(end, rank):
        return pl.DataFrame({"isin": [A], "period_end": [day(end)], "size_rank": [rank],
                             "size_class": ["small"]})  # fmt: skip

    lists = merged_sizes(empty("sizes"), [sizes("2025-06-30", 300), sizes("2024-12-31", 400)])
    isins = pl.Series("isin", [A])

    def rank(when):
        found = standing.sizes_on(lists, isins, day(when))
        return None if found is None else found["size_rank"].item()

    assert [rank(w) for w in ("2025-01-06", "2025-01-07", "2025-07-06", "2025-07-07")] == [
        None, 400, 400, 300,
    ]  # fmt: skip
    assert rank("2026-12-31") is None


def test_without_a_list_companies_are_ranked_by_their_own_six_months(tmp_path):
    facts = [fact("equity_capital", "2024-03-31", 50.0, isin=i) for i in (A, B)]
    closes = {"2024-08-30": 100.0, "2024-12-31": 120.0}
    prices = [*bars(closes, A), *bars({k: 2 * v for k, v in closes.items()}, B)]
    made = tables([company(A), company(B)], facts, prices=prices)
    market = publish(tmp_path, made, date=day("2026-01-27"), sources={"test": "t"})
    past = market.as_of(day("2024-12-31")).companies
    assert past["size_rank"].to_list() == [2, 1]
    assert past["size_mcap"].to_list() == [550, 1100]
    assert market.companies["size_rank"].to_list() == [None, None]


def test_every_table_is_covered():
    timeless = {"companies", "actions", "sizes"}  # changed by _with_another_future
    assert set(KNOWN_BY) | timeless == set(TABLES)
