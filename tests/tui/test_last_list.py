"""The list kept from the run before: there at once, true, and replaced without a jump."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from screener.errors import MarketError
from screener.paths import Paths
from screener.shortlists import Entry, Shortlists
from tests.tui.conftest import Driver, Opened
from tui.app import KasautiApp
from tui.last_list import recall
from tui.workspace import Workspace


def kept_file(paths: Paths) -> Path:
    return paths.state_dir / "last_list.json"


@asynccontextmanager
async def held(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int] = (120, 40), **how: Any
) -> AsyncIterator[tuple[Driver, threading.Event]]:
    """The app while its market is being opened; it is open once the event is set."""
    gate, opening = threading.Event(), Workspace.open

    def wait(*args: Any) -> Workspace:
        assert gate.wait(60)
        return opening(*args)

    monkeypatch.setattr(Workspace, "open", wait)
    app = KasautiApp(paths, **how)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Driver(app, pilot), gate
        gate.set()
        await Driver(app, pilot).ready()
        assert not paths.log.exists()


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_it_is_there_before_the_market_and_nothing_moves(
    opened: Opened,
    small_home: Paths,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    async with opened(size=size) as d:
        await d.press("down", "down")
        shown, symbol, symbols = d.text(), d.symbol, d.symbols
    async with held(small_home, monkeypatch, size) as (d, gate):
        waiting = d.text()
        assert waiting.startswith(" checking ")
        assert "demo · fictional" in waiting
        _same_places(waiting, shown, symbols)
        assert d.grid.key == d.grid.rows.key(2)
        await d.pilot.press("enter")
        assert "the market is not open yet" in d.notices
        await d.pilot.press("down")
        assert d.grid.cursor == 3
        gate.set()
        await d.ready()
        assert d.symbols == symbols
        assert d.symbol == symbols[symbols.index(symbol) + 1]
        assert "checking" not in d.text()
        _same_places(d.text(), shown, symbols)


def _same_places(now: str, then: str, symbols: list[str]) -> None:
    """Every row stands where it stood, with the same figures."""
    for one, other in zip(now.splitlines(), then.splitlines(), strict=True):
        for symbol in symbols:
            if f" {symbol} " in other and "Why" not in other:
                assert one[-78:] == other[-78:]


def _publish_again(paths: Paths) -> None:
    current = paths.demo_market / "CURRENT"
    text = current.read_text(encoding="utf-8")
    (paths.data / "demo").unlink()
    (paths.data / "demo").mkdir()
    (paths.data / "demo" / "CURRENT").write_text(f"{text}-other", encoding="utf-8")


def _write(name: str, text: str) -> Callable[[Paths], None]:
    def change(paths: Paths) -> None:
        file = paths.config / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")

    return change


def _damage(text: str) -> Callable[[Paths], None]:
    return lambda paths: kept_file(paths).write_text(text, encoding="utf-8") and None


def _other_row(paths: Paths) -> None:
    found = json.loads(kept_file(paths).read_text(encoding="utf-8"))
    found["cells"][0].pop()
    kept_file(paths).write_text(json.dumps(found), encoding="utf-8")


CHANGES = {
    "a gathered market": lambda paths: (
        paths.real_market.mkdir(parents=True),
        (paths.real_market / "CURRENT").write_text("g-1", encoding="utf-8"),
    ),
    "other screens": _write("screens.toml", "# mine\n"),
    "other goalposts": _write("goalposts.toml", "# mine\n"),
    "no file": lambda paths: kept_file(paths).unlink(),
    "nothing in it": _damage(""),
    "a list": _damage("[]"),
    "half a file": _damage('{"made_from": "'),
    "half a row": _other_row,
    "another market": _publish_again,
}


@pytest.fixture
async def kept(opened: Opened, small_home: Paths) -> Paths:
    """Folders after a run that was left on a list."""
    async with opened(size=(80, 24)):
        pass
    assert recall(small_home, "auto") is not None
    return small_home


def test_nothing_is_shown_that_may_be_untrue(kept: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    text = kept_file(kept).read_text(encoding="utf-8")
    assert recall(kept, "demo") is None
    for name, change in CHANGES.items():
        change(kept)
        assert recall(kept, "auto") is None, name
        for file in (kept.screens_file, kept.config / "goalposts.toml"):
            file.unlink(missing_ok=True)
        kept_file(kept).write_text(text, encoding="utf-8")
        assert recall(kept, "auto") is not None or "market" in name
        shutil.rmtree(kept.real_market, ignore_errors=True)
    monkeypatch.setattr("tui.last_list.app_version", lambda: "99")
    assert recall(kept, "auto") is None


@pytest.mark.parametrize(
    "how", [{"screen": "low_debt"}, {"day": dt.date(2025, 12, 1)}], ids=["screen", "day"]
)
async def test_another_screen_or_day_begins_empty(
    kept: Paths, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    async with held(kept, monkeypatch, (80, 24), **how) as (d, _):
        assert "Opening the market" in d.text()
        assert "checking" not in d.text()


async def test_a_market_that_cannot_be_opened_takes_the_list_away(
    kept: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise MarketError("The disk is gone.", "Look for it.")

    monkeypatch.setattr(Workspace, "open", broken)
    app = KasautiApp(kept)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        d = Driver(app, pilot)
        await d.settle()
        assert "The disk is gone." in d.text()
        assert d.grid.rows.height == 0
        assert "Pass 9" not in d.text()


async def test_what_depends_on_more_is_not_kept(opened: Opened, small_home: Paths) -> None:
    Shortlists(small_home.state).save(
        "Mine", [Entry("XX0000000001", "B", "B", "")], market_date=dt.date(2026, 1, 1), screen="",
        demo=True,
    )  # fmt: skip
    async with opened(size=(80, 24)) as d:
        for keys in (("S", "enter"), ("escape", "slash", "b"), ("escape", "comma")):
            await d.press(*keys)
            d.browse.keep_place()
            assert recall(small_home, "auto") is None, keys
        await d.press("comma")
        d.browse.keep_place()
        assert recall(small_home, "auto") is not None


async def test_a_list_of_what_is_no_longer_on_file_is_not_kept(
    opened: Opened, small_home: Paths
) -> None:
    async with opened(size=(80, 24)) as d:
        _write("screens.toml", "# mine, written by another program\n")(small_home)
        await d.press("down")
        d.browse.keep_place()
        assert recall(small_home, "auto") is None
        small_home.screens_file.unlink()
        assert recall(small_home, "auto") is not None
        _publish_again(small_home)
        d.browse.keep_place()
        assert not kept_file(small_home).exists()
