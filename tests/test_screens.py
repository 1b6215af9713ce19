"""Named screens: the built-in ones, the user's file with its comments, and broken files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.errors import ScreensFileError, UnknownName
from screener.paths import Paths
from screener.screens import Library, Screen, slug

OWN = """# my screens
[screen.mine]  # the first
title = "Mine"
query = "ROCE > 20"  # high
sort = ["-roce"]

[ratios]
"Owner yield" = "Net profit / Market Capitalization * 100"
"""


def write(paths: Paths, text: str) -> None:
    paths.screens_file.parent.mkdir(parents=True, exist_ok=True)
    paths.screens_file.write_text(text, encoding="utf-8")


def test_built_in_screens_have_a_title_a_query_and_a_reason(paths):
    library = Library.load(paths)
    assert len(library.screens) >= 5
    for screen in library.screens:
        assert screen.title
        assert screen.query
        assert len(screen.why) > 40
        assert not screen.own


def test_own_screens_and_ratios_are_read(paths):
    write(paths, OWN)
    library = Library.load(paths)
    mine = library.get("mine")
    assert mine.own
    assert mine.sort == (("roce", True),)
    assert library.ratios == {"Owner yield": "Net profit / Market Capitalization * 100"}
    assert library.get("Mine") == library.get("MINE") == mine


def test_saving_keeps_comments_and_everything_else(paths):
    write(paths, OWN)
    library = Library.load(paths)
    library = library.save(Screen(name="other", title="Other", query="PE < 10\nAND ROE > 5"))
    library.save(Screen(name="mine", title="Mine", query="ROCE > 25"))
    text = paths.screens_file.read_text(encoding="utf-8")
    for comment in ("# my screens", "# the first"):
        assert comment in text
    again = Library.load(paths)
    assert again.get("mine").query == "ROCE > 25"
    assert again.get("mine").sort == ()
    assert again.get("other").query == "PE < 10\nAND ROE > 5"
    assert "Owner yield" in again.ratios


def test_a_deleted_screen_is_gone_and_the_rest_stays(paths):
    write(paths, OWN)
    Library.load(paths).delete("mine")
    library = Library.load(paths)
    assert library.find("mine") is None
    assert "Owner yield" in library.ratios
    with pytest.raises(UnknownName, match="built-in"):
        library.delete(library.screens[0].name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[screen.a]\nquery = "x\n', "line 2"),
        ("[screen.a]\ntitle = 'a'\n", "no query"),
        ("[screen.a]\nquery = 'x'\nunknwon = 'review'\n", "unknown"),
        ("[screen.a]\nquery = 'x'\nunknown = 'maybe'\n", "review"),
        ("[screen.a]\nquery = 5\n", "not a text"),
        ("screen = 5\n", "not a table"),
        ("[screen.a]\nquery = 'x'\ncolumns = 'roce'\n", "list"),
    ],
)
def test_a_broken_file_is_shown_and_untouched(paths, text, said):
    write(paths, text)
    with pytest.raises(ScreensFileError, match=said):
        Library.load(paths)
    assert paths.screens_file.read_text(encoding="utf-8") == text


def test_a_broken_file_is_not_overwritten_by_a_save(paths):
    library = Library.load(paths)
    write(paths, "[screen.a\n")
    with pytest.raises(ScreensFileError):
        library.save(Screen(name="b", title="B", query="PE < 1"))
    assert paths.screens_file.read_text(encoding="utf-8") == "[screen.a\n"


def test_an_unknown_screen_gets_the_nearest_names(paths):
    with pytest.raises(UnknownName, match="selectivity_core"):
        Library.load(paths).get("selectivty_core")


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"),
    min_size=1,
    max_size=60,
)


@given(title=words.filter(str.strip), query=words.filter(str.strip), why=words)
@settings(max_examples=60, deadline=None)
def test_any_text_survives_saving(tmp_path_factory, title, query, why):
    root = tmp_path_factory.mktemp("s")
    paths = Paths(root, root, root, root)
    name = slug(title) or "unnamed"
    Library.load(paths).save(Screen(name=name, title=title, query=query, why=why))
    again = Library.load(paths).get(name)
    assert again.query.split() == query.split()
    assert again.why == why.strip()
    assert again.title == title
