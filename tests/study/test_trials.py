"""The trials of the score on the demo market, and on scores whose outcome is known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from screener.fields import goalposts
from study import later, trials
from study.page import wrapped
from study.statistics import auc

SCORE = "selectivity_score"


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_more_gaps_agree_less(demo, rng):
    means = [np.mean(trials.gap_agreement(demo.fields, share, 4, rng)) for share in (0.0, 0.1, 0.4)]
    assert means[0] == pytest.approx(1.0)
    assert means[0] > means[1] > means[2] > 0.5


def test_gaps_are_as_many_as_asked_for_and_only_in_the_inputs(demo, rng):
    gapped = trials.with_gaps(demo.fields, 0.3, rng)
    names = trials.inputs_of(goalposts.built_in())
    kept = sum(gapped[n].count() for n in names) / sum(demo.fields[n].count() for n in names)
    assert kept == pytest.approx(0.7, abs=0.03)
    others = [name for name in demo.fields.columns if name.removesuffix("?") not in names]
    assert gapped.select(others).equals(demo.fields.select(others))


def test_weights_change_by_half_at_most_and_only_those_meant(rng):
    parts = goalposts.built_in()
    for which in ({}, {"of_parts": False}, {"of_inputs": False}):
        changed = trials.other_weights(parts, rng, **which)
        ratios = [new.weight / old.weight for new, old in zip(changed, parts, strict=True)]
        within = [
            new.weight / old.weight
            for a, b in zip(changed, parts, strict=True)
            for new, old in zip(a.inputs, b.inputs, strict=True)
        ]
        assert all(0.5 <= ratio <= 1.5 for ratio in ratios + within)
        assert (set(ratios) == {1.0}) == ("of_parts" in which)
        assert (set(within) == {1.0}) == ("of_inputs" in which)


def test_other_weights_keep_most_of_the_top(demo, rng):
    kept = trials.weight_overlaps(demo.fields, 3, rng)
    assert all(0.5 < share <= 1 for share in kept)
    assert min(kept) < 1


def test_the_score_finds_quality_and_shuffled_inputs_do_not(demo, rng):
    plain = trials.plain(demo.fields)
    found = trials.quality_auc(plain)
    placebo = trials.placebo_aucs(plain, 12, rng)
    assert found > 0.7
    assert np.mean(placebo) == pytest.approx(0.5, abs=0.05)
    assert max(placebo) < found


def test_the_quality_fifth_is_a_fifth_and_has_no_loss(demo):
    plain = trials.plain(demo.fields)
    members = plain.filter(trials.quality_members(plain))
    assert members.height == round(plain.height / 5)
    assert members["eps_growth_sd_5y"].null_count() == 0
    assert members["loss_years_5y"].sum() == 0


def test_shuffling_moves_every_input_and_loses_none(demo, rng):
    mixed = trials.shuffled(demo.fields, rng)
    for name in trials.inputs_of(goalposts.built_in()):
        for kind in (True, False):
            before = demo.fields.filter(pl.col("is_financial") == kind)[name]
            after = mixed.filter(pl.col("is_financial") == kind)[name]
            assert after.sort().equals(before.sort()), name
        if demo.fields[name].n_unique() > 20:
            assert not mixed[name].equals(demo.fields[name]), name
    both = ["debt_to_equity", "debt_to_equity_incl_lease"]
    assert mixed.select(both).sort(both).equals(demo.fields.select(both).sort(both))


def test_a_score_that_is_size_leans_to_size(demo):
    size = demo.fields.with_columns(pl.col("market_cap").log().alias(SCORE))
    assert trials.size_correlations(size) == pytest.approx((1.0, 1.0))


def test_sectors_share_the_top_and_the_universe(demo):
    tilts = trials.sector_tilts(demo.fields)
    assert sum(t.universe for t in tilts) == pytest.approx(100)
    assert sum(t.top for t in tilts) == pytest.approx(100)
    assert [t.times for t in tilts] == sorted((t.times for t in tilts), reverse=True)


def test_a_list_that_stays_has_no_turnover(demo):
    fields = demo.fields
    other = fields.with_columns((-pl.col(SCORE)).alias(SCORE))
    assert list(trials.turnover([fields, fields, other])) == [0.0, 1.0]


# --- the year after -------------------------------------------------------------------------


def test_a_perfect_score_has_a_monotone_tail():
    returns = np.linspace(-90, 90, 500)
    table = later.tenth_table(returns, returns)
    assert [t.companies for t in table] == [50] * 10
    assert table[0].bad == 100
    assert table[-1].bad == 0
    assert [t.median for t in table] == sorted(t.median for t in table)
    assert later.tail_correlation(table) < -0.85
    worst = later.tenth_table(-returns, returns)
    assert later.tail_correlation(worst) > 0.85


def test_returns_are_those_of_the_closes_and_a_dead_share_counts_with_its_last(tmp_path):
    from screener.market.store import publish
    from tests.markets import bars, company, tables

    rows = [
        *bars({"2024-01-05": 100, "2024-12-27": 150, "2025-01-03": 999}, "XX0000000001"),
        *bars({"2024-01-05": 100, "2024-06-07": 20}, "XX0000000002"),
        *bars({"2023-06-02": 100, "2024-12-27": 50}, "XX0000000003"),  # no price at the start
    ]
    names = [f"XX000000000{n}" for n in (1, 2, 3)]
    given = tables([company(name) for name in names], prices=rows)
    market = publish(tmp_path, given, date=dt.date(2025, 1, 3), sources={"test": ""})
    found = later.returns_after(market, dt.date(2024, 1, 5), dt.date(2025, 1, 3) - dt.timedelta(7))
    by_name = {row["isin"]: row for row in found.iter_rows(named=True)}
    assert by_name[names[0]]["return"] == pytest.approx(50)
    assert by_name[names[1]]["return"] == pytest.approx(-80)
    assert [by_name[name]["ended"] for name in names[:2]] == [False, True]
    assert names[2] not in by_name


def test_a_year_is_judged_on_what_was_known_at_its_start(demo):
    start = demo.date - later.YEAR
    judged = later.judged_after(demo, start)
    year = later.year_of(judged, start)
    assert year.companies == sum(t.companies for t in year.tenths)
    assert year.companies <= demo.as_of(start).fields[SCORE].count()
    assert judged["as_of"].unique().to_list() == [start]
    small = later.small_caps(demo.fields)
    assert small["market_cap"].max() <= demo.fields["market_cap"].top_k(75).min()
    assert auc(trials.column(judged), (judged["return"] < -30).to_numpy()) > 0


def test_sectors_over_the_limit_by_lot_are_few_and_fewer_the_higher_it_is(demo, rng):
    counts = [trials.tilts_by_lot(demo.fields, times, 50, rng) for times in (0.5, 2.0, 1000.0)]
    assert counts[0] > counts[1] > counts[2] == 0
    assert counts[0] <= demo.fields["sector"].n_unique()


def test_an_input_is_late_where_only_later_days_have_it(demo):
    name = trials.inputs_of(goalposts.built_in())[0]
    before = demo.fields.with_columns(pl.lit(None, dtype=pl.Float64).alias(name))
    assert trials.lately_known([before, demo.fields, demo.fields]) == [name]
    assert trials.lately_known([demo.fields, demo.fields]) == []


def test_fifths_lie_apart_by_what_falls_tell(rng):
    score = np.arange(500.0)
    table = pl.DataFrame({SCORE: score, "return": np.where(score < 100, -50.0, 5.0)})
    assert later.fifths_apart([table, table], 20, rng) == (100.0, 100.0)
    mixed = table.with_columns(pl.Series("return", np.where(score % 2 == 0, -50.0, 5.0)))
    low, high = later.fifths_apart([mixed], 200, rng)
    assert low < 0 < high


def test_a_page_is_wrapped_but_for_its_tables():
    table = "| " + "a b " * 60 + "|"
    text = f"# {'Head ' * 30}\n\n{'word ' * 50}\n\n- {'one ' * 40}\n- two\n\n{table}\n"
    lines = wrapped(text).splitlines()
    assert max(len(line) for line in lines if line[:1] not in ("#", "|")) <= 100
    assert table in lines
    assert wrapped(text).split() == text.split()
    assert [line for line in lines if line.startswith("  one")]
    assert wrapped(wrapped(text)) == wrapped(text)
