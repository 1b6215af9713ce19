"""Periods, windows and standings over a whole market agree with fields that say the same."""

from __future__ import annotations

import statistics

import polars as pl
import pytest

from screener.fields.catalogue import lexicon
from screener.language import Program, compile_screen, compile_value


def frame_for(demo, *texts: str) -> tuple[pl.DataFrame, list[str]]:
    """The fields with the values of these texts beside them, as columns `0`, `1`, …"""
    frame = demo.fields
    for i, text in enumerate(texts):
        value = compile_value(text, lexicon())
        frame = with_extra(demo, frame, value).with_columns(value.expr.alias(str(i)))
    return frame, [str(i) for i in range(len(texts))]


def with_extra(demo, frame: pl.DataFrame, program: Program) -> pl.DataFrame:
    for extra in program.extra:
        if extra.name in frame.columns:
            continue
        if extra.stage == 1:
            frame = frame.hstack(demo.panel.select(extra.expr.alias(extra.name)))
        else:
            frame = frame.with_columns(extra.expr.alias(extra.name))
    return frame


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("Sales[TTM]", "Sales"),
        ("Sales[TTM-1]", "Sales preceding 12months"),
        ("Sales[FY]", "Sales last year"),
        ("Sales[FY-1]", "Sales preceding year"),
        ("Net profit[Q]", "Net profit latest quarter"),
        ("Net profit[Q-1]", "Net profit preceding quarter"),
        ("OPM[Q-4]", "OPM preceding year quarter"),
        ("Debt[FY-3]", "Debt 3Years back"),
        ("Sales last year[FY-1]", "Sales preceding year"),
        ("sum(Cash from operations last year, 3y)", "Operating cash flow 3years"),
        ("Sales[FY] / Sales[FY-1]", "Sales last year / Sales preceding year"),
        ("peer(PE)", "Peer PE"),
        ("premium(PE)", "Peer PE premium"),
        ("z(Earnings yield)", "Peer Z"),
        ("own(PE, 5y)", "Own PE percentile 5Years"),
        ("Promoter holding - Promoter holding[Q-1]", "Change in promoter holding"),
    ],
)  # fmt: skip
def test_a_period_is_the_field_that_says_the_same(demo, asked, field):
    frame, (a, b) = frame_for(demo, asked, field)
    assert frame[a].count() > 0.3 * frame.height
    gap = frame.select((pl.col(a) - pl.col(b)).abs() <= 1e-9 * (1 + pl.col(b).abs()))
    assert gap.to_series().drop_nulls().all()
    assert frame[a].is_null().to_list() == frame[b].is_null().to_list()


def test_windows_fold_the_values_of_the_years(demo):
    asked = [f"ROCE[FY-{k}]" for k in range(5)]
    frame, columns = frame_for(
        demo, *asked, "avg(ROCE, 5y)", "median(ROCE, 5y)", "min(ROCE, 5y)", "stdev(ROCE, 5y)",
        "trend(ROCE, 5y)", "own(ROCE, 5y)",
    )  # fmt: skip
    rows = frame.select(columns).rows()
    known = [row for row in rows if None not in row[:5]]
    assert len(known) > 50
    assert all(set(row[5:]) == {None} for row in rows if None in row[:5])
    for *years, mean, middle, least, spread, slope, place in known:
        assert mean == pytest.approx(statistics.fmean(years))
        assert middle == pytest.approx(statistics.median(years))
        assert least == min(years)
        assert spread == pytest.approx(statistics.stdev(years))
        line = statistics.linear_regression([0, -1, -2, -3, -4], years)
        assert slope == pytest.approx(line.slope)
        below = sum(y < years[0] for y in years) + sum(y == years[0] for y in years) / 2
        assert place == pytest.approx(below * 20)


def test_every_any_and_count_look_at_each_period(demo):
    program = compile_screen(
        "every(ROCE > 10, 5y) AND any(ROCE > 10, 5y) AND count(ROCE > 10, 5y) >= 4", lexicon()
    )
    frame = with_extra(demo, demo.fields, program)
    verdicts = frame.select(c.verdict.alias(f"c{c.index}") for c in program.conditions)
    years, columns = frame_for(demo, *(f"ROCE[FY-{k}]" for k in range(5)))
    for row, (every, any_, count) in zip(
        years.select(columns).rows(), verdicts.rows(), strict=True
    ):
        over = [None if y is None else y > 10 for y in row]
        assert every is (False if False in over else None if None in over else True)
        assert any_ is (True if True in over else None if None in over else False)
        held, open_ = over.count(True), over.count(None)
        assert count is (True if held >= 4 else False if held + open_ < 4 else None)


def test_a_missing_period_says_why(demo):
    program = compile_screen("ROCE[FY-9] > 10", lexicon())
    (condition,) = program.conditions
    column = condition.fields[0]
    frame = with_extra(demo, demo.fields, program)
    unknown = frame.filter(condition.verdict.is_null())
    assert unknown.height
    assert unknown[f"{column}?"].null_count() == 0
    assert frame.filter(condition.verdict.is_not_null())[f"{column}?"].drop_nulls().is_empty()


def test_the_level_of_peers_is_shown_beside_the_standing(demo):
    program = compile_screen("premium(ROCE) > 0", lexicon())
    frame = with_extra(demo, demo.fields, program)
    levels = frame["premium(Return on capital employed) level"]
    assert {"basic industry", "industry", "sector"} & set(levels.drop_nulls())
    assert "premium(Return on capital employed)" in program.conditions[0].fields


def test_ranks_are_of_the_whole_market_and_of_groups(demo):
    frame, columns = frame_for(demo, "rank(ROCE, sector)", "pct(ROCE)")
    best = frame.filter(pl.col(columns[0]) == 1).select("sector", "roce")
    tops = frame.group_by("sector").agg(pl.col("roce").max()).drop_nulls()
    assert best.unique().sort("sector").equals(tops.sort("sector"))
    place = frame[columns[1]].drop_nulls()
    assert place.min() > 0
    assert place.max() < 100
    assert place.mean() == pytest.approx(50)
