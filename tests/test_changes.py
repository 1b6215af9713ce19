"""Who entered and left a screen, and that the reason named is the one thing that was altered."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.changes import changes
from screener.errors import UnknownName
from screener.fields import goalposts
from screener.filings import filings_since
from screener.hybrids import OWN, Hybrids, Kind
from screener.market.panel import all_columns
from screener.market.store import Market
from screener.past import Past, of_generation, of_run, on_day
from screener.paths import app_version
from screener.runs import KEPT_RUNS, Runs
from screener.screening import run
from screener.screens import Library, Screen
from tests import changing as made


def asked(query: str, **settings: object) -> Screen:
    return Screen(name="mine", title="Mine", query=query, **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> tuple[Market, Market]:
    """Two generations of an unaltered market, of the earlier day and of the later one."""
    root = tmp_path_factory.mktemp("published")
    return made.put(root, made.made(), made.THEN), made.put(root, made.made(), made.NOW)


@pytest.fixture(scope="module")
def earlier() -> Market:
    """The market of the earlier day."""
    return made.Held(made.made(), made.THEN)


@pytest.fixture
def two(earlier):
    """The earlier market and a later one, with those alterations."""

    def make(*steps, day=made.THEN):
        return earlier, made.Held(made.altered(*steps), day)

    return make


def compared(before: Market, after: Market, query: str, **settings: object):
    return changes(Past(before, "before", app_version()), after, asked(query, **settings))


def only(items):
    (one,) = items
    return one


#: what is altered, the screen that notices, whether the company enters, the reason, its number
CASES = {
    "quarter": (made.new_quarter, "Sales > 450", True, Kind.FILING, (400.0, 480.0)),
    "restatement": (
        made.restated, "Sales last year > 450", True, Kind.RESTATEMENT, (400.0, 500.0)),
    "late": (made.gathered_later, "Debt to equity <= 0.5", True, Kind.LATE, (None, 0.1)),
    "price": (made.moved_price, "PE < 12", True, Kind.PRICE, None),
    "price out": (made.moved_price, "Current price > 50", False, Kind.PRICE, (60.0, 40.0)),
    "estimate": (made.new_estimate, "EPS estimate > 6", True, Kind.ESTIMATE, (5.0, 8.0)),
    "class": (made.moved_class, 'Size class = "micro"', True, Kind.MEMBERSHIP, ("small", "micro")),
    "peers": (made.moved_peers, "Peer PE premium < -20", True, Kind.PEERS, None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_one_thing_altered_is_the_reason_named(two, case):
    alter, query, enters, kind, numbers = CASES[case]
    before, after = two((alter, 3), day=made.NOW)
    found = compared(before, after, query)
    change = only(found.entered if enters else found.left)
    assert (found.left if enters else found.entered) == ()
    assert change.isin == made.isin(3)
    flip = only(change.flips)
    assert only(flip.causes).kind is kind
    if numbers:
        assert (flip.value_before, flip.value_after) == pytest.approx(numbers)


def test_the_reason_tells_its_figure_before_and_after_with_dates(two):
    before, after = two(
        (made.restated, 1), (made.new_quarter, 2), (made.moved_price, 4), day=made.NOW
    )
    restated = only(only(compared(before, after, "Sales last year > 450").entered).flips[0].causes)
    assert (restated.what, restated.before, restated.after) == ("Sales", 400.0, 500.0)
    assert restated.period_end == dt.date(2025, 3, 31)
    filed = only(only(compared(before, after, "Sales > 450").entered).flips[0].causes)
    assert (filed.what, filed.after, filed.period) == ("Sales", 180.0, "quarter")
    assert (filed.period_end, filed.known_at) == (dt.date(2025, 12, 31), dt.date(2026, 1, 25))
    price = only(only(compared(before, after, "Current price < 50").entered).flips[0].causes)
    assert (price.before, price.after, price.after_date) == (60.0, 40.0, made.NOW)


def test_nothing_but_the_date_is_called_time(two):
    before, after = two(day=made.NOW)
    found = compared(before, after, "Listed months >= 12")
    assert len(found.entered) == made.COUNT
    assert {c.kind for one in found.entered for f in one.flips for c in f.causes} == {Kind.CALENDAR}


def test_two_that_are_needed_together_are_both_named_and_no_third(two):
    before, after = two((made.new_quarter, 3), (made.moved_price, 3), (made.new_estimate, 3),
        day=made.NOW,
    )  # fmt: skip
    # 60 / 400 → 40 / 480 of sales a rupee of price: neither alone goes over ten.
    found = compared(before, after, "Sales / Current price > 10")
    flip = only(only(found.entered).flips)
    assert {cause.kind for cause in flip.causes} == {Kind.FILING, Kind.PRICE}
    assert {c.kind: c.alone for c in flip.causes} == pytest.approx(
        {Kind.FILING: 480 / 60, Kind.PRICE: 400 / 40}
    )


def test_an_unchanged_market_changes_nothing(two):
    before, after = two()
    found = compared(before, after, "PE < 16 AND Sales > 100")
    assert not found
    assert found.before.members == found.after.members == made.COUNT


def test_a_changed_threshold_is_the_reason_and_not_the_data(two):
    before, after = two((made.moved_price, 3), day=made.NOW)
    past = Past(before, "run", app_version(), screen=asked("Current price > 50 AND Sales > 500"))
    found = changes(past, after, asked("Current price > 50 AND Sales > 300"))
    assert found.text_changed
    assert len(found.entered) == made.COUNT - 1  # the one that fell stays out
    for one in found.entered:
        flip = only(one.flips)
        assert only(flip.causes).kind is Kind.TEXT
        assert (flip.text, flip.text_before) == ("Sales > 300", "Sales > 500")
        assert (flip.limit_before, flip.limit_after) == (500.0, 300.0)
        assert flip.value_after == 400.0
    back = changes(
        Past(before, "run", app_version(), screen=asked("Sales > 300")), after,
        asked("Sales > 300 AND PE < 1"),
    )  # fmt: skip
    assert len(back.left) == made.COUNT
    assert {f.text for one in back.left for f in one.flips if f.causes[0].kind is Kind.TEXT} == {
        "Price to Earning < 1"
    }


def test_a_changed_custom_ratio_is_a_changed_text(two):
    before, after = two()
    then = Past(before, "run", app_version(), screen=asked("Mine own > 5"),
                ratios={"Mine own": "Sales / 100"})  # fmt: skip
    found = changes(then, after, asked("Mine own > 5"), ratios={"Mine own": "Sales / 10"})
    assert len(found.entered) == made.COUNT
    assert found.text_changed
    assert not any(f.causes[0].kind in OWN for one in found.entered for f in one.flips)


def test_another_version_that_computed_otherwise_is_the_formula(published, tmp_path):
    root = tmp_path / "market"
    shutil.copytree(published[0].folder.parent, root)
    before, after = (Market.open(root, market.generation) for market in published)
    file = before.folder / "fields.parquet"
    old = pl.read_parquet(file).with_columns(
        pl.when(pl.col("isin") == made.isin(5)).then(900.0).otherwise("sales").alias("sales")
    )
    old.write_parquet(file)
    manifest = before.folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"version": "0.0.1"}))
    found = changes(of_generation(after, before.generation), after, asked("Sales > 500"))
    change = only(found.left)
    assert change.isin == made.isin(5)
    cause = only(only(change.flips).causes)
    assert (cause.kind, cause.before, cause.after) == (Kind.FORMULA, "0.0.1", app_version())
    assert only(change.flips).value_before == 900.0


def test_companies_that_come_and_go_are_told_apart(two):
    def without(held, number):
        kept = pl.col("isin") != made.isin(number)
        return {
            name: frame.filter(kept) if "isin" in frame.columns else frame
            for name, frame in held.items()
        }

    before, after = two((without, 2))
    found = compared(before, after, "Sales > 100")
    assert only(only(found.left).flips).causes[0].kind is Kind.GONE
    assert found.left[0].after == "absent"
    again = compared(after, before, "Sales > 100")
    assert only(only(again.entered).flips).causes[0].kind is Kind.LISTED


def test_moving_to_needs_data_and_back_is_seen(two):
    before, after = two((made.gathered_later, 3))
    found = compared(before, after, "Debt to equity <= 0.5")
    assert (found.entered[0].before, found.entered[0].after) == ("unknown", "pass")
    listed = compared(before, after, "Debt to equity <= 0.5", unknown="include")
    assert (listed.entered, listed.left) == ((), ())
    assert only(listed.moved).isin == made.isin(3)


def test_the_universe_is_a_condition_too(two):
    before, after = two((made.moved_class, 3))
    found = compared(before, after, "Sales > 100", universe='Size class = "small"')
    change = only(found.left)
    assert change.after == "outside"
    assert only(only(change.flips).causes).kind is Kind.MEMBERSHIP


def test_the_part_of_a_group_that_changed_is_shown(two):
    before, after = two((made.moved_price, 3), day=made.NOW)
    found = compared(before, after, "Sales > 900 OR Current price < 50")
    flip = only(only(found.entered).flips)
    assert flip.text == "Current price < 50"
    assert (flip.value_before, flip.value_after) == (60.0, 40.0)


def test_scores_by_own_goalposts_are_explained_too(demo, paths):
    file = goalposts.own_file(paths)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[valuation]\nweight = 90\n", encoding="utf-8")
    market = Market.open(demo.folder.parent)  # another one: it keeps its fields
    past, mine = on_day(market, demo.date - dt.timedelta(days=14)), asked("Selectivity score > 70")
    found = changes(past, market, mine)
    before, after = (set(run(m, mine).rows()["isin"]) for m in (past.market, market))
    assert {one.isin for one in found.entered} == after - before
    assert {one.isin for one in found.left} == before - after
    kinds = {c.kind for o in (*found.entered, *found.left) for f in o.flips for c in f.causes}
    assert kinds
    assert Kind.UNEXPLAINED not in kinds
    file.unlink()
    assert after != set(run(Market.open(demo.folder.parent), mine).rows()["isin"])


def test_a_screen_that_names_its_day_changes_only_with_what_came_up_to_it(tmp_path):
    held = made.altered((made.new_quarter, 3), (made.moved_price, 4))
    after = made.put(tmp_path, held, made.NOW)
    past = on_day(after, made.THEN)
    found = changes(past, after, asked("Sales > 450 as of 2026-01-26"))
    assert only(found.entered).isin == made.isin(3)
    assert found.after.date == dt.date(2026, 1, 26)
    assert only(only(found.entered[0].flips).causes).kind is Kind.FILING
    assert not changes(past, after, asked("PE < 12 as of 2026-01-26"))  # it falls on the 27th
    assert changes(past, after, asked("PE < 12"))


ALTERATIONS = {
    made.new_quarter: Kind.FILING,
    made.restated: Kind.RESTATEMENT,
    made.moved_price: Kind.PRICE,
    made.new_estimate: Kind.ESTIMATE,
    made.moved_class: Kind.MEMBERSHIP,
}
QUERIES = (
    "Sales > 450", "Sales last year > 450", "PE < 12", "EPS estimate > 6", "Listed months < 12",
    'Size class = "micro"', "Sales / Current price > 10", "Peer PE premium < -5",
    "EPS estimate / Current price > 0.15",
)  # fmt: skip


@given(
    steps=st.lists(st.tuples(st.sampled_from(list(ALTERATIONS)), st.integers(0, 3)), max_size=4),
    query=st.sampled_from(QUERIES),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_reason_is_named_that_was_not_altered(earlier, steps, query):
    later = made.Held(made.altered(*steps), made.NOW)
    found = compared(earlier, later, query)
    altered = {
        made.isin(n): {ALTERATIONS[a] for a, m in steps if m == n} for n in range(made.COUNT)
    }
    for one in (*found.entered, *found.left):
        flip = only(one.flips)
        named = {cause.kind for cause in flip.causes}
        assert named
        assert Kind.UNEXPLAINED not in named
        assert named <= altered[one.isin] | {Kind.CALENDAR, Kind.PEERS}


def test_a_mixture_of_nothing_is_the_earlier_row_and_of_all_the_later_one(demo):
    new, old = demo, demo.as_of(demo.date - dt.timedelta(days=30))
    known = set(old.panel["isin"])
    isins = [isin for isin in new.companies["isin"].to_list()[::15] if isin in known]
    hybrids = Hybrids(old, new, asked("PE < 15"), isins, columns=all_columns())
    mine = pl.col("isin").is_in(isins)
    assert hybrids._panel(frozenset()).equals(old.panel.filter(mine).sort("isin"))
    whole, later = hybrids._panel(frozenset(OWN)), new.panel.filter(mine).sort("isin")
    differing = [name for name in later.columns if not _alike(later[name], whole[name])]
    # What the P/E was at month-ends of the past is made of many days' earnings, not of groups.
    assert [name for name in differing if not name.startswith("pe_")] == []


def _alike(one: pl.Series, other: pl.Series) -> bool:
    """Equal but for rounding."""
    if not one.dtype.is_float():
        return not one.ne_missing(other).any()
    apart = (one - other).abs() > 1e-9 * (1 + one.abs())
    return not apart.any() and not (one.is_null() != other.is_null()).any()


# --- runs ----------------------------------------------------------------------------------------


def library(*screens: Screen) -> Library:
    return Library(tuple(screens))


def test_a_run_is_compared_with_while_its_generation_is_there_and_after(published, tmp_path):
    runs = Runs(tmp_path / "state.sqlite")
    mine = asked("Current price < 50")
    root = tmp_path / "market"
    shutil.copytree(published[0].folder, root / "g-000001")
    before = Market.open(root, "g-000001")
    head = runs.record(before, library(mine))
    after = made.put(root, made.moved_price(made.made(), 3), made.NOW)
    for there in (True, False):
        if not there:  # as a sweep leaves it
            shutil.rmtree(before.folder)
        past = of_run(runs, runs.baseline("mine", after), after, "mine")
        found = changes(past, after, mine)
        assert only(found.entered).isin == made.isin(3)
        assert only(only(found.entered[0].flips).causes).kind is Kind.PRICE
    assert "no longer on disk" in past.basis
    assert head.market_date == made.THEN


def test_the_last_look_is_the_base_and_the_same_market_records_no_second_run(published, tmp_path):
    runs = Runs(tmp_path / "state.sqlite")
    mine = asked("Sales > 1")
    market, later = published
    assert runs.baseline("mine", market) is None
    head = runs.record(market, library(mine))
    assert runs.record(market, library(mine)) == head
    second = runs.record(later, library(mine))
    assert runs.baseline("mine", later) == head  # not looked at: the run before this market
    runs.mark_seen("mine", second)
    assert runs.baseline("mine", later) == second
    assert runs.baseline("other", later) == head
    changed = runs.record(later, library(replace(mine, query="Sales > 2")))
    assert changed.id > second.id


def test_old_runs_go_and_those_last_looked_at_stay_longest(published, tmp_path):
    runs = Runs(tmp_path / "state.sqlite")
    market, _ = published
    first = runs.record(market, library(asked("Sales > 0")))
    runs.mark_seen("mine", first)
    for limit in range(1, KEPT_RUNS + 5):
        runs.record(market, library(asked(f"Sales > {limit}")))
    heads = runs.heads(demo=False)
    assert len(heads) == KEPT_RUNS
    assert runs.seen("mine", demo=False) == first


def test_a_recorded_run_holds_what_its_screens_read(published, tmp_path):
    runs = Runs(tmp_path / "state.sqlite")
    market, _ = published
    broken = Screen(name="broken", title="", query="Nothing of the kind > 1")
    run = runs.get(runs.record(market, library(asked("PE < 15 AND Sales > 450"), broken)))
    assert run.figures.height == made.COUNT
    assert {"isin", "pe", "sales"} <= set(run.figures.columns)
    assert run.screens["mine"].query == "PE < 15 AND Sales > 450"
    assert not any("broken" in name for name in run.figures.columns)


def test_a_generation_that_is_gone_is_a_clear_error(published):
    with pytest.raises(UnknownName, match="g-000009"):
        of_generation(published[0], "g-000009")


def test_since_a_day_uses_what_was_known_then(tmp_path):
    held = made.altered((made.new_quarter, 3), (made.restated, 4))
    after = made.put(tmp_path, held, made.NOW)
    past = on_day(after, made.THEN)
    assert only(changes(past, after, asked("Sales > 450")).entered).isin == made.isin(3)
    assert only(changes(past, after, asked("Sales last year > 450")).entered).isin == made.isin(4)


def test_filings_since_a_day_are_new_reports_only(two):
    _, after = two((made.new_quarter, 3), (made.restated, 4), day=made.NOW)
    filing = only(filings_since(after, made.THEN, [made.isin(n) for n in range(made.COUNT)]))
    assert (filing.symbol, filing.kind, filing.period_end) == (
        "C03",
        "quarter",
        dt.date(2025, 12, 31),
    )
