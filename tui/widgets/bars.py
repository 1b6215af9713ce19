"""The one-line bars: title with market and date, counts of every list, keys that work now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.commands import NOT_OPEN, Command
from tui.format import grouped, plain
from tui.listing import SHOW_TITLES, SHOWS, Show

if TYPE_CHECKING:
    from textual.visual import VisualType

Part = tuple[str, str]  # text and style
MARK_SECONDS: Final = 1.0  # between two looks at a refresh that runs beside
KEPT_RANK: Final = 97  # commands from here on stay at the right end of the key bar

SIGNS: Final[Mapping[Show, Part]] = {
    "pass": ("✓ ", "$good"),
    "unknown": ("? ", "$open"),
    "near": ("≈ ", "$quiet"),
    "fail": ("✗ ", "$bad"),
    "all": ("", ""),
}


def width_of(parts: Iterable[Part]) -> int:
    """The cells the parts take."""
    return sum(cell_len(text) for text, _ in parts)


def spread(left: Sequence[Part], right: Sequence[Part], width: int) -> Content:
    """Parts at both ends of a line; the left ones give way where both do not fit."""
    room = max(width - width_of(right) - 1, 0)
    kept: list[Part] = []
    for text, style in left:
        if room <= 0:
            break
        shown = text if cell_len(text) <= room else set_cell_size(text, room - 1) + "…"
        kept.append((shown, style))
        room -= cell_len(shown)
    gap = max(width - width_of(kept) - width_of(right), 0)
    return Content.assemble(*kept, " " * gap, *right)


def dialog_keys(*pairs: tuple[str, str]) -> Content:
    """The keys of a dialog, with what each does."""
    parts: list[Part] = []
    for key, label in pairs:
        parts += [(f" {key} ", "$accent bold"), (f"{label}  ", "$quiet")]
    return Content.assemble(*parts)


class TitleBar(Widget):
    """What is shown on the left; market date, source and whether it is fictional on the right."""

    left: reactive[tuple[Part, ...]] = reactive(())
    market = reactive("")
    demo = reactive(False)
    past = reactive("")  # an earlier day that is shown in place of today
    working = reactive("")  # what takes a while
    checking = reactive(False)  # whether what is shown is not judged anew yet

    def on_mount(self) -> None:
        """Look now and then at a refresh that runs beside."""
        self.set_interval(MARK_SECONDS, self._look_at_refresh)

    def _look_at_refresh(self) -> None:
        run = getattr(self.app, "gathering", None)
        if run is not None and run.running:
            self.refresh()

    def render(self) -> VisualType:
        """One line."""
        right: list[Part] = []
        if self.working:
            right = [(f" {plain(self.working)} ", "$accent bold")]
        elif self.past:
            source = "demo · fictional · " if self.demo else ""
            right = [(f" {source}as known on {self.past} ", "bold $background on $open")]
        elif self.market:
            right = [(f" {plain(self.market)} ", "$open bold" if self.demo else "$quiet")]
        run = getattr(self.app, "gathering", None)
        if run is not None and run.mark:
            right.insert(0, (f" {run.mark} ", "$secondary"))
        name = (" checking", "$open") if self.checking else (" Kasauti ", "$accent bold")
        room = self.size.width - width_of(right)
        fits = self.checking or width_of([name, *self.left]) < room
        return spread([name, *self.left] if fits else self.left, right, self.size.width)


@dataclass(frozen=True)
class Counted:
    """What the bar of lists says."""

    totals: Mapping[Show, int]
    show: Show
    notes: tuple[Part, ...] = ()


class ListBar(Widget):
    """How many pass, need data, nearly pass and fail; the list on screen stands out."""

    counted: reactive[Counted | None] = reactive(None)

    class Picked(Message):
        """One of the lists was clicked."""

        def __init__(self, show: Show) -> None:
            super().__init__()
            self.show = show

    def render(self) -> VisualType:
        """One line."""
        if self.counted is None:
            return Content("")
        parts = [part for _, group in self._groups(self.counted) for part in group]
        notes = list(self.counted.notes)
        while notes and width_of(parts) + width_of(notes) + 1 > self.size.width:
            notes.pop(0)
        return spread(parts, notes, self.size.width)

    def _groups(self, counted: Counted) -> Iterable[tuple[Show, list[Part]]]:
        """Every list's parts. Names are left to the list on screen where there is no room."""
        full = [(show, _tab(counted, show, named=True)) for show in SHOWS]
        if sum(width_of(parts) for _, parts in full) <= self.size.width:
            return full
        return [(show, _tab(counted, show, named=show == counted.show)) for show in SHOWS]

    def on_click(self, event: events.Click) -> None:
        """Show the list that was clicked."""
        x = 0
        for show, parts in self._groups(self.counted) if self.counted else ():
            x += width_of(parts)
            if event.x < x:
                self.post_message(self.Picked(show))
                return


