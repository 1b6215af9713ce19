"""What the app's screens share: the commands of their views and the key bar that shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual._context import NoActiveAppError
from textual.screen import ModalScreen, Screen

from tui.commands import TYPING, Command
from tui.widgets.bars import KeyBar, TitleBar, keys_of
from tui.widgets.still import StillThere, is_gone

if TYPE_CHECKING:
    from textual.dom import DOMNode

    from tui.app import KasautiApp

Answer = TypeVar("Answer")


class ScreenLeft(Exception):
    """The reader left the screen that work in a thread was for."""


class View(StillThere):
    """Mixed into screens: the commands at hand, whom they go to, and the bar of their keys."""

    VIEWS: ClassVar[tuple[str, ...]] = ("app",)

    @property
    def kasauti(self) -> KasautiApp:
        """The app."""
        return cast("KasautiApp", cast("Screen[object]", self).app)

    def views(self) -> tuple[str, ...]:
        """The views whose commands work now, the nearest first."""
        return self.VIEWS

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now; empty where it can."""
        return ""

    def target(self, command: Command) -> DOMNode:
        """Where a command's action is."""
        screen = cast("Screen[object]", self)
        if command.view == "app":
            return screen.app
        focused = screen.focused
        if command.view in ("table", "query", "narrow", "library") and focused is not None:
            return focused
        return screen

    def commands(self) -> tuple[Command, ...]:
        """The commands that work now, with the keys in force."""
        views = self.views()
        typing = views[0] in TYPING
        return tuple(c for c in self.kasauti.keys.commands(views) if not (typing and c.is_typed))

    def draw_keys(self) -> None:
        """Show the keys of the moment."""
        screen = cast("Screen[object]", self)
        for bar in screen.query(KeyBar):
            bar.keys = tuple(keys_of(self.commands(), self.refusal))

    def in_thread(self, work: Callable[[], None], group: str) -> None:
        """Run `work` in a thread, in place of what runs in that group; an error is told.

        What it finds it hands over by `deliver`.
        """
        screen, app = cast("Screen[object]", self), self.kasauti

        def guarded() -> None:
            try:
                work()
            except ScreenLeft:
                return
            except Exception as error:  # shown as a notice, kept in the log
                app.call_from_thread(app.tell, error)

        screen.run_worker(guarded, thread=True, exclusive=True, group=group, exit_on_error=False)

    def deliver(self, call: Callable[..., object], *args: object) -> None:
        """From a thread: call this where the screen is drawn, once all of its parts are there.

        Raises ScreenLeft where the reader has left the screen: its parts are being taken down,
        and nobody waits for the rest of the work.
        """
        screen = cast("Screen[object]", self)
        mounted: asyncio.Event = screen._mounted_event

        async def arrive() -> None:
            await mounted.wait()
            if is_gone(screen):
                raise ScreenLeft
            call(*args)

        try:
            app = screen.app
        except NoActiveAppError:  # it is taken down already
            raise ScreenLeft from None
        landing: Callable[[], object] = arrive
        app.call_from_thread(landing)

    async def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        """Run what was clicked in the key bar."""
        await self.kasauti.run_command(event.command)


class Page(View, Screen[None]):
    """A whole screen."""

    def on_descendant_focus(self) -> None:
        """Other keys work where the focus is another."""
        self.draw_keys()

    def on_screen_resume(self) -> None:
        """Show the keys when the screen comes back, and in the title what runs beside."""
        self.draw_keys()
        for bar in self.query(TitleBar):
            bar.refresh()


class Dialog(View, ModalScreen[Answer]):
    """A small screen over another."""

    def on_mount(self) -> None:
        """Show the keys."""
        self.draw_keys()
