"""The one registry of what a person can do: bindings, palette, footer and help all come from it.

A command belongs to a view. Its action is a method `action_…` of the screen or widget that shows
the view. Nothing here imports Textual until bindings are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.binding import Binding

#: Why most commands cannot run in the first moment.
NOT_OPEN: Final = "the market is not open yet"

#: Views in which characters are text.
TYPING: Final = ("query", "narrow", "line", "note")

#: The tabs of a company, by the digits that show them.
COMPANY_TABS: Final = (
    "Overview",
    "Statements",
    "Ratios",
    "Peers",
    "Estimates",
    "Owners",
    "Score",
    "Why",
    "Notes",
)

#: View → what help calls it.
VIEWS: Final = {
    "app": "Everywhere",
    "table": "Move in a table",
    "list": "The list",
    "browse": "Screens, shortlists and files",
    "query": "While editing the screen",
    "narrow": "While narrowing",
    "line": "The command line",
    "library": "The side list of screens",
    "company": "A company",
    "chart": "A chart",
    "figures": "The figures of the header",
    "note": "While writing a note",
    "shortlists": "Shortlists",
    "entries": "The companies of a shortlist",
    "columns": "Choosing columns",
    "dialog": "A dialog",
    "pick": "While picking",
    "table_page": "A page with a table",
    "help": "This help",
    "welcome": "The welcome page",
    "panels": "Market, changes, replay, refresh",
    "changes": "What changed",
    "replay": "A replay",
    "refresh": "A refresh",
}


@dataclass(frozen=True)
class Command:
    """Something a person can do in a view, and the keys for it.

    `rank` orders the footer, 0 keeps it out. Commands of one `pair` share a place there.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    label: str
    help: str
    rank: int = 0
    pair: str = ""

    @property
    def view(self) -> str:
        """The view it belongs to, the first part of the id."""
        return self.id.partition(".")[0]

    @property
    def is_typed(self) -> bool:
        """Whether all its keys are characters, which an editor takes as text."""
        names = [key_name(key) for key in self.keys]
        return bool(names) and all(len(name) == 1 and name.isascii() for name in names)

    @property
    def shown_keys(self) -> str:
        """The keys as people read them."""
        return "  ".join(dict.fromkeys(key_name(key) for key in self.keys))


def _c(
    id: str, keys: str, action: str, label: str, help: str, rank: int = 0, pair: str = ""
) -> Command:
    return Command(id, tuple(keys.split()), action, label, help, rank, pair)


