"""Pages that show no figures of their company: a known state, told by a count, never in the way."""

from __future__ import annotations

import pytest

from tests.scrapers.made_files import made_isin
from tests.scrapers.made_market import Machine
from tests.scrapers.made_pages import Tables, blank
from tui.refreshing import summary_lines

BARE = [f"BARE{i}" for i in range(7)]
WHOLE = [f"WHOLE{i}" for i in range(3)]
NAMES = [*BARE, *WHOLE]
NOTHING: Tables = {}


@pytest.fixture
def made(made: Machine) -> Machine:
    """Seven companies whose pages carry no table stand in the list before three that do."""
    made.site.list(*((name, made_isin(50 + i)) for i, name in enumerate(NAMES)))
    for name in NAMES:
        made.site.page(name, NOTHING if name in BARE else None)
    return made


def asked(made: Machine) -> set[str]:
    return {path.split("/")[2] for path in made.pages_asked}


def test_pages_without_tables_are_counted_and_asked_again_in_a_week(made):
    first = made.refresh().sources["screener.in"]
    assert "5 pages in a row" in first.stopped  # at first sight the site may have changed
    made.clock.pass_time(days=1)
    second = made.refresh().sources["screener.in"]
    assert asked(made) == {*BARE[5:], *WHOLE}
    assert (second.absent, second.bare, second.fetched) == (2, 2, 3)
    assert (second.failed, second.stopped) == ([], "")
    made.clock.pass_time(days=5)
    made.refresh()
    assert asked(made) == set()
    made.clock.pass_time(days=2)
    later = made.refresh().sources["screener.in"]
    assert asked(made) == set(BARE)  # known by now, so seven in a row are no news
    assert (later.bare, later.failed, later.stopped) == (7, [], "")


def test_a_page_with_tables_and_no_columns_is_done_and_counted(made):
    for name in BARE:
        made.site.page(name, blank())
    summary = made.refresh()
    tally = summary.sources["screener.in"]
    assert (tally.fetched, tally.bare, tally.absent, tally.failed) == (10, 7, 0, [])
    assert "screener.in: 10 fetched, 0 still good, 7 of them without figures" in list(
        summary_lines(summary)
    )
    made.clock.pass_time(days=29)
    made.refresh()
    assert made.pages_asked == []


def test_tables_that_vanish_are_a_fault_and_what_was_known_stays(made):
    for name in BARE:
        made.site.page(name)
    made.refresh()
    known = made.market.table("facts").collect()
    made.site.page(BARE[0], NOTHING)
    made.clock.pass_time(days=31)
    tally = made.refresh().sources["screener.in"]
    assert [miss.key for miss in tally.failed] == [BARE[0]]
    assert tally.bare == 0
    facts = made.market.table("facts").collect()
    assert set(known["isin"]) == set(facts["isin"])
    bare = []
    for _ in range(4):
        made.clock.pass_time(days=1, minutes=1)
        bare.append(made.refresh().sources["screener.in"].bare)
    assert bare == [0, 1, 0, 0]  # the third time it is known to be so, and asked for weekly


def test_pages_that_never_succeed_do_not_keep_a_run_from_the_rest(made):
    for name in BARE:
        made.site.put(name, b"<html><title>Just a moment</title></html>")
    stopped = []
    for _ in range(4):
        summary = made.refresh()
        stopped.append(summary.sources["screener.in"].stopped[:20])
        made.clock.pass_time(days=1, minutes=1)
    assert made.market.table("facts").collect()["isin"].n_unique() == len(WHOLE)
    assert stopped[0].startswith("5 pages in a row")
    nights = []
    for _ in range(14):
        made.clock.pass_time(days=1)
        made.refresh()
        nights.append(len(made.pages_asked))
    assert sum(nights) <= 3 * len(BARE)  # in two weeks, once each has failed often
