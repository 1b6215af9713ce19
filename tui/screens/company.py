"""One company: the numbers that matter, what every screen says of it, and its tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screener.notes import Notes
from tui.ascii import ascii_wanted
from tui.commands import COMPANY_TABS, Command, bindings
from tui.rows import NO_ROWS
from tui.screens.base import Page
from tui.screens.company_head import Figures, Head, verdict_lines
from tui.screens.company_parts import ChartPane, NoteText, TabBar
from tui.screens.exporting import ask_export
from tui.widgets.bars import KeyBar, TitleBar
from tui.widgets.grid import Grid

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from tui.company.sheet import Asked, Sheet, Tab, View
    from tui.company.verdicts import Judged, Judgement
    from tui.profile import Profile
    from tui.workspace import Workspace

NOTES: Final = COMPANY_TABS.index("Notes")
WHY: Final = COMPANY_TABS.index("Why")
GROWN: Final = ("Statements", "Owners")  # tabs with lines of growth
SIDE: Final = 40  # cells of the verdicts at the side


class Company(Page):
    """A company of the list; n and N go to its neighbours there."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("company")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("company",)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]  # noqa: RUF012

    def __init__(self, workspace: Workspace, isins: Sequence[str], isin: str) -> None:
        super().__init__()
        self._workspace, self._isins = workspace, list(isins)
        self._index = self._isins.index(isin)
        self._tab = 0
        self._view: dict[int, int] = {}  # tab → the view of it on screen
        self._growth = True
        self._screens: tuple[Judged, ...] | None = None
        self._built: dict[int, Tab] = {}
        self._profile: Profile | None = None

    def compose(self) -> ComposeResult:
        """Header, tabs, the body of the tab, and at the side the verdicts where there is room."""
        yield TitleBar()
        yield Head(id="company-head")
        yield TabBar(id="company-tabs")
        with Horizontal(id="company-body"):
            with Vertical(id="company-sheet"):
                yield Static("", id="company-notes")
                yield Grid(id="company-grid")
            yield ChartPane(id="company-chart")
            yield NoteText(Notes(self._workspace.paths.state), id="company-note")
            with VerticalScroll(id="company-side", can_focus=False):
                yield Static("", id="company-screens")
        yield KeyBar()

    def on_mount(self) -> None:
        """Show the company."""
        title, market = self.query_one(TitleBar), self._workspace.market
        title.market, title.demo = market.label, market.is_demo
        self.query_one(TabBar).names = COMPANY_TABS
        self._show_only("company-chart")
        self.query_one(ChartPane).say("Reading the company …", waits=True)
        self.query_one(ChartPane).focus()
        self.load()

    # commands

    def views(self) -> tuple[str, ...]:
        """What the focus takes first."""
        focused = self.focused
        if isinstance(focused, NoteText):
            return ("note", "app")
        if isinstance(focused, Figures):
            return ("figures", "app")
        if isinstance(focused, (Grid, ChartPane)):
            return ("table" if isinstance(focused, Grid) else "chart", "company", "app")
        return ("company", "app")

    def target(self, command: Command) -> DOMNode:
        """Moving is the body's."""
        if command.view in ("table", "chart", "figures", "note") and self.focused is not None:
            return self.focused
        return super().target(command)

    def refusal(self, command: Command) -> str:
        """Why a command cannot run now."""
        tab = self._built.get(self._tab)
        if command.id in ("company.next", "company.previous") and len(self._isins) < 2:
            return "it is the only one on the list"
        if command.id == "company.view" and (tab is None or len(tab.views) < 2):
            return "this tab has one view"
        if command.id == "company.growth" and COMPANY_TABS[self._tab] not in GROWN:
            return "only statements and owners have it"
        if command.id == "company.export" and self._sheet is None:
            return "no table is on screen"
        if command.id == "table.open" and self._tab != WHY and self._asked() is None:
            return "no figure is under the cursor"
        return ""

    def commands(self) -> tuple[Command, ...]:
        """Enter explains the figure under the cursor; over a chart it is the key of the figures."""
        about = "Where the figure under the cursor comes from"
        if self._tab == WHY:
            about = "All conditions of the screen under the cursor"
        other: dict[str, dict[str, Any]] = {"table.open": {"label": "Explain", "help": about}}
        if self.views()[0] == "chart":
            other["company.figures"] = {"rank": 0}
        return tuple(replace(c, **other.get(c.id, {})) for c in super().commands())

    # the company

    @property
    def isin(self) -> str:
        """The company shown."""
        return self._isins[self._index]

    @property
    def tab(self) -> str:
        """The name of the tab shown."""
        return COMPANY_TABS[self._tab]

    def load(self) -> None:
        """Read the company in a thread: first its head, then the tab, then the verdicts."""
        isin, workspace, notes = self.isin, self._workspace, self.query_one(NoteText)
        self._built, self._profile = {}, None

        def work() -> None:
            from tui.profile import profile_of

            note = notes.read(isin)
            profile = profile_of(workspace.market, isin)
            self.deliver(self._show_head, profile, note)
            screens = self._all_screens() if self._tab == WHY else ()
            self._build_tab(isin, self._tab, screens)
            from tui.company.verdicts import judgements

            found = judgements(self._all_screens(), isin)
            self.deliver(self._show_verdicts, isin, found)

        self.in_thread(work, "company")

    def _all_screens(self) -> tuple[Judged, ...]:
        """Every screen run over the market, once for all companies of this visit."""
        from tui.company.verdicts import judged

        if self._screens is None:
            self._screens = judged(self._workspace)
        return self._screens

    def _build_tab(self, isin: str, number: int, screens: tuple[Judged, ...]) -> None:
        """In a thread: gather a tab and show it, unless the reader went on."""
        from tui.company.tabs import build

        if number == NOTES:
            return
        name, growth = COMPANY_TABS[number], self._growth
        tab = build(name, self._workspace, isin, screens, growth, ascii_wanted())
        self.deliver(self._tab_built, isin, number, growth, tab)

    def _tab_built(self, isin: str, number: int, growth: bool, tab: Tab) -> None:
        if isin != self.isin or growth != self._growth:
            return
        self._built[number] = tab
        if number == self._tab:
            self._show_tab()

    # drawing

    def _show_head(self, profile: Profile, note: str) -> None:
        if profile.isin != self.isin:
            return
        self._profile = profile
        self.query_one(NoteText).show(profile.isin, note)
        self.query_one(Head).show(profile)
        place = f"{self._index + 1} of {len(self._isins)}"
        self.query_one(TitleBar).left = ((f" {profile.symbol} ", "bold"), (f" {place}", "$quiet"))

    def _show_verdicts(self, isin: str, found: tuple[Judgement, ...]) -> None:
        if isin != self.isin:
            return
        self.query_one(Head).judge(found)
        self.query_one("#company-screens", Static).update(verdict_lines(found))

    def _current(self) -> View | None:
        tab = self._built.get(self._tab)
        if tab is None or not tab.views:
            return None
        return tab.views[self._view.get(self._tab, 0) % len(tab.views)]

    @property
    def _sheet(self) -> Sheet | None:
        """The table on screen, if there is one."""
        view = self._current()
        hidden = view is None or self._profile is None or self._tab == NOTES
        return None if hidden or view is None else view.sheet

    def action_export(self) -> None:
        """Write the table on screen to a file."""
        from tui.exporting import shown_table

        sheet, profile, market = self._sheet, self._profile, self._workspace.market
        if sheet is None or profile is None:
            return
        view = self._current()
        many = view is not None and len(self._built[self._tab].views) > 1
        tab = f"{self.tab} {view.title}" if view is not None and many else self.tab
        title = f"{profile.symbol} {profile.name} · {tab}"
        make = lambda: shown_table(sheet.rows, market, title, sheet.notes)  # noqa: E731
        ask_export(self, (profile.symbol, tab), market, f"{title}.", make)

    def _show_tab(self) -> None:
        """Show what is built of the tab, or say that it is being read."""
        bar = self.query_one(TabBar)
        bar.here = self._tab
        tab, view = self._built.get(self._tab), self._current()
        bar.note = f". {view.title}" if tab and view and len(tab.views) > 1 else ""
        if self._tab == NOTES:
            self._show_only("company-note")
            self._focus(self.query_one(NoteText))
            return
        chart = self.query_one(ChartPane)
        if view is None:
            self._show_only("company-chart")
            chart.say("Reading …" if tab is None else tab.empty, waits=tab is None)
            self._focus(chart)
            return
        self._show_view(view)

    def _show_view(self, view: View) -> None:
        chart, sheet = self.query_one(ChartPane), view.sheet
        if sheet is None:
            self._show_only("company-chart")
            chart.show(view.draw)
            self._focus(chart)
            return
        room = self.size.width - (SIDE if self.has_class("-wide") and self._tab != WHY else 0)
        beside = view.draw is not None and room >= view.beside
        self._show_only("company-sheet", "company-chart" if beside else "")
        if beside:
            chart.show(view.draw)
        self._show_sheet(sheet)
        self._focus(self.query_one("#company-grid", Grid))

    def _show_sheet(self, sheet: Sheet) -> None:
        notes, grid = self.query_one("#company-notes", Static), self.query_one(Grid)
        notes.display = bool(sheet.notes)
        notes.update(Content.styled("\n".join(sheet.notes), "$quiet"))
        before = [column.key for column in grid.rows.columns]
        same = before == [column.key for column in sheet.rows.columns] and grid.rows.height
        grid.frozen = sheet.frozen
        if not same:
            grid.show(NO_ROWS)  # the cursor begins anew in another table
        grid.show(sheet.rows)
        if not same:
            if sheet.at_end:
                grid.cursor_column = max(len(sheet.rows.columns) - 1, 0)
            grid.cursor = sheet.first_row  # at once: a key that follows moves on from there
            self.call_after_refresh(self._place_cursor, sheet)

    def _place_cursor(self, sheet: Sheet) -> None:
        """Once the table has its size, show its top unless the cursor stands lower."""
        grid = self.query_one(Grid)
        if grid.display and not grid.size.height and self.query_one("#company-sheet").display:
            self.call_after_refresh(self._place_cursor, sheet)
            return
        if grid.rows is sheet.rows and grid.cursor == sheet.first_row:
            grid.scroll_to(y=0, animate=False, force=True)
            grid._reveal_row()
        self.draw_keys()

    def _show_only(self, *ids: str) -> None:
        """Show these parts of the body. The focus goes over before its old place is hidden."""
        parts = ("company-sheet", "company-chart", "company-note")
        for id in ids:
            if id:
                self.query_one(f"#{id}").display = True
        sheet = "company-sheet" in ids
        if self.focused is not None and not isinstance(self.focused, (Figures, NoteText)):
            self.set_focus(self.query_one(Grid) if sheet else self.query_one(ChartPane))
        for id in parts:
            self.query_one(f"#{id}").display = id in ids
        self.query_one(ChartPane).set_class(sheet, "beside")
        self.query_one("#company-side").set_class(self._tab == WHY, "away")

    def _focus(self, widget: Grid | ChartPane | NoteText) -> None:
        """The body has the focus, unless the reader is among the figures or writing."""
        if isinstance(widget, NoteText):
            self.set_focus(None)
        elif not isinstance(self.focused, Figures):
            self.set_focus(widget)  # at once: a key that follows is meant for it
        self.draw_keys()

    def on_resize(self) -> None:
        """Draw again for the new size, without reading anything again."""
        self.call_after_refresh(self._redraw)

    def _redraw(self) -> None:
        view = self._current()
        if view is not None and self._tab != NOTES:
            self._show_view(view)

    # moving

    def action_show_tab(self, number: int) -> None:
        """The tab of that number, from 1."""
        self.query_one(NoteText).stop()
        self._tab = (number - 1) % len(COMPANY_TABS)
        self._show_tab()
        if self._tab not in self._built and self._tab != NOTES:
            self._read_tab()

    def _read_tab(self) -> None:
        isin, number = self.isin, self._tab

        def work() -> None:
            screens = self._all_screens() if number == WHY else ()
            self._build_tab(isin, number, screens)

        self.in_thread(work, f"tab {number}")

    def action_next_tab(self) -> None:
        """The next tab."""
        self.action_show_tab(self._tab + 2)

    def action_previous_tab(self) -> None:
        """The tab before."""
        self.action_show_tab(self._tab)

    @on(ChartPane.Turned)
    def _turned(self, event: ChartPane.Turned) -> None:
        if event.tabs:
            self.action_show_tab(self._tab + 1 + event.tabs)
        else:
            self.action_figures()

    @on(TabBar.Picked)
    def _picked(self, event: TabBar.Picked) -> None:
        self.action_show_tab(event.number + 1)

    def action_next_view(self) -> None:
        """Another view of the tab."""
        self._view[self._tab] = self._view.get(self._tab, 0) + 1
        self._show_tab()

    def action_growth(self) -> None:
        """Growth beneath each line, or not."""
        self._growth = not self._growth
        for number, name in enumerate(COMPANY_TABS):
            if name in GROWN:
                self._built.pop(number, None)
        self._read_tab()

    def action_next_company(self) -> None:
        """The next company of the list."""
        self._go(1)

    def action_previous_company(self) -> None:
        """The company before."""
        self._go(-1)

    def _go(self, steps: int) -> None:
        self.query_one(NoteText).stop()
        self._index = (self._index + steps) % len(self._isins)
        self.load()

    def action_back(self) -> None:
        """Back to the list, the cursor on this company."""
        self.query_one(NoteText).stop()
        self.kasauti.leave_company(self.isin)

    # asking

    def action_figures(self) -> None:
        """Choose among the figures of the header."""
        self.query_one(Figures).focus()

    @on(Figures.Left)
    def _left_figures(self) -> None:
        self.set_focus(None)
        self._show_tab()

    @on(Figures.Opened)
    def _figure_opened(self, event: Figures.Opened) -> None:
        self._explain(event.asked)

    def _asked(self) -> Asked | None:
        view, grid = self._current(), self.query_one(Grid)
        if view is None or view.sheet is None or grid.column is None:
            return None
        asked, row = view.sheet.asked, grid.cursor
        found = asked.get((row, grid.column.key))
        if found is None and grid.cursor_column < view.sheet.frozen:
            keys = [column.key for column in grid.rows.columns]
            order = reversed(keys) if view.sheet.at_end else keys
            found = next((asked[(row, key)] for key in order if (row, key) in asked), None)
        return found

    @on(Grid.Highlighted)
    def _highlighted(self) -> None:
        self.draw_keys()

    @on(Grid.Opened)
    def _opened(self) -> None:
        if self._tab == WHY:
            self._open_screen()
            return
        asked = self._asked()
        if asked is not None:
            self._explain(asked)

    def _explain(self, asked: Asked) -> None:
        from tui.screens.drill import DrillDown

        self.app.push_screen(DrillDown(self._workspace.market, asked))

    def _open_screen(self) -> None:
        row = self.query_one(Grid).cursor
        each = (self._screens or ())[row : row + 1]
        if each and each[0].result is not None:
            self.kasauti.show_why(each[0].result, self.isin)

    # the note

    def action_note(self) -> None:
        """Write a note on the company."""
        self.action_show_tab(NOTES + 1)
        self.query_one(NoteText).write()

    @on(NoteText.Done)
    def _note_done(self) -> None:
        self.query_one(NoteText).stop()
        self._show_tab()
