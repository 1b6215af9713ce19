"""The app opened on folders of any kind; `conftest.opened` is for the small fixed market."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from screener.paths import Paths
from tests.tui.conftest import Driver
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
