"""Shortlists: saved, read back in order, replaced, deleted and put back."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest

from screener.errors import StorageError, UnknownName
from screener.shortlists import Entry, Shortlists

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


def test_a_note_stays_with_its_company_until_it_is_emptied(lists):
    assert lists.note("XX1") is None
    lists.set_note("XX1", "Ask about [red]capex[/red]; it's late\n")
    lists.set_note("XX2", "other")
    note = lists.note("XX1")
    assert note is not None
    assert note.text == "Ask about [red]capex[/red]; it's late\n"
    lists.set_note("XX1", note.text)
    assert lists.note("XX1") == note  # the same text is no change
    lists.set_note("XX1", " \n")
    assert lists.note("XX1") is None
    assert lists.note("XX2").text == "other"
