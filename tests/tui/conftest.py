"""The app on a market: opened, driven by keys, and checked for errors it would have logged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.keys import _character_to_key as character_to_key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerFailed

from screener.market.store import Market
from screener.paths import Paths, default_paths
from tests.tui.small import SCREENS, small_market
from tui.app import KasautiApp
from tui.cli import main
from tui.screens.browse import Browse

Kasauti = Callable[..., tuple[int, str, str]]
Opened = Callable[..., AbstractAsyncContextManager["Driver"]]


MOST_ROUNDS = 200


def _to_draw(screen: Screen[Any]) -> bool:
    """Whether a screen waits to be laid out or painted, or to call something after that."""
    waits = (screen._layout_required, screen._scroll_required, screen._repaint_required)
    return any(waits) or bool(screen._dirty_widgets or screen._callbacks)


class Driver:
    """An open app and the keys to press."""

    def __init__(self, app: KasautiApp, pilot: Pilot[Any]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def browse(self) -> Browse:
        """The main screen, also when another lies over it."""
        return next(s for s in self.app.screen_stack if isinstance(s, Browse))

    @property
    def grid(self) -> Any:
        return self.browse.results.grid

    @property
    def listing(self) -> Any:
        assert self.browse.desk is not None
        return self.browse.desk.listing

    @property
    def symbols(self) -> list[str]:
        """The symbols on the list, in order."""
        return self.listing.frame["symbol"].to_list()

    @property
    def symbol(self) -> str:
        """The symbol under the cursor."""
        return self.symbols[self.grid.cursor]

    @property
    def notices(self) -> str:
        return "\n".join(f"{n.title} {n.message}" for n in self.app._notifications)

    async def ready(self) -> None:
        """Until the market is open and the first list is on screen."""
        for _ in range(200):
            await self._work()
            await self.pilot.pause()
            if any(isinstance(s, Browse) and s.desk is not None for s in self.app.screen_stack):
                break
        await self.settle()

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the one before is dealt with."""
        for key in keys:
            self._send(key, key if len(key) == 1 else None)
            await self._drain()
        await self.settle()

    async def type(self, text: str) -> None:
        """Type faster than anyone can."""
        for char in text:
            self._send(character_to_key(char), char)
        await self.settle()

    def _send(self, key: str, char: str | None) -> None:
        event = events.Key(character_to_key(key) if len(key) == 1 else key, char)
        event.set_sender(self.app)
        assert self.app._driver is not None
        self.app._driver.send_message(event)

    async def _drain(self) -> None:
        """Until the app, its screen and every widget have dealt with what they were sent.

        Three rounds: the key, the message it causes, and the layout or paint that follows.
        """
        for _ in range(3):
            await self.pilot._wait_for_screen()

    async def _work(self) -> None:
        """Until every worker is done; one that gave way to a later one is no failure."""
        running = [worker.wait() for worker in self.app.workers]
        found = await asyncio.gather(*running, return_exceptions=True)
        for error in found:
            if isinstance(error, WorkerFailed):
                raise error

    async def settle(self) -> None:
        """Until timers that were set have run, workers are done and all they said is drawn.

        A drawing may ask for another: a chart learns its size only when it has its place. So it is
        over when two rounds find nothing left to do: a message may be on its way in the first.
        """
        idle = 0
        for _ in range(MOST_ROUNDS):
            await self._drain()
            timers = (self.browse.typing, self.browse.results._moving)
            waiting = [t._task for t in timers if t is not None and t._task and not t._task.done()]
            if waiting or not all(worker.is_finished for worker in self.app.workers):
                await asyncio.gather(*waiting, return_exceptions=True)
                await self._work()
            elif not _to_draw(self.app.screen):
                idle += 1
                if idle == 2:
                    return
                continue
            idle = 0
            self.app.screen._on_timer_update()  # what waits to be laid out or painted
        raise AssertionError("the app does not come to rest")

    def text(self) -> str:
        """What is on the screen, as text."""
        width, height = self.app.size
        lines = self.app.screen._compositor.render_strips()
        return "\n".join(line.text.ljust(width) for line in lines[:height])


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A small fixed market, published once where the demo market belongs."""
    return small_market(tmp_path_factory.mktemp("small") / "demo")


def caller(capsys: pytest.CaptureFixture[str]) -> Kasauti:
    """What runs a command; it gives (exit code, stdout, stderr)."""

    def call(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        out = capsys.readouterr()
        return int(ended.value.code or 0), out.out, out.err

    return call


@pytest.fixture
def kasauti(demo_home: Paths, capsys: pytest.CaptureFixture[str]) -> Kasauti:
    """Run a command on the small demo market."""
    return caller(capsys)


def home_of(market: Market, root: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders of a test's own with that market as the demo, and three screens instead of ours."""
    from screener import screens
    from screener.market import opening

    (root / "data").mkdir()
    (root / "data" / "demo").symlink_to(market.folder.parent, target_is_directory=True)
    monkeypatch.setattr(screens, "_built_in_text", lambda: SCREENS)
    monkeypatch.setattr(opening, "demo_edition", lambda: "made for a test")
    monkeypatch.setenv("KASAUTI_HOME", str(root))
    monkeypatch.chdir(root)
    return default_paths()


@pytest.fixture
def small_home(small: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """Folders of this test's own with the small market."""
    return home_of(small, tmp_path, monkeypatch)


@pytest.fixture
def opened(small_home: Paths) -> Opened:
    """Open the app on the small market: `async with opened(size=(80, 24)) as driver`."""

    @asynccontextmanager
    async def run(
        size: tuple[int, int] = (120, 40), screen: str | None = "sound_and_cheap", **how: Any
    ) -> AsyncIterator[Driver]:
        theme = how.pop("theme", "")
        app = KasautiApp(how.pop("paths", small_home), screen=screen, **how)
        app.theme = theme or app.theme
        async with app.run_test(size=size, notifications=True) as pilot:
            driver = Driver(app, pilot)
            await driver.ready()
            yield driver
            log = small_home.log
            assert not log.exists(), log.read_text(encoding="utf-8")

    return run