COMMANDS: Final[tuple[Command, ...]] = (
    _c("app.help", "question_mark", "help", "Help", "Keys of this view", 98),
    _c(
        "app.palette",
        "ctrl+p",
        "command_palette",
        "Find",
        "Find a command, a screen or a column by its name",
        99,
    ),
    _c(
        "app.theme", "T", "next_theme", "Theme", "Next colour theme: dark, light, colour-blind safe"
    ),
    _c(
        "app.welcome",
        "",
        "welcome",
        "Welcome",
        "The demo market, real data, the sources' terms",
    ),
    _c("app.quit", "ctrl+q", "quit", "Quit", "Leave Kasauti"),
    # moving in any table
    _c("table.down", "down j", "down", "Down", "One row down"),
    _c("table.up", "up k", "up", "Up", "One row up"),
    _c("table.left", "left h", "left", "Left", "One column to the left"),
    _c("table.right", "right l", "right", "Right", "One column to the right"),
    _c("table.half_down", "ctrl+d", "half_down", "Half down", "Half a screenful down"),
    _c("table.half_up", "ctrl+u", "half_up", "Half up", "Half a screenful up"),
    _c("table.page_down", "pagedown", "page_down", "Page down", "A screenful down"),
    _c("table.page_up", "pageup", "page_up", "Page up", "A screenful up"),
    _c("table.top", "g home", "top", "Top", "The first row"),
    _c("table.bottom", "G end", "bottom", "Bottom", "The last row"),
    _c("table.open", "enter", "open", "Open", "Open the row under the cursor", 1),
    # the list
    _c("browse.edit", "e", "edit", "Edit", "Edit the screen's query; the list follows", 3),
    _c("list.why", "w", "why", "Why", "Why the company under the cursor passes or fails", 4),
    _c("list.why_down", "J", "why_down", "Why down", "Scroll the why panel down"),
    _c("list.why_up", "K", "why_up", "Why up", "Scroll the why panel up"),
    _c("list.whole_why", "W", "whole_why", "Full why", "The same with every figure's source"),
    _c(
        "list.next_list",
        "tab t",
        "next_list",
        "List",
        "Next list: passes, needs data, near misses, fails, all",
        2,
    ),
    _c("list.previous_list", "shift+tab", "previous_list", "List back", "The list before"),
    _c(
        "list.narrow",
        "slash",
        "narrow",
        "Narrow",
        "Narrow the list by symbol, name or industry as you type",
        5,
    ),
    _c("list.next_match", "n", "next_match", "Next match", "The next company that / looked for"),
    _c("list.previous_match", "N", "previous_match", "Match before", "The match before"),
    _c(
        "list.sort_up",
        "left_square_bracket",
        "sort_up",
        "Sort up",
        "Sort by the column under the cursor, smallest first",
        6,
        "Sort",
    ),
    _c(
        "list.sort_down",
        "right_square_bracket",
        "sort_down",
        "Sort down",
        "Sort by the column under the cursor, largest first",
        6,
        "Sort",
    ),
    _c(
        "list.sort_further",
        "z",
        "sort_further",
        "Sort further",
        "Then [ or ]: add the column as a further sort key",
    ),
    _c(
        "list.hide_column",
        "minus",
        "hide_column",
        "Hide column",
        "Hide the column under the cursor",
    ),
    _c("list.columns", "c", "columns", "Columns", "Choose and order this screen's columns", 12),
    _c(
        "list.freeze",
        "f",
        "freeze",
        "Freeze",
        "Keep the columns up to the cursor in place",
    ),
    _c("list.heat", "H", "heat", "Shading", "Shade numbers by their percentile, or not"),
    _c("list.funnel", "F", "funnel", "Funnel", "How many companies each condition leaves"),
    _c("list.mark", "space", "mark", "Mark", "Mark the company, or take the mark away", 7),
    _c("list.unmark", "u", "unmark", "Unmark all", "Take all marks away"),
    _c(
        "browse.save_list",
        "s",
        "save_list",
        "Save list",
        "Save the marked companies, or all shown, as a shortlist",
        8,
    ),
    _c("browse.shortlists", "S", "shortlists", "Shortlists", "Open a saved shortlist", 9),
    _c(
        "browse.export",
        "x",
        "export",
        "Export",
        "Write the marked companies, or all shown: CSV, Excel, Parquet, JSON, Markdown",
        10,
    ),
    _c(
        "browse.export_panel",
        "X",
        "export_panel",
        "Export panel",
        "Write the funnel, or why the company under the cursor passes or fails",
    ),
    _c("list.copy", "y", "copy", "Copy", "Copy the marked symbols, or the one under the cursor"),
    _c(
        "browse.copy_as",
        "Y",
        "copy_as",
        "Copy as",
        "Choose the form: commas, TradingView, CSV …",
    ),
    _c(
        "browse.save_screen",
        "a",
        "save_screen",
        "Save screen",
        "Save the edited query as a screen of your own",
        11,
    ),
    _c(
        "browse.undo",
        "U",
        "undo",
        "Undo",
        "Take the last change back: query, columns, marks, something deleted or replaced",
    ),
    _c("browse.line", "colon", "line", "Command", "Type a condition, a command or a symbol", 5),
    _c(
        "browse.raise",
        "greater_than_sign",
        "sweep(1)",
        "Raise",
        "Raise the number of the condition chosen; hold it and watch the list",
    ),
    _c("browse.lower", "less_than_sign", "sweep(-1)", "Lower", "Lower that number"),
    _c(
        "browse.next_condition",
        "right_curly_bracket",
        "next_condition(1)",
        "Condition",
        "Choose the next condition with a number",
    ),
    _c(
        "browse.previous_condition",
        "left_curly_bracket",
        "next_condition(-1)",
        "Condition back",
        "Choose the condition before",
    ),
    _c("browse.as_of", "at", "as_of", "As of", "The market as it was known on an earlier day"),
    _c("list.peers", "comma", "peers", "Industry", "Only this company's industry; again for all"),
    _c("browse.library", "b", "library", "Screens", "The side list of screens", 13),
    _c("browse.hide_library", "B", "hide_library", "Hide screens", "Hide or show the side list"),
    _c("browse.market", "m", "market", "Market", "The state of the market: breadth, indices …", 14),
    _c(
        "browse.changes",
        "d",
        "changes",
        "Changes",
        "Who entered this screen, who left, and why",
        14,
    ),
    _c("browse.replay", "p", "replay", "Replay", "Run this screen over the past", 14),
    _c("browse.refresh", "r", "refresh", "Refresh", "Gather new data from the sources", 14),
    _c("browse.reload", "R", "reload", "Reload", "Read the market and the screens from disk again"),
    _c("browse.everything", "0", "pick_everything", "All", "Every company of the market"),
    *(
        _c(
            f"browse.screen_{n}",
            str(n),
            f"pick_screen({n})",
            f"Screen {n}",
            f"Screen {n} of the side list",
        )
        for n in range(1, 10)
    ),
    _c(
        "browse.back",
        "escape",
        "back",
        "Back",
        "One step back: close a panel, drop the filter, leave the shortlist",
    ),
    _c("browse.close", "q", "close", "Quit", "Leave Kasauti", 96),
    # editing the query
    _c("query.done", "enter escape", "done", "Done", "Back to the list; the edited query stays", 1),
    _c("query.complete", "tab", "complete", "Complete", "Take the suggested field name", 2),
    _c("query.next", "ctrl+n", "next_suggestion", "Next", "The next suggestion", 3),
    _c("narrow.done", "enter down", "done", "Keep", "Keep the filter and go to the list", 1),
    _c("narrow.clear", "escape", "clear", "Clear", "Drop the filter", 2),
    # the command line
    _c("line.accept", "enter", "accept", "Do it", "Do what the line says", 1),
    _c("line.cancel", "escape", "cancel", "Leave", "Leave the line", 2),
    _c("line.complete", "tab", "complete", "Complete", "Take the suggestion", 3),
    _c("line.next", "ctrl+n", "next_suggestion", "Next", "The next suggestion", 4),
    _c("line.earlier", "up", "earlier", "Earlier", "The line typed before", 5),
    _c("line.later", "down", "later", "Later", "The line typed after it"),
    _c("library.open", "enter right l", "open", "Open", "Show this screen", 1),
    _c("library.down", "down j", "cursor_down", "Down", "One down"),
    _c("library.up", "up k", "cursor_up", "Up", "One up"),
    _c("library.delete", "d", "delete", "Delete", "Delete a screen of your own", 3),
    _c("library.wider", "plus", "wider", "Wider", "Make the side list wider", 4, "Width"),
    _c("library.narrower", "minus", "narrower", "Narrower", "Make it narrower", 4, "Width"),
    _c("library.close", "escape b q left h", "close", "Back", "Back to the list", 2),
    # a company
    _c("company.next_tab", "tab t", "next_tab", "Tab", "The next tab", 2),
    _c("company.previous_tab", "shift+tab", "previous_tab", "Tab back", "The tab before"),
    *(
        _c(f"company.tab_{n}", str(n), f"show_tab({n})", name, f"The tab {name}")
        for n, name in enumerate(COMPANY_TABS, start=1)
    ),
    _c(
        "company.view",
        "full_stop v",
        "next_view",
        "View",
        "Another view of the tab: years or quarters, table or chart, range of the price",
        4,
    ),
    _c(
        "company.growth",
        "percent_sign",
        "growth",
        "Growth",
        "Show the growth beneath each line, or do not",
        5,
    ),
    _c("company.figures", "i", "figures", "Figures", "Choose among the figures of the header", 6),
    _c("company.note", "e", "note", "Note", "Write a note on the company", 7),
    _c("company.next", "n", "next_company", "Next", "The next company of the list", 3, "Company"),
    _c(
        "company.previous",
        "N p",
        "previous_company",
        "Previous",
        "The company before in the list",
        3,
        "Company",
    ),
    _c("company.export", "x", "export", "Export", "Write this table to a file", 7),
    _c("company.back", "escape q backspace", "back", "Back", "Back to the list", 8),
    _c("chart.open", "enter", "open", "Figures", "Choose among the figures of the header", 1),
    _c("chart.down", "down j", "down", "Down", "A line down"),
    _c("chart.up", "up k", "up", "Up", "A line up"),
    _c("chart.left", "left h", "left", "Left", "The tab before"),
    _c("chart.right", "right l", "right", "Right", "The next tab"),
    _c("chart.page_down", "pagedown ctrl+d", "page_down", "Page down", "A screenful down"),
    _c("chart.page_up", "pageup ctrl+u", "page_up", "Page up", "A screenful up"),
    _c("chart.top", "g home", "top", "Top", "The beginning"),
    _c("chart.bottom", "G end", "bottom", "Bottom", "The end"),
    _c("figures.left", "left h up k", "left", "Left", "The figure before", 1, "Choose"),
    _c("figures.right", "right l down j", "right", "Right", "The next figure", 1, "Choose"),
    _c("figures.open", "enter", "open", "Explain", "Where the figure comes from", 2),
    _c("figures.back", "escape q i", "back", "Back", "Back to the tab", 3),
    _c("note.done", "escape", "done", "Done", "Keep the note and go back", 1),
    # shortlists
    _c("shortlists.entries", "o", "entries", "Reasons", "Its companies, each with your reason", 1),
    _c("shortlists.compare", "c", "compare", "Compare", "Compare it with an earlier day of it", 2),
    _c("shortlists.note", "e", "note", "Note", "Write a note on the list", 2),
    _c("shortlists.copy", "y", "copy", "Copy", "Copy its symbols in a form of your choice", 3),
    _c("shortlists.export", "x", "export", "Export", "Write this table to a file", 3),
    _c("shortlists.delete", "d", "delete", "Delete", "Delete the list under the cursor", 2),
    _c("shortlists.undo", "U", "undo", "Undo", "Take the last change made here back", 3),
    _c("shortlists.back", "escape q", "back", "Back", "Back to the list", 4),
    _c("entries.reason", "e", "reason", "Reason", "Write why this company is on the list", 1),
    _c("entries.remove", "d", "remove", "Remove", "Take the company off the list", 2),
    _c("entries.undo", "U", "undo", "Undo", "Take the last change of the list back", 3),
    _c("entries.export", "x", "export", "Export", "Write this table to a file", 3),
    _c("entries.back", "escape q", "back", "Back", "Back to the shortlists", 4),
    # choosing columns
    _c("columns.choose", "space", "choose", "Choose", "Show the column, or do not", 1),
    _c("columns.earlier", "less_than_sign", "earlier", "Move up", "Move it before", 2, "Order"),
    _c("columns.later", "greater_than_sign", "later", "Move down", "Move it after", 2, "Order"),
    _c("columns.search", "slash", "search", "Search", "Search the catalogue", 3),
    _c("columns.usual", "u", "usual", "Usual", "The screen's usual columns again", 4),
    _c("columns.back", "escape q", "back", "Done", "Back to the list", 5),
    # dialogs
    _c("dialog.accept", "enter", "accept", "OK", "Do it", 1),
    _c("dialog.cancel", "escape", "cancel", "Cancel", "Do nothing", 2),
    _c("pick.down", "down ctrl+n", "down", "Down", "The next choice"),
    _c("pick.up", "up ctrl+p", "up", "Up", "The choice before"),
    # market, changes, replay, refresh
    _c("panels.next_tab", "tab t", "next_tab", "Tab", "The next tab", 2),
    _c("panels.previous_tab", "shift+tab", "previous_tab", "Tab back", "The tab before"),
    *(
        _c(f"panels.tab_{n}", str(n), f"show_tab({n})", f"Tab {n}", f"The tab number {n}")
        for n in range(1, 9)
    ),
    _c("panels.export", "x", "export", "Export", "Write this table to a file", 6),
    _c("panels.back", "escape q backspace", "back", "Back", "Back to the list", 8),
    _c("changes.since", "s", "since", "Since", "Compare with another run, generation or day", 3),
    _c("changes.pick", "o", "pick", "Screen", "Look at the changes of another screen", 4),
    _c("changes.next", "n", "next_screen(1)", "Next", "The next screen", 5, "Screens"),
    _c("changes.previous", "N", "next_screen(-1)", "Previous", "The screen before", 5, "Screens"),
    _c("replay.form", "e", "form", "Dates", "Other dates, steps or costs; run it again", 3),
    _c("replay.stop", "s", "stop", "Stop", "Stop the replay", 4),
    _c("refresh.begin", "enter", "begin", "Begin", "Begin, or begin again", 1),
    _c("refresh.agree", "y", "agree", "Agree", "Agree to the terms and begin", 1),
    _c("refresh.without", "w", "without", "Without", "Begin without company pages", 3),
    _c("refresh.stop", "s", "stop", "Stop", "Stop; what was gathered is kept", 2),
    _c("table_page.export", "x", "export", "Export", "Write this table to a file", 2),
    _c("table_page.back", "escape q question_mark", "back", "Back", "Close", 1),
    _c("help.back", "escape q question_mark", "back", "Back", "Close", 1),
    _c("welcome.back", "enter escape q", "back", "Begin", "Close", 1),
)


