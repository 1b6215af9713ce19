"""Ctrl+P: every command of the moment, every screen and every column, found by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.format import plain
from tui.screens.base import View
from tui.screens.browse import Browse

if TYPE_CHECKING:
    from tui.app import KasautiApp


class Entry(NamedTuple):
    """Something the palette finds."""

    name: str
    keys: str
    about: str
    run: Callable[[], Any]


class KasautiCommands(Provider):
    """What the palette finds. Texts are shown as contents, never read as markup."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for entry in self._entries():
            shown = _shown(Content(entry.name), entry.keys)
            yield DiscoveryHit(shown, entry.run, entry.name, cast("str", Content(entry.about)))

    async def search(self, query: str) -> Hits:
        """What fits the letters."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = max(matcher.match(entry.name), matcher.match(entry.about) * 0.6)
            if score > 0:
                safe = "[" not in entry.name
                name = matcher.highlight(entry.name) if safe else Content(entry.name)
                about = cast("str", Content(entry.about))
                yield Hit(score, _shown(name, entry.keys), entry.run, entry.name, about)

    def _entries(self) -> Iterable[Entry]:
        app = cast("KasautiApp", self.app)
        screen: object = self.screen
        if not isinstance(screen, View):
            return
        for command in screen.commands():
            if command.view == "table" or command.id == "app.palette":
                continue
            refusal = screen.refusal(command)
            about = f"{command.help} (not now: {refusal})" if refusal else command.help
            run = partial(app.run_command, command, self.screen)
            yield Entry(command.label, command.shown_keys, about, run)
        if isinstance(screen, Browse) and screen.desk is not None:
            yield from _of_browse(screen)


def _shown(name: Content, keys: str) -> Content:
    return Content.assemble(name, (f"  {keys}", "$accent")) if keys else name


def _of_browse(screen: Browse) -> Iterable[Entry]:
    """The screens to show and the columns to sort by."""
    desk = screen.desk
    assert desk is not None
    for each in (*desk.workspace.library.screens, desk.workspace.everything):
        about = plain(each.why or each.query, 90)
        yield Entry(f"Screen: {plain(each.title)}", "", about, partial(screen.choose, each))
    for key in desk.listing.columns if desk.listing else ():
        field = desk.workspace.fields[key]
        run = partial(screen.results.sort_by, key)
        yield Entry(f"Sort by {field.name}", "", f"Largest first. {field.about}", run)
