"""A page of panels in tabs: a sentence on top, a table, and under it the drawing of its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.charts.text import Chart, Line, Part, as_content
from tui.commands import Command, bindings
from tui.format import day
from tui.panels import Panel, folded
from tui.rows import NO_ROWS
from tui.screens.base import Page
from tui.screens.company_parts import ChartPane, TabBar
from tui.screens.exporting import ask_export
from tui.widgets.bars import KeyBar, TitleBar
from tui.widgets.grid import HEADER, Grid
from tui.widgets.still import StillThere

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui.desk import Desk

HIGH: Final = 30  # lines of a terminal
MEASURE: Final = 90  # cells of a line of running text
LEAST_DRAWN: Final = 7  # lines of a drawing under a table
LEAST_ROWS: Final = 3  # of a table over its drawing
NO_TABLE: Final = "no table is on screen"


class Body(StillThere, Vertical):
    """A panel in the room there is."""

    def __init__(self) -> None:
        super().__init__(id="panel-body")
        self.panel: Panel | None = None
        self._start = 0  # the row where the cursor began

    def compose(self) -> ComposeResult:
        """Notes, the table, the drawing."""
        yield Static("", id="panel-notes")
        yield Grid(id="panel-grid")
        yield ChartPane(id="panel-chart")

    @property
    def grid(self) -> Grid:
        """The table."""
        return self.query_one(Grid)

    @property
    def chart(self) -> ChartPane:
        """The drawing."""
        return self.query_one(ChartPane)

    def say(self, text: str) -> None:
        """Sentences in place of a panel; an empty line parts paragraphs."""
        self.panel = None

        def draw(width: int, height: int, ascii: bool) -> Chart:
            lines: list[Line] = []
            for part in text.split("\n\n"):
                lines.append(())
                for each in part.split("\n"):
                    lines += folded(each, min(width, MEASURE), indent=2)
            return tuple(lines)

        self.query_one("#panel-notes").display = self.grid.display = False
        self.chart.display = self.chart.can_focus = True
        self.chart.styles.height = "1fr"
        self.chart.remove_class("under")
        self.chart.show(draw)
        self.chart.focus()

    def show(self, panel: Panel, row: int | None = None) -> None:
        """Show a panel, the cursor on its first row that is no heading."""
        self.panel = panel
        self.grid.frozen, self.grid.empty = panel.frozen, panel.empty
        self.grid.show(NO_ROWS)
        self.grid.show(panel.rows)
        tones = panel.rows.tones
        inside = (i for i in range(panel.rows.height) if i >= len(tones) or tones[i] != "heading")
        first = next(inside, 0) if panel.start is None else panel.start
        self._start = first if row is None else row
        self.grid.cursor = self._start
        notes = self.query_one("#panel-notes", Static)
        notes.display = bool(panel.notes) and self.size.height >= 16
        notes.update(as_content(panel.notes))
        self.lay_out()
        (self.grid if panel.rows.height or panel.draw is None else self.chart).focus()
        self.call_after_refresh(self._settle, panel)

    def _settle(self, panel: Panel) -> None:
        """Once the table has its height, show its top unless the cursor stands lower."""
        if self.panel is panel and self.grid.cursor == self._start:
            self.grid.scroll_to(y=0, animate=False, force=True)
            self.grid._reveal_row()

    def renew(self, panel: Panel) -> None:
        """The same panel with other figures; the cursor stays on its row."""
        self.panel = panel
        self.grid.show(panel.rows)
        self.lay_out()

    def lay_out(self) -> None:
        """Table and drawing share the height: the table as it needs, the drawing the rest."""
        panel = self.panel
        if panel is None:
            return
        room = self.size.height - (
            len(panel.notes) if self.query_one("#panel-notes").display else 0
        )
        natural = panel.rows.height + HEADER
        tall = min(max(room - natural - 1, panel.least), room - HEADER - LEAST_ROWS - 1)
        drawn = panel.draw is not None and (not panel.rows.height or tall >= LEAST_DRAWN)
        grid, chart = self.grid, self.chart
        grid.display = bool(panel.rows.height) or panel.draw is None
        chart.display, chart.can_focus = drawn, drawn and not grid.display
        chart.styles.height = tall if grid.display else "1fr"
        chart.set_class(grid.display, "under")
        self.redraw()

    def redraw(self) -> None:
        """Draw the row under the cursor."""
        panel = self.panel
        if panel is not None and panel.draw is not None and self.chart.display:
            self.chart.show(partial(panel.draw, self.grid.cursor))

    def on_resize(self) -> None:
        """Another room."""
        self.lay_out()


class Paneled(Page):
    """A page whose tabs are panels. Enter opens the company of a row."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("panels")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("panels",)
    OWN: ClassVar[tuple[str, ...]] = ()  # views before that of the panels

    def __init__(self, desk: Desk | None) -> None:
        super().__init__()
        self._desk = desk
        self.panels: tuple[Panel, ...] = ()
        self.here = 0
        self._cursors: dict[int, int] = {}
        self._named = ""  # what the title says the page is of
        self._said: tuple[str, ...] = ()  # the sentences over the tabs

    def compose(self) -> ComposeResult:
        """Title, sentence, tabs, the panel, keys."""
        yield TitleBar()
        yield Static("", id="panel-head")
        yield TabBar(id="panel-tabs")
        yield Body()
        yield KeyBar()

    def on_mount(self) -> None:
        """Say whose market it is, then begin."""
        if self._desk is not None:
            self.title_of(self._desk)
        self.query_one("#panel-head").display = self.query_one(TabBar).display = False
        self.begin()

    def begin(self) -> None:
        """Gather what is to be shown."""

    @property
    def body(self) -> Body:
        """The panel on screen."""
        return self.query_one(Body)

    @property
    def desk(self) -> Desk:
        """The reader's place in the market."""
        assert self._desk is not None, "asked for only by pages of a market"
        return self._desk

    def title_of(self, desk: Desk) -> None:
        """The right end of the title: the market, and the earlier day if it is one."""
        title, market = self.query_one(TitleBar), desk.workspace.market
        title.market, title.demo = market.label, market.is_demo
        title.past = day(desk.day) if desk.day else ""

    def entitle(self, *parts: Part) -> None:
        """The left end of the title."""
        self._named = " · ".join(text.strip() for text, _ in parts if text.strip())
        self.query_one(TitleBar).left = tuple(parts)

    # commands

    def views(self) -> tuple[str, ...]:
        """The page's own before those of the table."""
        return (*self.OWN, "panels", "table", "app")

    def target(self, command: Command) -> DOMNode:
        """Moving is the table's, or scrolls the drawing that stands alone."""
        if command.view == "table":
            return self.body.grid if self.body.grid.display else self.body.chart
        return super().target(command)

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        if command.id == "panels.export":
            return "" if self._desk and self.panel and self.panel.rows.height else NO_TABLE
        if command.id == "table.open":
            if not self.opened:
                return f"no {self.opens} is under the cursor"
        elif command.view == "panels" and command.id != "panels.back":
            if len(self.panels) < 2:
                return "there are no tabs now"
            number = command.id.rpartition("_")[2]
            if number.isdigit() and int(number) > len(self.panels):
                return f"this page has {len(self.panels)} tabs"
        return ""

    def commands(self) -> tuple[Command, ...]:
        """Enter says what it opens; digits are named for their tabs."""
        return tuple(self._worded(c) for c in super().commands())

    def _worded(self, command: Command) -> Command:
        if command.id == "panels.next_tab" and len(self.panels) < 2:
            return replace(command, rank=0)
        if command.id == "table.open":
            return replace(command, help=f"Open the {self.opens} under the cursor")
        number = command.id.rpartition("_")[2]
        if command.view == "panels" and number.isdigit() and int(number) <= len(self.panels):
            title = self.panels[int(number) - 1].title
            return replace(command, label=title, help=f"The tab {title}")
        return command

    # what is shown

    @property
    def opens(self) -> str:
        """What Enter opens."""
        return "company"

    @property
    def panel(self) -> Panel | None:
        """The panel on screen, unless a sentence stands there."""
        return self.body.panel

    @property
    def opened(self) -> str:
        """What the row under the cursor opens."""
        return self.panel.opened(self.body.grid.cursor) if self.panel else ""

    def say(self, text: str) -> None:
        """A sentence in place of the panels."""
        self.panels = ()
        self.query_one(TabBar).display = False
        self.body.say(text)
        self.draw_keys()

    def head(self, *lines: Sequence[Part], least: int = 1) -> None:
        """The sentences over the tabs; a low terminal has room for the first `least` of them."""
        head = self.query_one("#panel-head", Static)
        self._said = tuple("".join(text for text, _ in line) for line in lines)
        lines = lines if self.app.size.height >= HIGH else lines[:least]
        head.display = bool(lines)
        head.update(Content("\n").join(Content.assemble(*line) for line in lines))

    def show(self, panels: Sequence[Panel]) -> None:
        """Show these panels, the tab that was on screen first."""
        self.panels, self._cursors = tuple(panels), {}
        self.here = min(self.here, len(self.panels) - 1)
        tabs = self.query_one(TabBar)
        tabs.names, tabs.display = tuple(p.title for p in self.panels), len(self.panels) > 1
        self.call_after_refresh(self._show_tab)

    def _show_tab(self) -> None:
        if self.panels:
            self.query_one(TabBar).here = self.here
            self.body.show(self.panels[self.here], self._cursors.get(self.here))
            self.draw_keys()

    @on(Grid.Highlighted)
    def _moved(self) -> None:
        self.body.redraw()
        self.draw_keys()

    @on(Grid.Opened)
    def _grid_opened(self, event: Grid.Opened) -> None:
        event.stop()
        if self.opened:
            self.open(self.opened)

    def open(self, name: str) -> None:
        """Open the company of that ISIN; its neighbours are the others of the table."""
        from tui.screens.company import Company

        assert self.panel is not None
        isins = list(dict.fromkeys(isin for isin in self.panel.opens if isin))
        self.app.push_screen(Company(self.desk.workspace, isins, name))

    def action_export(self) -> None:
        """Write the table of the tab to a file."""
        from tui.exporting import shown_table

        panel, market, said = self.panel, self.desk.workspace.market, self._said
        if panel is None:
            return
        titles = [self._named, panel.title] if len(self.panels) > 1 else [self._named]
        view = " · ".join(titles)
        notes = ("".join(text for text, _ in line) for line in panel.notes)
        lines = (*said, *notes)
        make = lambda: shown_table(panel.rows, market, view, lines, panel.opens)  # noqa: E731
        ask_export(self, titles, market, f"{view}.", make)

    # moving

    def action_show_tab(self, number: int) -> None:
        """The tab of that number, from 1."""
        if self.panels:
            self._cursors[self.here] = self.body.grid.cursor
            self.here = (number - 1) % len(self.panels)
            self._show_tab()

    def action_next_tab(self) -> None:
        """The next tab."""
        self.action_show_tab(self.here + 2)

    def action_previous_tab(self) -> None:
        """The tab before."""
        self.action_show_tab(self.here)

    @on(ChartPane.Turned)
    def _turned(self, event: ChartPane.Turned) -> None:
        if event.tabs and self.panels:
            self.action_show_tab(self.here + 1 + event.tabs)

    @on(TabBar.Picked)
    def _picked(self, event: TabBar.Picked) -> None:
        self.action_show_tab(event.number + 1)

    def action_back(self) -> None:
        """Back to the list."""
        self.app.pop_screen()
