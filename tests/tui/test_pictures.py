"""Pictures of the app on the small fixed market; look at them before accepting new ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from screener.paths import Paths
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
}


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


def test_a_very_small_terminal(small_home: Paths, snap_compare: Compare) -> None:
    assert snap_compare(_app(small_home), terminal_size=(60, 20), run_before=_drive(()))