def _tab(counted: Counted, show: Show, *, named: bool) -> list[Part]:
    sign, colour = SIGNS[show]
    here = show == counted.show
    count = grouped(counted.totals[show])
    title = f"{SHOW_TITLES[show]} " if named or not sign else ""
    if here:
        return [(f" {sign}{title}{count} ", "bold $background on $accent")]
    return [(f" {sign}", colour), (title, "$quiet"), (f"{count} ", "")]


@dataclass(frozen=True)
class Key:
    """A place in the key bar: keys, label, what runs, and why it cannot run now."""

    keys: str
    label: str
    command: Command
    refusal: str = ""

    @property
    def parts(self) -> list[Part]:
        """Its texts; dim where it cannot run."""
        if self.refusal:
            return [(f" {self.keys} {self.label} ", "$faint")]
        return [(f" {self.keys} ", "$accent bold"), (f"{self.label} ", "$quiet")]


def keys_of(commands: Iterable[Command], refusal: Callable[[Command], str]) -> list[Key]:
    """The places of a key bar, by rank; a pair shares one."""
    places: dict[str, Key] = {}
    ranked = [c for c in commands if c.rank and c.keys]
    for c in sorted(ranked, key=lambda c: c.rank):
        name = c.shown_keys.split("  ")[0]
        if c.pair and c.pair in places:
            first = places[c.pair]
            places[c.pair] = Key(f"{first.keys} {name}", c.pair, first.command, first.refusal)
        else:
            places[c.pair or c.id] = Key(name, c.pair or c.label, c, refusal(c))
    return list(places.values())


class KeyBar(Widget):
    """The keys that work now, the most used first; help and the palette never give way."""

    keys: reactive[tuple[Key, ...]] = reactive(())

    class Pressed(Message):
        """A place of the bar was clicked."""

        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    def render(self) -> VisualType:
        """One line."""
        left, right = self._shown()
        return spread(
            [part for key in left for part in key.parts],
            [part for key in right for part in key.parts],
            self.size.width,
        )

    def _shown(self) -> tuple[list[Key], list[Key]]:
        """The places that fit, and those kept at the right end.

        What cannot run now gives way first, the least used before the others; not in the moment
        before the market is open, when that is nearly all.
        """
        right = [key for key in self.keys if key.command.rank >= KEPT_RANK]
        left = [key for key in self.keys if key.command.rank < KEPT_RANK]
        widths = {id(key): width_of(key.parts) for key in self.keys}
        room = self.size.width - sum(widths[id(key)] for key in right) - 1
        idle = [key for key in left if key.refusal and key.refusal != NOT_OPEN]
        for key in [*reversed(idle), *reversed(left)]:
            if sum(widths[id(k)] for k in left) <= room:
                break
            left = [k for k in left if k is not key]
        return left, right

    def on_click(self, event: events.Click) -> None:
        """Run what was clicked."""
        left, right = self._shown()
        x = 0
        for key in left:
            x += width_of(key.parts)
            if event.x < x:
                self.post_message(self.Pressed(key.command))
                return
        x = self.size.width
        for key in reversed(right):
            x -= width_of(key.parts)
            if event.x >= x:
                self.post_message(self.Pressed(key.command))
                return
