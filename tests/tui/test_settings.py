"""What is remembered between runs: read back as written, and nothing at all from a damaged file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.paths import Paths
from tui.listing import View
from tui.settings import LIBRARY_WIDTHS, MOST_PLACES, Memory, Place, recall, remember

texts = st.text(max_size=20)
views = st.builds(
    View,
    show=st.sampled_from(["pass", "unknown", "near", "fail", "all"]),
    sort=st.lists(st.tuples(texts, st.booleans()), max_size=3).map(tuple),
    hidden=st.frozensets(texts, max_size=3),
    added=st.lists(texts, max_size=3).map(tuple),
    order=st.lists(texts, max_size=3).map(tuple),
    frozen=texts,
)
memories = st.builds(
    Memory,
    theme=texts,
    heat=st.booleans(),
    welcomed=st.booleans(),
    library_width=st.sampled_from(LIBRARY_WIDTHS),
    library_hidden=st.booleans(),
    copy_form=texts,
    screen=texts,
    scope=st.tuples(texts, texts),
    places=st.dictionaries(texts, st.builds(Place, views, texts, texts), max_size=3),
)


def folders(root: Path) -> Paths:
    return Paths(root / "data", root / "config", root / "cache", root / "state")


@given(memory=memories)
def test_what_is_remembered_comes_back(
    tmp_path_factory: pytest.TempPathFactory, memory: Memory
) -> None:
    paths = folders(tmp_path_factory.getbasetemp() / "memory")
    remember(paths, memory)
    assert recall(paths) == (memory, "")


def test_no_file_is_no_damage(tmp_path: Path) -> None:
    assert recall(folders(tmp_path)) == (Memory(), "")


@pytest.mark.parametrize(
    "spoilt",
    [
        b"",
        b"[]",
        b'{"theme": 3}',
        b'{"heat": "yes"}',
        b'{"places": {"a": {"show": "none"}}}',
        b'{"places": {"a": {"sort": [["roce"]]}}}',
        b'{"places": [1]}',
        b'{"scope": "here"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_told_and_left_out_as_a_whole(tmp_path: Path, spoilt: bytes) -> None:
    paths = folders(tmp_path)
    paths.state_dir.mkdir()
    (paths.state_dir / "app.json").write_bytes(spoilt)
    memory, words = recall(paths)
    assert memory == Memory()
    assert "app.json is damaged" in words


def test_a_width_that_fits_no_screen_is_brought_back(tmp_path: Path) -> None:
    paths = folders(tmp_path)
    paths.state_dir.mkdir()
    (paths.state_dir / "app.json").write_text(json.dumps({"library_width": 9000}))
    assert recall(paths)[0].library_width in LIBRARY_WIDTHS


def test_the_places_visited_longest_ago_are_forgotten_first() -> None:
    memory = Memory()
    for number in range(MOST_PLACES + 5):
        memory = memory.at(f"screen {number}", Place(query=str(number)))
    memory = memory.at("screen 10", Place(query="again"))
    assert len(memory.places) == MOST_PLACES
    assert "screen 0" not in memory.places
    assert [*memory.places][-1] == memory.screen == "screen 10"
