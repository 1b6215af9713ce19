"""The head of the company screen: name, the numbers that matter, what the screens say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from tui.commands import bindings
from tui.format import plain
from tui.widgets.bars import Part, spread

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.visual import VisualType

    from tui.company.sheet import Asked
    from tui.company.verdicts import Judgement
    from tui.profile import Figure, Profile

LINES: Final = 2  # of figures in the header
LONG_COUNTS: Final = 100  # cells from which the counts of the screens are in words
_GAP: Final = 3
_SIGNS: Final = {"pass": ("✓", "$good"), "fail": ("✗", "$bad"), "unknown": ("?", "$open")}


class Head(Vertical):
    """Name and identity, the figures, and the screens the company is on."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._profile: Profile | None = None
        self._found: Sequence[Judgement] = ()

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static("", id="company-name")
        yield Figures(id="company-figures")
        yield Static("", id="company-verdicts")

    def show(self, profile: Profile) -> None:
        """Another company; what the screens say of it comes later."""
        self._profile, self._found = profile, ()
        self._draw()

    def judge(self, found: Sequence[Judgement]) -> None:
        """What the screens say."""
        self._found = found
        self._draw()

    def on_resize(self) -> None:
        """Draw again for the new width."""
        self._draw()

    def _draw(self) -> None:
        profile, width = self._profile, self.size.width
        if profile is None or not width:
            return
        name: Part = (f" {profile.name}", "$accent bold")
        right: list[Part] = [(f"{profile.price_date} ", "$quiet")]
        identity: Part = (f" {profile.identity}", "$quiet")
        if self.screen.has_class("-high"):
            lines = [spread([name], right, width), spread([identity], [], width)]
        else:
            lines = [spread([name, (" ", ""), identity], [], width)]
        self.query_one("#company-name", Static).update(Content("\n").join(lines))
        self.query_one(Figures).figures = profile.figures
        self.query_one("#company-verdicts", Static).update(self._screens(width))

    def _screens(self, width: int) -> Content:
        """The screens it is on by name, and how many it passes, fails and cannot be judged by."""
        from tui.company.verdicts import counts_words, short_counts

        if not self._found:
            return Content("")
        passed = ", ".join(each.title for each in self._found if each.verdict == "pass")
        words = (counts_words if width >= LONG_COUNTS else short_counts)(self._found)
        named = f" On {passed}" if passed else " On no screen"
        return spread([(named, "")], [(f"  {words} ", "$quiet")], width)


def verdict_lines(found: Iterable[Judgement]) -> Content:
    """Every screen on a line of its own with its sign."""
    return Content("\n").join(
        Content.assemble(
            (f" {sign} ", colour),
            (plain(each.title, 33), "" if each.verdict == "pass" else "$quiet"),
        )
        for each in found
        for sign, colour in (_SIGNS.get(each.verdict, ("·", "$quiet")),)
    )


class Figures(Widget, can_focus=True):
    """The numbers that matter; one can be chosen and opened, also with the mouse."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("figures")]
    COMMAND_VIEWS: ClassVar[tuple[str, ...]] = ("figures",)

    figures: reactive[tuple[Figure, ...]] = reactive(())
    cursor = reactive(0)

    class Opened(Message):
        """A number is asked about."""

        def __init__(self, asked: Asked) -> None:
            super().__init__()
            self.asked = asked

    class Left(Message):
        """The reader goes back to what is below."""

    def _places(self) -> list[tuple[int, int, Figure]]:
        """Line and column of each figure that fits."""
        found: list[tuple[int, int, Figure]] = []
        line, x = 0, 1
        for figure in self.figures:
            width = cell_len(figure.label) + 1 + cell_len(figure.text)
            if x + width > self.size.width and x > 1:
                line, x = line + 1, 1
            if line >= LINES:
                break
            found.append((line, x, figure))
            x += width + _GAP
        return found

    def render(self) -> VisualType:
        """Labels quiet, numbers bold; the chosen one stands out."""
        lines: list[list[Part]] = [[] for _ in range(LINES)]
        ends = [0] * LINES
        for number, (line, x, figure) in enumerate(self._places()):
            lines[line].append((" " * (x - ends[line]), ""))
            here = self.has_focus and number == self.cursor
            style = "bold $background on $accent" if here else "bold"
            lines[line] += [(f"{figure.label} ", "$quiet"), (figure.text, style)]
            ends[line] = x + cell_len(figure.label) + 1 + cell_len(figure.text)
        return Content("\n").join(Content.assemble(*parts) for parts in lines)

    def on_focus(self) -> None:
        """Show which is chosen."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that none is."""
        self.refresh()

    def action_left(self) -> None:
        """The figure before."""
        self.cursor = max(self.cursor - 1, 0)

    def action_right(self) -> None:
        """The next figure."""
        self.cursor = min(self.cursor + 1, max(len(self._places()) - 1, 0))

    def action_open(self) -> None:
        """Where the figure comes from."""
        places = self._places()
        if self.cursor < len(places):
            self.post_message(self.Opened(places[self.cursor][2].asked))

    def action_back(self) -> None:
        """Back to the tab."""
        self.post_message(self.Left())

    def on_click(self, event: events.Click) -> None:
        """Open the figure that was clicked."""
        for number, (line, x, figure) in enumerate(self._places()):
            width = cell_len(figure.label) + 1 + cell_len(figure.text)
            if line == event.y and x <= event.x < x + width:
                self.cursor = number
                self.post_message(self.Opened(figure.asked))
