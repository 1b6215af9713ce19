"""The screen of the desk run over the past: dates to choose, lines, periods, members, words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, Static

from screener.errors import KasautiError, ScreenError
from tui.commands import Command, bindings
from tui.format import plain
from tui.screens.base import Dialog
from tui.screens.paneled import Paneled
from tui.widgets.bars import dialog_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from screener.replay import Every, Replay
    from tui.desk import Desk
    from tui.panels import Panel

STEPS: Final = ("month", "quarter", "year")
MOST_COST: Final = 100.0


@dataclass(frozen=True)
class Terms:
    """From when to when, how often the list is drawn anew, and what trading costs in percent."""

    start: dt.date
    end: dt.date
    every: Every = "month"
    cost: float = 0.0


class Left(Exception):
    """The reader does not wait for the replay any longer."""


def read_terms(start: str, end: str, every: str, cost: str) -> Terms:
    """Terms as typed. Raises ValueError with a sentence on what is wrong."""
    days = []
    for text in (start, end):
        try:
            days.append(dt.date.fromisoformat(text.strip()))
        except ValueError:
            raise ValueError(f"“{plain(text, 20)}” is no date. Write it like 2023-03-31.") from None
    word = every.strip().casefold()
    steps = [step for step in STEPS if word and step.startswith(word)]
    if not steps:
        raise ValueError(f"“{plain(every, 20)}” is no step: month, quarter or year.")
    try:
        percent = float(cost.strip().rstrip("%").strip() or 0)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= MOST_COST:
        raise ValueError(f"“{plain(cost, 20)}” is no cost: percent of what is traded, like 0.5.")
    if days[0] >= days[1]:
        raise ValueError("The first day has to be before the last.")
    return Terms(days[0], days[1], steps[0], percent)  # type: ignore[arg-type]


class AskTerms(Dialog[Terms]):
    """The form: four lines, Tab goes from one to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("dialog")]
    VIEWS: ClassVar[tuple[str, ...]] = ("dialog",)

    def __init__(self, title: str, reach: str, terms: Terms) -> None:
        super().__init__()
        self._title, self._reach, self._terms = title, reach, terms

    def compose(self) -> ComposeResult:
        """Title, the lines with what they mean, what is wrong."""
        given = self._terms
        with Vertical(classes="dialog"):
            yield Static(Content(f"Replay of {plain(self._title)}"), classes="dialog-title")
            yield Static(Content(self._reach), classes="dialog-about")
            for label, value, about in (
                ("From", given.start.isoformat(), "the first day"),
                ("To", given.end.isoformat(), "the last day"),
                ("Every", given.every, "month, quarter or year: when the list is drawn anew"),
                ("Cost", f"{given.cost:g}", "percent of what is bought and sold"),
            ):
                with Horizontal(classes="form-line"):
                    yield Label(Content(label), classes="form-label")
                    text = Input(value, select_on_focus=True, compact=True)
                    text.cursor_blink = False
                    yield text
                    yield Label(Content.styled(about, "$quiet"), classes="form-about")
            yield Static("", classes="dialog-error")
            keys = (("Enter", "run it"), ("Tab", "the next line"), ("Esc", "leave"))
            yield Static(dialog_keys(*keys), classes="dialog-keys")

    def on_input_submitted(self) -> None:
        """Enter in a line."""
        self.action_accept()

    def action_accept(self) -> None:
        """Answer with the terms, if nothing is wrong with them."""
        values = [each.value for each in self.query(Input)]
        try:
            self.dismiss(read_terms(*values))
        except ValueError as error:
            shown = Content.styled(plain(error), "$bad")
            self.query_one(".dialog-error", Static).update(shown)

    def action_cancel(self) -> None:
        """Answer with nothing."""
        self.dismiss(None)


