"""The terminal app. It imports only Textual; polars comes after the first paint, in a thread."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.actions import SkipAction
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.keys import key_to_character
from textual.screen import Screen as TextualScreen
from textual.widget import Widget

from screener.errors import KasautiError
from screener.paths import Paths
from tui.ascii import ascii_wanted
from tui.commands import COMMANDS, Command, bindings
from tui.format import plain
from tui.keys import Keys
from tui.log import write_log
from tui.screens.base import View
from tui.screens.browse import Browse
from tui.settings import Memory, recall, remember
from tui.theme import THEME_NAMES, THEMES, after
from tui.widgets.ascii import AsciiFilter
from tui.widgets.bars import TitleBar

if TYPE_CHECKING:
    from textual.command import Provider

    from screener.market.opening import Which
    from screener.screening import Result
    from tui.desk import Desk
    from tui.gathering import Gathering

NOTICE_SECONDS: Final = 8.0
MOST_WAITS: Final = 40
WAIT: Final = 0.005  # seconds between two looks at a screen that is being opened
DAMAGE_SECONDS: Final = 30.0
_BY_ACTION: Final = {(c.view, c.action): c for c in COMMANDS}


def _palette() -> type[Provider]:
    """What the palette finds; imported when it is first opened."""
    from tui.palette import KasautiCommands

    return KasautiCommands


class KasautiApp(App[None]):
    """Kasauti in a terminal."""

    TITLE = "Kasauti"
    CSS_PATH = "theme/kasauti.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("app",)
    COMMANDS: ClassVar[set[Any]] = {_palette}
    COMMAND_PALETTE_BINDING: ClassVar[str] = "ctrl+p"
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        paths: Paths,
        *,
        market: Which = "auto",
        screen: str | None = None,
        day: dt.date | None = None,
        welcome: bool = False,
    ) -> None:
        super().__init__()
        self.paths = paths
        self.memory, self._damage = recall(paths)
        self._welcoming = welcome and not self.memory.welcomed
        if ascii_wanted():
            self._filters.append(AsciiFilter())
        self.keys = Keys()
        self.gathering: Gathering | None = None  # the last refresh of this app
        self.refresh_with: dict[str, Any] = {}  # what is handed to each: hosts, a clock …
        self.market_state: Any = None  # a market with its state and the panels made of it
        self._refused = False  # the disk would not keep what is to be remembered
        self._first = (market, screen, day)
        for theme in THEMES:
            self.register_theme(theme)
        kept = self.memory.theme
        self.theme = kept if kept in THEME_NAMES else THEMES[0].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The names our styles use, for themes that are not ours."""
        return dict(THEMES[0].variables)

    def on_mount(self) -> None:
        """Open the main screen."""
        self.push_screen(Browse(*self._first))
        try:
            self.keys = Keys.load(self.paths.config / "keys.toml")
        except KasautiError as error:
            self.tell(error)
        if self.keys.remapped:
            self.set_keymap(dict(self.keys.remapped))
        if self._damage:
            self.notify(
                self._damage,
                title="Nothing is remembered",
                severity="warning",
                timeout=DAMAGE_SECONDS,
                markup=False,
            )
        if self._welcoming:
            self.action_welcome()

    # errors

    def tell(self, error: Exception) -> None:
        """Show an error as a notice; one that is not expected is written to the log as well."""
        if isinstance(error, KasautiError):
            text, title = str(error), "That did not work"
        else:
            log = write_log(self.paths, error)
            where = f"Details are in {log}" if log else "The log could not be written."
            text = f"{type(error).__name__}: {plain(error, 200)}\n{where}"
            title = "Something unexpected went wrong"
        self.notify(text, title=title, severity="error", timeout=NOTICE_SECONDS, markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """Stop with a sentence and a log file: a widget whose handler failed takes no more keys."""
        log = write_log(self.paths, error)
        self._return_code = 1
        if self._exception is None:  # what a test's pilot raises again
            self._exception = error
            self._exception_event.set()
        where = f"Details are in {log}" if log else "The log could not be written."
        self.exit(return_code=1, message=f"Kasauti had to stop: {plain(error, 200)}\n{where}")

    # commands

    async def run_action(
        self,
        action: Any,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action, unless its screen says why it cannot run now; an error is told."""
        screen = self.screen
        command = _command_of(action, default_namespace)
        if command is not None and isinstance(screen, View):
            refusal = screen.refusal(command)
            if refusal:
                words = f"{command.label}: {refusal}."
                if all(notice.message != words for notice in self._notifications):
                    self.notify(words, markup=False)
                return True
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except SkipAction:
            raise
        except Exception as error:  # shown as a notice, kept in the log
            self.tell(error)
            return True

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Run a key's command before the next key is looked at, and after the letters before it.

        Otherwise keys typed faster than a dialog opens would be commands of the screen under it,
        and a line would be taken before its last letters are in it.
        """
        if await super()._check_bindings(key, priority):
            return True
        if not priority:
            return False
        focused = self.focused
        if focused is not None and focused.check_consume_key("a", "a"):
            if focused.check_consume_key(key, key_to_character(key)):
                return False
            await _drained(focused)
        before = self.screen
        if not await super()._check_bindings(key):
            return False
        if self.screen is not before:
            await _ready(self.screen)
        return True

    async def run_command(self, command: Command, screen: TextualScreen[Any] | None = None) -> None:
        """Run a command where it belongs, as its key would."""
        owner = screen or self.screen
        if isinstance(owner, View):
            await self.run_action(command.action, owner.target(command))

    def get_system_commands(self, screen: TextualScreen[Any]) -> Iterable[SystemCommand]:
        """All commands come from the registry."""
        return ()

    def action_command_palette(self) -> None:
        """Open the palette."""
        from textual.command import CommandPalette

        if not isinstance(self.screen, CommandPalette):
            self.push_screen(CommandPalette(id="--command-palette", placeholder="Find a command…"))

    def action_help(self) -> None:
        """The keys of this view."""
        from tui.screens.help import Help

        screen: object = self.screen
        if isinstance(screen, View) and not isinstance(screen, Help):
            commands = screen.commands()
            self.push_screen(Help(commands, [screen.refusal(c) for c in commands]))

    def action_next_theme(self) -> None:
        """Other colours, kept for the next run."""
        self.use_theme(after(self.theme))

    def use_theme(self, name: str) -> None:
        """Show the colours of that theme of ours, and keep them."""
        self.theme = name
        self.keep(theme=name)
        self.notify(f"Theme: {THEME_NAMES[name]}", timeout=2, markup=False)

    def action_welcome(self) -> None:
        """What this is; shown of itself once."""
        from tui.screens.welcome import Welcome

        self.push_screen(Welcome())
        self.keep(welcomed=True)

    def keep(self, memory: Memory | None = None, **changes: Any) -> None:
        """Remember this for the next run."""
        self.memory = replace(memory or self.memory, **changes)
        self.try_to_keep(lambda: remember(self.paths, self.memory))

    def try_to_keep(self, write: Callable[[], None]) -> None:
        """Write what the next run begins with. A disk that refuses is told once, no more."""
        try:
            write()
        except OSError as error:
            if not self._refused:
                self._refused = True
                text = f"{self.paths.state_dir}: {error.strerror}. The list itself works on."
                self.notify(text, title="Nothing can be remembered", markup=False)

    # screens

    def show_why(self, result: Result, isin: str) -> None:
        """The whole explanation of a company."""
        from tui.screens.whole import WholeWhy

        self.push_screen(WholeWhy(result, isin))

    def show_company(self, desk: Desk, isin: str) -> None:
        """Open a company of the list."""
        from tui.screens.company import Company

        isins = desk.listing.frame["isin"].to_list() if desk.listing else []
        self.push_screen(Company(desk.workspace, isins if isin in isins else [isin], isin))

    def refreshed(self, run: Gathering) -> None:
        """A refresh has ended: the list shows the new market, its page what came of it."""
        for bar in self.screen.query(TitleBar):
            bar.refresh()
        if run.error is not None:
            self.tell(run.error)
        elif run.summary is not None and run.summary.published:
            self.notify(f"A new market is published: {run.summary.generation}.", markup=False)
            for screen in self.screen_stack:
                if isinstance(screen, Browse):
                    screen.take_new_market()

    def leave_company(self, isin: str) -> None:
        """Back to the list, the cursor on that company."""
        self.pop_screen()
        if isinstance(self.screen, Browse):
            self.screen.results.go_to(isin)


async def _drained(widget: Widget) -> None:
    """Until a widget has taken the letters it was sent, or time is up."""
    waiting: Any = widget._message_queue
    for _ in range(MOST_WAITS):
        if waiting.empty():
            await asyncio.sleep(0)
            return
        await asyncio.sleep(WAIT)


async def _ready(screen: TextualScreen[Any]) -> None:
    """Until a screen that was just opened takes keys, or time is up."""
    for _ in range(MOST_WAITS):
        if screen.is_running and screen.focused is not None:
            return
        await asyncio.sleep(WAIT)


def _command_of(action: Any, node: DOMNode | None) -> Command | None:
    """The command of the registry that an action asked of `node` belongs to."""
    if not isinstance(action, str) or node is None:
        return None
    for view in getattr(type(node), "COMMAND_VIEWS", ()):
        if (view, action) in _BY_ACTION:
            return _BY_ACTION[(view, action)]
    return None


def run_app(
    paths: Paths,
    *,
    market: Which = "auto",
    screen: str | None = None,
    day: dt.date | None = None,
    mouse: bool = True,
) -> None:
    """Run the app until the reader leaves it.

    `screen` is the name of the screen to begin with, `day` an earlier day to look back to.
    """
    app = KasautiApp(paths, market=market, screen=screen, day=day, welcome=True)
    app.run(mouse=mouse)
    if app.gathering is not None and app.gathering.running:
        from tui.gathering import WAIT_AT_END

        sys.stderr.write("Stopping the refresh; what was gathered is kept …\n")
        app.gathering.stop()
        app.gathering.join(WAIT_AT_END)
    if app.return_code:
        raise SystemExit(app.return_code)


__all__ = ["KasautiApp", "run_app"]
