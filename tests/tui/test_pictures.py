"""Pictures of every view on the small fixed market; look at them before accepting new ones.

One run of the app a size and theme walks through the views and takes each picture in turn.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from typing import Any, Final

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion

from screener.paths import Paths
from screener.shortlists import Entry, Shortlists
from tests.tui.conftest import Driver, Opened

SIZES: Final = [(80, 24), (160, 50)]
HIGH: Final = SIZES[1:]
LOOKS: Final = [(size, theme) for size in SIZES for theme in ("kasauti-dark", "kasauti-light")]
IDS: Final = [f"{size[0]}x{size[1]}-{theme}" for size, theme in LOOKS]

#: What is pressed for a picture, and what brings the list back where no picture follows from it.
WALK: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("welcome", (), ("escape",)),
    ("list", (), ()),
    ("needs_data", ("tab", "w"), ("shift+tab", "w")),
    ("whole_why", ("W",), ("escape",)),
    ("company", ("down", "enter"), ()),
    ("number", ("i", "right", "enter"), ("escape", "escape", "escape", "up")),
    ("help", ("question_mark",), ("escape",)),
    ("line", ("colon", "type:return on"), ("escape",)),
    ("columns", ("c", "down", "down"), ("escape",)),
    ("save_list", ("space", "space", "s"), ("escape", "u", "g")),
    ("copy_as", ("Y",), ("escape",)),
    ("as_of", ("at",), ("escape",)),
    ("export", ("x",), ("escape",)),
    ("library", ("b", "down"), ("escape",)),
    ("shortlists", ("S",), ()),
    ("entries", ("o",), ("escape",)),
    ("compared", ("c",), ("escape", "escape")),
    ("breadth", ("m",), ()),
    ("returns", ("2",), ()),
    ("no_index", ("3",), ()),
    ("decliners", ("5",), ("escape",)),
    ("first_look", ("d",), ("escape",)),
    ("changes", ("d", "s", "type:a day", "enter", "type:2025-05-15", "enter"), ("escape",)),
    ("replay", ("p",), ()),
    ("lines", ("enter",), ()),
    ("periods", ("2",), ()),
    ("members", ("enter",), ("escape",)),
    ("words", ("3",), ("escape",)),
    ("refresh", ("r",), ("escape",)),
    ("funnel", ("right_curly_bracket", "greater_than_sign", "greater_than_sign"), ("U", "F")),
    ("refused", ("colon", "type:debt to equty < 1", "enter"), ("escape",)),
    ("fault", ("e", "type: AND Debt to equty < 1"), ()),
)


@pytest.fixture
def pictures(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Pictures kept beside the tests."""
    return snapshot.use_extension(SVGImageExtension)


async def press(d: Driver, keys: tuple[str, ...]) -> None:
    """Press keys, or type what follows “type:”; a drawing learns its size after its place."""
    for key in keys:
        if key.startswith("type:"):
            await d.type(key[5:])
        else:
            await d.press(key)


async def taken(d: Driver) -> Any:
    """The screen as it is, without notices."""
    d.app.clear_notifications()
    await d.settle()
    return d.app.export_screenshot()


def two_shortlists(paths: Paths) -> None:
    """A shortlist of two days, with a reason."""
    lists, names = Shortlists(paths.state), ("Amber Works Ltd", "Basalt Systems Ltd")
    entries = [
        Entry(f"XX{i:010d}", f"{name[:4].upper()}{i:02d}", name, reason)
        for i, (name, reason) in enumerate(zip(names, ("Order book of 3 years", ""), strict=True))
    ]
    for day, kept in ((dt.date(2025, 12, 1), entries[:1]), (dt.date(2026, 1, 27), entries[1:])):
        lists.save(
            "To read", kept, market_date=day, screen="low_debt", demo=True, note="Before May"
        )
    with closing(sqlite3.connect(paths.state)) as db, db:  # a day that is the same tomorrow
        db.execute("UPDATE shortlist SET saved_at = '2026-01-28T18:00:00+00:00'")


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=IDS)
async def test_every_view(
    size: tuple[int, int],
    theme: str,
    opened: Opened,
    small_home: Paths,
    pictures: SnapshotAssertion,
) -> None:
    two_shortlists(small_home)
    wrong = []
    async with opened(size=size, theme=theme, welcome=True) as d:
        for name, there, back in WALK:
            if name == "needs_data" and size in HIGH:  # the why panel is open there
                there, back = there[:-1], back[:-1]
            await press(d, there)
            if await taken(d) != pictures(name=name):
                wrong.append(name)
            await press(d, back)
    assert not wrong


@pytest.mark.parametrize("theme", ["kasauti-safe-dark", "kasauti-safe-light"])
async def test_colour_blind_safe(theme: str, opened: Opened, pictures: SnapshotAssertion) -> None:
    async with opened(size=(120, 40), theme=theme) as d:
        await press(d, ("tab", "tab", "space"))
        assert await taken(d) == pictures


async def test_in_ascii(
    opened: Opened, pictures: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", "1")
    async with opened(size=(80, 24)) as d:
        await press(d, ("right_curly_bracket", "greater_than_sign"))
        assert await taken(d) == pictures


async def test_a_very_small_terminal(opened: Opened, pictures: SnapshotAssertion) -> None:
    async with opened(size=(60, 20)) as d:
        assert await taken(d) == pictures
