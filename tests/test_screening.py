"""Running screens: counts, lists, margins, funnel and why, checked against plain counting."""

from __future__ import annotations

import math

import polars as pl
import pytest

from screener.errors import LanguageError, UnknownName
from screener.screening import Verdict, run
from screener.screens import Library, Screen

QUERY = "ROCE > 15 AND Debt to equity < 1 AND (Price to Earning < 30 OR Promoter holding > 60)"


@pytest.fixture(scope="module")
def result(demo):
    return run(demo, QUERY)


def kleene_and(values):
    values = list(values)
    return False if False in values else None if None in values else True


def kleene_or(values):
    values = list(values)
    return True if True in values else None if None in values else False


def over(value, limit):
    return None if value is None else value > limit


def expected(row):
    less = lambda v, limit: None if v is None else v < limit  # noqa: E731
    return kleene_and(
        [
            over(row["roce"], 15),
            less(row["debt_to_equity"], 1),
            kleene_or([less(row["pe"], 30), over(row["promoter_holding"], 60)]),
        ]
    )


def test_verdicts_equal_counting_by_hand(demo, result):
    rows = result.rows("all", ["roce", "debt_to_equity", "pe", "promoter_holding"])
    assert rows.height == demo.fields.height
    for row in rows.iter_rows(named=True):
        assert Verdict(row["verdict"]) is Verdict.of(expected(row)), row
    counts = result.counts
    assert counts.passed == rows.filter(pl.col("verdict") == "pass").height > 0
    assert counts.unknown == rows.filter(pl.col("verdict") == "unknown").height > 0
    assert counts.passed + counts.failed + counts.unknown == rows.height


def test_every_company_is_in_exactly_one_list(result):
    lists = [set(result.rows(show)["isin"]) for show in ("pass", "fail", "unknown")]
    assert sum(len(items) for items in lists) == len(set.union(*lists)) == result.rows("all").height
    assert set(result.near_misses["isin"]) <= lists[1]


def test_near_misses_fail_exactly_one_condition_and_come_nearest_first(result):
    shares = []
    for isin in result.near_misses["isin"]:
        failed = [c for c in result.why(isin).conditions if c.verdict is Verdict.FAIL]
        assert len(failed) == 1
        shares.append(failed[0].margin_relative)
    simple = [share for share in shares if share is not None]
    assert simple
    assert simple[0] <= 0


def test_the_why_of_every_company_agrees_with_its_verdict(demo, result):
    rows = result.rows("all")
    for isin, verdict in rows.select("isin", "verdict").head(60).iter_rows():
        why = result.why(isin)
        assert why.verdict is Verdict(verdict)
        values = {Verdict.PASS: True, Verdict.FAIL: False, Verdict.UNKNOWN: None}
        assert Verdict.of(kleene_and(values[c.verdict] for c in why.conditions)) is why.verdict
        for c in why.conditions:
            if c.verdict is Verdict.UNKNOWN and not c.children:
                assert c.reason is not None
            if c.margin is not None:
                assert (c.margin >= 0) == (c.verdict is Verdict.PASS)
                assert math.isfinite(c.margin)


def test_every_number_says_where_it_comes_from(demo, result):
    for isin in result.rows("pass")["isin"].head(10):
        roce = result.why(isin).conditions[0]
        assert roce.sources
        for source in roce.sources:
            assert source.period_end is not None
            assert source.known_at is not None
            assert source.known_at <= demo.date
            assert source.source == "demo"
            assert source.basis in ("consolidated", "standalone")


def test_the_funnel_narrows_to_the_passes(result):
    left = [step.left for step in result.funnel]
    assert left == sorted(left, reverse=True)
    assert left[-1] == result.counts.passed
    assert result.funnel[-1].unknown == result.counts.unknown
    assert result.binding is not None


def test_a_universe_leaves_companies_unjudged(demo):
    screen = Screen("s", "S", "ROCE > 0", universe='Size class in ("small", "micro")')
    inside = run(demo, screen)
    whole = run(demo, "ROCE > 0")
    assert inside.counts.outside > 0
    total = inside.counts.passed + inside.counts.failed + inside.counts.unknown
    assert total + inside.counts.outside == whole.rows("all").height
    assert set(inside.rows("all", ["size_class"])["size_class"]) == {"small", "micro"}


def test_unknowns_are_listed_as_the_screen_says(demo):
    listed = {}
    for unknown in ("review", "exclude", "include"):
        screen = Screen("s", "S", "ROCE > 15", unknown=unknown)
        listed[unknown] = run(demo, screen).rows("pass").height
    counts = run(demo, "ROCE > 15").counts
    assert listed["review"] == listed["exclude"] == counts.passed
    assert listed["include"] == counts.passed + counts.unknown


def test_sorting_puts_unknowns_last_either_way(result):
    for down in (True, False):
        values = result.rows("all", ["roce"], [("roce", down)])["roce"].to_list()
        known = [v for v in values if v is not None]
        assert known == sorted(known, reverse=down)
        assert values[: len(known)] == known


def test_an_unknown_column_is_named(result):
    with pytest.raises(UnknownName, match="roce"):
        result.rows("pass", ["rocee"])


def test_a_company_is_found_by_symbol_in_any_case(demo, result):
    symbol, isin = demo.companies.select("symbol", "isin").row(3)
    assert result.isin_of(symbol.lower()) == isin
    with pytest.raises(UnknownName):
        result.isin_of("no such company")


def test_built_in_screens_run_and_pick_some(demo, paths):
    for screen in Library.load(paths).screens:
        result = run(demo, screen)
        counts = result.counts
        assert counts.passed + counts.failed + counts.unknown > 0, screen.name
        assert result.rows("all", screen.columns, screen.sort).height > 0


def test_custom_ratios_and_watchlists_work_in_screens(demo):
    symbols = demo.companies["symbol"].head(5).to_list()
    assert run(demo, 'Symbol in watchlist "core"', watchlists={"core": symbols}).counts.passed == 5
    ratios = {"My yield": "Net profit / Market Capitalization * 100"}
    mine = run(demo, "My yield > 5", ratios=ratios)
    plain = run(demo, "Net profit / Market Capitalization * 100 > 5")
    assert mine.counts == plain.counts


def test_as_of_an_earlier_day_sees_only_what_was_known(demo):
    then = run(demo, "Sales > 0 as of 2025-06-30")
    assert then.market.date.isoformat() == "2025-06-30"
    assert then.rows("all").height <= demo.fields.height
    for isin in then.rows("pass")["isin"].head(3):
        for source in then.why(isin).conditions[0].sources:
            assert source.known_at.isoformat() <= "2025-06-30"


def test_a_text_that_nobody_has_is_named_with_the_nearest(demo):
    sector = demo.companies["sector"][0]
    warning = str(run(demo, f'Sector = "{sector[:-1]}"').program.warnings[0])
    assert sector in warning
    assert not run(demo, f'Sector = "{sector}"').program.warnings


def test_earlier_periods_are_the_same_when_asked_again(demo):
    query = "ROCE[FY-1] > {} AND avg(OPM, 8q) > 5"
    first, again = run(demo, query.format(10)), run(demo, query.format(10))
    assert first.rows("all").equals(again.rows("all"))
    assert run(demo, query.format(30)).counts.passed <= first.counts.passed


def test_a_wrong_field_is_diagnosed(demo):
    with pytest.raises(LanguageError, match="Debt to equity"):
        run(demo, "Debt to equty < 1")