def commands(view: str) -> tuple[Command, ...]:
    """The commands of a view, in the order of the registry."""
    return tuple(c for c in COMMANDS if c.view == view)


def bindings(view: str) -> list[Binding]:
    """Textual bindings of a view; the id is what a user's keymap names."""
    from textual.binding import Binding

    return [
        Binding(
            ",".join(c.keys),
            c.action,
            c.label,
            show=False,
            id=c.id,
            tooltip=c.help,
            priority=c.id == "app.quit",
        )
        for c in commands(view)
        if c.keys
    ]


def key_name(key: str) -> str:
    """A key as people write it: “ctrl+p” → “Ctrl+P”, “question_mark” → “?”."""
    *modifiers, last = key.split("+")
    name = _KEY_NAMES.get(last, last if len(last) == 1 and not modifiers else last.capitalize())
    return "+".join([*(m.capitalize() for m in modifiers), name])


_KEY_NAMES: Final = {
    "question_mark": "?", "slash": "/", "minus": "-", "plus": "+", "at": "@",
    "greater_than_sign": ">", "less_than_sign": "<", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "comma": ",", "percent_sign": "%", "full_stop": ".",
    "colon": ":", "left_square_bracket": "[", "right_square_bracket": "]", "escape": "Esc",
    "pagedown": "PgDn", "pageup": "PgUp", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "space": "Space", "enter": "Enter", "tab": "Tab", "backspace": "Backspace",
}  # fmt: skip
