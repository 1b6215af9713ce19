"""Notes on companies: kept, changed, emptied, and a file that is no database."""

from __future__ import annotations

import pytest

from screener.errors import StorageError
from screener.notes import Notes
from screener.paths import Paths


def test_a_note_stays_with_its_company_until_it_is_emptied(paths: Paths) -> None:
    notes = Notes(paths.state)
    assert notes.get("XX1") is None
    notes.put("XX1", "Ask about [red]capex[/red]; it's late\n")
    notes.put("XX2", "other")
    note = Notes(paths.state).get("XX1")
    assert note is not None
    assert note.text == "Ask about [red]capex[/red]; it's late\n"
    notes.put("XX1", note.text)
    assert notes.get("XX1") == note  # the same text is no change
    notes.put("XX1", " \n")
    assert notes.get("XX1") is None
    other = notes.get("XX2")
    assert other is not None
    assert other.text == "other"


def test_a_file_that_is_no_database_is_left_alone(paths: Paths) -> None:
    paths.state.parent.mkdir(parents=True, exist_ok=True)
    paths.state.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="Nothing was changed"):
        Notes(paths.state).put("XX1", "lost?")
    assert paths.state.read_bytes() == b"not a database" * 100
