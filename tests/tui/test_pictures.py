"""Pictures of the app on the small fixed market; look at them before accepting new ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from screener.paths import Paths
from screener.shortlists import Entry, Shortlists
from tests.tui.conftest import Driver
from tui.app import KasautiApp

Compare = Callable[..., bool]
SIZES = [(80, 24), (160, 50)]
VIEWS: dict[str, tuple[str, ...]] = {
    "list": (),
    "why": ("tab", "tab", "w"),
    "fault": ("e", "type: AND Debt to equty < 1"),
    "company": ("down", "enter"),
    "help": ("question_mark",),
    "funnel": ("right_curly_bracket", "greater_than_sign", "greater_than_sign"),
    "line": ("colon", "type:return on"),
    "refused": ("colon", "type:debt to equty < 1", "enter"),
    "columns": ("c", "down", "down"),
    "save_list": ("space", "space", "s"),
    "copy_as": ("Y",),
    "as_of": ("at",),
    "export": ("x",),
    "library": ("b", "down"),
}
#: Of these the light theme is seen too.
IN_LIGHT = ("funnel", "line", "refused", "columns", "as_of", "library")


def _drive(keys: tuple[str, ...]) -> Callable[[Pilot[Any]], Any]:
    async def run(pilot: Pilot[Any]) -> None:
        assert isinstance(pilot.app, KasautiApp)
        driver = Driver(pilot.app, pilot)
        await driver.ready()
        for key in keys:
            if key.startswith("type:"):
                await driver.type(key[5:])
            else:
                await driver.press(key)

    return run


def _app(paths: Paths, theme: str = "kasauti-dark") -> KasautiApp:
    app = KasautiApp(paths, screen="sound_and_cheap")
    app.theme = theme
    return app


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", VIEWS)
def test_view(view: str, size: tuple[int, int], small_home: Paths, snap_compare: Compare) -> None:
    keys = VIEWS[view]
    if view == "why" and size[1] >= 36:
        keys = keys[:-1]  # it is open there from the start
    assert snap_compare(_app(small_home), terminal_size=size, run_before=_drive(keys))


@pytest.mark.parametrize("theme", ["kasauti-light", "kasauti-safe-dark", "kasauti-safe-light"])
def test_theme(theme: str, small_home: Paths, snap_compare: Compare) -> None:
    app = _app(small_home, theme)
    assert snap_compare(app, terminal_size=(120, 40), run_before=_drive(("tab", "tab", "space")))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("view", IN_LIGHT)
def test_view_in_light(
    view: str, size: tuple[int, int], small_home: Paths, snap_compare: Compare
) -> None:
    app = _app(small_home, "kasauti-light")
    assert snap_compare(app, terminal_size=size, run_before=_drive(VIEWS[view]))


@pytest.mark.parametrize("theme", ["kasauti-dark", "kasauti-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_welcome(
    theme: str, size: tuple[int, int], small_home: Paths, snap_compare: Compare
) -> None:
    app = KasautiApp(small_home, screen="sound_and_cheap", welcome=True)
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=_drive(()))


@pytest.mark.parametrize("theme", ["kasauti-dark", "kasauti-light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("page", ["o", "c"], ids=["entries", "compared"])
def test_a_shortlist(
    page: str, theme: str, size: tuple[int, int], small_home: Paths, snap_compare: Compare
) -> None:
    lists, names = Shortlists(small_home.state), ("Amber Works Ltd", "Basalt Systems Ltd")
    entries = [
        Entry(f"XX{i:010d}", f"{name[:4].upper()}{i:02d}", name, reason)
        for i, (name, reason) in enumerate(zip(names, ("Order book of 3 years", ""), strict=True))
    ]
    for day, kept in ((dt.date(2025, 12, 1), entries[:1]), (dt.date(2026, 1, 27), entries[1:])):
        lists.save(
            "To read", kept, market_date=day, screen="low_debt", demo=True, note="Before May"
        )
    run = _drive(("S", page))
    assert snap_compare(_app(small_home, theme), terminal_size=size, run_before=run)


def test_in_ascii(
    small_home: Paths, snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KASAUTI_ASCII", "1")
    keys = ("right_curly_bracket", "greater_than_sign")
    assert snap_compare(_app(small_home), terminal_size=(80, 24), run_before=_drive(keys))


def test_a_very_small_terminal(small_home: Paths, snap_compare: Compare) -> None:
    assert snap_compare(_app(small_home), terminal_size=(60, 20), run_before=_drive(()))
