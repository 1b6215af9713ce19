"""The app opened on folders of any kind; `conftest.opened` is for the small fixed market."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from screener.paths import Paths
from tests.tui.conftest import Driver
from tests.tui.test_pictures import _drive
from tui.app import KasautiApp


@asynccontextmanager
async def opened_on(paths: Paths, size: tuple[int, int], screen: str) -> AsyncIterator[Driver]:
    """Open it, and hold it to an empty log of errors at the end."""
    app = KasautiApp(paths, screen=screen)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.ready()
        yield driver
        assert not paths.log.exists(), paths.log.read_text(encoding="utf-8")


def driven(keys: tuple[str, ...]) -> Callable[[Pilot[Any]], Any]:
    """Press keys before a picture; a drawing is laid out anew after it has learned its size."""

    async def run(pilot: Pilot[Any]) -> None:
        await _drive(keys)(pilot)
        assert isinstance(pilot.app, KasautiApp)
        for _ in range(3):
            await Driver(pilot.app, pilot).settle()

    return run
