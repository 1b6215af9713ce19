"""Gathering new data from inside the app: the terms, the progress, what came of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType

from tui.ascii import ascii_wanted
from tui.commands import Command, bindings
from tui.gathering import Gathering
from tui.screens.company_parts import ChartPane
from tui.screens.paneled import Paneled
from tui.widgets.bars import TitleBar

if TYPE_CHECKING:
    from collections.abc import Collection

    from tui.app import KasautiApp

TICK: Final = 0.5  # seconds between two looks at a refresh
TERMS_FIRST: Final = "the terms come first: y agrees, w leaves company pages out"
ABOUT: Final = (
    "A refresh gathers company lists, prices, filings and company pages from their public sources, "
    "a few requests a minute to each, and publishes them as a new market. The first one takes "
    "hours for the whole market; it may be stopped and goes on where it stopped, and meanwhile "
    "the app can be used."
)


class RefreshView(Paneled):
    """The refresh of this app: one at a time, left running when the page is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("refresh")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("refresh", "panels")
    OWN: ClassVar[tuple[str, ...]] = ("refresh",)

    def __init__(self) -> None:
        super().__init__(None)
        self._accepted: bool | None = None  # whether the terms were accepted; None until known
        self._asked = False  # whether it is to begin once the terms are known to be accepted
        self._shown: object = None  # the run whose end is on screen

    def begin(self) -> None:
        """Show the run there is, else what a run would do."""
        self.entitle((" Refresh", "bold"))
        run = self.kasauti.gathering
        if run is None:
            self._introduce()
        else:
            self._accepted = True if run.running else None
            self.draw_run()
            self._look_at_terms(introduce=False)
        self.set_interval(TICK, self.draw_run)

    def _introduce(self) -> None:
        self.say("reading the terms …")
        self._look_at_terms(introduce=True)

    def _look_at_terms(self, *, introduce: bool) -> None:
        paths = self.kasauti.paths

        def work() -> None:
            from scrapers.consent import NOTICE, terms_accepted

            accepted = terms_accepted(paths)
            self.deliver(self._terms_known, accepted, NOTICE if introduce else "")

        self.in_thread(work, "terms")

    def _terms_known(self, accepted: bool, notice: str) -> None:
        self._accepted = accepted
        asked, self._asked = self._asked, False
        if asked and self.run_now is None:
            self._begin()
        if notice and self.kasauti.gathering is None:
            self._show_introduction(accepted, notice)
        self.draw_keys()

    def _show_introduction(self, accepted: bool, notice: str) -> None:
        parts = [ABOUT]
        if self._browsed_demo():
            parts.append(
                "This is the demo market of fictional companies. The real one takes its place on "
                "screen as soon as it is published; your shortlists and screens stay."
            )
        if accepted:
            parts.append("Press Enter to begin, Esc to go back.")
        else:
            parts.append(notice)
            parts.append(
                "Press y if you agree, for your own personal use, and the refresh begins; w begins "
                "without company pages; Esc goes back."
            )
        self.say("\n\n".join(parts))

    def _browsed_demo(self) -> bool:
        from tui.screens.browse import Browse

        for screen in self.app.screen_stack:
            if isinstance(screen, Browse) and screen.desk is not None:
                return screen.desk.workspace.market.is_demo
        return False

    # commands

    @property
    def run_now(self) -> Gathering | None:
        """The refresh under way."""
        run = self.kasauti.gathering
        return run if run is not None and run.running else None

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.view == "refresh":
            if command.id == "refresh.stop":
                if self.run_now is None:
                    return "nothing is running"
                return "it was asked to stop" if self.run_now.stopping else ""
            if self.run_now is not None:
                return "a refresh is running"
            if command.id == "refresh.begin" and self._accepted is False:
                return TERMS_FIRST
            if command.id == "refresh.agree" and self._accepted:
                return "the terms were accepted before"
        return super().refusal(command)

    def commands(self) -> tuple[Command, ...]:
        """What cannot be done at all now stands in the help but not in the key bar."""
        away = {"refresh.begin", "refresh.agree", "refresh.without"} if self.run_now else set()
        if self.run_now is None:
            away.add("refresh.stop")
            away.add("refresh.agree" if self._accepted else "refresh.begin")
        return tuple(
            replace(c, rank=0) if c.id in away or c.id == "table.open" else c
            for c in super().commands()
        )

    def action_begin(self) -> None:
        """Begin, as soon as it is known that the terms are accepted."""
        if self._accepted is None:
            self._asked = True
        else:
            self._begin()

    def _begin(self) -> None:
        if self._accepted:
            self.start()
        else:
            self.notify(f"{TERMS_FIRST}.".capitalize(), markup=False)

    def action_agree(self) -> None:
        """Accept the terms and begin."""
        self.start(accept_terms=True)

    def action_without(self) -> None:
        """Begin without company pages."""
        from scrapers.refresh import SOURCES
        from scrapers.screener_in import SOURCE as PAGES

        self.start(sources=[name for name in SOURCES if name != PAGES])

    def start(self, *, accept_terms: bool = False, sources: Collection[str] | None = None) -> None:
        """Begin a refresh that outlives this page."""
        app = self.kasauti
        app.gathering = run = Gathering(app.paths, **app.refresh_with)
        run.begin(lambda: _ended(app, run), accept_terms=accept_terms, sources=sources)
        self.draw_run()

    def action_stop(self) -> None:
        """Ask it to stop."""
        if self.run_now is not None:
            self.run_now.stop()
            self.draw_run()

    @on(ChartPane.Turned)
    async def _entered(self, event: ChartPane.Turned) -> None:
        if not event.tabs:
            await self.run_action("begin")

    # drawing

    def draw_run(self) -> None:
        """The progress of the run, or what came of it."""
        run = self.kasauti.gathering
        if run is None or not self.is_current:
            return
        if not run.running:
            if self._shown is not run:
                self._shown = run
                self.head()
                self.say(ending(run))
                self._look_at_terms(introduce=False)
            return
        from tui.gathering_panels import progress_panel

        state = "Stopping as soon as this step is done; what was gathered is kept."
        if not run.stopping:
            state = "Gathering. Esc leaves it running; s stops it, what was gathered is kept."
        self.head(((state, "$accent"),))
        panel = progress_panel(run, ascii=ascii_wanted())
        if self.panels:
            self.panels = (panel,)
            self.body.renew(panel)
        else:
            self.show((panel,))
        self.query_one(TitleBar).refresh()
        self.draw_keys()


def ending(run: Gathering) -> str:
    """What came of a refresh, in paragraphs."""
    from tui.refreshing import summary_lines

    if run.trouble:
        return f"{run.trouble}\n\nWhat was gathered before is kept. Esc goes back."
    parts = [] if run.summary is None else list(summary_lines(run.summary))
    last = [*run.notes, "Enter refreshes again, Esc goes back."]
    return "\n".join(parts) + "\n\n" + "\n\n".join(last)


def _ended(app: KasautiApp, run: Gathering) -> None:
    """At the end of the thread: tell the app, unless it was left."""
    try:
        app.call_from_thread(app.refreshed, run)
    except RuntimeError:  # the app is gone
        return
