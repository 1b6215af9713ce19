"""Ctrl+P: every command of the moment, every screen and every column, found by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.format import plain
from tui.screens.base import View
from tui.screens.browse import Browse

if TYPE_CHECKING:
    from tui.app import KasautiApp

Entry = tuple[str, str, Callable[[], object]]  # name, help, what to do


class KasautiCommands(Provider):
    """What the palette finds."""

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for name, about, run in self._entries():
            yield DiscoveryHit(name, run, help=about)

    async def search(self, query: str) -> Hits:
        """What fits the letters."""
        matcher = self.matcher(query)
        for name, about, run in self._entries():
            score = max(matcher.match(name), matcher.match(about) * 0.6)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=about)

    def _entries(self) -> Iterable[Entry]:
        app = cast("KasautiApp", self.app)
        screen: object = self.screen
        if not isinstance(screen, View):
            return
        for command in screen.commands():
            if command.view == "table" or command.id == "app.palette":
                continue
            refusal = screen.refusal(command)
            note = f" (not now: {refusal})" if refusal else ""
            name = f"{command.label}  [{command.shown_keys}]"
            yield name, command.help + note, partial(app.run_command, command, self.screen)
        if isinstance(screen, Browse) and screen.desk is not None:
            yield from _of_browse(screen)


def _of_browse(screen: Browse) -> Iterable[Entry]:
    desk = screen.desk
    assert desk is not None
    for each in (*desk.workspace.library.screens, desk.workspace.everything):
        about = plain(each.why or each.query, 90)
        yield f"Screen: {plain(each.title)}", about, partial(screen.choose, each)
    for key in desk.listing.columns if desk.listing else ():
        field = desk.workspace.fields[key]
        look = partial(screen.results.sort_by, key)
        yield f"Sort by {field.name}", f"Largest first. {field.about}", look
