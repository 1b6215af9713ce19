"""The registry: one meaning a key, an action behind every command, keys a user may change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from screener.errors import KasautiError, UnknownName
from tests.tui.conftest import Opened
from tui.app import KasautiApp
from tui.commands import COMMANDS, VIEWS, bindings, commands, key_name
from tui.keys import Keys
from tui.screens.browse import Browse
from tui.screens.changes import ChangesView
from tui.screens.columns import ColumnsPage
from tui.screens.company import Company
from tui.screens.company_head import Figures
from tui.screens.company_parts import ChartPane, NoteText
from tui.screens.dialogs import Ask, Pick
from tui.screens.drill import DrillDown
from tui.screens.help import Help
from tui.screens.market import MarketView
from tui.screens.refresh import RefreshView
from tui.screens.replay import ReplayView
from tui.screens.shortlists import ComparePage, EntriesPage, ShortlistPage
from tui.screens.welcome import Welcome
from tui.screens.whole import WholeWhy
from tui.widgets.editor import QueryText
from tui.widgets.grid import Grid
from tui.widgets.library import LibraryList
from tui.widgets.line import LineInput
from tui.widgets.query import NarrowInput
from tui.widgets.results import Results

OWNERS = {
    "app": [KasautiApp],
    "table": [Grid],
    "list": [Results],
    "browse": [Browse],
    "query": [QueryText],
    "narrow": [NarrowInput],
    "library": [LibraryList],
    "line": [LineInput],
    "entries": [EntriesPage],
    "columns": [ColumnsPage],
    "welcome": [Welcome],
    "company": [Company],
    "chart": [ChartPane],
    "figures": [Figures],
    "note": [NoteText],
    "shortlists": [ShortlistPage],
    "dialog": [Ask, Pick],
    "pick": [Pick],
    "help": [Help, DrillDown],
    "table_page": [ComparePage, WholeWhy],
    "panels": [MarketView, ChangesView, ReplayView, RefreshView],
    "changes": [ChangesView],
    "replay": [ReplayView],
    "refresh": [RefreshView],
}
#: Views whose commands are at hand together.
TOGETHER = [
    ("table", "list", "browse", "app"),
    ("query", "app"),
    ("narrow", "app"),
    ("library", "app"),
    ("company", "table", "app"),
    ("company", "chart", "app"),
    ("figures", "app"),
    ("note", "app"),
    ("changes", "panels", "app"),
    ("replay", "panels", "app"),
    ("refresh", "panels", "app"),
    ("shortlists", "table"),
    ("entries", "table"),
    ("columns", "table"),
    ("table_page", "table"),
    ("line", "app"),
    ("dialog", "pick"),
]
#: In these views a letter is text, so that only keys that are no text reach the others.
TAKEN_BY_MEANT_OVERRIDE = {"ctrl+p"}  # in a list of choices it is the one above


def test_every_command_has_a_view_a_sentence_and_an_action() -> None:
    assert {c.view for c in COMMANDS} == set(VIEWS) == set(OWNERS)
    assert [id for id, n in Counter(c.id for c in COMMANDS).items() if n > 1] == []
    for command in COMMANDS:
        assert command.label
        assert command.help[0].isupper()
        name = command.action.partition("(")[0]
        for owner in OWNERS[command.view]:
            assert callable(getattr(owner, f"action_{name}", None)), (owner, name)


@pytest.mark.parametrize("views", TOGETHER)
def test_no_key_means_two_things_at_once(views: tuple[str, ...]) -> None:
    keys = Counter(key for view in views for c in commands(view) for key in c.keys)
    # The company view gives Enter no use of its own; the rest must be alone.
    assert {key for key, n in keys.items() if n > 1} <= TAKEN_BY_MEANT_OVERRIDE


def test_escape_always_goes_back_and_never_opens_anything() -> None:
    for command in COMMANDS:
        if "escape" in command.keys:
            words = ("back", "clear", "done", "close", "cancel")
            assert command.id.partition(".")[2] in words


def test_keys_of_multiplexers_and_flow_control_are_left_alone() -> None:
    used = {key for command in COMMANDS for key in command.keys}
    assert not used & {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+z"}
    assert not any(key.startswith("f") and key[1:].isdigit() for key in used)


@pytest.mark.parametrize("view", VIEWS)
def test_bindings_carry_the_id_by_which_a_user_remaps_them(view: str) -> None:
    assert [b.id for b in bindings(view)] == [c.id for c in commands(view) if c.keys]


def test_keys_are_written_as_people_read_them() -> None:
    assert key_name("ctrl+p") == "Ctrl+P"
    assert key_name("question_mark") == "?"
    assert key_name("pagedown") == "PgDn"
    assert key_name("G") == "G"
    assert key_name("shift+tab") == "Shift+Tab"


def test_a_wrong_id_in_the_keys_file_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('"list.wy" = "v"\n', encoding="utf-8")
    with pytest.raises(UnknownName, match=r"list\.why"):
        Keys.load(file)
    file.write_text("not toml", encoding="utf-8")
    with pytest.raises(KasautiError, match="cannot be read"):
        Keys.load(file)


async def test_a_remapped_key_works_and_is_shown(opened: Opened, small_home: object) -> None:
    paths = small_home
    paths.config.mkdir(exist_ok=True)  # type: ignore[attr-defined]
    (paths.config / "keys.toml").write_text('"list.why" = "v"\n')  # type: ignore[attr-defined]
    async with opened(size=(120, 30)) as d:
        assert " v Why" in d.text()
        await d.press("w")
        assert "Why " not in d.text().replace("v Why", "")
        await d.press("v")
        assert "passes all" in d.text()


async def test_in_a_narrow_key_bar_what_cannot_run_gives_way_first(opened: Opened) -> None:
    async with opened(size=(80, 24)) as d:
        await d.press("enter")
        keys = d.text().splitlines()[-1]
        assert "Esc Back" in keys
        assert "Growth" not in keys  # the overview has no lines of growth
        await d.press("2")
        assert "% Growth" in d.text().splitlines()[-1]
        await d.press("1")
        await d.pilot.resize_terminal(160, 24)
        await d.settle()
        assert "% Growth" in d.text().splitlines()[-1]