class ReplayView(Paneled):
    """A replay of the desk's screen, with its edits."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("replay")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("replay", "panels")
    OWN: ClassVar[tuple[str, ...]] = ("replay",)

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.shown = desk.screen
        self.terms: Terms | None = None
        self.found: Replay | None = None
        self._reach: tuple[dt.date, dt.date, str] | None = None
        self._members: str = ""  # the date whose members are shown
        self._kept: tuple[Panel, ...] = ()  # while members are shown
        self._row = 0
        self._runs = 0
        self._ticket = 0  # of the replay under way; 0 where there is none

    def begin(self) -> None:
        """See how far prices reach, then ask for the dates."""
        edited = ("  edited", "$open") if self.desk.edited else ("", "")
        self.entitle((" Replay  ", "bold"), (plain(self.shown.title), ""), edited)
        self.say("looking how far prices reach …")
        market = self.desk.workspace.market

        def work() -> None:
            from screener.replay import sessions
            from tui.time_commands import earliest

            try:
                days = sessions(market)
                start = earliest(market)
            except KasautiError as error:
                self.deliver(self.say, str(error))
                return
            words = f"Prices are on file from {days[0]} to {days[-1]}."
            if start > days[0]:
                words += " The first year of them is left to averages and yearly returns."
            self.deliver(self._reached, start, days[-1], words)

        self.in_thread(work, "reach")

    def _reached(self, start: dt.date, end: dt.date, words: str) -> None:
        self._reach = (start, end, words)
        self.say(f"{words}\n\nPress e to choose the dates and run it, Esc to go back.")
        self.action_form()

    # commands

    @property
    def opens(self) -> str:
        """What Enter opens."""
        return "company" if self._members else "date"

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.id == "replay.stop" and not self._ticket:
            return "nothing is running"
        if command.id == "replay.form" and self._reach is None:
            return "the prices are not known yet"
        return super().refusal(command)

    def action_form(self) -> None:
        """Ask for dates, step and cost."""
        if self._reach is None:
            return
        start, end, words = self._reach

        def answered(terms: Terms | None) -> None:
            if terms is not None:
                self.run_replay(terms)

        terms = self.terms or Terms(start, end)
        self.app.push_screen(AskTerms(self.shown.title, words, terms), answered)

    # running

    def run_replay(self, terms: Terms) -> None:
        """Run it in a thread; the reader may leave it."""
        workspace, shown = self.desk.workspace, self.shown
        self.terms, self._members = terms, ""
        self._runs += 1
        self._ticket = ticket = self._runs
        self.head()
        self.say("running the screen on every date …\n\nEsc stops it.")

        def progress(done: int, of: int) -> None:
            if self._ticket != ticket:
                raise Left
            text = f"{done} of {of} dates judged …\n\nEsc stops it."
            self.deliver(self._told, ticket, text)

        def work() -> None:
            from screener.replay import replay
            from tui.replay_panels import replay_panels

            try:
                found = replay(
                    workspace.market, shown, terms.start, terms.end, terms.every, terms.cost,
                    progress=progress, **workspace.own(shown),
                )  # fmt: skip
                panels = replay_panels(found)
            except Left:
                return
            except KasautiError as error:
                self.deliver(self._failed, ticket, error)
                return
            self.deliver(self._landed, ticket, found, panels)

        self.in_thread(work, "replay")

    def _told(self, ticket: int, text: str) -> None:
        if ticket == self._ticket:
            self.say(text)

    def _failed(self, ticket: int, error: KasautiError) -> None:
        if ticket != self._ticket:
            return
        self._ticket = 0
        words = self._reach[2] if self._reach else ""
        if type(error) is ScreenError and self.terms is not None and "fewer than two" in str(error):
            step = self.terms.every
            text = (
                f"From {self.terms.start} to {self.terms.end} there are fewer than two dates a "
                f"{step} apart with prices, so there is no period to replay."
            )
            self.say(f"{text}\n\n{words}\n\nPress e for a longer time or a shorter step.")
        else:
            self.say(f"{error}\n\nPress e for other dates, Esc to go back.")

    def _landed(self, ticket: int, found: Replay, panels: tuple[Panel, ...]) -> None:
        if ticket != self._ticket:
            return
        self._ticket, self.found, self.here = 0, found, 0
        self._show_found(found, panels)

    def _show_found(self, found: Replay, panels: tuple[Panel, ...]) -> None:
        from tui.market_text import percent

        line, universe = found.strategy, found.universe
        beside = f"; its universe {percent(universe.total, sign=True)}" if universe else ""
        cost = f", costs {found.cost:g} %" if found.cost else ""
        words = f"The screen {percent(line.total, sign=True)}{beside}"
        about = f"  {found.start} to {found.end}, every {found.every}{cost}. No forecast."
        empty = sum(not turn.held for turn in found.turns)
        idle = f" (nothing passed in {empty} of {len(found.turns)} periods)" if empty else ""
        self.head(((words, "bold"), (idle, "$open"), (about, "$quiet")))
        self.show(panels)

    def action_stop(self) -> None:
        """Leave the replay under way."""
        if self._ticket:
            self._ticket = 0
            self.say("Stopped. Press e to choose the dates and run it again, Esc to go back.")

    # members of a date

    def open(self, name: str) -> None:
        """Show the members of a date, or a company among them."""
        if self._members or self.found is None:
            super().open(name)
            return
        from tui.replay_panels import members_panel

        self._members = name
        self._kept, self._row = self.panels, self.body.grid.cursor
        panel = members_panel(self.found, dt.date.fromisoformat(name))
        self.head(((f"Members on {name}", "bold"), ("  Esc goes back to the periods", "$quiet")))
        self.here = 0
        self.show((panel,))

    def action_back(self) -> None:
        """One step back: the run under way, the members, the page."""
        if self._ticket:
            self.action_stop()
        elif self._members and self.found is not None:
            self._members, self.here = "", 1
            self._show_found(self.found, self._kept)
            self._cursors[1] = self._row
        else:
            super().action_back()

    def on_unmount(self) -> None:
        """Nothing goes on for a page that is gone."""
        self._ticket = -1
