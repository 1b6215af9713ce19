"""What changed for a screen since the reader last looked, or since a run, generation or day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType

from screener.errors import KasautiError
from tui.charts.text import Part
from tui.commands import Command, bindings
from tui.format import day, plain
from tui.screens.dialogs import Ask, Pick
from tui.screens.paneled import Paneled

if TYPE_CHECKING:
    from screener.screens import Screen
    from tui.desk import Desk
    from tui.looking import Look

NO_RUN: Final = (
    "No earlier run of this screen is recorded yet, so there is nothing to compare with.\n\n"
    "What every screen says now has just been recorded, and so it is at each refresh (r in the "
    "list). Press s to compare with an earlier day at once."
)
NO_RUN_THEN: Final = (
    "No run of this screen is recorded yet, so there is nothing to compare with.\n\n"
    "Press s to compare with another day. Runs are recorded at each refresh of the market."
)


class ChangesView(Paneled):
    """The changes of one screen at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("changes")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("changes", "panels")
    OWN: ClassVar[tuple[str, ...]] = ("changes",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.shown: Screen = desk.base
        self.since = ""

    def begin(self) -> None:
        """Compare in a thread."""
        self.look()

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.view == "changes" and command.action.startswith("next_screen"):
            return "" if len(self.desk.workspace.library.screens) > 1 else "there is one screen"
        return super().refusal(command)

    def look(self) -> None:
        """Compare the screen with the earlier side asked for."""
        workspace, shown, since = self.desk.workspace, self.shown, self.since
        edited: list[Part] = []
        if self.desk.edited and shown is self.desk.base:
            edited = [("  as saved, without your edits", "$open")]
        self.entitle((" Changes  ", "bold"), (plain(shown.title), ""), *edited)
        self.head()
        self.say("comparing …")
        mark = self.desk.today is None

        def work() -> None:
            from tui.looking import look

            try:
                found = look(workspace, shown, since, mark=mark)
            except KasautiError as error:
                self.deliver(self.say, str(error))
                return
            self.deliver(self._landed, shown, since, found)

        self.in_thread(work, "changes")

    def _landed(self, shown: Screen, since: str, look: Look) -> None:
        if (shown, since) != (self.shown, self.since):
            return
        from tui.changes_panels import changes_panel
        from tui.changes_text import summary
        from tui.looking import side_words

        found = look.found
        if found is None:
            self.say(NO_RUN if look.marked else NO_RUN_THEN)
            return
        lines: list[tuple[Part, ...]] = [
            ((summary(found), "bold"),),
            ((side_words(found), "$quiet"),),
        ]
        if found.text_changed:
            lines[1] = (*lines[1], ("  The screen's text has changed since.", "$open"))
        if found:
            self.head(*lines, least=2)
            self.show((changes_panel(found),))
            return
        self.head(*lines[:1])
        self.say(
            f"Nothing changed since {side_words(found).partition(' → ')[0]}.\n\n"
            "Press s to compare with another run, generation or day; n and N show other screens."
        )

    def action_since(self) -> None:
        """Choose what to compare with."""
        workspace = self.desk.workspace

        def work() -> None:
            from tui.looking import earlier_sides

            self.deliver(self._offer, earlier_sides(workspace))

        self.in_thread(work, "sides")

    def _offer(self, sides: list[tuple[str, str, str, str]]) -> None:
        def picked(number: str | None) -> None:
            if number is None:
                return
            since = sides[int(number)][0]
            if since == "day":
                self._ask_day()
            else:
                self.since = since
                self.look()

        choices = [(str(at), *side[1:]) for at, side in enumerate(sides)]
        self.app.push_screen(Pick("Changes since …", choices), picked)

    def _ask_day(self) -> None:
        market = self.desk.workspace.market

        def check(text: str) -> str:
            try:
                asked = dt.date.fromisoformat(text)
            except ValueError:
                return f"“{plain(text, 20)}” is no date. Write it like 2025-12-31."
            late = asked >= market.date
            return (
                f"The market on file is of {day(market.date)}; take a day before." if late else ""
            )

        def answered(text: str | None) -> None:
            if text:
                self.since = text
                self.look()

        before = (market.date - dt.timedelta(days=30)).isoformat()
        about = "Compared with what was known on that day, computed by this version."
        self.app.push_screen(Ask("Changes since which day?", about, before, check), answered)

    def action_pick(self) -> None:
        """Choose another screen."""
        screens = self.desk.workspace.library.screens
        choices = [(s.name, s.title, plain(s.why or s.query, 80), s.name) for s in screens]

        def picked(name: str | None) -> None:
            if name is not None:
                self._go(self.desk.workspace.screen(name))

        self.app.push_screen(Pick("Changes of which screen?", choices), picked)

    def action_next_screen(self, steps: int) -> None:
        """The next saved screen, or the one before."""
        screens = self.desk.workspace.library.screens
        names = [screen.name for screen in screens]
        here = names.index(self.shown.name) if self.shown.name in names else -min(steps, 0)
        self._go(screens[(here + steps) % len(screens)])

    def _go(self, screen: Screen) -> None:
        self.shown = screen
        self.look()

    def action_back(self) -> None:
        """Back to the list, whose counts of changes are made anew."""
        from tui.screens.browse import Browse

        super().action_back()
        if isinstance(self.app.screen, Browse):
            self.app.screen.count_library()
