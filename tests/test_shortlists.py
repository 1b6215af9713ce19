"""Shortlists: saved, read back in order, replaced, deleted and put back."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

from screener.errors import StorageError, UnknownName
from screener.screening import run
from screener.shortlists import Entry, Shortlists, compare

DAY = dt.date(2026, 1, 27)
ENTRIES = (
    Entry("XX2", "BBB", "B Ltd", "cheap, it's said"),
    Entry("XX1", "AAA", "A Ltd"),
)


@pytest.fixture
def lists(paths):
    return Shortlists(paths.state)


def test_a_list_comes_back_in_its_order(lists):
    lists.save("tonight", ENTRIES, market_date=DAY, screen="core", demo=True)
    saved = lists.get("Tonight")
    assert saved.entries == ENTRIES
    assert (saved.market_date, saved.screen, saved.demo) == (DAY, "core", True)


def test_saving_again_replaces_and_deleting_can_be_undone(lists):
    lists.save("a", ENTRIES, market_date=DAY, screen="core")
    lists.save("a", ENTRIES[:1], market_date=DAY, screen="core")
    assert lists.get("a").entries == ENTRIES[:1]
    gone = lists.delete("a")
    assert lists.names() == []
    lists.restore(gone)
    assert lists.get("a").entries == ENTRIES[:1]


def test_names_come_last_saved_first(lists):
    for name in ("one", "two", "three"):
        lists.save(name, ENTRIES, market_date=DAY, screen="")
    assert lists.names() == ["three", "two", "one"]


def test_an_unknown_list_gets_the_nearest_name(lists):
    lists.save("turnarounds", (), market_date=DAY, screen="")
    with pytest.raises(UnknownName, match="turnarounds"):
        lists.get("turnaround")


def test_a_damaged_state_file_is_said_and_kept(paths, lists):
    paths.state.parent.mkdir(parents=True, exist_ok=True)
    paths.state.write_bytes(b"not a database at all, but something a user had there" * 20)
    before = paths.state.read_bytes()
    with pytest.raises(StorageError, match="cannot be used"):
        lists.names()
    assert paths.state.read_bytes() == before


def test_two_writers_do_not_lose_each_other(paths):
    first, second = Shortlists(paths.state), Shortlists(paths.state)
    first.save("a", ENTRIES, market_date=DAY, screen="")
    second.save("b", ENTRIES, market_date=DAY, screen="")
    assert sorted(first.names()) == ["a", "b"]
    with sqlite3.connect(paths.state) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_saving_again_keeps_the_list_that_was_there_under_its_day(lists):
    before = lists.save("a", ENTRIES, market_date=DAY, screen="core", note="first look")
    later = DAY + dt.timedelta(days=7)
    new = Entry("XX3", "CCC", "C Ltd", "results")
    after = lists.save("A", (ENTRIES[0], new), market_date=later, screen="core")
    assert lists.names() == ["A"]
    assert lists.earlier("a") == [before]
    found = compare(lists.earlier("A")[0], after)
    assert found.entered == (new,)
    assert found.left == (ENTRIES[1],)
    assert found.stayed == (ENTRIES[0],)


def test_restoring_what_was_replaced_undoes_the_replacement(lists):
    first = lists.save("a", ENTRIES, market_date=DAY, screen="core", note="n")
    lists.save("a", ENTRIES[:1], market_date=DAY, screen="core")
    assert lists.restore(first) == first
    assert lists.earlier("a") == []


def test_a_delete_takes_the_earlier_days_with_it_and_restoring_brings_all_back(lists):
    lists.save("a", ENTRIES, market_date=DAY, screen="core", note="one")
    lists.save("a", ENTRIES[:1], market_date=DAY, screen="core", note="two")
    lists.save("a", (), market_date=DAY, screen="core", note="three")
    days = lists.earlier("a")
    gone = lists.delete("a")
    assert lists.earlier("a") == []
    lists.restore(gone)
    assert (lists.get("a").note, lists.earlier("a")) == ("three", days)
    assert [day.note for day in days] == ["two", "one"]


def test_notes_and_reasons_are_written_without_a_new_day(lists):
    lists.save("a", ENTRIES, market_date=DAY, screen="core")
    assert lists.annotate("A", "mine; don't").note == "mine; don't"
    assert lists.annotate("a", "").note == ""
    changed = lists.set_reason("a", "XX1", "order book 3× sales")
    assert [e.reason for e in changed.entries] == ["cheap, it's said", "order book 3× sales"]
    assert [e.isin for e in lists.remove("a", "XX2").entries] == ["XX1"]
    assert lists.earlier("a") == []
    with pytest.raises(UnknownName, match="XX2"):
        lists.set_reason("a", "XX2", "gone")
    with pytest.raises(UnknownName):
        lists.annotate("b", "no such list")


def test_a_file_of_before_there_were_notes_is_read(paths, lists):
    paths.state.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(paths.state)
    db.executescript(
        "CREATE TABLE shortlist (id INTEGER PRIMARY KEY, name TEXT NOT NULL COLLATE NOCASE UNIQUE,"
        " saved_at TEXT NOT NULL, market_date TEXT NOT NULL, screen TEXT NOT NULL,"
        " demo INTEGER NOT NULL);"
        "CREATE TABLE shortlist_entry (shortlist INTEGER NOT NULL, position INTEGER NOT NULL,"
        " isin TEXT NOT NULL, symbol TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL,"
        " PRIMARY KEY (shortlist, isin));"
        "INSERT INTO shortlist VALUES"
        " (1, 'old', '2026-01-02T00:00:00+00:00', '2026-01-01', 's', 0);"
        "INSERT INTO shortlist_entry VALUES (1, 0, 'XX1', 'AAA', 'A Ltd', 'kept');"
    )
    db.close()
    assert lists.get("old").entries == (Entry("XX1", "AAA", "A Ltd", "kept"),)
    assert lists.annotate("old", "still here").note == "still here"


def test_a_screen_asks_the_lists_only_where_it_speaks_of_one(demo, lists):
    first, second = demo.companies["isin"][:2]
    lists.save("Core", [Entry(first, "AAA"), Entry(second, "BBB")], market_date=DAY, screen="core")
    query = 'Symbol in watchlist "core"'
    assert lists.watchlists("ROE > 15") == {}
    result = run(demo, query, watchlists=lists.watchlists("ROE > 15", query))
    assert set(result.rows()["isin"]) == {first, second}
