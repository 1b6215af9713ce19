"""A view that is left before its figures come: nothing is drawn on it, and nothing is logged."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.dom import DOMNode
from textual.message import Message
from textual.messages import InvokeLater
from textual.screen import Screen

from tests.tui.conftest import Opened
from tui.screens.browse import Browse
from tui.screens.paneled import Paneled

LEFT = {
    "company": ("enter", "escape"),
    "tab": ("enter", "2", "escape"),
    "number": ("enter", "i", "enter", "escape", "escape", "escape"),
    "whole why": ("W", "escape"),
    "market": ("m", "escape"),
    "changes": ("d", "escape"),
    "changes since": ("d", "s", "escape"),
    "replay": ("p", "escape"),
    "refresh": ("r", "escape"),
}


@pytest.mark.parametrize("view", LEFT)
async def test_what_comes_after_the_reader_left_is_dropped(
    view: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, begun, ended = threading.Event(), 0, 0
    run_worker, dispatch = DOMNode.run_worker, Screen._dispatch_message

    def held(self: DOMNode, work: Callable[[], None], **how: Any) -> object:
        def wait_and_work() -> None:
            nonlocal begun, ended
            begun += 1
            try:
                assert gate.wait(60)
                work()
            finally:
                ended += 1

        return run_worker(self, wait_and_work, **how)

    async def taken_down(self: Screen[Any], message: Message) -> None:
        if isinstance(message, events.Unmount) and not isinstance(self, Browse):
            gate.set()  # the screen still belongs to the app, but its parts are gone
            while ended < begun:
                await asyncio.sleep(0)
        await dispatch(self, message)

    async with opened() as d:  # at its end the log of errors is to be empty
        monkeypatch.setattr(DOMNode, "run_worker", held)
        monkeypatch.setattr(Screen, "_dispatch_message", taken_down)
        await d.pilot.press(*LEFT[view])
        async with asyncio.timeout(60):
            while not isinstance(d.app.screen, Browse):
                # A dialog that opened late took the key that was meant for its view.
                await d.pilot.press("escape")
        await d.settle()
        assert begun == ended > 0
        assert not d.notices


async def test_what_was_to_follow_the_painting_of_a_page_that_was_left_is_dropped(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    async with opened() as d:
        await d.press("m")
        page = d.app.screen
        assert isinstance(page, Paneled)
        for part in (page, page.body):
            part.call_after_refresh(called.append, "there")
        await d.settle()
        assert called == ["there", "there"]
        held: list[InvokeLater] = []
        for part in (page, page.body):
            with monkeypatch.context() as patch:
                patch.setattr(part, "post_message", held.append)
                part.call_after_refresh(called.append, "left")
        await d.press("escape")
        for message in held:  # Textual has the screen on top call them
            message.callback()
        assert len(held) == 2
        assert "left" not in called
